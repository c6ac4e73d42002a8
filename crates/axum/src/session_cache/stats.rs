use std::sync::atomic::{AtomicU64, Ordering};

/// What a cache holds and how it did, for a site's metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionCacheStats {
    /// Snapshots of sessions, with those that are too old and were not asked for since.
    pub entries: u64,
    /// Tombstones, roughly.
    pub tombstones: u64,
    /// How often somebody was let in without a look at the rows.
    pub hits: u64,
    /// How often the rows decided.
    pub misses: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Counts {
    pub(super) fn count_hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self, entries: u64, tombstones: u64) -> SessionCacheStats {
        SessionCacheStats {
            entries,
            tombstones,
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
        }
    }
}
