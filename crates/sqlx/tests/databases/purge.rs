use std::time::Duration;

use tegata::{EndReason, Engine, Policy, Session, SessionStore, UserState};
use tegata_sqlx::{OpenChallenge, Purge, SqlxStore};

use crate::site::{
    MIGRATIONS, NOW, Place, become_django, engine, engine_of, id, insert, legacy_engine, session,
    user,
};

const HOUR: Duration = Duration::from_hours(1);

fn purge(engine: &Engine) -> Purge<'_> {
    Purge { engine, now: NOW, retention: HOUR, pauses: false }
}

fn policy() -> Policy {
    Policy { session_idle_timeout: Some(HOUR * 2), ..Policy::default() }
}

/// Of every kind one that only just may not go, and one that may: the odd numbers, and the even.
async fn fill(store: &SqlxStore, ada: &UserState, policy: &Policy) {
    for (number, age) in [(1, Duration::ZERO), (2, Duration::from_secs(1))] {
        // A second more than what is not yet due.
        let due = |limit: Duration| NOW.minus(HOUR + limit + age).plus(Duration::from_millis(500));
        let over = |limit: Duration| due(policy.leeway + limit);
        let live = |kind: usize| session(number + kind, ada);
        let (expired_at, end_reason) = (Some(due(Duration::ZERO)), Some(EndReason::LogOut));
        insert(store, &Session { expired_at, end_reason, ..live(0) }).await;
        let created_at = over(policy.session_lifetime);
        insert(store, &Session { created_at, ..live(2) }).await;
        let minted_at = over(policy.refresh_token_lifetime);
        insert(store, &Session { minted_at, ..live(4) }).await;
        let idle = over(HOUR * 2);
        insert(store, &Session { minted_at: idle, refreshed_at: idle, ..live(6) }).await;
    }
}

async fn left(store: &SqlxStore, numbers: std::ops::RangeInclusive<usize>) -> Vec<usize> {
    let mut left = Vec::new();
    for number in numbers {
        if store.load(&id(number)).await.expect("load").is_some() {
            left.push(number);
        }
    }
    left
}

pub(crate) async fn what_nothing_can_use_goes_in_batches(place: Place) {
    let site = place.site().await;
    let (store, policy) = (site.store().await, policy());
    let engine = engine_of(policy.clone());
    let ada = user(&store, "ada").await;
    fill(&store, &ada, &policy).await;
    let mut batches = Vec::new();
    let removed = store.purge(purge(&engine), |rows| batches.push(rows)).await.expect("purge");
    assert_eq!(removed, 4, "one of every kind");
    assert_eq!(batches, [1, 1, 2], "ended, past the lifetime, and timed out in either way");
    assert_eq!(left(&store, 1..=8).await, [1, 3, 5, 7]);

    // Many at once, all but a few of them of one instant.
    let ended = NOW.minus(HOUR * 2);
    let ended = |number| Session {
        expired_at: Some(ended),
        end_reason: Some(EndReason::LogOut),
        ..session(number, &ada)
    };
    for number in 100..350 {
        insert(&store, &ended(number)).await;
    }
    assert_eq!(store.purge_some(purge(&engine)).await.expect("purge"), 100);
    let challenge = tegata::LoginChallenge {
        id: tegata::ChallengeId::of_row("c".repeat(43)),
        user_id: ada.id.clone(),
        step: "totp".to_owned(),
        security_stamp: ada.security_stamp.clone(),
        client: String::new(),
        created_at: NOW.minus(policy.leeway + policy.challenge_lifetime),
        attempts: 0,
    };
    let open = OpenChallenge { challenge: &challenge, passed: &[], state: "{}" };
    store.insert_challenge(open, &policy).await.expect("insert");
    let mut batches = Vec::new();
    let paused = Purge { pauses: true, ..purge(&engine) };
    let removed = store.purge(paused, |rows| batches.push(rows)).await.expect("purge");
    assert_eq!((removed, batches), (151, vec![100, 50, 1]));
    assert_eq!(left(&store, 1..=400).await, [1, 3, 5, 7]);
}

pub(crate) async fn what_other_tables_hold_on_to_stays(place: Place) {
    let site = place.site().await;
    let (store, engine) = (site.store().await, engine());
    let ada = user(&store, "ada").await;
    for number in 1..=120 {
        let expired_at = Some(NOW.minus(HOUR * 2));
        insert(&store, &Session { expired_at, ..session(number, &ada) }).await;
    }
    site.run(&format!(
        "CREATE TABLE shop_basket (session_id varchar(43) \
         REFERENCES tegata_session (id) DEFERRABLE INITIALLY DEFERRED); \
         INSERT INTO shop_basket VALUES ('{}')",
        id(7)
    ))
    .await;
    let removed = store.purge(purge(&engine), |_| ()).await.expect("purge");
    assert_eq!(removed, 119);
    assert_eq!(left(&store, 1..=120).await, [7]);
    assert_eq!(store.purge(purge(&engine), |_| ()).await.expect("purge"), 0, "and it ends");
}

pub(crate) async fn purges_at_once_delete_each_row_once(place: Place) {
    let site = place.site().await;
    let stores = [site.store().await, site.store().await];
    let ada = user(&stores[0], "ada").await;
    for number in 1..=230 {
        let expired_at = Some(NOW.minus(HOUR * 2));
        insert(&stores[0], &Session { expired_at, ..session(number, &ada) }).await;
    }
    let tasks = stores.clone().map(|store| {
        tokio::spawn(async move {
            let engine = engine();
            store.purge(purge(&engine), |_| ()).await.expect("purge")
        })
    });
    let mut removed = 0;
    for task in tasks {
        removed += task.await.expect("it ends");
    }
    let engine = engine();
    removed += stores[0].purge(purge(&engine), |_| ()).await.expect("purge");
    assert_eq!(removed, 230);
}

pub(crate) async fn what_legacy_tokens_are_known_by_stays(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    let fill = async |store: &SqlxStore| {
        for number in 1..=3 {
            let expired_at = Some(NOW.minus(HOUR * 2));
            let legacy_jti = match number {
                1 => None,
                2 => Some(id(1).to_string()),
                _ => Some(id(3).to_string()),
            };
            insert(store, &Session { expired_at, legacy_jti, ..session(number, &ada) }).await;
        }
    };
    fill(&store).await;
    let with_legacy = legacy_engine();
    assert_eq!(store.purge(purge(&with_legacy), |_| ()).await.expect("purge"), 2);
    assert_eq!(left(&store, 1..=3).await, [3]);
    let without = engine();
    assert_eq!(store.purge(purge(&without), |_| ()).await.expect("purge"), 1);

    // Beside Django only its settings know.
    store.close().await;
    become_django(&site, &MIGRATIONS).await;
    let store = site.store().await;
    fill(&store).await;
    assert_eq!(store.purge_some(purge(&without)).await.expect("purge"), 2);
    assert_eq!(store.purge(purge(&without), |_| ()).await.expect("purge"), 0);
    assert_eq!(left(&store, 1..=3).await, [3]);
}
