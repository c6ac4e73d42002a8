//! What goes over the wire: bodies, the one header, and refusals in terms of HTTP.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tegata::host::HostError;
use tegata::{Place, Refusal, bearer_token};

pub(crate) type Answer = Result<Json<Value>, Failure>;
pub(crate) type Body<T> = Result<T, JsonRejection>;

#[derive(Deserialize)]
pub(crate) struct LogIn {
    pub(crate) username: String,
    pub(crate) password: String,
}

#[derive(Deserialize)]
pub(crate) struct Refresh {
    pub(crate) refresh_token: String,
}

#[derive(Deserialize)]
pub(crate) struct LogOut {
    pub(crate) refresh_token: Option<String>,
}

/// A refusal and where it is answered.
pub(crate) struct Failure(pub(crate) Refusal, pub(crate) Place);

impl From<JsonRejection> for Failure {
    fn from(rejection: JsonRejection) -> Self {
        let refusal = match rejection {
            JsonRejection::MissingJsonContentType(_) => Refusal::UnsupportedMediaType,
            _ => Refusal::InvalidRequest,
        };
        Self(refusal, Place::Endpoint)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(refusal, place) = self;
        let status = StatusCode::from_u16(refusal.status(place)).expect("the list has statuses");
        let body = json!({"error_code": refusal.code(), "detail": refusal.detail()});
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(refusal.challenge());
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

pub(crate) fn at<E>(place: Place) -> impl Fn(HostError<E>) -> Failure {
    move |error| match error {
        HostError::Refused(refusal) => Failure(refusal, place),
        HostError::Mint(_) | HostError::Store(_) => Failure(Refusal::ServiceUnavailable, place),
    }
}

/// The token of the one `Authorization` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next(), values.next()) else {
        return Err(Refusal::InvalidToken);
    };
    let text = value.map(HeaderValue::to_str).transpose().map_err(|_| Refusal::InvalidToken)?;
    bearer_token(text)
}

pub(crate) async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
