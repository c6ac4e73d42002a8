//! Measures a protected route on axum, over HTTP: bare, with Tegata, and with its peers.
//!
//! `tegata-bench-axum --sqlite FILE [--postgres URL] [--quick]` starts each site as a process of
//! its own and prints tables; `tegata-bench-axum site …` is such a process.

mod load;
mod measure;
mod memory;
mod process;
mod report;
mod sites;
mod starvation;

use std::error::Error;

use clap::{Parser, Subcommand};

use crate::sites::Site;

/// What can go wrong ends the run.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Parser)]
struct Arguments {
    /// Take less time, and be less steady.
    #[arg(long)]
    quick: bool,
    /// Measure these alone, and nothing besides: names with commas between them.
    #[arg(long, value_delimiter = ',')]
    sites: Vec<Site>,
    /// A folder for databases of SQLite.
    #[arg(long, default_value = ".")]
    folder: std::path::PathBuf,
    /// The URL of a PostgreSQL whose `public` schema may be filled.
    #[arg(long)]
    postgres: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve one site until standard input ends.
    Site {
        /// Which one.
        kind: Site,
        /// Its database.
        database: String,
        /// How many sessions to open before the first request.
        #[arg(long, default_value_t = 1)]
        sessions: usize,
    },
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Site { kind, database, sessions }) => {
            sites::serve(kind, &database, sessions).await
        }
        None => {
            let pace = if arguments.quick { measure::QUICK } else { measure::FULL };
            report::machine();
            let is_all = arguments.sites.is_empty();
            let sites = if is_all { Site::ALL } else { &arguments.sites };
            for place in measure::places(&arguments.folder, arguments.postgres.as_deref()) {
                let results = measure::measure(&place, sites, &pace).await?;
                report::throughput(&place, &results);
                if !is_all {
                    continue;
                }
                let starved = starvation::measure(&place, &pace).await?;
                report::starvation(&place, &starved);
            }
            if is_all {
                report::memory(&memory::measure(&arguments.folder).await?);
            }
            Ok(())
        }
    }
}
