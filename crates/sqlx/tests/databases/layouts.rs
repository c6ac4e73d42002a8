use tegata_sqlx::{ConnectError, Owner, SqlxStore};

use crate::site::{MIGRATIONS, Place, Site, become_django, insert, session, user};

async fn made(place: &Place) -> Site {
    let site = place.site().await;
    site.store().await.close().await;
    site
}

pub(crate) async fn own_tables_are_made_once(place: Place) {
    let site = place.site().await;
    let racing: Vec<_> = (0..4)
        .map(|_| {
            let url = site.url.clone();
            tokio::spawn(async move { SqlxStore::connect_with(&url, Site::options()).await })
        })
        .collect();
    for store in racing {
        let store = store.await.expect("it ends").expect("all of them connect");
        assert_eq!(store.owner(), Owner::Tegata);
        store.close().await;
    }
    let version = site.text("SELECT CAST(COUNT(*) AS text) FROM tegata_schema").await;
    assert_eq!(version.as_deref(), Some("1"));
    if place.is_sqlite() {
        assert_eq!(site.text("PRAGMA journal_mode").await.as_deref(), Some("wal"));
    }
}

pub(crate) async fn tables_of_django_are_taken_as_they_are(place: Place) {
    let site = made(&place).await;
    become_django(&site, &MIGRATIONS).await;
    let store = site.store().await;
    assert_eq!(store.owner(), Owner::Django);
    let ada = user(&store, "ada").await;
    insert(&store, &session(1, &ada)).await;
}

pub(crate) async fn a_site_that_is_not_migrated_is_refused(place: Place) {
    let site = made(&place).await;
    become_django(&site, &MIGRATIONS[..5]).await;
    let refusal = site.refusal().await;
    let is_named =
        matches!(&refusal, ConnectError::MigrationMissing { migration: "0006_session_location" });
    assert!(is_named && refusal.to_string().contains("manage.py migrate tegata"), "{refusal}");

    // A site of Django's that has never heard of Tegata is not given tables behind its back.
    let site = place.site().await;
    site.run("CREATE TABLE django_migrations (id integer, app varchar(255), name varchar(255))")
        .await;
    let refusal = site.refusal().await;
    let is_first = matches!(refusal, ConnectError::MigrationMissing { migration: "0001_initial" });
    assert!(is_first, "{refusal}");
}

pub(crate) async fn tables_of_a_newer_version_are_refused(place: Place) {
    let site = made(&place).await;
    site.run("UPDATE tegata_schema SET version = 2").await;
    let refusal = site.refusal().await;
    assert!(matches!(refusal, ConnectError::NewerVersion { .. }), "{refusal}");
    assert!(refusal.to_string().contains("`tegata_schema 2`"), "{refusal}");

    become_django(&site, &[&MIGRATIONS[..], &["0099_from_tomorrow"]].concat()).await;
    let refusal = site.refusal().await;
    assert!(refusal.to_string().contains("`tegata.0099_from_tomorrow`"), "{refusal}");
}

pub(crate) async fn columns_that_are_not_understood_are_refused(place: Place) {
    let site = made(&place).await;
    site.run("ALTER TABLE tegata_session ADD COLUMN harmless integer NULL").await;
    site.run("ALTER TABLE tegata_session ADD COLUMN also integer NOT NULL DEFAULT 1").await;
    site.store().await.close().await;

    site.run("ALTER TABLE tegata_session RENAME COLUMN repeats TO repetitions").await;
    let refusal = site.refusal().await;
    assert!(refusal.to_string().contains("`tegata_session.repeats` is missing"), "{refusal}");
    site.run("ALTER TABLE tegata_session ADD COLUMN repeats integer NOT NULL DEFAULT 0").await;
    let refusal = site.refusal().await;
    assert!(matches!(&refusal, ConnectError::NewColumn { column, .. } if column == "repetitions"));

    let site = made(&place).await;
    site.run("ALTER TABLE auth_user RENAME COLUMN is_active TO active").await;
    let refusal = site.refusal().await;
    assert!(refusal.to_string().contains("`auth_user.is_active` is missing"), "{refusal}");
    assert!(refusal.to_string().contains("hint: name the site's user table"), "{refusal}");
}

pub(crate) async fn local_times_are_refused(place: Place) {
    let site = made(&place).await;
    if place.is_sqlite() {
        become_django(&site, &MIGRATIONS).await;
        site.run("UPDATE django_migrations SET applied = datetime('now', '+2 hours')").await;
    } else {
        let sql = "ALTER TABLE tegata_session ALTER COLUMN minted_at TYPE timestamp";
        site.run(sql).await;
    }
    let refusal = site.refusal().await.to_string();
    assert!(refusal.contains("USE_TZ = True"), "{refusal}");
    let named = place.pick("`django_migrations.applied`", "`tegata_session.minted_at`");
    assert!(refusal.contains(named), "{refusal}");
}

pub(crate) async fn missing_tables_are_refused(place: Place) {
    let site = made(&place).await;
    site.run("DROP TABLE tegata_loginchallenge").await;
    let refusal = site.refusal().await.to_string();
    assert!(refusal.contains("no table `tegata_loginchallenge`"), "{refusal}");

    let site = made(&place).await;
    site.run("DROP TABLE tegata_schema").await;
    let refusal = site.refusal().await.to_string();
    assert!(refusal.contains("nothing says of which version"), "{refusal}");
}
