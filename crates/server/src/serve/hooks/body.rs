//! Reading a body, and what a new password must be.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use tegata::Refusal;
use tegata_axum::Failure;
use tegata_axum::bodies::Secret;

// NIST SP 800-63B section 5.1.1.2, which has no rules of composition.
const SHORTEST_PASSWORD: usize = 8;
const LONGEST_PASSWORD: usize = 4096;

/// A password, if it will do for a new one.
pub(super) fn new_password(secret: &Secret) -> Result<&str, Failure> {
    let password = secret.as_str();
    let length = password.chars().count();
    if password.contains('\0') || !(SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&length) {
        return Err(invalid("The password must have 8 to 4096 characters, none of them NUL."));
    }
    Ok(password)
}

/// The JSON object of a request.
pub(super) fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, Failure> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Failure::endpoint(Refusal::UnsupportedMediaType));
    }
    // What serde says may quote the body.
    serde_json::from_slice(body).map_err(|_| Failure::endpoint(Refusal::InvalidRequest))
}

pub(super) fn invalid(detail: &'static str) -> Failure {
    Failure::endpoint(Refusal::InvalidRequest).with_detail(detail)
}
