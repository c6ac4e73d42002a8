//! What several of the test files use: fixed keys, a fixed time, randomness that counts.
#![allow(dead_code, reason = "each test file is a crate of its own and uses its own part of this")]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tegata::{
    Algorithm, Bounds, Count, CustomClaims, Device, EndReason, EndSessions, Ended, Ending, Engine,
    FirstUse, Key, KeySet, LiveSince, Loaded, MemoryStore, NewSession, Opened, Policy, Randomness,
    RandomnessError, RefreshClaims, Refusal, Revoke, Session, SessionId, SessionStore, Swap,
    Timestamp, Tokens, Touch, UserId, UserState,
};

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// When every login of the tests happens.
pub(crate) const LOGIN: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// That many microseconds after the login.
pub(crate) fn after(micros: i64) -> Timestamp {
    Timestamp::from_micros(LOGIN.micros() + micros)
}

/// A login of no tenant, for whatever the site grants.
pub(crate) static UNBOUND: Bounds = Bounds::none();

pub(crate) const SECRET: &[u8] = b"a secret for tests, of 32 bytes and more";

pub(crate) fn key() -> Key {
    Key::from_secret(SECRET, Algorithm::Hs256).unwrap()
}

pub(crate) fn other_key() -> Key {
    Key::from_secret(b"another secret of 32 bytes and more", Algorithm::Hs256).unwrap()
}

pub(crate) fn policy() -> Policy {
    Policy {
        issuer: "https://issuer.example".to_owned(),
        audience: vec!["api".to_owned()],
        client_id: "web".to_owned(),
        ..Policy::default()
    }
}

pub(crate) fn engine() -> Engine {
    engine_with(|_| ())
}

pub(crate) fn engine_with(change: impl FnOnce(&mut Policy)) -> Engine {
    let mut policy = policy();
    change(&mut policy);
    Engine::new(policy, KeySet::new(vec![key()]).unwrap()).unwrap()
}

/// Draws 1, 2, 3, … each filling its identifier.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Randomness for Counter {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        bytes.fill(0);
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        bytes[..8].copy_from_slice(&count.to_be_bytes());
        Ok(())
    }
}

/// A source that gives nothing after so many identifiers.
pub(crate) struct RunsDry(pub(crate) AtomicUsize);

impl RunsDry {
    pub(crate) fn after(identifiers: usize) -> Self {
        Self(AtomicUsize::new(identifiers))
    }
}

impl Randomness for RunsDry {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        bytes.fill(7);
        let one_less = |left: usize| left.checked_sub(1);
        let drawn = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
        drawn.map(|_| ()).map_err(|_| RandomnessError)
    }
}

pub(crate) fn user(id: i64) -> UserState {
    UserState { id: UserId::Integer(id), is_active: true, security_stamp: format!("stamp {id}") }
}

pub(crate) fn alice() -> UserState {
    user(1)
}

pub(crate) fn bob() -> UserState {
    user(2)
}

/// Tokens with a refresh token among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) expires_in: Duration,
}

impl From<Tokens> for Pair {
    fn from(tokens: Tokens) -> Self {
        let Tokens { access_token, refresh_token, expires_in, .. } = tokens;
        Self { access_token, refresh_token: refresh_token.unwrap(), expires_in }
    }
}

/// A login whose session has a row.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) session: Session,
    pub(crate) tokens: Pair,
}

impl From<Opened> for Login {
    fn from(opened: Opened) -> Self {
        Self { session: opened.row.unwrap().session, tokens: opened.tokens.into() }
    }
}

pub(crate) fn open(engine: &Engine) -> Login {
    open_for(engine, &Counter::default(), &alice())
}

pub(crate) fn open_for(engine: &Engine, random: &dyn Randomness, user: &UserState) -> Login {
    open_at(engine, LOGIN, random, user).into()
}

pub(crate) fn open_at(
    engine: &Engine,
    now: Timestamp,
    random: &dyn Randomness,
    user: &UserState,
) -> Opened {
    engine
        .open_session(now, random, user, Device::unknown(), &UNBOUND, &CustomClaims::none())
        .unwrap()
}

/// A row that is inserted without a limit.
pub(crate) fn unlimited(session: Session) -> NewSession {
    NewSession { session, limit: None }
}

/// The row after a rotation at `at`.
pub(crate) fn advanced(session: &Session, at: Timestamp) -> Session {
    Session {
        generation: session.generation + 1,
        minted_at: at,
        refreshed_at: at,
        updated_at: at,
        repeats: 0,
        first_used_at: None,
        ..session.clone()
    }
}

/// Whether it ends these sessions for that reason at `now`, and what it tells afterwards.
pub(crate) fn revokes(
    revoke: Revoke,
    now: Timestamp,
    sessions: Ending,
    reason: EndReason,
    told: Refusal,
) -> bool {
    *revoke.end() == EndSessions { sessions, at: now, reason }
        && revoke.refusal(Ended::committed(1)) == told
}

/// All sessions of a user that bear the stamp of this one.
pub(crate) fn stamped_as(session: &Session) -> Ending {
    Ending::Stamped {
        user: session.user_id.clone(),
        security_stamp: session.security_stamp.clone(),
    }
}

pub(crate) fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub(crate) fn header(token: &str) -> Value {
    part(token, 0)
}

pub(crate) fn payload(token: &str) -> Value {
    part(token, 1)
}

