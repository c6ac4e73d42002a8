//! Users and sessions that are forgotten at exit: for tests and examples.

mod hash;
mod sessions;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use tegata::{
    AccessClaims, ChallengeId, ConsumeChallenge, CountAttempt, Engine, MAX_CHALLENGES_PER_USER,
    MemoryStore, Policy, SessionCheck, SessionId, Timestamp, UserId, UserState, security_stamp,
};
use thiserror::Error;
use zeroize::Zeroizing;

use self::hash::PasswordHash;
use super::{PendingLogin, User, UserStore};

/// Users and their sessions in memory, gone at exit: for tests and examples. Passwords are hashed,
/// by argon2id.
///
/// ```
/// use tegata_axum::{MemoryUsers, UserStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let users = MemoryUsers::default();
/// let ada = users.create("ada", "a long secret")?;
/// assert_eq!(users.authenticate("ada", "a long secret").await?, Some(ada));
/// assert_eq!(users.authenticate("ada", "a guess").await?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryUsers {
    sessions: Arc<MemoryStore>,
    rows: Arc<Mutex<Rows>>,
}

/// Why a user was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CreateUserError {
    /// There is a user of that name.
    #[error("there is a user of that name already")]
    Taken,
    /// The password could not be hashed.
    #[error("the password cannot be hashed: the source of randomness is not available")]
    Hash,
}

#[derive(Debug, Default)]
struct Rows {
    users: HashMap<UserId, Row>,
    data: HashMap<SessionId, Map<String, Value>>,
    locations: HashMap<SessionId, Value>,
    logins: HashMap<String, PendingLogin>,
}

#[derive(Clone, Debug)]
struct Row {
    username: String,
    email: Option<String>,
    password: PasswordHash,
    is_active: bool,
    last_login: Option<Timestamp>,
}

impl Row {
    fn state(&self, id: &UserId) -> UserState {
        let security_stamp = security_stamp(id, &[&self.password.text()]);
        UserState { id: id.clone(), is_active: self.is_active, security_stamp }
    }
}

impl MemoryUsers {
    /// Makes a user; the first has the id 1.
    ///
    /// # Errors
    /// [`CreateUserError`].
    pub fn create(&self, username: &str, password: &str) -> Result<UserState, CreateUserError> {
        let password = PasswordHash::of(password).ok_or(CreateUserError::Hash)?;
        let mut rows = self.rows();
        if rows.users.values().any(|row| row.username == username) {
            return Err(CreateUserError::Taken);
        }
        let number = i64::try_from(rows.users.len()).unwrap_or(i64::MAX).saturating_add(1);
        let (id, username) = (UserId::Integer(number), username.to_owned());
        let row = Row { username, email: None, password, is_active: true, last_login: None };
        let state = row.state(&id);
        rows.users.insert(id, row);
        self.sessions.put_user(state.clone());
        Ok(state)
    }

    /// The sessions, and what the engine has to know of each user. Whoever is put in here and not
    /// made by [`MemoryUsers::create`] has no password to log in with.
    #[must_use]
    pub fn sessions(&self) -> &MemoryStore {
        &self.sessions
    }

    /// Gives a user an address for mail.
    pub fn set_email(&self, id: &UserId, email: &str) {
        if let Some(row) = self.rows().users.get_mut(id) {
            row.email = Some(email.to_owned());
        }
    }

    /// Lets a user log in, or no more.
    pub fn set_active(&self, id: &UserId, is_active: bool) {
        if let Some(row) = self.rows().users.get_mut(id) {
            row.is_active = is_active;
            self.sessions.put_user(row.state(id));
        }
    }

    // No statement leaves the rows half written, so a poisoned lock still guards good rows.
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hash_of(&self, id: &UserId) -> Option<PasswordHash> {
        self.rows().users.get(id).map(|row| row.password.clone())
    }
}

/// Does what takes long away from the threads that answer requests.
async fn away<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

async fn is_right(hash: Option<PasswordHash>, password: &str) -> bool {
    let password = Zeroizing::new(password.to_owned());
    // Without a hash one is made all the same, so that the time does not tell.
    let check = move || match hash {
        Some(hash) => hash.verifies(&password),
        None => PasswordHash::of(&password).is_none(),
    };
    away(check).await.unwrap_or(false)
}

impl UserStore for MemoryUsers {
    fn admits_at_once(
        &self,
        check: SessionCheck,
        _: &Engine,
        _: Timestamp,
        claims: &AccessClaims,
    ) -> bool {
        claims.needs_no_rows(check)
    }

