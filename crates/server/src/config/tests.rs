//! Which source wins, and what is said of what cannot be.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tegata::{Algorithm, Key, SessionCheck};
use tempfile::TempDir;

use super::settings::SETTINGS;
use super::{Config, ConfigError, Sources};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder can be made"))
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).expect("a file can be written");
        path
    }

    fn load(&self, toml: &str) -> Result<Config, ConfigError> {
        Config::load(&self.sources(toml))
    }

    fn sources(&self, toml: &str) -> Sources {
        Sources { file: Some(self.write("tegata.toml", toml)), ..Sources::default() }
    }

    fn refused(&self, toml: &str) -> String {
        let error = self.load(toml).err().expect("it is refused").to_string();
        error.replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn variable(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_flag_wins_over_the_environment_over_the_file_over_the_exported_policy() {
    let folder = Folder::new();
    let names = ["issuer", "client_id", "refresh_grace", "max_refresh_repeats"];
    folder.write(
        "policy.json",
        r#"{"issuer": "policy", "client_id": "policy", "refresh_grace": 1, "max_refresh_repeats": 1}"#,
    );
    let mut sources = folder.sources(
        "policy = \"policy.json\"\nissuer = \"file\"\nclient_id = \"file\"\nrefresh_grace = \"2s\"\n",
    );
    sources.environment =
        vec![variable("TEGATA_ISSUER", "environment"), variable("TEGATA_CLIENT_ID", "environment")];
    sources.set = vec!["issuer=flag".to_owned()];
    let policy = Config::load(&sources).expect("all of it can be").policy;
    assert_eq!((&*policy.issuer, &*policy.client_id), ("flag", "environment"), "{names:?}");
    assert_eq!(policy.refresh_grace, Duration::from_secs(2));
    assert_eq!(policy.max_refresh_repeats, 1);
}

#[test]
fn the_defaults_of_the_reference_are_those_of_the_code() {
    for setting in SETTINGS {
        let text = format!("{} = {}", setting.name, setting.default);
        let table: serde_json::Map<String, serde_json::Value> =
            toml::from_str(&text).expect("it is TOML");
        let (mut config, default) = (Config::default(), Config::default());
        (setting.set)(&mut config, &table[setting.name]).expect("it is a value");
        assert_eq!(shown(&config), shown(&default), "{text}");
    }
}

fn shown(config: &Config) -> String {
    let Config { policy, cookies, proxies, hooks, clients, users, rotation, .. } = config;
    let parts = (policy, cookies, proxies, hooks, clients, users, rotation);
    let throttles = (&config.login_throttle, &config.refresh_throttle);
    let times = (config.key_retention, config.session_retention);
    let serving = (&config.listen, &config.prefix, config.log, &config.log_filter);
    let pages = (config.metrics, config.docs, config.demo);
    let waits = (config.request_timeout, config.shutdown_timeout, config.max_connections);
    let tokens = (config.transport, config.refresh_transport, &config.refresh_cookie_path);
    let rest = (&config.scopes, &config.granted_scopes, &config.auth_header_types, &config.keys);
    let more = (&config.only_in_django, config.algorithm, &config.database, &config.policy_file);
    let last = (config.store_address, config.update_last_login, &config.csrf_trusted_origins);
    format!(
        "{parts:?} {throttles:?} {times:?} {serving:?} {pages:?} {waits:?} {tokens:?} {rest:?} {more:?} {last:?}"
    )
}

#[test]
fn a_key_that_nobody_knows_is_named_with_its_line_and_the_nearest_one() {
    let folder = Folder::new();
    let said = folder.refused("leeway = 5\n\nisuer = \"x\"\n");
    assert_eq!(said, "tegata.toml:3: there is no key `isuer`\nhint: did you mean `issuer`?");
    let said = folder.refused("[users]\ntable = \"member\"\nusernam = \"email\"\n");
    assert!(said.starts_with("tegata.toml:3: `users` has no key `usernam`"), "{said}");
    assert!(said.contains("did you mean `username`?"), "{said}");
    let said = folder.refused("[hooks]\nsignup = \"https://example.org\"\n");
    assert!(said.contains("did you mean `sign_up`?"), "{said}");
    let said = folder.refused("[[clients]]\nid = \"a\"\nsecret = \"s3cret\"\n");
    assert!(said.contains("`clients` [0] has no key `secret`"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn a_wrong_value_names_its_key_and_what_it_may_be() {
    let folder = Folder::new();
    for (toml, said) in [
        ("issuer = 5", "`issuer` must be a string"),
        ("cookie_secure = \"yes\"", "`cookie_secure` must be true or false"),
        ("leeway = \"soon\"", "`leeway` must be a duration"),
        ("leeway = -1", "`leeway` must be a duration"),
        ("leeway = \"5m\"", "`leeway` must be from 0 to 120 seconds"),
        ("session_check = \"cookie\"", "\"request\", \"cache\", \"user\", \"refresh\", \"off\""),
        ("access_token_lifetime = \"15d\"", "at most `refresh_token_lifetime`"),
        ("max_sessions_per_user = 0", "must be at least 1, or \"none\""),
        ("max_sessions_per_user = \"few\"", "or \"none\""),
        ("trusted_proxies = [\"0.0.0.0/0\"]", "holds every address"),
        ("trusted_proxies = [\"proxy\"]", "is no network"),
        ("login_throttle = \"often\"", "must be a rate such as"),
        ("login_throttle = { user = \"5/m\" }", "has no limit `user`"),
        ("listen = \"8080\"", "is no address and port"),
        ("prefix = \"auth\"", "must be a path that begins and ends with a slash"),
        ("algorithm = \"none\"", "must be one of"),
        ("granted_scopes = [\"read\"]", "names `read`, and `scopes` has no such name"),
        ("[scopes]\n\"a b\" = \"x\"", "has a name that cannot be"),
        ("cookie_samesite = \"None\"\ncookie_secure = false", "browsers drop those"),
        ("transport = \"cookie\"\nrefresh_transport = \"cookie\"", "`refresh_transport` is for"),
        ("key_lead_time = \"5m\"", "at least `jwks_max_age` + `key_reload_interval` + `leeway`"),
        ("key_retention = \"1h\"", "at least the longest lifetime of a token"),
        ("user_id_claim = \"sub\"", "`user_id_claim` must be a name of its own"),
        ("csrf_trusted_origins = [\"example.org\"]", "has \"example.org\""),
        ("hooks = { sign_up = \"mail\" }", "`sign_up` must be an address"),
        ("max_connections = 0", "must be at least 1"),
        ("issuer = x", "no TOML"),
        ("issuer = \"a\"\nissuer = \"b\"", "tegata.toml:2"),
    ] {
        let refusal = folder.refused(toml);
        assert!(refusal.contains(said), "{toml}: {refusal}");
        assert!(refusal.starts_with("tegata.toml"), "{toml}: {refusal}");
    }
}

#[test]
fn what_the_environment_says_is_read_by_the_kind_of_its_key() {
    let mut sources = Sources::default();
    for (name, value) in [
        ("TEGATA_AUDIENCE", "a, b"),
        ("TEGATA_COOKIE_SECURE", "no"),
        ("TEGATA_LEEWAY", "5"),
        ("TEGATA_ACCESS_TOKEN_LIFETIME", "1m 30s"),
        ("TEGATA_MAX_SESSIONS_PER_USER", "3"),
        ("TEGATA_SESSION_RETENTION", "none"),
        ("TEGATA_SCOPES", r#"{ read = "reading" }"#),
        ("TEGATA_LOGIN_THROTTLE", "3/m"),
        ("TEGATA_TRUSTED_PROXIES", "10.0.0.0/8,unix"),
        ("TEGATA_PORT", "tcp://10.0.0.1:80"),
        ("TEGATA_ISUER", "x"),
        ("HOME", "/"),
    ] {
        sources.environment.push(variable(name, value));
    }
    let config = Config::load(&sources).expect("all of it can be");
    assert_eq!(config.policy.audience, ["a", "b"]);
    assert!(!config.cookies.secure);
    assert_eq!(config.policy.leeway, Duration::from_secs(5));
    assert_eq!(config.policy.access_token_lifetime, Duration::from_secs(90));
    assert_eq!(config.policy.max_sessions_per_user, Some(3));
    assert_eq!(config.session_retention, None);
    assert_eq!(config.scopes["read"], "reading");
    assert_eq!(config.login_throttle["account_and_address"].limit(), 3);
    assert_eq!(config.login_throttle["account"].limit(), 100);
    assert!(config.proxies.unix_socket && config.proxies.networks.len() == 1);
    assert_eq!(
        config.warnings,
        ["TEGATA_ISUER is no variable of Tegata; did you mean TEGATA_ISSUER?"]
    );
}

#[test]
fn a_password_of_the_database_and_the_hash_of_a_client_are_not_shown() {
    let folder = Folder::new();
    let hash = format!("sha256:{}", "A".repeat(43));
    let toml = format!(
        "database = \"postgres://me:s3cret@db/site?password=s3cret\"\n[[clients]]\nid = \"a\"\nsecret_digest = \"{hash}\"\n"
    );
    let config = folder.load(&toml).expect("it can be");
    assert_eq!(format!("{:?}", config.database), "\"postgres://db/site\"");
    assert!(!shown(&config).contains("AAAA") && !shown(&config).contains("s3cret"));
    assert_eq!(config.clients[0].id(), "a");
    let said = folder.refused(
        "[[clients]]
id = \"a\"
secret_digest = \"s3cret\"
",
    );
    assert!(said.contains("`secret_digest` must be") && !said.contains("s3cret"), "{said}");
}

#[test]
fn an_exported_policy_brings_keys_claims_and_the_user_table() {
    let folder = Folder::new();
    let key = Key::generate(Algorithm::EdDsa).expect("a key can be made");
    let jwk = key.to_jwk().expect("it has one");
    let exported = format!(
        r#"{{"issuer": "https://example.org", "audience": ["a"], "leeway": 5.0,
            "session_check": "refresh", "max_sessions_per_user": null, "key_retention": 1209605.0,
            "claims": {{"token_type": "t", "user_id": "u", "session_id": "s", "generation": "g", "tenant": "x"}},
            "users": {{"table": "member", "named_by": "uuid", "is_active": null, "stamp_columns": ["email"]}},
            "jwks": {{"keys": [{}]}}}}"#,
        *jwk
    );
    folder.write("policy.json", &exported);
    let config = folder.load("policy = \"policy.json\"").expect("it can be");
    assert_eq!(config.policy.claim_names.user_id, "u");
    assert_eq!(config.policy.session_check, SessionCheck::Refresh);
    assert_eq!((&*config.users.table, config.users.named_by.as_deref()), ("member", Some("uuid")));
    assert_eq!(config.users.is_active, None);
    let engine = config.engine().expect("it has a key that signs");
    assert_eq!(engine.keys().keys()[0].kid(), key.kid());

    let public = key.public().and_then(|key| key.to_jwk()).expect("it has a public half");
    folder.write("policy.json", &format!(r#"{{"jwks": {{"keys": [{}]}}}}"#, *public));
    let config = folder.load("policy = \"policy.json\"").expect("it can be");
    let said = config.engine().expect_err("nothing signs").to_string();
    assert!(said.contains("export --private"), "{said}");
}

#[test]
fn a_site_that_asks_for_more_at_a_login_is_not_stood_in_for_unasked() {
    let folder = Folder::new();
    folder.write("policy.json", r#"{"only_in_django": ["LOGIN_STEPS"]}"#);
    let said = folder.refused("policy = \"policy.json\"");
    assert!(said.contains("TEGATA['LOGIN_STEPS']"), "{said}");
    folder.load("policy = \"policy.json\"\nonly_in_django = []").expect("it was asked for");
    folder.write("policy.json", r#"{"only_in_django": ["TENANT"]}"#);
    folder.load("policy = \"policy.json\"").expect("nobody gets in who should not");
}

#[test]
fn a_policy_of_a_newer_version_is_refused() {
    let folder = Folder::new();
    folder.write("policy.json", r#"{"issuer": "a", "session_chekc": "off"}"#);
    let said = folder.refused("policy = \"policy.json\"");
    assert!(said.contains("there is no key `session_chekc`"), "{said}");
    assert!(said.contains("did you mean `session_check`?"), "{said}");
}

#[test]
fn keys_lie_beside_the_database_unless_they_are_named() {
    let folder = Folder::new();
    let config = folder.load("database = \"sqlite:///var/lib/tegata/auth.db?mode=rw\"");
    let config = config.expect("it can be");
    assert!(config.has_own_key_file());
    assert_eq!(config.key_files(), [Path::new("/var/lib/tegata/tegata-keys.json")]);
    let config = folder.load("keys = [\"a.pem\", \"/b.json\"]").expect("it can be");
    assert_eq!(config.key_files(), [folder.0.path().join("a.pem"), "/b.json".into()]);
    assert!(config.engine().expect_err("there is no such file").to_string().contains("a.pem"));
}
