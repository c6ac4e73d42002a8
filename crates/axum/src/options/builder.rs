use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::request::Parts;
use serde::Serialize;
use serde_json::Value;
use tegata::{
    BrowserGuard, CookieError, CookieOptions, Cookies, CustomClaims, Engine, Origin, Refusal,
    Scopes, Session, Tenant, Transport, TrustedProxies, UserState,
};

use super::hooks::Later;
use super::{OptionError, Options, Schemes};
use crate::authenticator::{AnyAuthenticator, Authenticator};
use crate::client_address::Scheme;
use crate::steps::{AnyStep, LoginStep};
use crate::throttle::{Counters, Throttle};
use crate::{Auth, Failure, User, UserStore};

/// Sets up an [`Auth`]; [`AuthBuilder::build`] says what cannot be.
///
/// ```
/// use tegata::{CookieOptions, Transport};
/// use tegata_axum::{Auth, MemoryUsers};
/// # use tegata::{Algorithm, Engine, Key, KeySet, Policy};
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// # let engine = Engine::new(Policy::default(), keys)?;
///
/// let auth = Auth::builder(engine, MemoryUsers::default())
///     .transport(Transport::Both)
///     .trusted_origins(["https://app.example.org"])
///     .scopes([("reports:read", "Read reports")])
///     .build()?;
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
///
/// What cannot be is told by its name:
///
/// ```
/// # use tegata::{Algorithm, Engine, Key, KeySet, Policy};
/// # use tegata_axum::{Auth, MemoryUsers};
/// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa).unwrap()]).unwrap();
/// # let engine = Engine::new(Policy::default(), keys).unwrap();
/// let wrong = Auth::builder(engine, MemoryUsers::default()).trusted_origins(["app.example.org"]);
/// assert_eq!(wrong.build().unwrap_err().option, "trusted_origins");
/// ```
#[must_use]
#[derive(Debug)]
pub struct AuthBuilder<S> {
    engine: Engine,
    store: S,
    options: Options<S>,
    cookies: CookieOptions,
    refresh_transport: Option<Transport>,
    trusted_origins: Vec<String>,
    auth_header_types: Option<Vec<String>>,
}

impl<S: UserStore> AuthBuilder<S> {
    pub(crate) fn new(engine: Engine, store: S) -> Self {
        Self {
            engine,
            store,
            options: Options::default(),
            cookies: CookieOptions::default(),
            refresh_transport: None,
            trusted_origins: Vec::new(),
            auth_header_types: None,
        }
    }

