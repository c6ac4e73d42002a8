//! Tokens of a library that kept no sessions, as django-ninja-jwt and simplejwt make them: each
//! refresh token opens one session, once.

mod common;

use std::time::Duration;

use common::{
    Counter, LOGIN, SECOND, after, alice, are_of_generation, bob, engine_with, header,
    memory_store, open, payload, revokes, row, unlimited, user,
};
use serde_json::{Value, json};
use tegata::{
    Admission, Algorithm, AnyClaims, CustomClaims, Device, EndReason, EndSessions, Ending, Engine,
    KeySet, LegacyClaimNames, LegacyTokens, Lifetimes, NewSession, Policy, Refusal, Requirement,
    Rotation, Session, SessionCheck, SessionId, SessionStore, Timestamp, TokenType, UserId,
    UserState, host,
};
use tegata_jose::{jws, legacy};

const WEAK: &[u8] = b"fake-key";
const UNTIL: Timestamp = Timestamp::from_seconds(LOGIN.seconds() + 86_400);
/// When the old library made the tokens.
const ISSUED: i64 = LOGIN.seconds() - 1_000;

fn sessionless() -> LegacyTokens {
    LegacyTokens {
        keys: KeySet::new(vec![legacy::from_secret(WEAK, Algorithm::Hs256).unwrap()]).unwrap(),
        access_typ: Some("JWT".to_owned()),
        refresh_typ: Some("JWT".to_owned()),
        issuer: None,
        audience: None,
        claim_names: LegacyClaimNames {
            token_type: "token_type".to_owned(),
            session_id: None,
            ..LegacyClaimNames::default()
        },
        until: UNTIL,
    }
}

fn engine() -> Engine {
    with(|_| ())
}

fn with(change: impl FnOnce(&mut Policy)) -> Engine {
    engine_with(change).accept_legacy(vec![sessionless()]).unwrap()
}

fn claims(kind: &str) -> Value {
    let exp = LOGIN.seconds() + 3_600;
    json!({"token_type": kind, "exp": exp, "iat": ISSUED, "jti": "5f2c", "user_id": 1})
}

fn sign(claims: &Value) -> String {
    use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    let header = BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let message = format!("{header}.{}", BASE64.encode(claims.to_string()));
    let signature = sign(&Key::new(HMAC_SHA256, WEAK), message.as_bytes());
    format!("{message}.{}", BASE64.encode(signature))
}

fn token(kind: &str) -> String {
    sign(&claims(kind))
}

fn sliding() -> String {
    let mut claims = claims("sliding");
    claims["refresh_exp"] = json!(LOGIN.seconds() + 7_200);
    sign(&claims)
}

fn take_over(engine: &Engine, now: Timestamp, token: &str, user: &UserState) -> NewSession {
    let read = engine.read_refresh(now, token, None).unwrap();
    engine.take_over(now, &read, Some(user), false, None, Device::unknown(), None).unwrap()
}

fn rotate(engine: &Engine, now: Timestamp, token: &str, session: &Session) -> Rotation {
    let read = engine.read_refresh(now, token, None).unwrap();
    let (random, custom) = (Counter::default(), CustomClaims::none());
    engine.rotate(now, &random, &read, Some(session), Some(&alice()), &custom).unwrap()
}

#[test]
fn a_token_has_one_session_whatever_the_time_and_the_machine() {
    let first = take_over(&engine(), LOGIN, &token("refresh"), &alice()).session;
    let again = take_over(&engine(), after(SECOND), &token("refresh"), &alice()).session;
    assert_eq!(first.id, again.id);
    assert_eq!(first.id, SessionId::of_legacy_token(&UserId::Integer(1), "5f2c"));
    assert!(first.id.to_string().parse::<SessionId>().is_ok());

    for (claim, value) in [("jti", json!("5f2d")), ("user_id", json!(2))] {
        let mut other = claims("refresh");
        other[claim] = value;
        let read = engine().read_refresh(LOGIN, &sign(&other), None).unwrap();
        assert_ne!(*read.session_id(), first.id, "{claim}");
    }
    let mark = SessionId::of_given_up_legacy(&UserId::Integer(1));
    assert_ne!(mark, first.id);
    assert_ne!(mark, SessionId::of_legacy_token(&UserId::Integer(1), ""));
}

