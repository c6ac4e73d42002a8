//! What a login makes.

mod common;

use common::{
    Counter, DAY, LOGIN, Pair, RunsDry, SECOND, UNBOUND, alice, are_of_generation, bob, engine,
    engine_with, open, open_at, open_for, payload, unlimited,
};
use std::time::Duration;
use tegata::{
    CustomClaims, Device, MintError, RandomnessError, Session, SystemRandomness, Timestamp, UserId,
    UserState,
};

#[test]
fn the_row_of_a_login() {
    let device = Device::new(Some("192.0.2.1"), "curl/8");
    let opened = engine()
        .open_session(
            LOGIN,
            &Counter::default(),
            &alice(),
            device.clone(),
            &UNBOUND,
            &CustomClaims::none(),
        )
        .unwrap();
    let expected = Session {
        id: "AAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap(),
        user_id: UserId::Integer(1),
        created_at: LOGIN,
        updated_at: LOGIN,
        expired_at: None,
        end_reason: None,
        device,
        generation: 1,
        minted_at: LOGIN,
        refreshed_at: LOGIN,
        repeats: 0,
        first_used_at: None,
        security_stamp: "stamp 1".to_owned(),
        legacy_jti: None,
    };
    assert_eq!(opened.row, Some(unlimited(expected)));
    assert!(are_of_generation(&opened.tokens, 1));
    assert_eq!(opened.tokens.expires_in, Duration::from_secs(300));
}

#[test]
fn the_tokens_of_a_login_hang_on_its_row() {
    let engine = engine();
    let opened = open_for(&engine, &Counter::default(), &bob());
    let access = engine.read_access(LOGIN, &opened.tokens.access_token, None).unwrap();
    let refresh = engine.read_refresh(LOGIN, &opened.tokens.refresh_token, None).unwrap();
    for claims in [&*access, &*refresh] {
        assert_eq!(claims.session_id(), &opened.session.id);
        assert_eq!(claims.user_id(), &UserId::Integer(2));
        assert_eq!(claims.subject(), "2");
        assert_eq!(claims.generation(), 1);
        assert_eq!(claims.issued_at(), LOGIN);
    }
}

#[test]
fn two_logins_share_nothing() {
    let engine = engine();
    let [one, two] = [(); 2].map(|()| open_for(&engine, &SystemRandomness, &alice()));
    assert_eq!(one.session.id.as_str().len(), 43);
    assert_ne!(one.session.id, two.session.id);
    let tokens = [&one, &two].map(|opened| opened.tokens.clone());
    let mut jtis: Vec<_> = tokens
        .iter()
        .flat_map(|pair| [&pair.access_token, &pair.refresh_token])
        .map(|token| payload(token)["jti"].to_string())
        .collect();
    jtis.sort();
    jtis.dedup();
    assert_eq!(jtis.len(), 4);
}

#[test]
fn users_with_textual_keys_log_in() {
    let engine = engine();
    let uuid = "6f2c1f5e-6c0a-4f3e-9b1d-2f7a0c9d8e11";
    for key in [uuid, "ユーザー/1", "a b\"\\", "007"] {
        let user = UserState { id: UserId::Text(key.to_owned()), ..alice() };
        let opened = open_for(&engine, &Counter::default(), &user);
        let claims = engine.read_access(LOGIN, &opened.tokens.access_token, None).unwrap();
        assert_eq!(claims.user_id(), &user.id);
        assert_eq!(claims.subject(), key);
    }
    for key in [i64::MIN, -1, 0, i64::MAX] {
        let user = UserState { id: UserId::Integer(key), ..alice() };
        let opened = open_for(&engine, &Counter::default(), &user);
        let claims = engine.read_access(LOGIN, &opened.tokens.access_token, None).unwrap();
        assert_eq!(claims.user_id(), &user.id);
    }
}

#[test]
fn no_token_outlives_the_session() {
    let engine = engine_with(|policy| {
        policy.session_lifetime = Duration::from_millis(100_500);
        policy.refresh_token_lifetime = Duration::from_millis(100_500);
        policy.access_token_lifetime = Duration::from_millis(100_400);
    });
    let opened = open(&engine);
    let end = opened.session.absolute_end(engine.policy());
    assert_eq!(end, Timestamp::from_micros(LOGIN.micros() + 100_500_000));
    for token in [&opened.tokens.access_token, &opened.tokens.refresh_token] {
        assert_eq!(payload(token)["exp"], LOGIN.seconds() + 100);
    }
}

#[test]
fn a_session_is_live_until_its_absolute_end() {
    let engine = engine();
    let session = open(&engine).session;
    let policy = engine.policy();
    assert_eq!(session.absolute_end(policy), common::after(365 * DAY));
    assert!(session.is_live(policy, LOGIN));
    assert!(session.is_live(policy, common::after(365 * DAY - 1)));
    assert!(!session.is_live(policy, common::after(365 * DAY)));
    let ended = Session { expired_at: Some(common::after(400 * DAY)), ..session };
    assert!(!ended.is_live(policy, common::after(SECOND)));
}

#[test]
fn without_randomness_nobody_logs_in() {
    for drawn in 0..3 {
        let outcome = engine().open_session(
            LOGIN,
            &RunsDry::after(drawn),
            &alice(),
            Device::unknown(),
            &UNBOUND,
            &CustomClaims::none(),
        );
        assert_eq!(outcome.unwrap_err(), MintError::Randomness(RandomnessError));
    }
}

#[test]
fn what_a_client_says_of_itself_is_made_fit_to_store() {
    let device = Device::new(Some("not an address"), &"\u{0}é\u{7f}\r\n\u{85}".repeat(2_000));
    assert_eq!(device.ip_address, None);
    assert_eq!(device.user_agent, "é".repeat(512));
    assert_eq!(Device::new(None, ""), Device::unknown());
    for address in ["127.0.0.1:80", " 127.0.0.1", "::1%eth0", "127.1", "256.0.0.1", ""] {
        assert_eq!(Device::new(Some(address), "").ip_address, None, "{address}");
    }
}

#[test]
fn debug_output_shows_no_token() {
    let opened = open_at(&engine(), LOGIN, &Counter::default(), &alice());
    let shown = format!("{:?} {:?}", opened, opened.tokens);
    let tokens = Pair::from(opened.tokens);
    for token in [&tokens.access_token, &tokens.refresh_token] {
        assert!(!shown.contains(token.rsplit_once('.').unwrap().1));
    }
    assert!(shown.ends_with("Tokens { .. }"));
}
