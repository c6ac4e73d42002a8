//! Whether the server can do its work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::App;

/// `GET /healthz`: 200 if the database answers in time, 503 if not.
pub(crate) async fn healthz(State(app): State<App>) -> Response {
    let asked = tokio::time::timeout(app.limits.health, app.rows().ping()).await;
    let (status, word) = match asked {
        Ok(Ok(())) => (StatusCode::OK, "ok"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "database_unavailable")
        }
        Err(_) => {
            tracing::warn!("the database does not answer in time");
            (StatusCode::SERVICE_UNAVAILABLE, "database_unavailable")
        }
    };
    let no_store = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, no_store, Json(json!({"status": word}))).into_response()
}
