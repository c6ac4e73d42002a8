//! An engine that keeps tokens in mind says what one says that reads each of them anew.

mod common;

use std::time::Duration;

use common::{
    Counter, LOGIN, SECOND, after, alice, engine, engine_with, key, open, other_key, policy,
};
use proptest::prelude::*;
use tegata::{
    AccessClaims, Bounds, CustomClaims, Device, Engine, KeySchedule, KeyTimes, Refusal, Tenant,
    Timestamp, TokenType, Unread,
};

/// In seconds after the login: the first key signs until then, verifies until then, and access
/// tokens of the login are good until then.
const CHANGE: i64 = 100;
const OVER: i64 = 200;
const EXPIRY: i64 = 300;

fn in_two_spans(remembered: usize) -> Engine {
    let signs_from = |seconds| KeyTimes { signs_from: Some(seconds), ..KeyTimes::default() };
    let keys = vec![
        (key(), signs_from(after(CHANGE * SECOND))),
        (other_key(), signs_from(after(-1_000 * SECOND))),
    ];
    let retention = Duration::from_secs((OVER - CHANGE).unsigned_abs());
    let schedule = KeySchedule::new(keys, retention).unwrap();
    Engine::new(policy(), schedule).unwrap().remembering_tokens(remembered)
}

fn acme() -> Tenant {
    Tenant::new("acme").unwrap()
}

/// Access tokens of either key, for a tenant and for none, a refresh token, and forgeries.
fn tokens(engine: &Engine) -> Vec<String> {
    let mut tokens = Vec::new();
    let random = Counter::default();
    for (at, tenant) in [(0, None), (0, Some(acme())), (CHANGE, None)] {
        let bounds = Bounds { tenant, scopes: None };
        let (device, custom) = (Device::unknown(), CustomClaims::none());
        let at = after(at * SECOND);
        let opened = engine.open_session(at, &random, &alice(), device, &bounds, &custom).unwrap();
        tokens.extend(opened.tokens.refresh_token);
        let access = opened.tokens.access_token;
        tokens.push(format!("{access}A"));
        tokens.push(access[..access.len() - 1].to_owned());
        tokens.push(access.replacen('.', "..", 1));
        tokens.push(access);
    }
    tokens
}

fn read(
    engine: &Engine,
    seconds: i64,
    token: &str,
    tenant: Option<&Tenant>,
) -> Result<AccessClaims, Unread> {
    engine.read_access(after(seconds * SECOND), token, tenant)
}

proptest! {
    #[test]
    fn nobody_can_tell(
        reads in prop::collection::vec((any::<prop::sample::Index>(), 0..350_i64, any::<bool>()), 1..60),
        remembered in 1..20_usize,
    ) {
        let (with, without) = (in_two_spans(remembered), in_two_spans(0));
        let tokens = tokens(&without);
        let accepted = [TokenType::ACCESS, TokenType::SLIDING];
        for (token, seconds, is_acme) in reads {
            let (token, tenant) = (token.get(&tokens), is_acme.then(acme));
            let expected = read(&without, seconds, token, tenant.as_ref());
            prop_assert_eq!(&read(&with, seconds, token, tenant.as_ref()), &expected);
            let at = after(seconds * SECOND);
            let recalled = with.recall_access(at, token.as_bytes(), tenant.as_ref());
            prop_assert_eq!(recalled.as_ref(), expected.as_ref().ok());
            let [forgetful, mindful] = [&without, &with].map(|engine| {
                engine.read_opening(after(seconds * SECOND), token, &accepted, tenant.as_ref())
            });
            prop_assert_eq!(&forgetful.is_ok(), &expected.is_ok());
            prop_assert_eq!(mindful, forgetful);
        }
    }
}

#[test]
fn a_token_is_refused_at_the_same_instant_as_without() {
    let engine = engine();
    let token = open(&engine).tokens.access_token;
    let last = after(EXPIRY * SECOND + leeway(&engine) - 1);
    for _ in 0..2 {
        assert!(engine.read_access(last, &token, None).is_ok());
    }
    let late = Timestamp::from_micros(last.micros() + 1);
    for _ in 0..2 {
        let unread = engine.read_access(late, &token, None).unwrap_err();
        assert_eq!((unread.refusal, unread.ours), (Refusal::ExpiredToken, true));
    }
    assert!(engine.read_access(last, &token, None).is_ok(), "it has not been forged since");
}

fn leeway(engine: &Engine) -> i64 {
    i64::try_from(engine.policy().leeway.as_micros()).unwrap()
}

#[test]
fn a_token_of_a_key_that_is_over_is_refused() {
    let engine = in_two_spans(10);
    let token = &tokens(&engine)[4];
    for seconds in [0, CHANGE, OVER - 1] {
        assert!(read(&engine, seconds, token, None).is_ok());
    }
    assert!(!read(&engine, OVER, token, None).unwrap_err().ours);
}

#[test]
fn another_engine_knows_nothing_of_it() {
    let token = open(&engine()).tokens.access_token;
    assert!(engine().read_access(LOGIN, &token, None).is_ok());
    let stricter = engine_with(|policy| policy.audience = vec!["another".to_owned()]);
    assert!(stricter.read_access(LOGIN, &token, None).is_err());
}

#[test]
fn it_shows_nobody_the_tokens() {
    let engine = engine();
    let token = open(&engine).tokens.access_token;
    assert!(format!("{engine:?}").contains("Readings { kept: 0"));
    engine.read_access(LOGIN, &token, None).unwrap();
    let shown = format!("{engine:?}");
    assert!(shown.contains("Readings { kept: 1") && !shown.contains(&token), "{shown}");
    let forgetful = engine.remembering_tokens(0);
    forgetful.read_access(LOGIN, &token, None).unwrap();
    assert!(format!("{forgetful:?}").contains("Readings { kept: 0"));
}

#[test]
fn it_forgets_what_it_is_told_to() {
    let engine = engine();
    engine.forget_tokens();
    let token = open(&engine).tokens.access_token;
    for _ in 0..2 {
        engine.read_access(LOGIN, &token, None).unwrap();
        assert!(format!("{engine:?}").contains("Readings { kept: 1"));
        engine.forget_tokens();
        assert!(format!("{engine:?}").contains("Readings { kept: 0"));
    }
}

#[test]
fn what_is_not_good_is_not_kept() {
    let engine = engine();
    let pair = open(&engine).tokens;
    let foreign = open(&Engine::new(policy(), KeySchedule::from(set())).unwrap()).tokens;
    let mut wrong = vec![pair.refresh_token, foreign.access_token, "x".to_owned()];
    wrong.push(format!("{}=", pair.access_token));
    for token in wrong {
        assert!(engine.read_access(LOGIN, &token, None).is_err());
    }
    assert!(engine.read_access(after(-1_000 * SECOND), &pair.access_token, None).is_err());
    assert!(engine.read_access(LOGIN, &pair.access_token, Some(&acme())).is_err());
    assert!(format!("{engine:?}").contains("Readings { kept: 0"));
}

fn set() -> tegata::KeySet {
    tegata::KeySet::new(vec![other_key()]).unwrap()
}
