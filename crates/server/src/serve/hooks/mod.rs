//! Sign-ups and password resets, which a site's own program has a say in.

mod body;
mod call;
mod reset;
mod sign_up;

use std::net::IpAddr;

use axum::Router;
use axum::http::{Extensions, HeaderMap};
use axum::routing::post;
use tegata::{Timestamp, client_network};
use tegata_axum::Failure;
use tegata_axum::client_address::{Peer, client_address};

use super::App;
pub(crate) use call::{HookError, Hooked};

/// How many password resets are under way at once; most of them wait for the hook.
pub(crate) const RESETS: u32 = 256;

/// The routes whose hooks there are.
///
/// # Errors
/// [`HookError`]: the secret that bodies are signed with cannot be read.
pub(crate) fn routes(app: &App) -> Result<Router, HookError> {
    let (hooks, prefix) = (&app.config.hooks, app.prefix());
    let mut router = Router::new();
    if let Some(hook) = &hooks.sign_up {
        let state = (app.clone(), Hooked::new(hook, hooks)?);
        let route = Router::new()
            .route(&format!("{prefix}signup/"), post(sign_up::sign_up))
            .with_state(state);
        router = router.merge(route);
    }
    if let Some(hook) = &hooks.password_reset {
        let state = (app.clone(), Hooked::new(hook, hooks)?);
        let route = Router::new()
            .route(&format!("{prefix}password/reset/"), post(reset::ask))
            .route(&format!("{prefix}password/reset/confirm/"), post(reset::confirm))
            .with_state(state);
        router = router.merge(route);
    }
    Ok(router)
}

fn address(app: &App, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
    client_address(&app.config.proxies, Peer::of(extensions), headers)
}

/// Counts an attempt for good: nothing here is a guess that could be right.
async fn count(
    app: &App,
    now: Timestamp,
    scope: &str,
    account: Option<&str>,
    address: Option<IpAddr>,
) -> Result<(), Failure> {
    let network = address.map(|address| client_network(address).to_string());
    let guess = app.throttle.guess(now, scope, account, network.as_deref()).await?;
    guess.failed().await;
    Ok(())
}
