use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// How often something has ended in each of so many places. Two that share one void each other's
/// snapshots, and no more than that.
#[derive(Debug)]
pub(super) struct Epochs {
    places: Box<[AtomicU64]>,
    // Which of them share a place, no client can choose.
    hasher: RandomState,
}

impl Epochs {
    // Half a mebibyte.
    const PLACES: usize = 1 << 16;

    pub(super) fn new() -> Self {
        let places = (0..Self::PLACES).map(|_| AtomicU64::new(0)).collect();
        Self { places, hasher: RandomState::new() }
    }

    pub(super) fn of(&self, what: &impl Hash) -> u64 {
        self.place(what).load(Ordering::SeqCst)
    }

    pub(super) fn advance(&self, what: &impl Hash) {
        self.place(what).fetch_add(1, Ordering::SeqCst);
    }

    fn place(&self, what: &impl Hash) -> &AtomicU64 {
        let hash = self.hasher.hash_one(what);
        let place = usize::try_from(hash % Self::PLACES as u64).unwrap_or_default();
        &self.places[place]
    }
}
