//! What a command works with: the configuration, and the database on demand.

use std::future::Future;
use std::path::{Path, PathBuf};

use clap::Args;
use tegata_sqlx::{SqlxStore, User};

use super::failure::{Done, Failure};
use super::output;
use crate::config::{Config, Sources, files};

/// Flags of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct Global {
    /// The configuration; ./tegata.toml if it is there.
    #[arg(long, value_name = "FILE", global = true, env = "TEGATA_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,

    /// Such as `sqlite://tegata.db` or `postgres://user@host/database`.
    ///
    /// A password belongs in the environment: `TEGATA_DATABASE`.
    #[arg(long, value_name = "ADDRESS", global = true)]
    database: Option<String>,

    /// Keys, policy and user table of a Django site: what `manage.py tegata_keys export --private
    /// --out FILE` has written.
    #[arg(long, value_name = "FILE", global = true)]
    policy: Option<String>,

    /// Any key of the configuration.
    ///
    /// It wins over the environment (TEGATA_ and the key in capitals), which wins over the file.
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    set: Vec<String>,
}

impl Global {
    /// The configuration, after telling what is odd about it.
    pub(crate) fn config(&self, own: Vec<(&'static str, String)>) -> Done<Config> {
        let config = self.load(own)?;
        config.warnings.iter().for_each(output::warn);
        Ok(config)
    }

    /// The configuration, which has something to say of files that others can read too.
    pub(crate) fn load(&self, own: Vec<(&'static str, String)>) -> Done<Config> {
        let mut config = self.read(own)?;
        let open = config.key_files().into_iter().filter(|path| files::is_open_to_others(path));
        let told = open.map(|path| {
            let path = path.display();
            format!("other accounts of this machine may read `{path}`; hint: chmod 600 {path}")
        });
        let told: Vec<_> = told.collect();
        config.warnings.extend(told);
        if config.hooks.are_in_the_clear() {
            let told = "`hooks` has an address without TLS, and others can read what it is told, \
                        tokens of password resets among it; hint: one that begins with https://";
            config.warnings.push(told.to_owned());
        }
        Ok(config)
    }

    /// The configuration as it was written.
    pub(super) fn read(&self, own: Vec<(&'static str, String)>) -> Done<Config> {
        let named = [("database", &self.database), ("policy", &self.policy)];
        let named = named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let (mut environment, mut warnings) = (Vec::new(), Vec::new());
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => environment.push((name, value)),
                (Ok(name), Err(_)) if name.starts_with("TEGATA_") => {
                    warnings.push(format!("{name} is no text in UTF-8, and is left out"));
                }
                _ => {}
            }
        }
        let sources = Sources {
            file: self.config.clone(),
            environment,
            flags: named.chain(own).collect(),
            set: self.set.clone(),
        };
        let mut config = Config::load(&sources)?;
        config.warnings.extend(warnings);
        Ok(config)
    }
}

/// Runs what needs a database.
pub(crate) fn block_on<T>(future: impl Future<Output = Done<T>>) -> Done<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::no(format!("no thread can be started: {error}")))?;
    runtime.block_on(future)
}

/// The store of the configuration. A file of SQLite must be there, unless it `may_be_made`.
pub(crate) async fn store(config: &Config, may_be_made: bool) -> Done<SqlxStore> {
    if let Some(file) = config.database.file().filter(|_| !may_be_made)
        && !Path::new(file).exists()
    {
        return Err(Failure::database(format!("there is no database `{file}`")).hint(
            "`--database` names another one; `tegata user add` and `tegata serve` make one",
        ));
    }
    make_file(config);
    Ok(SqlxStore::connect_with(config.database.expose(), config.store_options()).await?)
}

/// Makes the file of a database of SQLite for its owner alone: it will hold password hashes. What
/// cannot be made, the database itself has a word on.
pub(crate) fn make_file(config: &Config) {
    let address = config.database.expose();
    let Some(file) = config.database.file().filter(|_| !address.contains("mode=")) else { return };
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(file));
}

/// The user of a name.
pub(crate) async fn user_named(store: &SqlxStore, username: &str) -> Done<User> {
    store.find_user(username).await?.ok_or_else(|| {
        Failure::no(format!("there is no user `{}`", output::plain(username)))
            .hint("`tegata user list` shows the names")
    })
}
