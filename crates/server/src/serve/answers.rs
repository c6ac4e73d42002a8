//! What the server itself answers, in the shape of all refusals.

use std::any::Any;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::Limited;
use percent_encoding::percent_decode_str;
use serde_json::json;
use tegata::Refusal;
use tegata_axum::Failure;

use super::limits::Limits;

fn answer(status: StatusCode, code: &str, detail: &str) -> Response {
    let body = Json(json!({"error_code": code, "detail": detail}));
    let no_store = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, no_store, body).into_response()
}

/// There is nothing at this path.
pub(crate) async fn not_found() -> Response {
    answer(StatusCode::NOT_FOUND, "not_found", "There is nothing at this path.")
}

/// Gives what axum itself answers the body of the others: to methods that a path does not take, and
/// to bodies that cannot be read.
pub(crate) async fn with_body(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let is_text = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let mut dressed =
            answer(status, "method_not_allowed", "This path does not take this method.");
        if let Some(allowed) = response.headers().get(ALLOW) {
            dressed.headers_mut().insert(ALLOW, allowed.clone());
        }
        dressed
    } else if status.is_client_error() && is_text {
        answer(status, "invalid_request", "The request cannot be read.")
    } else {
        response
    }
}

/// What a panic has left of a request. What it said is in the log, and nowhere else.
#[expect(clippy::needless_pass_by_value, reason = "as tower-http hands it over")]
pub(crate) fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let cause = cause
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(%cause, "a request panicked");
    let detail = "Something went wrong on the server; its log says what.";
    answer(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", detail)
}

/// Turns away what no route can read, before any looks at it.
pub(crate) async fn refuse_unreadable(
    State(limits): State<Arc<Limits>>,
    request: Request,
    next: Next,
) -> Response {
    if percent_decode_str(request.uri().path()).decode_utf8().is_err() {
        return answer(StatusCode::BAD_REQUEST, "invalid_request", "The path is not UTF-8.");
    }
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    if length > limits.body_bytes as u64 {
        let detail = format!("The body is longer than {} bytes.", limits.body_bytes);
        return answer(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", &detail);
    }
    // One that does not say how long it is is cut off where it gets too long.
    let request = request.map(|body| Body::new(Limited::new(body, limits.body_bytes)));
    next.run(request).await
}

/// Gives up on a request that takes too long, be it that its body does not come or that the
/// database does not answer.
pub(crate) async fn in_time(
    State(limits): State<Arc<Limits>>,
    request: Request,
    next: Next,
) -> Response {
    if let Ok(response) = tokio::time::timeout(limits.request, next.run(request)).await {
        return response;
    }
    tracing::warn!("a request took too long and was given up");
    Failure::endpoint(Refusal::ServiceUnavailable)
        .with_detail("The request took too long; try again.")
        .into_response()
}
