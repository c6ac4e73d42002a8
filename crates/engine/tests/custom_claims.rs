//! Claims of the site's own pass through untouched, and cannot pose as ours.

mod common;

use common::{Counter, LOGIN, Pair, UNBOUND, alice, engine, engine_with, payload};
use serde::{Deserialize, Serialize};
use tegata::{
    Bounds, CustomClaims, CustomClaimsError, Device, Engine, MintError, Policy, Scopes, Tenant,
    TokenKind,
};

fn mint(engine: &Engine, json: &str) -> Result<Pair, MintError> {
    let custom = CustomClaims::from_json(json).unwrap();
    engine
        .open_session(LOGIN, &Counter::default(), &alice(), Device::unknown(), &UNBOUND, &custom)
        .map(|opened| opened.tokens.into())
}

/// The text of the payload of an access token with these claims.
fn signed(json: &str) -> String {
    let engine = engine();
    let tokens = mint(&engine, json).unwrap();
    let claims = engine.read_access(LOGIN, &tokens.access_token, None).unwrap();
    String::from_utf8(claims.payload().to_vec()).unwrap()
}

fn refusal(engine: &Engine, json: &str) -> CustomClaimsError {
    match mint(engine, json) {
        Err(MintError::CustomClaims(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_pass_through_byte_for_byte() {
    for value in [
        "0",
        "-0",
        "-0.0",
        "1.0",
        "1e2",
        "1E+2",
        "0.1000000000000000055511151231257827021181583404541015625",
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890123456789012345678901234567890",
        "1.7976931348623157e308",
        "null",
        "true",
        r#""""#,
        r#""\u00e9\ud83d\ude00\/\b""#,
        "\"\u{e9}\u{65e5}\u{1f600}\u{2028}\u{7f}\"",
        r#"{"b":1,"a":{"exp":"mine","é":[1,2,{"x":null}]}}"#,
        "[ 1 ,\t{ \"z\" : 2 } ]",
        "[]",
        "{}",
    ] {
        let payload = signed(&format!(r#"{{"claim":{value},"z":1}}"#));
        assert!(payload.contains(&format!(r#""claim":{value},"z":1"#)), "{value} in {payload}");
    }
}

#[test]
fn names_may_be_anything_that_is_not_ours() {
    for name in ["", " ", "é", "https://example.com/roles", "Exp", "exp ", "scopes", "roles", "$"]
    {
        let payload = signed(&serde_json::json!({ name: 1 }).to_string());
        let claims: serde_json::Value = serde_json::from_str(&payload).unwrap();
        assert_eq!(claims[name], 1, "{name}");
    }
}

const RESERVED: [&str; 14] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "auth_time",
    "type",
    "user_id",
    "session_id",
    "generation",
    "tenant",
];

#[test]
fn reserved_names_are_refused() {
    for name in RESERVED {
        let expected = CustomClaimsError::Reserved(name.to_owned());
        assert_eq!(refusal(&engine(), &format!(r#"{{"a":1,"{name}":0}}"#)), expected);
        let escaped: Vec<_> = name.bytes().map(|letter| format!("\\u{letter:04x}")).collect();
        let escaped = escaped.concat();
        assert_eq!(refusal(&engine(), &format!(r#"{{"{escaped}":0}}"#)), expected);
    }
}

// A set of names that grew without this list would let a site overwrite the new claim.
#[test]
fn every_claim_that_we_write_is_reserved() {
    let tenant = Some(Tenant::new("acme").unwrap());
    let granted = Scopes::from_names(["a"]).unwrap();
    let bounds = Bounds { tenant, scopes: Some(granted.clone()) };
    let custom = CustomClaims::none().with_scopes(granted);
    let tokens: Pair = engine()
        .open_session(LOGIN, &Counter::default(), &alice(), Device::unknown(), &bounds, &custom)
        .unwrap()
        .tokens
        .into();
    for token in [&tokens.access_token, &tokens.refresh_token] {
        for name in payload(token).as_object().unwrap().keys() {
            // `scope` is where scopes are granted; `scope.rs` has that.
            assert!(name == "scope" || RESERVED.contains(&name.as_str()), "{name}");
        }
    }
}

#[test]
fn renamed_claims_are_reserved_by_their_new_names() {
    let rename = |policy: &mut Policy| policy.claim_names.session_id = "sid".to_owned();
    let engine = engine_with(rename);
    let expected = CustomClaimsError::Reserved("sid".to_owned());
    assert_eq!(refusal(&engine, r#"{"sid":0}"#), expected);
    assert!(mint(&engine, r#"{"session_id":0}"#).is_ok());
}

#[test]
fn only_objects_of_unique_names_are_claims() {
    for json in [
        "",
        "null",
        "1",
        "[]",
        r#""a""#,
        "{",
        "{} {}",
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"a":{"b":1,"b":2}}"#,
        r#"{"a":NaN}"#,
        r#"{"a":"\ud800"}"#,
    ] {
        let refusal = CustomClaims::from_json(json).unwrap_err();
        assert_eq!(refusal, CustomClaimsError::NotAnObject, "{json}");
    }
}

#[test]
fn the_deepest_claims_that_are_taken_can_be_read() {
    let nested = |levels: usize| {
        let inner = levels - 1;
        format!(r#"{{"a":{}{}}}"#, "[".repeat(inner), "]".repeat(inner))
    };
    assert!(signed(&nested(15)).contains("[[["));
    assert_eq!(CustomClaims::from_json(&nested(16)).unwrap_err(), CustomClaimsError::NotAnObject);
}

#[test]
fn a_token_longer_than_the_site_reads_is_not_minted() {
    let engine = engine();
    let limit = engine.policy().max_token_length;
    let claims = |length: usize| format!(r#"{{"note":"{}"}}"#, "x".repeat(length));
    let longest = (0..limit).rev().find_map(|length| mint(&engine, &claims(length)).ok()).unwrap();
    assert!((limit - 2..=limit).contains(&longest.access_token.len()));
    assert!(engine.read_access(LOGIN, &longest.access_token, None).is_ok());
    assert_eq!(refusal(&engine, &claims(limit)), CustomClaimsError::TooLong { limit });
}

#[test]
fn refresh_tokens_carry_none() {
    let tokens = mint(&engine(), r#"{"role":"admin"}"#).unwrap();
    assert_eq!(payload(&tokens.access_token)["role"], "admin");
    assert_eq!(payload(&tokens.refresh_token).get("role"), None);
}

#[test]
fn claims_of_a_type_of_the_sites_come_back_as_it() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Site {
        team: u64,
        roles: Vec<String>,
        note: Option<String>,
    }
    let site = Site { team: u64::MAX, roles: vec!["é".to_owned()], note: None };
    let custom = CustomClaims::from_serialize(&site).unwrap();
    let engine = engine();
    let opened = engine
        .open_session(LOGIN, &Counter::default(), &alice(), Device::unknown(), &UNBOUND, &custom)
        .unwrap();
    let claims = engine.read_access(LOGIN, &opened.tokens.access_token, None).unwrap();
    assert_eq!(claims.parse::<Site>().unwrap(), site);

    let not_an_object = CustomClaims::from_serialize(&[1, 2]).unwrap_err();
    assert_eq!(not_an_object, CustomClaimsError::NotAnObject);
}

#[test]
fn the_kinds_have_names_of_their_own() {
    assert_eq!([TokenKind::Access, TokenKind::Refresh].map(TokenKind::name), ["access", "refresh"]);
    assert_eq!([TokenKind::Access, TokenKind::Refresh].map(TokenKind::typ), ["at+jwt", "rt+jwt"]);
}