#[test]
fn the_row_is_as_if_it_had_been_taken_over() {
    let engine = with(|policy| policy.max_sessions_per_user = Some(3));
    let row = take_over(&engine, LOGIN, &token("refresh"), &alice());
    assert_eq!(row.limit.unwrap().at_most, 3);
    let session = row.session;
    assert_eq!(session.created_at, Timestamp::from_seconds(ISSUED));
    assert_eq!((session.minted_at, session.refreshed_at), (session.created_at, session.created_at));
    assert_eq!((session.generation, session.expired_at), (Session::TAKEN_OVER, None));
    assert_eq!(session.security_stamp, alice().security_stamp);
    assert!(session.is_of_legacy_token());
    assert!(!open(&engine).session.is_of_legacy_token());
}

#[test]
fn when_a_token_does_not_say_when_it_was_issued_or_lies_it_is_now() {
    for iat in [None, Some(LOGIN.seconds() + 5)] {
        let mut claims = claims("refresh");
        claims.as_object_mut().unwrap().remove("iat");
        if let Some(iat) = iat {
            claims["iat"] = json!(iat);
        }
        let row = take_over(&engine(), LOGIN, &sign(&claims), &alice());
        assert_eq!(row.session.created_at, LOGIN, "{iat:?}");
    }
}

#[test]
fn the_decision_table_is_the_one_of_every_session() {
    let (engine, old) = (engine(), token("refresh"));
    let session = take_over(&engine, LOGIN, &old, &alice()).session;
    let Rotation::Advance(advance) = rotate(&engine, LOGIN, &old, &session) else {
        panic!("the first refresh advances")
    };
    assert_eq!((advance.swap.from, advance.swap.to()), (2, 3));
    let next = common::advanced(&session, LOGIN);
    assert!(matches!(rotate(&engine, after(SECOND), &old, &next), Rotation::Repeat(_)));
    let in_use = Session { first_used_at: Some(LOGIN), ..next };
    let Rotation::Revoke(revoke) = rotate(&engine, after(60 * SECOND), &old, &in_use) else {
        panic!("a replay is found")
    };
    let (this, told) = (Ending::Session(session.id.clone()), Refusal::TokenReuseDetected);
    assert!(revokes(revoke, after(60 * SECOND), this, EndReason::TokenReuse, told));
    let ended = Session { expired_at: Some(LOGIN), ..session };
    let answer = rotate(&engine, LOGIN, &old, &ended);
    assert_eq!(answer, Rotation::Refuse(Refusal::SessionExpired));
}

#[test]
fn without_rotation_the_old_token_stays_until_its_time_is_up() {
    let engine = with(|policy| policy.rotate_refresh_tokens = false);
    let session = take_over(&engine, LOGIN, &token("refresh"), &alice()).session;
    assert!(matches!(rotate(&engine, LOGIN, &token("refresh"), &session), Rotation::Renew(_)));
}

#[test]
fn who_is_gone_or_has_given_up_gets_no_row() {
    let read = engine().read_refresh(LOGIN, &token("refresh"), None).unwrap();
    let row = |user: Option<&UserState>, given_up| {
        engine().take_over(LOGIN, &read, user, given_up, None, Device::unknown(), None).unwrap_err()
    };
    assert_eq!(row(None, false), Refusal::InvalidUser);
    assert_eq!(row(Some(&bob()), false), Refusal::InvalidUser);
    assert_eq!(row(Some(&alice()), true), Refusal::SessionExpired);
}

#[test]
fn the_user_decides_as_ever() {
    let (engine, old) = (engine(), token("refresh"));
    let session = take_over(&engine, LOGIN, &old, &alice()).session;
    let read = engine.read_refresh(LOGIN, &old, None).unwrap();
    let check = |user: &UserState| engine.check_refresh(LOGIN, &read, Some(&session), Some(user));
    assert_eq!(check(&alice()), Admission::Admit);
    assert!(matches!(check(&UserState { is_active: false, ..alice() }), Admission::Revoke(_)));
    let changed = UserState { security_stamp: "another".to_owned(), ..alice() };
    assert!(matches!(check(&changed), Admission::Revoke(_)));
}

