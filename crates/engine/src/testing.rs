//! The conformance suite for stores (feature `testing`).

use std::collections::HashMap;
use std::fmt::Debug;
use std::future::poll_fn;
use std::task::Poll;

use crate::{
    Device, EndReason, EndSession, FirstUse, Loaded, Session, SessionId, SessionStore, Swap,
    Timestamp, Touch, UserState,
};

/// Checks that a store does what [`SessionStore`] asks of it.
///
/// `open` gives a store without sessions and what its rows say of two users; it is called once for
/// every rule. Let the store answer to several connections if it has them: one rule is a race.
///
/// ```
/// use tegata::testing::conformance;
/// use tegata::{MemoryStore, UserId, UserState};
///
/// # async fn example() {
/// conformance(async || {
///     let users = [1, 2].map(|key| UserState {
///         id: UserId::Integer(key),
///         is_active: true,
///         security_stamp: "stamp".to_owned(),
///     });
///     let store = MemoryStore::default();
///     users.iter().cloned().for_each(|user| store.put_user(user));
///     (store, users)
/// })
/// .await;
/// # }
/// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// # let mut example = Box::pin(example());
/// # assert!(example.as_mut().poll(&mut context).is_ready());
/// # use std::future::Future;
/// ```
///
/// # Panics
/// If the store breaks a rule, with a message that says which.
pub async fn conformance<S>(open: impl AsyncFn() -> (S, [UserState; 2]))
where
    S: SessionStore,
    S::Error: Debug,
{
    rows_come_back_as_they_were(&Bench::new(open().await)).await;
    unknown_ids_hit_nothing(&Bench::new(open().await)).await;
    insert_replaces_nothing(&Bench::new(open().await)).await;
    advance_swaps_once(&Bench::new(open().await)).await;
    advance_has_one_winner(&Bench::new(open().await)).await;
    touch_writes_one_column(&Bench::new(open().await)).await;
    first_use_is_noted_once(&Bench::new(open().await)).await;
    end_keeps_the_first_end(&Bench::new(open().await)).await;
    an_end_is_final(&Bench::new(open().await)).await;
    end_all_ends_one_users(&Bench::new(open().await)).await;
    list_is_live_and_newest_first(&Bench::new(open().await)).await;
}

// Not a whole second, so that a store which drops fractions is found out.
const OPENED: Timestamp = Timestamp::from_micros(1_700_000_000_123_456);

fn after(micros: i64) -> Timestamp {
    Timestamp::from_micros(OPENED.micros() + micros)
}

struct Bench<S> {
    store: S,
    alice: UserState,
    bob: UserState,
}

impl<S: SessionStore<Error: Debug>> Bench<S> {
    fn new((store, [alice, bob]): (S, [UserState; 2])) -> Self {
        assert_ne!(alice.id, bob.id, "`open` must give two users");
        Self { store, alice, bob }
    }

    async fn insert(&self, letter: char, user: &UserState) -> Session {
        let session = session(letter, user);
        self.store.insert(session.clone()).await.expect("insert");
        session
    }

    async fn loaded(&self, id: &SessionId) -> Option<Loaded> {
        self.store.load(id).await.expect("load")
    }

    async fn row(&self, id: &SessionId) -> Session {
        self.loaded(id).await.expect("the row is there").session
    }

    async fn end(&self, id: &SessionId, at: Timestamp, reason: EndReason) {
        let _ended = self.store.end(&EndSession { id: id.clone(), at, reason }).await.expect("end");
    }

    async fn advance(&self, id: &SessionId, from: u64, at: Timestamp) -> bool {
        self.store.advance(&Swap { id: id.clone(), from, at }).await.expect("advance")
    }

    async fn touch(&self, id: &SessionId, at: Timestamp) -> bool {
        self.store.touch(&Touch { id: id.clone(), at }).await.expect("touch")
    }

    async fn note_first_use(&self, id: &SessionId, generation: u64, at: Timestamp) {
        let first_use = FirstUse { id: id.clone(), generation, at };
        self.store.note_first_use(&first_use).await.expect("note_first_use");
    }
}

fn id(letter: char) -> SessionId {
    letter.to_string().repeat(43).parse().expect("43 letters are an id")
}

