//! Every key of the configuration: its kind, its default, what it says, and where it goes.

use serde_json::Value;
use tegata::{Algorithm, ForwardedHeader, SameSite, Scopes, SessionCheck, Transport};

use super::read::{self, Read};
use super::{Config, LogFormat, clients, hooks, users};

/// A key of the configuration.
#[derive(Clone, Copy)]
pub(crate) struct Setting {
    /// As the file has it; the environment has it in capitals, behind `TEGATA_`.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// As TOML.
    pub(crate) default: &'static str,
    /// One sentence or two, in Markdown.
    pub(crate) about: &'static str,
    /// Takes a value over into the configuration.
    pub(crate) set: fn(&mut Config, &Value) -> Read<()>,
}

/// How a value is written where all values are texts: in the environment and after `--set`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// Separated by commas.
    List,
    /// `true` or `false`.
    Flag,
    Integer,
    /// Such as `5m`, or a number of seconds.
    Duration,
    /// As TOML.
    Table,
}

impl Kind {
    /// How the reference calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::List => "list of strings",
            Self::Flag => "boolean",
            Self::Integer => "integer",
            Self::Duration => "duration",
            Self::Table => "table",
        }
    }
}

/// The limits of logins, and how often by default.
pub(crate) const LOGIN_RATES: [(&str, &str); 3] =
    [("account_and_address", "5/5m"), ("account", "100/h"), ("address", "100/h")];

/// The limits of refreshes, and how often by default.
pub(crate) const REFRESH_RATES: [(&str, &str); 2] = [("session", "30/m"), ("address", "300/m")];

macro_rules! settings {
    ($($name:ident, $kind:ident, $default:literal, $about:literal, |$config:ident, $value:ident| $read:expr;)*) => {
        /// All of them, in the order of the reference.
        pub(crate) const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name),
            kind: Kind::$kind,
            default: $default,
            about: $about,
            set: |$config, $value| {
                $read;
                Ok(())
            },
        },)*];
    };
}

