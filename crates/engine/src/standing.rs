use crate::{
    Admission, Claims, EndReason, Ending, Engine, Refusal, Revoke, Session, Timestamp, UserState,
};

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
    /// | of the one before | the live one was handed out again too often | [`Link::Reused`] |
    /// | of any other | | [`Link::Reused`] |
    ///
    /// A grace of zero is strict single use: then only the live generation is good. Where access
    /// tokens are not checked against the row, nobody sees the live generation in use, so it counts
    /// as in use from its rotation on.
    #[must_use]
    pub fn link(&self, now: Timestamp, generation: u64, session: &Session) -> Link {
        if generation == session.generation {
            return Link::Live;
        }
        let grace = self.policy.refresh_grace;
        let is_the_one_before = generation.checked_add(1) == Some(session.generation);
        let repeatable = is_the_one_before
            && !grace.is_zero()
            && session.repeats < self.policy.max_refresh_repeats
            && self.in_use_since(session).is_none_or(|since| now.since(since) <= grace);
        if repeatable { Link::Repeatable } else { Link::Reused }
    }

    fn in_use_since(&self, session: &Session) -> Option<Timestamp> {
        if self.policy.session_check.sees_use() {
            session.first_used_at
        } else {
            Some(session.minted_at)
        }
    }

    pub(crate) fn standing<'a>(
        &self,
        now: Timestamp,
        claims: &Claims,
        session: Option<&'a Session>,
        user: Option<&UserState>,
    ) -> Standing<'a> {
        // Of another library only what was taken over is known: its key opens no session of ours.
        let is_theirs = |session: &&Session| claims.origin.may_hang_on(session);
        let session = session.filter(|session| session.id == claims.session_id).filter(is_theirs);
        let Some(session) = session else {
            return Standing::Refuse(Refusal::SessionNotFound);
        };
        if !claims.name(&session.user_id) {
            return Standing::Refuse(Refusal::InvalidToken);
        }
        let Some(user) = user.filter(|user| user.id == session.user_id) else {
            return Standing::Refuse(Refusal::InvalidUser);
        };
        // Even if this session has ended: others of the user may not have.
        if !user.is_active {
            return Standing::Revoke(inactive(now, user));
        }
        if !session.is_live(&self.policy, now) {
            return Standing::Refuse(Refusal::SessionExpired);
        }
        if user.security_stamp != session.security_stamp {
            // Not every other stamp: one may be right already that was not when the rows were read.
            let outdated = Ending::Stamped {
                user: user.id.clone(),
                security_stamp: session.security_stamp.clone(),
            };
            let reason = EndReason::PasswordChanged;
            return Standing::Revoke(Revoke::new(outdated, now, reason, Refusal::SessionExpired));
        }
        Standing::Good(session)
    }

    /// What a user's row alone says against a token.
    pub(crate) fn user_standing(
        &self,
        now: Timestamp,
        claims: &Claims,
        user: Option<&UserState>,
    ) -> Admission {
        match user.filter(|user| claims.name(&user.id)) {
            None => Admission::Refuse(Refusal::InvalidUser),
            Some(user) if user.is_active => Admission::Admit,
            Some(_) if !self.policy.session_check.keeps_sessions() => {
                Admission::Refuse(Refusal::InvalidUser)
            }
            Some(user) => Admission::Revoke(inactive(now, user)),
        }
    }
}

/// All sessions of a user who was switched off end, so that none is back when the user is.
fn inactive(now: Timestamp, user: &UserState) -> Revoke {
    let sessions = Ending::User(user.id.clone());
    Revoke::new(sessions, now, EndReason::UserInactive, Refusal::InvalidUser)
}
