use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use tegata::{ExternalClaims, Requirement, bearer_token};

use super::RemoteIssuers;
use crate::request::authorization;
use crate::{Failure, clock};

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
        self.0.require(clock::now(), requirement).map_err(|refusal| {
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
        let header = authorization(parts);
        let token = bearer_token(header.as_deref()).map_err(Failure::gate)?;
        let issuers = RemoteIssuers::from_ref(state);
        issuers.verify(clock::now(), token).await.map(Self)
    }
}