#[test]
fn only_tokens_that_open_a_session_get_a_row() {
    let engine = engine();
    let access = engine.read_access(LOGIN, &token("access"), None).unwrap();
    let ours = engine.read_refresh(LOGIN, &open(&engine).tokens.refresh_token, None).unwrap();
    assert!(access.is_legacy() && !access.opens_session());
    assert!(!ours.opens_session());
    for claims in [&*access, &*ours] {
        let row =
            engine.take_over(LOGIN, claims, Some(&alice()), false, None, Device::unknown(), None);
        assert_eq!(row.unwrap_err(), Refusal::SessionNotFound);
    }
}

#[test]
fn an_old_key_gets_at_no_session_of_ours() {
    let engine = engine();
    let ours = open(&engine).session;
    // A row of a library that kept sessions.
    let taken_over = Session { legacy_jti: Some("5f2c".to_owned()), ..ours.clone() };
    for kind in ["access", "refresh"] {
        let mut claims = claims(kind);
        claims["session_id"] = json!(ours.id);
        let read = engine.read(LOGIN, &sign(&claims), None).unwrap();
        let (AnyClaims::Access(tegata::AccessClaims { .. }) | AnyClaims::Refresh(_)) = &read;
        let id = match &read {
            AnyClaims::Access(claims) => claims.session_id(),
            AnyClaims::Refresh(claims) => claims.session_id(),
        };
        assert_ne!(*id, ours.id);
    }
    let session = take_over(&engine, LOGIN, &token("refresh"), &alice()).session;
    let as_theirs = Session { id: session.id.clone(), ..taken_over };
    let answer = rotate(&engine, LOGIN, &token("refresh"), &as_theirs);
    assert_eq!(answer, Rotation::Refuse(Refusal::SessionNotFound));
    let as_ours = Session { legacy_jti: None, ..as_theirs };
    let answer = rotate(&engine, LOGIN, &token("refresh"), &as_ours);
    assert_eq!(answer, Rotation::Refuse(Refusal::SessionNotFound));
}

#[test]
fn the_key_of_a_library_with_sessions_gets_at_no_row_of_one_without() {
    let other = legacy::from_secret(b"another", Algorithm::Hs256).unwrap();
    let with_sessions = LegacyTokens {
        keys: KeySet::new(vec![other]).unwrap(),
        claim_names: LegacyClaimNames::default(),
        ..sessionless()
    };
    let engine = engine_with(|_| ()).accept_legacy(vec![sessionless(), with_sessions]).unwrap();
    let session = take_over(&engine, LOGIN, &token("refresh"), &alice()).session;
    let forged = json!({
        "type": "refresh", "exp": LOGIN.seconds() + 60, "user_id": 1,
        "session_id": session.id, "jti": session.id,
    });
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"another");
    let unsigned = sign(&forged);
    let message = unsigned.rsplit_once('.').unwrap().0;
    let signature = aws_lc_rs::hmac::sign(&key, message.as_bytes());
    let signature = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        signature.as_ref(),
    );
    let answer = rotate(&engine, LOGIN, &format!("{message}.{signature}"), &session);
    assert_eq!(answer, Rotation::Refuse(Refusal::SessionNotFound));
}

#[test]
fn a_number_that_was_written_as_a_text_names_the_same_user() {
    let mut claims = claims("refresh");
    claims["user_id"] = json!("1");
    let session = take_over(&engine(), LOGIN, &sign(&claims), &alice()).session;
    assert_eq!(session.user_id, UserId::Integer(1));
    assert_eq!(session.id, take_over(&engine(), LOGIN, &token("refresh"), &alice()).session.id);
    let Rotation::Advance(advance) = rotate(&engine(), LOGIN, &sign(&claims), &session) else {
        panic!("it is the user's own")
    };
    assert_eq!(payload(&advance.tokens.access_token)["user_id"], json!(1));
    // A username that looks like the number is somebody else's.
    let username = UserState { id: UserId::Text("1".to_owned()), ..alice() };
    let read = engine().read_refresh(LOGIN, &token("refresh"), None).unwrap();
    let row =
        engine().take_over(LOGIN, &read, Some(&username), false, None, Device::unknown(), None);
    assert_eq!(row.unwrap_err(), Refusal::InvalidUser);
    // Nobody else is meant by what only looks alike.
    claims["user_id"] = json!("01");
    let read = engine().read_refresh(LOGIN, &sign(&claims), None).unwrap();
    let row =
        engine().take_over(LOGIN, &read, Some(&alice()), false, None, Device::unknown(), None);
    assert_eq!(row.unwrap_err(), Refusal::InvalidUser);
    // A token of ours is held to the letter.
    let ours = engine().read_refresh(LOGIN, &open(&engine()).tokens.refresh_token, None).unwrap();
    let text = UserState { id: UserId::Text("1".to_owned()), ..alice() };
    let answer = engine().check_refresh(LOGIN, &ours, Some(&open(&engine()).session), Some(&text));
    assert_eq!(answer, Admission::Refuse(Refusal::InvalidUser));
}

