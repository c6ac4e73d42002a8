//! Who may log in, and what is kept between the steps of a login.

mod cached;
mod memory;
#[cfg(feature = "sqlx")]
mod sqlx;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;

use serde_json::Value;
use tegata::host::{self, HostResult, Known};
use tegata::{
    AccessClaims, ChallengeId, ConsumeChallenge, CountAttempt, Engine, LoginChallenge, Policy,
    SessionCheck, SessionId, SessionStore, Timestamp, UserId, UserState,
};

pub use memory::{CreateUserError, MemoryUsers};

/// A user, as the row says now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// What the engine needs to know.
    pub state: UserState,
    /// What the user logs in with.
    pub username: String,
    /// An address for mail, where one is kept.
    pub email: Option<String>,
    /// When the user last logged in, where that is kept.
    pub last_login: Option<Timestamp>,
}

/// A login that waits for an answer, with what its steps want to know again.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingLogin {
    /// The columns that decide.
    pub challenge: LoginChallenge,
    /// The names of the steps that it has passed, in their order.
    pub passed: Vec<String>,
    /// What the step keeps between its question and the answer.
    pub state: Value,
}

// What is kept may be a digest of a code.
impl fmt::Debug for PendingLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PendingLogin")
            .field("challenge", &self.challenge)
            .field("passed", &self.passed)
            .finish_non_exhaustive()
    }
}

/// A [`SessionStore`] that knows the users too: what the auth routes ask of a database.
///
/// It is implemented for `tegata_sqlx::SqlxStore`, on the tables of Django or its own, for
/// [`MemoryUsers`], and for either behind [`crate::session_cache::Cached`].
///
/// ```
/// use tegata_axum::UserStore;
///
/// async fn greeting<S: UserStore>(store: &S, id: &tegata::UserId) -> Result<String, S::Error> {
///     let user = store.user(id).await?;
///     Ok(user.map_or("Who are you?".to_owned(), |user| format!("Hello, {}!", user.username)))
/// }
/// ```
pub trait UserStore: SessionStore<Error: fmt::Display + Send> + Send + Sync + 'static {
    /// Whether a request is let in by the claims of its token without anything to wait for, which is
    /// how the stores of this crate answer where [`AccessClaims::needs_no_rows`], or a cache in this
    /// process knows them. If not, and so unless a store says otherwise, [`UserStore::admit`]
    /// decides. `now` may lag behind the clock by some milliseconds.
    fn admits_at_once(
        &self,
        check: SessionCheck,
        engine: &Engine,
        now: Timestamp,
        claims: &AccessClaims,
    ) -> bool {
        let _ = (check, engine, now, claims);
        false
    }

    /// Lets a request in by the claims of its token: what [`host::admit_by`] does, unless there is a
    /// cache in front of the rows, such as [`crate::session_cache::Cached`].
    fn admit(
        &self,
        check: SessionCheck,
        engine: &Engine,
        now: Timestamp,
        claims: AccessClaims,
    ) -> impl Future<Output = HostResult<Known, Self::Error>> + Send
    where
        Self: Sized,
    {
        host::admit_by(check, engine, self, now, claims)
    }

    /// The user of this name, if this is the password and the account may be used.
    ///
    /// Which of the three was wrong must not be told by the time that it takes.
    fn authenticate(
        &self,
        username: &str,
        password: &str,
    ) -> impl Future<Output = Result<Option<UserState>, Self::Error>> + Send;

    /// The user whom tokens name so.
    fn user(&self, id: &UserId) -> impl Future<Output = Result<Option<User>, Self::Error>> + Send;

    /// Whether this is the user's password.
    fn verify_password(
        &self,
        id: &UserId,
        password: &str,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Gives a user another password if `current` is the present one, and ends the user's sessions
    /// but for `spared`: all of it, or nothing. Says whether it was.
    fn change_password(
        &self,
        engine: &Engine,
        id: &UserId,
        current: &str,
        new: &str,
        spared: Option<&SessionId>,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Notes that a user has logged in, where that is kept.
    fn note_last_login(
        &self,
        id: &UserId,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Keeps where a session was opened from.
    fn set_location(
        &self,
        id: &SessionId,
        location: &Value,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Where a user's sessions were opened from, as far as that is known.
    fn locations(
        &self,
        user: &UserId,
    ) -> impl Future<Output = Result<HashMap<SessionId, Value>, Self::Error>> + Send;

    /// What the site keeps with a session; `None` if there is no such session.
    fn session_data(
        &self,
        id: &SessionId,
    ) -> impl Future<Output = Result<Option<serde_json::Map<String, Value>>, Self::Error>> + Send;

    /// Replaces what the site keeps with a session; says whether there is such a session.
    fn set_session_data(
        &self,
        id: &SessionId,
        data: &serde_json::Map<String, Value>,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Inserts a login that waits, and removes what is beyond the user's newest
    /// [`tegata::MAX_CHALLENGES_PER_USER`].
    fn insert_challenge(
        &self,
        login: &PendingLogin,
        policy: &Policy,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// A login that waits, and its user as the row says now.
    fn load_challenge(
        &self,
        id: &ChallengeId,
    ) -> impl Future<Output = Result<Option<(PendingLogin, UserState)>, Self::Error>> + Send;

    /// Counts an answer where one is left, in one statement; says how many rows that hit.
    fn count_attempt(
        &self,
        count: &CountAttempt,
    ) -> impl Future<Output = Result<u64, Self::Error>> + Send;

    /// Deletes a challenge that was answered; says how many rows that hit.
    fn consume_challenge(
        &self,
        consume: &ConsumeChallenge,
    ) -> impl Future<Output = Result<u64, Self::Error>> + Send;

    /// Whether a row could not be inserted because its user was deleted meanwhile.
    fn is_user_gone(_error: &Self::Error) -> bool {
        false
    }
}
