use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::{CounterKey, Counters};

/// Attempts counted by this process alone. What it takes of memory has an end: beyond so many
/// entries, those are forgotten that were not looked at for the longest time, and a limit that is
/// tried at is looked at by every try.
///
/// Known good addresses are kept apart, where no guesser can push them out, and so are guesses from
/// refreshes: a bad refresh token takes no password's hash, so many addresses can send many at once.
///
/// ```
/// use tegata_axum::throttle::MemoryCounters;
///
/// assert_eq!(MemoryCounters::with_capacity(1_000).entries(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct MemoryCounters {
    guesses: Cache<CounterKey, Entry>,
    refreshes: Cache<CounterKey, Entry>,
    remembered: Cache<CounterKey, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    count: Arc<AtomicU32>,
    kept: Duration,
}

struct ByEntry;

impl Expiry<CounterKey, Entry> for ByEntry {
    fn expire_after_create(&self, _: &CounterKey, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.kept)
    }

    fn expire_after_update(
        &self,
        _: &CounterKey,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.kept)
    }
}

impl MemoryCounters {
    const CAPACITY: u64 = 100_000;

    /// With so many entries for guesses at most, as many for refreshes, and half as many known
    /// addresses.
    #[must_use]
    pub fn with_capacity(entries: u64) -> Self {
        let cache = |capacity| {
            Cache::builder()
                .max_capacity(capacity)
                .eviction_policy(EvictionPolicy::lru())
                .expire_after(ByEntry)
                .build()
        };
        let (guesses, refreshes) = (cache(entries), cache(entries));
        Self { guesses, refreshes, remembered: cache(entries.div_ceil(2)) }
    }

    /// How many entries there are, roughly.
    #[must_use]
    pub fn entries(&self) -> u64 {
        let caches = [&self.guesses, &self.refreshes, &self.remembered];
        caches.into_iter().map(Cache::entry_count).sum()
    }

    fn find(&self, key: &CounterKey) -> Option<Entry> {
        self.counters(key).get(key).or_else(|| self.remembered.get(key))
    }

    fn counters(&self, key: &CounterKey) -> &Cache<CounterKey, Entry> {
        if key.is_of_refreshes() { &self.refreshes } else { &self.guesses }
    }
}

impl Default for MemoryCounters {
    /// With 100,000 entries of a kind at most.
    fn default() -> Self {
        Self::with_capacity(Self::CAPACITY)
    }
}

impl Entry {
    fn new(count: u32, kept: Duration) -> Self {
        Self { count: Arc::new(AtomicU32::new(count)), kept }
    }
}

impl Counters for MemoryCounters {
    type Error = Infallible;

    async fn count(&self, key: &CounterKey, kept: Duration) -> Result<u32, Infallible> {
        let entry = self.counters(key).get_with(*key, || Entry::new(0, kept));
        let before = entry.count.fetch_add(1, Ordering::SeqCst);
        Ok(before.saturating_add(1))
    }

    async fn counts(&self, keys: &[CounterKey]) -> Result<Vec<u32>, Infallible> {
        let count = |entry: Entry| entry.count.load(Ordering::SeqCst);
        Ok(keys.iter().map(|key| self.find(key).map_or(0, count)).collect())
    }

    async fn take_back(&self, keys: &[CounterKey]) -> Result<(), Infallible> {
        for entry in keys.iter().filter_map(|key| self.counters(key).get(key)) {
            let less = |count: u32| count.checked_sub(1);
            // At none there is nothing to take.
            let _ = entry.count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        }
        Ok(())
    }

    async fn remember(&self, key: &CounterKey, kept: Duration) -> Result<(), Infallible> {
        self.remembered.insert(*key, Entry::new(1, kept));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Counters as _, MemoryCounters};
    use crate::throttle::key::Hash;

    #[tokio::test]
    async fn what_is_remembered_anew_is_kept_from_then_on() {
        let counters = MemoryCounters::default();
        let home = Hash::of_secret(&[7; 32]).known("login", "alice", "203.0.113.7");
        let moment = Duration::from_millis(20);
        for kept in [moment, Duration::from_hours(1)] {
            counters.remember(&home, kept).await.unwrap();
        }
        std::thread::sleep(2 * moment);
        assert_eq!(counters.counts(&[home]).await.unwrap(), [1]);
    }
}
