//! Removing the rows that nothing can use any more, without being noticed.

use std::time::{Duration, Instant};

use tegata::{Engine, Policy, Timestamp};

use crate::database::{Sql, Vendor};
use crate::value::Value;
use crate::{Owner, SqlxStore, StoreResult};

const BATCH: usize = 100;
// A purge waits for so many times as long as a batch took, so that those who write meet it rarely.
const PAUSE: u32 = 9;
// A batch keeps out everybody else who writes to SQLite, and who meets it sleeps for longer than it
// takes. It must be less than one in a hundred, or that would be what the slowest hundredth take.
const PAUSE_OF_ONE_WRITER: u32 = 200;

/// What to remove, and how.
///
/// ```
/// use std::time::Duration;
/// use tegata::{Algorithm, Engine, Key, KeySet, Policy, Timestamp};
/// use tegata_sqlx::{Purge, SqlxStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = SqlxStore::connect("sqlite::memory:").await?;
/// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// # let engine = Engine::new(Policy::default(), keys)?;
/// let purge = Purge {
///     engine: &engine,
///     now: Timestamp::from_seconds(1_700_000_000),
///     retention: Duration::from_secs(30 * 24 * 3600),
///     pauses: true,
/// };
/// let mut batches = 0;
/// let removed = store.purge(purge, |_rows| batches += 1).await?;
/// assert_eq!((removed, batches), (0, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Purge<'a> {
    /// By whose policy it is told that nothing can use a session any more. Rows that a legacy token
    /// is known by stay for as long as [`Engine::keeps_legacy_rows`] says; beside Django, whose
    /// settings alone know of such tokens, they are left to Django's own purge.
    pub engine: &'a Engine,
    /// The present.
    pub now: Timestamp,
    /// How long ago that must have come about. Challenges go as soon as their time is up.
    pub retention: Duration,
    /// Whether it leaves the tables to others between the batches; on SQLite, where one writes
    /// at a time, for so long that 100,000 rows take an hour.
    pub pauses: bool,
}

#[derive(Debug)]
pub(crate) struct Statements {
    ended: Kind,
    begun: Kind,
    aged: Kind,
    idle: Kind,
    challenges: Kind,
    pub(crate) some_challenges: Sql,
}

/// Rows that may go, found by the index of one column.
#[derive(Debug)]
pub(crate) struct Kind {
    find: Sql,
    delete: Sql,
    delete_one: Sql,
    column: &'static str,
    limits: usize,
}

impl Kind {
    fn new(
        vendor: Vendor,
        table: &str,
        column: &'static str,
        condition: &str,
        limits: usize,
    ) -> Self {
        // A batch leaves to others what they hold. A single row is waited for: the statement that
        // could not delete the batch may hold it a moment longer than its error takes to come.
        let (skip_locked, wait) = match vendor {
            Vendor::Postgres => (" FOR UPDATE SKIP LOCKED", " FOR UPDATE"),
            Vendor::Sqlite => ("", ""),
        };
        let reached = limits + 1;
        let ids: Vec<_> =
            (limits + 1..=limits + BATCH).map(|number| format!("${number}")).collect();
        let delete = |ids: &str, locking: &str| {
            Sql::from(format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} \
                 WHERE id IN ({ids}) AND {condition}{locking})"
            ))
        };
        Self {
            find: format!(
                "SELECT id, {column} FROM {table} WHERE {condition} AND {column} >= ${reached} \
                 ORDER BY {column} LIMIT {BATCH}"
            )
            .into(),
            delete: delete(&ids.join(", "), skip_locked),
            delete_one: delete(&format!("${reached}"), wait),
            column,
            limits,
        }
    }
}

impl Statements {
    pub(crate) fn new(vendor: Vendor) -> Self {
        let session = |column, condition: &str, limits: usize| {
            let keeps = limits + 1;
            let condition = format!(
                "{condition} AND NOT (${keeps} AND legacy_jti IS NOT NULL AND legacy_jti = id)"
            );
            Kind::new(vendor, "tegata_session", column, &condition, keeps)
        };
        Self {
            ended: session("expired_at", "expired_at <= $1", 1),
            begun: session("created_at", "created_at <= $1", 1),
            aged: session("minted_at", "expired_at IS NULL AND minted_at <= $1", 1),
            // No generation is refreshed before it is minted, and the index is that of `minted_at`.
            idle: session(
                "minted_at",
                "expired_at IS NULL AND minted_at <= $1 \
                 AND (refreshed_at <= $1 OR minted_at <= $2)",
                2,
            ),
            challenges: Kind::new(
                vendor,
                "tegata_loginchallenge",
                "created_at",
                "created_at <= $1",
                1,
            ),
            some_challenges: "DELETE FROM tegata_loginchallenge WHERE id IN \
                (SELECT id FROM tegata_loginchallenge WHERE created_at <= $1 \
                 ORDER BY created_at LIMIT 20)"
                .into(),
        }
    }

    /// What may go: each kind by an index of its own, which one condition with an OR would not use.
    pub(crate) fn sessions(&self, purge: &Purge<'_>, owner: Owner) -> [(&Kind, Vec<Value>); 3] {
        let Purge { engine, now, retention, .. } = *purge;
        let policy = engine.policy();
        let since = now.minus(policy.leeway).minus(retention);
        let lifetime = policy.refresh_token_lifetime;
        let aged = since.minus(lifetime).into();
        // Without rotation a session that is refreshed was minted long ago, and would be read in
        // vain.
        let idle = policy
            .session_idle_timeout
            .filter(|timeout| *timeout < lifetime && policy.rotate_refresh_tokens);
        let timed_out = match idle {
            None => (&self.aged, vec![aged]),
            Some(timeout) => (&self.idle, vec![since.minus(timeout).into(), aged]),
        };
        let kinds = [
            (&self.ended, vec![now.minus(retention).into()]),
            (&self.begun, vec![since.minus(policy.session_lifetime).into()]),
            timed_out,
        ];
        // They are what a legacy token that was used or ended is known by.
        let keeps = owner == Owner::Django || engine.keeps_legacy_rows(now);
        kinds.map(|(kind, mut limits)| {
            limits.push(Value::Bool(keeps));
            (kind, limits)
        })
    }
}

