use thiserror::Error;

/// Why a store does not start, and how to mend it.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The database cannot be reached.
    #[error(
        "the database does not answer: {0}\nhint: see that it runs, and that the address and the account are right"
    )]
    Database(#[source] crate::StoreError),

    /// A column of a table of ours or of the users is not what it must be.
    #[error("`{table}.{column}` is {found}, and must be {expected}\nhint: {hint}")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What it is.
        found: String,
        /// What it must be.
        expected: &'static str,
        /// How to mend it.
        hint: &'static str,
    },

    /// The address is none.
    #[error(
        "the address of the database is not valid: {reason}\nhint: write `sqlite://auth.db` or `postgres://user:password@host/database`"
    )]
    Address {
        /// What is wrong; never a part of the address, which may hold a password.
        reason: String,
    },

    /// Times are stored without their zone.
    #[error(
        "times lie in the future: the newest of `{table}.{column}` is more than a quarter of an hour ahead of the clock\nhint: set `USE_TZ = True` in Django's settings and convert what is stored to UTC; if it is set, set the clock"
    )]
    FutureTimes {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },

    /// A site of Django's has not migrated `tegata` as far as this version knows.
    #[error(
        "Django's migration `tegata.{migration}` is not applied\nhint: run `python manage.py migrate tegata`"
    )]
    MigrationMissing {
        /// The first that is missing.
        migration: &'static str,
    },

    /// A table has a column that an insert could not leave out.
    #[error(
        "`{table}.{column}` is unknown, takes no null and has no default, so no row could be inserted\nhint: give the column a default, or use the version of Tegata that knows it"
    )]
    NewColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },

    /// The tables were made by a newer version.
    #[error(
        "the tables were made by a newer version of Tegata: `{version}` is unknown\nhint: upgrade this program"
    )]
    NewerVersion {
        /// What is unknown.
        version: String,
    },

    /// Some of the tables are missing.
    #[error("there is no table `{table}`\nhint: {hint}")]
    TableMissing {
        /// Which one.
        table: String,
        /// How to mend it.
        hint: &'static str,
    },
}

impl From<crate::StoreError> for ConnectError {
    fn from(error: crate::StoreError) -> Self {
        Self::Database(error)
    }
}
