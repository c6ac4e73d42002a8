//! What a guard asks, whatever the type of the store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::request::Parts;
use tegata::host::Known;
use tegata::{
    AccessClaims, Engine, Place, Refusal, Requirement, Session, SessionCheck, Tenant, Timestamp,
    Transport, UserId, UserState,
};

use crate::auth::Inner;
use crate::options::Site;
use crate::{Failure, User, UserStore, clock, csrf, transport};

/// What a good token says by itself.
pub(crate) enum Verdict {
    Admits { claims: AccessClaims, by_cookie: bool },
    ByRows(Box<Unsettled>),
}

/// A good token whose rows decide, under the engine that has read it.
pub(crate) struct Unsettled {
    engine: Arc<Engine>,
    check: SessionCheck,
    now: Timestamp,
    claims: AccessClaims,
    pub(crate) by_cookie: bool,
}

/// How a route asks, where it does so in another way than the site.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asking {
    pub(crate) check: Option<SessionCheck>,
    pub(crate) transport: Option<Transport>,
}

impl Asking {
    pub(crate) fn transport(&self, site: &Site) -> Transport {
        self.transport.unwrap_or(site.transport)
    }
}

/// What was looked at to let a request in.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) session: Option<Session>,
    pub(crate) user: Option<UserState>,
}

type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// An [`Auth`](crate::Auth) of any store.
pub(crate) trait Gate: Send + Sync {
    fn site(&self) -> &Site;
    fn keeps_sessions(&self) -> bool;
    /// What the token of a request says. For one in a cookie the request must be proven.
    fn read(&self, parts: &Parts, asking: &Asking) -> Result<Verdict, Failure>;
    /// As [`Gate::read`], of a token that was found already.
    fn read_token(&self, token: &[u8], tenant: Option<&Tenant>) -> Result<Verdict, Failure>;
    fn admit(&self, unsettled: Box<Unsettled>) -> Later<'_, (AccessClaims, Rows)>;
    fn require(
        &self,
        now: Timestamp,
        claims: &AccessClaims,
        asked: &Requirement,
    ) -> Result<(), Refusal>;
    fn session<'a>(&'a self, claims: &'a AccessClaims) -> Later<'a, Session>;
    fn user<'a>(&'a self, id: &'a UserId) -> Later<'a, User>;
}

impl<S: UserStore> Inner<S> {
    #[inline]
    fn judge(
        &self,
        token: &[u8],
        tenant: Option<&Tenant>,
        by_cookie: bool,
        check: Option<SessionCheck>,
    ) -> Result<Verdict, Failure> {
        self.engine.with(|engine| {
            let check = check.unwrap_or(engine.policy().session_check);
            let tick = clock::at_last_tick();
            let (now, claims) = match engine.recall_access(tick, token, tenant) {
                Some(claims) => (tick, claims),
                None => read_anew(engine, token, tenant)?,
            };
            if self.store.admits_at_once(check, engine, now, &claims) {
                return Ok(Verdict::Admits { claims, by_cookie });
            }
            // Rows, and what is kept of them, are never dated by the tick.
            let (engine, now) = (Arc::clone(engine), clock::now());
            Ok(Verdict::ByRows(Box::new(Unsettled { engine, check, now, claims, by_cookie })))
        })
    }
}

/// Reads a token that was not read before, or is not good any more: by the clock itself, so that
/// nobody is refused because the tick lags behind.
#[inline(never)]
fn read_anew(
    engine: &Engine,
    token: &[u8],
    tenant: Option<&Tenant>,
) -> Result<(Timestamp, AccessClaims), Failure> {
    let now = clock::now();
    let token = std::str::from_utf8(token).map_err(|_| Failure::gate(Refusal::InvalidToken))?;
    let read = engine.read_access(now, token, tenant);
    read.map(|claims| (now, claims)).map_err(|unread| Failure::gate(unread.refusal))
}

impl<S: UserStore> Gate for Inner<S> {
    fn site(&self) -> &Site {
        &self.options.site
    }

    fn keeps_sessions(&self) -> bool {
        self.engine.with(|engine| engine.policy().session_check.keeps_sessions())
    }

    fn read(&self, parts: &Parts, asking: &Asking) -> Result<Verdict, Failure> {
        let site = &self.options.site;
        let found =
            transport::access(site, parts, asking.transport(site)).map_err(Failure::gate)?;
        if found.is_cookie {
            csrf::require(site, parts, Place::Gate)?;
        }
        let tenant = site.tenant(parts)?;
        self.judge(&found.token, tenant.as_ref(), found.is_cookie, asking.check)
    }

    fn read_token(&self, token: &[u8], tenant: Option<&Tenant>) -> Result<Verdict, Failure> {
        self.judge(token, tenant, false, None)
    }

    fn admit(&self, unsettled: Box<Unsettled>) -> Later<'_, (AccessClaims, Rows)> {
        let Unsettled { engine, check, now, claims, .. } = *unsettled;
        Box::pin(async move {
            let known = self.store.admit(check, &engine, now, claims).await;
            let Known { claims, session, user } = known.map_err(Failure::of_host(Place::Gate))?;
            Ok((claims, Rows { session, user }))
        })
    }

    fn require(
        &self,
        now: Timestamp,
        claims: &AccessClaims,
        asked: &Requirement,
    ) -> Result<(), Refusal> {
        self.engine.with(|engine| engine.require(now, claims, asked))
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