/// Until when a challenge was opened that no answer is taken to any more.
pub(crate) fn challenges_until(policy: &Policy, now: Timestamp) -> Timestamp {
    now.minus(policy.leeway).minus(policy.challenge_lifetime)
}

impl SqlxStore {
    /// Deletes the rows that no token can use any more, and challenges whose time is up, in small
    /// batches, each of which commits by itself; tells `on_batch` how many rows each has deleted.
    ///
    /// Rows that other tables of the site hang on stay, if the database holds on to them.
    ///
    /// # Errors
    /// [`crate::StoreError`]; what was deleted before stays deleted.
    pub async fn purge(
        &self,
        purge: Purge<'_>,
        mut on_batch: impl FnMut(u64) + Send,
    ) -> StoreResult<u64> {
        let statements = &self.inner.purge;
        let until = challenges_until(purge.engine.policy(), purge.now);
        let challenges = (&statements.challenges, vec![until.into()]);
        let mut count = 0;
        for (kind, limits) in
            statements.sessions(&purge, self.owner()).into_iter().chain([challenges])
        {
            count += self.remove(kind, &limits, purge.pauses, &mut on_batch).await?;
        }
        Ok(count)
    }

    /// Deletes a hundred sessions at most, as a purge does: to be called by one login in ten, so
    /// that a site which never purges does not grow without bound.
    ///
    /// # Errors
    /// [`crate::StoreError`], by which a login should not fail.
    pub async fn purge_some(&self, purge: Purge<'_>) -> StoreResult<u64> {
        let mut count = 0;
        for (kind, limits) in self.inner.purge.sessions(&purge, self.owner()) {
            if count < BATCH as u64 {
                let from = Timestamp::from_micros(i64::MIN);
                count += self.remove_batch(kind, &limits, from).await?.deleted;
            }
        }
        Ok(count)
    }

    async fn remove(
        &self,
        kind: &Kind,
        limits: &[Value],
        pauses: bool,
        on_batch: &mut (impl FnMut(u64) + Send),
    ) -> StoreResult<u64> {
        let factor = match self.vendor() {
            Vendor::Postgres => PAUSE,
            Vendor::Sqlite => PAUSE_OF_ONE_WRITER,
        };
        let mut count = 0;
        // Each batch begins where the last one ended. The beginning would be found again only
        // behind all that was deleted, of which PostgreSQL's indexes know for as long as another
        // transaction might still see it.
        let mut reached = Timestamp::from_micros(i64::MIN);
        loop {
            let begun = Instant::now();
            let batch = self.remove_batch(kind, limits, reached).await?;
            count += batch.deleted;
            if batch.deleted > 0 {
                on_batch(batch.deleted);
            }
            let Some(last) = batch.last.filter(|_| batch.found == BATCH) else {
                return Ok(count);
            };
            // Where none could be deleted, the next ones are not found at the same place.
            reached = match batch.deleted {
                0 => last.plus(Duration::from_micros(1)),
                _ => last,
            };
            if pauses {
                tokio::time::sleep(begun.elapsed() * factor).await;
            }
        }
    }

    async fn remove_batch(
        &self,
        kind: &Kind,
        limits: &[Value],
        reached: Timestamp,
    ) -> StoreResult<Batch> {
        let database = &self.inner.database;
        let mut values = limits[..kind.limits].to_vec();
        values.push(reached.into());
        let rows = database.read(&kind.find, &values).await?;
        let ids = rows.iter().map(|row| row.text(0, "id")).collect::<StoreResult<Vec<_>>>()?;
        let (Some(last_id), Some(last)) = (ids.last(), rows.last()) else {
            return Ok(Batch { found: 0, deleted: 0, last: None });
        };
        let last = Some(last.time(1, kind.column)?);

        let mut values = limits[..kind.limits].to_vec();
        // One text for batches of every size.
        let padding = std::iter::repeat_n(last_id, BATCH - ids.len());
        values.extend(ids.iter().chain(padding).map(|id| Value::from(id.as_str())));
        let deleted = match database.write(&kind.delete, &values).await {
            // Something holds on to one of them. It stays, and the others go.
            Err(error) if error.is_foreign_key_violation() => {
                self.remove_one_by_one(kind, limits, &ids).await?
            }
            deleted => deleted?,
        };
        Ok(Batch { found: ids.len(), deleted, last })
    }

    async fn remove_one_by_one(
        &self,
        kind: &Kind,
        limits: &[Value],
        ids: &[String],
    ) -> StoreResult<u64> {
        let mut count = 0;
        for id in ids {
            let mut values = limits[..kind.limits].to_vec();
            values.push(id.as_str().into());
            match self.inner.database.write(&kind.delete_one, &values).await {
                Err(error) if error.is_foreign_key_violation() => {}
                deleted => count += deleted?,
            }
        }
        Ok(count)
    }
}

struct Batch {
    found: usize,
    deleted: u64,
    last: Option<Timestamp>,
}
