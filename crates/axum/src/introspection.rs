//! What services of another make are told about a token (RFC 7662).

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tegata::host::{self, HostError};
use tegata::{AnyClaims, Introspection, SessionStore, UserId};

use crate::clients::{Form, OAuthError};
use crate::{Auth, Client, Clients};

type Username = Pin<Box<dyn Future<Output = Option<String>> + Send>>;
type Usernames = Arc<dyn Fn(UserId) -> Username + Send + Sync>;

/// The route `POST /introspect`: a registered client asks whether a token is good now, and what it
/// says.
///
/// A token is checked against the rows, whatever [`tegata::SessionCheck`] says, and an access token
/// counts as used. What is not good is `{"active": false}`, whatever it is.
///
/// ```
/// use tegata::{Algorithm, Engine, Key, KeySet, MemoryStore, Policy, SystemRandomness};
/// use tegata_axum::{Auth, Client, ClientSecret, Clients, IntrospectionRoute};
///
/// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// let auth = Auth::new(Engine::new(Policy::default(), keys)?, MemoryStore::default());
/// let secret = ClientSecret::generate(&SystemRandomness)?;
/// let clients = Clients::new([Client::new("orders-api", [secret.digest()])?])?;
/// let app: axum::Router =
///     axum::Router::new().nest("/oauth", IntrospectionRoute::new(auth, clients).router());
/// # let _ = app;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct IntrospectionRoute<S> {
    auth: Auth<S>,
    clients: Clients,
    usernames: Option<Usernames>,
}

impl<S> Clone for IntrospectionRoute<S> {
    fn clone(&self) -> Self {
        Self {
            auth: self.auth.clone(),
            clients: self.clients.clone(),
            usernames: self.usernames.clone(),
        }
    }
}

impl<S> fmt::Debug for IntrospectionRoute<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IntrospectionRoute")
            .field("clients", &self.clients)
            .finish_non_exhaustive()
    }
}

impl<S> IntrospectionRoute<S> {
    /// For the tokens of `auth`, asked about by these clients.
    #[must_use]
    pub fn new(auth: Auth<S>, clients: Clients) -> Self {
        Self { auth, clients, usernames: None }
    }

    /// The same with `username` in its answers: what people call a user, if there is a name.
    #[must_use]
    pub fn with_usernames<F, N>(self, usernames: F) -> Self
    where
        F: Fn(UserId) -> N + Send + Sync + 'static,
        N: Future<Output = Option<String>> + Send + 'static,
    {
        let usernames: Usernames = Arc::new(move |id| Box::pin(usernames(id)));
        Self { usernames: Some(usernames), ..self }
    }
}

impl<S> IntrospectionRoute<S>
where
    S: SessionStore + Send + 'static,
    S::Error: fmt::Display,
{
    /// The route, to be nested where it is to stand.
    pub fn router(self) -> Router {
        let only_post = || async { OAuthError::WrongMethod };
        Router::new()
            .route("/introspect", post(introspect::<S>).fallback(only_post))
            .with_state(self)
    }

    async fn tell(&self, client: &Client, token: &str) -> Result<Introspection, OAuthError> {
        let (engine, now) = (self.auth.engine(), self.auth.now());
        let read = host::verify(&engine, self.auth.store(), now, token, client.tenant()).await;
        let verdict = match &read {
            Ok(claims) => Ok(claims),
            Err(HostError::Refused(refusal)) => Err(*refusal),
            Err(HostError::Store(error)) => return Err(OAuthError::of_store(error)),
            Err(HostError::Mint(_)) => return Err(OAuthError::Unavailable),
        };
        let username = match (&self.usernames, verdict) {
            (Some(usernames), Ok(claims)) => usernames(user_of(claims).clone()).await,
            _ => None,
        };
        Introspection::of(verdict, client.view(), username.as_deref())
            .map_err(|_| OAuthError::Unavailable)
    }
}

fn user_of(claims: &AnyClaims) -> &UserId {
    match claims {
        AnyClaims::Access(claims) => claims.user_id(),
        AnyClaims::Refresh(claims) => claims.user_id(),
    }
}

async fn introspect<S>(
    State(route): State<IntrospectionRoute<S>>,
    request: Request,
) -> Result<Response, OAuthError>
where
    S: SessionStore + Send + 'static,
    S::Error: fmt::Display,
{
    let (parts, body) = request.into_parts();
    let form = Form::read(&parts, body).await?;
    let client = route.clients.authenticate(&parts, &form).await?;
    // `token_type_hint` saves a search, and there is none: a token says itself what it is.
    let told = route.tell(client, form.token()?).await?;
    let headers =
        [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];
    Ok((headers, told.to_json().to_owned()).into_response())
}
