//! The statements that the engine's answers ask for; each commits by itself.

use tegata::{
    Count, Device, EndReason, EndSessions, Ended, Ending, Engine, FirstUse, LiveSince, Loaded,
    NewSession, Session, SessionId, SessionLimit, SessionStore, Swap, Timestamp, Touch, UserId,
    UserState,
};

use crate::database::{Sql, Transaction, Vendor};
use crate::names::Names;
use crate::row::Row;
use crate::value::Value;
use crate::{SqlxStore, StoreError, StoreResult, users};

pub(crate) const COLUMNS: &str = "s.id, s.created_at, s.updated_at, s.expired_at, s.end_reason, \
    s.ip_address, s.user_agent, s.generation, s.minted_at, s.refreshed_at, s.repeats, \
    s.first_used_at, s.security_stamp, s.legacy_jti";
pub(crate) const COLUMN_COUNT: usize = 14;

#[derive(Debug)]
pub(crate) struct Statements {
    insert: Sql,
    insert_unless_there: Sql,
    lock_user: Option<Sql>,
    pub(crate) limit: Sql,
    pub(crate) load: Sql,
    load_user: Sql,
    pub(crate) advance: Sql,
    count_repeat: Sql,
    touch: Sql,
    note_first_use: Sql,
    end_session: Sql,
    end_own: Sql,
    pub(crate) end_user: Sql,
    end_others: Sql,
    end_stamped: Sql,
    pub(crate) list: Sql,
}

impl Statements {
    pub(crate) fn new(vendor: Vendor, names: &Names) -> Self {
        let Names { table, key, name, .. } = names;
        let (state, owner) = (names.state_columns("u."), |parameter| names.is_owner(parameter));
        // Without conditions of its own on what the user has had: turned round, or SQLite would
        // take the index of that.
        let live = "expired_at IS NULL AND minted_at > $3 AND refreshed_at > $4 \
            AND NOT (created_at <= $2)";
        let end = |sessions: &str| {
            Sql::from(format!(
                "UPDATE tegata_session SET expired_at = $1, updated_at = $1, end_reason = $2 \
                 WHERE {sessions} AND expired_at IS NULL"
            ))
        };
        let insert = format!(
            "INSERT INTO tegata_session (id, created_at, updated_at, expired_at, end_reason, \
             ip_address, user_agent, data, generation, minted_at, refreshed_at, repeats, \
             first_used_at, security_stamp, legacy_jti, user_id) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, u.{key} \
             FROM {table} u WHERE u.{name} = $16"
        );
        Self {
            insert_unless_there: format!("{insert} ON CONFLICT (id) DO NOTHING").into(),
            insert: insert.into(),
            // SQLite lets one transaction write at a time.
            lock_user: (vendor == Vendor::Postgres).then(|| {
                format!("SELECT 1 FROM {table} WHERE {name} = $1 FOR NO KEY UPDATE").into()
            }),
            limit: format!(
                "UPDATE tegata_session SET expired_at = $5, updated_at = $5, end_reason = $6 \
                 WHERE expired_at IS NULL AND id IN (SELECT id FROM tegata_session \
                 WHERE {} AND {live} AND id <> $7 \
                 ORDER BY created_at DESC, id LIMIT 9223372036854775807 OFFSET $8)",
                owner("$1")
            )
            .into(),
            load: format!(
                "SELECT {COLUMNS}, s.user_id, {state} FROM tegata_session s \
                 LEFT JOIN {table} u ON u.{key} = s.user_id WHERE s.id = $1"
            )
            .into(),
            load_user: format!("SELECT {state} FROM {table} u WHERE u.{name} = $1").into(),
            advance: "UPDATE tegata_session SET generation = $3, minted_at = $4, \
                refreshed_at = $4, updated_at = $4, repeats = 0, first_used_at = NULL \
                WHERE id = $1 AND expired_at IS NULL AND generation = $2"
                .into(),
            count_repeat: "UPDATE tegata_session SET repeats = repeats + 1, updated_at = $4 \
                WHERE id = $1 AND expired_at IS NULL AND generation = $2 AND repeats < $3 \
                AND NOT ($5 AND first_used_at IS NOT NULL)"
                .into(),
            // Not backwards: this request may be late, or this machine's clock.
            touch: "UPDATE tegata_session SET updated_at = $2, \
                refreshed_at = CASE WHEN refreshed_at < $2 THEN $2 ELSE refreshed_at END \
                WHERE id = $1 AND expired_at IS NULL"
                .into(),
            note_first_use: "UPDATE tegata_session SET first_used_at = $3, updated_at = $3 \
                WHERE id = $1 AND expired_at IS NULL AND generation = $2 AND first_used_at IS NULL"
                .into(),
            end_session: end("id = $3"),
            end_own: end(&format!("{} AND id = $4", owner("$3"))),
            end_user: end(&owner("$3")),
            end_others: end(&format!("{} AND id <> $4", owner("$3"))),
            end_stamped: end(&format!("{} AND security_stamp = $4", owner("$3"))),
            list: format!(
                "SELECT {COLUMNS} FROM tegata_session s WHERE {} AND {live} \
                 ORDER BY created_at DESC, id",
                owner("$1")
            )
            .into(),
        }
    }

