//! Keys from files, with their times.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tegata::{Algorithm, Key, KeyError, KeyTimes};
use zeroize::Zeroizing;

use super::error::ConfigError;
use super::files;

/// A key, its times, and the file that it is from.
#[derive(Clone, Debug)]
pub(crate) struct FoundKey {
    pub(crate) key: Key,
    pub(crate) times: KeyTimes,
    pub(crate) path: PathBuf,
}

/// All keys of a file: a JWK Set, a JWK, PEM, or a secret.
///
/// # Errors
/// [`ConfigError`] with the file and what is wrong, never a part of a key.
pub(crate) fn of_file(path: &Path, algorithm: Algorithm) -> Result<Vec<FoundKey>, ConfigError> {
    let wrong = |problem: String| ConfigError::new(path.display().to_string(), problem);
    let text = files::read_secret(path).map_err(|problem| {
        wrong(problem).hint("`keys` names files; `tegata keys generate` makes one")
    })?;
    if path.extension().is_some_and(|extension| extension == "json") && !is_object(&text) {
        return Err(wrong("it holds no JSON object, though its name says so".to_owned()));
    }
    of_text(&text, algorithm, path).map_err(wrong)
}

/// All keys of a text.
pub(crate) fn of_text(
    text: &str,
    algorithm: Algorithm,
    path: &Path,
) -> Result<Vec<FoundKey>, String> {
    let one = |key: Result<Key, KeyError>, times| {
        let key = key.map_err(|error| error.to_string())?;
        Ok::<_, String>(FoundKey { key, times, path: path.to_owned() })
    };
    if text.trim_start().starts_with("-----BEGIN") {
        return Ok(vec![one(Key::from_pem(text, algorithm), KeyTimes::default())?]);
    }
    if !is_object(text) {
        let secret = text.trim_end_matches(['\r', '\n']).as_bytes();
        return Ok(vec![one(Key::from_secret(secret, algorithm), KeyTimes::default())?]);
    }
    let document: Value =
        serde_json::from_str(text).map_err(|_| "it begins with '{' and is no JSON object")?;
    let jwks = match document.get("keys") {
        None => vec![document],
        Some(Value::Array(jwks)) if !jwks.is_empty() => jwks.clone(),
        Some(_) => return Err("it is a JWK Set without keys".to_owned()),
    };
    let mut found = Vec::new();
    for (index, jwk) in jwks.iter().enumerate() {
        let at = |problem: String| format!("keys[{index}]: {problem}");
        let text = Zeroizing::new(jwk.to_string());
        let times = KeyTimes::from_jwk(&text).map_err(|error| at(error.to_string()))?;
        let default = jwk.get("alg").is_none().then_some(algorithm);
        found.push(one(Key::from_jwk(&text, default), times).map_err(at)?);
    }
    Ok(found)
}

fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}
