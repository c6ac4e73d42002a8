use std::time::Duration;

use sqlx::Connection;
use tegata::{SessionStore, Touch};
use tegata_sqlx::{ConnectError, Outage, SqlxStore, StoreError, StoreOptions};

use crate::site::{Place, Site, after, engine, id, insert, session, user};

fn touch() -> Touch {
    Touch { id: id(1), at: after(1) }
}

fn outage<T>(outcome: Result<T, StoreError>) -> Option<Outage> {
    match outcome {
        Err(StoreError::Unavailable { outage, .. }) => Some(outage),
        Err(error) => panic!("{error}"),
        Ok(_) => None,
    }
}

pub(crate) async fn a_database_that_takes_no_writes(place: Place) {
    let mut site = place.site().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    insert(&store, &session(1, &ada)).await;
    store.close().await;
    if place.is_sqlite() {
        site.url.push_str("?mode=ro");
    } else {
        let name = site.url.rsplit('/').next().expect("a name").to_owned();
        site.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    }
    let store = site.store().await;
    assert_eq!(outage(store.touch(&touch()).await), Some(Outage::ReadOnly));
    let changed = store.set_password(&engine(), &ada.id, "new", None, after(1)).await;
    assert_eq!(outage(changed), Some(Outage::ReadOnly));
    let loaded = store.load(&id(1)).await.expect("reading works");
    assert_eq!(loaded.expect("it is there").user, Some(ada));
}

pub(crate) async fn a_lock_that_is_held(place: Place) {
    let site = place.site().await;
    let options = StoreOptions { busy_timeout: Duration::from_millis(50), ..Site::options() };
    let store = site.store_with(options).await;
    let ada = user(&store, "ada").await;
    insert(&store, &session(1, &ada)).await;
    if place.is_sqlite() {
        let mut other = site.sqlite().await;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("the lock");
        assert_eq!(outage(store.touch(&touch()).await), Some(Outage::Busy));
        assert!(store.load(&id(1)).await.expect("reading works").is_some());
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("the lock is let go");
        other.close().await.expect("close");
    } else {
        site.run("ALTER ROLE tegata SET lock_timeout = 50").await;
        store.close().await;
        let store = site.store().await;
        let mut other = sqlx::PgConnection::connect(&site.url).await.expect("connect");
        sqlx::raw_sql("BEGIN; SELECT 1 FROM tegata_session FOR UPDATE")
            .execute(&mut other)
            .await
            .expect("the lock");
        assert_eq!(outage(store.touch(&touch()).await), Some(Outage::Busy));
        other.close().await.expect("close");
        site.run("ALTER ROLE tegata RESET lock_timeout").await;
    }
    let store = site.store().await;
    assert!(store.touch(&touch()).await.expect("afterwards it works"));
}

pub(crate) async fn an_error_shows_no_secret(place: Place) {
    let site = place.site().await;
    let secret = site.url.replace("tegata@", "tegata:a-secret@");
    let store = SqlxStore::connect_with(&secret, Site::options()).await.expect("connect");
    assert!(!format!("{store:?}").contains("a-secret"));
    user(&store, "ada").await;
    let hash = site.text("SELECT password FROM auth_user").await.expect("a hash");
    let forbid = place.pick(
        "CREATE TRIGGER no_bob BEFORE UPDATE ON auth_user BEGIN SELECT RAISE(ABORT, 'no'); END",
        "ALTER TABLE auth_user ADD CONSTRAINT no_login CHECK (last_login IS NULL)",
    );
    site.run(forbid).await;
    let ada = store.find_user("ada").await.expect("find").expect("she is there");
    let refused = store.note_last_login(&ada.state.id, after(1)).await.expect_err("it is refused");
    assert!(matches!(refused, StoreError::Statement { .. }), "{refused}");
    for text in [refused.to_string(), format!("{refused:?}"), format!("{ada:?}")] {
        assert!(!text.contains(&hash), "{text}");
    }
}

pub(crate) async fn a_connection_that_is_cut(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    insert(&store, &session(1, &ada)).await;
    if place.is_sqlite() {
        store.close().await;
        assert_eq!(outage(store.touch(&touch()).await), Some(Outage::Cut));
        let nowhere = SqlxStore::connect("sqlite:///nowhere/at/all.db").await;
        let error = nowhere.expect_err("there is no such folder");
        assert!(matches!(error, ConnectError::Database(_)), "{error}");
        return;
    }
    site.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = 'tegata' AND datname = current_database()",
    )
    .await;
    // Every connection that has just been used is tried once.
    let mut cuts = 0;
    while outage(store.touch(&touch()).await) == Some(Outage::Cut) {
        cuts += 1;
        assert!(cuts < 20, "it does not connect again");
    }
    assert!(cuts > 0, "a cut connection was not noticed");

    let nowhere = SqlxStore::connect("postgres://tegata:a-secret@127.0.0.1:1/x").await;
    let error = nowhere.expect_err("nothing listens there");
    assert!(matches!(error, ConnectError::Database(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("a-secret"), "{error:?}");
    for wrong in ["mysql://localhost", "auth.db", "postgres://u:a-secret@h/x?colour=red", ""] {
        let error = SqlxStore::connect(wrong).await.expect_err("it is no address");
        assert!(!format!("{error} {error:?}").contains("a-secret"), "{error:?}");
        if !wrong.contains("colour") {
            assert!(matches!(error, ConnectError::Address { .. }), "{error}");
        }
    }
}
