use serde_json::Value;
use tegata_sqlx::UserTable;

use super::error::nearest;
use super::read::{NONE, Read};

pub(crate) const NAMES: [&str; 8] = [
    "table",
    "key",
    "named_by",
    "username",
    "password",
    "is_active",
    "last_login",
    "stamp_columns",
];

/// Where the users are.
pub(crate) fn read(value: &Value) -> Read<UserTable> {
    let mut table = value.as_object().ok_or("must be a table")?.clone();
    if let Some(name) = table.keys().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(format!("has no key `{name}`; {}", nearest(name, NAMES.into_iter())));
    }
    for name in ["named_by", "is_active", "last_login"] {
        if let Some(value) = table.get_mut(name).filter(|value| value.as_str() == Some(NONE)) {
            *value = Value::Null;
        }
    }
    for (name, value) in &table {
        let is_right = match name.as_str() {
            "stamp_columns" => value.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
            "named_by" | "is_active" | "last_login" => value.is_string() || value.is_null(),
            _ => value.is_string(),
        };
        if !is_right {
            return Err(format!(
                "`{name}` must be the name of a column or a table, or for `stamp_columns` a list"
            ));
        }
    }
    serde_json::from_value(Value::Object(table)).map_err(|error| error.to_string())
}
