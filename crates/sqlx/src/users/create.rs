//! Making users.

use aws_lc_rs::rand::fill;
use tegata::{Timestamp, UserState};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

use crate::layout::{Column, Kind};
use crate::names::quoted;
use crate::value::{KeyKind, Uuid, Value, hex};
use crate::{SqlxStore, StoreError, StoreResult, users};

/// A user to be made.
#[derive(Clone)]
pub struct NewUser<'a> {
    /// What the user will log in with. It is normalized (NFKC), as Django does.
    pub username: &'a str,
    /// The password, or `None` for an account that no password opens.
    pub password: Option<&'a str>,
    /// An address for mail, where there is a column `email`.
    pub email: &'a str,
}

impl<'a> NewUser<'a> {
    /// A user with a password and without an address.
    #[must_use]
    pub fn new(username: &'a str, password: &'a str) -> Self {
        Self { username, password: Some(password), email: "" }
    }
}

// Without the password.
impl std::fmt::Debug for NewUser<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NewUser").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Why a user was not made.
#[derive(Debug, Error)]
pub enum CreateUserError {
    /// The table has columns that only its own site knows how to fill in.
    #[error("`{}` of the users' table have no default\nhint: create the user in the program that the table belongs to", columns.join("`, `"))]
    Columns {
        /// Which ones.
        columns: Vec<String>,
    },
    /// A text is empty, too long for its column, or holds a NUL.
    #[error("`{column}` is empty, too long, or holds a character that no database takes")]
    Invalid {
        /// Of which column.
        column: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is a user of that name.
    #[error("there is a user of that name already")]
    Taken,
}

/// A username as it is stored: NFKC, as Django does. Whoever decides about a name must look at this
/// one, since others look different and become the same.
///
/// ```
/// assert_eq!(tegata_sqlx::normalized_username("\u{ff41}dmin"), "admin");
/// ```
#[must_use]
pub fn normalized_username(username: &str) -> String {
    username.nfkc().collect()
}

impl SqlxStore {
    /// Makes a user who may log in at once.
    ///
    /// The columns of Django's own user are filled in as Django does; a site's further ones must
    /// have a default or take nulls.
    ///
    /// # Errors
    /// [`CreateUserError`].
    pub async fn create_user(
        &self,
        user: NewUser<'_>,
        now: Timestamp,
    ) -> Result<UserState, CreateUserError> {
        let username = normalized_username(user.username);
        let mut row = self.row(&username, user.email, now)?;
        // Only now: it takes long.
        let password = match user.password {
            Some(password) => self.hash(password).await?,
            None => unusable().map_err(CreateUserError::Store)?,
        };
        row.push((self.inner.options.users.password.clone(), password.as_str().into()));

        let (names, values): (Vec<_>, Vec<_>) = row.into_iter().unzip();
        let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
        let parameters: Vec<_> = (1..=values.len()).map(|number| format!("${number}")).collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({}) RETURNING {}",
            self.inner.names.table,
            names.join(", "),
            parameters.join(", "),
            self.inner.names.state_columns(""),
        );
        let mut transaction = self.inner.database.begin().await?;
        let rows = match transaction.read(&sql.into(), &values).await {
            Err(error) if error.is_unique_violation() => return Err(CreateUserError::Taken),
            rows => rows?,
        };
        let made = rows.first().map(|row| users::state(&self.inner, row, 0)).transpose()?;
        transaction.commit().await?;
        made.flatten().ok_or_else(|| StoreError::from(sqlx::Error::RowNotFound).into())
    }

    /// Every column that an insert must fill in, but for the password.
    fn row(
        &self,
        username: &str,
        email: &str,
        now: Timestamp,
    ) -> Result<Vec<(String, Value)>, CreateUserError> {
        let users = &self.inner.options.users;
        let (mut row, mut unknown) = (Vec::new(), Vec::new());
        for column in &self.inner.layout.user_columns {
            let name = column.name.as_str();
            let value = if name == users.username {
                if username.is_empty() {
                    return Err(CreateUserError::Invalid { column: name.to_owned() });
                }
                username.into()
            } else if name == users.password {
                continue;
            } else if Some(name) == users.is_active.as_deref() {
                Value::Bool(true)
            } else if name == users.key && self.inner.layout.key == KeyKind::Uuid
                || Some(name) == users.named_by.as_deref() && column.kind == Kind::Uuid
            {
                Value::Uuid(random_uuid()?)
            } else {
                match (name, column.kind) {
                    ("email", Kind::Text) => email.into(),
                    ("first_name" | "last_name", Kind::Text) => "".into(),
                    ("is_staff" | "is_superuser", Kind::Bool) => Value::Bool(false),
                    ("date_joined", Kind::Time) => now.into(),
                    _ if column.is_optional => continue,
                    _ => {
                        unknown.push(name.to_owned());
                        continue;
                    }
                }
            };
            check_length(column, &value)?;
            row.push((name.to_owned(), value));
        }
        if unknown.is_empty() {
            Ok(row)
        } else {
            Err(CreateUserError::Columns { columns: unknown })
        }
    }
}

// SQLite would take any text.
fn check_length(column: &Column, value: &Value) -> Result<(), CreateUserError> {
    let Value::Text(Some(text)) = value else { return Ok(()) };
    let is_too_long = column.max_length.is_some_and(|most| text.chars().count() > most);
    if is_too_long || text.contains('\0') {
        return Err(CreateUserError::Invalid { column: column.name.clone() });
    }
    Ok(())
}

/// A UUID of version 4 (RFC 9562 section 5.4).
fn random_uuid() -> StoreResult<Uuid> {
    let mut bytes = [0; 16];
    fill(&mut bytes).map_err(no_randomness)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Ok(Uuid(bytes))
}

/// As Django marks a password that cannot be right: a mark and 40 letters that differ, so that the
/// stamps of two such users do.
fn unusable() -> StoreResult<String> {
    let mut bytes = [0; 20];
    fill(&mut bytes).map_err(no_randomness)?;
    Ok(format!("!{}", hex(&bytes)))
}

fn no_randomness<E>(_: E) -> StoreError {
    sqlx::Error::Encode("the source of randomness is not available".into()).into()
}