    /// Where clients put their tokens: [`Transport::Header`], the default, in cookies, or as they
    /// like.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.options.site.transport = transport;
        self
    }

    /// The schemes of the `Authorization` header, in any case, where clients say something else than
    /// `Bearer`; the first is the one that a 401 names.
    pub fn auth_header_types<T: Into<String>>(
        mut self,
        schemes: impl IntoIterator<Item = T>,
    ) -> Self {
        self.auth_header_types = Some(schemes.into_iter().map(Into::into).collect());
        self
    }

    /// How refresh tokens travel where access tokens come in the header; [`Transport::Header`] is
    /// the body. Without it, as access tokens do.
    pub fn refresh_transport(mut self, transport: Transport) -> Self {
        self.refresh_transport = Some(transport);
        self
    }

    /// What the cookies are called, and with which requests they go along. `Secure` is the default.
    pub fn cookies(mut self, cookies: CookieOptions) -> Self {
        self.cookies = cookies;
        self
    }

    /// The path of the refresh token's cookie, where the browser knows the auth routes by another
    /// path than this server: behind a proxy that strips a prefix.
    pub fn refresh_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.options.site.refresh_cookie_path = Some(path.into());
        self
    }

    /// The origins, besides the site's own, whose pages may act with its cookies, such as
    /// `https://app.example.org`.
    pub fn trusted_origins<T: Into<String>>(
        mut self,
        origins: impl IntoIterator<Item = T>,
    ) -> Self {
        self.trusted_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Says that this server itself speaks TLS, so that the site's own origin begins with `https`.
    pub fn https(mut self) -> Self {
        self.options.site.scheme = Scheme::Https;
        self
    }

    /// The proxies that are believed when they say for whom they speak, and whether over TLS; see
    /// [`crate::client_address`].
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.options.site.proxies = proxies;
        self
    }

    /// How often passwords and codes may be guessed and tokens refreshed, and where that is counted.
    /// Without it, the default rates hold, counted by this process.
    pub fn throttle<C: Counters + 'static>(mut self, throttle: Throttle<C>) -> Self {
        self.options.site.limits = Box::new(throttle);
        self
    }

    /// Whose part of the site a request is for; tokens of another are not good for it, and `None`
    /// is what tokens without a tenant are good for. What it refuses is answered as it is.
    ///
    /// Of a router that is nested, `uri` lacks what it is nested under, as that of the auth routes
    /// does: for a tenant in the path, see [`axum::extract::OriginalUri`] in the extensions.
    pub fn tenant(
        mut self,
        tenant: impl Fn(&Parts) -> Result<Option<Tenant>, Failure> + Send + Sync + 'static,
    ) -> Self {
        self.options.site.hooks.tenant = Some(Box::new(tenant));
        self
    }

    /// The scopes that there are, each with what it is for. What a user gets of them says
    /// [`AuthBuilder::scopes_for`].
    pub fn scopes<N: Into<String>, D: Into<String>>(
        mut self,
        scopes: impl IntoIterator<Item = (N, D)>,
    ) -> Self {
        let scopes = scopes.into_iter().map(|(name, purpose)| (name.into(), purpose.into()));
        self.options.site.scopes = scopes.collect();
        self
    }

    /// The scopes that a user is given: asked at a login, then without a session, and at every
    /// refresh.
    pub fn scopes_for<F>(
        mut self,
        scopes: impl Fn(UserState, Option<Session>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Scopes, Refusal>> + Send + 'static,
    {
        let scopes = move |user, session| -> Later<_> { Box::pin(scopes(user, session)) };
        self.options.site.hooks.scopes_for = Some(Box::new(scopes));
        self
    }

    /// The site's own claims of an access token: asked at a login, then without a session, and at
    /// every refresh. Read them with [`crate::Authed`].
    ///
    /// A refresh is carried out in a task of its own, where nothing is task-local to the request.
    pub fn claims<T, F>(
        mut self,
        claims: impl Fn(UserState, Option<Session>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        T: Serialize,
        F: Future<Output = Result<T, Refusal>> + Send + 'static,
    {
        let claims = move |user, session| -> Later<_> {
            let claims = claims(user, session);
            Box::pin(async move {
                CustomClaims::from_serialize(&claims.await?).map_err(|error| {
                    tracing::error!(%error, "`claims` gave what cannot go into a token");
                    Refusal::ServiceUnavailable
                })
            })
        };
        self.options.site.hooks.claims = Some(Box::new(claims));
        self
    }

    /// Who is logging in, if not a user of the store by name and password.
    pub fn authenticator<A: Authenticator<S>>(mut self, authenticator: A) -> Self {
        let authenticator: Arc<dyn AnyAuthenticator<S>> = Arc::new(authenticator);
        self.options.authenticator = Some(authenticator);
        self
    }

    /// One more step between a right password and the tokens; steps are asked in their order.
    pub fn login_step<T: LoginStep>(mut self, step: T) -> Self {
        let step: Arc<dyn AnyStep> = Arc::new(step);
        self.options.steps.push(step);
        self
    }

    /// Whether sessions hold the address of their login; they do, unless this says no. Attempts are
    /// counted by it all the same.
    pub fn store_address(mut self, stores: bool) -> Self {
        self.options.site.store_address = stores;
        self
    }

    /// Whether a login is noted with its user; it is, unless this says no.
    pub fn update_last_login(mut self, updates: bool) -> Self {
        self.options.site.update_last_login = updates;
        self
    }

    /// The address of a client, instead of what the connection and trusted proxies say. A header
    /// will do only if no client can send it.
    pub fn client_address(
        mut self,
        address: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        self.options.site.hooks.client_address = Some(Box::new(address));
        self
    }

    /// Where an address is, as the list of sessions shows it. A login waits for it for a second at
    /// most.
    pub fn location<F>(mut self, location: impl Fn(IpAddr) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<Value>> + Send + 'static,
    {
        let location = move |address| -> Later<_> { Box::pin(location(address)) };
        self.options.site.hooks.location = Some(Box::new(location));
        self
    }

    /// What a user agent is called in the list of sessions, such as `Firefox on Linux`.
    pub fn device_name(
        mut self,
        name: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.options.site.hooks.device_name = Box::new(name);
        self
    }

    /// Which passwords a user may change to; an error says to the user why not this one. Without
    /// it, those of 8 characters and more.
    pub fn password_rule(
        mut self,
        rule: impl Fn(&str, &User) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.options.site.hooks.password_rule = Box::new(rule);
        self
    }

    /// The [`Auth`].
    ///
    /// # Errors
    /// [`OptionError`] for the first option that cannot be.
    pub fn build(mut self) -> Result<Auth<S>, OptionError> {
        self.check_schemes()?;
        self.check_transports()?;
        self.check_cookies()?;
        self.check_origins()?;
        self.check_scopes()?;
        self.check_steps()?;
        Ok(Auth::of(self.engine, self.store, self.options))
    }

    fn check_schemes(&mut self) -> Result<(), OptionError> {
        if let Some(schemes) = self.auth_header_types.take() {
            self.options.site.schemes = Schemes::new(schemes)?;
        }
        Ok(())
    }

    fn check_transports(&mut self) -> Result<(), OptionError> {
        let site = &mut self.options.site;
        if self.refresh_transport.is_some() && site.transport != Transport::Header {
            let problem = "is for sites whose access tokens come in the header; leave it out, or \
                           set `transport` to `Transport::Header`";
            return Err(OptionError::new("refresh_transport", problem));
        }
        site.refresh_transport = self.refresh_transport.unwrap_or(site.transport);
        Ok(())
    }

    fn check_cookies(&mut self) -> Result<(), OptionError> {
        let site = &mut self.options.site;
        site.secure_cookies = self.cookies.secure;
        site.cookies = Cookies::new(self.cookies.clone()).map_err(|error| {
            let part = match error {
                CookieError::Domain => "domain",
                CookieError::AccessName(_) => "access_name",
                CookieError::RefreshName(_) | CookieError::SameName => "refresh_name",
                CookieError::SameSite => "same_site",
            };
            OptionError::new("cookies", format_args!("has a `{part}` that {error}"))
        })?;
        match &site.refresh_cookie_path {
            Some(path) if !Cookies::is_path(path) => {
                let problem = "must be a path that begins with a slash, such as '/api/auth/'";
                Err(OptionError::new("refresh_cookie_path", problem))
            }
            _ => Ok(()),
        }
    }

    fn check_origins(&mut self) -> Result<(), OptionError> {
        let origins = self.trusted_origins.iter().map(|text| {
            text.parse::<Origin>().map_err(|error| {
                OptionError::new("trusted_origins", format_args!("has `{text}`: it {error}"))
            })
        });
        let origins: Vec<_> = origins.collect::<Result<_, _>>()?;
        self.options.site.browser = BrowserGuard::new(origins.clone());
        self.options.site.trusted_origins = origins;
        Ok(())
    }

    fn check_scopes(&self) -> Result<(), OptionError> {
        let site = &self.options.site;
        for (name, _) in &site.scopes {
            Scopes::from_names([name.as_str()]).map_err(|error| {
                OptionError::new("scopes", format_args!("has a name that cannot be: {error}"))
            })?;
        }
        if site.scopes.is_empty() && site.hooks.scopes_for.is_some() {
            return Err(OptionError::new("scopes_for", "gives scopes, and `scopes` names none"));
        }
        Ok(())
    }

    fn check_steps(&self) -> Result<(), OptionError> {
        const MOST: usize = 64;
        let mut names: Vec<&str> = Vec::new();
        for step in &self.options.steps {
            let name = step.name();
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            if !(1..=MOST).contains(&name.len()) || !name.bytes().all(is_letter) {
                let problem = format_args!(
                    "has a name `{name}`; one has 1 to {MOST} letters, digits, `-` and `_`"
                );
                return Err(OptionError::new("login_step", problem));
            }
            if names.contains(&name) {
                return Err(OptionError::new("login_step", format_args!("has two named `{name}`")));
            }
            names.push(name);
        }
        Ok(())
    }
}
