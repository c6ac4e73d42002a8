use std::num::NonZeroUsize;
use std::time::Duration;

use serde::Deserialize;

use crate::Hasher;

/// How a store is set up; every part has a default.
///
/// ```
/// use tegata_sqlx::{Hasher, StoreOptions, UserTable};
///
/// let options = StoreOptions {
///     users: UserTable { table: "accounts_user".to_owned(), ..UserTable::default() },
///     hasher: Some(Hasher::ARGON2ID),
///     ..StoreOptions::default()
/// };
/// assert_eq!(options.max_connections, 10);
/// ```
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Where the users are.
    pub users: UserTable,
    /// What new passwords are hashed by, and older hashes are upgraded to at login.
    ///
    /// `None`, the default, is [`Hasher::ARGON2ID`] where the store has made the tables itself.
    /// Beside Django it is what the site's newest hash was made by, and nothing is upgraded: two
    /// hosts that prefer different hashes would undo each other's upgrades, and a site without
    /// argon2-cffi could not verify a password that was stored by it.
    pub hasher: Option<Hasher>,
    /// How many connections a pool has at most: 10. SQLite has one more, which writes.
    pub max_connections: u32,
    /// How long a statement waits for a connection: 5 seconds.
    pub acquire_timeout: Duration,
    /// How long a statement waits for a lock of SQLite: 5 seconds.
    pub busy_timeout: Duration,
    /// How many passwords are hashed at the same time: half as many as there are processors, and
    /// one at least. Each takes one processor, and argon2id 100 MiB.
    pub hashing_threads: NonZeroUsize,
    /// How many more logins may wait for that: 100. Beyond, [`crate::StoreError::Overloaded`].
    pub hashing_queue: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            users: UserTable::default(),
            hasher: None,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(5),
            hashing_threads: NonZeroUsize::new(processors / 2).unwrap_or(NonZeroUsize::MIN),
            hashing_queue: 100,
        }
    }
}

/// Where the users are: a table of Django's, of the site's own user model, or of anybody else.
///
/// ```
/// use tegata_sqlx::UserTable;
///
/// let users = UserTable {
///     table: "accounts_member".to_owned(),
///     username: "email".to_owned(),
///     ..UserTable::default()
/// };
/// assert_eq!(users.password, "password");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserTable {
    /// The name of the table: `auth_user`.
    pub table: String,
    /// The primary key, an integer, a UUID or a text: `id`.
    pub key: String,
    /// The unique column that tokens name a user by, if it is not the primary key: what
    /// `TEGATA["USER_ID_FIELD"]` is in Django.
    pub named_by: Option<String>,
    /// What a user logs in with: `username`.
    pub username: String,
    /// The hash, in Django's form: `password`.
    pub password: String,
    /// Whether an account may be used: `is_active`. `None` where all of them may.
    pub is_active: Option<String>,
    /// When a user last logged in: `last_login`. `None` where nobody keeps that.
    pub last_login: Option<String>,
    /// Further columns of text whose change ends the user's sessions, in their order: what
    /// `TEGATA["SECURITY_STAMP_FIELDS"]` is in Django.
    pub stamp_columns: Vec<String>,
}

impl Default for UserTable {
    fn default() -> Self {
        Self {
            table: "auth_user".to_owned(),
            key: "id".to_owned(),
            named_by: None,
            username: "username".to_owned(),
            password: "password".to_owned(),
            is_active: Some("is_active".to_owned()),
            last_login: Some("last_login".to_owned()),
            stamp_columns: Vec::new(),
        }
    }
}

impl UserTable {
    /// The column by which tokens name a user.
    pub(crate) fn name_column(&self) -> &str {
        self.named_by.as_deref().unwrap_or(&self.key)
    }
}
