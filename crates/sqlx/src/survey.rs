//! What whoever runs a site asks: who has an account, which sessions there are, how many rows may
//! go, and what time the database has.

use tegata::{EndReason, Policy, Session, Timestamp, UserId};

use crate::database::Vendor;
use crate::purge::challenges_until;
use crate::sessions::{COLUMN_COUNT, COLUMNS, session};
use crate::users::User;
use crate::value::Value;
use crate::{Purge, SqlxStore, StoreError, StoreResult, users};

/// How many sessions are ended by one statement, whose locks nobody waits for long.
const BATCH: i64 = 500;

/// Which sessions are listed; the default is all of them.
///
/// ```
/// use tegata_sqlx::SessionFilter;
///
/// assert_eq!(SessionFilter::default().user, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Those of one user.
    pub user: Option<UserId>,
    /// Only those that can be used, or only those that cannot.
    pub is_live: Option<bool>,
    /// Those that were opened then or later.
    pub since: Option<Timestamp>,
}

/// A session, and what its user logs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSession {
    /// The row.
    pub session: Session,
    /// The user's name.
    pub username: String,
    /// Whether it can be used.
    pub is_live: bool,
}

impl SqlxStore {
    /// The sessions of the whole site, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    ///
    /// ```
    /// use tegata::{Policy, Timestamp};
    /// use tegata_sqlx::{SessionFilter, SqlxStore};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = SqlxStore::connect("sqlite::memory:").await?;
    /// let (now, policy) = (Timestamp::from_seconds(1_700_000_000), Policy::default());
    /// let all = SessionFilter::default();
    /// assert!(store.list_sessions(&all, &policy, now, 20).await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn list_sessions(
        &self,
        filter: &SessionFilter,
        policy: &Policy,
        now: Timestamp,
        at_most: u32,
    ) -> StoreResult<Vec<ListedSession>> {
        let names = &self.inner.names;
        let mut values = Vec::new();
        let mut parameter = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let mut conditions = vec!["1 = 1".to_owned()];
        if let Some(user) = &filter.user {
            let Some(user) = self.user_value(user) else { return Ok(Vec::new()) };
            conditions.push(format!("u.{} = {}", names.name, parameter(user)));
        }
        if let Some(is_live) = filter.is_live {
            let since = policy.live_since(now);
            let live = format!(
                "s.expired_at IS NULL AND s.created_at > {} AND s.minted_at > {} \
                 AND s.refreshed_at > {}",
                parameter(since.created_at.into()),
                parameter(since.minted_at.into()),
                parameter(since.refreshed_at.into()),
            );
            conditions.push(if is_live { live } else { format!("NOT ({live})") });
        }
        if let Some(since) = filter.since {
            conditions.push(format!("s.created_at >= {}", parameter(since.into())));
        }
        let limit = parameter(Value::Integer(at_most.into()));
        let sql = format!(
            "SELECT {COLUMNS}, {}, u.{} FROM tegata_session s \
             JOIN {} u ON u.{} = s.user_id WHERE {} \
             ORDER BY s.created_at DESC, s.id LIMIT {limit}",
            names.state_columns("u."),
            names.username,
            names.table,
            names.key,
            conditions.join(" AND "),
        );
        let rows = self.inner.database.read(&sql.into(), &values).await?;
        let mut listed = Vec::with_capacity(rows.len());
        for row in &rows {
            let user = users::state(&self.inner, row, COLUMN_COUNT)?;
            let user = user.ok_or(StoreError::Row { column: "user id" })?;
            let username = COLUMN_COUNT + 3 + names.stamp_column_count();
            let session = session(row, user.id)?;
            let is_live = is_live(&session, policy, now);
            listed.push(ListedSession {
                session,
                username: row.text(username, "username")?,
                is_live,
            });
        }
        Ok(listed)
    }

    /// The users in the order of their names, from the one that comes after `after` on.
    ///
    /// # Errors
    /// [`StoreError`].
    ///
    /// ```
    /// # use tegata::Timestamp;
    /// # use tegata_sqlx::{Hasher, NewUser, SqlxStore, StoreOptions};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hasher = Some(Hasher::Pbkdf2Sha256 { iterations: 1 });
    /// # let options = StoreOptions { hasher, ..StoreOptions::default() };
    /// # let store = SqlxStore::connect_with("sqlite::memory:", options).await?;
    /// # let now = Timestamp::from_seconds(1_700_000_000);
    /// store.create_user(NewUser::new("ada", "a long secret"), now).await?;
    /// assert_eq!(store.list_users("", 20).await?[0].username, "ada");
    /// assert!(store.list_users("ada", 20).await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn list_users(&self, after: &str, at_most: u32) -> StoreResult<Vec<User>> {
        // PostgreSQL takes no NUL.
        let after = after.replace('\0', "");
        let values = [after.as_str().into(), Value::Integer(at_most.into())];
        let rows = self.inner.database.read(&self.inner.users.list, &values).await?;
        rows.iter().map(|row| self.user_of(row)).collect()
    }

    /// How many rows [`SqlxStore::purge`] would delete now, if no other table hangs on them.
    ///
    /// # Errors
    /// [`StoreError`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tegata::{Algorithm, Engine, Key, KeySet, Policy, Timestamp};
    /// # use tegata_sqlx::{Purge, SqlxStore};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = SqlxStore::connect("sqlite::memory:").await?;
    /// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// # let engine = Engine::new(Policy::default(), keys)?;
    /// # let now = Timestamp::from_seconds(1_700_000_000);
    /// let retention = Duration::from_secs(30 * 24 * 3600);
    /// let purge = Purge { engine: &engine, now, retention, pauses: false };
    /// assert_eq!(store.count_purgeable(purge).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn count_purgeable(&self, purge: Purge<'_>) -> StoreResult<u64> {
        let [(_, ended), (_, begun), (_, timed_out)] =
            self.inner.purge.sessions(&purge, self.owner());
        // Each ends with whether rows of legacy tokens are kept; the last has one limit, or two.
        let none = Value::from(Timestamp::from_micros(i64::MIN));
        let (idle, aged, keeps) = match timed_out.as_slice() {
            [idle, aged, keeps] => (idle.clone(), aged.clone(), keeps.clone()),
            [aged, keeps] => (none, aged.clone(), keeps.clone()),
            _ => return Ok(0),
        };
        let values = [ended[0].clone(), begun[0].clone(), idle, aged, keeps];
        let sessions = "SELECT COUNT(*) FROM tegata_session WHERE \
            NOT ($5 AND legacy_jti IS NOT NULL AND legacy_jti = id) \
            AND (expired_at <= $1 OR created_at <= $2 OR (expired_at IS NULL \
            AND ((minted_at <= $3 AND refreshed_at <= $3) OR minted_at <= $4)))";
        let until = challenges_until(purge.engine.policy(), purge.now);
        let challenges = "SELECT COUNT(*) FROM tegata_loginchallenge WHERE created_at <= $1";
        Ok(self.count(sessions, &values).await? + self.count(challenges, &[until.into()]).await?)
    }

    /// How many sessions have not been ended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_unended(&self) -> StoreResult<u64> {
        self.count("SELECT COUNT(*) FROM tegata_session WHERE expired_at IS NULL", &[]).await
    }

    /// Ends every session of the site, in small batches, each of which commits by itself; tells
    /// `on_batch` how many each has ended.
    ///
    /// Refresh tokens of another library that were not used yet have no session, and open one when
    /// they come: see [`tegata::LegacyTokens`].
    ///
    /// # Errors
    /// [`StoreError`]; what was ended before stays so.
    ///
    /// ```
    /// use tegata::{EndReason, Timestamp};
    /// # use tegata_sqlx::SqlxStore;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = SqlxStore::connect("sqlite::memory:").await?;
    /// let now = Timestamp::from_seconds(1_700_000_000);
    /// let ended = store.end_all(now, EndReason::Administrator, |_sessions| ()).await?;
    /// assert_eq!(ended, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn end_all(
        &self,
        at: Timestamp,
        reason: EndReason,
        mut on_batch: impl FnMut(u64) + Send,
    ) -> StoreResult<u64> {
        let sql = "UPDATE tegata_session SET expired_at = $1, updated_at = $1, end_reason = $2 \
            WHERE expired_at IS NULL AND id IN (SELECT id FROM tegata_session \
            WHERE expired_at IS NULL ORDER BY minted_at LIMIT $3)"
            .into();
        let values = [at.into(), reason.name().into(), Value::Integer(BATCH)];
        let mut count = 0;
        loop {
            match self.inner.database.write(&sql, &values).await? {
                0 => return Ok(count),
                ended => {
                    count += ended;
                    on_batch(ended);
                }
            }
        }
    }

    /// The time that the database has, which is this machine's for a file of SQLite.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clock(&self) -> StoreResult<Timestamp> {
        let sql = match self.vendor() {
            Vendor::Postgres => "SELECT clock_timestamp()",
            Vendor::Sqlite => "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')",
        };
        let rows = self.inner.database.read(&sql.into(), &[]).await?;
        let row = rows.first().ok_or(StoreError::Row { column: "clock" })?;
        row.time(0, "clock")
    }

    async fn count(&self, sql: &str, values: &[Value]) -> StoreResult<u64> {
        let rows = self.inner.database.read(&sql.into(), values).await?;
        rows.first().map_or(Ok(0), |row| row.number(0, "count"))
    }
}

/// As the conditions of the statement have it.
fn is_live(session: &Session, policy: &Policy, now: Timestamp) -> bool {
    let since = policy.live_since(now);
    session.expired_at.is_none()
        && session.created_at > since.created_at
        && session.minted_at > since.minted_at
        && session.refreshed_at > since.refreshed_at
}
