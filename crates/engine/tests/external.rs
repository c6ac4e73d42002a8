//! Tokens of other issuers: which issuer a token is of, what it must say, and what it covers.

mod common;

use std::time::Duration;

use common::LOGIN;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tegata::{
    Algorithm, ExternalClaims, ExternalIssuer, ExternalPolicy, ExternalPolicyError, ExternalUnread,
    Key, KeySet, Refusal, Requirement, Scopes, external_username, unverified_issuer,
};
use tegata_jose::{Limits, jws};

const NAME: &str = "https://login.example/realms/shop";
const TENANT: &str = "6f4c1ad2-0b63-4c39-9ee1-3d1f7f3b0a01";
const OTHER_TENANT: &str = "6f4c1ad2-0b63-4c39-9ee1-3d1f7f3b0a02";

fn policy() -> ExternalPolicy {
    ExternalPolicy {
        issuer: NAME.to_owned(),
        audience: vec!["shop".to_owned()],
        types: vec!["at+jwt".to_owned(), "JWT".to_owned()],
        untyped: true,
        scopes: paths(&[&["scope"], &["scp"]]),
        ..ExternalPolicy::default()
    }
}

fn paths(paths: &[&[&str]]) -> Vec<Vec<String>> {
    paths.iter().map(|path| texts(path)).collect()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn issuer(change: impl FnOnce(&mut ExternalPolicy)) -> ExternalIssuer {
    let mut policy = policy();
    change(&mut policy);
    ExternalIssuer::new(policy).unwrap()
}

fn key() -> Key {
    Key::generate(Algorithm::EdDsa).unwrap()
}

fn keys(key: &Key) -> KeySet {
    KeySet::new(vec![key.public().unwrap()]).unwrap()
}

/// The claims of a good token, with changes; `null` takes one away.
fn claims(changes: Value) -> Vec<u8> {
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), json!(NAME));
    claims.insert("sub".to_owned(), json!("alice"));
    claims.insert("aud".to_owned(), json!("shop"));
    claims.insert("exp".to_owned(), json!(1_700_000_300));
    let Value::Object(changes) = changes else { panic!("give an object") };
    claims.extend(changes);
    claims.retain(|_, value| !value.is_null());
    serde_json::to_vec(&claims).unwrap()
}

fn read_as(
    issuer: &ExternalIssuer,
    typ: Option<&str>,
    changes: Value,
) -> Result<ExternalClaims, ExternalUnread> {
    let key = key();
    let token = jws::sign(&key, typ, &claims(changes)).unwrap();
    issuer.read(LOGIN, Duration::from_secs(10), &token, &keys(&key), &Limits::default())
}

fn read(issuer: &ExternalIssuer, changes: Value) -> Result<ExternalClaims, ExternalUnread> {
    read_as(issuer, Some("JWT"), changes)
}

fn told(issuer: &ExternalIssuer, changes: Value) -> Result<(), (Refusal, bool)> {
    read(issuer, changes).map(|_| ()).map_err(|unread| (unread.refusal, unread.theirs))
}

const FOREIGN: Result<(), (Refusal, bool)> = Err((Refusal::InvalidToken, false));
const OTHER_TYPE: Result<(), (Refusal, bool)> = Err((Refusal::InvalidTokenType, false));

#[test]
fn a_good_token_says_who_it_is() {
    let read = read(&issuer(|_| ()), json!({"scope": "b a b", "scp": ["c", "a"]})).unwrap();
    assert_eq!((read.issuer(), read.subject()), (NAME, "alice"));
    assert_eq!(read.scopes().as_str(), "b a c");
    assert_eq!(read.expires_at().micros(), 1_700_000_300_000_000);
    assert!(read.payload().starts_with(b"{"));
}

