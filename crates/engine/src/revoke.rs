use crate::{EndReason, Refusal, SessionId, Timestamp, UserId};

/// Sessions to end, and a refusal to answer with once that is done.
///
/// The refusal can only be had for an [`Ended`], which a store gives after its write is durable:
/// no host can refuse first and lose the revocation with the exception.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Revoke {
    end: EndSessions,
    refusal: Refusal,
}

impl Revoke {
    pub(crate) fn new(
        sessions: Ending,
        at: Timestamp,
        reason: EndReason,
        refusal: Refusal,
    ) -> Self {
        Self { end: EndSessions { sessions, at, reason }, refusal }
    }

    /// What to write.
    #[must_use]
    pub fn end(&self) -> &EndSessions {
        &self.end
    }

    /// What to answer, now that the end is written.
    #[must_use]
    pub fn refusal(self, _proof: Ended) -> Refusal {
        self.refusal
    }
}

/// One statement: set the end of the sessions where it is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndSessions {
    /// Which sessions.
    pub sessions: Ending,
    /// `expired_at`.
    pub at: Timestamp,
    /// `end_reason`.
    pub reason: EndReason,
}

/// Which sessions end together.
#[derive(Clone, PartialEq, Eq)]
pub enum Ending {
    /// This one.
    Session(SessionId),
    /// This one, if it is that user's.
    Own {
        /// Whose.
        user: UserId,
        /// Which.
        session: SessionId,
    },
    /// All of a user.
    User(UserId),
    /// All of a user but one.
    Others {
        /// Whose.
        user: UserId,
        /// The one that stays.
        except: SessionId,
    },
    /// All of a user that bear this outdated security stamp.
    Stamped {
        /// Whose.
        user: UserId,
        /// The stamp that the user has no more.
        security_stamp: String,
    },
}

// Without the security stamp, which is drawn from a password hash.
impl std::fmt::Debug for Ending {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Session(id) => formatter.debug_tuple("Session").field(id).finish(),
            Self::Own { user, session } => {
                formatter.debug_struct("Own").field("user", user).field("session", session).finish()
            }
            Self::User(user) => formatter.debug_tuple("User").field(user).finish(),
            Self::Others { user, except } => formatter
                .debug_struct("Others")
                .field("user", user)
                .field("except", except)
                .finish(),
            Self::Stamped { user, .. } => {
                formatter.debug_struct("Stamped").field("user", user).finish_non_exhaustive()
            }
        }
    }
}

/// Proof that an [`EndSessions`] was carried out and is durable, whether it or an earlier one
/// ended the sessions.
#[derive(Debug)]
#[must_use]
pub struct Ended(u64);

impl Ended {
    /// To be called by a store after the write has been committed, and by nobody else; `count` is
    /// the number of sessions that this write ended.
    pub fn committed(count: u64) -> Self {
        Self(count)
    }

    /// How many sessions were ended by it.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0
    }
}
