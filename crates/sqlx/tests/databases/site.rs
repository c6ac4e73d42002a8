//! A database of a test's own, on either server.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tegata::{
    Algorithm, Device, EndReason, Engine, Key, KeySet, LegacyClaimNames, LegacyTokens, NewSession,
    Policy, Session, SessionId, SessionStore, Timestamp, UserId, UserState,
};
use tegata_sqlx::{ConnectError, Hasher, NewUser, SqlxStore, StoreOptions, UserTable};

use crate::postgres::Server;

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_123_456);
/// Fast, since few tests are about hashing.
pub(crate) const CHEAP: Hasher = Hasher::Pbkdf2Sha256 { iterations: 10 };
pub(crate) const SECRET: &str = "correct horse";

#[derive(Clone)]
pub(crate) enum Place {
    Postgres(Arc<Server>),
    Sqlite,
}

/// One database. It is empty at first.
pub(crate) struct Site {
    place: Place,
    name: String,
    pub(crate) url: String,
}

impl Place {
    pub(crate) async fn site(&self) -> Site {
        match self {
            Self::Postgres(server) => {
                let name = server.new_name();
                let site = Site { place: self.clone(), url: server.url(&name), name };
                site.postgres_run("postgres", &format!("CREATE DATABASE {}", site.name)).await;
                site
            }
            Self::Sqlite => {
                static NUMBER: AtomicU32 = AtomicU32::new(0);
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let name = format!("tegata-sqlx-{}-{number}.sqlite3", std::process::id());
                let path = std::env::temp_dir().join(name);
                let name = path.to_str().expect("a plain name").to_owned();
                let site = Site { place: self.clone(), url: format!("sqlite://{name}"), name };
                site.remove();
                site
            }
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite)
    }

    /// The one text for one database, the other for the other.
    pub(crate) fn pick<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        if self.is_sqlite() { sqlite } else { postgres }
    }
}

impl Site {
    pub(crate) fn options() -> StoreOptions {
        StoreOptions { hasher: Some(CHEAP), ..StoreOptions::default() }
    }

    pub(crate) async fn store(&self) -> SqlxStore {
        self.store_with(Self::options()).await
    }

    pub(crate) async fn store_with(&self, options: StoreOptions) -> SqlxStore {
        SqlxStore::connect_with(&self.url, options).await.expect("the store connects")
    }

    pub(crate) async fn store_of(&self, users: UserTable) -> SqlxStore {
        self.store_with(StoreOptions { users, ..Self::options() }).await
    }

    /// Why a store does not start here.
    pub(crate) async fn refusal(&self) -> ConnectError {
        let connected = SqlxStore::connect_with(&self.url, Self::options()).await;
        connected.expect_err("the store does not start")
    }

    /// Carries out statements as anybody else would.
    pub(crate) async fn run(&self, sql: &str) {
        match &self.place {
            Place::Postgres(_) => self.postgres_run(&self.name, sql).await,
            Place::Sqlite => {
                let mut connection = self.sqlite().await;
                let sql = AssertSqlSafe(sql.to_owned());
                sqlx::raw_sql(sql).execute(&mut connection).await.expect("the statements work");
                connection.close().await.expect("close");
            }
        }
    }

    /// The only value of the only row.
    pub(crate) async fn text(&self, sql: &str) -> Option<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.place {
            Place::Postgres(server) => {
                let connection = PgConnection::connect(&server.url(&self.name)).await;
                let mut connection = connection.expect("connect");
                let value = sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("read");
                connection.close().await.expect("close");
                value
            }
            Place::Sqlite => {
                let mut connection = self.sqlite().await;
                let value = sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("read");
                connection.close().await.expect("close");
                value
            }
        }
    }

    pub(crate) async fn sqlite(&self) -> SqliteConnection {
        let url = format!("{}?mode=rwc", self.url);
        SqliteConnection::connect(&url).await.expect("connect")
    }

    async fn postgres_run(&self, database: &str, sql: &str) {
        let Place::Postgres(server) = &self.place else { unreachable!("it is not on PostgreSQL") };
        let connection = PgConnection::connect(&server.url(database)).await;
        let mut connection = connection.expect("connect");
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&mut connection).await.expect("the statements work");
        connection.close().await.expect("close");
    }

    fn remove(&self) {
        for ending in ["", "-wal", "-shm", "-journal"] {
            let _ = std::fs::remove_file(PathBuf::from(format!("{}{ending}", self.name)));
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if self.place.is_sqlite() {
            self.remove();
        }
    }
}

