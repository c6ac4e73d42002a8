//! Scopes: their grammar, what is granted, and what a refresh may not add.

mod common;

use common::{
    Counter, LOGIN, SECOND, UNBOUND, after, alice, engine, engine_with, payload, resign, unlimited,
};
use proptest::prelude::*;
use tegata::host::{self, HostError};
use tegata::{
    Bounds, CustomClaims, CustomClaimsError, Device, Engine, MintError, Opened, Refusal, Rotation,
    Scopes, SystemRandomness, Tokens,
};

fn scopes(text: &str) -> Scopes {
    Scopes::from_names(text.split_whitespace()).unwrap()
}

fn granting(text: &str) -> CustomClaims {
    CustomClaims::none().with_scopes(scopes(text))
}

fn asking(text: &str) -> Bounds {
    Bounds { tenant: None, scopes: Some(scopes(text)) }
}

fn open(engine: &Engine, bounds: &Bounds, custom: &CustomClaims) -> Result<Opened, MintError> {
    engine.open_session(LOGIN, &Counter::default(), &alice(), Device::unknown(), bounds, custom)
}

/// What the tokens of the next refresh are, if the site grants `custom` by then.
fn refreshed(engine: &Engine, opened: &Opened, custom: &CustomClaims) -> Tokens {
    let token = opened.tokens.refresh_token.as_ref().unwrap();
    let claims = engine.read_refresh(LOGIN, token, None).unwrap();
    let session = opened.row.as_ref().map(|row| &row.session);
    let (now, user) = (after(SECOND), alice());
    match engine.rotate(now, &Counter::default(), &claims, session, Some(&user), custom).unwrap() {
        Rotation::Advance(advance) => advance.tokens,
        Rotation::Renew(renew) => renew.tokens,
        Rotation::Reissue(tokens) => tokens,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_grammar_is_that_of_rfc_6749_section_3_3() {
    for good in ["a", "a b", "!", "~", "#[]^", "a:b/c.d", "a a", "https://example.org/read"] {
        assert!(good.parse::<Scopes>().is_ok(), "{good}");
    }
    for bad in ["", " ", " a", "a ", "a  b", "a\tb", "a\nb", "\"", "a\\b", "é", "a\u{7f}", "a\0"] {
        assert!(bad.parse::<Scopes>().is_err(), "{bad:?}");
        assert!(Scopes::from_names([bad]).is_err(), "{bad:?}");
    }
    assert!(Scopes::from_names(["a b"]).is_err());
    assert_eq!(Scopes::from_names([]).unwrap(), Scopes::none());
    assert_eq!("a b a".parse::<Scopes>().unwrap().as_str(), "a b");
}

#[test]
fn names_are_compared_whole() {
    let granted = scopes("reports:read readers");
    assert!(granted.contains("reports:read"));
    for other in ["reports", "read", "reports:rea", "reports:read ", "READERS", "", "readers rep"] {
        assert!(!granted.contains(other), "{other}");
    }
}

proptest! {
    #[test]
    fn a_text_is_read_as_it_is_written(text in "[ -~é\t]{0,20}") {
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|one| one.is_ascii_graphic() && !"\"\\".contains(one))
        };
        let parsed = text.parse::<Scopes>();
        prop_assert_eq!(parsed.is_ok(), text.split(' ').all(is_name));
        if let Ok(scopes) = parsed {
            prop_assert_eq!(scopes.as_str().parse::<Scopes>().unwrap(), scopes.clone());
            prop_assert!(text.split(' ').all(|name| scopes.contains(name)));
            prop_assert_eq!(scopes.iter().count(), scopes.as_str().split(' ').count());
        }
    }

    // Whatever the site grants from one refresh to the next: no token covers what it does not grant
    // now, nor what the login did not ask for and get.
    #[test]
    fn no_refresh_adds_to_what_was_granted(
        asked in prop::option::of("[a-d]( [a-d]){0,3}"),
        at_login in "[a-d ]{0,8}",
        later in "[a-d ]{0,8}",
        keeps_sessions in any::<bool>(),
        rotates in any::<bool>(),
    ) {
        let engine = engine_with(|policy| {
            policy.rotate_refresh_tokens = rotates;
            if !keeps_sessions {
                policy.session_check = tegata::SessionCheck::Off;
            }
        });
        let asked = asked.map(|text| scopes(&text));
        let bounds = Bounds { tenant: None, scopes: asked.clone() };
        let opened = match open(&engine, &bounds, &granting(&at_login)) {
            Ok(opened) => opened,
            Err(error) => {
                prop_assert_eq!(error, MintError::NoScope);
                prop_assert!(asked.unwrap().within(&scopes(&at_login)).is_empty());
                return Ok(());
            }
        };
        let tokens = refreshed(&engine, &opened, &granting(&later));
        let claims = engine.read_access(after(SECOND), &tokens.access_token, None).unwrap();
        prop_assert_eq!(claims.scopes(), tokens.scopes.as_ref());
        let covered = tokens.scopes.unwrap_or_default();
        prop_assert!(scopes(&later).contain_all(&covered));
        match asked {
            None => prop_assert_eq!(&covered, &scopes(&later)),
            Some(asked) => {
                let limit = asked.within(&scopes(&at_login));
                prop_assert!(limit.contain_all(&covered));
                prop_assert!(covered.contain_all(&scopes(&later).within(&limit)));
            }
        }
    }
}

