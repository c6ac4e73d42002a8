use std::fmt::Debug;
use std::future::poll_fn;
use std::task::Poll;

use crate::{
    Count, Device, EndReason, EndSessions, Ending, FirstUse, LiveSince, Loaded, NewSession,
    Session, SessionId, SessionLimit, SessionStore, Swap, Timestamp, Touch, UserState,
};

// Not a whole second, so that a store which drops fractions is found out.
pub(super) const OPENED: Timestamp = Timestamp::from_micros(1_700_000_000_123_456);

pub(super) fn after(micros: i64) -> Timestamp {
    Timestamp::from_micros(OPENED.micros() + micros)
}

pub(super) struct Bench<S> {
    pub(super) store: S,
    pub(super) alice: UserState,
    pub(super) bob: UserState,
}

impl<S: SessionStore<Error: Debug>> Bench<S> {
    pub(super) fn new((store, [alice, bob]): (S, [UserState; 2])) -> Self {
        assert_ne!(alice.id, bob.id, "`open` must give two users");
        Self { store, alice, bob }
    }

    pub(super) async fn insert(&self, letter: char, user: &UserState) -> Session {
        self.insert_row(session(letter, user)).await
    }

    pub(super) async fn insert_row(&self, session: Session) -> Session {
        let row = NewSession { session: session.clone(), limit: None };
        self.store.insert(row).await.expect("insert");
        session
    }

    /// A login that leaves its user so many sessions.
    pub(super) async fn log_in(&self, session: Session, at_most: u32) {
        let limit = SessionLimit { at_most, live: ALWAYS, at: after(9) };
        let row = NewSession { session, limit: Some(limit) };
        self.store.insert(row).await.expect("insert with a limit");
    }

    pub(super) async fn loaded(&self, id: &SessionId) -> Option<Loaded> {
        self.store.load(id).await.expect("load")
    }

    pub(super) async fn row(&self, id: &SessionId) -> Session {
        self.loaded(id).await.expect("the row is there").session
    }

    /// Which of these sessions were not ended.
    pub(super) async fn live(&self, letters: &str) -> String {
        let mut live = String::new();
        for letter in letters.chars() {
            if self.row(&id(letter)).await.expired_at.is_none() {
                live.push(letter);
            }
        }
        live
    }

    pub(super) async fn end(&self, sessions: Ending, at: Timestamp, reason: EndReason) -> u64 {
        self.store.end(&EndSessions { sessions, at, reason }).await.expect("end").count()
    }

    pub(super) async fn end_one(&self, id: &SessionId, at: Timestamp, reason: EndReason) -> u64 {
        self.end(Ending::Session(id.clone()), at, reason).await
    }

    pub(super) async fn is_ended(&self, id: &SessionId, at: Timestamp, reason: EndReason) -> bool {
        let row = self.row(id).await;
        (row.expired_at, row.end_reason) == (Some(at), Some(reason))
    }

    pub(super) async fn advance(&self, id: &SessionId, from: u64, at: Timestamp) -> bool {
        self.store.advance(&Swap { id: id.clone(), from, at }).await.expect("advance")
    }

    pub(super) async fn count_repeat(&self, count: &Count) -> bool {
        self.store.count_repeat(count).await.expect("count_repeat")
    }

    pub(super) async fn touch(&self, id: &SessionId, at: Timestamp) -> bool {
        self.store.touch(&Touch { id: id.clone(), at }).await.expect("touch")
    }

    pub(super) async fn note_first_use(&self, id: &SessionId, generation: u64, at: Timestamp) {
        let first_use = FirstUse { id: id.clone(), generation, at };
        self.store.note_first_use(&first_use).await.expect("note_first_use");
    }
}

// What every row of the suite lies after.
const LONG_AGO: Timestamp = Timestamp::from_seconds(1_600_000_000);
pub(super) const ALWAYS: LiveSince =
    LiveSince { created_at: LONG_AGO, minted_at: LONG_AGO, refreshed_at: LONG_AGO };

pub(super) fn id(letter: char) -> SessionId {
    letter.to_string().repeat(43).parse().expect("43 letters are an id")
}

pub(super) fn count(id: &SessionId, generation: u64, at: Timestamp) -> Count {
    Count { id: id.clone(), generation, limit: 10, unused: false, at }
}

pub(super) fn session(letter: char, user: &UserState) -> Session {
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
        refreshed_at: OPENED,
        repeats: 0,
        first_used_at: None,
        security_stamp: user.security_stamp.clone(),
        legacy_jti: None,
    }
}

/// A session that is so old.
pub(super) fn aged(letter: char, micros: i64, user: &UserState) -> Session {
    Session { created_at: after(-micros), ..session(letter, user) }
}

/// Polls all of them in turn, so that a store with several connections has them race.
pub(super) async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
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
