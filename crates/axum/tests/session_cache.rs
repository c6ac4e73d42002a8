//! The cache lets nobody in whose session has ended, whoever reads and ends at the same time.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tegata::host::{self, HostError};
use tegata::testing::conformance;
use tegata::{
    Algorithm, Bounds, Count, CustomClaims, Device, EndReason, EndSessions, Ended, Ending, Engine,
    FirstUse, Key, KeySet, LiveSince, Loaded, MemoryStore, NewSession, Policy, Refusal, Session,
    SessionCheck, SessionId, SessionStore, Swap, SystemRandomness, Timestamp, Tokens, Touch,
    UserId, UserState,
};
use tegata_axum::session_cache::{Cached, SessionCache, authenticate};
use tokio::sync::Semaphore;

const LOGIN: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn policy() -> Policy {
    Policy {
        issuer: "https://issuer.example".to_owned(),
        audience: vec!["api".to_owned()],
        client_id: "web".to_owned(),
        session_check: SessionCheck::Cache,
        ..Policy::default()
    }
}

fn engine(policy: Policy) -> Engine {
    let key = Key::from_secret(b"a secret for tests, of 32 bytes and more", Algorithm::Hs256);
    Engine::new(policy, KeySet::new(vec![key.unwrap()]).unwrap()).unwrap()
}

fn alice() -> UserState {
    UserState { id: UserId::Integer(1), is_active: true, security_stamp: "stamp".to_owned() }
}

fn store() -> MemoryStore {
    let store = MemoryStore::default();
    store.put_user(alice());
    store
}

async fn log_in<S: SessionStore>(engine: &Engine, store: &S) -> (Tokens, SessionId)
where
    S::Error: std::fmt::Debug,
{
    let (random, device) = (SystemRandomness, Device::unknown());
    let (bounds, custom) = (Bounds::none(), CustomClaims::none());
    let tokens =
        host::log_in(engine, store, LOGIN, &random, &alice(), device, &bounds, &custom).await;
    let tokens = tokens.unwrap();
    let claims = engine.read_access(LOGIN, &tokens.access_token, None).unwrap();
    let id = claims.session_id().clone();
    (tokens, id)
}

async fn ask<S: SessionStore>(
    engine: &Engine,
    store: &Cached<S>,
    at: Timestamp,
    token: &str,
) -> Result<(), Refusal>
where
    S::Error: std::fmt::Debug,
{
    match authenticate(engine, store, || at, token, None).await {
        Ok(_) => Ok(()),
        Err(HostError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error:?}"),
    }
}

fn end_of(sessions: Ending) -> EndSessions {
    EndSessions { sessions, at: LOGIN, reason: EndReason::LogOut }
}

#[tokio::test]
async fn a_cached_store_is_a_store() {
    conformance(async || {
        let users = [1, 2].map(|key| UserState { id: UserId::Integer(key), ..alice() });
        let store = MemoryStore::default();
        users.iter().cloned().for_each(|user| store.put_user(user));
        (Cached::new(store, &policy()), users)
    })
    .await;
}

#[tokio::test]
async fn rows_are_looked_at_once_in_the_lifetime_of_a_snapshot() {
    let engine = engine(policy());
    let cached = Cached::new(store(), &policy());
    let (tokens, session) = log_in(&engine, &cached).await;
    for _ in 0..10 {
        ask(&engine, &cached, LOGIN, &tokens.access_token).await.unwrap();
    }
    let stats = cached.stats();
    assert_eq!((stats.hits, stats.misses), (9, 1));
    // Of an end that it was not told of, it knows nothing for so long and no longer.
    let _ended = cached.store().end(&end_of(Ending::Session(session))).await.unwrap();
    let (late, too_late) = (Duration::from_secs(59), Duration::from_mins(1));
    ask(&engine, &cached, LOGIN.plus(late), &tokens.access_token).await.unwrap();
    let refused = ask(&engine, &cached, LOGIN.plus(too_late), &tokens.access_token).await;
    assert_eq!(refused, Err(Refusal::SessionExpired));
}

