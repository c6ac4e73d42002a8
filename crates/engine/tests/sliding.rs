//! Sliding tokens: the rows of the decision table for a token that is both of a pair.

mod common;

use std::time::Duration;

use common::{
    Counter, LOGIN, SECOND, advanced, after, alice, engine, engine_with, header, payload, resign,
    revokes, stamped_as,
};
use tegata::{
    AccessClaims, Admission, Bounds, CustomClaims, Device, EndReason, Ending, Engine, Lifetimes,
    MintError, Refusal, Rotation, Session, SessionCheck, SlidingClaims, Tenant, Timestamp,
    TokenType, Tokens, UserState,
};

const LIFETIMES: Lifetimes =
    Lifetimes { token: Duration::from_secs(300), refresh: Duration::from_secs(86_400) };
const HOUR: i64 = 3_600 * SECOND;

struct Login {
    session: Session,
    token: String,
}

fn open(engine: &Engine) -> Login {
    let (random, custom) = (Counter::default(), CustomClaims::none());
    let opened = engine
        .open_sliding(
            LOGIN,
            &random,
            &alice(),
            Device::unknown(),
            &Bounds::none(),
            &custom,
            LIFETIMES,
        )
        .unwrap();
    assert_eq!(opened.tokens.refresh_token, None);
    let unkept = || common::open(&self::engine()).session;
    let session = opened.row.map_or_else(unkept, |row| row.session);
    Login { session, token: opened.tokens.access_token }
}

fn claims(engine: &Engine, token: &str) -> SlidingClaims {
    engine.read_sliding(LOGIN, token, None).unwrap()
}

fn rotate(
    engine: &Engine,
    now: Timestamp,
    token: &str,
    session: Option<&Session>,
    user: Option<&UserState>,
) -> Rotation {
    let claims = engine.read_sliding(now, token, None).unwrap();
    let (random, custom) = (Counter::default(), CustomClaims::none());
    engine.rotate_sliding(now, &random, &claims, session, user, &custom, LIFETIMES).unwrap()
}

fn access(engine: &Engine, token: &str) -> AccessClaims {
    engine
        .read_typed_undated(LOGIN, token, Some(&[TokenType::SLIDING]), None)
        .unwrap()
        .into_access()
        .unwrap()
}

fn admit(engine: &Engine, now: Timestamp, token: &str, session: &Session) -> Admission {
    engine.admit(now, &access(engine, token), Some(session), Some(&alice()))
}

#[test]
fn it_says_until_when_it_can_be_refreshed() {
    let login = open(&engine());
    let said = payload(&login.token);
    assert_eq!(header(&login.token)["typ"], "st+jwt");
    assert_eq!((&said["type"], &said["generation"]), (&"sliding".into(), &1.into()));
    assert_eq!(said["exp"], LOGIN.seconds() + 300);
    assert_eq!(said["refresh_exp"], LOGIN.seconds() + 86_400);
}

#[test]
fn no_deadline_lies_behind_the_end_of_its_session() {
    let idle = engine_with(|policy| policy.session_idle_timeout = Some(Duration::from_secs(60)));
    let short = engine_with(|policy| {
        policy.refresh_token_lifetime = Duration::from_secs(3_000);
    });
    for (engine, end) in [(idle, 60), (short, 3_000)] {
        let said = payload(&open(&engine).token);
        assert_eq!(said["refresh_exp"], LOGIN.seconds() + end);
        assert_eq!(said["exp"], LOGIN.seconds() + end.min(300));
    }
}

