use tegata::{
    Count, LiveSince, NewSession, SessionLimit, SessionStore, Swap, Timestamp, UserState,
};
use tegata_sqlx::{Hasher, SqlxStore};

use crate::site::{CHEAP, Place, SECRET, Site, after, id, insert, session, user};

/// Two stores on one database, as two processes have them.
async fn both(site: &Site) -> [SqlxStore; 2] {
    [site.store().await, site.store().await]
}

async fn hits(tasks: Vec<tokio::task::JoinHandle<bool>>) -> usize {
    let mut hits = 0;
    for task in tasks {
        hits += usize::from(task.await.expect("it ends"));
    }
    hits
}

pub(crate) async fn refreshes_of_two_processes_have_one_winner(place: Place) {
    let site = place.site().await;
    let stores = both(&site).await;
    let ada = user(&stores[0], "ada").await;
    insert(&stores[0], &session(1, &ada)).await;
    for generation in 1..=8 {
        let tasks = (0..12).map(|number| {
            let store = stores[number % 2].clone();
            let swap = Swap { id: id(1), from: generation, at: after(1) };
            tokio::spawn(async move { store.advance(&swap).await.expect("advance") })
        });
        assert_eq!(hits(tasks.collect()).await, 1);
    }
    let row = stores[1].load(&id(1)).await.expect("load").expect("it is there").session;
    assert_eq!(row.generation, 9);
}

pub(crate) async fn repeats_of_two_processes_stop_at_their_limit(place: Place) {
    let site = place.site().await;
    let stores = both(&site).await;
    let ada = user(&stores[0], "ada").await;
    insert(&stores[0], &session(1, &ada)).await;
    let tasks = (0..20).map(|number| {
        let store = stores[number % 2].clone();
        let count = Count { id: id(1), generation: 1, limit: 7, unused: true, at: after(1) };
        tokio::spawn(async move { store.count_repeat(&count).await.expect("count") })
    });
    assert_eq!(hits(tasks.collect()).await, 7);
}

pub(crate) async fn logins_of_two_processes_keep_to_the_limit(place: Place) {
    let site = place.site().await;
    let stores = both(&site).await;
    let users = [user(&stores[0], "ada").await, user(&stores[0], "bob").await];
    let long_ago = Timestamp::from_seconds(0);
    let live = LiveSince { created_at: long_ago, minted_at: long_ago, refreshed_at: long_ago };
    let log_in = |number: usize, user: &UserState| {
        let limit = SessionLimit { at_most: 3, live, at: after(9) };
        let row = NewSession { session: session(number, user), limit: Some(limit) };
        let store = stores[number % 2].clone();
        tokio::spawn(async move { store.insert(row).await.is_ok() })
    };
    let tasks: Vec<_> = (0..24).map(|number| log_in(number, &users[number / 2 % 2])).collect();
    assert_eq!(hits(tasks).await, 24);
    for user in &users {
        let left = stores[0].list(&user.id, &live).await.expect("list");
        assert_eq!(left.len(), 3, "as many as one by one");
    }
}

pub(crate) async fn logins_at_once_upgrade_a_hash_once(place: Place) {
    let site = place.site().await;
    let stores = both(&site).await;
    user(&stores[0], "ada").await;
    let other = Hasher::Scrypt { log_n: 4, block_size: 2, parallelism: 1 };
    let hash = other.hash(SECRET).expect("a hash");
    site.run(&format!("UPDATE auth_user SET password = '{hash}'")).await;
    let before = stores[0].find_user("ada").await.expect("find").expect("she is there").state;
    insert(&stores[0], &session(1, &before)).await;

    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let store = stores[number % 2].clone();
            tokio::spawn(async move { store.authenticate("ada", SECRET).await })
        })
        .collect();
    let mut stamps = Vec::new();
    for task in tasks {
        let user = task.await.expect("it ends").expect("authenticate").expect("it is right");
        stamps.push(user.security_stamp);
    }
    stamps.dedup();
    let loaded = stores[0].load(&id(1)).await.expect("load").expect("it is there");
    let now = loaded.user.expect("she is there").security_stamp;
    assert_eq!(stamps, std::slice::from_ref(&now), "all of them go by the hash that is stored");
    assert_eq!(loaded.session.security_stamp, now);
    let hash = site.text("SELECT password FROM auth_user").await.expect("a hash");
    assert_eq!(Hasher::of(&hash), Some(CHEAP));
}
