//! `SessionCheck::Off`: no rows of sessions are made, and a refresh goes by its token and its user.

mod common;

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use common::{
    Counter, DAY, Down, LOGIN, Pair, SECOND, UNBOUND, Watched, after, alice, bob, engine_with,
    open_at, payload, resign,
};
use tegata::host::{self, HostError, HostResult};
use tegata::{
    Admission, AnyClaims, CustomClaims, Device, Engine, MintError, Policy, RandomnessError,
    RefreshClaims, Refusal, Rotation, Session, SessionCheck, SystemRandomness, Timestamp, Tokens,
    UserState,
};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_060);

fn rowless(change: impl FnOnce(&mut Policy)) -> Engine {
    engine_with(|policy| {
        policy.session_check = SessionCheck::Off;
        change(policy);
    })
}

fn open(engine: &Engine) -> Pair {
    open_at(engine, LOGIN, &Counter::default(), &alice()).tokens.into()
}

fn login(engine: &Engine) -> (Pair, RefreshClaims) {
    let pair = open(engine);
    let claims = engine.read_refresh(LOGIN, &pair.refresh_token, None).unwrap();
    (pair, claims)
}

fn rotate(
    engine: &Engine,
    now: Timestamp,
    claims: &RefreshClaims,
    user: Option<&UserState>,
) -> Rotation {
    let (random, custom) = (Counter::default(), CustomClaims::none());
    engine.rotate(now, &random, claims, None, user, &custom).unwrap()
}

fn reissued(rotation: Rotation) -> Tokens {
    match rotation {
        Rotation::Reissue(tokens) => tokens,
        other => panic!("{other:?}"),
    }
}

fn inactive() -> UserState {
    UserState { is_active: false, ..alice() }
}

#[test]
fn a_login_makes_no_row() {
    let opened = open_at(&rowless(|_| ()), LOGIN, &Counter::default(), &alice());
    assert_eq!(opened.row, None);
    assert!(common::are_of_generation(&opened.tokens, 1));
}

#[test]
fn a_refresh_gives_the_next_pair_of_the_same_login() {
    let engine = rowless(|_| ());
    let (pair, claims) = login(&engine);
    let next: Pair = reissued(rotate(&engine, NOW, &claims, Some(&alice()))).into();
    for (before, token) in
        [(&pair.access_token, &next.access_token), (&pair.refresh_token, &next.refresh_token)]
    {
        let (before, claims) = (payload(before), payload(token));
        for kept in ["session_id", "auth_time", "sub", "user_id"] {
            assert_eq!(claims[kept], before[kept], "{kept}");
        }
        assert_eq!(claims["iat"], NOW.seconds());
        assert_eq!(claims["generation"], 2);
    }
    let lifetime = after(60 * SECOND + 14 * DAY).seconds();
    assert_eq!(payload(&next.refresh_token)["exp"], lifetime);
    assert_eq!(next.expires_in, Duration::from_secs(300));
}

// Nothing is remembered, so there is nothing to tell a second use by.
#[test]
fn every_refresh_token_is_good_until_it_expires() {
    let engine = rowless(|policy| policy.refresh_grace = Duration::ZERO);
    let (_, claims) = login(&engine);
    for minute in 0..5 {
        let now = after(minute * 60 * SECOND);
        let next: Pair = reissued(rotate(&engine, now, &claims, Some(&alice()))).into();
        assert!(engine.read_refresh(now, &next.refresh_token, None).is_ok());
    }
}

#[test]
fn with_rotation_off_a_refresh_gives_an_access_token_only() {
    let engine = rowless(|policy| policy.rotate_refresh_tokens = false);
    let (_, claims) = login(&engine);
    let tokens = reissued(rotate(&engine, NOW, &claims, Some(&alice())));
    assert_eq!(tokens.refresh_token, None);
    assert_eq!(tokens.expires_in, Duration::from_secs(300));
    let access = engine.read_access(NOW, &tokens.access_token, None).unwrap();
    assert_eq!((access.generation(), access.auth_time()), (1, Some(LOGIN)));
}