#[test]
fn an_issuer_is_its_name_byte_for_byte() {
    let issuer = issuer(|_| ());
    for iss in [
        "https://login.example/realms/shop/",
        "https://login.example/realms/Shop",
        "https://LOGIN.example/realms/shop",
        "HTTPS://login.example/realms/shop",
        "http://login.example/realms/shop",
        "https://login.example:443/realms/shop",
        "https://login.example/realms/./shop",
        "https://login.example/realms/sh%6Fp",
        "https://login.example/realms/shop ",
        " https://login.example/realms/shop",
        "https://login.example/realms/shop\u{200b}",
        "https://login.example/realms/sh\u{43e}p",
        "https://login.ex\u{430}mple/realms/shop",
        "https://login.example/realms/shop#",
        "https://login.example/realms/shop?",
        "https://login.example/realms",
        "https://evil.example/https://login.example/realms/shop",
        "",
    ] {
        assert!(!issuer.is_named(iss), "{iss}");
        assert_eq!(told(&issuer, json!({"iss": iss})), FOREIGN, "{iss}");
    }
    // An escape in JSON is the same text.
    assert!(issuer.is_named(NAME));
    for iss in [json!([NAME]), json!({"iss": NAME}), json!(1), json!(null), json!(true)] {
        assert_eq!(told(&issuer, json!({"iss": iss})), FOREIGN, "{iss}");
    }
}

#[test]
fn no_issuer_is_verified_with_the_keys_of_another() {
    let (ours, theirs) = (key(), key());
    let token = jws::sign(&theirs, None, &claims(json!({}))).unwrap();
    let read = |keys: &KeySet| {
        issuer(|_| ()).read(LOGIN, Duration::ZERO, &token, keys, &Limits::default())
    };
    let unread = read(&keys(&ours)).unwrap_err();
    assert_eq!((unread.refusal, unread.theirs), (Refusal::InvalidToken, false));
    assert!(unread.misses_key);
    // Under one name for two keys there is nothing to fetch.
    let disguised = theirs.with_kid(ours.kid().map(str::to_owned));
    let token = jws::sign(&disguised, None, &claims(json!({}))).unwrap();
    let unread = issuer(|_| ())
        .read(LOGIN, Duration::ZERO, &token, &keys(&ours), &Limits::default())
        .unwrap_err();
    assert!(!unread.misses_key);
}

#[test]
fn a_token_without_a_kid_has_nothing_fetched() {
    let (ours, nameless) = (key(), key().with_kid(None));
    let token = jws::sign(&nameless, None, &claims(json!({}))).unwrap();
    let unread = issuer(|_| ())
        .read(LOGIN, Duration::ZERO, &token, &keys(&ours), &Limits::default())
        .unwrap_err();
    assert!(!unread.misses_key);
}

#[test]
fn no_secret_verifies_and_no_other_algorithm() {
    let secret = Key::from_secret(&[7; 32], Algorithm::Hs256).unwrap();
    let token = jws::sign(&secret, None, &claims(json!({}))).unwrap();
    // Even if a caller had put a secret among the keys.
    let keys = KeySet::new(vec![secret]).unwrap();
    let read = |issuer: ExternalIssuer, token: &str, keys: &KeySet| {
        issuer.read(LOGIN, Duration::ZERO, token, keys, &Limits::default()).map(|_| ())
    };
    assert!(read(issuer(|_| ()), &token, &keys).is_err());
    // Nor is there a key for it to be fetched.
    let token =
        jws::sign(&keys.keys()[0].clone().with_kid(Some("s".to_owned())), None, &claims(json!({})));
    let unread = issuer(|_| ())
        .read(LOGIN, Duration::ZERO, &token.unwrap(), &self::keys(&key()), &Limits::default())
        .unwrap_err();
    assert!(!unread.misses_key);
    assert!(unread.reason.contains("a shared secret (HS256) is never taken"), "{}", unread.reason);
    let only_es256 = issuer(|policy| policy.algorithms = vec![Algorithm::Es256]);
    assert_eq!(told(&only_es256, json!({})), FOREIGN);
    let eddsa = issuer(|policy| policy.algorithms = vec![Algorithm::Es256, Algorithm::EdDsa]);
    assert_eq!(told(&eddsa, json!({})), Ok(()));
}

