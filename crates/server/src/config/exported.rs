//! What `manage.py tegata_keys export --private --out FILE` has written.

use std::path::Path;

use serde_json::Value;
use zeroize::Zeroizing;

use super::error::{ConfigError, nearest};
use super::files;
use super::layer::Given;
use super::settings::{SETTINGS, find};

/// A site's policy, and its keys as a JWK Set.
pub(crate) struct Exported {
    pub(crate) given: Vec<Given>,
    pub(crate) jwks: Option<Zeroizing<String>>,
}

const CLAIMS: [&str; 5] = ["token_type", "user_id", "session_id", "generation", "tenant"];

/// Reads the file.
///
/// # Errors
/// [`ConfigError`]: it is none, or of a newer version.
pub(crate) fn read(path: &Path) -> Result<Exported, ConfigError> {
    let place = path.display().to_string();
    let text = files::read_secret(path).map_err(|problem| {
        ConfigError::new(&place, problem)
            .hint("`policy` names a file that `manage.py tegata_keys export` has written")
    })?;
    let document = serde_json::from_str::<Value>(&text).ok();
    let Some(Value::Object(document)) = document else {
        return Err(ConfigError::new(&place, "it holds no JSON object")
            .hint("`policy` names a file that `manage.py tegata_keys export` has written"));
    };
    let mut exported = Exported { given: Vec::new(), jwks: None };
    for (name, value) in document {
        match (name.as_str(), &value) {
            ("jwks", _) => exported.jwks = Some(Zeroizing::new(value.to_string())),
            ("claims", Value::Object(claims)) => {
                for (name, value) in claims {
                    if !CLAIMS.contains(&name.as_str()) {
                        return Err(unknown(&place, &format!("claims.{name}"), &CLAIMS));
                    }
                    let name = format!("{name}_claim");
                    exported.given.push(Given { name, value: value.clone(), place: place.clone() });
                }
            }
            _ if find(&name).is_some() => {
                exported.given.push(Given { name, value, place: place.clone() });
            }
            _ => {
                let names: Vec<_> = SETTINGS.iter().map(|each| each.name).collect();
                return Err(unknown(&place, &name, &names));
            }
        }
    }
    Ok(exported)
}

fn unknown(place: &str, name: &str, known: &[&str]) -> ConfigError {
    let near = nearest(name, known.iter().copied());
    ConfigError::new(place, format!("there is no key `{name}`")).hint(format!(
        "it may be of a newer version, whose policy this program does not know; {near}"
    ))
}
