//! The public keys, and what others may know of the issuer.

mod published;

use std::time::Duration;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tegata::{Issuer, MetadataPaths, Place, Scopes};

use crate::{Auth, Failure};
use published::published;

const JWKS: &str = "/.well-known/jwks.json";
const METADATA: &str = "/.well-known/oauth-authorization-server";
const HOUR: Duration = Duration::from_hours(1);

/// The routes of `/.well-known/`: the public keys (RFC 7517), and the metadata of the issuer (RFC
/// 8414) where its name is an https URL.
///
/// ```
/// use tegata::{Algorithm, Engine, Key, KeySet, MemoryStore, Policy};
/// use tegata_axum::{Auth, WellKnown};
///
/// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// let issuer = "https://auth.example.org".to_owned();
/// let engine = Engine::new(Policy { issuer, ..Policy::default() }, keys)?;
/// let auth = Auth::new(engine, MemoryStore::default());
/// let published = WellKnown::new(auth).with_introspection("/oauth/introspect");
/// let app: axum::Router = axum::Router::new().merge(published.router());
/// # let _ = app;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct WellKnown<S> {
    auth: Auth<S>,
    max_age: Duration,
    token: Option<String>,
    introspection: Option<String>,
    revocation: Option<String>,
    scopes: Option<Scopes>,
}

impl<S> Clone for WellKnown<S> {
    fn clone(&self) -> Self {
        Self {
            auth: self.auth.clone(),
            max_age: self.max_age,
            token: self.token.clone(),
            introspection: self.introspection.clone(),
            revocation: self.revocation.clone(),
            scopes: self.scopes.clone(),
        }
    }
}

impl<S> WellKnown<S> {
    /// Of the keys and the issuer of `auth`, kept by others for an hour.
    #[must_use]
    pub fn new(auth: Auth<S>) -> Self {
        Self {
            auth,
            max_age: HOUR,
            token: None,
            introspection: None,
            revocation: None,
            scopes: None,
        }
    }

    /// How long others may keep a copy, in whole seconds: no longer than a new key is published
    /// before it signs.
    #[must_use]
    pub fn with_max_age(self, max_age: Duration) -> Self {
        Self { max_age, ..self }
    }

    /// The path of the password form of OAuth 2.0, where there is one.
    #[must_use]
    pub fn with_token(self, path: impl Into<String>) -> Self {
        Self { token: Some(path.into()), ..self }
    }

    /// The path of [`crate::IntrospectionRoute`].
    #[must_use]
    pub fn with_introspection(self, path: impl Into<String>) -> Self {
        Self { introspection: Some(path.into()), ..self }
    }

    /// The path of [`crate::RevocationRoute`].
    #[must_use]
    pub fn with_revocation(self, path: impl Into<String>) -> Self {
        Self { revocation: Some(path.into()), ..self }
    }

    /// The scopes that the site knows.
    #[must_use]
    pub fn with_scopes(self, scopes: Scopes) -> Self {
        Self { scopes: Some(scopes).filter(|scopes| !scopes.is_empty()), ..self }
    }

    fn paths(&self) -> MetadataPaths<'_> {
        MetadataPaths {
            jwks: JWKS,
            token: self.token.as_deref(),
            introspection: self.introspection.as_deref(),
            revocation: self.revocation.as_deref(),
        }
    }
}

impl<S: Send + Sync + 'static> WellKnown<S> {
    /// The routes, to be merged at the root: others look nowhere else.
    pub fn router(self) -> Router {
        Router::new()
            .route(JWKS, get(jwks::<S>))
            .route(METADATA, get(metadata::<S>))
            .route(&format!("{METADATA}/"), get(metadata::<S>))
            .route(&format!("{METADATA}/{{*issuer_path}}"), get(metadata::<S>))
            .with_state(self)
    }
}

async fn jwks<S: Send + Sync>(State(site): State<WellKnown<S>>, asked: HeaderMap) -> Response {
    match site.auth.engine().keys_at(site.auth.now()).to_jwks() {
        // RFC 7517 section 8.5.2.
        Ok(text) => published(&asked, text, "application/jwk-set+json", site.max_age),
        Err(error) => Failure::of_store(Place::Endpoint)(error).into_response(),
    }
}

async fn metadata<S: Send + Sync>(
    State(site): State<WellKnown<S>>,
    uri: Uri,
    asked: HeaderMap,
) -> Response {
    let engine = site.auth.engine();
    let issuer = match engine.policy().issuer.parse::<Issuer>() {
        Ok(issuer) => issuer,
        Err(error) => {
            return nothing_here(&format!(
                "This site's tokens name an issuer that has no metadata: {error}. RFC 8414 asks \
                 for an https URL without a query."
            ));
        }
    };
    let own = issuer.metadata_path();
    if !percent_decode_str(uri.path()).eq(percent_decode_str(&own)) {
        return nothing_here(&format!(
            "There is no such issuer here. The metadata of the one that there is stands at {own} \
             (RFC 8414 section 3.1)."
        ));
    }
    let text = issuer.metadata(site.paths(), site.scopes.as_ref());
    published(&asked, text, "application/json", site.max_age)
}

fn nothing_here(why: &str) -> Response {
    let body = Json(json!({ "detail": why }));
    (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-store")], body).into_response()
}
