use std::time::Duration;

use crate::standing::Standing;
use crate::{
    Admission, CustomClaims, EndReason, Engine, Link, MintError, Randomness, RefreshClaims,
    Refusal, Revoke, Session, SessionId, Timestamp, TokenPair, UserState,
};

/// What to do with a refresh token that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Rotation {
    /// Swap, then hand out the next generation.
    Advance(Advance),
    /// Hand out fresh tokens of the live generation; write nothing.
    Repeat(TokenPair),
    /// Rotation is off: touch the row, then hand out an access token.
    Renew(Renew),
    /// End the session, then refuse.
    Revoke(Revoke),
    /// Refuse.
    Refuse(Refusal),
}

/// The next generation. Its tokens were minted before the old one is consumed, so a failed mint
/// leaves the old one live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// What to write. If it hits no row, load the rows and ask again.
    pub swap: Swap,
    /// What to hand out once the swap has hit its row and is durable.
    pub tokens: TokenPair,
}

/// One statement, a compare-and-swap: where the session is not ended and its generation is
/// `from`, set the generation to `from + 1`, `minted_at` and `updated_at` to `at`, and clear
/// `first_used_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// Which session.
    pub id: SessionId,
    /// The generation that must be live.
    pub from: u64,
    /// When the next one was minted.
    pub at: Timestamp,
}

impl Swap {
    /// The generation that is live afterwards.
    #[must_use]
    pub fn to(&self) -> u64 {
        self.from + 1
    }
}

/// A new access token for the same refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renew {
    /// What to write. If it hits no row, load the rows and ask again.
    pub touch: Touch,
    /// What to hand out afterwards.
    pub access_token: String,
    /// How long it lives from now.
    pub expires_in: Duration,
}

/// One statement: where the session is not ended, set `updated_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Which session.
    pub id: SessionId,
    /// `updated_at`.
    pub at: Timestamp,
}

impl Engine {
    /// Decides about a refresh by its token and the rows that belong to it; see [`Engine::link`]
    /// for the table.
    ///
    /// # Errors
    /// [`MintError`]; nothing has happened then, and the token is as good as before.
    pub fn rotate(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        claims: &RefreshClaims,
        session: Option<&Session>,
        user: Option<&UserState>,
        custom: &CustomClaims,
    ) -> Result<Rotation, MintError> {
        let session = match self.standing(now, claims, session, user) {
            Standing::Good(session) => session,
            Standing::Revoke(revoke) => return Ok(Rotation::Revoke(revoke)),
            Standing::Refuse(refusal) => return Ok(Rotation::Refuse(refusal)),
        };
        match self.link(now, claims.generation, session) {
            Link::Live if self.policy.rotate_refresh_tokens => {
                let swap = Swap { id: session.id.clone(), from: session.generation, at: now };
                let next = Session { generation: swap.to(), minted_at: now, ..session.clone() };
                let tokens = self.mint_pair(now, random, &next, custom)?;
                Ok(Rotation::Advance(Advance { swap, tokens }))
            }
            Link::Live => {
                let (access_token, expires_in) = self.mint_access(now, random, session, custom)?;
                let touch = Touch { id: session.id.clone(), at: now };
                Ok(Rotation::Renew(Renew { touch, access_token, expires_in }))
            }
            Link::Repeatable => self.mint_pair(now, random, session, custom).map(Rotation::Repeat),
            Link::Reused => Ok(Rotation::Revoke(Revoke::new(
                &session.id,
                now,
                EndReason::TokenReuse,
                Refusal::TokenReuseDetected,
            ))),
        }
    }

    /// What [`Engine::rotate`] would say of this token, without consuming it. A token that was
    /// used before is refused, but asking about it is no reuse.
    pub fn check_refresh(
        &self,
        now: Timestamp,
        claims: &RefreshClaims,
        session: Option<&Session>,
        user: Option<&UserState>,
    ) -> Admission {
        match self.standing(now, claims, session, user) {
            Standing::Good(session) => match self.link(now, claims.generation, session) {
                Link::Live | Link::Repeatable => Admission::Admit,
                Link::Reused => Admission::Refuse(Refusal::TokenReuseDetected),
            },
            Standing::Revoke(revoke) => Admission::Revoke(revoke),
            Standing::Refuse(refusal) => Admission::Refuse(refusal),
        }
    }
}
