//! The loops around the engine's answers, on a store whose statements interleave.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{
    Counter, DAY, Down, LOGIN, Pair, SECOND, UNBOUND, Watched, after, alice, bob, engine,
    engine_with, generation, open_for, unlimited,
};
use tegata::host::{self, HostError, HostResult};
use tegata::{
    AnyClaims, CustomClaims, CustomClaimsError, Device, EndReason, Engine, MintError, Refusal,
    Session, SessionStore, SystemRandomness, Timestamp, Tokens, UserState,
};

/// One site, and one login of Alice's.
struct Site {
    engine: Engine,
    store: Watched,
    pair: Pair,
}

impl Site {
    async fn new() -> Self {
        Self::with(engine()).await
    }

    async fn with(engine: Engine) -> Self {
        let store = Watched::new();
        let pair = log_in(&engine, &store, &alice()).await;
        Self { engine, store, pair }
    }

    async fn refresh(&self, now: Timestamp, token: &str) -> HostResult<Tokens, Down> {
        refresh(&self.engine, &self.store, now, token).await
    }

    async fn request(&self, now: Timestamp, token: &str) -> Result<(), Refusal> {
        let known = host::authenticate(&self.engine, &self.store, now, token, None).await;
        known.map(|_| ()).map_err(refusal)
    }

    async fn session(&self) -> Session {
        let claims = self.engine.read_refresh(LOGIN, &self.pair.refresh_token, None).unwrap();
        self.store.row(claims.session_id()).await
    }
}

async fn log_in(engine: &Engine, store: &Watched, user: &UserState) -> Pair {
    let (random, custom) = (SystemRandomness, CustomClaims::none());
    let login =
        host::log_in(engine, store, LOGIN, &random, user, Device::unknown(), &UNBOUND, &custom)
            .await;
    login.unwrap().into()
}

async fn refresh(
    engine: &Engine,
    store: &Watched,
    now: Timestamp,
    token: &str,
) -> HostResult<Tokens, Down> {
    let custom = |_: &UserState, _: Option<&Session>| CustomClaims::none();
    host::refresh(engine, store, now, &SystemRandomness, token, None, custom).await
}