fn session(letter: char, user: &UserState) -> Session {
    Session {
        id: id(letter),
        user_id: user.id.clone(),
        created_at: OPENED,
        updated_at: OPENED,
        expired_at: None,
        end_reason: None,
        device: Device::new(Some("2001:db8::1"), "agent \u{e9}\u{65e5}\u{1f600} '\"\\%_"),
        generation: 1,
        minted_at: OPENED,
        first_used_at: None,
        security_stamp: user.security_stamp.clone(),
    }
}

async fn rows_come_back_as_they_were<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let plain = bench.insert('p', &bench.alice).await;
    let loaded = bench.loaded(&plain.id).await.expect("the row is there");
    assert_eq!(loaded.session, plain, "a row must come back as it was inserted");
    assert_eq!(loaded.user.as_ref(), Some(&bench.alice), "load must give the session's user");

    let bobs = Session { device: Device::unknown(), ..session('q', &bench.bob) };
    bench.store.insert(bobs.clone()).await.expect("insert");
    let loaded = bench.loaded(&bobs.id).await.expect("the row is there");
    assert_eq!(loaded.session, bobs, "an unknown device must come back as that");
    assert_eq!(loaded.user.as_ref(), Some(&bench.bob), "load must give the session's own user");
}

async fn unknown_ids_hit_nothing<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    for unknown in [id('A'), id('b'), id('_')] {
        assert_eq!(bench.loaded(&unknown).await, None, "ids are compared exactly");
        assert!(!bench.advance(&unknown, 1, after(1)).await, "no row to advance");
        assert!(!bench.touch(&unknown, after(1)).await, "no row to touch");
        bench.note_first_use(&unknown, 1, after(1)).await;
        bench.end(&unknown, after(1), EndReason::LogOut).await;
    }
    assert_eq!(bench.row(&session.id).await, session, "another id's row must stay as it is");
}

async fn insert_replaces_nothing<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let first = bench.insert('a', &bench.alice).await;
    bench.end(&first.id, after(1), EndReason::LogOut).await;
    let ended = bench.row(&first.id).await;
    // Whether a store says so or not is its own affair.
    let _ = bench.store.insert(session('a', &bench.bob)).await;
    assert_eq!(bench.row(&first.id).await, ended, "an insert must not replace a row");
}

async fn advance_swaps_once<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let first = bench.insert('a', &bench.alice).await;
    let other = bench.insert('b', &bench.alice).await;
    bench.note_first_use(&first.id, 1, after(1)).await;
    for from in [0, 2, 3] {
        assert!(!bench.advance(&first.id, from, after(2)).await, "`from` must be live");
    }
    assert!(bench.advance(&first.id, 1, after(3)).await, "a swap of the live generation hits");
    let expected = Session {
        generation: 2,
        minted_at: after(3),
        updated_at: after(3),
        first_used_at: None,
        ..first.clone()
    };
    assert_eq!(bench.row(&first.id).await, expected, "a swap writes its four columns only");
    assert!(!bench.advance(&first.id, 1, after(4)).await, "a swap hits once");
    assert_eq!(bench.row(&first.id).await, expected, "a swap that misses writes nothing");
    assert!(bench.advance(&first.id, 2, after(5)).await, "the next swap hits again");
    assert_eq!(bench.row(&other.id).await, other, "another session's row must stay as it is");
}

async fn advance_has_one_winner<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    for from in 1..=8 {
        let swaps = (0..16).map(|_| bench.advance(&session.id, from, after(1))).collect();
        let hits = all(swaps).await.into_iter().filter(|hit| *hit).count();
        assert_eq!(hits, 1, "of many swaps of one generation exactly one hits");
        assert_eq!(bench.row(&session.id).await.generation, from + 1);
    }
}

async fn touch_writes_one_column<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    assert!(bench.touch(&session.id, after(7)).await, "a touch of a live session hits");
    let expected = Session { updated_at: after(7), ..session.clone() };
    assert_eq!(bench.row(&session.id).await, expected, "a touch writes `updated_at` only");
    assert!(bench.touch(&session.id, after(7)).await, "a touch that changes nothing hits too");
}

async fn first_use_is_noted_once<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    assert!(bench.advance(&session.id, 1, after(1)).await);
    for stale in [0, 1, 3] {
        bench.note_first_use(&session.id, stale, after(2)).await;
        let noted = bench.row(&session.id).await.first_used_at;
        assert_eq!(noted, None, "a first use counts for the live generation only");
    }
    bench.note_first_use(&session.id, 2, after(3)).await;
    bench.note_first_use(&session.id, 2, after(4)).await;
    let noted = bench.row(&session.id).await.first_used_at;
    assert_eq!(noted, Some(after(3)), "the first use stays the first");
}

