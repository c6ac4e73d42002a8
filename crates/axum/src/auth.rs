//! What all routes and extractors share.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tegata::{Engine, Timestamp};

/// The engine and the store: the state of routers and extractors. Cloning it is cheap.
#[derive(Debug)]
pub struct Auth<S> {
    inner: Arc<Inner<S>>,
}

#[derive(Debug)]
struct Inner<S> {
    engine: ArcSwap<Engine>,
    store: S,
}

impl<S> Clone for Auth<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<S> Auth<S> {
    /// An engine over a store, with the defaults of [`Auth`].
    pub fn new(engine: Engine, store: S) -> Self {
        Self { inner: Arc::new(Inner { engine: ArcSwap::from_pointee(engine), store }) }
    }

    /// The engine as it is now; a request asks once.
    pub fn engine(&self) -> Arc<Engine> {
        self.inner.engine.load_full()
    }

    /// Has later requests decided by another engine, such as one with the next keys.
    pub fn replace_engine(&self, engine: Engine) {
        self.inner.engine.store(Arc::new(engine));
    }

    /// The rows.
    pub fn store(&self) -> &S {
        &self.inner.store
    }

    /// The time of the machine's clock.
    pub fn now(&self) -> Timestamp {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_seconds(0).plus(since_1970)
    }
}