settings! {
    database, Text, "\"sqlite://tegata.db\"",
        "`sqlite://FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`. A relative file is one of the working folder. An address with a password belongs in the environment.",
        |config, value| config.database = read::text(value)?.into();
    max_connections, Integer, "10",
        "How many connections to the database there are at most.",
        |config, value| config.max_connections = at_least_one(read::integer(value)?)?;
    users, Table, "{}",
        "Where the users are: `table`, `key`, `named_by`, `username`, `password`, `is_active`, `last_login`, `stamp_columns`. The defaults are those of Django's `auth_user`.",
        |config, value| config.users = users::read(value)?;
    listen, Text, "\"127.0.0.1:8080\"",
        "An address and a port, or `unix:PATH`. TLS is left to a proxy in front.",
        |config, value| config.listen = read::parsed(value)?;
    prefix, Text, "\"/auth/\"",
        "Where the auth routes are.",
        |config, value| config.prefix = prefix(value)?;
    log, Text, "\"text\"",
        "`text` for people, `json` for programs.",
        |config, value| config.log = read::choice(value, &LogFormat::NAMES)?;
    log_filter, Text, "\"info\"",
        "What is logged: a level, or targets and levels such as `info,tegata=debug`.",
        |config, value| config.log_filter = read::text(value)?;
    metrics, Flag, "true",
        "Whether `/metrics` answers.",
        |config, value| config.metrics = read::flag(value)?;
    docs, Flag, "true",
        "Whether the page with the API's description answers.",
        |config, value| config.docs = read::flag(value)?;
    demo, Flag, "false",
        "Whether the demo page answers.",
        |config, value| config.demo = read::flag(value)?;
    request_timeout, Duration, "\"30s\"",
        "How long a request may take before it is answered with 503.",
        |config, value| config.request_timeout = read::duration(value)?;
    shutdown_timeout, Duration, "\"30s\"",
        "How long requests that are under way may take once the server is told to end.",
        |config, value| config.shutdown_timeout = read::duration(value)?;
    policy, Text, "\"none\"",
        "A file that `manage.py tegata_keys export --private` has written: keys, policy and user table of a Django site. What this configuration says itself wins.",
        |config, value| config.policy_file = read::optional(value, read::text)?.map(Into::into);
    keys, List, "[]",
        "Files with keys: JWK Sets, JWKs, PEM, or secrets. The first key signs, all verify. Without any, those of `policy`; without that, `tegata-keys.json` beside the database.",
        |config, value| config.keys = read::paths(value)?;
    algorithm, Text, "\"EdDSA\"",
        "That of new keys, and of keys in files that name none.",
        |config, value| config.algorithm = algorithm(value)?;
    issuer, Text, "\"tegata\"",
        "The `iss` of every token, compared exactly. If it is the https address of this server, its metadata are published there (RFC 8414).",
        |config, value| config.policy.issuer = read::text(value)?;
    audience, List, "[\"tegata\"]",
        "The `aud` of every token; one in common is enough.",
        |config, value| config.policy.audience = read::texts(value)?;
    client_id, Text, "\"tegata\"",
        "The `client_id` of every token (RFC 9068).",
        |config, value| config.policy.client_id = read::text(value)?;
    leeway, Duration, "\"10s\"",
        "How far clocks may disagree; up to 120 s.",
        |config, value| config.policy.leeway = read::duration(value)?;
    access_token_lifetime, Duration, "\"5m\"",
        "1 s up to `refresh_token_lifetime`.",
        |config, value| config.policy.access_token_lifetime = read::duration(value)?;
    refresh_token_lifetime, Duration, "\"14d\"",
        "Since the last refresh; up to `session_lifetime`.",
        |config, value| config.policy.refresh_token_lifetime = read::duration(value)?;
    session_lifetime, Duration, "\"365d\"",
        "The absolute end of a session; up to 3650 days.",
        |config, value| config.policy.session_lifetime = read::duration(value)?;
    session_idle_timeout, Duration, "\"none\"",
        "How long a session lives without a refresh. `none` leaves that to `refresh_token_lifetime`.",
        |config, value| config.policy.session_idle_timeout = read::optional(value, read::duration)?;
    session_retention, Duration, "\"30d\"",
        "How long the row of a session stays after nothing can use it any more; then a server that runs removes it, within the hour. `none` keeps all rows until they are purged.",
        |config, value| config.session_retention = read::optional(value, read::duration)?;
    max_sessions_per_user, Integer, "\"none\"",
        "A login beyond it ends the oldest.",
        |config, value| config.policy.max_sessions_per_user = read::optional(value, read::integer)?;
    session_check, Text, "\"request\"",
        "What an access token is checked against: `request`, `cache`, `user`, `refresh` or `off`.",
        |config, value| config.policy.session_check = read::choice(value, &SessionCheck::ALL.map(|each| (each.name(), each)))?;
    session_cache_lifetime, Duration, "\"1m\"",
        "With `session_check = \"cache\"`, how long a cached session may go unchecked; 1 to 3600 s.",
        |config, value| config.policy.session_cache_lifetime = read::duration(value)?;
    rotate_refresh_tokens, Flag, "true",
        "Whether a refresh gives the next refresh token.",
        |config, value| config.policy.rotate_refresh_tokens = read::flag(value)?;
    refresh_grace, Duration, "\"10s\"",
        "How long a second tab may present the old refresh token after the new one was seen in use; up to 300 s, 0 is strict single use.",
        |config, value| config.policy.refresh_grace = read::duration(value)?;
    max_refresh_repeats, Integer, "100",
        "How often the answer of one rotation is given again; 1 to 10000.",
        |config, value| config.policy.max_refresh_repeats = read::integer(value)?;
    challenge_lifetime, Duration, "\"5m\"",
        "How long a client has to answer a login step; 10 s to 1 hour.",
        |config, value| config.policy.challenge_lifetime = read::duration(value)?;
    max_token_length, Integer, "8192",
        "The longest token that is looked at; 512 to 65536 bytes.",
        |config, value| config.policy.max_token_length = read::integer(value)?;
    token_type_claim, Text, "\"type\"",
        "Name of the claim that holds `access` or `refresh`.",
        |config, value| config.policy.claim_names.token_type = read::text(value)?;
    user_id_claim, Text, "\"user_id\"",
        "Name of the claim that holds the user's key.",
        |config, value| config.policy.claim_names.user_id = read::text(value)?;
    session_id_claim, Text, "\"session_id\"",
        "Name of the claim that holds the session's id.",
        |config, value| config.policy.claim_names.session_id = read::text(value)?;
    generation_claim, Text, "\"generation\"",
        "Name of the claim that holds the token's place in its session's chain.",
        |config, value| config.policy.claim_names.generation = read::text(value)?;
    tenant_claim, Text, "\"tenant\"",
        "Name of the claim that holds the tenant.",
        |config, value| config.policy.claim_names.tenant = read::text(value)?;
    jwks_max_age, Duration, "\"1h\"",
        "For how long others may keep a copy of the published keys; up to 7 days.",
        |config, value| config.rotation.jwks_max_age = read::duration(value)?;
    key_lead_time, Duration, "\"1d\"",
        "How long a new key is published before it signs; at least `jwks_max_age` + `key_reload_interval` + `leeway`.",
        |config, value| config.rotation.lead = read::duration(value)?;
    key_rotation_period, Duration, "\"90d\"",
        "For how long a key signs before `tegata keys rotate` has the next one do so.",
        |config, value| config.rotation.period = read::duration(value)?;
    key_retention, Duration, "\"none\"",
        "How long a key verifies after the next one signs. `none` is the longest lifetime of a token + `leeway`, which is also the least.",
        |config, value| config.key_retention = read::optional(value, read::duration)?;
    key_reload_interval, Duration, "\"10s\"",
        "How long a running server does not look again whether a file of keys has changed; 1 to 3600 s.",
        |config, value| config.rotation.reload_interval = read::duration(value)?;
    scopes, Table, "{}",
        "What access tokens may cover: a table of names and descriptions (RFC 6749 section 3.3).",
        |config, value| config.scopes = read::scopes(value)?;
    granted_scopes, List, "[]",
        "Which of `scopes` every user gets.",
        |config, value| config.granted_scopes = read::texts(value)?;
    auth_header_types, List, "[\"Bearer\"]",
        "The schemes of the `Authorization` header; the first is the one that a 401 names.",
        |config, value| config.auth_header_types = schemes(value)?;
    transport, Text, "\"header\"",
        "How tokens travel: `header`, `cookie` for HttpOnly cookies and nothing else, or `both`, where a token in the header wins.",
        |config, value| config.transport = read::choice(value, &Transport::ALL.map(|each| (each.name(), each)))?;
    refresh_transport, Text, "\"none\"",
        "Where `transport` is `header`, how refresh tokens travel: `body`, `cookie` or `both`. `none` follows `transport`.",
        |config, value| config.refresh_transport = read::optional(value, |value| read::choice(value, &REFRESH_TRANSPORTS))?;
    access_cookie_name, Text, "\"none\"",
        "`none` is `access_token`, with the prefix `__Host-` or `__Secure-` where the other keys allow it.",
        |config, value| config.cookies.access_name = read::optional(value, read::text)?;
    refresh_cookie_name, Text, "\"none\"",
        "`none` is `refresh_token`, with `__Secure-` where they allow it.",
        |config, value| config.cookies.refresh_name = read::optional(value, read::text)?;
    refresh_cookie_path, Text, "\"none\"",
        "Where browsers send the refresh token. `none` is `prefix`.",
        |config, value| config.refresh_cookie_path = read::optional(value, cookie_path)?;
    cookie_secure, Flag, "true",
        "Whether both cookies are sent over TLS only.",
        |config, value| config.cookies.secure = read::flag(value)?;
    cookie_samesite, Text, "\"Lax\"",
        "`Lax`, `Strict`, or `None` for pages of other sites.",
        |config, value| config.cookies.same_site = read::choice(value, &SameSite::ALL.map(|each| (each.name(), each)))?;
    cookie_domain, Text, "\"none\"",
        "The domain whose subdomains get the cookies too. `none` is the one host.",
        |config, value| config.cookies.domain = read::optional(value, read::text)?;
    csrf_trusted_origins, List, "[]",
        "Further origins whose pages may act with a cookie, such as `https://app.example.org`.",
        |config, value| config.csrf_trusted_origins = read::all_parsed(value)?;
    trusted_proxies, List, "[]",
        "Whose word is taken for whom they speak for: networks, addresses, and `unix` for whoever connects to a Unix socket.",
        |config, value| proxies(config, value)?;
    forwarded_header, Text, "\"X-Forwarded-For\"",
        "The header that they set, `X-Forwarded-For` or `Forwarded`; the other one is never looked at.",
        |config, value| config.proxies.header = read::choice(value, &ForwardedHeader::ALL.map(|each| (each.name(), each)))?;
    store_address, Flag, "true",
        "Whether the rows of sessions hold the address of the login.",
        |config, value| config.store_address = read::flag(value)?;
    update_last_login, Flag, "true",
        "Whether a login sets the user's `last_login`.",
        |config, value| config.update_last_login = read::flag(value)?;
    login_throttle, Table, "\"5/5m\"",
        "How often passwords may be guessed: a rate for one account from one address, or a table with `account_and_address`, `account` (`100/h`) and `address` (`100/h`). `none` switches it off.",
        |config, value| config.login_throttle = read::rates(value, &LOGIN_RATES)?;
    refresh_throttle, Table, "\"30/m\"",
        "How often tokens may be refreshed: a rate for one session, or a table with `session` and `address` (`300/m`), which counts tokens that are not good. `none` switches it off.",
        |config, value| config.refresh_throttle = read::rates(value, &REFRESH_RATES)?;
    clients, Table, "[]",
        "Services that may ask about tokens (RFC 7662) and revoke them (RFC 7009): tables with `id` and `secret_digest`, one or several; `refresh_tokens = true` tells a client of refresh tokens too, and `tenant` of the tokens of one. `tegata client new` makes one.",
        |config, value| config.clients = clients::clients(value)?;
    hooks, Table, "{}",
        "What is asked on a sign-up (`sign_up`) and what brings a password reset to its user (`password_reset`): an https address, or a command as a list. Besides: `timeout` (10 s) and `secret_file`, by which bodies are signed.",
        |config, value| config.hooks = hooks::Hooks::read(value)?;
    only_in_django, List, "[]",
        "Which settings of the Django site this server does not know; `policy` brings it along. With a rule or a step of logins among them it does not start, unless this configuration says `[]` itself.",
        |config, value| config.only_in_django = read::texts(value)?;
}

