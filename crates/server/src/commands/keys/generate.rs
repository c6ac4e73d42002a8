//! `tegata keys generate`, and the first start of a server.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tegata::{Algorithm, Key, KeyTimes, Randomness as _, SystemRandomness, Timestamp};
use zeroize::Zeroizing;

use super::{Format, Generate, file};
use crate::commands::failure::{Done, Failure};
use crate::commands::{output, time};
use crate::config::Config;

pub(super) fn run(config: &Config, arguments: &Generate) -> Done {
    let algorithm = arguments.algorithm.unwrap_or(config.algorithm);
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None if config.has_own_key_file() => config.own_key_file(),
        None => {
            return Err(Failure::usage(
                "the configuration names its keys, so this one has no place",
            )
            .hint("`--out FILE` writes it to a new file, `--out -` to the standard output"));
        }
    };
    let text = written(&draw(algorithm)?, arguments.format, time::now())?;
    if path == Path::new("-") {
        return output::raw(text.as_bytes());
    }
    file::create(&path, &text)?;
    output::note(format!(
        "wrote {} ({}), which only its owner can read",
        path.display(),
        algorithm.name()
    ));
    Ok(())
}

/// Makes the file of keys beside the database if the keys belong there and there is none; says
/// which one it has made.
pub(crate) fn ensure(config: &Config) -> Done<Option<PathBuf>> {
    let path = config.own_key_file();
    if !config.has_own_key_file() || path.exists() {
        return Ok(None);
    }
    let text = written(&draw(config.algorithm)?, Format::Jwks, time::now())?;
    match file::create(&path, &text) {
        // Another process was faster.
        Err(_) if path.exists() => Ok(None),
        done => done.map(|()| Some(path)),
    }
}

/// A new key, under a name.
pub(super) fn draw(algorithm: Algorithm) -> Done<Key> {
    let key = Key::generate(algorithm).map_err(Failure::no)?;
    if key.kid().is_some() {
        return Ok(key);
    }
    // A secret has no thumbprint that could be told, and without a name all would be tried.
    let mut bytes = [0; 8];
    SystemRandomness.fill(&mut bytes).map_err(Failure::no)?;
    Ok(key.with_kid(Some(bytes.map(|byte| format!("{byte:02x}")).concat())))
}

/// The JWK of a key, with its times.
pub(super) fn timed(key: &Key, times: &KeyTimes) -> Done<Value> {
    let text = key.to_jwk().map_err(Failure::no)?;
    let mut jwk: Map<String, Value> = serde_json::from_str(&text).map_err(Failure::no)?;
    set_times(&mut jwk, times);
    Ok(jwk.into())
}

/// Puts times into a JWK.
pub(super) fn set_times(jwk: &mut Map<String, Value>, times: &KeyTimes) {
    for (name, at) in [("iat", times.made_at), ("nbf", times.signs_from), ("exp", times.ends_at)] {
        if let Some(at) = at {
            jwk.insert(name.to_owned(), at.seconds().into());
        }
    }
}

fn written(key: &Key, format: Format, now: Timestamp) -> Done<Zeroizing<String>> {
    if format == Format::Pem {
        if key.algorithm().is_symmetric() {
            return Err(Failure::usage(format!(
                "{} signs with a secret, which has no PEM",
                key.algorithm().name()
            ))
            .hint("`--format jwks` or `jwk`, or `--algorithm EdDSA`"));
        }
        return key.to_pem().map_err(Failure::no);
    }
    let now = Some(now.whole_second());
    let jwk = timed(key, &KeyTimes { made_at: now, signs_from: now, ends_at: None })?;
    let document = match format {
        Format::Jwks => serde_json::json!({"keys": [jwk]}),
        _ => jwk,
    };
    let text = serde_json::to_string_pretty(&document).map_err(Failure::no)?;
    Ok(Zeroizing::new(text + "\n"))
}
