//! What a service is told that asks about a token (RFC 7662).

mod common;

use common::{Counter, LOGIN, SECOND, after, alice, engine, engine_with, payload, resign};
use proptest::prelude::*;
use serde_json::{Value, json};
use tegata::{
    AnyClaims, Bounds, CustomClaims, Device, Engine, Introspection, IntrospectionView, Refusal,
    Tenant, Tokens,
};

const ACCESS: IntrospectionView = IntrospectionView { refresh_tokens: false };
const BOTH: IntrospectionView = IntrospectionView { refresh_tokens: true };

fn log_in(engine: &Engine, bounds: &Bounds, custom: &str) -> Tokens {
    let mut custom = CustomClaims::from_json(custom).unwrap();
    if let Some(scopes) = bounds.scopes.clone() {
        custom = custom.with_scopes(scopes);
    }
    engine
        .open_session(LOGIN, &Counter::default(), &alice(), Device::unknown(), bounds, &custom)
        .unwrap()
        .tokens
}

fn told(verdict: Result<&AnyClaims, Refusal>, view: IntrospectionView) -> Value {
    let told = Introspection::of(verdict, view, Some("alice")).unwrap();
    serde_json::from_str(told.to_json()).unwrap()
}

fn bound() -> Bounds {
    Bounds {
        tenant: Some(Tenant::new("acme").unwrap()),
        scopes: Some("orders:read orders:write".parse().unwrap()),
    }
}

#[test]
fn of_an_access_token_what_a_route_goes_by() {
    let engine = engine();
    let bounds = bound();
    let token = log_in(&engine, &bounds, r#"{"team":7}"#).access_token;
    let claims = engine.read(LOGIN, &token, bounds.tenant.as_ref()).unwrap();
    let signed = payload(&token);
    assert_eq!(
        told(Ok(&claims), ACCESS),
        json!({
            "active": true,
            "scope": "orders:read orders:write",
            "client_id": "web",
            "username": "alice",
            "token_type": "Bearer",
            "type": "access",
            "exp": 1_700_000_300,
            "iat": 1_700_000_000,
            "auth_time": 1_700_000_000,
            "sub": "1",
            "aud": signed["aud"],
            "iss": "https://issuer.example",
            "jti": signed["jti"],
            "session_id": signed["session_id"],
            "tenant": "acme",
        })
    );
}

#[test]
fn times_are_whole_seconds() {
    let engine = engine();
    let token = resign(&log_in(&engine, &Bounds::none(), "{}").access_token, |claims| {
        claims["nbf"] = json!(1_700_000_000.25);
        claims["exp"] = json!(1_700_000_100.75);
    });
    let claims = engine.read(after(SECOND), &token, None).unwrap();
    let told = told(Ok(&claims), ACCESS);
    assert_eq!((&told["nbf"], &told["exp"]), (&json!(1_700_000_000), &json!(1_700_000_100)));
    assert!(told.get("scope").is_none() && told.get("tenant").is_none());
}

#[test]
fn a_refresh_token_presented_at_a_route_is_not_active_for_the_service_behind_it() {
    let engine = engine();
    let bounds = bound();
    let token = log_in(&engine, &bounds, "{}").refresh_token.unwrap();
    let claims = engine.read(LOGIN, &token, bounds.tenant.as_ref()).unwrap();
    assert_eq!(told(Ok(&claims), ACCESS), json!({"active": false}));

    let told = told(Ok(&claims), BOTH);
    assert_eq!((&told["active"], &told["type"]), (&json!(true), &json!("refresh")));
    // Nothing in it that would let it pass for an access token.
    assert_eq!((told.get("scope"), &told["token_type"]), (None, &json!("N_A")));
}

#[test]
fn of_a_token_that_is_not_good_nothing_else_is_told() {
    for refusal in Refusal::ALL {
        let told = Introspection::of(Err(refusal), BOTH, Some("alice"));
        if refusal == Refusal::ServiceUnavailable {
            assert_eq!(told, Err(Refusal::ServiceUnavailable));
        } else {
            assert_eq!(told.unwrap().to_json(), r#"{"active":false}"#, "{refusal}");
        }
    }
}

#[test]
fn debugging_shows_nothing_of_a_person() {
    let engine = engine();
    let token = log_in(&engine, &Bounds::none(), "{}").access_token;
    let claims = engine.read(LOGIN, &token, None).unwrap();
    let told = Introspection::of(Ok(&claims), ACCESS, Some("alice")).unwrap();
    assert_eq!(format!("{told:?}"), "Introspection { active: true, .. }");
}

proptest! {
    // Whatever a site names things, the answer is one JSON object that says what was signed.
    #[test]
    fn what_is_told_is_what_was_signed(
        issuer in "\\PC{1,12}", audience in prop::collection::vec("\\PC{1,12}", 1..3),
        tenant in "\\PC{1,12}", username in ".{0,12}", custom in "[a-z]{9}",
    ) {
        let engine = engine_with(|policy| {
            policy.issuer.clone_from(&issuer);
            policy.audience.clone_from(&audience);
        });
        let bounds = Bounds { tenant: Some(Tenant::new(tenant.clone()).unwrap()), scopes: None };
        let token = log_in(&engine, &bounds, &json!({ custom: issuer.clone() }).to_string()).access_token;
        let claims = engine.read(LOGIN, &token, bounds.tenant.as_ref()).unwrap();
        let told = Introspection::of(Ok(&claims), ACCESS, Some(&username)).unwrap();
        let told: Value = serde_json::from_str(told.to_json()).unwrap();
        let signed = payload(&token);
        for name in ["iss", "aud", "jti", "sub", "client_id", "session_id", "tenant", "exp", "iat"] {
            prop_assert_eq!(&told[name], &signed[name], "{}", name);
        }
        prop_assert_eq!(&told["username"], &json!(username));
    }
}