#[test]
fn what_can_be_no_token_of_theirs() {
    let mut cases = vec![];
    for kind in ["refresh", "sliding"] {
        let good = match kind {
            "sliding" => payload(&sliding()),
            _ => claims(kind),
        };
        for (claim, value) in [
            ("jti", json!(1)),
            ("jti", json!("")),
            ("jti", Value::Null),
            ("user_id", json!([1])),
            ("user_id", json!(1.5)),
            ("token_type", json!("invitation")),
            ("token_type", json!(null)),
            ("exp", json!("soon")),
        ] {
            cases.push({
                let mut bad = good.clone();
                bad[claim] = value;
                bad
            });
        }
        for claim in ["jti", "user_id", "token_type", "exp"] {
            let mut bad = good.clone();
            bad.as_object_mut().unwrap().remove(claim);
            cases.push(bad);
        }
    }
    let mut endless = payload(&sliding());
    endless.as_object_mut().unwrap().remove("refresh_exp");
    cases.push(endless);
    for bad in cases {
        let token = sign(&bad);
        let accepted = [TokenType::ACCESS, TokenType::REFRESH, TokenType::SLIDING];
        let read = engine().read_typed(LOGIN, &token, Some(&accepted), None).unwrap_err();
        assert_eq!((read.refusal, read.ours), (Refusal::InvalidToken, true), "{bad}");
        assert!(engine().read_sliding(LOGIN, &token, None).is_err());
    }
}

#[test]
fn an_access_token_is_good_where_no_row_of_a_session_is_looked_at() {
    let engine = engine();
    let mut text = claims("access");
    text["user_id"] = json!("1");
    for token in [token("access"), sign(&text)] {
        let access = engine.read_access(LOGIN, &token, None).unwrap();
        for check in [SessionCheck::User, SessionCheck::Refresh, SessionCheck::Request] {
            assert_eq!(access.session_check(check), check);
        }
        assert_eq!(engine.admit_user(LOGIN, &access, Some(&alice())), Admission::Admit);
        let answer = engine.admit_user(LOGIN, &access, Some(&bob()));
        assert_eq!(answer, Admission::Refuse(Refusal::InvalidUser));
        let answer = engine.admit(LOGIN, &access, None, Some(&alice()));
        assert_eq!(answer, Admission::Refuse(Refusal::SessionNotFound));
    }
}

#[test]
fn a_sliding_token_opens_views_until_it_is_refreshed() {
    let (engine, accepted) = (engine(), [TokenType::ACCESS, TokenType::SLIDING]);
    let access = engine.read_opening(LOGIN, &sliding(), &accepted, None).unwrap();
    assert_eq!(access.session_check(SessionCheck::Refresh), SessionCheck::Request);
    let to_be = engine
        .take_over(LOGIN, &access, Some(&alice()), false, None, Device::unknown(), None)
        .unwrap()
        .session;
    let admit = |session: &Session, at| engine.admit(at, &access, Some(session), Some(&alice()));
    assert_eq!(admit(&to_be, LOGIN), Admission::Admit);
    let refreshed = common::advanced(&to_be, LOGIN);
    assert_eq!(admit(&refreshed, after(SECOND)), Admission::Admit, "another tab has it still");
    let in_use = Session { first_used_at: Some(LOGIN), ..refreshed };
    let late = admit(&in_use, after(60 * SECOND));
    assert_eq!(late, Admission::Refuse(Refusal::ExpiredToken));
    let ended = Session { expired_at: Some(LOGIN), ..to_be };
    assert_eq!(admit(&ended, LOGIN), Admission::Refuse(Refusal::SessionExpired));

    let pair_alone = engine.read_access(LOGIN, &sliding(), None).unwrap_err();
    assert_eq!((pair_alone.refusal, pair_alone.ours), (Refusal::InvalidTokenType, false));
    assert!(engine.read_sliding(LOGIN, &token("refresh"), None).is_err());
}

