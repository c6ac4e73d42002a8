//! The auth routes, set up as the configuration says.

use std::future::ready;

use tegata::{CookieOptions, Engine, Transport};
use tegata_axum::Auth;
use tegata_axum::session_cache::Cached;
use tegata_axum::throttle::{GuessRates, RefreshRates, Throttle};
use tegata_sqlx::SqlxStore;

use crate::config::{Config, ConfigError};
use crate::demo::Seeded;

/// What routes and extractors share.
///
/// # Errors
/// [`ConfigError`]: an option cannot be.
pub(crate) fn auth(
    config: &Config,
    engine: Engine,
    store: SqlxStore,
    throttle: Throttle,
    seeded: Option<Seeded>,
) -> Result<Auth<Cached<SqlxStore>>, ConfigError> {
    let granted = config.granted_scopes()?;
    let store = Cached::new(store, engine.policy());
    let mut builder = Auth::builder(engine, store)
        .transport(transport(config))
        .cookies(cookies(config))
        .trusted_origins(config.csrf_trusted_origins.iter().map(ToString::to_string))
        .trusted_proxies(config.proxies.clone())
        .throttle(throttle)
        .auth_header_types(config.auth_header_types.clone())
        .store_address(config.store_address)
        .update_last_login(config.update_last_login);
    if !config.scopes.is_empty() {
        builder = builder
            .scopes(config.scopes.clone())
            .scopes_for(move |_, _| ready(Ok(granted.clone())));
    }
    if let Some(transport) = config.refresh_transport.filter(|_| !config.demo) {
        builder = builder.refresh_transport(transport);
    }
    if let Some(path) = &config.refresh_cookie_path {
        builder = builder.refresh_cookie_path(path);
    }
    if let Some(seeded) = seeded {
        builder = builder.login_step(seeded.codes);
    }
    builder.build().map_err(|error| ConfigError::new(error.option, error.problem))
}

/// How tokens travel: the demo's page lives by cookies, and Swagger by a token in the header.
pub(super) fn transport(config: &Config) -> Transport {
    if config.demo { Transport::Both } else { config.transport }
}

/// The cookies; those of the demo go without TLS.
pub(super) fn cookies(config: &Config) -> CookieOptions {
    let secure = config.cookies.secure && !config.demo;
    CookieOptions { secure, ..config.cookies.clone() }
}

/// How often somebody may guess.
pub(crate) fn throttle(config: &Config) -> Throttle {
    let (logins, refreshes) = (&config.login_throttle, &config.refresh_throttle);
    Throttle::new(
        GuessRates {
            account_and_address: logins.get("account_and_address").copied(),
            account: logins.get("account").copied(),
            address: logins.get("address").copied(),
        },
        RefreshRates {
            session: refreshes.get("session").copied(),
            address: refreshes.get("address").copied(),
        },
    )
}
