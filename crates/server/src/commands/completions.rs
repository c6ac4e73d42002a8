//! `tegata completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::failure::Done;
use super::{Cli, output};

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Which shell.
    shell: Shell,
}

pub(crate) fn run(arguments: &Completions) -> Done {
    // Into memory first: it would panic where nobody reads on.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "tegata", &mut script);
    output::raw(&script)
}
