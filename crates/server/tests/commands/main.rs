//! The real binary, in a folder of a test's own.
#![cfg(unix)]

mod bad_config;
mod bad_output;
mod doctor;
mod folder;
mod keys;
mod sessions;
mod tokens;
mod users;