#[test]
fn what_every_token_must_say() {
    let issuer = issuer(|_| ());
    for (changes, expected) in [
        (json!({}), Ok(())),
        (json!({"aud": ["other", "shop"]}), Ok(())),
        (json!({"aud": "other"}), FOREIGN),
        (json!({"aud": "shop2"}), FOREIGN),
        (json!({"aud": ["sho", "p"]}), FOREIGN),
        (json!({"aud": []}), FOREIGN),
        (json!({"aud": null}), FOREIGN),
        (json!({"aud": {"shop": true}}), FOREIGN),
        (json!({"sub": null}), FOREIGN),
        (json!({"sub": ""}), FOREIGN),
        (json!({"sub": 7}), FOREIGN),
        (json!({"exp": null}), FOREIGN),
        (json!({"exp": "1700000300"}), FOREIGN),
        (json!({"exp": 1_699_999_991}), Ok(())),
        (json!({"exp": 1_699_999_990}), Err((Refusal::ExpiredToken, true))),
        (json!({"exp": 1_699_999_000, "aud": "other"}), FOREIGN),
        (json!({"nbf": 1_700_000_010}), Ok(())),
        (json!({"nbf": 1_700_000_011}), FOREIGN),
        (json!({"iat": 1_700_000_011}), FOREIGN),
    ] {
        assert_eq!(told(&issuer, changes.clone()), expected, "{changes}");
    }
}

#[test]
fn a_token_of_another_media_type_is_none() {
    let lax = issuer(|_| ());
    let strict = issuer(|policy| (policy.types, policy.untyped) = (texts(&["at+jwt"]), false));
    for (typ, by_lax, by_strict) in [
        (None, true, false),
        (Some("JWT"), true, false),
        (Some("jwt"), true, false),
        (Some("at+jwt"), true, true),
        (Some("AT+JWT"), true, true),
        (Some("application/at+jwt"), true, true),
        (Some("logout+jwt"), false, false),
        (Some("dpop+jwt"), false, false),
        (Some("rt+jwt"), false, false),
        (Some("secevent+jwt"), false, false),
        (Some(""), false, false),
    ] {
        for (issuer, is_taken) in [(&lax, by_lax), (&strict, by_strict)] {
            let read = read_as(issuer, typ, json!({})).map(|_| ()).map_err(|unread| unread.refusal);
            let expected = if is_taken { Ok(()) } else { Err(Refusal::InvalidTokenType) };
            assert_eq!(read, expected, "{typ:?}");
        }
    }
}

#[test]
fn a_claim_can_say_what_a_token_is_for() {
    let cognito = issuer(|policy| {
        policy.audience = Vec::new();
        (policy.client_claim, policy.clients) = ("client_id".to_owned(), texts(&["web", "app"]));
        policy.token_type = Some(("token_use".to_owned(), texts(&["access"])));
    });
    for (changes, expected) in [
        (json!({"token_use": "access", "client_id": "web", "aud": null}), Ok(())),
        (json!({"token_use": "access", "client_id": "app"}), Ok(())),
        (json!({"token_use": "id", "client_id": "web"}), OTHER_TYPE),
        (json!({"token_use": ["access"], "client_id": "web"}), OTHER_TYPE),
        (json!({"client_id": "web"}), OTHER_TYPE),
        (json!({"token_use": "access", "client_id": "other"}), FOREIGN),
        (json!({"token_use": "access", "client_id": ["web"]}), FOREIGN),
        (json!({"token_use": "access", "azp": "web"}), FOREIGN),
        // An ID token has its client in `aud`.
        (json!({"token_use": "access", "aud": "web"}), FOREIGN),
    ] {
        assert_eq!(told(&cognito, changes.clone()), expected, "{changes}");
    }
}

#[test]
fn claims_that_must_be_there_must_not_or_must_be_something() {
    let issuer = issuer(|policy| {
        policy.absent = texts(&["at_hash"]);
        policy.require = texts(&["azp"]);
        policy.require_any = texts(&["scp", "roles"]);
        policy.claims = vec![("hd".to_owned(), vec![json!("a.example"), json!(false)])];
    });
    for (changes, expected) in [
        (json!({"azp": "x", "scp": "", "hd": "a.example"}), Ok(())),
        (json!({"azp": "x", "roles": [], "hd": false}), Ok(())),
        (json!({"azp": "x", "hd": "a.example"}), FOREIGN),
        (json!({"scp": "", "hd": "a.example"}), FOREIGN),
        (json!({"azp": "x", "scp": ""}), FOREIGN),
        (json!({"azp": "x", "scp": "", "hd": "b.example"}), FOREIGN),
        (json!({"azp": "x", "scp": "", "hd": 0}), FOREIGN),
        (json!({"azp": "x", "scp": "", "hd": "a.example", "at_hash": "x"}), OTHER_TYPE),
    ] {
        assert_eq!(told(&issuer, changes.clone()), expected, "{changes}");
    }
}

