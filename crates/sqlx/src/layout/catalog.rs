//! What a database says of its tables.

use crate::StoreResult;
use crate::database::{Database, Sql, Transaction, Vendor};
use crate::row::Row;
use crate::value::Value;

/// What a column holds, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Address,
    Bool,
    Integer,
    Json,
    NaiveTime,
    Other,
    Text,
    Time,
    Uuid,
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// As the database spells its type.
    pub(crate) type_name: String,
    /// Of a text, in characters.
    pub(crate) max_length: Option<usize>,
    /// Whether an insert may leave it out.
    pub(crate) is_optional: bool,
}

impl Column {
    fn of(vendor: Vendor, row: &Row) -> StoreResult<Self> {
        let (name, type_name) = (row.text(0, "name")?, row.text(1, "type")?.to_lowercase());
        let kind = match vendor {
            Vendor::Postgres => postgres_kind(&type_name),
            Vendor::Sqlite => sqlite_kind(&type_name),
        };
        let is_text = kind == Kind::Text;
        let length = type_name.split(['(', ')']).nth(1).filter(|_| is_text);
        Ok(Self {
            name,
            kind,
            max_length: length.and_then(|length| length.parse().ok()),
            type_name,
            is_optional: row.integer(2, "optional")? != 0,
        })
    }
}

fn sqlite_kind(type_name: &str) -> Kind {
    match type_name {
        "bool" | "boolean" => Kind::Bool,
        // Django has no other columns of that type.
        "char(32)" => Kind::Uuid,
        "datetime" => Kind::Time,
        _ if type_name.contains("int") => Kind::Integer,
        _ if type_name.contains("char") || type_name == "text" => Kind::Text,
        _ => Kind::Other,
    }
}

fn postgres_kind(type_name: &str) -> Kind {
    match type_name {
        "bigint" | "integer" | "smallint" => Kind::Integer,
        "boolean" => Kind::Bool,
        "citext" | "text" => Kind::Text,
        "inet" => Kind::Address,
        "jsonb" => Kind::Json,
        "timestamp with time zone" => Kind::Time,
        "timestamp without time zone" => Kind::NaiveTime,
        "uuid" => Kind::Uuid,
        _ if type_name.starts_with("character") => Kind::Text,
        _ => Kind::Other,
    }
}

const SQLITE_TABLE: &str =
    "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = $1";
const POSTGRES_TABLE: &str = "SELECT 1 WHERE to_regclass(quote_ident($1)) IS NOT NULL";

// A sole integer key fills itself in.
const SQLITE_COLUMNS: &str = "SELECT name, type, NOT \"notnull\" OR dflt_value IS NOT NULL OR \
    (pk = 1 AND lower(type) = 'integer') FROM pragma_table_info($1) ORDER BY cid";
const POSTGRES_COLUMNS: &str = "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), \
    (NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '')::int \
    FROM pg_attribute a WHERE a.attrelid = to_regclass(quote_ident($1)) \
    AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// Where to look: before a transaction, or in it.
pub(crate) enum Catalog<'a> {
    At(&'a Database),
    In(&'a mut Transaction, Vendor),
}

impl Catalog<'_> {
    pub(crate) fn vendor(&self) -> Vendor {
        match self {
            Self::At(database) => database.vendor(),
            Self::In(_, vendor) => *vendor,
        }
    }

    pub(crate) async fn rows(&mut self, sql: &str, values: &[Value]) -> StoreResult<Vec<Row>> {
        let sql = Sql::from(sql);
        match self {
            Self::At(database) => database.read(&sql, values).await,
            Self::In(transaction, _) => transaction.read(&sql, values).await,
        }
    }

    pub(crate) async fn has(&mut self, table: &str) -> StoreResult<bool> {
        let sql = match self.vendor() {
            Vendor::Postgres => POSTGRES_TABLE,
            Vendor::Sqlite => SQLITE_TABLE,
        };
        Ok(!self.rows(sql, &[table.into()]).await?.is_empty())
    }

    pub(crate) async fn columns(&mut self, table: &str) -> StoreResult<Vec<Column>> {
        let vendor = self.vendor();
        let sql = match vendor {
            Vendor::Postgres => POSTGRES_COLUMNS,
            Vendor::Sqlite => SQLITE_COLUMNS,
        };
        let rows = self.rows(sql, &[table.into()]).await?;
        rows.iter().map(|row| Column::of(vendor, row)).collect()
    }
}
