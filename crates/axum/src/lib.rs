//! JWT authentication with real sessions for axum.
#![forbid(unsafe_code)]

mod auth;
mod failure;

pub use auth::Auth;
pub use failure::Failure;
