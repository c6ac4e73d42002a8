use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use tegata::{EndReason, Session, SessionStore, UserState};
use tegata_sqlx::{Hasher, SqlxStore, StoreError, StoreOptions};

use crate::site::{
    CHEAP, MIGRATIONS, NOW, Place, SECRET, Site, after, become_django, end_reason, engine, id,
    insert, session, user,
};

const OTHER: Hasher = Hasher::Scrypt { log_n: 4, block_size: 2, parallelism: 1 };

async fn set_hash(site: &Site, hash: &str) {
    site.run(&format!("UPDATE auth_user SET password = '{hash}'")).await;
}

async fn hash(site: &Site) -> String {
    site.text("SELECT password FROM auth_user").await.expect("a hash")
}

async fn log_in(store: &SqlxStore, password: &str) -> Option<UserState> {
    store.authenticate("ada", password).await.expect("authenticate")
}

pub(crate) async fn only_the_right_password_lets_in(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    assert_eq!(log_in(&store, SECRET).await, Some(ada));
    for wrong in ["", "Correct horse", "correct horse ", "correct hors"] {
        assert_eq!(log_in(&store, wrong).await, None, "{wrong}");
    }
    for nobody in ["", "eve", "ada\0", "ada' OR 1=1 --"] {
        let outcome = store.authenticate(nobody, SECRET).await.expect("authenticate");
        assert_eq!(outcome, None, "{nobody}");
    }
    for unusable in ["", "!", "!unusable", SECRET, "md5$salt$hash", "plain$$correct horse"] {
        set_hash(&site, unusable).await;
        assert_eq!(log_in(&store, SECRET).await, None, "{unusable}");
        assert_eq!(log_in(&store, unusable).await, None, "{unusable}");
    }
}

pub(crate) async fn an_upgrade_takes_the_sessions_along(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    user(&store, "ada").await;
    set_hash(&site, &OTHER.hash(SECRET).expect("a hash")).await;
    let before = store.find_user("ada").await.expect("find").expect("she is there").state;
    insert(&store, &session(1, &before)).await;
    let outdated = Session { security_stamp: "outdated".to_owned(), ..session(2, &before) };
    insert(&store, &outdated).await;

    assert_eq!(log_in(&store, "wrong").await, None);
    assert_eq!(Hasher::of(&hash(&site).await), Some(OTHER));
    let after = log_in(&store, SECRET).await.expect("it is right");
    assert_eq!(Hasher::of(&hash(&site).await), Some(CHEAP));
    assert_ne!(after.security_stamp, before.security_stamp);
    let loaded = store.load(&id(1)).await.expect("load").expect("it is there");
    assert_eq!(loaded.session.security_stamp, after.security_stamp);
    assert_eq!(loaded.user, Some(after.clone()));
    let outdated = store.load(&id(2)).await.expect("load").expect("it is there");
    assert_eq!(outdated.session.security_stamp, "outdated", "what was outdated stays so");

    let stored = hash(&site).await;
    assert_eq!(log_in(&store, SECRET).await, Some(after));
    assert_eq!(hash(&site).await, stored, "nothing is upgraded twice");
}

pub(crate) async fn an_upgrade_undoes_no_change_of_the_password(place: Place) {
    let site = place.site().await;
    // It takes a while, so that the change below comes in between.
    let slow = Hasher::Pbkdf2Sha256 { iterations: 400_000 };
    let store = site.store_with(StoreOptions { hasher: Some(slow), ..Site::options() }).await;
    user(&store, "ada").await;
    set_hash(&site, &CHEAP.hash(SECRET).expect("a hash")).await;
    let login = tokio::spawn({
        let store = store.clone();
        async move { log_in(&store, SECRET).await }
    });
    tokio::time::sleep(Duration::from_millis(30)).await;
    let new = CHEAP.hash("another secret").expect("a hash");
    set_hash(&site, &new).await;
    let outcome = login.await.expect("it ends");
    // Whichever came first, the new password is the one that is stored.
    assert_eq!(hash(&site).await, new);
    if let Some(user) = outcome {
        let now = store.load_user(&user.id).await.expect("load").expect("she is there");
        assert_ne!(now.security_stamp, user.security_stamp, "its session would be outdated");
    }
}

pub(crate) async fn a_change_ends_the_other_sessions(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let (ada, bob) = (user(&store, "ada").await, user(&store, "bob").await);
    for (number, user) in [(1, &ada), (2, &ada), (3, &bob)] {
        insert(&store, &session(number, user)).await;
    }
    let spared = id(1);
    assert!(
        store
            .set_password(&engine(), &ada.id, "new", Some(&spared), after(1))
            .await
            .expect("change")
    );
    assert_eq!(end_reason(&store, 1).await, None);
    assert_eq!(end_reason(&store, 2).await, Some(EndReason::PasswordChanged));
    assert_eq!(end_reason(&store, 3).await, None);
    let loaded = store.load(&spared).await.expect("load").expect("it is there");
    let user = loaded.user.expect("she is there");
    assert_eq!(loaded.session.security_stamp, user.security_stamp, "the spared one goes on");
    assert_eq!(log_in(&store, SECRET).await, None);
    assert_eq!(log_in(&store, "new").await, Some(user));

    // Nobody spares a session of somebody else.
    let foreign = id(3);
    assert!(
        store
            .set_password(&engine(), &ada.id, "newer", Some(&foreign), after(2))
            .await
            .expect("change")
    );
    assert_eq!(end_reason(&store, 1).await, Some(EndReason::PasswordChanged));
    let bobs = store.load(&foreign).await.expect("load").expect("it is there");
    assert_eq!(bobs.session.security_stamp, bob.security_stamp);
    let nobody = tegata::UserId::Integer(99);
    assert!(!store.set_password(&engine(), &nobody, "new", None, NOW).await.expect("change"));
}

