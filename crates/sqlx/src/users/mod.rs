//! Who may log in.

mod create;
mod passwords;

use tegata::{
    EndReason, EndSessions, Ending, Engine, Timestamp, UserId, UserState, security_stamp,
};

pub use create::{CreateUserError, NewUser, normalized_username};

use crate::database::{Database, Sql};
use crate::names::Names;
use crate::row::Row;
use crate::store::Inner;
use crate::value::{KeyKind, Value};
use crate::{Hasher, SqlxStore, StoreError, StoreResult, password};

/// A user, as the row says now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// What the engine needs to know.
    pub state: UserState,
    /// What the user logs in with.
    pub username: String,
    /// An address for mail, where there is a column `email`.
    pub email: Option<String>,
    /// When the user last logged in, where that is kept.
    pub last_login: Option<Timestamp>,
    /// Whether any password can be right.
    pub has_usable_password: bool,
}

#[derive(Debug)]
pub(crate) struct Statements {
    pub(crate) list: Sql,
    find: Sql,
    find_by_id: Sql,
    set_password: Sql,
    replace_password: Sql,
    restamp: Sql,
    restamp_one: Sql,
    set_active: Option<Sql>,
    note_last_login: Option<Sql>,
}

impl Statements {
    pub(crate) fn new(names: &Names, has_email: bool) -> Self {
        let Names { table, name, username, password, .. } = names;
        let last_login = names.last_login.as_ref().map_or_else(
            || "CAST(NULL AS timestamp with time zone)".to_owned(),
            |name| format!("u.{name}"),
        );
        let email = if has_email { "u.email" } else { "CAST(NULL AS text)" };
        let state = names.state_columns("u.");
        let columns = format!("{state}, u.{username}, {last_login}, {email}");
        let (owner, set) = (names.is_owner("$1"), format!("UPDATE {table} SET"));
        Self {
            list: format!(
                "SELECT {columns} FROM {table} u WHERE u.{username} > $1 \
                 ORDER BY u.{username} LIMIT $2"
            )
            .into(),
            find: format!("SELECT {columns} FROM {table} u WHERE u.{username} = $1").into(),
            find_by_id: format!("SELECT {columns} FROM {table} u WHERE u.{name} = $1").into(),
            set_password: format!("{set} {password} = $2 WHERE {name} = $1").into(),
            replace_password: format!(
                "{set} {password} = $2 WHERE {name} = $1 AND {password} = $3"
            )
            .into(),
            restamp: format!(
                "UPDATE tegata_session SET security_stamp = $3 \
                 WHERE {owner} AND expired_at IS NULL AND security_stamp = $2"
            )
            .into(),
            restamp_one: format!(
                "UPDATE tegata_session SET security_stamp = $3 \
                 WHERE {owner} AND expired_at IS NULL AND id = $2"
            )
            .into(),
            set_active: names
                .is_active
                .as_ref()
                .map(|column| format!("{set} {column} = $2 WHERE {name} = $1").into()),
            note_last_login: names
                .last_login
                .as_ref()
                .map(|column| format!("{set} {column} = $2 WHERE {name} = $1").into()),
        }
    }
}

/// The columns of a user that count for the engine, from `at` on; `None` if there is no user.
pub(crate) fn state(inner: &Inner, row: &Row, at: usize) -> StoreResult<Option<UserState>> {
    Ok(stored(inner, row, at)?.map(|stored| stored.state()))
}

/// A user's row with its hash, which leaves this crate in no other form than a stamp.
struct Stored {
    id: UserId,
    is_active: bool,
    password: String,
    stamp_columns: Vec<String>,
}

impl Stored {
    fn state(&self) -> UserState {
        UserState {
            id: self.id.clone(),
            is_active: self.is_active,
            security_stamp: self.stamp(&self.password),
        }
    }

    /// The user's stamp if this is the hash.
    fn stamp(&self, password: &str) -> String {
        let mut columns = vec![password];
        columns.extend(self.stamp_columns.iter().map(String::as_str));
        security_stamp(&self.id, &columns)
    }
}