fn refusal(error: HostError<Down>) -> Refusal {
    match error {
        HostError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn next(refreshed: &Tokens) -> &str {
    refreshed.refresh_token.as_deref().unwrap()
}

#[tokio::test]
async fn login_request_refresh_request_logout() {
    let site = Site::new().await;
    let known = host::authenticate(&site.engine, &site.store, LOGIN, &site.pair.access_token, None)
        .await
        .unwrap();
    assert_eq!(known.user, Some(alice()));
    assert_eq!(known.session, Some(site.session().await));
    assert_eq!(known.claims.session_id(), &site.session().await.id);

    let refreshed = site.refresh(after(60 * SECOND), &site.pair.refresh_token).await.unwrap();
    assert_eq!(refreshed.expires_in, Duration::from_secs(300));
    assert_eq!(site.request(after(61 * SECOND), &refreshed.access_token).await, Ok(()));
    assert_eq!(site.session().await.first_used_at, Some(after(61 * SECOND)));

    let now = after(62 * SECOND);
    let access = Ok(refreshed.access_token.as_str());
    host::log_out(&site.engine, &site.store, now, access, None, None).await.unwrap();
    let session = site.session().await;
    assert_eq!((session.expired_at, session.end_reason), (Some(now), Some(EndReason::LogOut)));
    let told = site.request(now, &refreshed.access_token).await;
    assert_eq!(told, Err(Refusal::SessionExpired));
    let told = site.refresh(now, next(&refreshed)).await.map_err(refusal);
    assert_eq!(told.unwrap_err(), Refusal::SessionExpired);
}

#[tokio::test]
async fn a_request_in_the_first_generation_writes_nothing() {
    let site = Site::new().await;
    let writes = site.store.writes();
    for _ in 0..5 {
        assert_eq!(site.request(LOGIN, &site.pair.access_token).await, Ok(()));
    }
    assert_eq!(site.store.writes(), writes);
}

#[tokio::test]
async fn a_later_generation_is_written_down_as_used_once() {
    let site = Site::new().await;
    let refreshed = site.refresh(LOGIN, &site.pair.refresh_token).await.unwrap();
    let before = site.store.writes();
    for second in 0..5 {
        let now = after(second * SECOND);
        assert_eq!(site.request(now, &refreshed.access_token).await, Ok(()));
    }
    assert_eq!(site.store.writes(), before + 1);
    assert_eq!(site.session().await.first_used_at, Some(LOGIN));
}

#[tokio::test]
async fn a_lost_answer_is_repeated_however_late() {
    let site = Site::new().await;
    let lost = site.refresh(after(SECOND), &site.pair.refresh_token).await.unwrap();
    let mut newest = None;
    for day in [0, 1, 7, 13] {
        let now = after(day * DAY + 2 * SECOND);
        let repeated = site.refresh(now, &site.pair.refresh_token).await.unwrap();
        assert_eq!(generation(next(&repeated)), 2);
        assert_ne!(repeated, lost);
        newest = Some(repeated);
    }
    assert_eq!(site.store.advances(), 1);

    let now = after(13 * DAY + 3 * SECOND);
    let repeated = newest.unwrap();
    assert_eq!(site.request(now, &repeated.access_token).await, Ok(()));
    let third = site.refresh(now, next(&repeated)).await.unwrap();
    assert_eq!(generation(next(&third)), 3);
}

// A client that loses a hundred answers in a row is none.
#[tokio::test]
async fn an_answer_is_repeated_so_often_and_no_more() {
    let site = Site::with(engine_with(|policy| policy.max_refresh_repeats = 5)).await;
    for _ in 0..=5 {
        let answer = site.refresh(LOGIN, &site.pair.refresh_token).await.unwrap();
        assert_eq!(generation(next(&answer)), 2);
    }
    assert_eq!(site.session().await.repeats, 5);
    let told = site.refresh(LOGIN, &site.pair.refresh_token).await.map_err(refusal);
    assert_eq!(told.unwrap_err(), Refusal::TokenReuseDetected);
    assert_eq!(site.session().await.end_reason, Some(EndReason::TokenReuse));
}

#[tokio::test]
async fn a_rotation_counts_its_repeats_anew() {
    let site = Site::with(engine_with(|policy| policy.max_refresh_repeats = 1)).await;
    let mut token = site.pair.refresh_token.clone();
    for _ in 0..4 {
        site.refresh(LOGIN, &token).await.unwrap();
        token = next(&site.refresh(LOGIN, &token).await.unwrap()).to_owned();
        assert_eq!(site.session().await.repeats, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_many_who_repeat_at_once_as_many_are_answered_as_may_be() {
    let site = Site::with(engine_with(|policy| policy.max_refresh_repeats = 3)).await;
    let site = Arc::new(site);
    site.refresh(LOGIN, &site.pair.refresh_token).await.unwrap();
    let racers: Vec<_> = (0..16)
        .map(|_| {
            let site = Arc::clone(&site);
            tokio::spawn(async move { site.refresh(LOGIN, &site.pair.refresh_token).await.is_ok() })
        })
        .collect();
    let mut answered = 0;
    for racer in racers {
        answered += usize::from(racer.await.unwrap());
    }
    assert!(answered <= 3, "{answered}");
    assert_eq!(site.session().await.repeats, 3);
}

#[tokio::test]
async fn two_tabs_refresh_with_one_token_and_both_go_on() {
    let site = Site::new().await;
    let now = after(300 * SECOND);
    let first = site.refresh(now, &site.pair.refresh_token).await.unwrap();
    assert_eq!(site.request(now, &first.access_token).await, Ok(()));
    let now = after(310 * SECOND);
    let second = site.refresh(now, &site.pair.refresh_token).await.unwrap();
    for tab in [&first, &second] {
        assert_eq!(site.request(now, &tab.access_token).await, Ok(()));
        assert_eq!(generation(next(tab)), 2);
    }
    let now = after(600 * SECOND);
    let third = site.refresh(now, next(&first)).await.unwrap();
    let again = site.refresh(now, next(&second)).await.unwrap();
    assert_eq!([next(&third), next(&again)].map(generation), [3, 3]);
    assert_eq!(site.store.advances(), 2);
}

#[tokio::test]
async fn a_replay_after_the_grace_revokes_and_stays_revoked() {
    let site = Site::new().await;
    let winner = site.refresh(LOGIN, &site.pair.refresh_token).await.unwrap();
    assert_eq!(site.request(LOGIN, &winner.access_token).await, Ok(()));

    let now = after(10 * SECOND + 1);
    let told = site.refresh(now, &site.pair.refresh_token).await.map_err(refusal);
    assert_eq!(told.unwrap_err(), Refusal::TokenReuseDetected);
    let session = site.session().await;
    assert_eq!((session.expired_at, session.end_reason), (Some(now), Some(EndReason::TokenReuse)));

    for access in [&winner.access_token, &site.pair.access_token] {
        assert_eq!(site.request(now, access).await, Err(Refusal::SessionExpired));
    }
    for token in [next(&winner), &site.pair.refresh_token] {
        let told = site.refresh(after(60 * SECOND), token).await.map_err(refusal);
        assert_eq!(told.unwrap_err(), Refusal::SessionExpired);
    }
    assert_eq!(site.session().await, session);
}

#[tokio::test]
async fn a_thief_who_refreshes_first_is_found_out_by_the_owner() {
    let site = Site::new().await;
    let stolen = site.pair.refresh_token.clone();
    let thief = site.refresh(LOGIN, &stolen).await.unwrap();
    assert_eq!(site.request(LOGIN, &thief.access_token).await, Ok(()));

    let now = after(290 * SECOND);
    let told = site.refresh(now, &site.pair.refresh_token).await.map_err(refusal);
    assert_eq!(told.unwrap_err(), Refusal::TokenReuseDetected);
    let told = site.request(now, &thief.access_token).await;
    assert_eq!(told, Err(Refusal::SessionExpired));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_many_who_race_with_one_token_one_advances_and_all_go_on() {
    const RACERS: usize = 32;
    for _ in 0..8 {
        let site = Arc::new(Site::new().await);
        let start = Arc::new(tokio::sync::Barrier::new(RACERS));
        let racers: Vec<_> = (0..RACERS)
            .map(|_| {
                let (site, start) = (Arc::clone(&site), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    site.refresh(LOGIN, &site.pair.refresh_token).await.unwrap()
                })
            })
            .collect();
        let mut answers = Vec::new();
        for racer in racers {
            answers.push(racer.await.unwrap());
        }
        assert_eq!(site.store.advances(), 1);
        assert_eq!(site.session().await.generation, 2);
        for answer in &answers {
            assert_eq!(generation(next(answer)), 2);
            assert_eq!(site.request(after(SECOND), &answer.access_token).await, Ok(()));
            assert!(site.refresh(after(SECOND), next(answer)).await.is_ok());
        }
        assert_eq!(site.store.advances(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_logout_in_the_middle_of_a_race_is_final() {
    for _ in 0..8 {
        let site = Arc::new(Site::new().await);
        let racers: Vec<_> = (0..16)
            .map(|_| {
                let site = Arc::clone(&site);
                tokio::spawn(async move { site.refresh(LOGIN, &site.pair.refresh_token).await })
            })
            .collect();
        let body = Some(site.pair.refresh_token.as_str());
        let nobody = Err(Refusal::MissingToken);
        host::log_out(&site.engine, &site.store, LOGIN, nobody, body, None).await.unwrap();
        let ended = site.session().await;
        for racer in racers {
            match racer.await.unwrap() {
                Ok(answer) => {
                    let told = site.request(LOGIN, &answer.access_token).await;
                    assert_eq!(told, Err(Refusal::SessionExpired));
                }
                Err(error) => assert_eq!(refusal(error), Refusal::SessionExpired),
            }
        }
        assert_eq!(site.session().await, ended);
    }
}

#[tokio::test]
async fn a_swap_that_loses_once_is_asked_again() {
    let site = Site::new().await;
    site.store.lose(1);
    let refreshed = site.refresh(LOGIN, &site.pair.refresh_token).await.unwrap();
    assert_eq!(generation(next(&refreshed)), 2);
    assert_eq!(site.session().await.generation, 2);
    assert_eq!(site.store.advances(), 0);
    assert_eq!(site.request(LOGIN, &refreshed.access_token).await, Ok(()));
}

// A store that answers wrongly must not keep a request for ever.
#[tokio::test]
async fn a_swap_that_never_hits_is_given_up_as_unavailable() {
    let site = Site::new().await;
    site.store.miss(100);
    let told = site.refresh(LOGIN, &site.pair.refresh_token).await.map_err(refusal);
    assert_eq!(told.unwrap_err(), Refusal::ServiceUnavailable);
    assert_eq!(site.session().await.generation, 1);
    site.store.miss(2);
    assert!(site.refresh(LOGIN, &site.pair.refresh_token).await.is_ok());
}

// Grace zero promises single use, so the loser of a race is a second use.
#[tokio::test]
async fn with_grace_zero_the_loser_of_a_race_is_a_reuse() {
    let site = Site::with(engine_with(|policy| policy.refresh_grace = Duration::ZERO)).await;
    site.store.lose(1);
    let told = site.refresh(LOGIN, &site.pair.refresh_token).await.map_err(refusal);
    assert_eq!(told.unwrap_err(), Refusal::TokenReuseDetected);
    assert_eq!(site.session().await.end_reason, Some(EndReason::TokenReuse));
}

#[tokio::test]
async fn a_store_that_is_down_consumes_nothing() {
    let site = Site::new().await;
    for _ in 0..2 {
        site.store.fail(1);
        let answer = site.refresh(LOGIN, &site.pair.refresh_token).await;
        assert!(matches!(answer, Err(HostError::Store(Down))));
    }
    assert_eq!(site.session().await.generation, 1);
    assert!(site.refresh(LOGIN, &site.pair.refresh_token).await.is_ok());
}

#[tokio::test]
async fn a_revocation_that_could_not_be_written_is_not_told() {
    let site = Site::new().await;
    let before = site.session().await;
    site.store.memory.put_user(UserState { is_active: false, ..alice() });
    site.store.fail_ends(1);
    let answer =
        host::authenticate(&site.engine, &site.store, LOGIN, &site.pair.access_token, None).await;
    assert!(matches!(answer, Err(HostError::Store(Down))));
    assert_eq!(site.session().await, before);

    let told = site.request(LOGIN, &site.pair.access_token).await;
    assert_eq!(told, Err(Refusal::InvalidUser));
    assert_eq!(site.session().await.end_reason, Some(EndReason::UserInactive));
}

#[tokio::test]
async fn a_changed_password_ends_the_session_at_the_next_request() {
    let site = Site::new().await;
    let changed = UserState { security_stamp: "new".to_owned(), ..alice() };
    site.store.memory.put_user(changed.clone());
    let told = site.request(after(SECOND), &site.pair.access_token).await;
    assert_eq!(told, Err(Refusal::SessionExpired));
    assert_eq!(site.session().await.end_reason, Some(EndReason::PasswordChanged));

    // The old password coming back, or the user being made active again, brings nothing back.
    site.store.memory.put_user(alice());
    let told = site.request(after(2 * SECOND), &site.pair.access_token).await;
    assert_eq!(told, Err(Refusal::SessionExpired));
}

#[tokio::test]
async fn rows_that_are_gone_refuse() {
    let site = Site::new().await;
    site.store.memory.remove_user(&alice().id);
    let told = site.request(LOGIN, &site.pair.access_token).await;
    assert_eq!(told, Err(Refusal::InvalidUser));
    assert_eq!(site.session().await.expired_at, None);

    site.store.memory.remove_session(&site.session().await.id);
    let told = site.request(LOGIN, &site.pair.access_token).await;
    assert_eq!(told, Err(Refusal::SessionNotFound));
    let told = site.refresh(LOGIN, &site.pair.refresh_token).await.map_err(refusal);
    assert_eq!(told.unwrap_err(), Refusal::SessionNotFound);
}

#[tokio::test]
async fn a_mint_that_fails_leaves_the_token_live() {
    let site = Site::new().await;
    let reserved =
        |_: &UserState, _: Option<&Session>| CustomClaims::from_json(r#"{"sub":1}"#).unwrap();
    let token = &site.pair.refresh_token;
    let answer =
        host::refresh(&site.engine, &site.store, LOGIN, &SystemRandomness, token, None, reserved)
            .await;
    let expected = CustomClaimsError::Reserved("sub".to_owned());
    assert!(matches!(
        answer,
        Err(HostError::Mint(MintError::CustomClaims(error))) if error == expected
    ));
    assert_eq!(site.session().await.generation, 1);
    assert_eq!(generation(next(&site.refresh(LOGIN, token).await.unwrap())), 2);
}

#[tokio::test]
async fn claims_are_made_from_the_rows_as_they_are_at_the_refresh() {
    let site = Site::new().await;
    let custom = |user: &UserState, session: Option<&Session>| {
        let opened = session.unwrap().created_at.seconds();
        let json = format!(r#"{{"seen":"{}","opened":{opened}}}"#, user.id);
        CustomClaims::from_json(&json).unwrap()
    };
    let token = &site.pair.refresh_token;
    let refreshed =
        host::refresh(&site.engine, &site.store, LOGIN, &SystemRandomness, token, None, custom)
            .await
            .unwrap();
    let claims = common::payload(&refreshed.access_token);
    assert_eq!((&claims["seen"], &claims["opened"]), (&"1".into(), &1_700_000_000.into()));
}

#[tokio::test]
async fn with_rotation_off_the_refresh_token_stays() {
    let site = Site::with(engine_with(|policy| policy.rotate_refresh_tokens = false)).await;
    for minute in 1..4 {
        let now = after(minute * 60 * SECOND);
        let refreshed = site.refresh(now, &site.pair.refresh_token).await.unwrap();
        assert_eq!(refreshed.refresh_token, None);
        assert_eq!(site.request(now, &refreshed.access_token).await, Ok(()));
        assert_eq!(site.session().await.updated_at, now);
    }
    assert_eq!(site.store.advances(), 0);
}

#[tokio::test]
async fn verifying_consumes_nothing() {
    let site = Site::new().await;
    let verify =
        async |token: &str| host::verify(&site.engine, &site.store, LOGIN, token, None).await;
    for _ in 0..3 {
        let kinds = (verify(&site.pair.access_token).await, verify(&site.pair.refresh_token).await);
        assert!(matches!(kinds, (Ok(AnyClaims::Access(_)), Ok(AnyClaims::Refresh(_)))));
    }
    let second = site.refresh(LOGIN, &site.pair.refresh_token).await.unwrap();
    let third = site.refresh(LOGIN, next(&second)).await.unwrap();
    let told = verify(&site.pair.refresh_token).await.map_err(refusal);
    assert_eq!(told.unwrap_err(), Refusal::TokenReuseDetected);
    assert_eq!(site.session().await.expired_at, None);
    assert!(verify(next(&third)).await.is_ok());
}

#[tokio::test]
async fn logging_out_twice_is_no_mistake_and_never_reuse() {
    let site = Site::new().await;
    let second = site.refresh(LOGIN, &site.pair.refresh_token).await.unwrap();
    let _third = site.refresh(LOGIN, next(&second)).await.unwrap();
    let body = Some(site.pair.refresh_token.as_str());
    for minute in 1..4 {
        let now = after(minute * 60 * SECOND);
        let nobody = Err(Refusal::MissingToken);
        host::log_out(&site.engine, &site.store, now, nobody, body, None).await.unwrap();
    }
    let session = site.session().await;
    assert_eq!(session.expired_at, Some(after(60 * SECOND)));
    assert_eq!(session.end_reason, Some(EndReason::LogOut));
}

#[tokio::test]
async fn logging_out_asks_for_the_owner_of_the_row() {
    let site = Site::new().await;
    let bobs = open_for(&site.engine, &Counter::default(), &bob());
    site.store.insert(unlimited(bobs.session.clone())).await.unwrap();
    let posing = common::resign(&site.pair.refresh_token, |claims| {
        claims["session_id"] = bobs.session.id.as_str().into();
    });
    let nobody = Err(Refusal::MissingToken);
    host::log_out(&site.engine, &site.store, LOGIN, nobody, Some(&posing), None).await.unwrap();
    assert_eq!(site.store.row(&bobs.session.id).await, bobs.session);
}

#[tokio::test]
async fn tokens_of_one_user_open_nothing_of_anothers() {
    let site = Site::new().await;
    let bobs = log_in(&site.engine, &site.store, &bob()).await;
    let known =
        host::authenticate(&site.engine, &site.store, LOGIN, &bobs.access_token, None).await;
    assert_eq!(known.unwrap().user, Some(bob()));
    let before = site.session().await;
    let nobody = Err(Refusal::MissingToken);
    host::log_out(&site.engine, &site.store, LOGIN, nobody, Some(&bobs.refresh_token), None)
        .await
        .unwrap();
    assert_eq!(site.session().await, before);
}

#[tokio::test]
async fn answers_show_no_token_in_debug_output() {
    let site = Site::new().await;
    let refreshed = site.refresh(LOGIN, &site.pair.refresh_token).await.unwrap();
    assert_eq!(format!("{refreshed:?}"), "Tokens { .. }");
}
