//! `tegata openapi`.

use clap::Args;
use tegata::{Algorithm, Engine, Key, KeySet};
use tegata_axum::{Auth, MemoryUsers};

use super::context::Global;
use super::failure::{Done, Failure};
use super::output;
use crate::config::{Config, ConfigError};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tegata openapi > openapi.json
  tegata openapi --transport both --prefix /api/auth/")]
pub(crate) struct OpenApi {
    /// Where the auth routes are.
    #[arg(long, value_name = "PATH")]
    prefix: Option<String>,

    /// Where clients put their tokens: header, cookie or both.
    #[arg(long, value_name = "PLACE")]
    transport: Option<String>,
}

impl OpenApi {
    fn own(&self) -> Vec<(&'static str, String)> {
        [("prefix", &self.prefix), ("transport", &self.transport)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect()
    }
}

pub(crate) fn run(global: &Global, arguments: &OpenApi) -> Done {
    let config = global.config(arguments.own())?;
    output::json(&auth(&config)?.openapi(&config.prefix))
}

/// As the server sets it up, as far as the document tells; of keys and rows it tells nothing.
fn auth(config: &Config) -> Done<Auth<MemoryUsers>> {
    let key = Key::generate(Algorithm::EdDsa).map_err(Failure::no)?;
    let keys = KeySet::new(vec![key]).map_err(Failure::no)?;
    let engine = Engine::new(config.policy.clone(), keys).map_err(Failure::no)?;
    let mut builder = Auth::builder(engine, MemoryUsers::default())
        .transport(config.transport)
        .cookies(config.cookies.clone())
        .scopes(config.scopes.clone());
    if let Some(transport) = config.refresh_transport {
        builder = builder.refresh_transport(transport);
    }
    let auth = builder.build();
    auth.map_err(|error| ConfigError::new(error.option, error.problem).into())
}