#[test]
fn custom_claims_are_made_anew() {
    let engine = rowless(|_| ());
    let (_, claims) = login(&engine);
    let custom = CustomClaims::from_json(r#"{"role":"admin"}"#).unwrap();
    let rotation =
        engine.rotate(NOW, &Counter::default(), &claims, None, Some(&alice()), &custom).unwrap();
    let next: Pair = reissued(rotation).into();
    assert_eq!(payload(&next.access_token)["role"], "admin");
    assert_eq!(payload(&next.refresh_token).get("role"), None);
}

#[test]
fn the_user_decides() {
    let engine = rowless(|_| ());
    let (_, claims) = login(&engine);
    for user in [None, Some(&bob()), Some(&inactive())] {
        let refused = Rotation::Refuse(Refusal::InvalidUser);
        assert_eq!(rotate(&engine, NOW, &claims, user), refused);
        let refused = Admission::Refuse(Refusal::InvalidUser);
        assert_eq!(engine.check_refresh(NOW, &claims, None, user), refused);
    }
    let good = engine.check_refresh(NOW, &claims, None, Some(&alice()));
    assert_eq!(good, Admission::Admit);
}

#[test]
fn the_time_of_the_login_sets_the_absolute_end() {
    let engine = rowless(|policy| {
        policy.access_token_lifetime = Duration::from_secs(600);
        policy.refresh_token_lifetime = Duration::from_secs(600);
        policy.session_lifetime = Duration::from_secs(1_000);
    });
    let (pair, claims) = login(&engine);
    let end = after(1_000 * SECOND);
    assert_eq!(payload(&pair.refresh_token)["exp"], after(600 * SECOND).seconds());

    let next: Pair = reissued(rotate(&engine, after(599 * SECOND), &claims, Some(&alice()))).into();
    for token in [&next.access_token, &next.refresh_token] {
        assert_eq!(payload(token)["exp"], end.seconds());
    }
    assert_eq!(next.expires_in, Duration::from_secs(401));

    let claims = engine.read_refresh(after(600 * SECOND), &next.refresh_token, None).unwrap();
    let last = Timestamp::from_micros(end.micros() - 1);
    let user = alice();
    assert!(matches!(rotate(&engine, last, &claims, Some(&user)), Rotation::Reissue(_)));
    assert_eq!(engine.check_refresh(last, &claims, None, Some(&user)), Admission::Admit);
    let refused = Rotation::Refuse(Refusal::SessionExpired);
    assert_eq!(rotate(&engine, end, &claims, Some(&user)), refused);
    let refused = Admission::Refuse(Refusal::SessionExpired);
    assert_eq!(engine.check_refresh(end, &claims, None, Some(&user)), refused);
}

#[test]
fn a_token_that_does_not_tell_the_time_of_the_login_is_not_renewed() {
    let engine = rowless(|_| ());
    let (pair, _) = login(&engine);
    let silent = resign(&pair.refresh_token, |claims| {
        claims.as_object_mut().unwrap().remove("auth_time");
    });
    let claims = engine.read_refresh(NOW, &silent, None).unwrap();
    let refused = Rotation::Refuse(Refusal::InvalidToken);
    assert_eq!(rotate(&engine, NOW, &claims, Some(&alice())), refused);
    let refused = Admission::Refuse(Refusal::InvalidToken);
    assert_eq!(engine.check_refresh(NOW, &claims, None, Some(&alice())), refused);
}

#[test]
fn the_last_generation_stays_the_last() {
    let engine = rowless(|_| ());
    let (pair, _) = login(&engine);
    let last = resign(&pair.refresh_token, |claims| claims["generation"] = u64::MAX.into());
    let claims = engine.read_refresh(NOW, &last, None).unwrap();
    let tokens = reissued(rotate(&engine, NOW, &claims, Some(&alice())));
    assert!(common::are_of_generation(&tokens, u64::MAX));
}

#[test]
fn without_randomness_nothing_is_renewed() {
    let engine = rowless(|_| ());
    let (_, claims) = login(&engine);
    for drawn in 0..2 {
        let dry = common::RunsDry(AtomicUsize::new(drawn));
        let user = alice();
        let outcome = engine.rotate(NOW, &dry, &claims, None, Some(&user), &CustomClaims::none());
        assert_eq!(outcome, Err(MintError::Randomness(RandomnessError)));
    }
}

#[test]
fn nobody_can_log_out() {
    let engine = rowless(|_| ());
    let pair = open(&engine);
    let (access, refresh) = (pair.access_token.as_str(), pair.refresh_token.as_str());
    let nobody = Err(Refusal::MissingToken);
    for (header, body) in [(Ok(access), None), (nobody, Some(refresh)), (Ok(access), Some(refresh))]
    {
        assert_eq!(engine.log_out(NOW, header, body, None), Err(Refusal::SessionNotFound));
    }
    assert_eq!(engine.log_out(NOW, nobody, None, None), Err(Refusal::MissingToken));
    assert_eq!(engine.log_out(NOW, Ok("garbage"), None, None), Err(Refusal::InvalidToken));
}

struct Site {
    engine: Engine,
    store: Watched,
    pair: Pair,
}

impl Site {
    async fn new() -> Self {
        let (engine, store) = (rowless(|_| ()), Watched::new());
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
        let pair = login.await.unwrap().into();
        Self { engine, store, pair }
    }

    async fn refresh(&self, token: &str) -> HostResult<Tokens, Down> {
        let custom = |user: &UserState, session: Option<&Session>| {
            assert_eq!((user.id.clone(), session), (alice().id, None));
            CustomClaims::from_json(r#"{"seen":true}"#).unwrap()
        };
        host::refresh(&self.engine, &self.store, NOW, &SystemRandomness, token, None, custom).await
    }
}

#[tokio::test]
async fn the_host_writes_nothing() {
    let site = Site::new().await;
    let next: Pair = site.refresh(&site.pair.refresh_token).await.unwrap().into();
    assert_eq!(payload(&next.access_token)["seen"], true);
    let known = host::authenticate(&site.engine, &site.store, NOW, &next.access_token, None).await;
    let known = known.unwrap();
    assert_eq!((known.session, known.user), (None, None));
    for token in [&next.access_token, &next.refresh_token] {
        let verified = host::verify(&site.engine, &site.store, NOW, token, None).await.unwrap();
        assert!(matches!(verified, AnyClaims::Access(_) | AnyClaims::Refresh(_)));
    }
    assert_eq!(site.store.writes(), 0);
}

#[tokio::test]
async fn the_gate_asks_no_store() {
    let site = Site::new().await;
    site.store.fail(1);
    let token = &site.pair.access_token;
    assert!(host::authenticate(&site.engine, &site.store, NOW, token, None).await.is_ok());
    let answer = site.refresh(&site.pair.refresh_token).await;
    assert!(matches!(answer, Err(HostError::Store(Down))));
}

#[tokio::test]
async fn a_user_who_was_switched_off_is_refused_and_back_when_switched_on() {
    let site = Site::new().await;
    site.store.memory.put_user(inactive());
    for _ in 0..2 {
        let answer = site.refresh(&site.pair.refresh_token).await;
        assert!(matches!(answer, Err(HostError::Refused(Refusal::InvalidUser))));
        let answer =
            host::verify(&site.engine, &site.store, NOW, &site.pair.access_token, None).await;
        assert!(matches!(answer, Err(HostError::Refused(Refusal::InvalidUser))));
    }
    assert_eq!(site.store.writes(), 0);
    site.store.memory.put_user(alice());
    assert!(site.refresh(&site.pair.refresh_token).await.is_ok());
}
