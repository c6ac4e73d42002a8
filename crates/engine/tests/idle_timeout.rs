//! A session that nobody refreshes ends before its absolute end.

mod common;

use std::time::Duration;

use common::{
    Counter, DAY, LOGIN, Login, Pair, SECOND, UNBOUND, advanced, after, alice, engine_with,
    memory_store, open, payload,
};
use tegata::host::{self, HostError};
use tegata::{
    Admission, CustomClaims, Device, Engine, Policy, Refusal, Rotation, Session, SystemRandomness,
    Timestamp, UserState,
};

const MINUTE: i64 = 60 * SECOND;

/// Idle after an hour.
fn impatient(change: impl FnOnce(&mut Policy)) -> Engine {
    engine_with(|policy| {
        policy.session_idle_timeout = Some(Duration::from_secs(3_600));
        change(policy);
    })
}

fn admit(engine: &Engine, now: Timestamp, login: &Login, session: &Session) -> Admission {
    let claims = engine.read_access(LOGIN, &login.tokens.access_token, None).unwrap();
    engine.admit(now, &claims, Some(session), Some(&alice()))
}

fn rotate(engine: &Engine, now: Timestamp, login: &Login, session: &Session) -> Rotation {
    let claims = engine.read_refresh(LOGIN, &login.tokens.refresh_token, None).unwrap();
    let (random, custom) = (Counter::default(), CustomClaims::none());
    engine.rotate(now, &random, &claims, Some(session), Some(&alice()), &custom).unwrap()
}

fn expires(token: &str) -> Timestamp {
    Timestamp::from_seconds(payload(token)["exp"].as_i64().unwrap())
}

#[test]
fn an_idle_session_is_over() {
    let engine = impatient(|_| ());
    let login = open(&engine);
    let session = &login.session;
    let (last, end) = (after(60 * MINUTE - 1), after(60 * MINUTE));
    assert_eq!(session.idle_end(engine.policy()), end);
    assert_eq!(admit(&engine, last, &login, session), Admission::Admit);
    let expired = Refusal::SessionExpired;
    assert_eq!(admit(&engine, end, &login, session), Admission::Refuse(expired));
    assert!(matches!(rotate(&engine, last, &login, session), Rotation::Advance(_)));
    assert_eq!(rotate(&engine, end, &login, session), Rotation::Refuse(expired));
}

#[test]
fn the_absolute_end_holds_however_busy_a_session_is() {
    let engine = impatient(|_| ());
    let session = Session { refreshed_at: after(365 * DAY - 1), ..open(&engine).session };
    assert_eq!(session.idle_end(engine.policy()), after(365 * DAY));
    let unlimited = engine_with(|_| ());
    assert_eq!(session.idle_end(unlimited.policy()), after(365 * DAY));
}

#[test]
fn a_use_is_no_refresh() {
    let engine = impatient(|_| ());
    let login = open(&engine);
    let used = Session {
        updated_at: after(59 * MINUTE),
        first_used_at: Some(after(59 * MINUTE)),
        ..login.session.clone()
    };
    let refused = Admission::Refuse(Refusal::SessionExpired);
    assert_eq!(admit(&engine, after(60 * MINUTE), &login, &used), refused);
}

#[test]
fn with_rotation_no_token_outlives_the_idle_end() {
    let engine = impatient(|policy| policy.access_token_lifetime = Duration::from_secs(7_200));
    let login = open(&engine);
    for token in [&login.tokens.access_token, &login.tokens.refresh_token] {
        assert_eq!(expires(token), after(60 * MINUTE));
    }
    assert_eq!(login.tokens.expires_in, Duration::from_secs(3_600));

    let now = after(50 * MINUTE);
    let Rotation::Advance(advance) = rotate(&engine, now, &login, &login.session) else {
        panic!();
    };
    let tokens = Pair::from(advance.tokens);
    for token in [&tokens.access_token, &tokens.refresh_token] {
        assert_eq!(expires(token), after(110 * MINUTE));
    }
}

// A repeat is no sign of life either: what it gives expires when the lost answer would have.
#[test]
fn a_repeat_moves_no_end() {
    let engine = impatient(|_| ());
    let login = open(&engine);
    let second = advanced(&login.session, after(10 * MINUTE));
    let Rotation::Repeat(repeat) = rotate(&engine, after(69 * MINUTE), &login, &second) else {
        panic!();
    };
    let tokens = Pair::from(repeat.tokens);
    for token in [&tokens.access_token, &tokens.refresh_token] {
        assert_eq!(expires(token), after(70 * MINUTE));
    }
    let refused = Rotation::Refuse(Refusal::SessionExpired);
    assert_eq!(rotate(&engine, after(70 * MINUTE), &login, &second), refused);
}

#[test]
fn without_rotation_the_refresh_token_outlasts_the_idle_end_and_the_access_token_does_not() {
    let engine = impatient(|policy| {
        policy.rotate_refresh_tokens = false;
        policy.access_token_lifetime = Duration::from_secs(7_200);
    });
    let login = open(&engine);
    assert_eq!(expires(&login.tokens.refresh_token), after(14 * DAY));
    assert_eq!(expires(&login.tokens.access_token), after(60 * MINUTE));

    let now = after(50 * MINUTE);
    let Rotation::Renew(renew) = rotate(&engine, now, &login, &login.session) else { panic!() };
    assert_eq!(expires(&renew.tokens.access_token), after(110 * MINUTE));
    assert_eq!(renew.tokens.expires_in, Duration::from_secs(3_600));
}

#[tokio::test]
async fn every_refresh_moves_the_idle_end() {
    for rotates in [true, false] {
        let engine = impatient(|policy| policy.rotate_refresh_tokens = rotates);
        let store = memory_store();
        let (random, custom) = (SystemRandomness, CustomClaims::none());
        let user = alice();
        let login = host::log_in(
            &engine,
            &store,
            LOGIN,
            &random,
            &user,
            Device::unknown(),
            &UNBOUND,
            &custom,
        );
        let mut token = login.await.unwrap().refresh_token.unwrap();

        let custom = |_: &UserState, _: Option<&Session>| CustomClaims::none();
        for hour in 1..=5 {
            let now = after(hour * 59 * MINUTE);
            let tokens =
                host::refresh(&engine, &store, now, &random, &token, None, custom).await.unwrap();
            let claims = engine.read_access(now, &tokens.access_token, None).unwrap();
            let row = common::row(&store, claims.session_id()).await;
            assert_eq!((row.refreshed_at, row.updated_at), (now, now));
            token = tokens.refresh_token.unwrap_or(token);
        }
        let now = after((5 * 59 + 60) * MINUTE);
        let answer = host::refresh(&engine, &store, now, &random, &token, None, custom).await;
        let Err(HostError::Refused(refusal)) = answer else { panic!("{answer:?}") };
        assert_eq!(refusal, Refusal::SessionExpired);
    }
}
