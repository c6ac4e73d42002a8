//! What a value may be: each function reads one kind, or says what is wrong with it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde_json::Value;
use tegata::{Rate, Scopes};

/// What is wrong with a value, such as `must be a string`; the caller adds the name of the key.
pub(crate) type Read<T> = Result<T, String>;

/// How a key that may be nothing says so; TOML has no null.
pub(crate) const NONE: &str = "none";

pub(crate) fn text(value: &Value) -> Read<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| "must be a string".to_owned())
}

pub(crate) fn flag(value: &Value) -> Read<bool> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

pub(crate) fn integer<T: TryFrom<u64>>(value: &Value) -> Read<T> {
    let number = value.as_u64().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| "must be a whole number that is not negative or too large".to_owned())
}

pub(crate) fn texts(value: &Value) -> Read<Vec<String>> {
    let problem = || "must be a string or a list of strings".to_owned();
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(problem)).collect()
        }
        _ => Err(problem()),
    }
}

pub(crate) fn paths(value: &Value) -> Read<Vec<PathBuf>> {
    let paths = texts(value).map_err(|_| "must be a path or a list of paths".to_owned())?;
    Ok(paths.into_iter().map(PathBuf::from).collect())
}

/// Seconds as a number, or a text such as `"5m"`, `"14d"` or `"1h 30m"`.
pub(crate) fn duration(value: &Value) -> Read<Duration> {
    let read = match value {
        Value::Number(number) => {
            number.as_f64().and_then(|it| Duration::try_from_secs_f64(it).ok())
        }
        Value::String(text) => humantime::parse_duration(text).ok(),
        _ => None,
    };
    read.ok_or_else(|| {
        "must be a duration such as \"5m\", \"1h 30m\" or \"14d\", or a number of seconds"
            .to_owned()
    })
}

/// A value, or nothing: `"none"`, or null in JSON.
pub(crate) fn optional<T>(value: &Value, read: impl FnOnce(&Value) -> Read<T>) -> Read<Option<T>> {
    if value.is_null() || value.as_str() == Some(NONE) {
        return Ok(None);
    }
    read(value).map(Some).map_err(|problem| format!("{problem}, or \"{NONE}\""))
}

/// One of a closed list of names.
pub(crate) fn choice<T: Copy>(value: &Value, all: &[(&str, T)]) -> Read<T> {
    let found = value.as_str().and_then(|name| all.iter().find(|(each, _)| *each == name));
    found.map(|(_, each)| *each).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        format!("must be one of {}", names.join(", "))
    })
}

/// A text that another type reads.
pub(crate) fn parsed<T: FromStr<Err: std::fmt::Display>>(value: &Value) -> Read<T> {
    let text = text(value)?;
    text.parse().map_err(|error| format!("is \"{text}\", which {error}"))
}

/// A list of texts that another type reads.
pub(crate) fn all_parsed<T: FromStr<Err: std::fmt::Display>>(value: &Value) -> Read<Vec<T>> {
    let read =
        |text: String| text.parse().map_err(|error| format!("has \"{text}\", which {error}"));
    texts(value)?.into_iter().map(read).collect()
}

/// How often something may be done: a rate for the first of the names, or a table of several.
pub(crate) fn rates(value: &Value, names: &[(&str, &str)]) -> Read<BTreeMap<String, Rate>> {
    let rate = |name: &str, value: &Value| {
        let read = value.as_str().and_then(|text| text.parse::<Rate>().ok());
        read.ok_or_else(|| format!("{name} must be a rate such as \"5/m\", \"100/h\" or \"5/15m\" (s, m, h, d), of a day at most"))
    };
    let given = match value {
        value if value.is_null() || value.as_str() == Some(NONE) => return Ok(BTreeMap::new()),
        Value::String(_) => serde_json::Map::from_iter([(names[0].0.to_owned(), value.clone())]),
        Value::Object(given) => given.clone(),
        _ => return Err(format!("must be a rate such as \"5/m\", a table of such, or \"{NONE}\"")),
    };
    if let Some(name) = given.keys().find(|name| names.iter().all(|(each, _)| each != name)) {
        let known: Vec<_> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(format!("has no limit `{name}`; its limits are {}", known.join(", ")));
    }
    let mut rates = BTreeMap::new();
    for (name, default) in names {
        let value = given.get(*name).cloned().unwrap_or_else(|| Value::from(*default));
        if !value.is_null() && value.as_str() != Some(NONE) {
            rates.insert((*name).to_owned(), rate(name, &value)?);
        }
    }
    Ok(rates)
}

/// The scopes that there are, each with a description (RFC 6749 section 3.3).
pub(crate) fn scopes(value: &Value) -> Read<BTreeMap<String, String>> {
    let table = value.as_object().ok_or("must be a table of names and descriptions")?;
    let mut scopes = BTreeMap::new();
    for (name, description) in table {
        Scopes::from_names([name.as_str()])
            .map_err(|error| format!("has a name that cannot be: {error}"))?;
        let description =
            description.as_str().ok_or_else(|| format!("must describe `{name}` by a string"))?;
        scopes.insert(name.clone(), description.to_owned());
    }
    Ok(scopes)
}
