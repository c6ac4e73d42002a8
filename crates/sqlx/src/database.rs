//! The two databases behind one face: a statement's text and its values in, rows out.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::{PoolConnectionMetadata, PoolOptions};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePool};
use sqlx::{Arguments, AssertSqlSafe, Connection, Executor, Postgres, Sqlite};

use crate::row::Row;
use crate::value::Value;
use crate::{StoreError, StoreOptions, StoreResult};

/// The text of a statement. Nothing that a client says is ever a part of one.
#[derive(Clone, Debug)]
pub(crate) struct Sql(Arc<str>);

impl From<String> for Sql {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Sql {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl Sql {
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    fn safe(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.0))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    Postgres,
    Sqlite,
}

#[derive(Debug)]
pub(crate) enum Database {
    Postgres(PgPool),
    /// SQLite lets one connection write at a time. Those of this process stand in a queue for
    /// the one that does, which is fairer than what the lock does, and faster.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
}

// Connections that were used so recently are not asked whether they still live.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

fn pool<D: sqlx::Database>(options: &StoreOptions, max_connections: u32) -> PoolOptions<D> {
    PoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection: &mut D::Connection, metadata: PoolConnectionMetadata| {
            Box::pin(async move {
                if metadata.idle_for > TRUSTED_FOR {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

impl Database {
    pub(crate) fn postgres(connect: PgConnectOptions, options: &StoreOptions) -> Self {
        let pool = pool::<Postgres>(options, options.max_connections);
        Self::Postgres(pool.connect_lazy_with(connect))
    }

    pub(crate) fn sqlite(
        connect: SqliteConnectOptions,
        in_memory: bool,
        options: &StoreOptions,
    ) -> Self {
        let connect = connect.busy_timeout(options.busy_timeout).foreign_keys(true);
        let one = pool::<Sqlite>(options, 1);
        if in_memory {
            // It is gone with its last connection, so that must not go.
            let one = one.idle_timeout(None).max_lifetime(None).connect_lazy_with(connect);
            return Self::Sqlite { readers: one.clone(), writer: one };
        }
        Self::Sqlite {
            readers: pool::<Sqlite>(options, options.max_connections)
                .connect_lazy_with(connect.clone()),
            writer: one.connect_lazy_with(connect),
        }
    }

    pub(crate) fn vendor(&self) -> Vendor {
        match self {
            Self::Postgres(_) => Vendor::Postgres,
            Self::Sqlite { .. } => Vendor::Sqlite,
        }
    }

    /// Reads rows; never writes.
    pub(crate) async fn read(&self, sql: &Sql, values: &[Value]) -> StoreResult<Vec<Row>> {
        match self {
            Self::Postgres(pool) => postgres_rows(pool, sql, values).await,
            Self::Sqlite { readers, .. } => sqlite_rows(readers, sql, values).await,
        }
    }

    /// Carries out one statement, which commits by itself; says how many rows it hit.
    pub(crate) async fn write(&self, sql: &Sql, values: &[Value]) -> StoreResult<u64> {
        match self {
            Self::Postgres(pool) => postgres_count(pool, sql, values).await,
            Self::Sqlite { writer, .. } => sqlite_count(writer, sql, values).await,
        }
    }

    /// Begins a transaction; on SQLite as the one that writes, so that what it reads is true
    /// until its end.
    pub(crate) async fn begin(&self) -> StoreResult<Transaction> {
        Ok(match self {
            Self::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
            Self::Sqlite { writer, .. } => {
                Transaction::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
        })
    }

    /// How many connections are idle, and how many are used.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let of = |size: u32, idle: usize| (idle, (size as usize).saturating_sub(idle));
        match self {
            Self::Postgres(pool) => of(pool.size(), pool.num_idle()),
            Self::Sqlite { readers, writer } => {
                of(readers.size() + writer.size(), readers.num_idle() + writer.num_idle())
            }
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Postgres(pool) => pool.close().await,
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

/// Statements that go together. Dropped, it is rolled back.
pub(crate) enum Transaction {
    Postgres(sqlx::Transaction<'static, Postgres>),
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

impl Transaction {
    pub(crate) async fn read(&mut self, sql: &Sql, values: &[Value]) -> StoreResult<Vec<Row>> {
        match self {
            Self::Postgres(transaction) => postgres_rows(&mut **transaction, sql, values).await,
            Self::Sqlite(transaction) => sqlite_rows(&mut **transaction, sql, values).await,
        }
    }

    pub(crate) async fn write(&mut self, sql: &Sql, values: &[Value]) -> StoreResult<u64> {
        match self {
            Self::Postgres(transaction) => postgres_count(&mut **transaction, sql, values).await,
            Self::Sqlite(transaction) => sqlite_count(&mut **transaction, sql, values).await,
        }
    }

    pub(crate) async fn commit(self) -> StoreResult<()> {
        match self {
            Self::Postgres(transaction) => transaction.commit().await?,
            Self::Sqlite(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    pub(crate) async fn roll_back(self) -> StoreResult<()> {
        match self {
            Self::Postgres(transaction) => transaction.rollback().await?,
            Self::Sqlite(transaction) => transaction.rollback().await?,
        }
        Ok(())
    }
}

async fn postgres_rows<'c>(
    executor: impl Executor<'c, Database = Postgres>,
    sql: &Sql,
    values: &[Value],
) -> StoreResult<Vec<Row>> {
    let query = sqlx::query_with(sql.safe(), postgres_arguments(values)?);
    Ok(query.fetch_all(executor).await?.into_iter().map(Row::Postgres).collect())
}

async fn postgres_count<'c>(
    executor: impl Executor<'c, Database = Postgres>,
    sql: &Sql,
    values: &[Value],
) -> StoreResult<u64> {
    let query = sqlx::query_with(sql.safe(), postgres_arguments(values)?);
    Ok(query.execute(executor).await?.rows_affected())
}

fn postgres_arguments(values: &[Value]) -> StoreResult<PgArguments> {
    let mut arguments = PgArguments::default();
    for value in values {
        arguments.add(value.clone()).map_err(encoding)?;
    }
    Ok(arguments)
}

async fn sqlite_rows<'c>(
    executor: impl Executor<'c, Database = Sqlite>,
    sql: &Sql,
    values: &[Value],
) -> StoreResult<Vec<Row>> {
    let query = sqlx::query_with(sql.safe(), sqlite_arguments(values)?);
    Ok(query.fetch_all(executor).await?.into_iter().map(Row::Sqlite).collect())
}

async fn sqlite_count<'c>(
    executor: impl Executor<'c, Database = Sqlite>,
    sql: &Sql,
    values: &[Value],
) -> StoreResult<u64> {
    let query = sqlx::query_with(sql.safe(), sqlite_arguments(values)?);
    Ok(query.execute(executor).await?.rows_affected())
}

fn sqlite_arguments(values: &[Value]) -> StoreResult<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        arguments.add(value.clone()).map_err(encoding)?;
    }
    Ok(arguments)
}

fn encoding(error: sqlx::error::BoxDynError) -> StoreError {
    sqlx::Error::Encode(error).into()
}

#[cfg(test)]
mod tests;
