use serde_json::{Map, json};
use tegata::{EndReason, Session, SessionStore, testing};

use crate::site::{NOW, Place, after, id, insert, session, user};

pub(crate) async fn the_store_conforms(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let users = [user(&store, "alice").await, user(&store, "bob").await];
    testing::conformance(async || {
        site.run("DELETE FROM tegata_session").await;
        (store.clone(), users.clone())
    })
    .await;
}

pub(crate) async fn rows_hold_the_bytes_of_django(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    let session = Session {
        created_at: after(-123_456),
        expired_at: Some(NOW),
        end_reason: Some(EndReason::LogOut),
        ..session(1, &ada)
    };
    insert(&store, &session).await;
    if !place.is_sqlite() {
        site.run("ALTER ROLE tegata SET timezone = 'UTC'").await;
    }
    let row = |column: &str| format!("SELECT CAST({column} AS text) FROM tegata_session");
    for (column, sqlite, postgres) in [
        ("created_at", "2023-11-14 22:13:20", "2023-11-14 22:13:20+00"),
        ("minted_at", "2023-11-14 22:13:20.123456", "2023-11-14 22:13:20.123456+00"),
        ("end_reason", "log_out", "log_out"),
        ("ip_address", "2001:db8::1", "2001:db8::1/128"),
        ("data", "{}", "{}"),
        ("user_id", "1", "1"),
    ] {
        let text = site.text(&row(column)).await;
        assert_eq!(text.as_deref(), Some(place.pick(sqlite, postgres)), "{column}");
    }
    for column in ["first_used_at", "legacy_jti", "location"] {
        assert_eq!(site.text(&row(column)).await, None, "{column}");
    }

    // A reason of the site's own, and an address that is none, where the column takes it.
    site.run("UPDATE tegata_session SET end_reason = 'moved house'").await;
    if place.is_sqlite() {
        site.run("UPDATE tegata_session SET ip_address = 'nowhere'").await;
    }
    let loaded = store.load(&session.id).await.expect("load").expect("it is there").session;
    assert_eq!(loaded.end_reason, None);
    assert_eq!(loaded.device.ip_address.is_none(), place.is_sqlite());
}

pub(crate) async fn data_and_location_are_kept(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    insert(&store, &session(1, &ada)).await;
    assert_eq!(store.session_data(&id(1)).await.expect("load"), Some((Map::new(), None)));

    let data = Map::from_iter([("Zürich".to_owned(), json!([1, 2.5, null]))]);
    assert!(store.set_session_data(&id(1), &data, after(5)).await.expect("save"));
    let location = json!({"city": "Zürich"});
    assert!(store.set_session_location(&id(1), Some(&location)).await.expect("save"));
    let kept = store.session_data(&id(1)).await.expect("load");
    assert_eq!(kept, Some((data.clone(), Some(location))));
    if place.is_sqlite() {
        let text = site.text("SELECT data FROM tegata_session").await;
        assert_eq!(text.as_deref(), Some(r#"{"Z\u00fcrich": [1, 2.5, null]}"#));
    }
    assert!(!store.set_session_data(&id(2), &data, NOW).await.expect("save"));
    assert_eq!(store.session_data(&id(2)).await.expect("load"), None);
}
