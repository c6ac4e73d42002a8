//! What an access token opens, by the rows as they are now.

mod common;

use common::{
    LOGIN, Login, SECOND, advanced, after, alice, bob, engine, engine_with, open, resign, revokes,
    stamped_as,
};
use std::time::Duration;
use tegata::{
    AccessClaims, Admission, EndReason, Ending, Engine, FirstUse, Refusal, Session, Timestamp,
    UserId, UserState,
};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_030);

fn login() -> (Engine, Login, AccessClaims) {
    let engine = engine();
    let opened = open(&engine);
    let claims = engine.read_access(NOW, &opened.tokens.access_token, None).unwrap();
    (engine, opened, claims)
}

fn refused(refusal: Refusal) -> Admission {
    Admission::Refuse(refusal)
}

fn is_revoked(admission: Admission, sessions: Ending, reason: EndReason, told: Refusal) -> bool {
    let Admission::Revoke(revoke) = admission else { panic!("{admission:?}") };
    revokes(revoke, NOW, sessions, reason, told)
}

#[test]
fn a_good_token_of_the_first_generation_is_admitted_without_a_write() {
    let (engine, opened, claims) = login();
    let admission = engine.admit(NOW, &claims, Some(&opened.session), Some(&alice()));
    assert_eq!(admission, Admission::Admit);
}

#[test]
fn the_first_use_of_a_later_generation_is_noted_once() {
    let (engine, opened, _) = login();
    let mut session = advanced(&opened.session, NOW);
    let token = resign(&opened.tokens.access_token, |claims| claims["generation"] = 2.into());
    let claims = engine.read_access(NOW, &token, None).unwrap();
    let noted = FirstUse { id: session.id.clone(), generation: 2, at: NOW };
    let admission = engine.admit(NOW, &claims, Some(&session), Some(&alice()));
    assert_eq!(admission, Admission::AdmitFirstUse(noted));

    session.first_used_at = Some(NOW);
    let admission = engine.admit(NOW, &claims, Some(&session), Some(&alice()));
    assert_eq!(admission, Admission::Admit);
}

#[test]
fn an_earlier_generation_is_admitted_and_is_no_use_of_the_live_one() {
    let (engine, opened, claims) = login();
    let mut session = opened.session;
    for _ in 0..5 {
        session = advanced(&session, NOW);
        let admission = engine.admit(NOW, &claims, Some(&session), Some(&alice()));
        assert_eq!(admission, Admission::Admit);
    }
}

#[test]
fn without_a_row_there_is_no_session() {
    let (engine, _, claims) = login();
    let admission = engine.admit(NOW, &claims, None, Some(&alice()));
    assert_eq!(admission, refused(Refusal::SessionNotFound));
    assert_eq!(engine.admit(NOW, &claims, None, None), refused(Refusal::SessionNotFound));
}

#[test]
fn a_row_of_another_session_is_none() {
    let (engine, opened, claims) = login();
    let other = Session { id: "x".repeat(43).parse().unwrap(), ..opened.session };
    let admission = engine.admit(NOW, &claims, Some(&other), Some(&alice()));
    assert_eq!(admission, refused(Refusal::SessionNotFound));
}

#[test]
fn a_session_of_another_user_is_refused_as_an_invalid_token() {
    let (engine, opened, claims) = login();
    for user_id in [bob().id, UserId::Text("1".to_owned())] {
        let user = UserState { id: user_id.clone(), ..alice() };
        let session = Session { user_id, ..opened.session.clone() };
        let admission = engine.admit(NOW, &claims, Some(&session), Some(&user));
        assert_eq!(admission, refused(Refusal::InvalidToken));
    }
}

#[test]
fn an_ended_session_is_refused_whatever_the_password() {
    let (engine, opened, claims) = login();
    for reason in EndReason::ALL {
        let ended =
            Session { expired_at: Some(LOGIN), end_reason: Some(reason), ..opened.session.clone() };
        let changed = UserState { security_stamp: "new".into(), ..alice() };
        for user in [alice(), changed] {
            let admission = engine.admit(NOW, &claims, Some(&ended), Some(&user));
            assert_eq!(admission, refused(Refusal::SessionExpired));
        }
    }
}

// Others of the user may not have ended yet.
#[test]
fn an_inactive_user_loses_all_sessions_even_by_one_that_has_ended() {
    let (engine, opened, claims) = login();
    let ended = Session { expired_at: Some(LOGIN), ..opened.session.clone() };
    let inactive = UserState { is_active: false, ..alice() };
    let admission = engine.admit(NOW, &claims, Some(&ended), Some(&inactive));
    let Admission::Revoke(revoke) = admission else { panic!("{admission:?}") };
    assert_eq!(revoke.end().sessions, Ending::User(alice().id));
    assert_eq!(engine.admit(NOW, &claims, Some(&ended), None), refused(Refusal::InvalidUser));
}

// An end set in the future by other hands is an end.
#[test]
fn the_time_of_an_end_does_not_matter() {
    let (engine, opened, claims) = login();
    let ended = Session { expired_at: Some(after(3_600 * SECOND)), ..opened.session };
    let admission = engine.admit(NOW, &claims, Some(&ended), Some(&alice()));
    assert_eq!(admission, refused(Refusal::SessionExpired));
}

#[test]
fn nothing_is_admitted_at_the_absolute_end_nor_after_it() {
    let engine = engine_with(|policy| {
        policy.access_token_lifetime = Duration::from_secs(60);
        policy.refresh_token_lifetime = Duration::from_secs(60);
        policy.session_lifetime = Duration::from_secs(60);
    });
    let opened = open(&engine);
    let token = &opened.tokens.access_token;
    let end = opened.session.absolute_end(engine.policy());
    assert_eq!(end, after(60 * SECOND));
    let admit = |now| {
        let claims = engine.read_access(now, token, None).unwrap();
        engine.admit(now, &claims, Some(&opened.session), Some(&alice()))
    };
    assert_eq!(admit(after(60 * SECOND - 1)), Admission::Admit);
    // The leeway still reads the token; the row knows better.
    assert_eq!(admit(end), refused(Refusal::SessionExpired));
    assert_eq!(admit(after(69 * SECOND)), refused(Refusal::SessionExpired));
}

#[test]
fn a_deleted_user_is_refused() {
    let (engine, opened, claims) = login();
    for user in [None, Some(&bob())] {
        let admission = engine.admit(NOW, &claims, Some(&opened.session), user);
        assert_eq!(admission, refused(Refusal::InvalidUser));
    }
}

#[test]
fn an_inactive_user_loses_all_sessions() {
    let (engine, opened, claims) = login();
    let inactive = UserState { is_active: false, ..alice() };
    let admission = engine.admit(NOW, &claims, Some(&opened.session), Some(&inactive));
    let (reason, told) = (EndReason::UserInactive, Refusal::InvalidUser);
    assert!(is_revoked(admission, Ending::User(alice().id), reason, told));
}

#[test]
fn a_changed_security_stamp_ends_the_sessions_that_bear_the_old_one() {
    let (engine, opened, claims) = login();
    let changed = UserState { security_stamp: "new".to_owned(), ..alice() };
    let admission = engine.admit(NOW, &claims, Some(&opened.session), Some(&changed));
    let (reason, told) = (EndReason::PasswordChanged, Refusal::SessionExpired);
    assert!(is_revoked(admission, stamped_as(&opened.session), reason, told));
}