const REFRESH_TRANSPORTS: [(&str, Transport); 3] =
    [("body", Transport::Header), ("cookie", Transport::Cookie), ("both", Transport::Both)];

/// The key of that name.
pub(crate) fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|each| each.name == name)
}

fn at_least_one(number: u32) -> Read<u32> {
    if number > 0 { Ok(number) } else { Err("must be at least 1".to_owned()) }
}

fn algorithm(value: &Value) -> Read<Algorithm> {
    read::choice(value, &Algorithm::ALL.map(|each| (each.name(), each)))
}

fn cookie_path(value: &Value) -> Read<String> {
    let path = read::text(value)?;
    if tegata::Cookies::is_path(&path) {
        Ok(path)
    } else {
        Err("must be a path such as \"/auth/\", in ASCII and without a semicolon".to_owned())
    }
}

fn prefix(value: &Value) -> Read<String> {
    let path = read::text(value)?;
    let is_segment = |segment: &str| {
        !segment.is_empty()
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    let inner = path.strip_prefix('/').and_then(|path| path.strip_suffix('/'));
    if path == "/" || inner.is_some_and(|inner| inner.split('/').all(is_segment)) {
        Ok(path)
    } else {
        Err("must be a path that begins and ends with a slash, such as \"/auth/\"".to_owned())
    }
}

fn schemes(value: &Value) -> Read<Vec<String>> {
    // A token of RFC 9110 section 5.6.2.
    let is_token = |text: &String| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(&byte))
    };
    let schemes = read::texts(value)?;
    if !schemes.is_empty() && schemes.iter().all(is_token) {
        Ok(schemes)
    } else {
        Err("must be one or more names of schemes, such as \"Bearer\"".to_owned())
    }
}

fn proxies(config: &mut Config, value: &Value) -> Read<()> {
    let names = read::texts(value)?;
    config.proxies.unix_socket = names.iter().any(|name| name == "unix");
    let networks = names.into_iter().filter(|name| name != "unix").map(Value::from).collect();
    config.proxies.networks = read::all_parsed(&Value::Array(networks))?;
    Ok(())
}

/// Which scopes every user gets; each must be one of those that there are.
pub(crate) fn granted(config: &Config) -> Read<Scopes> {
    if let Some(name) = config.granted_scopes.iter().find(|name| !config.scopes.contains_key(*name))
    {
        return Err(format!("names `{name}`, and `scopes` has no such name"));
    }
    let names = config.granted_scopes.iter().map(String::as_str);
    Scopes::from_names(names).map_err(|error| error.to_string())
}
