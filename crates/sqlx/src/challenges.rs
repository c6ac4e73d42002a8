//! Logins that wait for one more answer; each statement commits by itself.

use tegata::{
    ChallengeId, ConsumeChallenge, CountAttempt, LoginChallenge, MAX_CHALLENGES_PER_USER, Policy,
    UserState,
};

use crate::database::Sql;
use crate::names::Names;
use crate::row::Row;
use crate::value::Value;
use crate::{SqlxStore, StoreError, StoreResult, purge, users};

const COLUMN_COUNT: usize = 8;

#[derive(Debug)]
pub(crate) struct Statements {
    insert: Sql,
    make_room: Sql,
    load: Sql,
    count: Sql,
    consume: Sql,
}

impl Statements {
    pub(crate) fn new(names: &Names) -> Self {
        let Names { table, key, name, .. } = names;
        Self {
            insert: format!(
                "INSERT INTO tegata_loginchallenge (id, step, passed, state, security_stamp, \
                 client, created_at, attempts, user_id) \
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, u.{key} FROM {table} u WHERE u.{name} = $9"
            )
            .into(),
            make_room: format!(
                "DELETE FROM tegata_loginchallenge WHERE id IN (SELECT id \
                 FROM tegata_loginchallenge WHERE {} AND id <> $2 \
                 ORDER BY created_at DESC, id LIMIT 20 OFFSET $3)",
                names.is_owner("$1")
            )
            .into(),
            load: format!(
                "SELECT c.id, c.step, c.passed, c.state, c.security_stamp, c.client, \
                 c.created_at, c.attempts, {} FROM tegata_loginchallenge c \
                 JOIN {table} u ON u.{key} = c.user_id WHERE c.id = $1",
                names.state_columns("u.")
            )
            .into(),
            count: "UPDATE tegata_loginchallenge SET attempts = attempts + 1 \
                WHERE id = $1 AND attempts < $2"
                .into(),
            consume: "DELETE FROM tegata_loginchallenge WHERE id = $1".into(),
        }
    }
}

/// A challenge to be kept, with what the host's steps want to know again.
#[derive(Clone, Copy, Debug)]
pub struct OpenChallenge<'a> {
    /// What the engine has opened.
    pub challenge: &'a LoginChallenge,
    /// The names of the steps that this login has passed, in their order.
    pub passed: &'a [String],
    /// What the step keeps between its question and the answer, as JSON.
    pub state: &'a str,
}

/// A challenge and its user, as their rows say now.
#[derive(Clone, Debug)]
pub struct LoadedChallenge {
    /// The columns that decide.
    pub challenge: LoginChallenge,
    /// Whose login it is.
    pub user: UserState,
    /// The names of the steps that this login has passed, in their order.
    pub passed: Vec<String>,
    /// What the step keeps between its question and the answer, as JSON.
    pub state: String,
}

impl SqlxStore {
    /// Inserts a challenge. Then what is beyond the user's newest goes, and some whose time is up.
    ///
    /// # Errors
    /// [`StoreError`]; what goes along does not fail it.
    pub async fn insert_challenge(
        &self,
        open: OpenChallenge<'_>,
        policy: &Policy,
    ) -> StoreResult<()> {
        let challenge = open.challenge;
        let gone = || StoreError::from(sqlx::Error::RowNotFound);
        let owner = self.user_value(&challenge.user_id).ok_or_else(gone)?;
        let values = [
            challenge.id.as_str().into(),
            challenge.step.as_str().into(),
            open.passed.join(" ").as_str().into(),
            open.state.into(),
            challenge.security_stamp.as_str().into(),
            challenge.client.as_str().into(),
            challenge.created_at.into(),
            Value::Integer(challenge.attempts.into()),
            owner.clone(),
        ];
        let (database, statements) = (&self.inner.database, &self.inner.challenges);
        if database.write(&statements.insert, &values).await? == 0 {
            return Err(gone());
        }
        let others = Value::Integer(i64::from(MAX_CHALLENGES_PER_USER) - 1);
        let values = [owner, challenge.id.as_str().into(), others];
        let mut tidied = database.write(&statements.make_room, &values).await.map(|_| ());
        if tidied.is_ok() {
            tidied = self.remove_challenges(policy, challenge.created_at).await;
        }
        if let Err(error) = tidied {
            tracing::warn!(%error, "no old login challenges were removed");
        }
        Ok(())
    }

    /// The challenge of this id and its user, if both are there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn load_challenge(&self, id: &ChallengeId) -> StoreResult<Option<LoadedChallenge>> {
        let values = [id.as_str().into()];
        let rows = self.inner.database.read(&self.inner.challenges.load, &values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let user = users::state(&self.inner, row, COLUMN_COUNT)?;
        user.map(|user| loaded(row, user)).transpose()
    }

    /// Counts an attempt where there is one left; says how many rows that hit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_attempt(&self, count: &CountAttempt) -> StoreResult<u64> {
        let values = [count.id.as_str().into(), Value::Integer(count.limit.into())];
        self.inner.database.write(&self.inner.challenges.count, &values).await
    }

    /// Deletes a challenge that was answered; says how many rows that hit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn consume_challenge(&self, consume: &ConsumeChallenge) -> StoreResult<u64> {
        let values = [consume.id().as_str().into()];
        self.inner.database.write(&self.inner.challenges.consume, &values).await
    }

    async fn remove_challenges(&self, policy: &Policy, now: tegata::Timestamp) -> StoreResult<()> {
        let until = purge::challenges_until(policy, now);
        self.inner.database.write(&self.inner.purge.some_challenges, &[until.into()]).await?;
        Ok(())
    }
}

fn loaded(row: &Row, user: UserState) -> StoreResult<LoadedChallenge> {
    Ok(LoadedChallenge {
        challenge: LoginChallenge {
            id: ChallengeId::of_row(row.text(0, "id")?),
            user_id: user.id.clone(),
            step: row.text(1, "step")?,
            security_stamp: row.text(4, "security_stamp")?,
            client: row.text(5, "client")?,
            created_at: row.time(6, "created_at")?,
            attempts: row.number(7, "attempts")?,
        },
        user,
        passed: row.text(2, "passed")?.split_whitespace().map(str::to_owned).collect(),
        state: row.text(3, "state")?,
    })
}