fn tenants(tenants: &[&str]) -> ExternalIssuer {
    issuer(|policy| {
        policy.issuer = of_tenant("{tenantid}");
        policy.tenants = texts(tenants);
    })
}

fn of_tenant(tenant: &str) -> String {
    format!("https://login.example/{tenant}/v2.0")
}

#[test]
fn a_tenant_is_the_one_that_both_claims_name() {
    let any = tenants(&[]);
    let one = tenants(&[TENANT]);
    for (iss, tid, by_any, by_one) in [
        (of_tenant(TENANT), json!(TENANT), true, true),
        (of_tenant(OTHER_TENANT), json!(OTHER_TENANT), true, false),
        (of_tenant(OTHER_TENANT), json!(TENANT), false, false),
        (of_tenant(TENANT), json!(OTHER_TENANT), false, false),
        (of_tenant(TENANT), json!(null), false, false),
        (of_tenant(TENANT), json!([TENANT]), false, false),
        (of_tenant(&TENANT.to_uppercase()), json!(TENANT.to_uppercase()), false, false),
        (of_tenant("{tenantid}"), json!("{tenantid}"), false, false),
        (of_tenant("common"), json!("common"), false, false),
        (of_tenant(""), json!(""), false, false),
        (of_tenant(&format!("{TENANT}/x")), json!(TENANT), false, false),
        (of_tenant(&format!("x/{TENANT}")), json!(TENANT), false, false),
        (format!("{}/", of_tenant(TENANT)), json!(TENANT), false, false),
    ] {
        for (issuer, is_taken) in [(&any, by_any), (&one, by_one)] {
            let expected = if is_taken { Ok(()) } else { FOREIGN };
            assert_eq!(told(issuer, json!({"iss": iss, "tid": tid})), expected, "{iss} {tid}");
        }
    }
}

#[test]
fn policies_that_cannot_be() {
    use ExternalPolicyError::{
        ForEverybody, Name, NoClientClaim, NoScopeClaim, NoType, Symmetric, Tenant,
    };
    let refused = |change: &dyn Fn(&mut ExternalPolicy)| {
        let mut policy = policy();
        change(&mut policy);
        ExternalIssuer::new(policy).unwrap_err()
    };
    assert_eq!(refused(&|policy| policy.issuer.clear()), Name);
    assert_eq!(refused(&|policy| policy.issuer = "{tenantid}{tenantid}".to_owned()), Name);
    assert_eq!(refused(&|policy| policy.tenants = texts(&[TENANT])), Tenant);
    assert_eq!(refused(&|policy| policy.audience.clear()), ForEverybody);
    assert_eq!(refused(&|policy| policy.clients = texts(&["web"])), NoClientClaim);
    assert_eq!(refused(&|policy| (policy.types, policy.untyped) = (vec![], false)), NoType);
    assert_eq!(refused(&|policy| policy.scopes = paths(&[&[]])), NoScopeClaim);
    for secret in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
        assert_eq!(refused(&|policy| policy.algorithms = vec![secret]), Symmetric(secret));
    }
    for tenant in ["common", "", &TENANT.to_uppercase(), &TENANT.replace('-', "")] {
        let change = |policy: &mut ExternalPolicy| {
            policy.issuer = of_tenant("{tenantid}");
            policy.tenants = texts(&[tenant]);
        };
        assert_eq!(refused(&change), Tenant, "{tenant}");
    }
}

#[test]
fn scopes_stand_where_the_policy_says() {
    let issuer = issuer(|policy| {
        policy.scopes = paths(&[
            &["scope"],
            &["realm_access", "roles"],
            &["resource_access", "shop", "roles"],
            &["https://shop.example/roles"],
        ]);
    });
    for (changes, scopes) in [
        (json!({}), ""),
        (json!({"scope": "a b"}), "a b"),
        (json!({"scope": "  a   b "}), "a b"),
        (json!({"scope": ["a", "b"]}), "a b"),
        (json!({"scope": ["a b"]}), ""),
        (json!({"scope": ["a", 1, null, ["b"], "ä", "c\"", ""]}), "a"),
        (json!({"scope": {"a": true}}), ""),
        (json!({"scope": true}), ""),
        (json!({"scp": "a", "roles": ["b"]}), ""),
        (json!({"realm_access": {"roles": ["a"]}}), "a"),
        (json!({"realm_access": ["a"]}), ""),
        (json!({"realm_access": {"groups": ["a"]}}), ""),
        (json!({"realm_access": "a"}), ""),
        (json!({"resource_access": {"shop": {"roles": ["a"]}}}), "a"),
        // Roles of another service are none of this one.
        (json!({"resource_access": {"other": {"roles": ["a"]}}}), ""),
        (json!({"https://shop.example/roles": ["a"]}), "a"),
    ] {
        let read = read(&issuer, changes.clone()).unwrap();
        assert_eq!(read.scopes().as_str(), scopes, "{changes}");
    }
}

