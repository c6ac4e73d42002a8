//! Where values come from: an exported policy, a file, the environment, flags.

use std::path::Path;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, nearest};
use super::settings::{Kind, SETTINGS, find};

/// A value for a key, and where it was given.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// Such as `tegata.toml:12`.
    pub(crate) place: String,
}

pub(crate) const PREFIX: &str = "TEGATA_";

/// What a TOML file says.
///
/// # Errors
/// [`ConfigError`] with the line: it is no TOML, or has a key that nobody knows.
pub(crate) fn of_file(path: &Path, text: &str) -> Result<Vec<Given>, ConfigError> {
    let at = |offset: Option<usize>| match offset {
        Some(offset) => format!("{}:{}", path.display(), line(text, offset)),
        None => path.display().to_string(),
    };
    let table = DeTable::parse(text).map_err(|error| {
        ConfigError::new(
            at(error.span().map(|span| span.start)),
            format!("no TOML: {}", error.message()),
        )
        .hint("texts are in quotes, tables begin with a line such as [users]")
    })?;
    let values: Map<String, Value> = toml::from_str(text).map_err(|error| {
        ConfigError::new(at(error.span().map(|span| span.start)), error.message())
    })?;
    let mut given = Vec::new();
    for (key, value) in table.get_ref() {
        let place = at(Some(key.span().start));
        let name = key.get_ref().to_string();
        require(&name, &place)?;
        let place = value_place(value, &name).map_or(place, |offset| at(Some(offset)));
        let value = values.get(&name).cloned().unwrap_or_default();
        given.push(Given { name, value, place });
    }
    Ok(given)
}

/// Where an unknown key of one of our tables is, so that the line of it is told and not the table's.
fn value_place(value: &Spanned<DeValue<'_>>, name: &str) -> Option<usize> {
    let known: &[&str] = match name {
        "users" => &super::users::NAMES,
        "hooks" => &super::hooks::NAMES,
        _ => return None,
    };
    let DeValue::Table(table) = value.get_ref() else { return None };
    let unknown = table.keys().find(|key| !known.contains(&key.get_ref().as_ref()));
    unknown.map(|key| key.span().start)
}

fn line(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

fn require(name: &str, place: &str) -> Result<(), ConfigError> {
    if find(name).is_some() {
        return Ok(());
    }
    let names = SETTINGS.iter().map(|each| each.name);
    Err(ConfigError::new(place, format!("there is no key `{name}`")).hint(nearest(name, names)))
}

/// What the environment says, and what in it looks like ours and is not: others put variables
/// there, so that is no reason not to start.
pub(crate) fn of_environment(
    variables: impl Iterator<Item = (String, String)>,
) -> Result<(Vec<Given>, Vec<String>), ConfigError> {
    let (mut given, mut warnings) = (Vec::new(), Vec::new());
    for (variable, text) in variables {
        let Some(name) = variable.strip_prefix(PREFIX).map(str::to_lowercase) else { continue };
        if name == "config" {
            continue;
        }
        if let Some(setting) = find(&name) {
            let value = from_text(setting.kind, &text)
                .map_err(|problem| ConfigError::new(&variable, problem))?;
            given.push(Given { name, value, place: variable });
        } else if let Some(near) = near(&name, SETTINGS.iter().map(|each| each.name)) {
            let near = near.to_uppercase();
            warnings
                .push(format!("{variable} is no variable of Tegata; did you mean {PREFIX}{near}?"));
        }
    }
    Ok((given, warnings))
}

fn near<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .min_by_key(|each| strsim::damerau_levenshtein(name, each))
        .filter(|each| strsim::damerau_levenshtein(name, each) <= 2)
}

/// What `--set KEY=VALUE` says.
pub(crate) fn of_flag(text: &str) -> Result<Given, ConfigError> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(ConfigError::new("--set", "it takes a key, `=` and a value")
            .hint("such as `--set issuer=https://example.org`"));
    };
    let place = format!("--set {name}");
    require(name, &place)?;
    let kind = find(name).map_or(Kind::Text, |setting| setting.kind);
    let value = from_text(kind, value).map_err(|problem| ConfigError::new(&place, problem))?;
    Ok(Given { name: name.to_owned(), value, place })
}

/// A value of a kind that was written as a text; what it is not, the reader of the key says.
fn from_text(kind: Kind, text: &str) -> Result<Value, String> {
    let text = text.trim();
    Ok(match kind {
        Kind::List if text.is_empty() => Value::Array(Vec::new()),
        Kind::List => text.split(',').map(|item| Value::from(item.trim())).collect(),
        Kind::Flag => match text.to_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Value::from(true),
            "false" | "0" | "no" | "off" => Value::from(false),
            _ => Value::from(text),
        },
        Kind::Integer => text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from),
        Kind::Duration => match text.parse::<f64>() {
            Ok(seconds) => Value::from(seconds),
            Err(_) => Value::from(text),
        },
        Kind::Table if text.starts_with(['{', '[']) => {
            let table: Map<String, Value> = toml::from_str(&format!("value = {text}"))
                .map_err(|error| format!("must be a table as TOML has it: {}", error.message()))?;
            table.get("value").cloned().unwrap_or_default()
        }
        Kind::Text | Kind::Table => Value::from(text),
    })
}
