use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use tegata::{ExternalClaims, Requirement, Timestamp, bearer_token};

use super::RemoteIssuers;
use crate::Failure;

/// A request with a good token of another issuer, in its `Authorization` header: a cookie of this
/// site holds a token of this site.
///
/// ```
/// use axum::{Router, routing::get};
/// use tegata_axum::remote::{External, RemoteIssuers};
///
/// async fn me(External(claims): External) -> String {
///     claims.subject().to_owned()
/// }
///
/// fn app(issuers: RemoteIssuers) -> Router {
///     Router::new().route("/me", get(me)).with_state(issuers)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct External(
    /// What the token says.
    pub ExternalClaims,
);

impl External {
    /// Whether the token covers what a route asks for besides.
    ///
    /// # Errors
    /// `insufficient_scope` (403) or `login_required` (401), with the challenge that says what it
    /// takes.
    pub fn require(&self, requirement: &Requirement) -> Result<(), Failure> {
        self.0.require(now(), requirement).map_err(|refusal| {
            Failure::gate(refusal).with_challenge(requirement.challenge(refusal))
        })
    }
}

impl<S> FromRequestParts<S> for External
where
    RemoteIssuers: FromRef<S>,
    S: Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let header = authorization(&parts.headers);
        let token = bearer_token(header.as_deref()).map_err(Failure::gate)?;
        let issuers = RemoteIssuers::from_ref(state);
        issuers.verify(now(), token).await.map(Self)
    }
}

/// The header; two of them joined, as a server in front would have done, make no good one.
fn authorization(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(AUTHORIZATION).iter();
    let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(0).plus(since_1970)
}
