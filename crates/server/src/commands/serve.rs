//! `tegata serve`.

use clap::Args;

use super::context::Global;
use super::failure::{Done, Failure};
use super::{keys, output};
use crate::serve::{self, ServeError};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  tegata serve --demo                        a page to try logins on, with users of its own
  tegata serve --listen unix:/run/tegata.sock
  tegata serve --database postgres://site@localhost/site --policy policy.json

The address is printed once the server listens. SIGTERM and Ctrl-C let requests that run come to
their end. TLS is left to a proxy in front.")]
pub(crate) struct Serve {
    /// An address and a port, or unix:PATH; port 0 is one that is free.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,

    /// Where the auth routes are.
    #[arg(long, value_name = "PATH")]
    prefix: Option<String>,

    /// Serve the demo page too, and make its users, whose passwords everybody knows.
    #[arg(long)]
    demo: bool,

    /// How the log is written: text or json.
    #[arg(long, value_name = "FORM")]
    log: Option<String>,
}

impl Serve {
    fn own(&self) -> Vec<(&'static str, String)> {
        let demo = self.demo.then(|| "true".to_owned());
        [("listen", &self.listen), ("prefix", &self.prefix), ("demo", &demo), ("log", &self.log)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect()
    }
}

pub(crate) fn run(global: &Global, arguments: &Serve) -> Done {
    let config = global.load(arguments.own())?;
    if let Some(path) = keys::ensure(&config)? {
        output::note(format!("wrote {}, a new key that only its owner can read", path.display()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::no(format!("no thread can be started: {error}")))?;
    let ended = runtime.block_on(serve::run(config));
    // What still hashes a password is not waited for.
    runtime.shutdown_background();
    Ok(ended?)
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Config(error) => error.into(),
            ServeError::Connect(error) => error.into(),
            ServeError::Demo(error) => Self::database(error),
            ServeError::Hook(_) | ServeError::Log(_) => Self::config(error),
            ServeError::Listen(_) | ServeError::Signal(_) => Self::no(error),
        }
    }
}
