//! The one configuration: defaults, then an exported policy, a TOML file, the environment, flags.

mod address;
mod clients;
mod engine;
mod error;
mod exported;
pub(crate) mod files;
mod hooks;
pub(crate) mod keys;
mod layer;
mod listen;
mod load;
mod read;
pub(crate) mod settings;
#[cfg(test)]
mod tests;
mod users;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tegata::{
    Algorithm, CookieOptions, Cookies, KeyRotation, Origin, Policy, Rate, Transport, TrustedProxies,
};
use tegata_sqlx::{StoreOptions, UserTable};

pub(crate) use address::DatabaseAddress;
pub(crate) use error::ConfigError;
pub(crate) use hooks::{Hook, Hooks};
pub(crate) use listen::Listen;
pub(crate) use load::Sources;

/// Everything that the server and the commands are told.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
#[derive(Clone)]
pub(crate) struct Config {
    /// The file that it was read from, if there is one.
    pub(crate) file: Option<PathBuf>,
    /// Mistakes that are no reason not to start.
    pub(crate) warnings: Vec<String>,
    pub(crate) database: DatabaseAddress,
    pub(crate) max_connections: u32,
    pub(crate) users: UserTable,
    pub(crate) listen: Listen,
    /// Begins and ends with a slash.
    pub(crate) prefix: String,
    pub(crate) log: LogFormat,
    pub(crate) log_filter: String,
    pub(crate) metrics: bool,
    pub(crate) docs: bool,
    pub(crate) demo: bool,
    pub(crate) request_timeout: Duration,
    pub(crate) shutdown_timeout: Duration,
    pub(crate) policy_file: Option<PathBuf>,
    /// The files that `keys` names; see [`Config::key_files`].
    pub(crate) keys: Vec<PathBuf>,
    /// Whether the exported policy brings keys along.
    has_exported_keys: bool,
    pub(crate) algorithm: Algorithm,
    pub(crate) policy: Policy,
    /// Without its `retention`, `longest_lifetime` and `leeway`: see [`Config::rotation`].
    rotation: KeyRotation,
    key_retention: Option<Duration>,
    pub(crate) session_retention: Option<Duration>,
    /// Names and descriptions.
    pub(crate) scopes: BTreeMap<String, String>,
    granted_scopes: Vec<String>,
    pub(crate) auth_header_types: Vec<String>,
    pub(crate) transport: Transport,
    pub(crate) refresh_transport: Option<Transport>,
    pub(crate) cookies: CookieOptions,
    pub(crate) refresh_cookie_path: Option<String>,
    pub(crate) csrf_trusted_origins: Vec<Origin>,
    pub(crate) proxies: TrustedProxies,
    pub(crate) store_address: bool,
    pub(crate) update_last_login: bool,
    /// By the names of [`settings::LOGIN_RATES`]; what is missing is off.
    pub(crate) login_throttle: BTreeMap<String, Rate>,
    /// By the names of [`settings::REFRESH_RATES`]; what is missing is off.
    pub(crate) refresh_throttle: BTreeMap<String, Rate>,
    pub(crate) clients: Vec<tegata_axum::Client>,
    pub(crate) hooks: Hooks,
    pub(crate) only_in_django: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_hours(1);
        let rates = |value| read::rates(&serde_json::Value::from(value), &settings::LOGIN_RATES);
        let refreshes =
            |value| read::rates(&serde_json::Value::from(value), &settings::REFRESH_RATES);
        Self {
            file: None,
            warnings: Vec::new(),
            database: DatabaseAddress::from("sqlite://tegata.db".to_owned()),
            max_connections: StoreOptions::default().max_connections,
            users: UserTable::default(),
            listen: Listen::Tcp(([127, 0, 0, 1], 8080).into()),
            prefix: "/auth/".to_owned(),
            log: LogFormat::Text,
            log_filter: "info".to_owned(),
            metrics: true,
            docs: true,
            demo: false,
            request_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(30),
            policy_file: None,
            keys: Vec::new(),
            has_exported_keys: false,
            algorithm: Algorithm::EdDsa,
            policy: Policy::default(),
            rotation: KeyRotation {
                period: 90 * 24 * HOUR,
                lead: 24 * HOUR,
                retention: Duration::ZERO,
                longest_lifetime: Duration::ZERO,
                jwks_max_age: HOUR,
                reload_interval: Duration::from_secs(10),
                leeway: Duration::ZERO,
            },
            key_retention: None,
            session_retention: Some(30 * 24 * HOUR),
            scopes: BTreeMap::new(),
            granted_scopes: Vec::new(),
            auth_header_types: vec!["Bearer".to_owned()],
            transport: Transport::Header,
            refresh_transport: None,
            cookies: CookieOptions::default(),
            refresh_cookie_path: None,
            csrf_trusted_origins: Vec::new(),
            proxies: TrustedProxies::default(),
            store_address: true,
            update_last_login: true,
            login_throttle: rates("5/5m").unwrap_or_default(),
            refresh_throttle: refreshes("30/m").unwrap_or_default(),
            clients: Vec::new(),
            hooks: Hooks::default(),
            only_in_django: Vec::new(),
        }
    }
}

impl Config {
    /// How the store is set up.
    pub(crate) fn store_options(&self) -> StoreOptions {
        StoreOptions {
            users: self.users.clone(),
            max_connections: self.max_connections,
            ..StoreOptions::default()
        }
    }

    /// The cookies; they were checked when the configuration was loaded.
    pub(crate) fn cookies(&self) -> Result<Cookies, ConfigError> {
        Cookies::new(self.cookies.clone()).map_err(|error| {
            use tegata::CookieError::{AccessName, Domain, RefreshName, SameName, SameSite};
            let name = match error {
                Domain => "cookie_domain",
                AccessName(_) => "access_cookie_name",
                RefreshName(_) | SameName => "refresh_cookie_name",
                SameSite => "cookie_samesite",
            };
            ConfigError::new(name, error.to_string())
        })
    }

    /// The scopes that every user gets.
    pub(crate) fn granted_scopes(&self) -> Result<tegata::Scopes, ConfigError> {
        settings::granted(self).map_err(|problem| ConfigError::new("granted_scopes", problem))
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl LogFormat {
    pub(crate) const NAMES: [(&str, Self); 2] = [("text", Self::Text), ("json", Self::Json)];
}