#[test]
fn past_its_end_it_is_refreshed_and_past_its_deadline_it_is_not() {
    let engine = engine();
    let login = open(&engine);
    for now in [LOGIN, after(HOUR), after(24 * HOUR)] {
        assert!(engine.read_sliding(now, &login.token, None).is_ok());
    }
    let unread =
        engine.read_sliding(after(24 * HOUR + 10 * SECOND), &login.token, None).unwrap_err();
    assert_eq!(unread.refusal, Refusal::ExpiredToken);
    let early = engine.read_sliding(after(-HOUR), &login.token, None).unwrap_err();
    assert_eq!(early.refusal, Refusal::InvalidToken);
    let pair = common::open(&engine).tokens;
    for other in [pair.access_token, pair.refresh_token] {
        let unread = engine.read_sliding(LOGIN, &other, None).unwrap_err();
        assert_eq!(unread.refusal, Refusal::InvalidTokenType);
    }
    let endless = resign(&login.token, |claims| {
        claims.as_object_mut().unwrap().remove("refresh_exp");
    });
    assert_eq!(
        engine.read_sliding(LOGIN, &endless, None).unwrap_err().refusal,
        Refusal::InvalidToken
    );
}

#[test]
fn the_live_one_advances() {
    let engine = engine_with(|policy| policy.rotate_refresh_tokens = false);
    let login = open(&engine);
    let now = after(HOUR);
    let Rotation::Advance(advance) =
        rotate(&engine, now, &login.token, Some(&login.session), Some(&alice()))
    else {
        panic!("it is live")
    };
    assert_eq!((advance.swap.from, advance.swap.to(), advance.swap.at), (1, 2, now));
    let said = payload(&advance.tokens.access_token);
    assert_eq!((&said["generation"], &said["type"]), (&2.into(), &"sliding".into()));
    assert_eq!(said["refresh_exp"], payload(&login.token)["refresh_exp"]);
    assert_eq!(said["exp"], now.seconds() + 300);
    assert_ne!(said["jti"], payload(&login.token)["jti"]);
}

#[test]
fn the_one_before_is_repeated_until_its_successor_is_in_use_for_longer_than_the_grace() {
    let engine = engine();
    let login = open(&engine);
    let unused = advanced(&login.session, after(SECOND));
    let in_use = Session { first_used_at: Some(after(2 * SECOND)), ..unused.clone() };
    let user = alice();

    let repeat = rotate(&engine, after(HOUR), &login.token, Some(&unused), Some(&user));
    assert!(matches!(repeat, Rotation::Repeat(repeat) if repeat.count.unused));
    let repeat = rotate(&engine, after(12 * SECOND), &login.token, Some(&in_use), Some(&user));
    assert!(matches!(repeat, Rotation::Repeat(repeat) if !repeat.count.unused));

    let late = after(12 * SECOND + 1);
    let Rotation::Revoke(revoke) = rotate(&engine, late, &login.token, Some(&in_use), Some(&user))
    else {
        panic!("its successor is in use")
    };
    let sessions = Ending::Session(login.session.id.clone());
    let told = Refusal::TokenReuseDetected;
    assert!(revokes(revoke, late, sessions, EndReason::TokenReuse, told));
    let asked =
        engine.check_sliding(late, &claims(&engine, &login.token), Some(&in_use), Some(&user));
    assert_eq!(asked, Admission::Refuse(told));
}

#[test]
fn at_the_gate_a_replaced_one_goes_out_of_use_and_ends_nothing() {
    let engine = engine();
    let login = open(&engine);
    assert_eq!(admit(&engine, LOGIN, &login.token, &login.session), Admission::Admit);

    let unused = advanced(&login.session, after(SECOND));
    assert_eq!(admit(&engine, after(HOUR), &login.token, &unused), Admission::Admit);
    let in_use = Session { first_used_at: Some(after(SECOND)), ..unused };
    assert_eq!(admit(&engine, after(11 * SECOND), &login.token, &in_use), Admission::Admit);
    assert_eq!(
        admit(&engine, after(11 * SECOND + 1), &login.token, &in_use),
        Admission::Refuse(Refusal::ExpiredToken)
    );
    // An access token of that generation is good until its own end.
    let pair = common::open(&engine);
    let read = engine.read_access(LOGIN, &pair.tokens.access_token, None).unwrap();
    let user = alice();
    assert_eq!(engine.admit(after(HOUR), &read, Some(&in_use), Some(&user)), Admission::Admit);
}

