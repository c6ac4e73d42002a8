//! `tegata keys`.

mod export;
mod file;
mod generate;
mod list;
mod rotate;

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

use tegata::{Algorithm, Engine};

use super::context::Global;
use super::failure::{Done, Failure};
use crate::config::Config;

pub(crate) use generate::ensure;

/// What can be done about signing keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a new key.
    ///
    /// Without --out it goes into the file of keys beside the database, which must not be there
    /// yet; `tegata serve` does the same when it starts for the first time. A file is made for its
    /// owner alone, and one that is there already is never touched.
    #[command(after_help = "Examples:
  tegata keys generate
  tegata keys generate --algorithm ES256 --format pem --out key.pem")]
    Generate(Generate),
    /// List the keys and what each of them is doing; no private part is shown.
    ///
    /// One that is `published` will sign, and everybody learns to verify with it. One is `signing`.
    /// Those that are `retired` verify until their last token is over, and those that are `over` do
    /// nothing any more. Keys without times are `verifying` for as long as they are there.
    List(List),
    /// Do what is due: publish a new key, drop one that nobody needs. Meant for a crontab.
    ///
    /// If the key that signs is older than `key_rotation_period`, or will be after
    /// `key_lead_time`, a new one goes in front. It is published at once and signs after
    /// `key_lead_time`; then the old one verifies until its last token is over, and the rotation
    /// after that drops it. Running servers look at the file every `key_reload_interval`; nothing
    /// has to be restarted, and no token is refused on the way.
    #[command(after_help = "Example:
  0 4 * * *  tegata keys rotate")]
    Rotate(Rotate),
    /// Write what another host needs to verify tokens, or to sign them as well.
    ///
    /// The same document as that of `manage.py tegata_keys export`: issuer, audience, lifetimes,
    /// names of claims and keys. Another server takes it by `--policy FILE`.
    Export(Export),
}

#[derive(Args, Debug)]
pub(crate) struct Generate {
    /// Which; `algorithm` of the configuration by default.
    #[arg(long, value_parser = algorithm)]
    algorithm: Option<Algorithm>,
    /// How the key is written; `jwks` is what `tegata keys rotate` can rotate.
    #[arg(long, default_value = "jwks")]
    format: Format,
    /// A file that is not there yet, or `-` for the standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A JWK Set (RFC 7517 section 5).
    Jwks,
    /// A JWK.
    Jwk,
    /// PEM, for private keys.
    Pem,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Rotate {
    /// Of a new key; that of the key which signs now by default.
    #[arg(long, value_parser = algorithm)]
    algorithm: Option<Algorithm>,
    /// Publish a new key even if none is due; it signs after `key_lead_time` all the same.
    #[arg(long)]
    force: bool,
    /// Have the new key sign at once: its tokens are refused wherever it is not known yet.
    ///
    /// The old one still verifies; take it out of the file if it was stolen.
    #[arg(long, conflicts_with = "force")]
    now: bool,
    /// Only say what would become of each key.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// With private keys and secrets; needs --out.
    #[arg(long, requires = "out")]
    private: bool,
    /// A file that is not there yet; only its owner can read it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(global: &Global, command: &KeysCommand) -> Done {
    let config = global.config(Vec::new())?;
    match command {
        KeysCommand::Generate(arguments) => generate::run(&config, arguments),
        KeysCommand::List(arguments) => list::run(&config, arguments),
        KeysCommand::Rotate(arguments) => rotate::run(&config, arguments),
        KeysCommand::Export(arguments) => export::run(&config, arguments),
    }
}

/// The engine for a command that decides by the policy alone: without keys yet, one that is drawn
/// for it and forgotten.
pub(crate) fn engine(config: &Config) -> Done<Engine> {
    if config.has_own_key_file() && !config.own_key_file().exists() {
        let key = generate::draw(config.algorithm)?;
        let keys = tegata::KeySet::new(vec![key]).map_err(Failure::config)?;
        return Engine::new(config.policy.clone(), keys).map_err(Failure::config);
    }
    Ok(config.engine()?)
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::ALL.into_iter().find(|each| each.name() == name).ok_or_else(|| {
        let names = Algorithm::ALL.map(Algorithm::name);
        format!("known are {}", names.join(", "))
    })
}
