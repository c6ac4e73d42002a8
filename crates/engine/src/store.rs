use std::future::Future;

use crate::{
    Count, EndSessions, Ended, FirstUse, LiveSince, NewSession, Session, SessionId, Swap, Touch,
    UserId, UserState,
};

/// The rows that belong to one session id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The session's row.
    pub session: Session,
    /// What its user's row says, unless that is gone.
    pub user: Option<UserState>,
}

/// What a host must be able to do with its rows: an interface, no I/O of the engine's own.
///
/// Every method but an insert with a limit is one statement that commits by itself. In particular:
///
/// - [`SessionStore::advance`] and [`SessionStore::count_repeat`] must compare and write in one
///   statement. A store that selects first
///   and updates afterwards lets two refreshes win, and the chain forks.
/// - [`SessionStore::end`] must be durable when it returns, and must leave an earlier end as it
///   was. A store that buffers it loses revocations.
/// - [`SessionStore::load`] must see what was committed before it was called. A lagging replica
///   brings ended sessions back for as long as it lags.
pub trait SessionStore: Sync {
    /// What can go wrong with the database.
    type Error: Send;

    /// Inserts the row of a new login, and in the same transaction carries out its
    /// [`crate::SessionLimit`] if it has one. It never replaces a row.
    fn insert(&self, row: NewSession) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// What the row of a user says, for where no sessions are looked at.
    fn load_user(
        &self,
        id: &UserId,
    ) -> impl Future<Output = Result<Option<UserState>, Self::Error>> + Send;

    /// Loads a session and its user, in one query.
    fn load(
        &self,
        id: &SessionId,
    ) -> impl Future<Output = Result<Option<Loaded>, Self::Error>> + Send;

    /// Carries out a [`Swap`]; says whether it hit its row.
    fn advance(&self, swap: &Swap) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Carries out a [`Count`]; says whether it hit its row.
    fn count_repeat(&self, count: &Count)
    -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Carries out a [`Touch`]; says whether it hit its row.
    fn touch(&self, touch: &Touch) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Carries out a [`FirstUse`].
    fn note_first_use(
        &self,
        first_use: &FirstUse,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Carries out an [`EndSessions`].
    fn end(&self, end: &EndSessions) -> impl Future<Output = Result<Ended, Self::Error>> + Send;

    /// The user's sessions that were not ended and are [`LiveSince`] `since`, newest first.
    fn list(
        &self,
        user: &UserId,
        since: &LiveSince,
    ) -> impl Future<Output = Result<Vec<Session>, Self::Error>> + Send;
}
