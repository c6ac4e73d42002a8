//! How a site is set up: what [`AuthBuilder`] takes, checked once at the start.

mod builder;
mod hooks;
mod schemes;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::request::Parts;
use tegata::{
    BrowserGuard, CookieOptions, Cookies, CustomClaims, Origin, Refusal, Scopes, Session, Tenant,
    Transport, TrustedProxies, UserState,
};
use thiserror::Error;

pub use builder::AuthBuilder;
pub(crate) use hooks::Hooks;
pub(crate) use schemes::Schemes;

use crate::Failure;
use crate::authenticator::AnyAuthenticator;
use crate::client_address::{Peer, Scheme, client_address, own_origin, scheme};
use crate::limits::Limits;
use crate::steps::AnyStep;
use crate::throttle::Throttle;

/// An option of [`AuthBuilder`] that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{option}` {problem}")]
pub struct OptionError {
    /// The method of [`AuthBuilder`], or of another builder, that it was given to.
    pub option: &'static str,
    /// What is wrong with it, and how to mend it.
    pub problem: String,
}

impl OptionError {
    pub(crate) fn new(option: &'static str, problem: impl fmt::Display) -> Self {
        Self { option, problem: problem.to_string() }
    }
}

/// All options but the generic ones.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) transport: Transport,
    pub(crate) schemes: Schemes,
    /// Of refresh tokens, where [`Transport::Header`] is the body.
    pub(crate) refresh_transport: Transport,
    pub(crate) cookies: Cookies,
    pub(crate) secure_cookies: bool,
    pub(crate) refresh_cookie_path: Option<String>,
    pub(crate) browser: BrowserGuard,
    pub(crate) trusted_origins: Vec<Origin>,
    pub(crate) proxies: TrustedProxies,
    /// Of this server's own connections.
    pub(crate) scheme: Scheme,
    /// The names of the scopes that there are, each with what it is for.
    pub(crate) scopes: Vec<(String, String)>,
    pub(crate) store_address: bool,
    pub(crate) update_last_login: bool,
    pub(crate) limits: Box<dyn Limits>,
    pub(crate) hooks: Hooks,
    misses_addresses: AtomicBool,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            transport: Transport::Header,
            schemes: Schemes::default(),
            refresh_transport: Transport::Header,
            cookies: Cookies::new(CookieOptions::default()).expect("the defaults are good"),
            secure_cookies: true,
            refresh_cookie_path: None,
            browser: BrowserGuard::default(),
            trusted_origins: Vec::new(),
            proxies: TrustedProxies::default(),
            scheme: Scheme::Http,
            scopes: Vec::new(),
            store_address: true,
            update_last_login: true,
            limits: Box::new(Throttle::default()),
            hooks: Hooks::default(),
            misses_addresses: AtomicBool::new(false),
        }
    }
}

impl Site {
    /// Whether this site puts tokens into cookies.
    pub(crate) fn uses_cookies(&self) -> bool {
        self.refresh_transport.takes_cookies()
    }

    pub(crate) fn tenant(&self, parts: &Parts) -> Result<Option<Tenant>, Failure> {
        self.hooks.tenant.as_ref().map_or(Ok(None), |tenant| tenant(parts))
    }

    pub(crate) fn client_address(&self, parts: &Parts) -> Option<IpAddr> {
        if let Some(address) = &self.hooks.client_address {
            return address(parts);
        }
        let peer = Peer::of(&parts.extensions);
        if peer == Peer::Unknown {
            self.miss_addresses();
        }
        client_address(&self.proxies, peer, &parts.headers)
    }

    /// Says once what is missing: nothing else shows that a limit does not hold.
    fn miss_addresses(&self) {
        if !self.misses_addresses.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the address of a client is not known, so no limit by address holds: serve with \
                 `into_make_service_with_connect_info::<SocketAddr>()`, or set `client_address`"
            );
        }
    }

    /// The scheme by which a request came, and the origin that it was sent to, if that can be told.
    pub(crate) fn own_origin(&self, parts: &Parts) -> (Scheme, Option<Origin>) {
        let (peer, headers) = (Peer::of(&parts.extensions), &parts.headers);
        let origin = own_origin(&self.proxies, peer, headers, &parts.uri, self.scheme);
        (scheme(&self.proxies, peer, headers, self.scheme), origin)
    }

    /// What the site puts into an access token now.
    pub(crate) async fn custom_claims(
        &self,
        user: UserState,
        session: Option<Session>,
    ) -> Result<CustomClaims, Refusal> {
        let claims = match &self.hooks.claims {
            Some(claims) => claims(user.clone(), session.clone()).await?,
            None => CustomClaims::none(),
        };
        if self.scopes.is_empty() {
            return Ok(claims);
        }
        let granted = match &self.hooks.scopes_for {
            Some(scopes_for) => scopes_for(user, session).await?,
            None => Scopes::none(),
        };
        Ok(claims.with_scopes(self.known(&granted)))
    }

    pub(crate) fn knows_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|(known, _)| known == name)
    }

    fn known(&self, granted: &Scopes) -> Scopes {
        let known = granted.iter().filter(|name| {
            let is_known = self.knows_scope(name);
            if !is_known {
                tracing::error!(scope = *name, "`scopes_for` gave a scope that `scopes` lacks");
            }
            is_known
        });
        Scopes::from_names(known).unwrap_or_default()
    }
}

/// All options.
pub(crate) struct Options<S> {
    pub(crate) site: Site,
    /// `None` for the store's own users, by name and password.
    pub(crate) authenticator: Option<Arc<dyn AnyAuthenticator<S>>>,
    pub(crate) steps: Vec<Arc<dyn AnyStep>>,
}

impl<S> Default for Options<S> {
    fn default() -> Self {
        Self { site: Site::default(), authenticator: None, steps: Vec::new() }
    }
}

impl<S> fmt::Debug for Options<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<_> = self.steps.iter().map(|step| step.name()).collect();
        formatter
            .debug_struct("Options")
            .field("site", &self.site)
            .field("steps", &steps)
            .finish_non_exhaustive()
    }
}