#[tokio::test]
async fn every_way_to_end_sessions_is_told() {
    let engine = engine(policy());
    let id = alice().id;
    let ways: [fn(SessionId, UserId) -> Ending; 5] = [
        |session, _| Ending::Session(session),
        |session, user| Ending::Own { user, session },
        |_, user| Ending::User(user),
        |_, user| Ending::Others { user, except: "A".repeat(43).parse().unwrap() },
        |_, user| Ending::Stamped { user, security_stamp: "stamp".to_owned() },
    ];
    for way in ways {
        let cached = Cached::new(store(), &policy());
        let (tokens, session) = log_in(&engine, &cached).await;
        for _ in 0..2 {
            ask(&engine, &cached, LOGIN, &tokens.access_token).await.unwrap();
        }
        let end = end_of(way(session, id.clone()));
        let _ended = cached.end(&end).await.unwrap();
        let refused = ask(&engine, &cached, LOGIN, &tokens.access_token).await;
        assert_eq!(refused, Err(Refusal::SessionExpired), "{end:?}");
    }
}

#[tokio::test]
async fn a_login_beyond_the_limit_is_told() {
    let policy = Policy { max_sessions_per_user: Some(1), ..policy() };
    let engine = engine(policy.clone());
    let cached = Cached::new(store(), &policy);
    let (first, _) = log_in(&engine, &cached).await;
    ask(&engine, &cached, LOGIN, &first.access_token).await.unwrap();
    log_in(&engine, &cached).await;
    let refused = ask(&engine, &cached, LOGIN, &first.access_token).await;
    assert_eq!(refused, Err(Refusal::SessionExpired));
}

#[tokio::test]
async fn a_change_of_the_user_is_told() {
    let engine = engine(policy());
    let cached = Cached::new(store(), &policy());
    let (tokens, _) = log_in(&engine, &cached).await;
    for _ in 0..2 {
        ask(&engine, &cached, LOGIN, &tokens.access_token).await.unwrap();
    }
    let changed = UserState { security_stamp: "another".to_owned(), ..alice() };
    cached.changing_user(&alice().id, async { cached.store().put_user(changed) }).await;
    let refused = ask(&engine, &cached, LOGIN, &tokens.access_token).await;
    assert_eq!(refused, Err(Refusal::SessionExpired));
}

#[tokio::test]
async fn of_another_session_check_the_cache_is_not_asked() {
    let policy = Policy { session_check: SessionCheck::Request, ..policy() };
    let engine = engine(policy.clone());
    let cached = Cached::new(store(), &policy);
    let (tokens, session) = log_in(&engine, &cached).await;
    ask(&engine, &cached, LOGIN, &tokens.access_token).await.unwrap();
    let _ended = cached.store().end(&end_of(Ending::Session(session))).await.unwrap();
    assert!(ask(&engine, &cached, LOGIN, &tokens.access_token).await.is_err());
    assert_eq!((cached.stats().hits, cached.stats().misses), (0, 0));
}

/// What the stores below do as the one that they hold.
macro_rules! as_the_store_within {
    () => {
        type Error = Infallible;

        async fn insert(&self, row: NewSession) -> Result<(), Infallible> {
            self.store.insert(row).await
        }

        async fn load_user(&self, id: &UserId) -> Result<Option<UserState>, Infallible> {
            self.store.load_user(id).await
        }

        async fn advance(&self, swap: &Swap) -> Result<bool, Infallible> {
            self.store.advance(swap).await
        }

        async fn count_repeat(&self, count: &Count) -> Result<bool, Infallible> {
            self.store.count_repeat(count).await
        }

        async fn touch(&self, touch: &Touch) -> Result<bool, Infallible> {
            self.store.touch(touch).await
        }

        async fn note_first_use(&self, first_use: &FirstUse) -> Result<(), Infallible> {
            self.store.note_first_use(first_use).await
        }

        async fn list(&self, user: &UserId, since: &LiveSince) -> Result<Vec<Session>, Infallible> {
            self.store.list(user, since).await
        }
    };
}

