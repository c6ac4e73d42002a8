use crate::{Claims, EndReason, Engine, Refusal, Revoke, Session, Timestamp, UserState};

/// Where a refresh token stands in its session's chain: the decision table of rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is of the live generation.
    Live,
    /// It is of the generation before, and its holder may ask again: the live one was never seen
    /// in use (the answer was lost), or not for longer than the grace (two tabs, a double click).
    Repeatable,
    /// It was used before.
    Reused,
}

/// What the rows say against a token, ahead of any rule of its kind.
pub(crate) enum Standing<'a> {
    Good(&'a Session),
    Revoke(Revoke),
    Refuse(Refusal),
}

impl Engine {
    /// Where a token of `generation` stands in `session`'s chain at `now`.
    ///
    /// | it is | and | then |
    /// |---|---|---|
    /// | of the live generation | | [`Link::Live`] |
    /// | of the one before | the live one was never seen in use | [`Link::Repeatable`] |
    /// | of the one before | the live one is in use, for no longer than the grace | [`Link::Repeatable`] |
    /// | of the one before | the live one has been in use for longer | [`Link::Reused`] |
    /// | of any other | | [`Link::Reused`] |
    ///
    /// A grace of zero is strict single use: then only the live generation is good.
    #[must_use]
    pub fn link(&self, now: Timestamp, generation: u64, session: &Session) -> Link {
        if generation == session.generation {
            return Link::Live;
        }
        let grace = self.policy.refresh_grace;
        let is_the_one_before = generation.checked_add(1) == Some(session.generation);
        let repeatable = is_the_one_before
            && !grace.is_zero()
            && session.first_used_at.is_none_or(|first_used| now.since(first_used) <= grace);
        if repeatable { Link::Repeatable } else { Link::Reused }
    }

    pub(crate) fn standing<'a>(
        &self,
        now: Timestamp,
        claims: &Claims,
        session: Option<&'a Session>,
        user: Option<&UserState>,
    ) -> Standing<'a> {
        let Some(session) = session.filter(|session| session.id == claims.session_id) else {
            return Standing::Refuse(Refusal::SessionNotFound);
        };
        if session.user_id != claims.user_id {
            return Standing::Refuse(Refusal::InvalidToken);
        }
        if !session.is_live(&self.policy, now) {
            return Standing::Refuse(Refusal::SessionExpired);
        }
        let Some(user) = user.filter(|user| user.id == session.user_id) else {
            return Standing::Refuse(Refusal::InvalidUser);
        };
        let revoke =
            |reason, refusal| Standing::Revoke(Revoke::new(&session.id, now, reason, refusal));
        if !user.is_active {
            return revoke(EndReason::UserInactive, Refusal::InvalidUser);
        }
        if user.security_stamp != session.security_stamp {
            return revoke(EndReason::PasswordChanged, Refusal::SessionExpired);
        }
        Standing::Good(session)
    }
}
