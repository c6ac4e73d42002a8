//! Whether tables are what the statements take them for.

use super::ConnectError;
use super::catalog::{Column, Kind};
use crate::UserTable;
use crate::database::Vendor;
use crate::value::KeyKind;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Address,
    Bool,
    Integer,
    Json,
    Key(KeyKind),
    Text,
    Time,
}

impl Expected {
    fn matches(self, vendor: Vendor, kind: Kind) -> bool {
        let wanted = match self {
            // As text on SQLite.
            Self::Address | Self::Json if vendor == Vendor::Sqlite => Kind::Text,
            Self::Address => Kind::Address,
            Self::Bool => Kind::Bool,
            Self::Integer | Self::Key(KeyKind::Integer) => Kind::Integer,
            Self::Json => Kind::Json,
            Self::Key(KeyKind::Text) | Self::Text => Kind::Text,
            Self::Key(KeyKind::Uuid) => Kind::Uuid,
            Self::Time => Kind::Time,
        };
        kind == wanted
    }

    fn name(self, vendor: Vendor) -> &'static str {
        match (self, vendor) {
            (Self::Address, Vendor::Postgres) => "inet",
            (Self::Bool, _) => "a boolean",
            (Self::Integer | Self::Key(KeyKind::Integer), _) => "an integer",
            (Self::Json, Vendor::Postgres) => "jsonb",
            (Self::Key(KeyKind::Uuid), _) => "a UUID, as the key of the users",
            (Self::Time, Vendor::Postgres) => "timestamp with time zone",
            (Self::Time, Vendor::Sqlite) => "datetime",
            (Self::Address | Self::Json | Self::Key(KeyKind::Text) | Self::Text, _) => "text",
        }
    }
}

fn session(key: KeyKind) -> [(&'static str, Expected); 17] {
    [
        ("id", Expected::Text),
        ("user_id", Expected::Key(key)),
        ("created_at", Expected::Time),
        ("updated_at", Expected::Time),
        ("expired_at", Expected::Time),
        ("end_reason", Expected::Text),
        ("ip_address", Expected::Address),
        ("user_agent", Expected::Text),
        ("location", Expected::Json),
        ("data", Expected::Json),
        ("generation", Expected::Integer),
        ("minted_at", Expected::Time),
        ("refreshed_at", Expected::Time),
        ("repeats", Expected::Integer),
        ("first_used_at", Expected::Time),
        ("security_stamp", Expected::Text),
        ("legacy_jti", Expected::Text),
    ]
}

fn challenge(key: KeyKind) -> [(&'static str, Expected); 9] {
    [
        ("id", Expected::Text),
        ("user_id", Expected::Key(key)),
        ("step", Expected::Text),
        ("passed", Expected::Text),
        ("state", Expected::Text),
        ("security_stamp", Expected::Text),
        ("client", Expected::Text),
        ("created_at", Expected::Time),
        ("attempts", Expected::Integer),
    ]
}

const REMAKE: &str = "let Django's migrations of `tegata` make the table anew, or convert it";
const ZONE: &str = "convert the column with `ALTER TABLE … TYPE timestamp with time zone USING … \
    AT TIME ZONE …`, and set `USE_TZ = True` in Django's settings";
const CONFIGURE: &str = "name the site's user table and its columns in the configuration";

/// Makes sure that the sessions' table has every column, of its type, and no other that an insert
/// must fill in.
pub(super) fn sessions(
    vendor: Vendor,
    columns: &[Column],
    key: KeyKind,
) -> Result<(), ConnectError> {
    table(vendor, "tegata_session", columns, &session(key))
}

/// The same of the challenges' table.
pub(super) fn challenges(
    vendor: Vendor,
    columns: &[Column],
    key: KeyKind,
) -> Result<(), ConnectError> {
    table(vendor, "tegata_loginchallenge", columns, &challenge(key))
}

fn table(
    vendor: Vendor,
    table: &str,
    columns: &[Column],
    expected: &[(&'static str, Expected)],
) -> Result<(), ConnectError> {
    for (name, expected) in expected {
        one(vendor, table, columns, name, *expected, REMAKE)?;
    }
    let is_known = |column: &&Column| expected.iter().any(|(name, _)| *name == column.name);
    match columns.iter().find(|column| !is_known(column) && !column.is_optional) {
        None => Ok(()),
        Some(column) => {
            let (table, column) = (table.to_owned(), column.name.clone());
            Err(ConnectError::NewColumn { table, column })
        }
    }
}

fn one(
    vendor: Vendor,
    table: &str,
    columns: &[Column],
    name: &str,
    expected: Expected,
    hint: &'static str,
) -> Result<(), ConnectError> {
    let column = columns.iter().find(|column| column.name == name);
    if column.is_some_and(|column| expected.matches(vendor, column.kind)) {
        return Ok(());
    }
    let is_naive = column.is_some_and(|column| column.kind == Kind::NaiveTime);
    Err(ConnectError::Column {
        table: table.to_owned(),
        column: name.to_owned(),
        found: column.map_or_else(|| "missing".to_owned(), |column| column.type_name.clone()),
        expected: expected.name(vendor),
        hint: if is_naive && expected == Expected::Time { ZONE } else { hint },
    })
}

/// Makes sure that the users' table has the configured columns; says of what kind the primary key
/// is, and the column that tokens name a user by.
pub(super) fn users(
    vendor: Vendor,
    columns: &[Column],
    users: &UserTable,
) -> Result<(KeyKind, KeyKind), ConnectError> {
    let expect =
        |name: &str, expected| one(vendor, &users.table, columns, name, expected, CONFIGURE);
    for name in [&users.username, &users.password].into_iter().chain(&users.stamp_columns) {
        expect(name, Expected::Text)?;
    }
    if let Some(name) = &users.is_active {
        expect(name, Expected::Bool)?;
    }
    if let Some(name) = &users.last_login {
        expect(name, Expected::Time)?;
    }
    let kind = |name: &str| {
        let kind = columns.iter().find(|column| column.name == name).map(|column| column.kind);
        match kind {
            Some(Kind::Integer) => Ok(KeyKind::Integer),
            Some(Kind::Uuid) => Ok(KeyKind::Uuid),
            _ => expect(name, Expected::Text).map(|()| KeyKind::Text),
        }
    };
    Ok((kind(&users.key)?, kind(users.name_column())?))
}
