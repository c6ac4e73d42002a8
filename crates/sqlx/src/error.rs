use std::fmt;

use thiserror::Error;

/// The outcome of a question to the store.
pub type StoreResult<T> = Result<T, StoreError>;

/// What can go wrong with a database that has passed [`crate::SqlxStore::connect`].
///
/// A host answers all of it with 503 [`tegata::Refusal::ServiceUnavailable`] and logs the text,
/// which holds no token, password or hash. No statement is followed by another that must go with
/// it outside of a transaction, so asking again is safe.
#[derive(Error)]
pub enum StoreError {
    /// More logins wait for a password to be hashed than [`crate::StoreOptions::hashing_queue`].
    #[error("too many passwords wait to be hashed")]
    Overloaded,

    /// A stored value is not of the form that its column has.
    #[error("the column `{column}` holds what Tegata does not understand")]
    Row {
        /// Which one.
        column: &'static str,
    },

    /// The database refused a statement for a reason that asking again does not change.
    #[error("the database refused a statement: {source}")]
    Statement {
        /// The driver's own error.
        #[source]
        source: sqlx::Error,
    },

    /// The database cannot answer now.
    #[error("{outage}: {source}")]
    Unavailable {
        /// In what way.
        outage: Outage,
        /// The driver's own error.
        #[source]
        source: sqlx::Error,
    },
}

// Not what the driver would show: PostgreSQL tells of a whole row, and so of a hash.
impl fmt::Debug for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StoreError({self})")
    }
}

/// Why a database cannot answer now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outage {
    /// Others hold what is needed: a lock, or every connection of the pool.
    Busy,
    /// The connection is gone, or none could be opened.
    Cut,
    /// There is no room left on the disk.
    Full,
    /// It takes no writes: a file that may only be read, or a standby server.
    ReadOnly,
}

impl fmt::Display for Outage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Busy => "the database is busy",
            Self::Cut => "the database cannot be reached",
            Self::Full => "the database has no room left",
            Self::ReadOnly => "the database takes no writes",
        })
    }
}

impl StoreError {
    /// Whether a row could not be made because the user whose it would be is gone.
    #[must_use]
    pub fn is_user_gone(&self) -> bool {
        matches!(self, Self::Statement { source: sqlx::Error::RowNotFound })
            || self.is_foreign_key_violation()
    }

    pub(crate) fn is_unique_violation(&self) -> bool {
        self.database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
    }

    pub(crate) fn is_foreign_key_violation(&self) -> bool {
        self.database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation)
    }

    fn database_error(&self) -> Option<&dyn sqlx::error::DatabaseError> {
        match self {
            Self::Statement { source } => source.as_database_error(),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        match outage(&source) {
            Some(outage) => Self::Unavailable { outage, source },
            None => Self::Statement { source },
        }
    }
}

fn outage(error: &sqlx::Error) -> Option<Outage> {
    match error {
        sqlx::Error::PoolTimedOut => Some(Outage::Busy),
        sqlx::Error::BeginFailed
        | sqlx::Error::Io(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::Protocol(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::WorkerCrashed => Some(Outage::Cut),
        sqlx::Error::Database(error) => {
            let code = error.code()?;
            match error.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
                Some(_) => sqlite_outage(code.parse().ok()?),
                None => postgres_outage(&code),
            }
        }
        _ => None,
    }
}

// https://www.sqlite.org/rescode.html: the low byte is the primary code.
fn sqlite_outage(code: i32) -> Option<Outage> {
    match code & 0xff {
        // BUSY, LOCKED, PROTOCOL (a race for the locks of the WAL)
        5 | 6 | 15 => Some(Outage::Busy),
        // READONLY
        8 => Some(Outage::ReadOnly),
        // IOERR, CANTOPEN
        10 | 14 => Some(Outage::Cut),
        // FULL
        13 => Some(Outage::Full),
        _ => None,
    }
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
fn postgres_outage(code: &str) -> Option<Outage> {
    match code {
        "53100" => Some(Outage::Full),
        "25006" => Some(Outage::ReadOnly),
        // A statement timeout; too many connections; out of memory; a deadlock or a serialization
        // failure; a lock that could not be had.
        "40001" | "40P01" | "53000" | "53200" | "53300" | "53400" | "55P03" | "57014" => {
            Some(Outage::Busy)
        }
        _ if code.starts_with("08") || code.starts_with("57P") || code.starts_with("58") => {
            Some(Outage::Cut)
        }
        _ => None,
    }
}
