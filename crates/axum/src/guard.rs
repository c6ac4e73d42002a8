//! Letting a request in by its access token.

use std::fmt;
use std::sync::Arc;

use axum::http::request::Parts;
use tegata::{AccessClaims, Requirement, Session, Tenant, UserId, UserState};

use crate::gate::{Asking, Gate, Rows, Unsettled, Verdict};
use crate::options::Site;
use crate::{Failure, User, clock, spans};

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

/// A request that was let in, as its extensions keep it for all who ask.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    pub(crate) claims: AccessClaims,
    pub(crate) by_cookie: bool,
    /// Those that were looked at, if any were.
    rows: Option<Arc<Rows>>,
    gate: usize,
}

impl Guard {
    pub(crate) fn new(gate: Arc<dyn Gate>) -> Self {
        Self(gate)
    }

    /// Lets a request in, once: what was looked at for it is in its extensions from then on.
    pub(crate) async fn admit(&self, parts: &mut Parts) -> Result<Admitted, Failure> {
        let admitted = parts.extensions.get::<Admitted>();
        // Of another guard in the same application it would say who somebody is elsewhere.
        if let Some(admitted) = admitted.filter(|admitted| admitted.gate == self.identity()) {
            return Ok(admitted.clone());
        }
        let asking = Asking::default();
        match self.read(parts, &asking)? {
            // To decide this again takes less than to keep it.
            Verdict::Admits { claims, by_cookie } => Ok(self.admitted(claims, None, by_cookie)),
            Verdict::ByRows(unsettled) => {
                // Boxed, so that the way without rows has less to carry.
                let admitted = Box::pin(self.look_up(unsettled, &asking)).await?;
                parts.extensions.insert(admitted.clone());
                Ok(admitted)
            }
        }
    }

    /// As [`Guard::admit`], whatever is in the extensions.
    pub(crate) async fn admit_anew(
        &self,
        parts: &mut Parts,
        asking: &Asking,
    ) -> Result<Admitted, Failure> {
        let admitted = match self.read(parts, asking)? {
            Verdict::Admits { claims, by_cookie } => self.admitted(claims, None, by_cookie),
            Verdict::ByRows(unsettled) => Box::pin(self.look_up(unsettled, asking)).await?,
        };
        parts.extensions.insert(admitted.clone());
        Ok(admitted)
    }

    /// Lets in by a token that was found already.
    pub(crate) async fn admit_token(
        &self,
        token: &str,
        tenant: Option<&Tenant>,
    ) -> Result<AccessClaims, Failure> {
        let claims = match self.0.read_token(token.as_bytes(), tenant)? {
            Verdict::Admits { claims, .. } => claims,
            Verdict::ByRows(unsettled) => self.0.admit(unsettled).await?.0,
        };
        spans::identify(claims.user_id(), claims.session_id());
        Ok(claims)
    }

    fn read(&self, parts: &Parts, asking: &Asking) -> Result<Verdict, Failure> {
        self.0.read(parts, asking).map_err(|failure| self.refused(failure, asking))
    }

    async fn look_up(
        &self,
        unsettled: Box<Unsettled>,
        asking: &Asking,
    ) -> Result<Admitted, Failure> {
        let by_cookie = unsettled.by_cookie;
        let admitted = self.0.admit(unsettled).await;
        let (claims, rows) = admitted.map_err(|failure| self.refused(failure, asking))?;
        Ok(self.admitted(claims, Some(Arc::new(rows)), by_cookie))
    }

    fn admitted(&self, claims: AccessClaims, rows: Option<Arc<Rows>>, by_cookie: bool) -> Admitted {
        spans::identify(claims.user_id(), claims.session_id());
        Admitted { claims, by_cookie, rows, gate: self.identity() }
    }

    #[cold]
    fn refused(&self, failure: Failure, asking: &Asking) -> Failure {
        tracing::debug!(code = failure.refusal().code(), "a request is not let in");
        let site = self.0.site();
        let failure = failure.by(&site.schemes);
        if asking.transport(site).takes_cookies() { failure.varying() } else { failure }
    }

    /// Whether a good token is enough.
    pub(crate) fn require(
        &self,
        claims: &AccessClaims,
        asked: &Requirement,
    ) -> Result<(), Failure> {
        self.0
            .require(clock::now(), claims, asked)
            .map_err(|refusal| Failure::gate(refusal).with_challenge(asked.challenge(refusal)))
            .map_err(self.challenging())
    }

    pub(crate) async fn session(&self, admitted: &Admitted) -> Result<Session, Failure> {
        match admitted.rows.as_ref().and_then(|rows| rows.session.as_ref()) {
            Some(session) => Ok(session.clone()),
            None => self.0.session(&admitted.claims).await.map_err(self.challenging()),
        }
    }

    pub(crate) async fn user(&self, admitted: &Admitted) -> Result<UserState, Failure> {
        match admitted.rows.as_ref().and_then(|rows| rows.user.as_ref()) {
            Some(user) => Ok(user.clone()),
            None => self.account(admitted.claims.user_id()).await.map(|user| user.state),
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
