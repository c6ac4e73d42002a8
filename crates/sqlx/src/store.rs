use std::str::FromStr;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tegata::UserId;

use crate::database::{Database, Vendor};
use crate::layout::{self, Kind, Layout};
use crate::names::Names;
use crate::password::Hashing;
use crate::statistics::Counters;
use crate::value::Value;
use crate::{
    ConnectError, Hasher, Owner, StoreError, StoreOptions, StoreResult, challenges, data, purge,
    sessions, users,
};

/// Sessions, login challenges and users on SQLite or PostgreSQL, in Django's own tables.
///
/// It is made for being cloned: all clones share their connections.
///
/// ```
/// use tegata::{SessionStore, Timestamp};
/// use tegata_sqlx::{Hasher, NewUser, SqlxStore, StoreOptions};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let hasher = Some(Hasher::Pbkdf2Sha256 { iterations: 1 });
/// # let options = StoreOptions { hasher, ..StoreOptions::default() };
/// # let now = Timestamp::from_seconds(1_700_000_000);
/// let store = SqlxStore::connect_with("sqlite::memory:", options).await?;
/// let ada = store.create_user(NewUser::new("ada", "a long secret"), now).await?;
///
/// assert_eq!(store.authenticate("ada", "a long secret").await?, Some(ada.clone()));
/// assert_eq!(store.authenticate("ada", "a guess").await?, None);
/// assert_eq!(store.load_user(&ada.id).await?, Some(ada));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqlxStore {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) database: Database,
    pub(crate) layout: Layout,
    pub(crate) names: Names,
    pub(crate) options: StoreOptions,
    /// Whether tokens name a user by the primary key.
    pub(crate) is_named_by_key: bool,
    pub(crate) sessions: sessions::Statements,
    pub(crate) challenges: challenges::Statements,
    pub(crate) users: users::Statements,
    pub(crate) data: data::Statements,
    pub(crate) purge: purge::Statements,
    pub(crate) hashing: Hashing,
    pub(crate) counters: Counters,
    pub(crate) hasher: Hasher,
    pub(crate) upgrades: bool,
}

impl SqlxStore {
    /// Connects to `sqlite://auth.db`, `sqlite::memory:` or `postgres://user@host/database`, and
    /// finds out by looking whose tables are there. Where nobody has made any, it makes them, and a
    /// file of SQLite too; Django's own are never altered.
    ///
    /// Of an address of SQLite, `?mode=ro` opens a file for reading and `?mode=rw` one that must
    /// exist. Of PostgreSQL, `?sslmode=require` asks for TLS, which the feature `tls` brings along,
    /// and `?statement-cache-capacity=0` goes with a proxy that hands out connections statement by
    /// statement.
    ///
    /// ```no_run
    /// use tegata_sqlx::SqlxStore;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = SqlxStore::connect("sqlite://auth.db").await?;
    /// let beside_django = SqlxStore::connect("postgres://site@localhost/site").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ConnectError`], which says what is wrong and how to mend it.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::connect_with(url, StoreOptions::default()).await
    }

    /// As [`SqlxStore::connect`], set up in another way.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect_with(url: &str, options: StoreOptions) -> Result<Self, ConnectError> {
        let database = open(url, &options).await?;
        let layout = layout::prepare(&database, &options.users).await?;
        let names = Names::new(&options.users);
        let vendor = database.vendor();
        let upgrades = options.hasher.is_some() || layout.owner == Owner::Tegata;
        let hasher = match (options.hasher, layout.owner) {
            (Some(hasher), _) => hasher,
            (None, Owner::Tegata) => Hasher::ARGON2ID,
            (None, Owner::Django) => users::hasher_of_site(&database, &names, layout.key)
                .await?
                .unwrap_or(Hasher::PBKDF2_SHA256),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                is_named_by_key: options.users.name_column() == options.users.key,
                sessions: sessions::Statements::new(vendor, &names),
                challenges: challenges::Statements::new(&names),
                users: users::Statements::new(&names, has_email(&layout)),
                data: data::Statements::new(&names),
                purge: purge::Statements::new(vendor),
                hashing: Hashing::new(&options),
                counters: Counters::default(),
                hasher,
                upgrades,
                database,
                layout,
                names,
                options,
            }),
        })
    }

    /// Who has made the tables.
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.inner.layout.owner
    }

    /// What new passwords are hashed by.
    #[must_use]
    pub fn hasher(&self) -> Hasher {
        self.inner.hasher
    }

    /// Asks the database for an answer, as `/healthz` does.
    ///
    /// # Errors
    /// [`crate::StoreError`]: there was none.
    pub async fn ping(&self) -> StoreResult<()> {
        let sql = "SELECT 1 FROM tegata_session LIMIT 1".into();
        self.inner.database.read(&sql, &[]).await.map(|_| ())
    }

    /// Closes the connections, once what they do is done. Nothing works afterwards.
    pub async fn close(&self) {
        self.inner.database.close().await;
    }

    /// The id that a person has typed: a number, a UUID or a text, whatever the users' key is.
    /// `None` if no user can be named so.
    #[must_use]
    pub fn parse_user_id(&self, text: &str) -> Option<UserId> {
        self.inner.layout.name.parse(text)
    }

    pub(crate) fn user_value(&self, id: &UserId) -> Option<Value> {
        self.inner.layout.name.value(id)
    }

    pub(crate) fn vendor(&self) -> Vendor {
        self.inner.database.vendor()
    }
}

fn has_email(layout: &Layout) -> bool {
    let is_email = |column: &layout::Column| column.name == "email" && column.kind == Kind::Text;
    layout.user_columns.iter().any(is_email)
}

async fn open(url: &str, options: &StoreOptions) -> Result<Database, ConnectError> {
    let invalid = |reason: &str| ConnectError::Address { reason: reason.to_owned() };
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => {
            let connect = SqliteConnectOptions::from_str(url)
                .map_err(|_| invalid("SQLite takes a path, and `mode`, `cache` or `immutable`"))?;
            let has_mode = url.contains("mode=") || url.contains("immutable=");
            let in_memory = url.contains(":memory:") || url.contains("mode=memory");
            let connect = if has_mode { connect } else { connect.create_if_missing(true) };
            Ok(Database::sqlite(connect, in_memory, options))
        }
        Some("postgres" | "postgresql") => {
            let connect = PgConnectOptions::from_str(url)
                .map_err(|_| invalid("it cannot be taken apart, or has unknown parameters"))?;
            let connect = connect.application_name("tegata");
            // A pool tries again until its time is up, and then does not say why it could not.
            let one = tokio::time::timeout(options.acquire_timeout, connect.connect()).await;
            let one = one.map_err(|_| StoreError::from(sqlx::Error::PoolTimedOut))?;
            one.map_err(StoreError::from)?.close().await.map_err(StoreError::from)?;
            Ok(Database::postgres(connect, options))
        }
        _ => Err(invalid("it begins with neither `sqlite:` nor `postgres:`")),
    }
}
