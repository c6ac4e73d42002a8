//! `tegata demo`.

use clap::Subcommand;

use super::failure::Done;
use super::{output, time};
use crate::demo::code_at;

/// What helps with the demo.
#[derive(Debug, Subcommand)]
pub(crate) enum DemoCommand {
    /// Print the one-time code that the demo's user `otp` is asked for now.
    ///
    /// It changes every 30 seconds, and is good once.
    Code,
}

pub(crate) fn run(command: &DemoCommand) -> Done {
    let DemoCommand::Code = command;
    let (code, left) = code_at(time::now());
    output::line(code)?;
    output::note(format!("good for {left} more seconds, and once"));
    Ok(())
}
