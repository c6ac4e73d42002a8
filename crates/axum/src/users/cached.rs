//! Users of a store that has a cache in front of its sessions.

use std::collections::HashMap;

use serde_json::{Map, Value};
use tegata::host::{HostResult, Known};
use tegata::{
    AccessClaims, ChallengeId, ConsumeChallenge, CountAttempt, Engine, Policy, SessionCheck,
    SessionId, Timestamp, UserId, UserState,
};

use super::{PendingLogin, User, UserStore};
use crate::clock;
use crate::session_cache::{Cached, admit_by};

impl<S: UserStore> UserStore for Cached<S> {
    fn admits_at_once(
        &self,
        check: SessionCheck,
        engine: &Engine,
        now: Timestamp,
        claims: &AccessClaims,
    ) -> bool {
        if claims.session_check(check) == SessionCheck::Cache {
            self.cache().admits(engine, || clock::now().max(now), claims)
        } else {
            self.store().admits_at_once(check, engine, now, claims)
        }
    }

    async fn admit(
        &self,
        check: SessionCheck,
        engine: &Engine,
        now: Timestamp,
        claims: AccessClaims,
    ) -> HostResult<Known, S::Error> {
        // A clock may be set back under way.
        admit_by(check, engine, self, now, || clock::now().max(now), claims).await
    }

    async fn authenticate(
        &self,
        username: &str,
        password: &str,
    ) -> Result<Option<UserState>, S::Error> {
        self.store().authenticate(username, password).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, S::Error> {
        self.store().user(id).await
    }

    async fn verify_password(&self, id: &UserId, password: &str) -> Result<bool, S::Error> {
        self.store().verify_password(id, password).await
    }

    async fn change_password(
        &self,
        engine: &Engine,
        id: &UserId,
        current: &str,
        new: &str,
        spared: Option<&SessionId>,
        now: Timestamp,
    ) -> Result<bool, S::Error> {
        let change = self.store().change_password(engine, id, current, new, spared, now);
        self.changing_user(id, change).await
    }

    async fn note_last_login(&self, id: &UserId, now: Timestamp) -> Result<(), S::Error> {
        self.store().note_last_login(id, now).await
    }

    async fn set_location(&self, id: &SessionId, location: &Value) -> Result<(), S::Error> {
        self.store().set_location(id, location).await
    }

    async fn locations(&self, user: &UserId) -> Result<HashMap<SessionId, Value>, S::Error> {
        self.store().locations(user).await
    }

    async fn session_data(&self, id: &SessionId) -> Result<Option<Map<String, Value>>, S::Error> {
        self.store().session_data(id).await
    }

    async fn set_session_data(
        &self,
        id: &SessionId,
        data: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<bool, S::Error> {
        self.store().set_session_data(id, data, now).await
    }

    async fn insert_challenge(
        &self,
        login: &PendingLogin,
        policy: &Policy,
    ) -> Result<(), S::Error> {
        self.store().insert_challenge(login, policy).await
    }

    async fn load_challenge(
        &self,
        id: &ChallengeId,
    ) -> Result<Option<(PendingLogin, UserState)>, S::Error> {
        self.store().load_challenge(id).await
    }

    async fn count_attempt(&self, count: &CountAttempt) -> Result<u64, S::Error> {
        self.store().count_attempt(count).await
    }

    async fn consume_challenge(&self, consume: &ConsumeChallenge) -> Result<u64, S::Error> {
        self.store().consume_challenge(consume).await
    }

    fn is_user_gone(error: &S::Error) -> bool {
        S::is_user_gone(error)
    }
}