#[test]
fn its_first_use_is_noted() {
    let engine = engine();
    let login = open(&engine);
    let session = advanced(&login.session, after(SECOND));
    let token = resign(&login.token, |claims| claims["generation"] = 2.into());
    assert!(matches!(
        admit(&engine, after(2 * SECOND), &token, &session),
        Admission::AdmitFirstUse(first_use) if first_use.generation == 2
    ));
}

#[test]
fn no_snapshot_stands_in_for_its_rows() {
    let engine = engine();
    let login = open(&engine);
    let snapshot = engine.snapshot(LOGIN, &login.session, "epoch");
    let sliding = access(&engine, &login.token);
    assert!(!engine.admit_by_snapshot(LOGIN, &sliding, &snapshot, "epoch"));
    let pair = common::open(&engine).tokens;
    let read = engine.read_access(LOGIN, &pair.access_token, None).unwrap();
    assert!(engine.admit_by_snapshot(LOGIN, &read, &snapshot, "epoch"));
}

#[test]
fn users_and_sessions_that_are_gone() {
    let engine = engine();
    let login = open(&engine);
    let user = alice();
    let ended = Session { expired_at: Some(LOGIN), ..login.session.clone() };
    let refuses = |session, user, refusal| {
        assert_eq!(rotate(&engine, LOGIN, &login.token, session, user), Rotation::Refuse(refusal));
        let claims = claims(&engine, &login.token);
        let asked = engine.check_sliding(LOGIN, &claims, session, user);
        assert_eq!(asked, Admission::Refuse(refusal));
    };
    refuses(None, None, Refusal::SessionNotFound);
    refuses(Some(&login.session), None, Refusal::InvalidUser);
    refuses(Some(&ended), Some(&user), Refusal::SessionExpired);

    let changed = UserState { security_stamp: "another".to_owned(), ..user.clone() };
    let Rotation::Revoke(revoke) =
        rotate(&engine, LOGIN, &login.token, Some(&login.session), Some(&changed))
    else {
        panic!("the password has changed")
    };
    let sessions = stamped_as(&login.session);
    let told = Refusal::SessionExpired;
    assert!(revokes(revoke, LOGIN, sessions, EndReason::PasswordChanged, told));

    let inactive = UserState { is_active: false, ..user };
    let revoke = rotate(&engine, LOGIN, &login.token, Some(&login.session), Some(&inactive));
    assert!(matches!(revoke, Rotation::Revoke(_)));
}

#[test]
fn where_no_rows_are_kept_the_token_alone_tells_of_the_login() {
    let engine = engine_with(|policy| policy.session_check = SessionCheck::Off);
    let login = open(&engine);
    let user = alice();
    let Rotation::Reissue(tokens) = rotate(&engine, after(HOUR), &login.token, None, Some(&user))
    else {
        panic!("nothing is written")
    };
    let said = payload(&tokens.access_token);
    assert_eq!(said["refresh_exp"], payload(&login.token)["refresh_exp"]);
    assert_eq!(said["generation"], 2);
    let inactive = UserState { is_active: false, ..user };
    for gone in [None, Some(&inactive)] {
        let refused = rotate(&engine, LOGIN, &login.token, None, gone);
        assert_eq!(refused, Rotation::Refuse(Refusal::InvalidUser));
    }
    let asked = engine.check_sliding(LOGIN, &claims(&engine, &login.token), None, Some(&alice()));
    assert_eq!(asked, Admission::Admit);
}

