//! Letting a request in by its access token.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::request::Parts;
use tegata::host::Known;
use tegata::{
    AccessClaims, Place, Refusal, Requirement, Session, SessionCheck, Tenant, Timestamp, Transport,
    UserId, UserState,
};

use crate::auth::{Inner, now};
use crate::options::Site;
use crate::transport::Found;
use crate::{Failure, User, UserStore, csrf, spans, transport};

/// What lets requests in, whatever the type of the store: [`crate::Authed`] and its like take it
/// from the state.
///
/// [`crate::Auth`] as the state will do. A state of the application's own has one as well:
///
/// ```
/// use axum::extract::FromRef;
/// use tegata_axum::{Auth, Guard, MemoryUsers};
///
/// #[derive(Clone)]
/// struct Shop {
///     auth: Auth<MemoryUsers>,
/// }
///
/// impl FromRef<Shop> for Guard {
///     fn from_ref(shop: &Shop) -> Self {
///         shop.auth.guard()
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Guard(Arc<dyn Gate>);

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Guard")
    }
}

/// How a route asks, where it does so in another way than the site.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asking {
    pub(crate) check: Option<SessionCheck>,
    pub(crate) transport: Option<Transport>,
}

/// A request that was let in, as its extensions keep it for all who ask.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    pub(crate) known: Arc<Known>,
    pub(crate) by_cookie: bool,
    gate: usize,
}

impl Guard {
    pub(crate) fn new(gate: Arc<dyn Gate>) -> Self {
        Self(gate)
    }

    /// Lets a request in, once: what was let in is in its extensions from then on.
    pub(crate) async fn admit(&self, parts: &mut Parts) -> Result<Admitted, Failure> {
        let admitted = parts.extensions.get::<Admitted>();
        // Of another guard in the same application it would say who somebody is elsewhere.
        if let Some(admitted) = admitted.filter(|admitted| admitted.gate == self.identity()) {
            return Ok(admitted.clone());
        }
        self.admit_anew(parts, Asking::default()).await
    }

    /// As [`Guard::admit`], whatever is in the extensions.
    pub(crate) async fn admit_anew(
        &self,
        parts: &mut Parts,
        asking: Asking,
    ) -> Result<Admitted, Failure> {
        let site = self.0.site();
        let by = asking.transport.unwrap_or(site.transport);
        let admitted = match found(site, parts, by) {
            Ok((found, tenant)) => {
                let known = self.0.admit(found.token, tenant, asking.check).await;
                known.map(|known| Admitted {
                    known: Arc::new(known),
                    by_cookie: found.is_cookie,
                    gate: self.identity(),
                })
            }
            Err(failure) => Err(failure),
        };
        match admitted {
            Ok(admitted) => {
                let claims = &admitted.known.claims;
                spans::identify(claims.user_id(), claims.session_id());
                parts.extensions.insert(admitted.clone());
                Ok(admitted)
            }
            Err(failure) => {
                tracing::debug!(code = failure.refusal().code(), "a request is not let in");
                let failure = failure.by(&site.schemes);
                Err(if by.takes_cookies() { failure.varying() } else { failure })
            }
        }
    }

    /// Whether a good token is enough.
    pub(crate) fn require(
        &self,
        claims: &AccessClaims,
        asked: &Requirement,
    ) -> Result<(), Failure> {
        self.0
            .require(now(), claims, asked)
            .map_err(|refusal| Failure::gate(refusal).with_challenge(asked.challenge(refusal)))
            .map_err(self.challenging())
    }

    pub(crate) async fn session(&self, known: &Known) -> Result<Session, Failure> {
        match &known.session {
            Some(session) => Ok(session.clone()),
            None => self.0.session(&known.claims).await.map_err(self.challenging()),
        }
    }

    pub(crate) async fn user(&self, known: &Known) -> Result<UserState, Failure> {
        match &known.user {
            Some(user) => Ok(user.clone()),
            None => self.account(known.claims.user_id()).await.map(|user| user.state),
        }
    }

    /// What is known of a user besides.
    pub(crate) async fn account(&self, id: &UserId) -> Result<User, Failure> {
        self.0.user(id).await.map_err(self.challenging())
    }

    /// Has a refusal name the scheme that clients of the site use.
    pub(crate) fn challenging(&self) -> impl Fn(Failure) -> Failure + '_ {
        |failure| failure.by(&self.site().schemes)
    }

    pub(crate) fn site(&self) -> &Site {
        self.0.site()
    }

    pub(crate) fn keeps_sessions(&self) -> bool {
        self.0.keeps_sessions()
    }

    fn identity(&self) -> usize {
        Arc::as_ptr(&self.0).cast::<()>().addr()
    }
}

/// The token of a request, proven if it lies in a cookie, and whose part of the site it is for.
fn found(site: &Site, parts: &Parts, by: Transport) -> Result<(Found, Option<Tenant>), Failure> {
    let found = transport::access(site, parts, by).map_err(Failure::gate)?;
    if found.is_cookie {
        csrf::require(site, parts, Place::Gate)?;
    }
    Ok((found, site.tenant(parts)?))
}

type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// An [`Auth`](crate::Auth) of any store.
pub(crate) trait Gate: Send + Sync {
    fn site(&self) -> &Site;
    fn keeps_sessions(&self) -> bool;
    fn admit(
        &self,
        token: String,
        tenant: Option<Tenant>,
        check: Option<SessionCheck>,
    ) -> Later<'_, Known>;
    fn require(
        &self,
        now: Timestamp,
        claims: &AccessClaims,
        asked: &Requirement,
    ) -> Result<(), Refusal>;
    fn session<'a>(&'a self, claims: &'a AccessClaims) -> Later<'a, Session>;
    fn user<'a>(&'a self, id: &'a UserId) -> Later<'a, User>;
}

impl<S: UserStore> Gate for Inner<S> {
    fn site(&self) -> &Site {
        &self.options.site
    }

    fn keeps_sessions(&self) -> bool {
        self.engine.load().policy().session_check.keeps_sessions()
    }

    fn admit(
        &self,
        token: String,
        tenant: Option<Tenant>,
        check: Option<SessionCheck>,
    ) -> Later<'_, Known> {
        Box::pin(async move {
            let engine = self.engine.load_full();
            let check = check.unwrap_or(engine.policy().session_check);
            let now = now();
            let claims = engine
                .read_access(now, &token, tenant.as_ref())
                .map_err(|unread| Failure::gate(unread.refusal))?;
            let admitted = self.store.admit(check, &engine, now, claims).await;
            admitted.map_err(Failure::of_host(Place::Gate))
        })
    }

    fn require(
        &self,
        now: Timestamp,
        claims: &AccessClaims,
        asked: &Requirement,
    ) -> Result<(), Refusal> {
        self.engine.load().require(now, claims, asked)
    }

    fn session<'a>(&'a self, claims: &'a AccessClaims) -> Later<'a, Session> {
        Box::pin(async move {
            let loaded = self.store.load(claims.session_id()).await;
            let loaded = loaded.map_err(Failure::of_store(Place::Gate))?;
            loaded
                .map(|loaded| loaded.session)
                .ok_or_else(|| Failure::gate(Refusal::SessionNotFound))
        })
    }

    fn user<'a>(&'a self, id: &'a UserId) -> Later<'a, User> {
        Box::pin(async move {
            let user = self.store.user(id).await.map_err(Failure::of_store(Place::Gate))?;
            user.ok_or_else(|| Failure::gate(Refusal::InvalidUser))
        })
    }
}
