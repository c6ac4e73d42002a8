//! The question of a reverse proxy: may this request pass, and who is it from.

mod answer;
mod asked;
mod identity;
mod sender;

use std::fmt;
use std::sync::Arc;

use axum::http::HeaderMap;
use tegata::{BrowserGuard, Cookies, Refusal, Tenant, Transport};

use crate::Auth;

type TenantOf = Arc<dyn Fn(&HeaderMap) -> Result<Option<Tenant>, Refusal> + Send + Sync>;

/// Who has written the query of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Author {
    /// `/verify`: whoever has configured the proxy.
    Proxy,
    /// `/verify/`: either; a proxy that puts its path in front of the original one asks so about `/`.
    Either,
    /// `/verify/…`: the client.
    Client,
}

/// The route `/verify` for nginx's `auth_request`, Traefik's `ForwardAuth`, Caddy's `forward_auth`,
/// and, with the original path behind it, Envoy's `ext_authz` over HTTP.
///
/// A good access token is a 200 without a body, with `X-Auth-User`, `X-Auth-Session`, `X-Auth-Scope`
/// and `X-Auth-Tenant`; anything else a 401 or a 403 with `WWW-Authenticate`. The query says what the
/// route asks for: `?scope=orders:read&max_age=300`.
///
/// ```
/// use tegata::{Algorithm, Engine, Key, KeySet, Policy};
/// use tegata_axum::{Auth, ForwardAuth, MemoryUsers};
///
/// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// let auth = Auth::new(Engine::new(Policy::default(), keys)?, MemoryUsers::default());
/// let app: axum::Router = ForwardAuth::new(auth).router();
/// # let _ = app;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ForwardAuth<S> {
    auth: Auth<S>,
    transport: Transport,
    cookie: Option<String>,
    guard: BrowserGuard,
    tenant_of: TenantOf,
}

impl<S> Clone for ForwardAuth<S> {
    fn clone(&self) -> Self {
        Self {
            auth: self.auth.clone(),
            transport: self.transport,
            cookie: self.cookie.clone(),
            guard: self.guard.clone(),
            tenant_of: Arc::clone(&self.tenant_of),
        }
    }
}

impl<S> fmt::Debug for ForwardAuth<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ForwardAuth")
            .field("transport", &self.transport)
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

impl<S> ForwardAuth<S> {
    /// For tokens of `auth` in the `Authorization` header, of no tenant.
    #[must_use]
    pub fn new(auth: Auth<S>) -> Self {
        Self {
            auth,
            transport: Transport::Header,
            cookie: None,
            guard: BrowserGuard::default(),
            tenant_of: Arc::new(|_| Ok(None)),
        }
    }

    /// The same for tokens that travel by `transport`, in the access cookie of `cookies`.
    ///
    /// A request by cookie that may change something passes if `guard` knows its `Origin`: name the
    /// origins of all pages behind the proxy. Without an `Origin`, `Sec-Fetch-Site` has to say
    /// `same-origin` or `none`.
    ///
    /// ```
    /// use tegata::{BrowserGuard, CookieOptions, Cookies, Transport};
    /// # use tegata::{Algorithm, Engine, Key, KeySet, Policy};
    /// # use tegata_axum::{Auth, ForwardAuth, MemoryUsers};
    /// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// # let auth = Auth::new(Engine::new(Policy::default(), keys)?, MemoryUsers::default());
    ///
    /// let cookies = Cookies::new(CookieOptions::default())?;
    /// let guard = BrowserGuard::new(["https://app.example.org".parse()?]);
    /// let route = ForwardAuth::new(auth).with_cookies(Transport::Both, &cookies, guard);
    /// # let _: axum::Router = route.router();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_cookies(
        self,
        transport: Transport,
        cookies: &Cookies,
        guard: BrowserGuard,
    ) -> Self {
        Self { transport, cookie: Some(cookies.access().name), guard, ..self }
    }

    /// The same with the tenant of a request, by headers that the proxy sets: of none, of one, or a
    /// refusal if that cannot be told.
    #[must_use]
    pub fn with_tenant_of(
        self,
        tenant_of: impl Fn(&HeaderMap) -> Result<Option<Tenant>, Refusal> + Send + Sync + 'static,
    ) -> Self {
        Self { tenant_of: Arc::new(tenant_of), ..self }
    }
}
