//! Tokens of other issuers: what is let in says what it must, and covers what it names, told a second
//! time.

use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use tegata::{ExternalIssuer, ExternalPolicy, unverified_issuer};
use tegata_jose::{Key, KeySet, Limits, Timestamp, jws};

use crate::keys;

const NAME: &str = "https://login.example/{tenantid}";
const NOW: i32 = 1_700_000_000;

static KEY: LazyLock<Key> = LazyLock::new(|| {
    keys::ALL.keys().iter().find(|key| key.algorithm().name() == "EdDSA").unwrap().clone()
});
static SET: LazyLock<KeySet> = LazyLock::new(|| KeySet::new(vec![KEY.public().unwrap()]).unwrap());
static ISSUER: LazyLock<ExternalIssuer> = LazyLock::new(|| {
    let path = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ExternalIssuer::new(ExternalPolicy {
        issuer: NAME.to_owned(),
        audience: vec!["api".to_owned()],
        untyped: true,
        scopes: vec![path(&["scope"]), path(&["realm_access", "roles"])],
        ..ExternalPolicy::default()
    })
    .unwrap()
});

/// `data` is the text of what may be a payload.
pub(crate) fn check(data: &[u8]) {
    let limits = Limits { max_token_length: usize::MAX, max_depth: 16 };
    let token = jws::sign(&KEY, None, data).unwrap();
    let named = unverified_issuer(&token, &limits);
    let now = Timestamp::from_seconds(NOW.into());
    let Ok(read) = ISSUER.read(now, Duration::ZERO, &token, &SET, &limits) else { return };

    let said: Value = serde_json::from_slice(data).unwrap();
    assert_eq!(named.as_deref(), Some(read.issuer()));
    assert_eq!(said["iss"], read.issuer());
    assert_eq!(said["iss"], NAME.replace("{tenantid}", said["tid"].as_str().unwrap()));
    assert_eq!(said["sub"], read.subject());
    assert!(!read.subject().is_empty());
    assert!(said["exp"].as_f64().unwrap() > f64::from(NOW));
    assert!(said["aud"] == "api" || said["aud"].as_array().unwrap().contains(&"api".into()));

    let mut expected = HashSet::new();
    for place in [&said["scope"], &said["realm_access"]["roles"]] {
        match place {
            Value::String(text) => expected.extend(text.split(' ')),
            Value::Array(items) => expected.extend(items.iter().filter_map(Value::as_str)),
            _ => {}
        }
    }
    let can_be = |name: &&str| {
        !name.is_empty() && name.chars().all(|one| one.is_ascii_graphic() && !"\"\\".contains(one))
    };
    expected.retain(can_be);
    assert_eq!(read.scopes().iter().collect::<HashSet<_>>(), expected);
}