#[test]
fn the_deadline_of_a_sliding_token_stays_where_it_was() {
    let engine = engine();
    let lifetimes =
        Lifetimes { token: Duration::from_secs(300), refresh: Duration::from_secs(86_400) };
    // Past its `exp`, and not past its deadline.
    let now = after(3_700 * SECOND);
    let read = engine.read_sliding(now, &sliding(), None).unwrap();
    let lifetime = Some(lifetimes.refresh);
    let row =
        engine.take_over(now, &read, Some(&alice()), false, None, Device::unknown(), lifetime);
    let session = row.unwrap().session;
    let (random, custom) = (Counter::default(), CustomClaims::none());
    let rotation = engine.rotate_sliding(
        now,
        &random,
        &read,
        Some(&session),
        Some(&alice()),
        &custom,
        lifetimes,
    );
    let Rotation::Advance(advance) = rotation.unwrap() else { panic!("it is the live one") };
    let next = advance.tokens.access_token;
    assert_eq!(header(&next)["typ"], json!("st+jwt"));
    assert_eq!(payload(&next)["refresh_exp"], json!(LOGIN.seconds() + 7_200));
    let late = engine.read_sliding(after(7_300 * SECOND), &sliding(), None).unwrap_err();
    assert_eq!(late.refusal, Refusal::ExpiredToken);
}

#[test]
fn a_login_that_nobody_saw_is_not_fresh() {
    let mut just_now = claims("refresh");
    just_now["iat"] = json!(LOGIN.seconds());
    let old = sign(&just_now);
    let engine = engine();
    let session = take_over(&engine, LOGIN, &old, &alice()).session;
    let Rotation::Advance(advance) = rotate(&engine, LOGIN, &old, &session) else {
        panic!("the first refresh advances")
    };
    let access = engine.read_access(LOGIN, &advance.tokens.access_token, None).unwrap();
    assert_eq!(access.auth_time(), None);
    let fresh = Requirement::none().and_fresh(Duration::from_secs(3_600)).unwrap();
    assert_eq!(engine.require(LOGIN, &access, &fresh), Err(Refusal::LoginRequired));
    // The tokens can be changed by hand as any others.
    let refresh = advance.tokens.refresh_token.unwrap();
    let claims = payload(&refresh).to_string();
    assert!(engine.sign_draft(LOGIN, &TokenType::REFRESH, &claims).is_ok());
}

#[test]
fn none_opens_a_session_from_until_on_and_rows_stay_till_then() {
    let engine = engine();
    assert!(engine.keeps_legacy_rows(LOGIN));
    assert!(engine.read_refresh(UNTIL, &token("refresh"), None).is_err());
    // A machine whose clock is behind still takes one.
    assert!(engine.keeps_legacy_rows(UNTIL));
    assert!(!engine.keeps_legacy_rows(UNTIL.plus(engine.policy().leeway)));

    let other = LegacyTokens { claim_names: LegacyClaimNames::default(), ..sessionless() };
    let with_sessions = engine_with(|_| ()).accept_legacy(vec![other]).unwrap();
    assert!(!with_sessions.keeps_legacy_rows(LOGIN));
    assert!(!engine_with(|_| ()).keeps_legacy_rows(LOGIN));
}

