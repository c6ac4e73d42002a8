//! What an access token is checked against, and so how soon a revocation bites.

mod common;

use common::{
    LOGIN, Pair, SECOND, UNBOUND, Watched, after, alice, bob, engine_with, open, revokes, row,
};
use tegata::host::{self, HostError, Known};
use tegata::{
    Admission, CustomClaims, Device, EndReason, Ending, Engine, Refusal, Session, SessionCheck,
    SystemRandomness, Timestamp, UserState,
};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_030);

fn checking(check: SessionCheck) -> Engine {
    engine_with(|policy| policy.session_check = check)
}

fn inactive() -> UserState {
    UserState { is_active: false, ..alice() }
}

struct Site {
    engine: Engine,
    store: Watched,
    pair: Pair,
}

impl Site {
    async fn new(check: SessionCheck) -> Self {
        let (engine, store) = (checking(check), Watched::new());
        let pair = log_in(&engine, &store).await;
        Self { engine, store, pair }
    }

    async fn request(&self, now: Timestamp) -> Result<Known, Refusal> {
        let token = &self.pair.access_token;
        let known = host::authenticate(&self.engine, &self.store, now, token, None).await;
        known.map_err(refusal)
    }

    async fn refresh(&self, now: Timestamp) -> Result<Pair, Refusal> {
        let custom = |_: &UserState, _: Option<&Session>| CustomClaims::none();
        let (token, random) = (&self.pair.refresh_token, SystemRandomness);
        let answer =
            host::refresh(&self.engine, &self.store, now, &random, token, None, custom).await;
        answer.map(Pair::from).map_err(refusal)
    }

    async fn log_out(&self) {
        let body = Some(self.pair.refresh_token.as_str());
        let nobody = Err(Refusal::MissingToken);
        host::log_out(&self.engine, &self.store, NOW, nobody, body, None).await.unwrap();
    }

    async fn row(&self) -> Session {
        let claims = self.engine.read_access(NOW, &self.pair.access_token, None).unwrap();
        row(&self.store.memory, claims.session_id()).await
    }
}

async fn log_in(engine: &Engine, store: &Watched) -> Pair {
    let (random, custom) = (SystemRandomness, CustomClaims::none());
    let (user, device) = (alice(), Device::unknown());
    let login = host::log_in(engine, store, LOGIN, &random, &user, device, &UNBOUND, &custom);
    login.await.unwrap().into()
}