fn stored(inner: &Inner, row: &Row, at: usize) -> StoreResult<Option<Stored>> {
    let Some(id) = row.key(at, inner.layout.name, "user id")? else { return Ok(None) };
    let stamp_columns = (0..inner.names.stamp_column_count())
        .map(|number| row.text(at + 3 + number, "security stamp"))
        .collect::<StoreResult<_>>()?;
    Ok(Some(Stored {
        id,
        is_active: row.bool(at + 1, "is_active")?,
        password: row.text(at + 2, "password")?,
        stamp_columns,
    }))
}

/// By what the newest hash of a site was made, so that new ones are of the same form.
pub(crate) async fn hasher_of_site(
    database: &Database,
    names: &Names,
    key: KeyKind,
) -> StoreResult<Option<Hasher>> {
    let Names { table, password, .. } = names;
    let order = match (key, &names.last_login) {
        // The newest user is the one with the highest key.
        (KeyKind::Integer, _) => format!("ORDER BY {} DESC", names.key),
        (_, Some(last_login)) => format!("ORDER BY {last_login} DESC NULLS LAST"),
        (_, None) => String::new(),
    };
    let sql = format!(
        "SELECT {password} FROM {table} WHERE {password} LIKE '%$%' AND {password} NOT LIKE '!%' \
         {order} LIMIT 1"
    );
    let rows = database.read(&sql.into(), &[]).await?;
    let stored = rows.first().map(|row| row.text(0, "password")).transpose()?;
    Ok(stored.as_deref().and_then(Hasher::of))
}

impl SqlxStore {
    /// The user who logs in by this name, compared as the database does.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_user(&self, username: &str) -> StoreResult<Option<User>> {
        self.find(username).await?.map(|row| self.user_of(&row)).transpose()
    }

    /// The user whom tokens name so.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn user(&self, id: &UserId) -> StoreResult<Option<User>> {
        let Some(value) = self.user_value(id) else { return Ok(None) };
        let rows = self.inner.database.read(&self.inner.users.find_by_id, &[value]).await?;
        rows.first().map(|row| self.user_of(row)).transpose()
    }

    /// Lets a user log in, or no more: the latter ends all sessions, in one transaction. Says
    /// whether there is such a user.
    ///
    /// # Errors
    /// [`StoreError`]. Where no column says who is active, nobody can be deactivated.
    pub async fn set_active(
        &self,
        engine: &Engine,
        id: &UserId,
        is_active: bool,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let Some(user) = self.user_value(id) else { return Ok(false) };
        let Some(sql) = &self.inner.users.set_active else {
            let column = "is_active".to_owned();
            return Err(sqlx::Error::ColumnNotFound(column).into());
        };
        let mut transaction = self.inner.database.begin().await?;
        if transaction.write(sql, &[user, Value::Bool(is_active)]).await? == 0 {
            transaction.roll_back().await?;
            return Ok(false);
        }
        if !is_active {
            let sessions = Ending::User(id.clone());
            let end = EndSessions { sessions, at: now, reason: EndReason::UserInactive };
            self.end_in(&mut transaction, engine, &end).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Notes that a user has logged in, where that is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_last_login(&self, id: &UserId, now: Timestamp) -> StoreResult<()> {
        if let (Some(sql), Some(user)) = (&self.inner.users.note_last_login, self.user_value(id)) {
            self.inner.database.write(sql, &[user, now.into()]).await?;
        }
        Ok(())
    }

    pub(crate) fn user_of(&self, row: &Row) -> StoreResult<User> {
        let stored = stored(&self.inner, row, 0)?.ok_or(StoreError::Row { column: "user id" })?;
        let at = 3 + self.inner.names.stamp_column_count();
        Ok(User {
            state: stored.state(),
            username: row.text(at, "username")?,
            email: row.text_or_null(at + 2, "email")?.filter(|email| !email.is_empty()),
            last_login: row.time_or_null(at + 1, "last_login")?,
            has_usable_password: password::Stored::parse(&stored.password).is_some(),
        })
    }

    async fn find(&self, username: &str) -> StoreResult<Option<Row>> {
        // PostgreSQL takes no NUL.
        if username.contains('\0') {
            return Ok(None);
        }
        let mut rows = self.inner.database.read(&self.inner.users.find, &[username.into()]).await?;
        Ok(rows.pop())
    }
}
