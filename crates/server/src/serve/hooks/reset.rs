//! `POST password/reset/` and `POST password/reset/confirm/`: another password for whoever has
//! lost theirs, by a token that the site's program brings to them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tegata::{Place, Refusal, SystemRandomness, Timestamp};
use tegata_axum::Failure;
use tegata_axum::bodies::Secret;

use super::body::{self, read};
use super::{App, Hooked, address, count};

const LIFETIME: Duration = Duration::from_mins(15);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    username: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmed {
    token: Secret,
    new_password: Secret,
}

/// Has the hook bring a token to the user. The answer is the same whether there is such a user or
/// not, and does not wait for the hook, so that its time does not tell either.
pub(super) async fn ask(
    State((app, hook)): State<(App, Hooked)>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let (now, address) = (app.auth.now(), address(&app, &extensions, &headers));
    let Asked { username } = read(&headers, &body)?;
    count(&app, now, "password_reset", Some(&username), address).await?;
    let Ok(place) = Arc::clone(&app.resets).try_acquire_owned() else {
        return Err(Failure::endpoint(Refusal::ServiceUnavailable));
    };
    tokio::spawn(async move {
        let _place = place;
        if let Err(reason) = bring(&app, &hook, &username, now).await {
            tracing::error!(reason, "a password reset was not brought to its user");
        }
    });
    let detail = "If there is such an account, its owner is told how to go on.";
    Ok((StatusCode::ACCEPTED, Json(json!({"detail": detail}))).into_response())
}

async fn bring(app: &App, hook: &Hooked, username: &str, now: Timestamp) -> Result<(), String> {
    let found = app.rows().find_user(username).await.map_err(|error| error.to_string())?;
    let Some(user) = found.filter(|user| user.state.is_active && user.has_usable_password) else {
        return Ok(());
    };
    let token = app
        .auth
        .engine()
        .password_reset(now, &SystemRandomness, &user.state, LIFETIME)
        .map_err(|error| error.to_string())?;
    let event = json!({
        "event": "password_reset",
        "user_id": user.state.id,
        "username": user.username,
        "token": token,
        "expires_in": LIFETIME.as_secs(),
    });
    hook.call(&event, now.seconds()).await.map_err(|error| error.to_string())?;
    tracing::info!(user = %user.state.id, "a password reset was brought to its user");
    Ok(())
}

/// Sets the password by a token, once, and ends all of the user's sessions.
pub(super) async fn confirm(
    State((app, _)): State<(App, Hooked)>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Failure> {
    let (now, address) = (app.auth.now(), address(&app, &extensions, &headers));
    count(&app, now, "password_reset_confirm", None, address).await?;
    let Confirmed { token, new_password } = read(&headers, &body)?;
    let new_password = body::new_password(&new_password)?;
    let engine = app.auth.engine();
    let reset = engine.read_password_reset(now, token.as_str()).map_err(Failure::endpoint)?;
    let change = app.rows().reset_password(&engine, &reset, new_password, now);
    let is_set = app.auth.store().changing_user(reset.user_id(), change).await;
    let is_set = is_set.map_err(Failure::of_store(Place::Endpoint))?;
    if !is_set {
        return Err(Failure::endpoint(Refusal::InvalidToken)
            .with_detail("The token was used, or the password has changed since it was made."));
    }
    tracing::info!(user = %reset.user_id(), "a password was reset");
    Ok(StatusCode::NO_CONTENT)
}