#[test]
fn a_route_can_ask_for_scopes_and_a_recent_login() {
    let issuer = issuer(|_| ());
    let scopes = Requirement::scopes(Scopes::from_names(["a", "b"]).unwrap());
    let fresh = Requirement::none().and_fresh(Duration::from_secs(60)).unwrap();
    for (changes, asked, expected) in [
        (json!({"scope": "a b c"}), &scopes, Ok(())),
        (json!({"scope": "a"}), &scopes, Err(Refusal::InsufficientScope)),
        (json!({"scope": "ab"}), &scopes, Err(Refusal::InsufficientScope)),
        (json!({}), &scopes, Err(Refusal::InsufficientScope)),
        (json!({"auth_time": 1_699_999_990}), &fresh, Ok(())),
        (json!({"auth_time": 1_699_999_900}), &fresh, Err(Refusal::LoginRequired)),
        (json!({"auth_time": 1_700_000_100}), &fresh, Err(Refusal::LoginRequired)),
        (json!({"auth_time": "now"}), &fresh, Err(Refusal::LoginRequired)),
        (json!({}), &fresh, Err(Refusal::LoginRequired)),
    ] {
        let read = read(&issuer, changes.clone()).unwrap();
        assert_eq!(read.require(LOGIN, asked), expected, "{changes}");
    }
}

#[test]
fn user_names_never_change() {
    // Rows of sites have these names: a new digest would lock everybody out.
    assert_eq!(external_username(NAME, "alice"), "ext-rHIPocecE8e1gcwZ8gpb0dGmXpVMTVEJij19Z0Fvue8");
    assert_ne!(external_username("ab", "c"), external_username("a", "bc"));
}

#[test]
fn what_is_no_token_is_of_nobody() {
    let limits = Limits::default();
    for text in ["", "x", "a.b.c", "..", "eyJ9.e30.", "e30.e30.e30"] {
        assert_eq!(unverified_issuer(text, &limits), None);
    }
    let twice = br#"{"iss":"https://a.example","iss":"https://b.example"}"#;
    let token = jws::sign(&key(), None, twice).unwrap();
    assert_eq!(unverified_issuer(&token, &limits), None);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ a-c\"é]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("roles|shop|[a-c]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_claim_is_too_odd(scope in json_value(), realm in json_value(), tenant in json_value()) {
        let issuer = issuer(|policy| {
            policy.scopes = paths(&[&["scope"], &["realm", "roles"], &["realm", "shop", "roles"]]);
        });
        let read = read(&issuer, json!({"scope": scope, "realm": realm, "tid": tenant})).unwrap();
        let told = read.scopes().to_string();
        prop_assert!(told.is_empty() || told.parse::<Scopes>().is_ok());
    }

    #[test]
    fn no_other_text_is_the_name(text in ".{0,60}", place in 0..NAME.len(), with in any::<char>()) {
        let issuer = issuer(|_| ());
        prop_assert_eq!(issuer.is_named(&text), text == NAME);
        let mut changed: Vec<char> = NAME.chars().collect();
        changed[place] = with;
        let changed: String = changed.into_iter().collect();
        prop_assert_eq!(issuer.is_named(&changed), changed == NAME);
    }

    #[test]
    fn no_text_is_too_odd_for_a_token(text in ".{0,80}", tail in "[a-zA-Z0-9_-]{0,40}") {
        let limits = Limits::default();
        let _ = unverified_issuer(&text, &limits);
        let _ = unverified_issuer(&format!("eyJhbGciOiJFUzI1NiJ9.{tail}.{tail}"), &limits);
    }
}
