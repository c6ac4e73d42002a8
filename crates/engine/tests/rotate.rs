//! What a refresh gives, beyond the decision table.

mod common;

use common::{
    Counter, DAY, LOGIN, Login, Pair, RunsDry, SECOND, UNBOUND, advanced, after, alice,
    are_of_generation, bob, engine, engine_with, generation, key, open, other_key, payload, policy,
    refresh_claims, revokes, stamped_as,
};
use std::time::Duration;
use tegata::{
    Admission, Algorithm, CustomClaims, CustomClaimsError, EndReason, Ending, Engine, Key, KeySet,
    MintError, RandomnessError, RefreshClaims, Refusal, Renew, Rotation, Session, Timestamp, Touch,
    UserId, UserState,
};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_060);

fn login(engine: &Engine) -> (Login, RefreshClaims) {
    let opened = open(engine);
    let claims = engine.read_refresh(NOW, &opened.tokens.refresh_token, None).unwrap();
    (opened, claims)
}

fn rotate(
    engine: &Engine,
    claims: &RefreshClaims,
    session: Option<&Session>,
    user: Option<&UserState>,
) -> Rotation {
    let (random, custom) = (Counter::default(), CustomClaims::none());
    engine.rotate(NOW, &random, claims, session, user, &custom).unwrap()
}

/// The tokens of the next generation.
fn advance(rotation: Rotation) -> Pair {
    match rotation {
        Rotation::Advance(advance) => advance.tokens.into(),
        other => panic!("{other:?}"),
    }
}

fn is_revoked(rotation: Rotation, sessions: Ending, reason: EndReason, told: Refusal) -> bool {
    let Rotation::Revoke(revoke) = rotation else { panic!("{rotation:?}") };
    revokes(revoke, NOW, sessions, reason, told)
}

#[test]
fn the_next_pair_keeps_session_and_time_of_login() {
    let engine = engine();
    let (opened, claims) = login(&engine);
    let tokens = advance(rotate(&engine, &claims, Some(&opened.session), Some(&alice())));
    for token in [&tokens.access_token, &tokens.refresh_token] {
        let claims = payload(token);
        assert_eq!(claims["session_id"], opened.session.id.as_str());
        assert_eq!(claims["auth_time"], LOGIN.seconds());
        assert_eq!(claims["iat"], NOW.seconds());
        assert_eq!(claims["generation"], 2);
    }
    let expires = |token: &str| payload(token)["exp"].as_i64().unwrap() - NOW.seconds();
    assert_eq!(expires(&tokens.access_token), 300);
    assert_eq!(expires(&tokens.refresh_token), 14 * 86_400);
    assert_eq!(tokens.expires_in, Duration::from_secs(300));
}

#[test]
fn rows_that_do_not_belong_to_the_token_are_refused() {
    let engine = engine();
    let (opened, claims) = login(&engine);
    let other = Session { id: "x".repeat(43).parse().unwrap(), ..opened.session.clone() };
    let bobs = Session { user_id: bob().id, ..opened.session.clone() };
    let textual = Session { user_id: UserId::Text("1".into()), ..opened.session.clone() };
    for (session, user, refusal) in [
        (None, Some(alice()), Refusal::SessionNotFound),
        (Some(other), Some(alice()), Refusal::SessionNotFound),
        (Some(bobs), Some(bob()), Refusal::InvalidToken),
        (Some(textual), Some(alice()), Refusal::InvalidToken),
        (Some(opened.session.clone()), None, Refusal::InvalidUser),
        (Some(opened.session), Some(bob()), Refusal::InvalidUser),
    ] {
        let rotation = rotate(&engine, &claims, session.as_ref(), user.as_ref());
        assert_eq!(rotation, Rotation::Refuse(refusal));
    }
}

// A reuse in a session that was ended already must not rewrite why it was ended.
#[test]
fn an_ended_session_is_refused_whatever_the_generation() {
    let engine = engine();
    let (opened, _) = login(&engine);
    let ended = Session {
        expired_at: Some(LOGIN),
        end_reason: Some(EndReason::LogOut),
        generation: 5,
        ..opened.session.clone()
    };
    for generation in [1, 4, 5, 6] {
        let claims = refresh_claims(&engine, &opened, generation);
        let rotation = rotate(&engine, &claims, Some(&ended), Some(&alice()));
        assert_eq!(rotation, Rotation::Refuse(Refusal::SessionExpired));
    }
}

