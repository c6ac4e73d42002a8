use std::collections::HashMap;

use serde_json::{Map, Value};
use tegata::{
    AccessClaims, ChallengeId, ConsumeChallenge, CountAttempt, Engine, Policy, SessionCheck,
    SessionId, Timestamp, UserId, UserState,
};
use tegata_sqlx::{OpenChallenge, SqlxStore, StoreError, StoreResult, python_json};

use super::{PendingLogin, User, UserStore};

impl UserStore for SqlxStore {
    fn admits_at_once(
        &self,
        check: SessionCheck,
        _: &Engine,
        _: Timestamp,
        claims: &AccessClaims,
    ) -> bool {
        claims.needs_no_rows(check)
    }

    async fn authenticate(&self, username: &str, password: &str) -> StoreResult<Option<UserState>> {
        Self::authenticate(self, username, password).await
    }

    async fn user(&self, id: &UserId) -> StoreResult<Option<User>> {
        let user = Self::user(self, id).await?;
        Ok(user.map(|user| User {
            state: user.state,
            username: user.username,
            email: user.email,
            last_login: user.last_login,
        }))
    }

    async fn verify_password(&self, id: &UserId, password: &str) -> StoreResult<bool> {
        Self::verify_password(self, id, password).await
    }

    async fn change_password(
        &self,
        engine: &Engine,
        id: &UserId,
        current: &str,
        new: &str,
        spared: Option<&SessionId>,
        now: Timestamp,
    ) -> StoreResult<bool> {
        Self::change_password(self, engine, id, current, new, spared, now).await
    }

    async fn note_last_login(&self, id: &UserId, now: Timestamp) -> StoreResult<()> {
        Self::note_last_login(self, id, now).await
    }

    async fn set_location(&self, id: &SessionId, location: &Value) -> StoreResult<()> {
        self.set_session_location(id, Some(location)).await.map(|_| ())
    }

    async fn locations(&self, user: &UserId) -> StoreResult<HashMap<SessionId, Value>> {
        self.session_locations(user).await
    }

    async fn session_data(&self, id: &SessionId) -> StoreResult<Option<Map<String, Value>>> {
        Ok(Self::session_data(self, id).await?.map(|(data, _)| data))
    }

    async fn set_session_data(
        &self,
        id: &SessionId,
        data: &Map<String, Value>,
        now: Timestamp,
    ) -> StoreResult<bool> {
        Self::set_session_data(self, id, data, now).await
    }

    async fn insert_challenge(&self, login: &PendingLogin, policy: &Policy) -> StoreResult<()> {
        let state = python_json(&login.state);
        let open =
            OpenChallenge { challenge: &login.challenge, passed: &login.passed, state: &state };
        Self::insert_challenge(self, open, policy).await
    }

    async fn load_challenge(
        &self,
        id: &ChallengeId,
    ) -> StoreResult<Option<(PendingLogin, UserState)>> {
        let Some(loaded) = Self::load_challenge(self, id).await? else { return Ok(None) };
        let state =
            serde_json::from_str(&loaded.state).map_err(|_| StoreError::Row { column: "state" })?;
        let login = PendingLogin { challenge: loaded.challenge, passed: loaded.passed, state };
        Ok(Some((login, loaded.user)))
    }

    async fn count_attempt(&self, count: &CountAttempt) -> StoreResult<u64> {
        Self::count_attempt(self, count).await
    }

    async fn consume_challenge(&self, consume: &ConsumeChallenge) -> StoreResult<u64> {
        Self::consume_challenge(self, consume).await
    }

    fn is_user_gone(error: &StoreError) -> bool {
        error.is_user_gone()
    }
}