async fn end_keeps_the_first_end<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    for (letter, reason) in ('a'..).zip(EndReason::ALL) {
        let session = bench.insert(letter, &bench.alice).await;
        bench.end(&session.id, after(1), reason).await;
        bench.end(&session.id, after(2), EndReason::LogOut).await;
        let row = bench.row(&session.id).await;
        assert_eq!(row.expired_at, Some(after(1)), "an end must leave an earlier one");
        assert_eq!(row.end_reason, Some(reason), "an end must leave an earlier reason");
    }
}

async fn an_end_is_final<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    assert!(bench.advance(&session.id, 1, after(1)).await);
    bench.end(&session.id, after(2), EndReason::TokenReuse).await;
    let ended = bench.row(&session.id).await;

    assert!(!bench.advance(&session.id, 2, after(3)).await, "an ended session must not advance");
    assert!(!bench.touch(&session.id, after(3)).await, "an ended session must not be touched");
    bench.note_first_use(&session.id, 2, after(3)).await;
    bench.end(&session.id, after(3), EndReason::Administrator).await;
    let user = &bench.alice.id;
    let count = bench.store.end_all(user, None, after(3), EndReason::LogOutAll).await;
    assert_eq!(count.expect("end_all"), 0, "an ended session does not count again");
    assert_eq!(bench.row(&session.id).await, ended, "nothing may write to an ended session");
}

async fn end_all_ends_one_users<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let mut before = HashMap::new();
    for letter in ['a', 'b', 'c', 'd'] {
        let session = bench.insert(letter, &bench.alice).await;
        before.insert(letter, session);
    }
    let bobs = bench.insert('x', &bench.bob).await;
    bench.end(&id('d'), after(1), EndReason::LogOut).await;
    let early = bench.row(&id('d')).await;

    let (alice, kept) = (&bench.alice.id, id('a'));
    let end_all = async |except: Option<&SessionId>| {
        let reason = EndReason::LogOutOthers;
        bench.store.end_all(alice, except, after(2), reason).await.expect("end_all")
    };
    assert_eq!(end_all(Some(&kept)).await, 2, "end_all counts the sessions that it ended");
    assert_eq!(bench.row(&kept).await, before[&'a'], "end_all must spare `except`");
    for letter in ['b', 'c'] {
        let row = bench.row(&id(letter)).await;
        assert_eq!(row.expired_at, Some(after(2)));
        assert_eq!(row.end_reason, Some(EndReason::LogOutOthers));
    }
    assert_eq!(bench.row(&id('d')).await, early, "end_all must leave an earlier end");
    assert_eq!(end_all(Some(&id('x'))).await, 1, "another user's session is no exception");
    assert_eq!(end_all(None).await, 0, "end_all has nothing left to end");
    assert_eq!(bench.row(&bobs.id).await, bobs, "end_all must leave other users alone");
}

async fn list_is_live_and_newest_first<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    for (letter, age) in [('b', 2), ('a', 1), ('d', 4), ('c', 3)] {
        let created_at = after(-age);
        let session = Session { created_at, ..session(letter, &bench.alice) };
        bench.store.insert(session).await.expect("insert");
    }
    bench.insert('x', &bench.bob).await;
    let ids = async |since: Timestamp| -> Vec<SessionId> {
        let sessions = bench.store.list(&bench.alice.id, since).await.expect("list");
        sessions.into_iter().map(|session| session.id).collect()
    };
    let all = [id('a'), id('b'), id('c'), id('d')];
    assert_eq!(ids(after(-5)).await, all, "a list holds one user's sessions, newest first");
    assert_eq!(ids(after(-3)).await, all[..2], "a list begins after `since`");
    bench.end(&id('b'), after(1), EndReason::LogOut).await;
    assert_eq!(ids(after(-5)).await, [id('a'), id('c'), id('d')], "ended sessions are not listed");

    let listed = bench.store.list(&bench.alice.id, after(-5)).await.expect("list");
    assert_eq!(listed[0], bench.row(&id('a')).await, "a list gives whole rows");
}

/// Polls all of them in turn, so that a store with several connections has them race.
async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut racing: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(move |context| {
        for (future, output) in &mut racing {
            if output.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if racing.iter().any(|(_, output)| output.is_none()) {
            return Poll::Pending;
        }
        Poll::Ready(racing.iter_mut().filter_map(|(_, output)| output.take()).collect())
    })
    .await
}