#[test]
fn nothing_rotates_at_the_absolute_end() {
    let engine = engine_with(|policy| {
        policy.access_token_lifetime = Duration::from_secs(60);
        policy.refresh_token_lifetime = Duration::from_secs(60);
        policy.session_lifetime = Duration::from_secs(60);
    });
    let (opened, claims) = login(&engine);
    let rotation = rotate(&engine, &claims, Some(&opened.session), Some(&alice()));
    assert_eq!(rotation, Rotation::Refuse(Refusal::SessionExpired));
}

#[test]
fn the_last_tokens_of_a_session_end_with_it() {
    let engine = engine();
    let opened = open(&engine);
    let now = after(365 * DAY - 10 * SECOND);
    let session = Session { minted_at: after(364 * DAY), ..opened.session.clone() };
    let claims = refresh_claims(&engine, &opened, 1);
    let rotation = engine
        .rotate(
            now,
            &Counter::default(),
            &claims,
            Some(&session),
            Some(&alice()),
            &CustomClaims::none(),
        )
        .unwrap();
    let tokens = advance(rotation);
    assert_eq!(tokens.expires_in, Duration::from_secs(10));
    for token in [&tokens.access_token, &tokens.refresh_token] {
        assert_eq!(payload(token)["exp"], after(365 * DAY).seconds());
    }
}

#[test]
fn an_inactive_user_loses_all_sessions() {
    let engine = engine();
    let (opened, claims) = login(&engine);
    let inactive = UserState { is_active: false, ..alice() };
    let rotation = rotate(&engine, &claims, Some(&opened.session), Some(&inactive));
    let (reason, told) = (EndReason::UserInactive, Refusal::InvalidUser);
    assert!(is_revoked(rotation, Ending::User(alice().id), reason, told));
}

#[test]
fn a_changed_security_stamp_ends_the_sessions_that_bear_the_old_one() {
    let engine = engine();
    let (opened, claims) = login(&engine);
    let changed = UserState { security_stamp: "new".to_owned(), ..alice() };
    let rotation = rotate(&engine, &claims, Some(&opened.session), Some(&changed));
    let (reason, told) = (EndReason::PasswordChanged, Refusal::SessionExpired);
    assert!(is_revoked(rotation, stamped_as(&opened.session), reason, told));
}

