//! `axum-login`, its sessions and users in a database, as its examples have it.

use async_trait::async_trait;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, login_required};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use tower_sessions::session::{Id, Record};
use tower_sessions::{SessionManagerLayer, SessionStore, session_store};

use super::{ANSWER, Built};
use crate::Outcome;
use crate::load::{Connection, Question};

const CONNECTIONS: u32 = 10;

#[derive(Clone, Debug)]
enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The same statement on either, its parameters in their order.
macro_rules! on_either {
    ($database:expr, $sql:expr, $($parameter:expr),* ; $method:ident) => {
        match $database {
            Database::Sqlite(pool) => {
                sqlx::query_as::<_, (Vec<u8>,)>($sql)$(.bind($parameter))*.$method(pool).await
            }
            Database::Postgres(pool) => {
                sqlx::query_as::<_, (Vec<u8>,)>($sql)$(.bind($parameter))*.$method(pool).await
            }
        }
    };
}

impl Database {
    async fn open(url: &str) -> Outcome<Self> {
        let tables = [
            "CREATE TABLE IF NOT EXISTS peer_session (id TEXT PRIMARY KEY, data BYTES NOT NULL)",
            "CREATE TABLE IF NOT EXISTS peer_user (id INTEGER PRIMARY KEY, name BYTES NOT NULL)",
            "INSERT INTO peer_user VALUES (1, 'ada') ON CONFLICT DO NOTHING",
        ];
        if url.starts_with("sqlite:") {
            let options: SqliteConnectOptions = url.parse()?;
            let options = options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
            let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS);
            let pool = pool.connect_with(options).await?;
            for sql in tables {
                sqlx::query(&*sql.replace("BYTES", "BLOB").leak()).execute(&pool).await?;
            }
            return Ok(Self::Sqlite(pool));
        }
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(url).await?;
        for sql in tables {
            sqlx::query(&*sql.replace("BYTES", "BYTEA").leak()).execute(&pool).await?;
        }
        Ok(Self::Postgres(pool))
    }
}

#[derive(Clone, Debug)]
struct Sessions(Database);

fn failed(error: impl std::fmt::Display) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let data = serde_json::to_vec(record).map_err(failed)?;
        on_either!(
            &self.0,
            "INSERT INTO peer_session VALUES ($1, $2) \
             ON CONFLICT (id) DO UPDATE SET data = excluded.data RETURNING data",
            record.id.to_string(), data; fetch_all
        )
        .map_err(failed)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let found = on_either!(
            &self.0,
            "SELECT data FROM peer_session WHERE id = $1",
            id.to_string(); fetch_optional
        );
        let found = found.map_err(failed)?;
        found.map(|(data,)| serde_json::from_slice(&data).map_err(failed)).transpose()
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        on_either!(
            &self.0,
            "DELETE FROM peer_session WHERE id = $1 RETURNING data",
            id.to_string(); fetch_all
        )
        .map_err(failed)?;
        Ok(())
    }
}

#[derive(Clone, Debug)]
struct User {
    id: i64,
    hash: Vec<u8>,
}

impl AuthUser for User {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        &self.hash
    }
}

#[derive(Clone, Debug)]
struct Backend(Database);

impl AuthnBackend for Backend {
    type User = User;
    type Credentials = i64;
    type Error = sqlx::Error;

    async fn authenticate(&self, id: i64) -> Result<Option<User>, sqlx::Error> {
        self.get_user(&id).await
    }

    async fn get_user(&self, id: &i64) -> Result<Option<User>, sqlx::Error> {
        let found = on_either!(
            &self.0,
            "SELECT name FROM peer_user WHERE id = $1",
            *id; fetch_optional
        );
        Ok(found?.map(|(hash,)| User { id: *id, hash }))
    }
}

pub(super) async fn site(url: &str) -> Outcome<Built> {
    let database = Database::open(url).await?;
    let sessions = SessionManagerLayer::new(Sessions(database.clone())).with_secure(false);
    let layer = AuthManagerLayerBuilder::new(Backend(database), sessions).build();
    let app = Router::new()
        .route("/protected", get(async || ANSWER))
        .route_layer(login_required!(Backend))
        .route("/login", get(log_in))
        .layer(layer);
    let cookie = logged_in(app.clone()).await?;
    Ok((app, vec![format!("Cookie: {cookie}")]))
}

async fn log_in(mut auth: AuthSession<Backend>) -> Result<(), StatusCode> {
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let user = auth.authenticate(1).await.map_err(failed)?.ok_or(StatusCode::UNAUTHORIZED)?;
    auth.login(&user).await.map_err(failed)
}

/// The cookie of somebody who has logged in.
async fn logged_in(app: Router) -> Outcome<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let question = Question::get(address, "/login", "");
    let head = Connection::open(address).await?.head_of(&question.request).await?;
    serving.abort();
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines
        .find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .ok_or("the login has set no cookie")?;
    Ok(value.trim().split(';').next().unwrap_or_default().to_owned())
}
