//! The `tegata` server.
#![forbid(unsafe_code)]

mod commands;
mod config;
mod demo;
#[cfg(test)]
mod reference;
mod serve;

fn main() -> std::process::ExitCode {
    commands::run(std::env::args_os())
}
