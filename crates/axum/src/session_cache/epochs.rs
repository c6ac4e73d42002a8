use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::DefaultHashBuilder;
use tegata::{SessionId, UserId};

/// How often something has ended in each of so many places. Two that share one void each other's
/// snapshots, and no more than that.
#[derive(Debug)]
pub(super) struct Epochs {
    places: Box<[AtomicU64]>,
    // Which of them share a place, no client can choose.
    hasher: DefaultHashBuilder,
}

/// Where the epochs of a session and its user are counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    session: u16,
    user: u16,
}

/// How often a session and its user had ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Epoch {
    session: u64,
    user: u64,
}

impl Epochs {
    pub(super) fn new() -> Self {
        // Half a mebibyte.
        let places = (0..=u16::MAX).map(|_| AtomicU64::new(0)).collect();
        Self { places, hasher: DefaultHashBuilder::default() }
    }

    pub(super) fn places(&self, session: &SessionId, user: &UserId) -> Places {
        Places { session: self.place(session), user: self.place(user) }
    }

    pub(super) fn at(&self, places: Places) -> Epoch {
        let read = |place: u16| self.places[usize::from(place)].load(Ordering::SeqCst);
        Epoch { session: read(places.session), user: read(places.user) }
    }

    pub(super) fn advance(&self, what: &impl Hash) {
        self.places[usize::from(self.place(what))].fetch_add(1, Ordering::SeqCst);
    }

    fn place(&self, what: &impl Hash) -> u16 {
        let [first, second, ..] = self.hasher.hash_one(what).to_le_bytes();
        u16::from_le_bytes([first, second])
    }
}
