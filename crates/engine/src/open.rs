use crate::{
    Bounds, CustomClaims, Device, Engine, MintError, Randomness, RandomnessError, Session,
    SessionId, Timestamp, Tokens, UserState,
};

/// A login: the row to insert, then the tokens to hand out.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The row, unless none are kept. No token is good for anything before it is inserted.
    pub row: Option<NewSession>,
    /// The tokens of its first generation.
    pub tokens: Tokens,
}

/// The row of a login, and what must hold once it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The row.
    pub session: Session,
    /// How many live sessions its user may have then.
    pub limit: Option<SessionLimit>,
}

/// One transaction with the insert: of the user's sessions that are not ended and are
/// [`LiveSince`], the new one is kept, and so are the newest `at_most - 1` of the others; the rest
/// get their end. Logins of one user take turns, or two at once would end each other's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLimit {
    /// How many stay, the new one among them.
    pub at_most: u32,
    /// Which ones count.
    pub live: LiveSince,
    /// `expired_at`; the `end_reason` is [`crate::EndReason::SessionLimit`].
    pub at: Timestamp,
}

/// What the columns of a session that can be used must lie after, if it is not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSince {
    /// For `created_at`.
    pub created_at: Timestamp,
    /// For `minted_at`.
    pub minted_at: Timestamp,
    /// For `refreshed_at`.
    pub refreshed_at: Timestamp,
}

impl Engine {
    /// Opens a session for a user whose login was accepted. `bounds` holds its tenant, and the scopes
    /// that were asked for, if any were: of those granted now, no token of it covers more.
    ///
    /// # Errors
    /// [`MintError`]; nothing has happened then.
    pub fn open_session(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        user: &UserState,
        device: Device,
        bounds: &Bounds,
        custom: &CustomClaims,
    ) -> Result<Opened, MintError> {
        let session = new_session(now, random, user, device)?;
        let bounds = bounds_of_login(bounds, custom)?;
        let tokens = self.mint_pair(now, random, &session, &bounds, custom)?;
        Ok(Opened { row: self.row_to_insert(now, session), tokens })
    }

    /// The row of a login, unless none are kept.
    pub(crate) fn row_to_insert(&self, now: Timestamp, session: Session) -> Option<NewSession> {
        let limit = self.policy.max_sessions_per_user.map(|at_most| SessionLimit {
            at_most,
            live: self.policy.live_since(now),
            at: now,
        });
        let keeps_sessions = self.policy.session_check.keeps_sessions();
        keeps_sessions.then_some(NewSession { session, limit })
    }
}

/// What a login is bound to: of the scopes that were asked for, those that are granted.
pub(crate) fn bounds_of_login(bounds: &Bounds, custom: &CustomClaims) -> Result<Bounds, MintError> {
    let asked = bounds.scopes.as_ref();
    let scopes =
        asked.map(|_| custom.scopes_within(asked).ok_or(MintError::NoScope)).transpose()?;
    Ok(Bounds { tenant: bounds.tenant.clone(), scopes })
}

/// The session that begins now.
pub(crate) fn new_session(
    now: Timestamp,
    random: &dyn Randomness,
    user: &UserState,
    device: Device,
) -> Result<Session, RandomnessError> {
    Ok(Session {
        id: SessionId::draw(random)?,
        user_id: user.id.clone(),
        created_at: now,
        updated_at: now,
        expired_at: None,
        end_reason: None,
        device,
        generation: 1,
        minted_at: now,
        refreshed_at: now,
        repeats: 0,
        first_used_at: None,
        security_stamp: user.security_stamp.clone(),
        legacy_jti: None,
    })
}
