//! `POST signup/`: an account for whoever the site's program lets in.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tegata::{Place, Refusal};
use tegata_axum::Failure;
use tegata_axum::bodies::Secret;
use tegata_sqlx::{CreateUserError, NewUser, normalized_username};

use super::body::{invalid, new_password, read};
use super::{App, HookError, Hooked, address, count};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignUp {
    username: String,
    password: Secret,
    #[serde(default)]
    email: String,
}

/// Asks the hook, makes the account, and says what it is called. It is not logged in by that.
pub(super) async fn sign_up(
    State((app, hook)): State<(App, Hooked)>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let (now, address) = (app.auth.now(), address(&app, &extensions, &headers));
    // By address alone: everybody names another account.
    count(&app, now, "sign_up", None, address).await?;
    let SignUp { username, password, email } = read(&headers, &body)?;
    // As it will be stored: the hook must not let in one name and see another made.
    let username = normalized_username(&username);
    let password = new_password(&password)?;
    let is_long = username.chars().count() > 1024 || email.chars().count() > 254;
    if is_long || username.trim() != username {
        return Err(invalid("The username or the address is too long, or begins with a blank."));
    }
    let event = json!({
        "event": "sign_up",
        "username": username,
        "email": email,
        "ip_address": address,
    });
    match hook.call(&event, now.seconds()).await {
        Ok(()) => {}
        Err(HookError::Refused) => return Err(invalid("The site does not take this sign-up.")),
        Err(error) => {
            tracing::error!(%error, "a sign-up was not made");
            return Err(Failure::endpoint(Refusal::ServiceUnavailable)
                .with_detail("Nobody can sign up now; try again later."));
        }
    }
    let user = NewUser { username: &username, password: Some(password), email: &email };
    match app.rows().create_user(user, now).await {
        Ok(user) => {
            tracing::info!(user = %user.id, "somebody has signed up");
            Ok((StatusCode::CREATED, Json(json!({"username": username}))).into_response())
        }
        Err(CreateUserError::Taken) => Err(invalid("The username is taken.")),
        Err(CreateUserError::Invalid { .. }) => Err(invalid(
            "The username or the address is empty, too long, or holds a character that cannot be \
             stored.",
        )),
        Err(CreateUserError::Store(error)) => Err(Failure::of_store(Place::Endpoint)(error)),
        Err(error @ CreateUserError::Columns { .. }) => {
            tracing::error!(%error, "nobody can sign up");
            Err(Failure::endpoint(Refusal::ServiceUnavailable))
        }
    }
}