pub(crate) fn sign(typ: Option<&str>, payload: &str) -> String {
    tegata_jose::jws::sign(&key(), typ, payload.as_bytes()).unwrap()
}

/// The same token with other claims, signed by our own key.
pub(crate) fn resign(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = payload(token);
    change(&mut claims);
    sign(header(token)["typ"].as_str(), &claims.to_string())
}

/// A refresh token of any generation of a session, read at the time of the login.
pub(crate) fn refresh_claims(engine: &Engine, opened: &Login, generation: u64) -> RefreshClaims {
    let token = resign(&opened.tokens.refresh_token, |claims| {
        claims["generation"] = generation.into();
    });
    engine.read_refresh(LOGIN, &token, None).unwrap()
}

pub(crate) fn memory_store() -> MemoryStore {
    let store = MemoryStore::default();
    store.put_user(alice());
    store.put_user(bob());
    store
}

/// A store that counts, and fails when told to.
#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) memory: MemoryStore,
    /// How many swaps hit.
    pub(crate) advances: AtomicUsize,
    /// How many statements wrote, or tried to.
    pub(crate) writes: AtomicUsize,
    /// So many swaps are to lose against one that somebody else makes just before them.
    pub(crate) losses: AtomicUsize,
    /// So many swaps are to hit nothing, though nobody else made them.
    pub(crate) misses: AtomicUsize,
    /// So many statements are to fail.
    pub(crate) failures: AtomicUsize,
    /// So many ends are to fail.
    pub(crate) failing_ends: AtomicUsize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Down;

impl Watched {
    pub(crate) fn new() -> Self {
        Self { memory: memory_store(), ..Self::default() }
    }

    pub(crate) fn advances(&self) -> usize {
        self.advances.load(Ordering::Relaxed)
    }

    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    pub(crate) fn lose(&self, swaps: usize) {
        self.losses.store(swaps, Ordering::Relaxed);
    }

    pub(crate) fn miss(&self, swaps: usize) {
        self.misses.store(swaps, Ordering::Relaxed);
    }

    pub(crate) fn fail(&self, statements: usize) {
        self.failures.store(statements, Ordering::Relaxed);
    }

    pub(crate) fn fail_ends(&self, statements: usize) {
        self.failing_ends.store(statements, Ordering::Relaxed);
    }

    pub(crate) async fn row(&self, id: &SessionId) -> Session {
        row(&self.memory, id).await
    }

    // Lets every other task in, so that each race happens that can.
    async fn arrive(&self) -> Result<(), Down> {
        tokio::task::yield_now().await;
        if take_one(&self.failures) { Err(Down) } else { Ok(()) }
    }

    async fn arrive_to_write(&self) -> Result<(), Down> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.arrive().await
    }
}

fn take_one(count: &AtomicUsize) -> bool {
    count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

pub(crate) async fn row(store: &MemoryStore, id: &SessionId) -> Session {
    let Ok(loaded) = store.load(id).await;
    loaded.unwrap().session
}

impl SessionStore for Watched {
    type Error = Down;

    async fn insert(&self, row: NewSession) -> Result<(), Down> {
        self.arrive_to_write().await?;
        let Ok(()) = self.memory.insert(row).await;
        Ok(())
    }

    async fn load_user(&self, id: &UserId) -> Result<Option<UserState>, Down> {
        let Ok(user) = self.memory.load_user(id).await;
        self.arrive().await?;
        Ok(user)
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Loaded>, Down> {
        let Ok(loaded) = self.memory.load(id).await;
        self.arrive().await?;
        Ok(loaded)
    }

    async fn advance(&self, swap: &Swap) -> Result<bool, Down> {
        self.arrive_to_write().await?;
        if take_one(&self.misses) {
            return Ok(false);
        }
        if take_one(&self.losses) {
            let Ok(_) = self.memory.advance(swap).await;
        }
        let Ok(hit) = self.memory.advance(swap).await;
        self.advances.fetch_add(hit.into(), Ordering::Relaxed);
        Ok(hit)
    }

    async fn count_repeat(&self, count: &Count) -> Result<bool, Down> {
        self.arrive_to_write().await?;
        let Ok(hit) = self.memory.count_repeat(count).await;
        Ok(hit)
    }

    async fn touch(&self, touch: &Touch) -> Result<bool, Down> {
        self.arrive_to_write().await?;
        let Ok(hit) = self.memory.touch(touch).await;
        Ok(hit)
    }

    async fn note_first_use(&self, first_use: &FirstUse) -> Result<(), Down> {
        self.arrive_to_write().await?;
        let Ok(()) = self.memory.note_first_use(first_use).await;
        Ok(())
    }

    async fn end(&self, end: &EndSessions) -> Result<Ended, Down> {
        self.arrive_to_write().await?;
        if take_one(&self.failing_ends) {
            return Err(Down);
        }
        let Ok(ended) = self.memory.end(end).await;
        Ok(ended)
    }

    async fn list(&self, user: &UserId, since: &LiveSince) -> Result<Vec<Session>, Down> {
        self.arrive().await?;
        let Ok(sessions) = self.memory.list(user, since).await;
        Ok(sessions)
    }
}

pub(crate) fn generation(token: &str) -> u64 {
    payload(token)["generation"].as_u64().unwrap()
}

pub(crate) fn are_of_generation(tokens: &Tokens, expected: u64) -> bool {
    let refresh = tokens.refresh_token.as_deref().map(generation);
    (generation(&tokens.access_token), refresh) == (expected, Some(expected))
}