    /// Which statement ends these sessions, and its parameters from the third on; `None` if no
    /// user can be named so.
    fn end(
        &self,
        sessions: &Ending,
        user_value: impl Fn(&UserId) -> Option<Value>,
    ) -> Option<(&Sql, Vec<Value>)> {
        Some(match sessions {
            Ending::Session(id) => (&self.end_session, vec![id.as_str().into()]),
            Ending::Own { user, session } => {
                (&self.end_own, vec![user_value(user)?, session.as_str().into()])
            }
            Ending::User(user) => (&self.end_user, vec![user_value(user)?]),
            Ending::Others { user, except } => {
                (&self.end_others, vec![user_value(user)?, except.as_str().into()])
            }
            Ending::Stamped { user, security_stamp } => {
                (&self.end_stamped, vec![user_value(user)?, security_stamp.as_str().into()])
            }
        })
    }
}

pub(crate) fn generation(number: u64) -> Value {
    // No column holds more, so that no row is hit.
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

impl SqlxStore {
    fn insert_values(&self, session: &Session) -> StoreResult<Vec<Value>> {
        let owner = self.user_value(&session.user_id).ok_or_else(user_is_gone)?;
        Ok(vec![
            session.id.as_str().into(),
            session.created_at.into(),
            session.updated_at.into(),
            Value::Time(session.expired_at),
            session.end_reason.map_or("", EndReason::name).into(),
            Value::Address(session.device.ip_address),
            // PostgreSQL takes no NUL.
            Value::Text(Some(session.device.user_agent.replace('\0', ""))),
            Value::Json(Some("{}".to_owned())),
            generation(session.generation),
            session.minted_at.into(),
            session.refreshed_at.into(),
            Value::Integer(session.repeats.into()),
            Value::Time(session.first_used_at),
            session.security_stamp.as_str().into(),
            Value::Text(session.legacy_jti.clone()),
            owner,
        ])
    }

    async fn insert_with_limit(
        &self,
        values: &[Value],
        session: &Session,
        limit: &SessionLimit,
    ) -> StoreResult<()> {
        let statements = &self.inner.sessions;
        let owner = self.user_value(&session.user_id).ok_or_else(user_is_gone)?;
        let mut transaction = self.inner.database.begin().await?;
        // Two logins of one user take turns, or they could end each other's sessions.
        if let Some(lock) = &statements.lock_user {
            transaction.read(lock, std::slice::from_ref(&owner)).await?;
        }
        if transaction.write(&statements.insert, values).await? == 0 {
            transaction.roll_back().await?;
            return Err(user_is_gone());
        }
        let mut parameters = live_parameters(owner, &limit.live);
        parameters.extend([
            limit.at.into(),
            EndReason::SessionLimit.name().into(),
            session.id.as_str().into(),
            Value::Integer(limit.at_most.saturating_sub(1).into()),
        ]);
        let ended = transaction.write(&statements.limit, &parameters).await?;
        transaction.commit().await?;
        self.inner.counters.note_ended(EndReason::SessionLimit, ended);
        Ok(())
    }

    /// Ends sessions in bulk, in a transaction with what is the reason. From then on none of the
    /// user's legacy tokens opens another one.
    pub(crate) async fn end_in(
        &self,
        transaction: &mut Transaction,
        engine: &Engine,
        end: &EndSessions,
    ) -> StoreResult<()> {
        let statements = &self.inner.sessions;
        if let Some(mark) = engine.give_up_legacy(end) {
            let values = self.insert_values(&mark)?;
            transaction.write(&statements.insert_unless_there, &values).await?;
        }
        if let Some((sql, values)) = statements.end(&end.sessions, |user| self.user_value(user)) {
            let parameters = end_parameters(end.at, end.reason, values);
            let ended = transaction.write(sql, &parameters).await?;
            self.inner.counters.note_ended(end.reason, ended);
        }
        Ok(())
    }

    async fn hits(&self, sql: &Sql, values: &[Value]) -> StoreResult<bool> {
        Ok(self.inner.database.write(sql, values).await? > 0)
    }
}

pub(crate) fn session(row: &Row, user_id: UserId) -> StoreResult<Session> {
    let id = row.text(0, "id")?;
    Ok(Session {
        id: id.try_into().map_err(|_| StoreError::Row { column: "id" })?,
        user_id,
        created_at: row.time(1, "created_at")?,
        updated_at: row.time(2, "updated_at")?,
        expired_at: row.time_or_null(3, "expired_at")?,
        // A site's own reason is none of the engine's.
        end_reason: EndReason::from_name(&row.text(4, "end_reason")?),
        device: Device {
            ip_address: row.address(5, "ip_address")?,
            user_agent: row.text(6, "user_agent")?,
        },
        generation: row.number(7, "generation")?,
        minted_at: row.time(8, "minted_at")?,
        refreshed_at: row.time(9, "refreshed_at")?,
        repeats: row.number(10, "repeats")?,
        first_used_at: row.time_or_null(11, "first_used_at")?,
        security_stamp: row.text(12, "security_stamp")?,
        legacy_jti: row.text_or_null(13, "legacy_jti")?,
    })
}

fn user_is_gone() -> StoreError {
    sqlx::Error::RowNotFound.into()
}

fn live_parameters(owner: Value, since: &LiveSince) -> Vec<Value> {
    vec![owner, since.created_at.into(), since.minted_at.into(), since.refreshed_at.into()]
}

fn end_parameters(at: Timestamp, reason: EndReason, sessions: Vec<Value>) -> Vec<Value> {
    let mut parameters = vec![at.into(), reason.name().into()];
    parameters.extend(sessions);
    parameters
}

impl SessionStore for SqlxStore {
    type Error = StoreError;

    async fn insert(&self, row: NewSession) -> StoreResult<()> {
        let values = self.insert_values(&row.session)?;
        if let Some(limit) = &row.limit {
            self.insert_with_limit(&values, &row.session, limit).await?;
        } else if !self.hits(&self.inner.sessions.insert, &values).await? {
            return Err(user_is_gone());
        }
        self.inner.counters.note_opened();
        Ok(())
    }

    async fn load_user(&self, id: &UserId) -> StoreResult<Option<UserState>> {
        let Some(value) = self.user_value(id) else { return Ok(None) };
        let rows = self.inner.database.read(&self.inner.sessions.load_user, &[value]).await?;
        rows.first().map_or(Ok(None), |row| users::state(&self.inner, row, 0))
    }

    async fn load(&self, id: &SessionId) -> StoreResult<Option<Loaded>> {
        let values = [id.as_str().into()];
        let rows = self.inner.database.read(&self.inner.sessions.load, &values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let user = users::state(&self.inner, row, COLUMN_COUNT + 1)?;
        let user_id = match &user {
            Some(user) => Some(user.id.clone()),
            // Tokens name nobody by the key of a user who is gone if they go by another column.
            None if self.inner.is_named_by_key => {
                row.key(COLUMN_COUNT, self.inner.layout.key, "user_id")?
            }
            None => None,
        };
        let Some(user_id) = user_id else { return Ok(None) };
        Ok(Some(Loaded { session: session(row, user_id)?, user }))
    }

    async fn advance(&self, swap: &Swap) -> StoreResult<bool> {
        let values =
            [swap.id.as_str().into(), generation(swap.from), generation(swap.to()), swap.at.into()];
        self.hits(&self.inner.sessions.advance, &values).await
    }

    async fn count_repeat(&self, count: &Count) -> StoreResult<bool> {
        let values = [
            count.id.as_str().into(),
            generation(count.generation),
            Value::Integer(count.limit.into()),
            count.at.into(),
            Value::Bool(count.unused),
        ];
        self.hits(&self.inner.sessions.count_repeat, &values).await
    }

    async fn touch(&self, touch: &Touch) -> StoreResult<bool> {
        let values = [touch.id.as_str().into(), touch.at.into()];
        self.hits(&self.inner.sessions.touch, &values).await
    }

    async fn note_first_use(&self, first_use: &FirstUse) -> StoreResult<()> {
        let values =
            [first_use.id.as_str().into(), generation(first_use.generation), first_use.at.into()];
        self.hits(&self.inner.sessions.note_first_use, &values).await.map(|_| ())
    }

    async fn end(&self, end: &EndSessions) -> StoreResult<Ended> {
        let statement = self.inner.sessions.end(&end.sessions, |user| self.user_value(user));
        let Some((sql, sessions)) = statement else { return Ok(Ended::committed(0)) };
        let parameters = end_parameters(end.at, end.reason, sessions);
        let ended = self.inner.database.write(sql, &parameters).await?;
        self.inner.counters.note_ended(end.reason, ended);
        Ok(Ended::committed(ended))
    }

    async fn list(&self, user: &UserId, since: &LiveSince) -> StoreResult<Vec<Session>> {
        let Some(owner) = self.user_value(user) else { return Ok(Vec::new()) };
        let parameters = live_parameters(owner, since);
        let rows = self.inner.database.read(&self.inner.sessions.list, &parameters).await?;
        rows.iter().map(|row| session(row, user.clone())).collect()
    }
}
