use std::hash::Hash;
use std::sync::Arc;

use moka::policy::EvictionPolicy;
use quick_cache::Equivalent;
use tegata::{
    AccessClaims, Ending, Engine, Policy, Session, SessionId, Snapshot, Timestamp, UserId,
};

use super::SessionCacheStats;
use super::epochs::{Epoch, Epochs, Places};
use super::stats::Counts;

/// What this process keeps of sessions that were admitted. Cloning it is cheap, and clones are one
/// cache.
///
/// Most hosts use it through [`super::Cached`].
///
/// ```
/// use tegata::Policy;
/// use tegata_axum::session_cache::SessionCache;
///
/// let cache = SessionCache::new(&Policy::default(), 10_000);
/// assert_eq!(cache.stats().entries, 0);
/// ```
#[derive(Clone, Debug)]
pub struct SessionCache {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    // Looked at by every request, so the cache with the shortest way.
    snapshots: quick_cache::sync::Cache<Key, Arc<Kept>>,
    tombstones: moka::sync::Cache<Tombstone, ()>,
    epochs: Epochs,
    counts: Counts,
}

/// Which tokens a snapshot is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    session: SessionId,
    generation: u64,
}

/// As [`Key`], which it must hash as.
#[derive(Hash)]
struct Asked<'c> {
    session: &'c SessionId,
    generation: u64,
}

impl<'c> Asked<'c> {
    fn by(claims: &'c AccessClaims) -> Self {
        Self { session: claims.session_id(), generation: claims.generation() }
    }
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.session == key.session && self.generation == key.generation
    }
}

#[derive(Debug)]
struct Kept {
    snapshot: Snapshot,
    at: Before,
}

/// What was counted before the rows of a snapshot were read, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    places: Places,
    epoch: Epoch,
}

/// Of what: each session for itself, or all of a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tombstone {
    Session(SessionId),
    User(UserId),
}

impl SessionCache {
    // A snapshot has its epoch beside it.
    const NO_TEXT: &str = "";

    /// With room for so many snapshots, and half as many tombstones. The lifetimes are those of
    /// `policy`; an engine that replaces this one must not have longer ones.
    #[must_use]
    pub fn new(policy: &Policy, capacity: u64) -> Self {
        let room = usize::try_from(capacity).unwrap_or(usize::MAX);
        let snapshots = quick_cache::sync::Cache::new(room);
        let tombstones = moka::sync::Cache::builder()
            .max_capacity(capacity.div_ceil(2))
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(policy.tombstone_lifetime())
            .build();
        let (epochs, counts) = (Epochs::new(), Counts::default());
        Self { inner: Arc::new(Inner { snapshots, tombstones, epochs, counts }) }
    }

    /// How many entries there are, and how many requests found theirs.
    #[must_use]
    pub fn stats(&self) -> SessionCacheStats {
        let Inner { snapshots, tombstones, counts, .. } = &*self.inner;
        counts.read(snapshots.len() as u64, tombstones.entry_count())
    }

    /// Whether an access token is good without a look at the rows.
    ///
    /// `clock` is looked at after the entries, so that who was held up on the way does not judge by
    /// a time when they were still good.
    pub(crate) fn admits(
        &self,
        engine: &Engine,
        clock: impl Fn() -> Timestamp,
        claims: &AccessClaims,
    ) -> bool {
        let Inner { snapshots, epochs, counts, .. } = &*self.inner;
        let asked = Asked::by(claims);
        // None is kept of a session of another library, whose tokens do not say their generation.
        let Some(kept) = snapshots.get(&asked) else { return false };
        // Under an epoch that still stands no end was told of since.
        let is_good = kept.at.epoch == epochs.at(kept.at.places)
            && engine.admit_by_snapshot(clock(), claims, &kept.snapshot, Self::NO_TEXT);
        if is_good {
            counts.count_hit();
        } else {
            // It is good for nothing any more, and would keep a better one out.
            snapshots.remove(&asked);
        }
        is_good
    }

    /// What a snapshot is kept under of the rows that are read from here on; `None` if none may be
    /// kept.
    pub(super) fn before_rows(&self, claims: &AccessClaims) -> Option<Before> {
        self.inner.counts.count_miss();
        let (session, user) = (claims.session_id(), claims.user_id());
        // Ahead of the tombstones, which are put up before the epoch moves on.
        let places = self.inner.epochs.places(session, user);
        let epoch = self.inner.epochs.at(places);
        let may_be_kept = !claims.is_legacy() && !self.is_buried(session, user);
        may_be_kept.then_some(Before { places, epoch })
    }

    /// Keeps a snapshot of a session that was admitted and whose first use is noted; `before` is a
    /// time before its rows were read. It replaces nothing that was written since.
    pub(super) fn keep(
        &self,
        engine: &Engine,
        before: Timestamp,
        claims: &AccessClaims,
        session: &Session,
        at: Before,
    ) {
        let key = Key { session: claims.session_id().clone(), generation: claims.generation() };
        let snapshot = engine.snapshot(before, session, Self::NO_TEXT);
        let kept = || Ok::<_, std::convert::Infallible>(Arc::new(Kept { snapshot, at }));
        let _kept = self.inner.snapshots.get_or_insert_with(&key, kept);
    }

    /// Tells of sessions that end: before the statement and again after it.
    pub(super) fn bury(&self, ending: &Ending) {
        self.put_up(&match ending {
            Ending::Session(session) | Ending::Own { session, .. } => {
                Tombstone::Session(session.clone())
            }
            Ending::User(user) | Ending::Others { user, .. } | Ending::Stamped { user, .. } => {
                Tombstone::User(user.clone())
            }
        });
    }

    /// Tells of a user whose row changes or whose sessions end in bulk, as [`SessionCache::bury`].
    pub(super) fn bury_user(&self, user: &UserId) {
        self.put_up(&Tombstone::User(user.clone()));
    }

    fn put_up(&self, tombstone: &Tombstone) {
        self.inner.tombstones.insert(tombstone.clone(), ());
        // After it: whoever reads rows under the next epoch must see the tombstone.
        match tombstone {
            Tombstone::Session(session) => self.inner.epochs.advance(session),
            Tombstone::User(user) => self.inner.epochs.advance(user),
        }
    }

    fn is_buried(&self, session: &SessionId, user: &UserId) -> bool {
        let tombstones = &self.inner.tombstones;
        tombstones.contains_key(&Tombstone::Session(session.clone()))
            || tombstones.contains_key(&Tombstone::User(user.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::{Asked, Key};

    #[test]
    fn what_is_asked_hashes_as_the_key() {
        let session: tegata::SessionId = "A".repeat(43).parse().unwrap();
        let hasher = quick_cache::DefaultHashBuilder::default();
        let asked = hasher.hash_one(Asked { session: &session, generation: 7 });
        assert_eq!(asked, hasher.hash_one(Key { session, generation: 7 }));
    }
}
