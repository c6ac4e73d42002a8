//! The last good key set, and when it is fetched anew.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tegata::KeySet;
use tokio::sync::watch;

use super::http::FetchError;
use super::source::{Fetched, Source};
use super::{FetchOptions, KeysUnavailable};

// After a failure there is a pause of one second, after the next one of two, and so on.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
// What the issuer asks for by `Retry-After` is kept to, but an hour would be an outage of our own.
const LONGEST_ASKED_PAUSE: Duration = Duration::from_mins(2);

/// What a caller may wait for: the set that a fetch brings, or none if it fails.
type Landing = watch::Receiver<Option<Landed>>;
type Landed = Option<Arc<KeySet>>;

/// Decides who gets the set at hand, who waits, and whose call starts a fetch.
///
/// At most one fetch is under way, in a task of its own: a client that hangs up ends it for nobody.
/// The lock is held for a few assignments, never while waiting.
#[derive(Clone)]
pub(super) struct KeyCache {
    inner: Arc<Inner>,
}

struct Inner {
    options: FetchOptions,
    state: Mutex<State>,
    source: tokio::sync::Mutex<Source>,
}

struct State {
    good: Option<Good>,
    landing: Option<Landing>,
    failures: u32,
    trouble: String,
    paused_until: Option<Instant>,
    no_refetch_until: Option<Instant>,
}

struct Good {
    keys: Arc<KeySet>,
    fresh_until: Instant,
}

enum Next {
    Have(Arc<KeySet>),
    Wait(Landing),
}

impl KeyCache {
    pub(super) fn new(source: Source, options: FetchOptions) -> Self {
        let host = source.url().map(super::address::host).unwrap_or_default();
        let state = Mutex::new(State {
            good: None,
            landing: None,
            failures: 0,
            trouble: format!("{host} has not answered yet"),
            paused_until: None,
            no_refetch_until: None,
        });
        let source = tokio::sync::Mutex::new(source);
        Self { inner: Arc::new(Inner { options, state, source }) }
    }

    /// The set, if it is fresh or somebody else is at fetching a new one; else what a fetch brings,
    /// and if that fails, the last good one.
    pub(super) async fn keys(&self) -> Result<Arc<KeySet>, KeysUnavailable> {
        let landing = match self.ask()? {
            Next::Have(keys) => return Ok(keys),
            Next::Wait(landing) => landing,
        };
        if let Some(keys) = landed(landing).await {
            return Ok(keys);
        }
        let now = self.inner.now();
        let state = self.inner.state();
        state.usable(now, &self.inner.options).ok_or_else(|| state.refusal(now))
    }

    /// Another set than `seen`, in which a key was missing, fetched if need be; `None` if there is
    /// no other or it is too early to ask.
    pub(super) async fn newer_than(&self, seen: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        let keys = match self.ask_again(seen)? {
            Next::Have(keys) => keys,
            Next::Wait(landing) => landed(landing).await?,
        };
        // An answer that nothing has changed brings the very set that was there.
        (!Arc::ptr_eq(&keys, seen)).then_some(keys)
    }

    /// Why the last fetch failed, if it did: the set at hand may be behind.
    pub(super) fn trouble(&self) -> Option<KeysUnavailable> {
        let now = self.inner.now();
        let state = self.inner.state();
        (state.failures > 0).then(|| state.refusal(now))
    }

    fn ask(&self) -> Result<Next, KeysUnavailable> {
        let now = self.inner.now();
        let mut state = self.inner.state();
        if let Some(good) = state.good.as_ref().filter(|good| now < good.fresh_until) {
            return Ok(Next::Have(Arc::clone(&good.keys)));
        }
        let usable = state.usable(now, &self.inner.options);
        if let Some(under_way) = state.under_way() {
            return Ok(usable.map_or(Next::Wait(under_way), Next::Have));
        }
        if state.paused_until.is_some_and(|until| now < until) {
            return usable.map(Next::Have).ok_or_else(|| state.refusal(now));
        }
        Ok(Next::Wait(self.depart(&mut state, now)))
    }