    async fn authenticate(
        &self,
        username: &str,
        password: &str,
    ) -> Result<Option<UserState>, Infallible> {
        let found = self
            .rows()
            .users
            .iter()
            .find(|(_, row)| row.username == username)
            .map(|(id, row)| (row.state(id), row.password.clone()));
        let (state, hash) = found.unzip();
        let is_right = is_right(hash, password).await;
        Ok(state.filter(|state| is_right && state.is_active))
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, Infallible> {
        Ok(self.rows().users.get(id).map(|row| User {
            state: row.state(id),
            username: row.username.clone(),
            email: row.email.clone(),
            last_login: row.last_login,
        }))
    }

    async fn verify_password(&self, id: &UserId, password: &str) -> Result<bool, Infallible> {
        let hash = self.hash_of(id);
        Ok(is_right(hash, password).await)
    }

    async fn change_password(
        &self,
        _engine: &Engine,
        id: &UserId,
        current: &str,
        new: &str,
        spared: Option<&SessionId>,
        now: Timestamp,
    ) -> Result<bool, Infallible> {
        let checked = self.hash_of(id);
        if !is_right(checked.clone(), current).await {
            return Ok(false);
        }
        let new = Zeroizing::new(new.to_owned());
        let Some(hash) = away(move || PasswordHash::of(&new)).await.flatten() else {
            return Ok(false);
        };
        let mut rows = self.rows();
        let Some(row) =
            rows.users.get_mut(id).filter(|row| Some(&row.password) == checked.as_ref())
        else {
            return Ok(false);
        };
        row.password = hash;
        self.sessions.restamp_user(row.state(id), spared, now);
        Ok(true)
    }

    async fn note_last_login(&self, id: &UserId, now: Timestamp) -> Result<(), Infallible> {
        if let Some(row) = self.rows().users.get_mut(id) {
            row.last_login = Some(now);
        }
        Ok(())
    }

    async fn set_location(&self, id: &SessionId, location: &Value) -> Result<(), Infallible> {
        self.rows().locations.insert(id.clone(), location.clone());
        Ok(())
    }

    async fn locations(&self, _user: &UserId) -> Result<HashMap<SessionId, Value>, Infallible> {
        Ok(self.rows().locations.clone())
    }

    async fn session_data(&self, id: &SessionId) -> Result<Option<Map<String, Value>>, Infallible> {
        Ok(self.rows().data.get(id).cloned())
    }

    async fn set_session_data(
        &self,
        id: &SessionId,
        data: &Map<String, Value>,
        _now: Timestamp,
    ) -> Result<bool, Infallible> {
        let mut rows = self.rows();
        let kept = rows.data.get_mut(id);
        Ok(kept.map(|kept| kept.clone_from(data)).is_some())
    }

    async fn insert_challenge(
        &self,
        login: &PendingLogin,
        _policy: &Policy,
    ) -> Result<(), Infallible> {
        let (id, user) = (login.challenge.id.as_str(), &login.challenge.user_id);
        let mut rows = self.rows();
        rows.logins.insert(id.to_owned(), login.clone());
        let others = rows.logins.values().map(|login| &login.challenge);
        let mut others: Vec<_> = others
            .filter(|other| other.user_id == *user && other.id.as_str() != id)
            .map(|other| (other.created_at, other.id.as_str().to_owned()))
            .collect();
        others.sort_by(|one, other| other.cmp(one));
        for (_, id) in others.iter().skip(MAX_CHALLENGES_PER_USER as usize - 1) {
            rows.logins.remove(id);
        }
        Ok(())
    }

    async fn load_challenge(
        &self,
        id: &ChallengeId,
    ) -> Result<Option<(PendingLogin, UserState)>, Infallible> {
        let rows = self.rows();
        let login = rows.logins.get(id.as_str());
        Ok(login.and_then(|login| {
            let id = &login.challenge.user_id;
            Some((login.clone(), rows.users.get(id)?.state(id)))
        }))
    }

    async fn count_attempt(&self, count: &CountAttempt) -> Result<u64, Infallible> {
        let mut rows = self.rows();
        let login = rows.logins.get_mut(count.id.as_str());
        let open = login.filter(|login| login.challenge.attempts < count.limit);
        Ok(open.map_or(0, |login| {
            login.challenge.attempts += 1;
            1
        }))
    }

    async fn consume_challenge(&self, consume: &ConsumeChallenge) -> Result<u64, Infallible> {
        Ok(u64::from(self.rows().logins.remove(consume.id().as_str()).is_some()))
    }
}