/// A store whose readers and whose ends stop where a race would have them.
#[derive(Clone)]
struct Paused {
    store: Arc<MemoryStore>,
    /// What a reader waits for once it has read; a permit for each.
    read: Arc<Semaphore>,
    has_read: Arc<Semaphore>,
    /// What an end waits for before it is carried out.
    may_end: Arc<Semaphore>,
}

impl Paused {
    fn new() -> Self {
        let open = || Arc::new(Semaphore::new(100_000));
        let (read, may_end) = (open(), open());
        Self { store: Arc::new(store()), read, has_read: Arc::new(Semaphore::new(0)), may_end }
    }
}

async fn pass(semaphore: &Semaphore) {
    semaphore.acquire().await.unwrap().forget();
}

impl SessionStore for Paused {
    as_the_store_within!();

    async fn load(&self, id: &SessionId) -> Result<Option<Loaded>, Infallible> {
        let loaded = self.store.load(id).await;
        self.has_read.add_permits(1);
        pass(&self.read).await;
        loaded
    }

    async fn end(&self, end: &EndSessions) -> Result<Ended, Infallible> {
        pass(&self.may_end).await;
        self.store.end(end).await
    }
}

async fn reader_that_stores_after_a_logout(capacity: u64, other_logouts: usize) {
    for ending in [true, false] {
        let engine = Arc::new(engine(policy()));
        let paused = Paused::new();
        let cache = SessionCache::new(&policy(), capacity);
        let cached = Cached::with_cache(paused.clone(), cache);
        let (tokens, session) = log_in(&engine, &cached).await;
        paused.read.forget_permits(100_000);
        let token = tokens.access_token.clone();
        let reader = tokio::spawn({
            let (engine, cached, token) = (Arc::clone(&engine), cached.clone(), token.clone());
            async move { ask(&engine, &cached, LOGIN, &token).await }
        });
        pass(&paused.has_read).await;
        let end = if ending { Ending::Session(session) } else { Ending::User(alice().id) };
        let _ended = cached.end(&end_of(end)).await.unwrap();
        for number in 0..other_logouts {
            let other = Ending::Session(format!("{number:A>43}").parse().unwrap());
            let _ended = cached.end(&end_of(other)).await.unwrap();
        }
        paused.read.add_permits(100_000);
        assert_eq!(reader.await.unwrap(), Ok(()), "it came before the logout");
        let refused = ask(&engine, &cached, LOGIN, &token).await;
        assert_eq!(refused, Err(Refusal::SessionExpired));
        assert_eq!(cached.stats().hits, 0);
    }
}

#[tokio::test]
async fn who_read_the_row_before_a_logout_cannot_put_it_back_as_live() {
    reader_that_stores_after_a_logout(1_000, 0).await;
}

#[tokio::test]
async fn not_even_into_a_cache_that_has_thrown_the_tombstone_away() {
    reader_that_stores_after_a_logout(1, 2_000).await;
}