#[test]
fn what_ends_in_bulk_gives_the_users_old_tokens_up() {
    let mark = |sessions| {
        let reason = EndReason::PasswordChanged;
        engine().give_up_legacy(&EndSessions { sessions, at: LOGIN, reason })
    };
    let user = UserId::Integer(1);
    let session = open(&engine()).session;
    let bulk = [
        Ending::User(user.clone()),
        Ending::Others { user: user.clone(), except: session.id.clone() },
        Ending::Stamped { user: user.clone(), security_stamp: String::new() },
    ];
    for ending in bulk {
        let row = mark(ending).unwrap();
        assert_eq!(row.id, SessionId::of_given_up_legacy(&user));
        assert_eq!(
            (row.expired_at, row.end_reason),
            (Some(LOGIN), Some(EndReason::PasswordChanged))
        );
        assert!(row.is_of_legacy_token());
    }
    assert_eq!(mark(Ending::Session(session.id.clone())), None);
    assert_eq!(mark(Ending::Own { user: user.clone(), session: session.id }), None);
    let end = EndSessions { sessions: Ending::User(user), at: LOGIN, reason: EndReason::LogOutAll };
    assert_eq!(engine_with(|_| ()).give_up_legacy(&end), None);
}

#[test]
fn a_token_that_its_library_had_ended_is_refused() {
    let row = Engine::take_over_ended(UserId::Integer(1), "5f2c", after(-9), after(-5));
    assert_eq!((row.created_at, row.expired_at), (after(-9), Some(after(-5))));
    let answer = rotate(&engine(), LOGIN, &token("refresh"), &row);
    assert_eq!(answer, Rotation::Refuse(Refusal::SessionExpired));
}

#[test]
fn a_tenant_s_request_takes_none() {
    let acme = tegata::Tenant::new("acme").unwrap();
    assert!(engine().read_refresh(LOGIN, &token("refresh"), Some(&acme)).is_err());
    assert!(engine().read_sliding(LOGIN, &sliding(), Some(&acme)).is_err());
    assert!(engine().read_typed(LOGIN, &token("refresh"), None, Some(&acme)).is_err());
}

#[test]
fn our_own_key_makes_none() {
    let key = common::key();
    let forged = jws::sign(&key, Some("JWT"), claims("refresh").to_string().as_bytes()).unwrap();
    assert!(engine().read_refresh(LOGIN, &forged, None).is_err());
}

#[tokio::test]
async fn a_host_opens_one_session_for_one_token() {
    let (engine, store, old) = (engine(), memory_store(), token("refresh"));
    let id = SessionId::of_legacy_token(&alice().id, "5f2c");
    let random = Counter::default();
    let custom = |_: &_, _: Option<&Session>| CustomClaims::none();
    let refresh = async |at, token: &str| {
        host::refresh(&engine, &store, after(at), &random, token, None, custom).await
    };
    let asked = host::verify(&engine, &store, LOGIN, &old, None).await.unwrap();
    assert!(matches!(asked, AnyClaims::Refresh(_)));
    let Ok(none) = store.load(&id).await;
    assert!(none.is_none(), "asking opens nothing");

    let first = refresh(SECOND, &old).await.unwrap();
    let again = refresh(2 * SECOND, &old).await.unwrap();
    assert!(are_of_generation(&first, 3) && are_of_generation(&again, 3));
    let next = refresh(3 * SECOND, &again.refresh_token.unwrap()).await.unwrap();
    assert!(are_of_generation(&next, 4));
    assert!(refresh(4 * SECOND, &old).await.is_err());
    assert_eq!(row(&store, &id).await.end_reason, Some(EndReason::TokenReuse));
    assert!(host::verify(&engine, &store, LOGIN, &old, None).await.is_err());
}

#[tokio::test]
async fn a_logout_comes_before_the_first_refresh() {
    let (engine, store, old) = (engine(), memory_store(), token("refresh"));
    let random = Counter::default();
    let custom = |_: &_, _: Option<&Session>| CustomClaims::none();
    let missing = Err(Refusal::MissingToken);
    host::log_out(&engine, &store, LOGIN, missing, Some(&old), None).await.unwrap();
    let answer = host::refresh(&engine, &store, LOGIN, &random, &old, None, custom).await;
    assert!(matches!(answer, Err(host::HostError::Refused(Refusal::SessionExpired))));
}

#[test]
fn an_old_access_token_alone_logs_nobody_out() {
    let (engine, access, refresh) = (engine(), token("access"), token("refresh"));
    let log_out = |access: &str, body| engine.log_out(LOGIN, Ok(access), body, None);
    assert_eq!(log_out(&access, None), Err(Refusal::SessionNotFound));
    let both = log_out(&access, Some(&refresh)).unwrap();
    assert_eq!((both.ends.len(), both.opening.is_some()), (1, true));
}

