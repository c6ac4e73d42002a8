use std::fmt;
use std::time::Duration;

use axum::Json;
use axum::http::header::{ALLOW, CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why an endpoint for registered clients says no (RFC 6749 section 5.2, RFC 7009 section 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OAuthError {
    /// The form is not what the endpoint takes.
    InvalidRequest(&'static str),
    /// Not a registered client, or not its secret; which of them is not said.
    InvalidClient,
    /// The token cannot be ended.
    UnsupportedTokenType,
    /// The form is longer than any token.
    TooLarge,
    /// Another method than POST.
    WrongMethod,
    /// Too many attempts; when to try again.
    Throttled(Duration),
    /// The database cannot answer.
    Unavailable,
}

#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: &'static str,
}

impl OAuthError {
    /// A store that cannot answer, with the cause in the log.
    pub(crate) fn of_store(error: &impl fmt::Display) -> Self {
        tracing::error!(%error, "the session store failed");
        Self::Unavailable
    }

    fn told(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::InvalidRequest(why) => (StatusCode::BAD_REQUEST, "invalid_request", why),
            Self::InvalidClient => (
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "The client is not registered, or its secret is another one.",
            ),
            Self::UnsupportedTokenType => (
                StatusCode::BAD_REQUEST,
                "unsupported_token_type",
                "No session stands behind tokens of this kind, so none can be ended.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "invalid_request",
                "The form is longer than any token.",
            ),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "invalid_request",
                "Send a form by POST; a token in an address ends up in logs.",
            ),
            Self::Throttled(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too many attempts; try again later.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The database cannot answer now; try again.",
            ),
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let (status, error, error_description) = self.told();
        let mut response = (status, Json(Body { error, error_description })).into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        match self {
            Self::InvalidClient => {
                let challenge = "Basic realm=\"tegata\", charset=\"UTF-8\"";
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            }
            Self::WrongMethod => {
                headers.insert(ALLOW, HeaderValue::from_static("POST"));
            }
            Self::Throttled(wait) => {
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
            }
            _ => {}
        }
        response
    }
}
