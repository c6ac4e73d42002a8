use crate::{EndReason, Refusal, SessionId, Timestamp};

/// A session to end, and a refusal to answer with once that is done.
///
/// The refusal can only be had for an [`Ended`], which a store gives after its write is durable:
/// no host can refuse first and lose the revocation with the exception.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Revoke {
    end: EndSession,
    refusal: Refusal,
}

impl Revoke {
    pub(crate) fn new(id: &SessionId, at: Timestamp, reason: EndReason, refusal: Refusal) -> Self {
        Self { end: EndSession { id: id.clone(), at, reason }, refusal }
    }

    /// What to write.
    #[must_use]
    pub fn end(&self) -> &EndSession {
        &self.end
    }

    /// What to answer, now that the end is written.
    #[must_use]
    pub fn refusal(self, _proof: Ended) -> Refusal {
        self.refusal
    }
}

/// One statement: set the end of the session where it is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndSession {
    /// Which session.
    pub id: SessionId,
    /// `expired_at`.
    pub at: Timestamp,
    /// `end_reason`.
    pub reason: EndReason,
}

/// Proof that an [`EndSession`] was carried out and is durable, whether it or an earlier one ended
/// the session.
#[derive(Debug)]
#[must_use]
pub struct Ended(());

impl Ended {
    /// To be called by a store after the write has been committed, and by nobody else.
    pub fn committed() -> Self {
        Self(())
    }
}
