use tegata::{
    ChallengeClient, Engine, MAX_CHALLENGE_ATTEMPTS, MAX_CHALLENGES_PER_USER, OpenedChallenge,
    Refusal, SystemRandomness, Timestamp, UserState,
};
use tegata_sqlx::{OpenChallenge, SqlxStore};

use crate::site::{NOW, Place, after, engine, user};

const CURL: ChallengeClient<'static> = ChallengeClient { user_agent: "curl/8", tenant: None };

async fn open(
    store: &SqlxStore,
    engine: &Engine,
    user: &UserState,
    now: Timestamp,
) -> OpenedChallenge {
    let opened = engine.open_challenge(now, &SystemRandomness, user, "totp", CURL).expect("drawn");
    let passed = ["password".to_owned(), "email".to_owned()];
    let open = OpenChallenge { challenge: &opened.row, passed: &passed, state: r#"{"a": 1}"# };
    store.insert_challenge(open, engine.policy()).await.expect("insert");
    opened
}

async fn count(place: &crate::site::Site) -> String {
    let sql = "SELECT CAST(COUNT(*) AS text) FROM tegata_loginchallenge";
    place.text(sql).await.expect("a number")
}

pub(crate) async fn challenges_are_kept_and_counted(place: Place) {
    let site = place.site().await;
    let (store, engine) = (site.store().await, engine());
    let ada = user(&store, "ada").await;
    let opened = open(&store, &engine, &ada, NOW).await;
    let id = opened.token.id();
    let loaded = store.load_challenge(&id).await.expect("load").expect("it is there");
    assert_eq!((&loaded.challenge, &loaded.user), (&opened.row, &ada));
    assert_eq!(loaded.passed, ["password", "email"]);
    assert_eq!(loaded.state, r#"{"a": 1}"#);

    for _ in 0..MAX_CHALLENGE_ATTEMPTS {
        let loaded = store.load_challenge(&id).await.expect("load").expect("it is there");
        let (row, user) = (Some(&loaded.challenge), Some(&loaded.user));
        let attempt = engine.try_challenge(NOW, &opened.token, row, user, CURL, &["totp"]);
        let attempt = attempt.expect("one is left");
        let rows = store.count_attempt(attempt.count()).await.expect("count");
        let counted = attempt.counted(rows).expect("it is counted");
        assert_eq!(counted.answered(false).unwrap_err(), Refusal::InvalidCredentials);
    }
    let loaded = store.load_challenge(&id).await.expect("load").expect("it is there");
    assert_eq!(loaded.challenge.attempts, MAX_CHALLENGE_ATTEMPTS);
    let (row, user) = (Some(&opened.row), Some(&loaded.user));
    let late = engine.try_challenge(NOW, &opened.token, row, user, CURL, &["totp"]);
    let late = late.expect("whoever has read the row before");
    assert_eq!(store.count_attempt(late.count()).await.expect("count"), 0, "none is left");
}

pub(crate) async fn a_challenge_is_answered_once(place: Place) {
    let site = place.site().await;
    let (store, engine) = (site.store().await, engine());
    let ada = user(&store, "ada").await;
    let opened = open(&store, &engine, &ada, NOW).await;
    let racing: Vec<_> = (0..5)
        .map(|_| {
            let (row, user) = (Some(&opened.row), Some(&ada));
            let attempt = engine.try_challenge(NOW, &opened.token, row, user, CURL, &["totp"]);
            let (store, attempt) = (store.clone(), attempt.expect("it may be tried"));
            tokio::spawn(async move {
                let rows = store.count_attempt(attempt.count()).await.expect("count");
                let Ok(counted) = attempt.counted(rows) else { return 0 };
                let consume = counted.answered(true).expect("it is right");
                store.consume_challenge(&consume).await.expect("consume")
            })
        })
        .collect();
    let mut winners = 0;
    for outcome in racing {
        winners += outcome.await.expect("it ends");
    }
    assert_eq!(winners, 1);
    assert!(store.load_challenge(&opened.token.id()).await.expect("load").is_none());
}

pub(crate) async fn the_oldest_make_room(place: Place) {
    let site = place.site().await;
    let (store, engine) = (site.store().await, engine());
    let (ada, bob) = (user(&store, "ada").await, user(&store, "bob").await);
    open(&store, &engine, &bob, NOW).await;
    let oldest = open(&store, &engine, &ada, NOW).await;
    for age in 1..=i64::from(MAX_CHALLENGES_PER_USER) {
        open(&store, &engine, &ada, after(age)).await;
    }
    assert_eq!(count(&site).await, (MAX_CHALLENGES_PER_USER + 1).to_string());
    assert!(store.load_challenge(&oldest.token.id()).await.expect("load").is_none());

    let much_later = NOW.plus(engine.policy().challenge_lifetime * 3);
    open(&store, &engine, &bob, much_later).await;
    assert_eq!(count(&site).await, "1", "those whose time is up go along");
}
