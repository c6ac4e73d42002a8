//! `POST token/`: the password form of OAuth 2.0, for Swagger's login form.

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse as _;
use serde::Serialize;
use tegata::{Refusal, Scopes};
use zeroize::Zeroizing;

use super::call::{Call, Outcome, Reply, with_status};
use super::{login, login_flow};
use crate::bodies::{OAuth2ErrorSchema, OAuth2TokenSchema};
use crate::{Failure, UserStore};

const NOT_ACCEPTED: &str = "The credentials were not accepted.";
const ASKS_MORE: &str = "This account needs more than a password; log in at `login/`.";
const BAD_FORM: &str = "The form must have `username` and `password`.";

/// As `login/` takes them.
#[derive(Serialize)]
struct Credentials<'a> {
    username: &'a str,
    password: &'a str,
}

/// Logs in by the resource owner password form (RFC 6749 section 4.3).
///
/// Errors are those of RFC 6749 section 5.2. It sets no cookies, so a form on another site that
/// posts here gains nothing. With a `scope`, the tokens of the session never cover more; the answer
/// says what is granted.
pub(crate) async fn token<S: UserStore>(mut call: Call<S>) -> Outcome {
    let Ok(form) = call.form() else { return Ok(error("invalid_request", BAD_FORM)) };
    let field = |name: &str| form.iter().rev().find(|(of, _)| of == name).map(|(_, value)| value);
    if field("grant_type").is_some_and(|kind| **kind != "password") {
        return Ok(error("unsupported_grant_type", "The grant type must be `password`."));
    }
    let text = |name: &str| field(name).map_or("", |value| value);
    let credentials = Credentials { username: text("username"), password: text("password") };
    let body = Zeroizing::new(serde_json::to_vec(&credentials).unwrap_or_default());
    let Ok(attempt) = login::read(&call, &body) else {
        return Ok(error("invalid_request", BAD_FORM));
    };
    let scopes = match text("scope") {
        "" => None,
        scope => match known(&call, scope) {
            Some(scopes) => Some(scopes),
            None => {
                return Ok(error("invalid_scope", "The scope has a name that is not known here."));
            }
        },
    };
    let request = call.login_request()?;
    let user = match login::authenticated(&call, &request, attempt).await {
        Err(failure) if failure.refusal() == Refusal::RateLimited => {
            return Ok(rate_limited(&failure));
        }
        user => user?,
    };
    let Some(user) = user else {
        tracing::info!(code = Refusal::InvalidCredentials.code(), "an auth route refuses");
        return Ok(error("invalid_grant", NOT_ACCEPTED));
    };
    match login_flow::at_once(&call, &request, &user, scopes).await {
        Ok(Some(tokens)) => Ok(Reply::json(OAuth2TokenSchema::from(tokens))),
        Ok(None) => Ok(error("invalid_grant", ASKS_MORE)),
        Err(failure) if failure.status().is_server_error() => Err(failure.into()),
        Err(failure) if failure.refusal() == Refusal::InsufficientScope => {
            Ok(error("invalid_scope", "The user is given nothing of that scope."))
        }
        // By a login step, which may have words of its own; here there is a closed list of them.
        Err(_) => Ok(error("invalid_grant", NOT_ACCEPTED)),
    }
}

/// The names of a scope; `None` if one is not known here.
fn known<S: UserStore>(call: &Call<S>, scope: &str) -> Option<Scopes> {
    let scopes: Scopes = scope.parse().ok()?;
    let is_known = scopes.iter().all(|name| call.site().knows_scope(name));
    is_known.then_some(scopes)
}

/// The throttle's refusal, in the shape of RFC 6749 section 5.2; that has no code for it.
fn rate_limited(failure: &Failure) -> Reply {
    let error_description = failure.detail().to_owned();
    let error = failure.refusal().code();
    let body = OAuth2ErrorSchema { error, error_description };
    let mut response = (failure.status(), Json(body)).into_response();
    if let Some(seconds) = failure.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Reply::of(response)
}

fn error(error: &'static str, description: &str) -> Reply {
    let error_description = description.to_owned();
    with_status(StatusCode::BAD_REQUEST, OAuth2ErrorSchema { error, error_description })
}
