//! Tenants: a token is read for a request of its own tenant, and for no other.

mod common;

use common::{
    Counter, DAY, LOGIN, SECOND, Watched, after, alice, engine, engine_with, payload, resign,
};
use proptest::prelude::*;
use tegata::host::{self, HostError};
use tegata::{
    Bounds, CustomClaims, CustomClaimsError, Device, Engine, MintError, Opened, Refusal, Session,
    SessionCheck, SystemRandomness, Tenant, Tokens, UserState,
};

#[expect(clippy::unnecessary_wraps, reason = "as bounds and reading functions take it")]
fn tenant(name: &str) -> Option<Tenant> {
    Some(Tenant::new(name).unwrap())
}

fn open(engine: &Engine, tenant: Option<Tenant>) -> Opened {
    let (bounds, custom) = (Bounds { tenant, scopes: None }, CustomClaims::none());
    engine
        .open_session(LOGIN, &Counter::default(), &alice(), Device::unknown(), &bounds, &custom)
        .unwrap()
}

fn refresh_token(tokens: &Tokens) -> &str {
    tokens.refresh_token.as_deref().unwrap()
}

#[test]
fn a_name_has_1_to_255_bytes() {
    for good in ["a", "é", "acme.example.org", " ", &"x".repeat(255)] {
        assert_eq!(Tenant::new(good).unwrap().as_str(), good);
    }
    for bad in ["", &"x".repeat(256), &"é".repeat(128)] {
        assert!(Tenant::new(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn a_token_is_read_for_its_own_tenant_alone(
        of in prop::option::of("[ab]{1,2}"), at in prop::option::of("[ab]{1,2}"),
    ) {
        let engine = engine();
        let named = |name: &Option<String>| name.as_deref().and_then(tenant);
        let (of, at) = (named(&of), named(&at));
        let opened = open(&engine, of.clone());
        let (access, refresh) = (&opened.tokens.access_token, refresh_token(&opened.tokens));
        let is_own = of == at;
        prop_assert_eq!(engine.read_access(LOGIN, access, at.as_ref()).is_ok(), is_own);
        prop_assert_eq!(engine.read_refresh(LOGIN, refresh, at.as_ref()).is_ok(), is_own);
        for token in [access, refresh] {
            prop_assert_eq!(engine.read(LOGIN, token, at.as_ref()).is_ok(), is_own);
        }
        let log_out = |access, refresh| engine.log_out(LOGIN, access, refresh, at.as_ref());
        prop_assert_eq!(log_out(Ok(access), None).is_ok(), is_own);
        prop_assert_eq!(log_out(Err(Refusal::MissingToken), Some(refresh)).is_ok(), is_own);
    }
}

#[test]
fn elsewhere_every_token_of_ours_is_invalid_and_nothing_more() {
    let engine = engine();
    let opened = open(&engine, tenant("acme"));
    let (access, refresh) = (&opened.tokens.access_token, refresh_token(&opened.tokens));
    for at in [tenant("beta"), tenant("Acme"), tenant("acme "), None] {
        let at = at.as_ref();
        // An expired one too, and one of the other type.
        for unread in [
            engine.read_access(LOGIN, access, at).unwrap_err(),
            engine.read_access(after(DAY), access, at).unwrap_err(),
            engine.read_access(LOGIN, refresh, at).unwrap_err(),
            engine.read_refresh(LOGIN, refresh, at).unwrap_err(),
            engine.read_refresh(LOGIN, access, at).unwrap_err(),
            engine.read(after(DAY), access, at).unwrap_err(),
        ] {
            assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidToken, true));
        }
    }
}

#[test]
fn a_tenant_of_another_form_is_refused_everywhere() {
    let engine = engine();
    let opened = open(&engine, tenant("acme"));
    for json in ["1", "null", "true", "[]", r#"["acme"]"#, "{}", r#""""#] {
        let token = resign(&opened.tokens.access_token, |claims| {
            claims["tenant"] = serde_json::from_str(json).unwrap();
        });
        for at in [tenant("acme"), None] {
            let unread = engine.read_access(LOGIN, &token, at.as_ref()).unwrap_err();
            assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidToken, true), "{json}");
        }
    }
}

#[test]
fn the_claim_bears_the_name_of_the_policy_and_no_custom_claim_can_pose_as_it() {
    let engine = engine_with(|policy| policy.claim_names.tenant = "org".to_owned());
    let opened = open(&engine, tenant("acme"));
    for token in [opened.tokens.access_token.as_str(), refresh_token(&opened.tokens)] {
        assert_eq!(payload(token)["org"], "acme");
        assert_eq!(payload(token).get("tenant"), None);
    }

    let mint = |json: &str| {
        let custom = CustomClaims::from_json(json).unwrap();
        let (random, bounds) = (Counter::default(), Bounds::none());
        engine.open_session(LOGIN, &random, &alice(), Device::unknown(), &bounds, &custom)
    };
    let reserved = CustomClaimsError::Reserved("org".to_owned());
    assert_eq!(mint(r#"{"org":"beta"}"#).unwrap_err(), MintError::CustomClaims(reserved));
    let own = mint(r#"{"tenant":"beta"}"#).unwrap().tokens;
    assert!(engine.read_access(LOGIN, &own.access_token, None).is_ok());
    assert!(engine.read_access(LOGIN, &own.access_token, tenant("beta").as_ref()).is_err());
}

#[tokio::test]
async fn every_refresh_keeps_the_tenant_and_one_from_elsewhere_ends_nothing() {
    for check in SessionCheck::ALL {
        let engine = engine_with(|policy| policy.session_check = check);
        let store = Watched::new();
        let custom = |_: &UserState, _: Option<&Session>| CustomClaims::none();
        let (random, acme) = (SystemRandomness, tenant("acme"));
        let bounds = Bounds { tenant: acme.clone(), scopes: None };
        let (user, none) = (alice(), CustomClaims::none());
        let device = Device::unknown();
        let mut tokens =
            host::log_in(&engine, &store, LOGIN, &random, &user, device, &bounds, &none)
                .await
                .unwrap();
        for second in 1..4 {
            let now = after(second * SECOND);
            let token = refresh_token(&tokens).to_owned();
            let before = store.writes();
            for at in [tenant("beta"), None] {
                let at = at.as_ref();
                let told = host::refresh(&engine, &store, now, &random, &token, at, custom).await;
                assert!(matches!(told, Err(HostError::Refused(Refusal::InvalidToken))));
                let told = host::verify(&engine, &store, now, &token, at).await;
                assert!(matches!(told, Err(HostError::Refused(Refusal::InvalidToken))));
                let access = Ok(tokens.access_token.as_str());
                let told = host::log_out(&engine, &store, now, access, Some(&token), at).await;
                assert!(matches!(told, Err(HostError::Refused(Refusal::InvalidToken))));
                let told = host::authenticate(&engine, &store, now, &tokens.access_token, at).await;
                assert!(matches!(told, Err(HostError::Refused(Refusal::InvalidToken))));
            }
            assert_eq!(store.writes(), before);
            let at = acme.as_ref();
            tokens =
                host::refresh(&engine, &store, now, &random, &token, at, custom).await.unwrap();
            for token in [tokens.access_token.as_str(), refresh_token(&tokens)] {
                assert_eq!(payload(token)["tenant"], "acme");
            }
            let known = host::authenticate(&engine, &store, now, &tokens.access_token, at).await;
            assert_eq!(known.unwrap().claims.tenant(), at);
        }
    }
}