/// Turns a site's own tables into those of a site of Django's that has carried out these
/// migrations, as far as anybody can see.
pub(crate) async fn become_django(site: &Site, migrations: &[&str]) {
    let time = site.place.pick("datetime", "timestamp with time zone");
    let rows = migrations
        .iter()
        .enumerate()
        .map(|(number, name)| format!("({number}, 'tegata', '{name}', '2024-01-01 00:00:00.5')"));
    site.run(&format!(
        "DROP TABLE tegata_schema; CREATE TABLE django_migrations \
         (id integer PRIMARY KEY, app varchar(255), name varchar(255), applied {time}); \
         INSERT INTO django_migrations VALUES {}",
        rows.collect::<Vec<_>>().join(", ")
    ))
    .await;
}

/// All of them.
pub(crate) const MIGRATIONS: [&str; 7] = [
    "0001_initial",
    "0002_session_refreshed_at_repeats",
    "0003_session_indexes",
    "0004_session_unended_by_refresh",
    "0005_login_challenge",
    "0006_session_location",
    "0007_session_legacy_jti",
];

pub(crate) async fn user(store: &SqlxStore, name: &str) -> UserState {
    store.create_user(NewUser::new(name, SECRET), NOW).await.expect("the user is made")
}

pub(crate) fn engine() -> Engine {
    engine_of(Policy::default())
}

/// One that takes the tokens of a library that kept no sessions.
pub(crate) fn legacy_engine() -> Engine {
    let legacy = LegacyTokens {
        keys: KeySet::new(vec![Key::generate(Algorithm::EdDsa).expect("a key")]).expect("keys"),
        access_typ: Some("JWT".to_owned()),
        refresh_typ: Some("JWT".to_owned()),
        issuer: None,
        audience: None,
        claim_names: LegacyClaimNames { session_id: None, ..LegacyClaimNames::default() },
        until: NOW.plus(Duration::from_hours(1)),
    };
    engine().accept_legacy(vec![legacy]).expect("an engine")
}

pub(crate) fn engine_of(policy: Policy) -> Engine {
    let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa).expect("a key")]).expect("keys");
    Engine::new(policy, keys).expect("an engine")
}

pub(crate) fn after(micros: i64) -> Timestamp {
    Timestamp::from_micros(NOW.micros() + micros)
}

pub(crate) fn id(number: usize) -> SessionId {
    format!("{number:0>43}").parse().expect("43 digits are an id")
}

pub(crate) fn session(number: usize, user: &UserState) -> Session {
    Session {
        id: id(number),
        user_id: user.id.clone(),
        created_at: NOW,
        updated_at: NOW,
        expired_at: None,
        end_reason: None,
        device: Device::new(Some("2001:db8::1"), "agent"),
        generation: 1,
        minted_at: NOW,
        refreshed_at: NOW,
        repeats: 0,
        first_used_at: None,
        security_stamp: user.security_stamp.clone(),
        legacy_jti: None,
    }
}

pub(crate) async fn insert(store: &SqlxStore, session: &Session) {
    let row = NewSession { session: session.clone(), limit: None };
    store.insert(row).await.expect("the session is inserted");
}

/// Why a session was ended, if it was.
pub(crate) async fn end_reason(store: &SqlxStore, number: usize) -> Option<EndReason> {
    store.load(&id(number)).await.expect("load").expect("it is there").session.end_reason
}

pub(crate) fn text(id: &UserId) -> String {
    id.to_string()
}
