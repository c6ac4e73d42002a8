//! Reading the configuration from all its sources.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::layer::{self, Given};
use super::settings::find;
use super::{Config, exported, files};

/// Where a configuration comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// `--config`; `None` takes `./tegata.toml` if it is there.
    pub(crate) file: Option<PathBuf>,
    /// The variables of the environment.
    pub(crate) environment: Vec<(String, String)>,
    /// Flags of their own, such as `--database`: a key and its value.
    pub(crate) flags: Vec<(&'static str, String)>,
    /// Each `--set KEY=VALUE`.
    pub(crate) set: Vec<String>,
}

const DEFAULT_FILE: &str = "tegata.toml";

impl Config {
    /// The configuration, whose keys fit together. Files of keys are read by [`Config::engine`].
    ///
    /// # Errors
    /// [`ConfigError`] names the place, the key and the mend.
    pub(crate) fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut config = Self { file: sources.file.clone(), ..Self::default() };
        let environment = sources.environment.iter().cloned();
        let (environment, warnings) = layer::of_environment(environment)?;
        config.warnings = warnings;
        if config.file.is_none() && Path::new(DEFAULT_FILE).exists() {
            config.file = Some(DEFAULT_FILE.into());
        }
        let mut given = match &config.file {
            Some(path) => of_file(path)?,
            None => Vec::new(),
        };
        given.extend(environment);
        for (name, value) in &sources.flags {
            let read = layer::of_flag(&format!("{name}={value}"))?;
            given.push(Given { place: format!("--{name}"), ..read });
        }
        for text in &sources.set {
            given.push(layer::of_flag(text)?);
        }

        // Which file is named is said by the others, which all win over it.
        for each in given.iter().filter(|each| each.name == "policy") {
            config.take(each)?;
        }
        let mut places = HashMap::new();
        if let Some(path) = config.policy_file.clone() {
            let exported = exported::read(&path)?;
            config.has_exported_keys = exported.jwks.is_some();
            config.take_all(exported.given, &mut places)?;
        }
        config.take_all(given, &mut places)?;
        config.check().map_err(|error| match places.get(&error.place) {
            Some(place) => {
                let problem = format!("`{}` {}", error.place, error.problem);
                ConfigError { place: place.clone(), problem, hint: error.hint }
            }
            None => error,
        })?;
        Ok(config)
    }

    fn take_all(
        &mut self,
        given: Vec<Given>,
        places: &mut HashMap<String, String>,
    ) -> Result<(), ConfigError> {
        for each in given {
            self.take(&each)?;
            places.insert(each.name, each.place);
        }
        Ok(())
    }

    fn take(&mut self, given: &Given) -> Result<(), ConfigError> {
        let Some(setting) = find(&given.name) else { return Ok(()) };
        (setting.set)(self, &given.value).map_err(|problem| {
            ConfigError::new(&given.place, format!("`{}` {problem}", given.name))
                .hint(format!("the default is `{} = {}`", setting.name, setting.default))
        })
    }

    /// Whether the keys fit together.
    fn check(&self) -> Result<(), ConfigError> {
        self.cookies()?;
        self.granted_scopes()?;
        self.check_policy()?;
        if self.refresh_transport.is_some() && self.transport.takes_cookies() {
            let problem = format!(
                "is for access tokens in the header, and `transport` is \"{}\"",
                self.transport.name()
            );
            return Err(ConfigError::new("refresh_transport", problem).hint("leave it out"));
        }
        let lets_in = ["LOGIN_STEPS", "USER_AUTHENTICATION_RULE", "USER_LOGIN_AUTHENTICATOR"];
        if let Some(name) = self.only_in_django.iter().find(|name| lets_in.contains(&name.as_str()))
        {
            let problem = format!(
                "has TEGATA['{name}']: the site asks for more at a login than this server would, and whom it refuses could log in here"
            );
            return Err(ConfigError::new("only_in_django", problem).hint(
                "have users log in at the site; if they may log in here without, write `only_in_django = []` into the configuration",
            ));
        }
        Ok(())
    }
}

/// What the file says; the paths in it begin at its folder.
fn of_file(path: &Path) -> Result<Vec<Given>, ConfigError> {
    let text = files::read_secret(path).map_err(|problem| {
        ConfigError::new(path.display().to_string(), problem)
            .hint("`--config FILE` or TEGATA_CONFIG names the configuration")
    })?;
    let mut given = layer::of_file(path, &text)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    for each in &mut given {
        match each.name.as_str() {
            "policy" if each.value.as_str() != Some(super::read::NONE) => {
                within(folder, &mut each.value);
            }
            "keys" => match &mut each.value {
                serde_json::Value::Array(paths) => {
                    for path in paths {
                        within(folder, path);
                    }
                }
                path => within(folder, path),
            },
            "hooks" => {
                if let Some(path) = each.value.get_mut("secret_file") {
                    within(folder, path);
                }
            }
            _ => {}
        }
    }
    Ok(given)
}

fn within(folder: &Path, path: &mut serde_json::Value) {
    if let Some(text) = path.as_str() {
        *path = folder.join(text).to_string_lossy().into_owned().into();
    }
}