#[tokio::test]
async fn an_account_that_was_switched_off_and_on_again_opens_none() {
    let (engine, store, old) = (engine(), memory_store(), token("refresh"));
    let random = Counter::default();
    let custom = |_: &_, _: Option<&Session>| CustomClaims::none();
    let Ok(()) = store.insert(unlimited(open(&engine).session)).await;
    store.put_user(UserState { is_active: false, ..user(1) });
    // One token of the user comes meanwhile, and another one does not.
    let mut other = claims("refresh");
    other["jti"] = json!("another");
    let refresh = async |token: &str| {
        host::refresh(&engine, &store, LOGIN, &random, token, None, custom).await
    };
    assert!(refresh(&sign(&other)).await.is_err());
    store.put_user(user(1));
    assert!(matches!(refresh(&old).await, Err(host::HostError::Refused(Refusal::SessionExpired))));
}

#[test]
fn a_token_that_is_of_a_password_goes_with_it() {
    let names = LegacyClaimNames {
        password: Some("hash_password".to_owned()),
        ..sessionless().claim_names
    };
    let profile = LegacyTokens { claim_names: names, ..sessionless() };
    let engine = engine_with(|_| ()).accept_legacy(vec![profile]).unwrap();
    let opened = |said: Option<Value>, digest: Option<&str>| {
        let mut claims = claims("refresh");
        if let Some(said) = said {
            claims["hash_password"] = said;
        }
        let read = engine.read_refresh(LOGIN, &sign(&claims), None).unwrap();
        assert!(read.is_of_a_password());
        assert!(read.parse::<Value>().unwrap().get("hash_password").is_none());
        let device = Device::unknown();
        engine.take_over(LOGIN, &read, Some(&alice()), false, digest, device, None).map(|_| ())
    };
    assert_eq!(opened(Some(json!("AB")), Some("AB")), Ok(()));
    let outdated = Err(Refusal::SessionExpired);
    assert_eq!(opened(Some(json!("AB")), Some("CD")), outdated);
    assert_eq!(opened(Some(json!("AB")), None), outdated);
    assert_eq!(opened(None, Some("AB")), outdated);
    assert_eq!(opened(Some(json!(["AB"])), Some("AB")), outdated);
    let read = self::engine().read_refresh(LOGIN, &token("refresh"), None).unwrap();
    assert!(!read.is_of_a_password());
}

#[test]
fn two_libraries_may_have_had_one_key() {
    let of_sessions = LegacyTokens { claim_names: LegacyClaimNames::default(), ..sessionless() };
    let named = sign(&json!({
        "type": "refresh", "token_type": "refresh", "exp": LOGIN.seconds() + 3_600, "jti": "5f2c",
        "user_id": 1, "session_id": SessionId::of_legacy_token(&UserId::Integer(1), "x").as_str(),
    }));
    for legacy in [[sessionless(), of_sessions.clone()], [of_sessions, sessionless()]] {
        let engine = engine_with(|_| ()).accept_legacy(legacy.into()).unwrap();
        assert!(engine.read_refresh(LOGIN, &token("refresh"), None).unwrap().opens_session());
        // One that names its session is known by that alone, so an ended one is no way to another.
        let read = engine.read_refresh(LOGIN, &named, None).unwrap();
        assert!(read.is_legacy() && !read.opens_session());
        let neither = sign(&json!({"exp": LOGIN.seconds() + 3_600, "user_id": 1}));
        assert!(engine.read_refresh(LOGIN, &neither, None).unwrap_err().ours);
    }
}

#[test]
fn a_logout_by_a_token_of_ours_and_one_of_before_that_writes_the_number_as_a_text() {
    let engine = engine();
    let ours = open(&engine);
    let mut text = claims("refresh");
    text["user_id"] = json!("1");
    let access = Ok(ours.tokens.access_token.as_str());
    let done = engine.log_out(LOGIN, access, Some(&sign(&text)), None).unwrap();
    assert_eq!((done.ends.len(), done.user_id), (2, UserId::Integer(1)));
    text["user_id"] = json!("2");
    let other = engine.log_out(LOGIN, access, Some(&sign(&text)), None);
    assert_eq!(other, Err(Refusal::InvalidToken));
}