fn refusal<E: std::fmt::Debug>(error: HostError<E>) -> Refusal {
    match error {
        HostError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_are_those_of_the_settings() {
    let names = SessionCheck::ALL.map(SessionCheck::name);
    assert_eq!(names, ["request", "cache", "user", "refresh", "off"]);
    for check in SessionCheck::ALL {
        assert_eq!(SessionCheck::from_name(check.name()), Some(check));
    }
    for name in ["", "Request", "requests", "none"] {
        assert_eq!(SessionCheck::from_name(name), None);
    }
    assert_eq!(SessionCheck::default(), SessionCheck::Request);
}

#[test]
fn an_active_user_is_admitted_whatever_the_stamp() {
    let engine = checking(SessionCheck::User);
    let claims = engine.read_access(NOW, &open(&engine).tokens.access_token, None).unwrap();
    let changed = UserState { security_stamp: "new".to_owned(), ..alice() };
    for user in [alice(), changed] {
        assert_eq!(engine.admit_user(NOW, &claims, Some(&user)), Admission::Admit);
    }
}

#[test]
fn a_user_who_is_gone_is_refused() {
    let engine = checking(SessionCheck::User);
    let claims = engine.read_access(NOW, &open(&engine).tokens.access_token, None).unwrap();
    for user in [None, Some(&bob())] {
        let refused = Admission::Refuse(Refusal::InvalidUser);
        assert_eq!(engine.admit_user(NOW, &claims, user), refused);
    }
}

#[test]
fn an_inactive_user_loses_all_sessions() {
    let engine = checking(SessionCheck::User);
    let claims = engine.read_access(NOW, &open(&engine).tokens.access_token, None).unwrap();
    let admission = engine.admit_user(NOW, &claims, Some(&inactive()));
    let Admission::Revoke(revoke) = admission else { panic!("{admission:?}") };
    let (sessions, reason) = (Ending::User(alice().id), EndReason::UserInactive);
    assert!(revokes(revoke, NOW, sessions, reason, Refusal::InvalidUser));
}

#[tokio::test]
async fn a_request_is_let_in_with_the_rows_that_were_looked_at() {
    for check in SessionCheck::ALL {
        let site = Site::new(check).await;
        let known = site.request(NOW).await.unwrap();
        let (sees_session, sees_user) = match check {
            SessionCheck::Request | SessionCheck::Cache => (true, true),
            SessionCheck::User => (false, true),
            SessionCheck::Refresh | SessionCheck::Off => (false, false),
        };
        assert_eq!(known.session.is_some(), sees_session, "{check:?}");
        assert_eq!(known.user, sees_user.then(alice), "{check:?}");
    }
}

#[tokio::test]
async fn a_logout_acts_at_once_or_at_the_next_refresh() {
    for check in
        [SessionCheck::Request, SessionCheck::Cache, SessionCheck::User, SessionCheck::Refresh]
    {
        let site = Site::new(check).await;
        site.log_out().await;
        let at_once = matches!(check, SessionCheck::Request | SessionCheck::Cache);
        let told = site.request(NOW).await.err();
        assert_eq!(told, at_once.then_some(Refusal::SessionExpired), "{check:?}");
        assert_eq!(site.refresh(NOW).await, Err(Refusal::SessionExpired), "{check:?}");
    }
}

#[tokio::test]
async fn a_user_who_was_switched_off_loses_every_session_for_good() {
    for check in [SessionCheck::Request, SessionCheck::Cache, SessionCheck::User] {
        let site = Site::new(check).await;
        let other = log_in(&site.engine, &site.store).await;
        site.store.memory.put_user(inactive());
        assert_eq!(site.request(NOW).await.unwrap_err(), Refusal::InvalidUser, "{check:?}");
        assert_eq!(site.row().await.end_reason, Some(EndReason::UserInactive));

        site.store.memory.put_user(alice());
        assert_eq!(site.refresh(NOW).await, Err(Refusal::SessionExpired), "{check:?}");
        let other = Site { pair: other, ..site };
        assert_eq!(other.row().await.expired_at, Some(NOW));
        assert_eq!(other.refresh(NOW).await, Err(Refusal::SessionExpired), "{check:?}");
    }
}

#[tokio::test]
async fn where_the_rows_are_not_asked_a_refresh_finds_the_user_switched_off() {
    let site = Site::new(SessionCheck::Refresh).await;
    let other = log_in(&site.engine, &site.store).await;
    site.store.memory.put_user(inactive());
    assert!(site.request(NOW).await.is_ok());
    assert_eq!(site.refresh(NOW).await, Err(Refusal::InvalidUser));
    site.store.memory.put_user(alice());
    let other = Site { pair: other, ..site };
    assert_eq!(other.refresh(NOW).await, Err(Refusal::SessionExpired));
}

// Whoever has logged in with the new password meanwhile stays.
#[tokio::test]
async fn a_changed_password_ends_the_sessions_of_the_old_one_and_no_other() {
    let site = Site::new(SessionCheck::Request).await;
    let other = log_in(&site.engine, &site.store).await;
    let changed = UserState { security_stamp: "new".to_owned(), ..alice() };
    site.store.memory.put_user(changed.clone());
    let (random, custom) = (SystemRandomness, CustomClaims::none());
    let device = Device::unknown();
    let login =
        host::log_in(&site.engine, &site.store, NOW, &random, &changed, device, &UNBOUND, &custom);
    let new = Pair::from(login.await.unwrap());

    assert_eq!(site.request(NOW).await.unwrap_err(), Refusal::SessionExpired);
    assert_eq!(site.row().await.end_reason, Some(EndReason::PasswordChanged));
    let other = Site { pair: other, ..site };
    assert_eq!(other.row().await.end_reason, Some(EndReason::PasswordChanged));
    let new = Site { pair: new, ..other };
    assert!(new.request(after(31 * SECOND)).await.is_ok());
    assert_eq!(new.row().await.expired_at, None);
}

#[tokio::test]
async fn where_no_use_is_seen_a_lost_answer_is_repeated_within_the_grace_of_the_rotation() {
    for check in [SessionCheck::User, SessionCheck::Refresh] {
        let site = Site::new(check).await;
        let first = site.refresh(after(60 * SECOND)).await.unwrap();
        let again = site.refresh(after(70 * SECOND)).await.unwrap();
        for pair in [first, again] {
            assert_eq!(common::generation(&pair.refresh_token), 2);
        }
        let told = site.refresh(after(70 * SECOND + 1)).await;
        assert_eq!(told, Err(Refusal::TokenReuseDetected), "{check:?}");
    }
}