pub(crate) async fn a_change_needs_the_present_password(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    insert(&store, &session(1, &ada)).await;
    let change = async |current: &str, new: &str| {
        store
            .change_password(&engine(), &ada.id, current, new, Some(&id(1)), after(1))
            .await
            .expect("change")
    };
    assert!(!change("a guess", "new").await);
    assert_eq!(end_reason(&store, 1).await, None);
    assert!(change(SECRET, "new").await);
    assert!(!change(SECRET, "newer").await);
    assert!(log_in(&store, "new").await.is_some());

    // Of two changes at once, both of which know the present one, the second is told no.
    let (one, other) = tokio::join!(change("new", "one"), change("new", "other"));
    assert!(one != other, "one is carried out");
    assert_eq!(log_in(&store, "one").await.is_some(), one);
    assert_eq!(log_in(&store, "other").await.is_some(), other);
}

pub(crate) async fn beside_django_hashes_stay_as_the_site_makes_them(place: Place) {
    let site = place.site().await;
    let default = StoreOptions::default;
    let store = site.store_with(default()).await;
    assert_eq!(store.hasher(), Hasher::ARGON2ID, "alone");
    store.close().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    store.close().await;
    become_django(&site, &MIGRATIONS).await;

    let store = site.store_with(default()).await;
    assert_eq!(store.hasher(), CHEAP, "as the site's newest hash was made");
    store.close().await;
    set_hash(&site, "!unusable").await;
    let store = site.store_with(default()).await;
    assert_eq!(store.hasher(), Hasher::PBKDF2_SHA256, "which every Django verifies");
    let weak = OTHER.hash(SECRET).expect("a hash");
    set_hash(&site, &weak).await;
    let signed_in = log_in(&store, SECRET).await.expect("it is right");
    assert_eq!(signed_in.id, ada.id);
    assert_eq!(hash(&site).await, weak, "the site's own affair");
}

pub(crate) async fn a_flood_of_logins_lets_others_through(place: Place) {
    let site = place.site().await;
    let hasher = Hasher::Pbkdf2Sha256 { iterations: 200_000 };
    let options = StoreOptions {
        hasher: Some(hasher),
        hashing_threads: NonZeroUsize::MIN,
        hashing_queue: 8,
        ..Site::options()
    };
    let store = site.store_with(options).await;
    let ada = user(&store, "ada").await;
    insert(&store, &session(1, &ada)).await;
    let flood: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.authenticate("ada", SECRET).await })
        })
        .collect();
    for _ in 0..10 {
        assert!(store.load(&id(1)).await.expect("load").is_some());
    }
    let waiting = flood.iter().filter(|login| !login.is_finished()).count();
    assert!(waiting > 0, "requests waited for the logins");
    let (mut let_in, mut turned_away) = (0, 0);
    for login in flood {
        match login.await.expect("it ends") {
            Ok(user) => let_in += usize::from(user.is_some()),
            Err(StoreError::Overloaded) => turned_away += 1,
            Err(error) => panic!("{error}"),
        }
    }
    // One at a time and eight that wait; whoever comes when one is done finds a place.
    assert!(let_in >= 9, "{let_in}");
    assert_eq!(let_in + turned_away, 20);
}

pub(crate) async fn the_time_does_not_tell_who_has_an_account(place: Place) {
    const NAMES: [&str; 4] = ["known", "unknown", "unusable", "cheap"];
    let site = place.site().await;
    let hasher = Hasher::Pbkdf2Sha256 { iterations: 100_000 };
    let store = site.store_with(StoreOptions { hasher: Some(hasher), ..Site::options() }).await;
    for name in ["known", "unusable", "cheap"] {
        user(&store, name).await;
    }
    let set = |name: &str, hash: &str| {
        format!("UPDATE auth_user SET password = '{hash}' WHERE username = '{name}'")
    };
    site.run(&set("unusable", "!unusable")).await;
    site.run(&set("cheap", &CHEAP.hash(SECRET).expect("a hash"))).await;

    // In turns, so that whatever else the machine does meets all of them.
    let mut quickest = [Duration::MAX; 4];
    for _ in 0..6 {
        for (name, quickest) in NAMES.into_iter().zip(&mut quickest) {
            let begun = Instant::now();
            assert_eq!(store.authenticate(name, "a guess").await.expect("authenticate"), None);
            *quickest = begun.elapsed().min(*quickest);
        }
    }
    for (name, time) in NAMES.into_iter().zip(quickest) {
        assert!(time > quickest[0] / 4, "{name}: {time:?} of {:?}", quickest[0]);
    }
}