#[tokio::test]
async fn while_an_end_is_under_way_nothing_is_kept_even_if_nobody_waits_for_it_any_more() {
    let engine = engine(policy());
    let paused = Paused::new();
    let cached = Cached::new(paused.clone(), &policy());
    let (tokens, session) = log_in(&engine, &cached).await;
    paused.may_end.forget_permits(100_000);
    let ending = tokio::spawn({
        let (cached, session) = (cached.clone(), session.clone());
        async move { cached.end(&end_of(Ending::Session(session))).await.map(|ended| ended.count()) }
    });
    for _ in 0..50 {
        ask(&engine, &cached, LOGIN, &tokens.access_token).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(cached.stats().hits, 0);
    // The client has hung up, and the database carries the statement out all the same.
    ending.abort();
    let _ = ending.await;
    for _ in 0..3 {
        ask(&engine, &cached, LOGIN, &tokens.access_token).await.unwrap();
    }
    let _ended = paused.store.end(&end_of(Ending::Session(session))).await.unwrap();
    let refused = ask(&engine, &cached, LOGIN, &tokens.access_token).await;
    assert_eq!(refused, Err(Refusal::SessionExpired));
}

#[tokio::test]
async fn an_end_is_told_again_when_it_is_durable() {
    let engine = engine(policy());
    let paused = Paused::new();
    let cached = Cached::with_cache(paused.clone(), SessionCache::new(&policy(), 1));
    let (tokens, session) = log_in(&engine, &cached).await;
    paused.may_end.forget_permits(100_000);
    let mut ending = Box::pin(async { cached.end(&end_of(Ending::Session(session))).await });
    tokio::select! {
        biased;
        _ = &mut ending => panic!("it has to wait"),
        () = std::future::ready(()) => {}
    }
    // Its first tombstone is thrown away, so what is still in the rows is kept.
    for number in 100..2_100 {
        cached.changing_user(&UserId::Integer(number), std::future::ready(())).await;
    }
    while cached.stats().hits == 0 {
        ask(&engine, &cached, LOGIN, &tokens.access_token).await.unwrap();
        assert!(cached.stats().misses < 1_000, "the tombstone stands: {:?}", cached.stats());
    }
    paused.may_end.add_permits(1);
    let _ended = ending.await.unwrap();
    let refused = ask(&engine, &cached, LOGIN, &tokens.access_token).await;
    assert_eq!(refused, Err(Refusal::SessionExpired));
}

/// A store that lets others run between a read and its answer, and around an end.
#[derive(Clone)]
struct Yielding {
    store: Arc<MemoryStore>,
}

impl SessionStore for Yielding {
    as_the_store_within!();

    async fn load(&self, id: &SessionId) -> Result<Option<Loaded>, Infallible> {
        let loaded = self.store.load(id).await;
        tokio::task::yield_now().await;
        loaded
    }

    async fn end(&self, end: &EndSessions) -> Result<Ended, Infallible> {
        tokio::task::yield_now().await;
        let ended = self.store.end(end).await;
        tokio::task::yield_now().await;
        ended
    }
}

#[test]
fn many_threads_that_read_and_end_let_nobody_in_after_an_end() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(8).build().unwrap();
    let engine = Arc::new(engine(policy()));
    let cached = Cached::new(Yielding { store: Arc::new(store()) }, &policy());
    let mut tasks = Vec::new();
    for _ in 0..100 {
        let (tokens, session) = runtime.block_on(log_in(&engine, &cached));
        let has_ended = Arc::new(AtomicBool::new(false));
        for _ in 0..6 {
            let (engine, cached) = (Arc::clone(&engine), cached.clone());
            let (token, has_ended) = (tokens.access_token.clone(), Arc::clone(&has_ended));
            tasks.push(runtime.spawn(async move {
                loop {
                    let is_over = has_ended.load(Ordering::SeqCst);
                    let answer = ask(&engine, &cached, LOGIN, &token).await;
                    if is_over {
                        assert_eq!(answer, Err(Refusal::SessionExpired));
                        return;
                    }
                    tokio::task::yield_now().await;
                }
            }));
        }
        let cached = cached.clone();
        tasks.push(runtime.spawn(async move {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            let _ended = cached.end(&end_of(Ending::Session(session))).await.unwrap();
            has_ended.store(true, Ordering::SeqCst);
        }));
    }
    for task in tasks {
        runtime.block_on(task).unwrap();
    }
    assert!(cached.stats().hits > 0);
}
