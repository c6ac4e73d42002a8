//! The engine that a configuration makes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tegata::{Algorithm, Engine, Key, KeyRotation, KeySchedule, KeyTimes, PolicyError};

use super::keys::{self, FoundKey};
use super::settings::SETTINGS;
use super::{Config, ConfigError, exported};

/// The file of keys where none is named.
const KEY_FILE: &str = "tegata-keys.json";

impl Config {
    /// The engine, with the keys that their files hold now.
    ///
    /// # Errors
    /// [`ConfigError`]: a file of keys cannot be read, or the first key cannot sign.
    pub(crate) fn engine(&self) -> Result<Engine, ConfigError> {
        let keys = self.found_keys()?;
        let schedule = self.key_schedule(&keys)?;
        Engine::new(self.policy.clone(), schedule).map_err(|error| told(&error)).map_err(|error| {
            match error.place.as_str() {
                "keys" if self.keys.is_empty() && self.has_exported_keys => {
                    ConfigError::new("policy", "the file has no key that signs")
                        .hint("export it with `manage.py tegata_keys export --private --out FILE`")
                }
                _ => error,
            }
        })
    }

    /// When each key signs and verifies.
    ///
    /// # Errors
    /// [`ConfigError`]: there is none.
    pub(crate) fn key_schedule(&self, keys: &[FoundKey]) -> Result<KeySchedule, ConfigError> {
        let timed: Vec<(Key, KeyTimes)> =
            keys.iter().map(|each| (each.key.clone(), each.times)).collect();
        KeySchedule::new(timed, self.rotation().retention)
            .map_err(|error| ConfigError::new("keys", error.to_string()))
    }

    /// The keys, in their order.
    ///
    /// # Errors
    /// [`ConfigError`]: a file cannot be read.
    pub(crate) fn found_keys(&self) -> Result<Vec<FoundKey>, ConfigError> {
        if let Some(path) = self.policy_file.as_ref().filter(|_| !self.has_own_key_file())
            && self.keys.is_empty()
        {
            // As it is now: a running server looks again.
            let jwks = exported::read(path)?.jwks.unwrap_or_default();
            return keys::of_text(&jwks, self.algorithm, path).map_err(|problem| {
                ConfigError::new(path.display().to_string(), format!("`jwks`: {problem}"))
                    .hint("export it with `manage.py tegata_keys export --private --out FILE`")
            });
        }
        let mut found = Vec::new();
        for path in self.key_files() {
            found.extend(keys::of_file(&path, self.algorithm)?);
        }
        Ok(found)
    }

    /// The files that hold the keys: those that are named, the exported policy, or a file beside
    /// the database, which may not be there yet.
    pub(crate) fn key_files(&self) -> Vec<PathBuf> {
        match (&self.policy_file, self.keys.is_empty()) {
            (_, false) => self.keys.clone(),
            (Some(path), true) if self.has_exported_keys => vec![path.clone()],
            _ => vec![self.own_key_file()],
        }
    }

    /// Whether the keys are in [`Config::own_key_file`], since nobody names any.
    pub(crate) fn has_own_key_file(&self) -> bool {
        self.keys.is_empty() && !self.has_exported_keys
    }

    /// The file of keys beside the database, or beside the configuration if the database is no file.
    pub(crate) fn own_key_file(&self) -> PathBuf {
        let beside = self.database.file().map(Path::new).or(self.file.as_deref());
        beside.and_then(Path::parent).unwrap_or(Path::new("")).join(KEY_FILE)
    }

    /// The rules by which keys follow each other.
    pub(crate) fn rotation(&self) -> KeyRotation {
        let longest_lifetime = self.longest_lifetime();
        let leeway = self.policy.leeway;
        let retention =
            self.key_retention.unwrap_or_else(|| longest_lifetime.saturating_add(leeway));
        KeyRotation { retention, longest_lifetime, leeway, ..self.rotation }
    }

    fn longest_lifetime(&self) -> Duration {
        self.policy.access_token_lifetime.max(self.policy.refresh_token_lifetime)
    }

    /// Whether the engine takes the policy, whatever the keys are.
    pub(super) fn check_policy(&self) -> Result<(), ConfigError> {
        let any = Key::generate(Algorithm::EdDsa)
            .and_then(|key| KeySchedule::new(vec![(key, KeyTimes::default())], Duration::ZERO))
            .map_err(|error| ConfigError::new("keys", error.to_string()))?;
        Engine::new(self.policy.clone(), any).map_err(|error| told(&error))?;
        self.rotation().validate().map_err(|error| told(&error))
    }
}

/// A refusal of the engine's by the names of this configuration.
fn told(error: &PolicyError) -> ConfigError {
    let mut problem = error.problem.replace("or None", "or \"none\"");
    for setting in SETTINGS.iter().filter(|each| each.name.contains('_') || each.name == "leeway") {
        problem = problem.replace(&setting.name.to_uppercase(), &format!("`{}`", setting.name));
    }
    let (problem, hint) = match problem.split_once("; hint: ") {
        Some((problem, hint)) => (problem.to_owned(), Some(hint.to_owned())),
        None => (problem, None),
    };
    ConfigError { place: error.setting.to_lowercase(), problem, hint }
}
