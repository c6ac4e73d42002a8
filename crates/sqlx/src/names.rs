//! The names of the users' table and its columns, fit to stand in a statement.

use crate::UserTable;

/// An identifier in quotes, which stands for itself whatever it holds.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) table: String,
    pub(crate) key: String,
    /// The column that tokens name a user by.
    pub(crate) name: String,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) is_active: Option<String>,
    pub(crate) last_login: Option<String>,
    stamp_columns: Vec<String>,
}

impl Names {
    pub(crate) fn new(users: &UserTable) -> Self {
        Self {
            table: quoted(&users.table),
            key: quoted(&users.key),
            name: quoted(users.name_column()),
            username: quoted(&users.username),
            password: quoted(&users.password),
            is_active: users.is_active.as_deref().map(quoted),
            last_login: users.last_login.as_deref().map(quoted),
            stamp_columns: users.stamp_columns.iter().map(|name| quoted(name)).collect(),
        }
    }

    /// The condition that a session or challenge belongs to the user whom the parameter names.
    pub(crate) fn is_owner(&self, parameter: &str) -> String {
        let Self { table, key, name, .. } = self;
        if name == key {
            format!("\"user_id\" = {parameter}")
        } else {
            // Not by a join: of an UPDATE that had one, all conditions would move into a subquery,
            // which is not asked again for a row that another statement has just changed.
            format!("\"user_id\" IN (SELECT {key} FROM {table} WHERE {name} = {parameter})")
        }
    }

    /// What [`crate::users::state`] reads, each column with `prefix` in front.
    pub(crate) fn state_columns(&self, prefix: &str) -> String {
        let is_active = match &self.is_active {
            Some(name) => format!("{prefix}{name}"),
            None => "TRUE".to_owned(),
        };
        let stamp_columns = self.stamp_columns.iter();
        [format!("{prefix}{}", self.name), is_active, format!("{prefix}{}", self.password)]
            .into_iter()
            .chain(stamp_columns.map(|name| format!("COALESCE({prefix}{name}, '')")))
            .collect::<Vec<_>>()
            .join(", ")
    }

    pub(crate) fn stamp_column_count(&self) -> usize {
        self.stamp_columns.len()
    }
}