#[test]
fn its_custom_claims_leave_the_deadline_alone() {
    let engine = engine();
    let (random, user) = (Counter::default(), alice());
    let open = |json: &str| {
        let custom = CustomClaims::from_json(json).unwrap();
        engine.open_sliding(
            LOGIN,
            &random,
            &user,
            Device::unknown(),
            &Bounds::none(),
            &custom,
            LIFETIMES,
        )
    };
    assert_eq!(payload(&open(r#"{"team": 7}"#).unwrap().tokens.access_token)["team"], 7);
    assert!(open(r#"{"refresh_exp": 9999999999}"#).is_err());
}

fn bounded(tenant: Option<&str>, asked: Option<&str>) -> Bounds {
    Bounds {
        tenant: tenant.map(|name| Tenant::new(name).unwrap()),
        scopes: asked.map(|names| names.parse().unwrap()),
    }
}

fn tokens_of(rotation: Rotation) -> Tokens {
    let Rotation::Advance(advance) = rotation else { panic!("{rotation:?}") };
    advance.tokens
}

fn granting(names: &str) -> CustomClaims {
    CustomClaims::none().with_scopes(names.parse().unwrap())
}

fn open_in(engine: &Engine, bounds: &Bounds, custom: &CustomClaims) -> Login {
    let random = Counter::default();
    let opened = engine
        .open_sliding(LOGIN, &random, &alice(), Device::unknown(), bounds, custom, LIFETIMES)
        .unwrap();
    Login { session: opened.row.unwrap().session, token: opened.tokens.access_token }
}

#[test]
fn a_sliding_token_does_not_cross_tenants() {
    let engine = engine();
    let (acme, umbrella) = (Tenant::new("acme").unwrap(), Tenant::new("umbrella").unwrap());
    let bound = open_in(&engine, &bounded(Some("acme"), None), &CustomClaims::none());
    let free = open(&engine);
    for (token, tenant) in
        [(&bound.token, None), (&bound.token, Some(&umbrella)), (&free.token, Some(&acme))]
    {
        let unread = engine.read_sliding(LOGIN, token, tenant).unwrap_err();
        assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidToken, true));
        let accepted = [TokenType::ACCESS, TokenType::SLIDING];
        let unread = engine.read_opening(LOGIN, token, &accepted, tenant).unwrap_err();
        assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidToken, true));
    }
    let claims = engine.read_sliding(LOGIN, &bound.token, Some(&acme)).unwrap();
    let (random, custom) = (Counter::default(), CustomClaims::none());
    let (session, user) = (Some(&bound.session), Some(&alice()));
    let next = engine.rotate_sliding(LOGIN, &random, &claims, session, user, &custom, LIFETIMES);
    let token = tokens_of(next.unwrap()).access_token;
    assert!(engine.read_sliding(LOGIN, &token, Some(&acme)).is_ok());
    assert!(engine.read_sliding(LOGIN, &token, None).is_err());
}

#[test]
fn a_sliding_token_covers_what_is_granted_and_never_more_than_the_one_before() {
    let engine = engine();
    let login = open_in(&engine, &bounded(None, Some("read write")), &granting("read send"));
    let claims = claims(&engine, &login.token);
    assert_eq!(claims.scopes().unwrap().as_str(), "read");

    let random = Counter::default();
    let (session, user) = (Some(&login.session), Some(&alice()));
    let more = granting("read write send");
    let next = engine.rotate_sliding(LOGIN, &random, &claims, session, user, &more, LIFETIMES);
    let tokens = tokens_of(next.unwrap());
    assert_eq!(tokens.scopes.unwrap().as_str(), "read");
    let none = granting("send");
    let next = engine.rotate_sliding(LOGIN, &random, &claims, session, user, &none, LIFETIMES);
    assert_eq!(tokens_of(next.unwrap()).scopes, None);
}

#[test]
fn a_sliding_login_that_is_granted_none_of_the_scopes_it_asks_for_fails() {
    let (engine, random) = (engine(), Counter::default());
    let (bounds, custom) = (bounded(None, Some("write")), granting("read"));
    let device = Device::unknown();
    let opened = engine.open_sliding(LOGIN, &random, &alice(), device, &bounds, &custom, LIFETIMES);
    assert_eq!(opened.unwrap_err(), MintError::NoScope);
}
