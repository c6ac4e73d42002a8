use tegata::{EndReason, EndSessions, Ending, LiveSince, SessionStore, Timestamp, UserId};
use tegata_sqlx::{NewUser, SqlxStore, UserTable};

use crate::site::{NOW, Place, SECRET, Site, after, end_reason, engine, id, insert, session, user};

fn table(key: &str) -> UserTable {
    UserTable {
        table: "accounts_member".to_owned(),
        key: key.to_owned(),
        username: "email".to_owned(),
        last_login: None,
        ..UserTable::default()
    }
}

async fn make(site: &Site, columns: &str) {
    let sql = format!(
        "CREATE TABLE accounts_member ({columns}, email varchar(100) NOT NULL UNIQUE, \
         password varchar(128) NOT NULL, is_active bool NOT NULL)"
    );
    site.run(&sql).await;
}

/// What every kind of key must do.
async fn live_and_end(store: &SqlxStore) -> UserId {
    let (ada, bob) = (user(store, "ada@example.com").await, user(store, "bob@example.com").await);
    assert_ne!(ada.id, bob.id);
    let signed_in = store.authenticate("ada@example.com", SECRET).await.expect("authenticate");
    assert_eq!(signed_in.as_ref(), Some(&ada));
    for (number, user) in [(1, &ada), (2, &ada), (3, &bob)] {
        insert(store, &session(number, user)).await;
    }
    let loaded = store.load(&id(1)).await.expect("load").expect("it is there");
    assert_eq!((&loaded.session.user_id, loaded.user.as_ref()), (&ada.id, Some(&ada)));
    assert_eq!(store.load_user(&bob.id).await.expect("load"), Some(bob));
    let long_ago = Timestamp::from_seconds(0);
    let since = LiveSince { created_at: long_ago, minted_at: long_ago, refreshed_at: long_ago };
    assert_eq!(store.list(&ada.id, &since).await.expect("list").len(), 2);
    let sessions = Ending::Others { user: ada.id.clone(), except: id(1) };
    let end = EndSessions { sessions, at: after(1), reason: EndReason::LogOutOthers };
    assert_eq!(store.end(&end).await.expect("end").count(), 1);
    let mut reasons = Vec::new();
    for number in 1..=3 {
        reasons.push(end_reason(store, number).await);
    }
    assert_eq!(reasons, [None, Some(EndReason::LogOutOthers), None]);
    assert_eq!(store.parse_user_id(&ada.id.to_string()).as_ref(), Some(&ada.id));

    // Who is named in another way is nobody.
    for nobody in
        [UserId::Text("nobody".to_owned()), UserId::Integer(-1), UserId::Text("\0".into())]
    {
        assert_eq!(store.load_user(&nobody).await.expect("load"), None);
        let end = EndSessions { sessions: Ending::User(nobody), ..end.clone() };
        assert_eq!(store.end(&end).await.expect("end").count(), 0);
    }
    ada.id
}

pub(crate) async fn users_are_named_by_uuids(place: Place) {
    let site = place.site().await;
    make(&site, place.pick("id char(32) PRIMARY KEY", "id uuid PRIMARY KEY")).await;
    let store = site.store_of(table("id")).await;
    let UserId::Text(ada) = live_and_end(&store).await else { panic!("a UUID is text") };
    assert_eq!(ada.len(), 36);
    let sql = "SELECT CAST(id AS text) FROM accounts_member WHERE email LIKE 'ada%'";
    let stored = site.text(sql).await.expect("a key");
    assert_eq!(stored, if place.is_sqlite() { ada.replace('-', "") } else { ada.clone() });
    assert_eq!(store.parse_user_id(&ada.to_uppercase()), Some(UserId::Text(ada)));
    assert_eq!(store.parse_user_id("1"), None);
}

pub(crate) async fn users_are_named_by_text(place: Place) {
    let site = place.site().await;
    site.run(
        "CREATE TABLE accounts_member (email varchar(100) PRIMARY KEY, \
         password varchar(128) NOT NULL, is_active bool NOT NULL)",
    )
    .await;
    let store = site.store_of(table("email")).await;
    let ada = live_and_end(&store).await;
    assert_eq!(ada, UserId::Text("ada@example.com".to_owned()));
}

pub(crate) async fn users_are_named_by_another_column(place: Place) {
    let site = place.site().await;
    let key = place.pick("pk integer PRIMARY KEY", "pk bigserial PRIMARY KEY");
    let name = place.pick("public_id char(32) NOT NULL UNIQUE", "public_id uuid NOT NULL UNIQUE");
    make(&site, &format!("{key}, {name}")).await;
    let users = UserTable { named_by: Some("public_id".to_owned()), ..table("pk") };
    let store = site.store_of(users).await;
    let UserId::Text(ada) = live_and_end(&store).await else { panic!("a UUID is text") };
    assert_eq!(ada.len(), 36, "tokens name a user by it");
    let key = site.text("SELECT CAST(MIN(user_id) AS text) FROM tegata_session").await;
    assert_eq!(key.as_deref(), Some("1"), "rows by the primary key");
}

pub(crate) async fn columns_can_have_other_names(place: Place) {
    let site = place.site().await;
    let (key, time) = (
        place.pick("integer PRIMARY KEY", "serial PRIMARY KEY"),
        place.pick("datetime", "timestamp with time zone"),
    );
    site.run(&format!(
        "CREATE TABLE \"odd \"\"table\" (\"the key\" {key}, \"log in\" text NOT NULL UNIQUE, \
         \"select\" text NOT NULL, \"seen at\" {time})"
    ))
    .await;
    let users = UserTable {
        table: "odd \"table".to_owned(),
        key: "the key".to_owned(),
        named_by: None,
        username: "log in".to_owned(),
        password: "select".to_owned(),
        is_active: None,
        last_login: Some("seen at".to_owned()),
        stamp_columns: Vec::new(),
    };
    let store = site.store_of(users).await;
    let ada = live_and_end(&store).await;
    store.note_last_login(&ada, NOW).await.expect("note");
    let user = store.user(&ada).await.expect("find").expect("she is there");
    assert_eq!(user.last_login, Some(NOW));
    let deactivated = store.set_active(&engine(), &ada, false, NOW).await;
    assert!(deactivated.is_err(), "no column says who is active");
}

pub(crate) async fn further_columns_count_for_the_stamp(place: Place) {
    let site = place.site().await;
    let key = place.pick("id integer PRIMARY KEY", "id serial PRIMARY KEY");
    make(&site, &format!("{key}, epoch varchar(9) NULL, device varchar(9) NULL")).await;
    let stamp_columns = vec!["epoch".to_owned(), "device".to_owned()];
    let store = site.store_of(UserTable { stamp_columns, ..table("id") }).await;
    let ada = user(&store, "ada@example.com").await;
    let sql = "SELECT password FROM accounts_member";
    let password = site.text(sql).await.expect("a hash");
    let stamp = |columns: &[&str]| tegata::security_stamp(&ada.id, columns);
    assert_eq!(ada.security_stamp, stamp(&[&password, "", ""]), "a null counts as no text");

    site.run("UPDATE accounts_member SET epoch = 'two'").await;
    let now = store.load_user(&ada.id).await.expect("load").expect("she is there");
    assert_eq!(now.security_stamp, stamp(&[&password, "two", ""]));
    let signed_in = store.authenticate("ada@example.com", SECRET).await.expect("authenticate");
    assert_eq!(signed_in, Some(now));
    let taken = store.create_user(NewUser::new("ada@example.com", SECRET), NOW).await;
    assert!(taken.is_err());
}
