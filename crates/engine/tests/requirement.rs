//! What a route asks for beyond a good token: the table of scopes, and how recent a login is.

mod common;

use std::time::Duration;

use common::{Counter, LOGIN, SECOND, UNBOUND, after, alice, engine, engine_with, resign};
use proptest::prelude::*;
use tegata::{
    AccessClaims, CustomClaims, Device, Engine, Refusal, Requirement, RequirementError, Scopes,
};

fn scopes(text: &str) -> Scopes {
    Scopes::from_names(text.split_whitespace()).unwrap()
}

fn fresh(requirement: Requirement, seconds: u64) -> Requirement {
    requirement.and_fresh(Duration::from_secs(seconds)).unwrap()
}

fn token(engine: &Engine, granted: Option<&str>) -> String {
    let custom = match granted {
        None => CustomClaims::none(),
        Some(text) => CustomClaims::none().with_scopes(scopes(text)),
    };
    engine
        .open_session(LOGIN, &Counter::default(), &alice(), Device::unknown(), &UNBOUND, &custom)
        .unwrap()
        .tokens
        .access_token
}

fn claims(engine: &Engine, granted: Option<&str>) -> AccessClaims {
    engine.read_access(LOGIN, &token(engine, granted), None).unwrap()
}

/// The claims of a token that says so of its login.
fn logged_in(engine: &Engine, change: impl FnOnce(&mut serde_json::Value)) -> AccessClaims {
    let token = resign(&token(engine, None), change);
    engine.read_access(LOGIN, &token, None).unwrap()
}

#[test]
fn all_scopes_that_are_asked_for_must_be_covered() {
    let engine = engine();
    for (granted, asked, is_met) in [
        (None, "", true),
        (None, "a", false),
        (Some(""), "a", false),
        (Some("a"), "", true),
        (Some("a"), "a", true),
        (Some("a"), "b", false),
        (Some("a b"), "b a", true),
        (Some("a b"), "a c", false),
        (Some("a:read"), "a", false),
        (Some("a"), "a:read", false),
        (Some("ab"), "a", false),
        (Some("A"), "a", false),
    ] {
        let told =
            engine.require(LOGIN, &claims(&engine, granted), &Requirement::scopes(scopes(asked)));
        let expected = if is_met { Ok(()) } else { Err(Refusal::InsufficientScope) };
        assert_eq!(told, expected, "{granted:?} {asked}");
    }
}

#[test]
fn a_login_is_fresh_by_auth_time_with_the_leeway_and_not_a_moment_longer() {
    for leeway in [0, 10] {
        let engine = engine_with(|policy| policy.leeway = Duration::from_secs(leeway));
        let edge = (300 + i64::try_from(leeway).unwrap()) * SECOND;
        let requirement = fresh(Requirement::none(), 300);
        let claims = claims(&engine, None);
        for (at, expected) in [
            (0, Ok(())),
            (300 * SECOND, Ok(())),
            (edge, Ok(())),
            (edge + 1, Err(Refusal::LoginRequired)),
            (400 * SECOND, Err(Refusal::LoginRequired)),
        ] {
            assert_eq!(engine.require(after(at), &claims, &requirement), expected, "{leeway} {at}");
        }
    }
}

#[test]
fn a_token_without_auth_time_is_not_fresh_however_new_it_is() {
    let engine = engine();
    let claims = logged_in(&engine, |claims| {
        claims.as_object_mut().unwrap().remove("auth_time");
    });
    assert_eq!(engine.require(LOGIN, &claims, &Requirement::none()), Ok(()));
    let told = engine.require(LOGIN, &claims, &fresh(Requirement::none(), 1_000_000_000));
    assert_eq!(told, Err(Refusal::LoginRequired));
}

#[test]
fn a_login_in_the_future_is_none() {
    let engine = engine();
    for (ahead, expected) in [(10, Ok(())), (11, Err(Refusal::LoginRequired))] {
        let claims = logged_in(&engine, |claims| {
            let now = claims["auth_time"].as_i64().unwrap();
            claims["auth_time"] = (now + ahead).into();
        });
        assert_eq!(engine.require(LOGIN, &claims, &fresh(Requirement::none(), 300)), expected);
    }
}

#[test]
fn scopes_come_before_a_login() {
    let engine = engine();
    let claims = claims(&engine, Some("a"));
    let late = after(1_000 * SECOND);
    let asks = |text: &str| fresh(Requirement::scopes(scopes(text)), 300);
    assert_eq!(engine.require(late, &claims, &asks("b")), Err(Refusal::InsufficientScope));
    assert_eq!(engine.require(late, &claims, &asks("a")), Err(Refusal::LoginRequired));
    assert_eq!(engine.require(LOGIN, &claims, &asks("a")), Ok(()));
}

#[test]
fn less_than_a_second_cannot_be_asked_for() {
    for span in [Duration::ZERO, Duration::from_millis(999)] {
        assert_eq!(Requirement::none().and_fresh(span), Err(RequirementError));
    }
    assert!(Requirement::none().and_fresh(Duration::MAX).is_ok());
}

#[test]
fn a_challenge_says_what_it_takes_and_only_what_was_refused() {
    let requirement = fresh(Requirement::scopes(scopes("a b")), 90);
    for refusal in Refusal::ALL {
        let expected = match refusal {
            Refusal::InsufficientScope => r#"Bearer error="insufficient_scope", scope="a b""#,
            Refusal::LoginRequired => {
                r#"Bearer error="insufficient_user_authentication", max_age="90""#
            }
            other => other.challenge(),
        };
        assert_eq!(requirement.challenge(refusal), expected);
    }
}

proptest! {
    #[test]
    fn fresh_is_a_matter_of_one_difference(
        max_age in 1_u64..10_000,
        leeway in 0_u64..=120,
        login in -10_000_i64..10_000,
        now in 0_i64..10_000,
    ) {
        let engine = engine_with(|policy| policy.leeway = Duration::from_secs(leeway));
        let claims = logged_in(&engine, |claims| {
            let at = claims["auth_time"].as_i64().unwrap();
            claims["auth_time"] = (at + login).into();
        });
        let told = engine.require(after(now * SECOND), &claims, &fresh(Requirement::none(), max_age));
        let (age, leeway) = (now - login, i64::try_from(leeway).unwrap());
        let is_fresh = (-leeway..=i64::try_from(max_age).unwrap() + leeway).contains(&age);
        prop_assert_eq!(told.is_ok(), is_fresh);
    }

    #[test]
    fn who_covers_more_is_let_in_wherever_who_covers_less_is(
        few in "[a-d ]{0,6}", more in "[a-d ]{0,6}", asked in "[a-d ]{0,6}",
    ) {
        let engine = engine();
        let requirement = Requirement::scopes(scopes(&asked));
        let is_met = |granted: &str| {
            engine.require(LOGIN, &claims(&engine, Some(granted)), &requirement).is_ok()
        };
        let both = format!("{few} {more}");
        prop_assert!(!is_met(&few) || is_met(&both));
        prop_assert_eq!(is_met(&few), scopes(&few).contain_all(&scopes(&asked)));
    }
}
