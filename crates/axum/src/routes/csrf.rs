//! `GET csrf/`.

use axum::Json;
use axum::response::IntoResponse as _;
use tegata::{Refusal, SystemRandomness};

use super::call::{Call, Outcome, Reply};
use crate::bodies::CsrfTokenSchema;
use crate::{Failure, UserStore, cookies, csrf};

/// Gives a page the token that it sends along with whatever it changes, and sets the cookie that
/// belongs to it. The token stays good after a login.
pub(crate) async fn csrf_token<S: UserStore>(call: Call<S>) -> Outcome {
    let issued = csrf::issue(call.site(), &call.parts, &SystemRandomness);
    let (csrf_token, cookie) = issued.map_err(|error| {
        tracing::error!(%error, "no CSRF token could be made");
        Failure::endpoint(Refusal::ServiceUnavailable)
    })?;
    let mut response = Json(CsrfTokenSchema { csrf_token }).into_response();
    cookies::append(response.headers_mut(), &cookie);
    cookies::vary(response.headers_mut());
    Ok(Reply::of(response))
}
