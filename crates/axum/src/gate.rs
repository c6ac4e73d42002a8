//! What a guard asks, whatever the type of the store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tegata::host::Known;
use tegata::{
    AccessClaims, Engine, Place, Refusal, Requirement, Session, SessionCheck, Tenant, Timestamp,
    UserId, UserState,
};

use crate::auth::{Inner, now};
use crate::options::Site;
use crate::{Failure, User, UserStore};

/// What a good token says by itself.
pub(crate) enum Verdict {
    Admits(AccessClaims),
    ByRows(Unsettled),
}

/// A good token whose rows decide, under the engine that has read it.
pub(crate) struct Unsettled {
    engine: Arc<Engine>,
    check: SessionCheck,
    now: Timestamp,
    claims: AccessClaims,
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
    fn read(
        &self,
        token: &[u8],
        tenant: Option<&Tenant>,
        check: Option<SessionCheck>,
    ) -> Result<Verdict, Failure>;
    fn admit(&self, unsettled: Unsettled) -> Later<'_, (AccessClaims, Rows)>;
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

    fn read(
        &self,
        token: &[u8],
        tenant: Option<&Tenant>,
        check: Option<SessionCheck>,
    ) -> Result<Verdict, Failure> {
        let engine = self.engine.load();
        let check = check.unwrap_or(engine.policy().session_check);
        let now = now();
        let claims = engine
            .read_access_bytes(now, token, tenant)
            .map_err(|unread| Failure::gate(unread.refusal))?;
        if self.store.admits_at_once(check, &engine, now, &claims) {
            return Ok(Verdict::Admits(claims));
        }
        let engine = arc_swap::Guard::into_inner(engine);
        Ok(Verdict::ByRows(Unsettled { engine, check, now, claims }))
    }

    fn admit(&self, unsettled: Unsettled) -> Later<'_, (AccessClaims, Rows)> {
        let Unsettled { engine, check, now, claims } = unsettled;
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
