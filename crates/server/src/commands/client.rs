//! `tegata client`.

use clap::{Args, Subcommand};
use tegata::SystemRandomness;
use tegata_axum::{Client, ClientSecret};

use super::failure::{Done, Failure};
use super::output;

/// What can be done about services that may ask about tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Draw a secret for a service that may ask about tokens and revoke them.
    ///
    /// The secret is printed once, for the service; the configuration gets its digest, as the table
    /// that is printed below it. To change a secret without an outage, name both digests for a
    /// while: `secret_digest = ["sha256:…", "sha256:…"]`.
    #[command(after_help = "Example:
  tegata client new billing")]
    New(New),
}

#[derive(Args, Debug)]
pub(crate) struct New {
    /// What the service calls itself.
    id: String,
}

pub(crate) fn run(command: &ClientCommand) -> Done {
    let ClientCommand::New(New { id }) = command;
    let secret = ClientSecret::generate(&SystemRandomness).map_err(Failure::no)?;
    let client = Client::new(id, [secret.digest()]).map_err(Failure::usage)?;
    output::note("the secret, for the service; it is shown this once:");
    output::line(secret.expose())?;
    output::note("for the configuration:");
    let digest = secret.digest();
    output::line(format!("\n[[clients]]\nid = \"{}\"\nsecret_digest = \"{digest}\"", client.id()))
}
