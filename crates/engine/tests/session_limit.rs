//! How many live sessions a user may have.

mod common;

use std::time::Duration;

use common::{
    LOGIN, SECOND, UNBOUND, after, alice, bob, engine, engine_with, memory_store, open, open_at,
    row,
};
use tegata::host::{self, HostError};
use tegata::{
    CustomClaims, Device, EndReason, Engine, LiveSince, MemoryStore, NewSession, Refusal, Session,
    SessionCheck, SessionId, SessionLimit, SystemRandomness, Timestamp, Tokens, UserState,
};

fn limited(at_most: u32) -> Engine {
    engine_with(|policy| policy.max_sessions_per_user = Some(at_most))
}

async fn log_in(
    engine: &Engine,
    store: &MemoryStore,
    now: Timestamp,
    user: &UserState,
) -> (SessionId, Tokens) {
    let (random, custom) = (SystemRandomness, CustomClaims::none());
    let device = Device::unknown();
    let tokens =
        host::log_in(engine, store, now, &random, user, device, &UNBOUND, &custom).await.unwrap();
    let claims = engine.read_access(now, &tokens.access_token, None).unwrap();
    (claims.session_id().clone(), tokens)
}

async fn end_reason(store: &MemoryStore, id: &SessionId) -> Option<EndReason> {
    row(store, id).await.end_reason
}

#[test]
fn a_login_says_how_many_stay_and_which_count() {
    let engine = engine_with(|policy| {
        policy.max_sessions_per_user = Some(3);
        policy.session_idle_timeout = Some(Duration::from_secs(600));
        policy.refresh_token_lifetime = Duration::from_secs(7_200);
        policy.session_lifetime = Duration::from_secs(36_000);
    });
    let opened = open_at(&engine, LOGIN, &SystemRandomness, &alice());
    let live = LiveSince {
        created_at: after(-36_000 * SECOND),
        minted_at: after(-7_200 * SECOND),
        refreshed_at: after(-600 * SECOND),
    };
    let NewSession { limit, .. } = opened.row.unwrap();
    assert_eq!(limit, Some(SessionLimit { at_most: 3, live, at: LOGIN }));

    let opened = open_at(&self::engine(), LOGIN, &SystemRandomness, &alice());
    assert_eq!(opened.row.unwrap().limit, None);
}

// What a policy counts as live is what it lets in.
#[test]
fn what_counts_is_what_can_be_used() {
    let engine = engine_with(|policy| {
        policy.session_idle_timeout = Some(Duration::from_secs(600));
        policy.refresh_token_lifetime = Duration::from_secs(7_200);
        policy.session_lifetime = Duration::from_secs(36_000);
    });
    let policy = engine.policy();
    let session = open(&engine).session;
    for second in [599, 600, 601, 7_199, 7_200, 35_999, 36_000] {
        let now = after(second * SECOND);
        let since = policy.live_since(now);
        for refreshed_at in [LOGIN, now] {
            let session = Session { refreshed_at, ..session.clone() };
            let counts =
                session.created_at > since.created_at && session.refreshed_at > since.refreshed_at;
            assert_eq!(counts, session.is_live(policy, now), "{second}");
        }
        let refreshes = session.minted_at > since.minted_at;
        assert_eq!(refreshes, second < 7_200, "{second}");
    }
}

#[tokio::test]
async fn the_oldest_session_ends() {
    let (engine, store) = (limited(2), memory_store());
    let mut sessions = Vec::new();
    for minute in 0..4 {
        sessions.push(log_in(&engine, &store, after(minute * 60 * SECOND), &alice()).await);
    }
    let bobs = log_in(&engine, &store, after(240 * SECOND), &bob()).await;
    for (minute, (id, tokens)) in sessions.iter().enumerate() {
        let now = after(240 * SECOND);
        let answer = host::authenticate(&engine, &store, now, &tokens.access_token, None).await;
        if minute < 2 {
            let Err(HostError::Refused(refusal)) = answer else { panic!("{answer:?}") };
            assert_eq!(refusal, Refusal::SessionExpired);
            assert_eq!(end_reason(&store, id).await, Some(EndReason::SessionLimit));
        } else {
            assert!(answer.is_ok());
        }
    }
    assert_eq!(end_reason(&store, &bobs.0).await, None);
}

// Another machine's clock may be ahead; whoever has just logged in is not to be turned away.
#[tokio::test]
async fn the_new_session_stays_even_if_the_others_are_dated_ahead_of_it() {
    let (engine, store) = (limited(2), memory_store());
    let (ahead, _) = log_in(&engine, &store, after(60 * SECOND), &alice()).await;
    let (further_ahead, _) = log_in(&engine, &store, after(61 * SECOND), &alice()).await;
    let (new, tokens) = log_in(&engine, &store, LOGIN, &alice()).await;
    assert_eq!(end_reason(&store, &new).await, None);
    assert!(host::authenticate(&engine, &store, LOGIN, &tokens.access_token, None).await.is_ok());
    assert_eq!(end_reason(&store, &ahead).await, Some(EndReason::SessionLimit));
    assert_eq!(end_reason(&store, &further_ahead).await, None);
}

#[tokio::test]
async fn sessions_that_are_over_take_no_place() {
    let engine = engine_with(|policy| {
        policy.max_sessions_per_user = Some(2);
        policy.session_idle_timeout = Some(Duration::from_secs(600));
    });
    let store = memory_store();
    let (used, tokens) = log_in(&engine, &store, LOGIN, &alice()).await;
    let (idle, _) = log_in(&engine, &store, after(SECOND), &alice()).await;
    let custom = |_: &UserState, _: Option<&Session>| CustomClaims::none();
    let token = tokens.refresh_token.unwrap();
    let now = after(300 * SECOND);
    host::refresh(&engine, &store, now, &SystemRandomness, &token, None, custom).await.unwrap();

    let (new, _) = log_in(&engine, &store, after(601 * SECOND), &alice()).await;
    for id in [&used, &idle, &new] {
        assert_eq!(end_reason(&store, id).await, None);
    }
}

#[tokio::test]
async fn where_no_rows_are_kept_there_is_nothing_to_count() {
    let engine = engine_with(|policy| {
        policy.max_sessions_per_user = Some(1);
        policy.session_check = SessionCheck::Off;
    });
    let store = memory_store();
    let mut logins = Vec::new();
    for _ in 0..3 {
        logins.push(log_in(&engine, &store, LOGIN, &alice()).await.1);
    }
    for tokens in logins {
        assert!(
            host::authenticate(&engine, &store, LOGIN, &tokens.access_token, None).await.is_ok()
        );
    }
}
