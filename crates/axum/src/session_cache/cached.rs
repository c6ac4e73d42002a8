use std::future::Future;

use tegata::{
    Count, EndSessions, Ended, FirstUse, LiveSince, Loaded, NewSession, Policy, Session, SessionId,
    SessionStore, Swap, Touch, UserId, UserState,
};

use super::{SessionCache, SessionCacheStats};

/// A store with a [`SessionCache`] in front of it, which is told of every end that the store
/// carries out.
///
/// What reads rows reads the store's: the cache is asked by [`super::authenticate`] alone.
///
/// ```
/// use tegata::{MemoryStore, Policy};
/// use tegata_axum::session_cache::Cached;
///
/// let store = Cached::new(MemoryStore::default(), &Policy::default());
/// assert_eq!(store.stats().hits, 0);
/// ```
#[derive(Clone, Debug)]
pub struct Cached<S> {
    store: S,
    cache: SessionCache,
}

impl<S> Cached<S> {
    const CAPACITY: u64 = 100_000;

    /// With room for 100,000 sessions, and the lifetimes of `policy`.
    pub fn new(store: S, policy: &Policy) -> Self {
        Self::with_cache(store, SessionCache::new(policy, Self::CAPACITY))
    }

    /// With a cache that was made already.
    pub fn with_cache(store: S, cache: SessionCache) -> Self {
        Self { store, cache }
    }

    /// The store behind the cache. What ends sessions there, the cache does not hear of.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The cache.
    pub fn cache(&self) -> &SessionCache {
        &self.cache
    }

    /// See [`SessionCache::stats`].
    pub fn stats(&self) -> SessionCacheStats {
        self.cache.stats()
    }

    /// Carries out a change of a user's row after which tokens may not be good any more: of the
    /// password, of whether the account is active, a removal.
    ///
    /// ```
    /// use tegata::{MemoryStore, Policy, UserId};
    /// use tegata_axum::session_cache::Cached;
    ///
    /// # async fn example() {
    /// let store = Cached::new(MemoryStore::default(), &Policy::default());
    /// let alice = UserId::Integer(1);
    /// store.changing_user(&alice, async { store.store().remove_user(&alice) }).await;
    /// # }
    /// ```
    pub async fn changing_user<T>(&self, user: &UserId, change: impl Future<Output = T>) -> T {
        let tell = || self.cache.bury_user(user);
        let _told_again = telling(tell);
        change.await
    }
}

/// Tells now, and again when what it returns is dropped: when a statement is carried out, has
/// failed, or is not waited for any more.
fn telling<F: Fn()>(tell: F) -> impl Drop + use<F> {
    struct Told<F: Fn()>(F);

    impl<F: Fn()> Drop for Told<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }

    tell();
    Told(tell)
}

impl<S: SessionStore> SessionStore for Cached<S> {
    type Error = S::Error;

    async fn insert(&self, row: NewSession) -> Result<(), S::Error> {
        if row.limit.is_none() {
            return self.store.insert(row).await;
        }
        // It may end others of the user.
        let user = row.session.user_id.clone();
        self.changing_user(&user, self.store.insert(row)).await
    }

    async fn load_user(&self, id: &UserId) -> Result<Option<UserState>, S::Error> {
        self.store.load_user(id).await
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Loaded>, S::Error> {
        self.store.load(id).await
    }

    async fn advance(&self, swap: &Swap) -> Result<bool, S::Error> {
        self.store.advance(swap).await
    }

    async fn count_repeat(&self, count: &Count) -> Result<bool, S::Error> {
        self.store.count_repeat(count).await
    }

    async fn touch(&self, touch: &Touch) -> Result<bool, S::Error> {
        self.store.touch(touch).await
    }

    async fn note_first_use(&self, first_use: &FirstUse) -> Result<(), S::Error> {
        self.store.note_first_use(first_use).await
    }

    async fn end(&self, end: &EndSessions) -> Result<Ended, S::Error> {
        let tell = || self.cache.bury(&end.sessions);
        let _told_again = telling(tell);
        self.store.end(end).await
    }

    async fn list(&self, user: &UserId, since: &LiveSince) -> Result<Vec<Session>, S::Error> {
        self.store.list(user, since).await
    }
}