    fn ask_again(&self, seen: &Arc<KeySet>) -> Option<Next> {
        let now = self.inner.now();
        let mut state = self.inner.state();
        let usable = state.usable(now, &self.inner.options);
        if let Some(keys) = usable.filter(|keys| !Arc::ptr_eq(keys, seen)) {
            return Some(Next::Have(keys));
        }
        if let Some(under_way) = state.under_way() {
            return Some(Next::Wait(under_way));
        }
        let is_early = |until: Option<Instant>| until.is_some_and(|until| now < until);
        if is_early(state.paused_until) || is_early(state.no_refetch_until) {
            return None;
        }
        state.no_refetch_until = Some(now + self.inner.options.min_refetch_interval);
        Some(Next::Wait(self.depart(&mut state, now)))
    }

    /// Starts a fetch, and returns at once.
    fn depart(&self, state: &mut State, now: Instant) -> Landing {
        let (land, landing) = watch::channel(None);
        state.landing = Some(landing.clone());
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            let outcome = inner.fetch().await;
            let trouble = outcome.as_ref().err().map(|error| error.why.clone());
            let keys = inner.take_in(now, outcome);
            land.send_replace(Some(keys));
            if let Some(why) = trouble {
                tracing::warn!(why, "the keys of an issuer could not be fetched");
            }
        });
        landing
    }
}

impl Inner {
    fn now(&self) -> Instant {
        (self.options.clock)()
    }

    // No assignment leaves the state half written.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) -> Result<Fetched, FetchError> {
        let mut source = self.source.lock().await;
        let host = source.url().map(super::address::host).unwrap_or_default();
        let timeout = self.options.timeout;
        tokio::time::timeout(timeout, source.fetch()).await.unwrap_or_else(|_| {
            let seconds = timeout.as_secs_f64();
            Err(FetchError::of(format!("{host} did not answer within {seconds} seconds")))
        })
    }

    fn take_in(&self, departed_at: Instant, outcome: Result<Fetched, FetchError>) -> Landed {
        let mut state = self.state();
        state.landing = None;
        match outcome {
            Ok(Fetched { keys, lifetime }) => {
                let fresh_until = departed_at + self.options.lifetime(lifetime);
                state.good = Some(Good { keys: Arc::clone(&keys), fresh_until });
                (state.failures, state.paused_until) = (0, None);
                Some(keys)
            }
            Err(error) => {
                let own = Duration::from_secs(1 << state.failures.min(5)).min(LONGEST_PAUSE);
                let asked = error.pause.unwrap_or_default().min(LONGEST_ASKED_PAUSE);
                state.paused_until = Some(self.now() + spread(own.max(asked)));
                state.failures = state.failures.saturating_add(1);
                state.trouble = error.why;
                None
            }
        }
    }
}

impl State {
    fn usable(&self, now: Instant, options: &FetchOptions) -> Option<Arc<KeySet>> {
        let good = self.good.as_ref()?;
        let is_old = now.saturating_duration_since(good.fresh_until) >= options.max_stale;
        (now < good.fresh_until || !is_old).then(|| Arc::clone(&good.keys))
    }

    /// Of a fetch whose task is gone, nobody waits for anything.
    fn under_way(&self) -> Option<Landing> {
        self.landing.clone().filter(|landing| landing.has_changed().is_ok())
    }

    fn refusal(&self, now: Instant) -> KeysUnavailable {
        let pause = self.paused_until.map_or(Duration::ZERO, |until| until - now.min(until));
        let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
        KeysUnavailable { why: self.trouble.clone(), retry_after: seconds.max(1) }
    }
}

async fn landed(mut landing: Landing) -> Landed {
    let landed = landing.wait_for(Option::is_some).await.ok()?;
    landed.clone().flatten()
}

/// Processes that fail together come back one after the other: a pause is longer by up to a quarter.
fn spread(pause: Duration) -> Duration {
    // No secret: any number that others do not have will do.
    let chance = RandomState::new().build_hasher().finish() % 1_000;
    pause + pause / 4_000 * u32::try_from(chance).unwrap_or_default()
}