#[test]
fn only_access_tokens_say_what_is_granted_unless_less_was_asked_for() {
    let engine = engine();
    let opened = open(&engine, &UNBOUND, &granting("a b")).unwrap();
    assert_eq!(payload(&opened.tokens.access_token)["scope"], "a b");
    assert_eq!(payload(opened.tokens.refresh_token.as_ref().unwrap()).get("scope"), None);

    let opened = open(&engine, &asking("b c"), &granting("a b")).unwrap();
    assert_eq!(payload(&opened.tokens.access_token)["scope"], "b");
    assert_eq!(payload(opened.tokens.refresh_token.as_ref().unwrap())["scope"], "b");

    let opened = open(&engine, &UNBOUND, &granting("")).unwrap();
    assert_eq!(payload(&opened.tokens.access_token).get("scope"), None);
}

#[tokio::test]
async fn a_login_that_asks_for_what_nobody_grants_opens_nothing() {
    let (engine, store) = (engine(), common::Watched::new());
    for custom in [granting("a"), CustomClaims::none()] {
        assert_eq!(open(&engine, &asking("b"), &custom).unwrap_err(), MintError::NoScope);
        let (random, user, device) = (SystemRandomness, alice(), Device::unknown());
        let bounds = asking("b");
        let told =
            host::log_in(&engine, &store, LOGIN, &random, &user, device, &bounds, &custom).await;
        assert!(matches!(told, Err(HostError::Refused(Refusal::InsufficientScope))));
    }
    assert_eq!(store.writes(), 0);
}

#[test]
fn a_scope_of_another_type_is_refused_in_tokens_of_ours() {
    let engine = engine();
    let opened = open(&engine, &UNBOUND, &granting("a b")).unwrap();
    let refresh = opened.tokens.refresh_token.unwrap();
    for json in ["1", "null", "true", "[]", r#"["a"]"#, "{}", r#""""#, r#""a  b""#, r#"" a""#] {
        let change = |claims: &mut serde_json::Value| {
            claims["scope"] = serde_json::from_str(json).unwrap();
        };
        let access = resign(&opened.tokens.access_token, change);
        let unread = engine.read_access(LOGIN, &access, None).unwrap_err();
        assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidToken, true), "{json}");
        let unread = engine.read_refresh(LOGIN, &resign(&refresh, change), None).unwrap_err();
        assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidToken, true), "{json}");
    }
}

#[test]
fn a_site_without_scopes_may_have_a_claim_of_that_name() {
    let engine = engine();
    let own = |json: &str| CustomClaims::from_json(json).unwrap();
    let opened = open(&engine, &UNBOUND, &own(r#"{"scope":"legacy things"}"#)).unwrap();
    let claims = engine.read_access(LOGIN, &opened.tokens.access_token, None).unwrap();
    assert!(claims.scopes().unwrap().contains("legacy"));
    assert_eq!(opened.tokens.scopes, None);

    for json in [r#"{"scope":["a"]}"#, r#"{"scope":""}"#, r#"{"scope":1}"#, r#"{"scope":null}"#] {
        let refusal = open(&engine, &UNBOUND, &own(json)).unwrap_err();
        assert_eq!(refusal, MintError::CustomClaims(CustomClaimsError::Scope), "{json}");
    }
    // Where scopes are granted, even none, it is the engine's.
    let both = own(r#"{"scope":"mine"}"#).with_scopes(Scopes::none());
    let refusal = open(&engine, &UNBOUND, &both).unwrap_err();
    let reserved = CustomClaimsError::Reserved("scope".to_owned());
    assert_eq!(refusal, MintError::CustomClaims(reserved));
}

#[tokio::test]
async fn a_repeat_covers_what_is_granted_by_then() {
    use tegata::SessionStore;

    let (engine, store) = (engine(), common::memory_store());
    let opened = open(&engine, &UNBOUND, &granting("a b")).unwrap();
    let Ok(()) = store.insert(unlimited(opened.row.unwrap().session)).await;
    let refresh = opened.tokens.refresh_token.unwrap();
    let mut granted = Vec::new();
    for text in ["a b", "a"] {
        let custom = |_: &_, _: Option<&_>| granting(text);
        let (now, random) = (after(SECOND), SystemRandomness);
        let tokens =
            host::refresh(&engine, &store, now, &random, &refresh, None, custom).await.unwrap();
        granted.push(tokens.scopes.unwrap().to_string());
    }
    assert_eq!(granted, ["a b", "a"]);
}
