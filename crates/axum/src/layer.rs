//! Letting requests in before handlers are asked, and telling caches of cookies.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use tegata::{Requirement, Scopes, SessionCheck, Transport};
use tower::{Layer, Service};

use crate::drain::drain;
use crate::gate::Asking;
use crate::options::OptionError;
use crate::transport::Looked;
use crate::{Guard, cookies};

type Answering<E> = Pin<Box<dyn Future<Output = Result<Response, E>> + Send>>;

/// Lets requests in by their access tokens, for a whole router or for one route that asks for
/// something else than the site. [`crate::Authed`] and its like inside tell whom it let in, and look
/// at nothing twice.
///
/// ```
/// use std::time::Duration;
/// use axum::Router;
/// use axum::routing::{get, post};
/// use tegata::{CookieOptions, SessionCheck};
/// use tegata_axum::{Auth, Caller, MemoryUsers};
/// # use tegata::{Algorithm, Engine, Key, KeySet, Policy};
///
/// # async fn list(caller: Caller) {}
/// # async fn pay(caller: Caller) {}
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// # let engine = Engine::new(Policy::default(), keys)?;
/// let auth = Auth::builder(engine, MemoryUsers::default())
///     .scopes([("orders:pay", "Pay orders")])
///     .build()?;
/// let paying = auth
///     .layer()
///     .session_check(SessionCheck::Request)?
///     .scopes(["orders:pay"])?
///     .fresh(Duration::from_secs(300))?;
/// let app: Router = Router::new()
///     .route("/orders/", get(list).layer(auth.layer()))
///     .route("/orders/pay/", post(pay).layer(paying))
///     .with_state(auth);
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[must_use]
#[derive(Clone, Debug)]
pub struct GuardLayer {
    guard: Guard,
    asking: Asking,
    requirement: Option<Requirement>,
}

impl GuardLayer {
    pub(crate) fn new(guard: Guard) -> Self {
        Self { guard, asking: Asking::default(), requirement: None }
    }

    /// Checks tokens against something else than [`tegata::Policy::session_check`] says.
    ///
    /// # Errors
    /// [`OptionError`]: the site keeps no sessions that could be looked at.
    pub fn session_check(mut self, check: SessionCheck) -> Result<Self, OptionError> {
        if !self.guard.keeps_sessions() && check.sees_use() {
            let problem = "looks at sessions, and the site keeps none; set the policy's \
                           `session_check` to another than `SessionCheck::Off`";
            return Err(OptionError::new("session_check", problem));
        }
        self.asking.check = Some(check);
        Ok(self)
    }

    /// Looks for tokens elsewhere than the site's transport says.
    ///
    /// Cookies count with a proof of CSRF only, wherever they do.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.asking.transport = Some(transport);
        self
    }

    /// Asks for scopes, all of which the token must cover.
    ///
    /// # Errors
    /// [`OptionError`]: there are none, or one that the site does not know.
    pub fn scopes<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, OptionError> {
        let wrong = |problem: String| OptionError::new("scopes", problem);
        let scopes = Scopes::from_names(names)
            .map_err(|error| wrong(format!("has one that cannot be: {error}")))?;
        if scopes.is_empty() {
            return Err(wrong("has none, so it would let every token in; leave it out".to_owned()));
        }
        let site = self.guard.site();
        if let Some(unknown) = scopes.iter().find(|name| !site.knows_scope(name)) {
            let known: Vec<&str> = site.scopes.iter().map(|(name, _)| &**name).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(wrong(format!("has `{unknown}`, which is not known; known are: {known}")));
        }
        let asked = Requirement::scopes(scopes);
        let asked = match self.requirement.as_ref().and_then(Requirement::max_age) {
            Some(age) => asked.and_fresh(age).map_err(|error| OptionError::new("fresh", error))?,
            None => asked,
        };
        Ok(Self { requirement: Some(asked), ..self })
    }

    /// Asks for a login no longer ago than this; a refresh does not count.
    ///
    /// # Errors
    /// [`OptionError`]: it is less than a second.
    pub fn fresh(self, max_age: Duration) -> Result<Self, OptionError> {
        let asked = self.requirement.clone().unwrap_or_else(Requirement::none);
        let asked = asked.and_fresh(max_age).map_err(|error| OptionError::new("fresh", error))?;
        Ok(Self { requirement: Some(asked), ..self })
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, by: self.clone() }
    }
}

/// The service of a [`GuardLayer`].
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    inner: S,
    by: GuardLayer,
}

impl<S> Service<Request> for Guarded<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Answering<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The one that is ready goes along; what stays has not been asked yet.
        let waiting = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, waiting);
        let GuardLayer { guard, asking, requirement } = self.by.clone();
        Box::pin(async move {
            let (mut parts, body): (_, Body) = request.into_parts();
            let transport = asking.transport.unwrap_or(guard.site().transport);
            let admitted = guard.admit_anew(&mut parts, &asking).await.and_then(|admitted| {
                let asked = requirement.as_ref();
                asked.map_or(Ok(()), |asked| guard.require(&admitted.claims, asked))
            });
            let mut response = match admitted {
                Ok(()) => inner.call(Request::from_parts(parts, body)).await?,
                Err(failure) => {
                    drain(body).await;
                    failure.into_response()
                }
            };
            if transport.takes_cookies() {
                cookies::vary(response.headers_mut());
            }
            Ok(response)
        })
    }
}

/// Tells caches that an answer hangs on the cookies (`Vary: Cookie`), where a token was looked for
/// in them. An extractor cannot say so in the answer of a handler, so a site with cookies puts this
/// around its routes; [`GuardLayer`] and the auth routes do so themselves.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use tegata::Transport;
/// use tegata_axum::{Auth, Authed, MemoryUsers};
/// # use tegata::{Algorithm, Engine, Key, KeySet, Policy};
///
/// # async fn profile(_: Authed) {}
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// # let engine = Engine::new(Policy::default(), keys)?;
/// let auth = Auth::builder(engine, MemoryUsers::default()).transport(Transport::Both).build()?;
/// let app: Router = Router::new()
///     .route("/profile/", get(profile))
///     .layer(auth.vary())
///     .nest("/auth", auth.router())
///     .with_state(auth);
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct VaryLayer(());

impl VaryLayer {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

impl<S> Layer<S> for VaryLayer {
    type Service = Varying<S>;

    fn layer(&self, inner: S) -> Varying<S> {
        Varying { inner }
    }
}

/// The service of a [`VaryLayer`].
#[derive(Clone, Debug)]
pub struct Varying<S> {
    inner: S,
}

impl<S> Service<Request> for Varying<S>
where
    S: Service<Request, Response = Response>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Answering<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let looked = Looked::default();
        request.extensions_mut().insert(looked.clone());
        let answering = self.inner.call(request);
        Box::pin(async move {
            let mut response = answering.await?;
            if looked.is_so() {
                cookies::vary(response.headers_mut());
            }
            Ok(response)
        })
    }
}
