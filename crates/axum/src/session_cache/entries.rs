use std::sync::Arc;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tegata::{
    AccessClaims, Ending, Engine, Policy, Session, SessionId, Snapshot, Timestamp, UserId,
};

use super::SessionCacheStats;
use super::epochs::Epochs;
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
    snapshots: Cache<(SessionId, u64), Arc<Snapshot>>,
    tombstones: Cache<Tombstone, ()>,
    epochs: Epochs,
    counts: Counts,
}

/// Of what: each session for itself, or all of a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tombstone {
    Session(SessionId),
    User(UserId),
}

/// What the cache says of a token before the rows are read.
#[derive(Debug)]
pub(super) enum Reading {
    /// There is no need to read them.
    Admits,
    /// They decide, and a snapshot of them may be kept under this epoch.
    ByRows(String),
    /// They decide, and nothing is kept.
    ByRowsOnly,
}

impl SessionCache {
    /// With room for so many snapshots, and half as many tombstones. The lifetimes are those of
    /// `policy`; an engine that replaces this one must not have longer ones.
    #[must_use]
    pub fn new(policy: &Policy, capacity: u64) -> Self {
        let snapshots = Cache::builder()
            .max_capacity(capacity)
            .time_to_live(policy.session_cache_lifetime)
            .build();
        let tombstones = Cache::builder()
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
        counts.read(snapshots.entry_count(), tombstones.entry_count())
    }

    /// Asks about an access token. `clock` is looked at after the entries, so that who was held up
    /// on the way does not judge by a time when they were still good.
    pub(super) fn read(
        &self,
        engine: &Engine,
        clock: impl Fn() -> Timestamp,
        claims: &AccessClaims,
    ) -> Reading {
        let reading = self.reading(engine, clock, claims);
        self.inner.counts.count(matches!(reading, Reading::Admits));
        reading
    }

    fn reading(
        &self,
        engine: &Engine,
        clock: impl Fn() -> Timestamp,
        claims: &AccessClaims,
    ) -> Reading {
        let (session, user) = (claims.session_id(), claims.user_id());
        // Ahead of the rows, so that an end from here on is not missed both here and there.
        let epoch = self.epoch(session, user);
        if self.is_buried(session, user) || claims.is_legacy() {
            return Reading::ByRowsOnly;
        }
        let key = (session.clone(), claims.generation());
        let Some(snapshot) = self.inner.snapshots.get(&key) else {
            return Reading::ByRows(epoch);
        };
        if engine.admit_by_snapshot(clock(), claims, &snapshot, &epoch) {
            return Reading::Admits;
        }
        // It is good for nothing any more, and would keep a better one out.
        self.inner.snapshots.invalidate(&key);
        Reading::ByRows(epoch)
    }

    /// Keeps a snapshot of a session that was admitted and whose first use is noted; `before` is a
    /// time before its rows were read. It replaces nothing that was written since.
    pub(super) fn keep(
        &self,
        engine: &Engine,
        before: Timestamp,
        claims: &AccessClaims,
        session: &Session,
        epoch: &str,
    ) {
        let key = (claims.session_id().clone(), claims.generation());
        let snapshot = || Arc::new(engine.snapshot(before, session, epoch));
        self.inner.snapshots.entry(key).or_insert_with(snapshot);
    }

    /// Tells of sessions that end: before the statement and again after it.
    pub(super) fn bury(&self, ending: &Ending) {
        self.put_up(match ending {
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
        self.put_up(Tombstone::User(user.clone()));
    }

    fn put_up(&self, tombstone: Tombstone) {
        // First: who sees no tombstone yet must not keep what it reads.
        match &tombstone {
            Tombstone::Session(session) => self.inner.epochs.advance(session),
            Tombstone::User(user) => self.inner.epochs.advance(user),
        }
        self.inner.tombstones.insert(tombstone, ());
    }

    fn is_buried(&self, session: &SessionId, user: &UserId) -> bool {
        let tombstones = &self.inner.tombstones;
        tombstones.contains_key(&Tombstone::Session(session.clone()))
            || tombstones.contains_key(&Tombstone::User(user.clone()))
    }

    fn epoch(&self, session: &SessionId, user: &UserId) -> String {
        let epochs = &self.inner.epochs;
        format!("{}.{}", epochs.of(session), epochs.of(user))
    }
}