#[test]
fn a_mint_that_fails_decides_nothing() {
    let engine = engine();
    let (opened, claims) = login(&engine);
    let successor = advanced(&opened.session, NOW);
    for session in [&opened.session, &successor] {
        for drawn in 0..2 {
            let outcome = engine.rotate(
                NOW,
                &RunsDry::after(drawn),
                &claims,
                Some(session),
                Some(&alice()),
                &CustomClaims::none(),
            );
            assert_eq!(outcome, Err(MintError::Randomness(RandomnessError)));
        }
        let reserved = CustomClaims::from_json(r#"{"exp":0}"#).unwrap();
        let random = Counter::default();
        let outcome =
            engine.rotate(NOW, &random, &claims, Some(session), Some(&alice()), &reserved);
        let refusal = CustomClaimsError::Reserved("exp".to_owned());
        assert_eq!(outcome, Err(MintError::CustomClaims(refusal)));
    }
}

#[test]
fn custom_claims_are_made_anew_and_never_carried_over() {
    let engine = engine();
    let admin = CustomClaims::from_json(r#"{"role":"admin"}"#).unwrap();
    let opened: Login = engine
        .open_session(
            LOGIN,
            &Counter::default(),
            &alice(),
            tegata::Device::unknown(),
            &UNBOUND,
            &admin,
        )
        .unwrap()
        .into();
    assert_eq!(payload(&opened.tokens.access_token)["role"], "admin");
    assert_eq!(payload(&opened.tokens.refresh_token).get("role"), None);

    let claims = engine.read_refresh(NOW, &opened.tokens.refresh_token, None).unwrap();
    let tokens = advance(rotate(&engine, &claims, Some(&opened.session), Some(&alice())));
    assert_eq!(payload(&tokens.access_token).get("role"), None);
}

#[test]
fn with_rotation_off_a_refresh_gives_an_access_token_only() {
    let engine = engine_with(|policy| policy.rotate_refresh_tokens = false);
    let (opened, claims) = login(&engine);
    let rotation = rotate(&engine, &claims, Some(&opened.session), Some(&alice()));
    let Rotation::Renew(Renew { touch, tokens }) = rotation else { panic!("{rotation:?}") };
    assert_eq!(touch, Touch { id: opened.session.id.clone(), at: NOW });
    assert_eq!(tokens.refresh_token, None);
    assert_eq!(tokens.expires_in, Duration::from_secs(300));
    assert_eq!(generation(&tokens.access_token), 1);
    assert!(engine.read_access(NOW, &tokens.access_token, None).is_ok());
}

// A site that has just switched rotation off still has clients whose answer was lost.
#[test]
fn with_rotation_off_the_table_holds_for_earlier_generations() {
    let engine = engine_with(|policy| policy.rotate_refresh_tokens = false);
    let (opened, claims) = login(&engine);
    let second = advanced(&opened.session, LOGIN);
    let Rotation::Repeat(repeat) = rotate(&engine, &claims, Some(&second), Some(&alice())) else {
        panic!();
    };
    assert!(are_of_generation(&repeat.tokens, 2));
    let third = advanced(&second, LOGIN);
    let rotation = rotate(&engine, &claims, Some(&third), Some(&alice()));
    let (reason, told) = (EndReason::TokenReuse, Refusal::TokenReuseDetected);
    assert!(is_revoked(rotation, Ending::Session(third.id), reason, told));
}

#[test]
fn a_signing_key_that_was_replaced_logs_nobody_out() {
    let (opened, _) = login(&engine());
    let new = Key::generate(Algorithm::EdDsa).unwrap();
    let engine = Engine::new(policy(), KeySet::new(vec![new, key()]).unwrap()).unwrap();
    let claims = engine.read_refresh(NOW, &opened.tokens.refresh_token, None).unwrap();
    let tokens = advance(rotate(&engine, &claims, Some(&opened.session), Some(&alice())));
    for token in [&tokens.access_token, &tokens.refresh_token] {
        assert_eq!(common::header(token)["alg"], "EdDSA");
    }
    assert!(engine.read_access(NOW, &opened.tokens.access_token, None).is_ok());

    let without = Engine::new(policy(), KeySet::new(vec![other_key()]).unwrap()).unwrap();
    let unread = without.read_refresh(NOW, &opened.tokens.refresh_token, None).unwrap_err();
    assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidToken, false));
}

#[test]
fn asking_about_a_refresh_token_consumes_and_ends_nothing() {
    let engine = engine();
    let (opened, claims) = login(&engine);
    let check = |session: &Session, user: Option<&UserState>| {
        engine.check_refresh(NOW, &claims, Some(session), user)
    };
    let second = advanced(&opened.session, LOGIN);
    let third = advanced(&second, LOGIN);
    let ended = Session { expired_at: Some(LOGIN), ..opened.session.clone() };
    assert_eq!(check(&opened.session, Some(&alice())), Admission::Admit);
    assert_eq!(check(&second, Some(&alice())), Admission::Admit);
    let reused = Admission::Refuse(Refusal::TokenReuseDetected);
    assert_eq!(check(&third, Some(&alice())), reused);
    assert_eq!(check(&ended, Some(&alice())), Admission::Refuse(Refusal::SessionExpired));
    assert_eq!(check(&opened.session, None), Admission::Refuse(Refusal::InvalidUser));

    let inactive = UserState { is_active: false, ..alice() };
    assert!(matches!(check(&opened.session, Some(&inactive)), Admission::Revoke(_)));
}

#[test]
fn an_access_token_lives_no_longer_than_its_refresh_token() {
    let lifetime = policy().refresh_token_lifetime;
    let engine = engine_with(|policy| policy.rotate_refresh_tokens = false);
    let opened = open(&engine);
    let end = opened.session.minted_at.plus(lifetime);
    let late = end.minus(Duration::from_secs(60));
    let claims = engine.read_refresh(late, &opened.tokens.refresh_token, None).unwrap();
    let (random, custom) = (Counter::default(), CustomClaims::none());
    let (session, user) = (Some(&opened.session), alice());
    let rotation = engine.rotate(late, &random, &claims, session, Some(&user), &custom).unwrap();
    let Rotation::Renew(renew) = rotation else { panic!("{rotation:?}") };
    assert_eq!(renew.tokens.expires_in, Duration::from_secs(60));
    assert_eq!(
        engine.read_access(late, &renew.tokens.access_token, None).unwrap().expires_at(),
        end
    );
}
