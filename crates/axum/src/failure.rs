//! A refusal in terms of HTTP.

use std::borrow::Cow;

use axum::Json;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tegata::host::HostError;
use tegata::{Place, Refusal};

use crate::options::Schemes;

/// Why a request is answered with a no: an entry of the engine's closed list, and where it is said.
///
/// As a response it is `{"error_code": "…", "detail": "…"}` with `Cache-Control: no-store`, a 401
/// with the challenge of RFC 6750 section 3.
///
/// ```
/// use axum::response::IntoResponse;
/// use tegata::{Place, Refusal};
/// use tegata_axum::Failure;
///
/// let response = Failure::new(Refusal::ExpiredToken, Place::Gate).into_response();
/// assert_eq!(response.status(), 401);
/// assert_eq!(response.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    // Boxed, so that the way of those who are let in has little to carry.
    said: Box<Said>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    refusal: Refusal,
    place: Place,
    varies: bool,
    detail: Option<Cow<'static, str>>,
    challenge: Option<String>,
    retry_after: Option<u64>,
    scheme: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    error_code: &'a str,
    detail: &'a str,
}

impl Failure {
    /// A refusal at a place, with the list's own words.
    #[must_use]
    pub fn new(refusal: Refusal, place: Place) -> Self {
        let said = Said {
            refusal,
            place,
            varies: false,
            detail: None,
            challenge: None,
            retry_after: None,
            scheme: None,
        };
        Self { said: Box::new(said) }
    }

    /// At an auth route.
    #[must_use]
    pub fn endpoint(refusal: Refusal) -> Self {
        Self::new(refusal, Place::Endpoint)
    }

    /// At a guarded route.
    #[must_use]
    pub fn gate(refusal: Refusal) -> Self {
        Self::new(refusal, Place::Gate)
    }

    /// The same with other words, which must hold no secret.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.said.detail = Some(detail.into());
        self
    }

    /// The same with another `WWW-Authenticate` than the list's; see [`tegata::Requirement`].
    #[must_use]
    pub fn with_challenge(mut self, challenge: String) -> Self {
        self.said.challenge = Some(challenge);
        self
    }

    /// The same with `Retry-After`, in seconds. [`Refusal::ServiceUnavailable`] says one second
    /// unless told otherwise.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.said.retry_after = Some(seconds);
        self
    }

    /// The same, told to caches as an answer that hangs on the cookies.
    pub(crate) fn varying(mut self) -> Self {
        self.said.varies = true;
        self
    }

    /// The same, with the scheme that clients of the site use in its challenge.
    pub(crate) fn by(mut self, schemes: &Schemes) -> Self {
        if let Some(scheme) = schemes.other_than_bearer() {
            self.said.scheme = Some(scheme.to_owned());
        }
        self
    }

    /// What of a [`tegata::host`] loop failed, said at `place`. A fault of the site or of its
    /// database is `503 service_unavailable`, with the cause in the log.
    pub fn of_host<E: std::fmt::Display>(place: Place) -> impl Fn(HostError<E>) -> Self {
        move |error| match error {
            HostError::Refused(refusal) => Self::new(refusal, place),
            HostError::Mint(error) => {
                tracing::error!(%error, "no token could be made");
                Self::new(Refusal::ServiceUnavailable, place)
            }
            HostError::Store(error) => Self::of_store(place)(error),
        }
    }

    /// A store that cannot answer: `503 service_unavailable`, with the cause in the log.
    pub fn of_store<E: std::fmt::Display>(place: Place) -> impl Fn(E) -> Self {
        move |error| {
            tracing::error!(%error, "the session store failed");
            Self::new(Refusal::ServiceUnavailable, place)
        }
    }

    /// The entry of the closed list.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        self.said.refusal
    }

    /// Its HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.said.refusal.status(self.said.place))
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What it says to a person.
    #[must_use]
    pub fn detail(&self) -> &str {
        self.said.detail.as_deref().unwrap_or_else(|| self.said.refusal.detail())
    }

    /// Seconds until it is worth trying again, if that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.said.retry_after
    }

    fn challenge(&self) -> Option<HeaderValue> {
        let is_unauthorized = self.status() == StatusCode::UNAUTHORIZED;
        let own = is_unauthorized.then(|| self.said.refusal.challenge());
        let challenge = self.said.challenge.as_deref().or(own)?;
        match (&self.said.scheme, challenge.strip_prefix("Bearer")) {
            (Some(scheme), Some(rest)) => HeaderValue::try_from(format!("{scheme}{rest}")).ok(),
            _ => HeaderValue::from_str(challenge).ok(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = Body { error_code: self.said.refusal.code(), detail: self.detail() };
        let mut response = (self.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.said.varies {
            crate::cookies::vary(headers);
        }
        if let Some(challenge) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        let is_outage = self.said.refusal == Refusal::ServiceUnavailable;
        if let Some(seconds) = self.retry_after().or(is_outage.then_some(1)) {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self.said.refusal);
        response
    }
}
