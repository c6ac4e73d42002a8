//! What all routes and extractors share.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use tegata::{Engine, Timestamp};

use crate::current_engine::CurrentEngine;
use crate::options::{Options, Site};
use crate::{AuthBuilder, Guard, GuardLayer, UserStore, VaryLayer, clock, router};

/// The engine and the store: the state of routers and extractors. Cloning it is cheap.
///
/// ```
/// use axum::Router;
/// use tegata::{Algorithm, Engine, Key, KeySet, Policy};
/// use tegata_axum::{Auth, MemoryUsers};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// let auth = Auth::new(Engine::new(Policy::default(), keys)?, MemoryUsers::default());
/// let app: Router = Router::new().nest("/auth", auth.router()).with_state(auth);
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[derive(Debug)]
pub struct Auth<S> {
    pub(crate) inner: Arc<Inner<S>>,
}

#[derive(Debug)]
pub(crate) struct Inner<S> {
    pub(crate) engine: CurrentEngine,
    pub(crate) store: S,
    pub(crate) options: Options<S>,
}

impl<S> Clone for Auth<S> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<S> Auth<S> {
    /// An engine over a store, with the defaults of [`AuthBuilder`].
    pub fn new(engine: Engine, store: S) -> Self {
        Self::of(engine, store, Options::default())
    }

    pub(crate) fn of(engine: Engine, store: S, options: Options<S>) -> Self {
        let engine = CurrentEngine::new(engine);
        Self { inner: Arc::new(Inner { engine, store, options }) }
    }

    /// The engine as it is now; a request asks once.
    #[must_use]
    pub fn engine(&self) -> Arc<Engine> {
        self.inner.engine.with(Arc::clone)
    }

    /// Has later requests decided by another engine, such as one with the next keys.
    pub fn replace_engine(&self, engine: Engine) {
        self.inner.engine.replace(engine);
    }

    /// The rows.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.inner.store
    }

    /// The time of the machine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        clock::now()
    }

    pub(crate) fn site(&self) -> &Site {
        &self.inner.options.site
    }
}

impl<S: UserStore> Auth<S> {
    /// An engine over a store, to be set up.
    pub fn builder(engine: Engine, store: S) -> AuthBuilder<S> {
        AuthBuilder::new(engine, store)
    }

    /// The auth routes, for `.nest("/auth", auth.router())`: `login/`, `login/challenge/`,
    /// `refresh/`, `logout/`, `logout/all/`, `logout/others/`, `sessions/`, `sessions/{id}/`,
    /// `password/`, `verify/`, `token/` and `csrf/`.
    ///
    /// They read what they need of a body themselves, 1 MiB at most.
    pub fn router<T: Clone + Send + Sync + 'static>(&self) -> Router<T> {
        router::router(self.clone())
    }

    /// What lets requests in, without the type of the store: for the state of an application of its
    /// own, see [`Guard`].
    #[must_use]
    pub fn guard(&self) -> Guard {
        Guard::new(Arc::<Inner<S>>::clone(&self.inner))
    }

    /// Lets requests in before the handlers of a router or of one route; see [`GuardLayer`].
    pub fn layer(&self) -> GuardLayer {
        GuardLayer::new(self.guard())
    }

    /// Tells caches that answers hang on the cookies, where one was looked at; see [`VaryLayer`].
    #[must_use]
    pub fn vary(&self) -> VaryLayer {
        VaryLayer::new()
    }
}

impl<S: UserStore> FromRef<Auth<S>> for Guard {
    fn from_ref(auth: &Auth<S>) -> Self {
        auth.guard()
    }
}
