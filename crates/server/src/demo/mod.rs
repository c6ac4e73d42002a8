//! The demo: one page over the API, and the users that it speaks of.

mod api;
mod page;
mod seed;
mod step;
mod thief;
mod totp;

use axum::Router;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

pub(crate) use seed::{SeedError, Seeded, seed};
pub(crate) use totp::code_at;

use crate::config::ConfigError;
use crate::serve::App;

/// Where the page looks for the auth routes.
pub(crate) const PREFIX: &str = "/api/auth/";

/// The page, its files and its API, with the auth routes that lie below [`PREFIX`].
///
/// # Errors
/// [`ConfigError`]: the cookies cannot be.
pub(crate) fn routes(app: &App, auth: Router) -> Result<Router, ConfigError> {
    let refresh_cookie = app.cookies()?.refresh(PREFIX).name;
    let auth = thief::with_replay(auth, &refresh_cookie);
    Ok(page::routes().merge(auth).merge(api::routes(app)?))
}

/// What the demo adds to the description of the API.
pub(crate) fn description() -> OpenApi {
    api::Described::openapi()
}
