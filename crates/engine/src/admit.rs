use crate::legacy::generation_in;
use crate::standing::Standing;
use crate::{
    AccessClaims, Engine, Link, Refusal, Revoke, Session, SessionId, Timestamp, UserState,
};

/// What to do with a request that carries a good access token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Admission {
    /// Let it in.
    Admit,
    /// Let it in, and write down that its generation is in use.
    AdmitFirstUse(FirstUse),
    /// End the session, then refuse.
    Revoke(Revoke),
    /// Refuse.
    Refuse(Refusal),
}

/// One statement: set `first_used_at` where the session is live, is still of this generation and
/// has none yet. Whether it hits a row does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstUse {
    /// Which session.
    pub id: SessionId,
    /// The generation that was seen.
    pub generation: u64,
    /// `first_used_at`.
    pub at: Timestamp,
}

impl Engine {
    /// Decides about a request by its access token and its user's row alone:
    /// [`crate::SessionCheck::User`].
    ///
    /// A user who is inactive loses all sessions, so that none is back when the user is.
    pub fn admit_user(
        &self,
        now: Timestamp,
        claims: &AccessClaims,
        user: Option<&UserState>,
    ) -> Admission {
        self.user_standing(now, claims, user)
    }

    /// Decides about a request by its access token and the rows that belong to it:
    /// [`crate::SessionCheck::Request`].
    ///
    /// A token of an earlier generation is good until its own `exp`: another tab may have
    /// refreshed meanwhile. Not so a sliding token: it goes out of use as a refresh token does, but
    /// to come with a replaced one is no reuse here, and ends nothing.
    pub fn admit(
        &self,
        now: Timestamp,
        claims: &AccessClaims,
        session: Option<&Session>,
        user: Option<&UserState>,
    ) -> Admission {
        let session = match self.standing(now, claims, session, user) {
            Standing::Good(session) => session,
            Standing::Revoke(revoke) => return Admission::Revoke(revoke),
            Standing::Refuse(refusal) => return Admission::Refuse(refusal),
        };
        let is_sliding = claims.refresh_expires_at.is_some();
        let generation = generation_in(claims, session);
        if is_sliding && self.link(now, generation, session) == Link::Reused {
            return Admission::Refuse(Refusal::ExpiredToken);
        }
        // Nobody can hold a predecessor of the first generation, so its use decides nothing.
        let has_predecessor = session.generation > 1;
        let is_first_use =
            claims.generation == session.generation && session.first_used_at.is_none();
        if has_predecessor && is_first_use {
            return Admission::AdmitFirstUse(FirstUse {
                id: session.id.clone(),
                generation: session.generation,
                at: now,
            });
        }
        Admission::Admit
    }
}
