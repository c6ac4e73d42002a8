use crate::{
    CustomClaims, Device, Engine, MintError, Randomness, Session, SessionId, Timestamp, TokenPair,
    UserState,
};

/// A login: the row to insert, then the tokens to hand out.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The row. No token of the pair is good for anything before it is inserted.
    pub session: Session,
    /// The tokens of its first generation.
    pub tokens: TokenPair,
}

impl Engine {
    /// Opens a session for a user whose login was accepted.
    ///
    /// # Errors
    /// [`MintError`]; nothing has happened then.
    pub fn open_session(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        user: &UserState,
        device: Device,
        custom: &CustomClaims,
    ) -> Result<Opened, MintError> {
        let session = Session {
            id: SessionId::draw(random)?,
            user_id: user.id.clone(),
            created_at: now,
            updated_at: now,
            expired_at: None,
            end_reason: None,
            device,
            generation: 1,
            minted_at: now,
            first_used_at: None,
            security_stamp: user.security_stamp.clone(),
        };
        let tokens = self.mint_pair(now, random, &session, custom)?;
        Ok(Opened { session, tokens })
    }
}
