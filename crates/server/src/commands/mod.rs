//! What `tegata` can be told to do.

mod client;
mod completions;
mod config;
mod context;
mod demo;
mod doctor;
mod failure;
mod keys;
mod openapi;
mod output;
mod password;
mod serve;
mod session;
pub(crate) mod time;
mod token;
mod user;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

use context::Global;
use failure::{Done, Failure};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// Login, sessions and tokens for services in any language.
///
/// Users and sessions are in a database: a file of SQLite, PostgreSQL, or that of a Django site,
/// which then shares its logins. Everything else is in one configuration.
#[derive(Debug, Parser)]
#[command(
    name = "tegata",
    version,
    styles = STYLES,
    max_term_width = 100,
    after_help = "Try `tegata help user add`, or --help behind any command, for more.",
    after_long_help = "Begin:
  tegata user add ada              makes the database, and a user in it
  tegata serve                     serves logins on http://127.0.0.1:8080
  tegata doctor                    says what is wrong, and how to mend it

Beside a Django site:
  manage.py tegata_keys export --private --out policy.json
  TEGATA_DATABASE=postgres://site@localhost/site tegata serve --policy policy.json

Configuration: defaults, then the exported policy, then tegata.toml, then the environment
(TEGATA_ISSUER for `issuer`), then flags (--set issuer=https://example.org).

Exit codes: 0 done; 1 no (a token that is not good, a name that nobody has); 2 wrong arguments;
3 a configuration that cannot be; 4 a database that cannot be used."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve logins, sessions and tokens over HTTP.
    Serve(serve::Serve),
    /// Make, list and deactivate users, and change their passwords.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Make, list, rotate and export the keys that tokens are signed with.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Read a token, and say whether it is good.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// List, end and purge sessions.
    #[command(subcommand)]
    Session(session::SessionCommand),
    /// Make the secrets of services that may ask about tokens.
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// Help with the demo, which `tegata serve --demo` serves.
    #[command(subcommand)]
    Demo(demo::DemoCommand),
    /// List every key of the configuration, with its default and what it is for.
    #[command(after_help = "Example:
  tegata config cookie")]
    Config(config::Keys),
    /// Look at database, keys, clock and configuration, and say what is wrong and how to mend it.
    ///
    /// The exit code is 1 if something fails.
    Doctor(doctor::Doctor),
    /// Print the OpenAPI document of the auth routes, as the configuration sets them up.
    ///
    /// It needs no key and no database.
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApi),
    /// Print a script that completes commands and flags in a shell.
    #[command(after_help = "Examples:
  tegata completions bash > /etc/bash_completion.d/tegata
  tegata completions zsh > ~/.zfunc/_tegata
  tegata completions fish > ~/.config/fish/completions/tegata.fish")]
    Completions(completions::Completions),
}

/// Does what the arguments say.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(session::ids_last(arguments.into_iter().collect())) {
        Ok(cli) => cli,
        Err(error) => {
            // That nobody reads it is no failure.
            let _unread = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2).into();
        }
    };
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

fn dispatch(Cli { global, command }: Cli) -> Done {
    match command {
        Command::Serve(arguments) => serve::run(&global, &arguments),
        Command::User(command) => user::run(&global, command),
        Command::Keys(command) => keys::run(&global, &command),
        Command::Token(command) => token::run(&global, &command),
        Command::Session(command) => session::run(&global, &command),
        Command::Client(command) => client::run(&command),
        Command::Demo(command) => demo::run(&command),
        Command::Config(arguments) => config::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&global, &arguments),
        Command::OpenApi(arguments) => openapi::run(&global, &arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
