//! Ending the session of a token for registered clients (RFC 7009).

use std::fmt;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tegata::host::{self, HostError};
use tegata::{Refusal, SessionStore, TokenType};
use zeroize::Zeroizing;

use crate::clients::{Form, OAuthError};
use crate::finished::finished;
use crate::{Auth, Client, Clients};

/// The route `POST /revoke`: a registered client ends the session that a token hangs on, and so all
/// tokens of it.
///
/// Who holds a token can log out with it, so a client can do no more than the bearer. A token that
/// is not good, or not any more, is a success (RFC 7009 section 2.2): there is nothing left to end.
///
/// ```
/// use tegata::{Algorithm, Engine, Key, KeySet, MemoryStore, Policy, SystemRandomness};
/// use tegata_axum::{Auth, Client, ClientSecret, Clients, RevocationRoute};
///
/// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// let auth = Auth::new(Engine::new(Policy::default(), keys)?, MemoryStore::default());
/// let secret = ClientSecret::generate(&SystemRandomness)?;
/// let clients = Clients::new([Client::new("orders-api", [secret.digest()])?])?;
/// let app: axum::Router =
///     axum::Router::new().nest("/oauth", RevocationRoute::new(auth, clients).router());
/// # let _ = app;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RevocationRoute<S> {
    auth: Auth<S>,
    clients: Clients,
}

impl<S> Clone for RevocationRoute<S> {
    fn clone(&self) -> Self {
        Self { auth: self.auth.clone(), clients: self.clients.clone() }
    }
}

impl<S> RevocationRoute<S> {
    /// For the tokens of `auth`, ended by these clients.
    #[must_use]
    pub fn new(auth: Auth<S>, clients: Clients) -> Self {
        Self { auth, clients }
    }
}

impl<S> RevocationRoute<S>
where
    S: SessionStore + Send + 'static,
    S::Error: fmt::Display,
{
    /// The route, to be nested where it is to stand.
    pub fn router(self) -> Router {
        let only_post = || async { OAuthError::WrongMethod };
        Router::new().route("/revoke", post(revoke::<S>).fallback(only_post)).with_state(self)
    }

    async fn end(&self, client: &Client, token: &str) -> Result<(), OAuthError> {
        let none = Err(Refusal::MissingToken);
        as_answer(match self.log_out(client, none, Some(token)).await {
            Err(HostError::Refused(Refusal::InvalidTokenType)) => {
                self.log_out(client, Ok(token), None).await
            }
            Err(HostError::Refused(Refusal::InvalidToken)) => self.end_other(client, token).await,
            ended => ended,
        })
    }

    /// As [`RevocationRoute::log_out`], for a token that is neither of a pair: a sliding one, past
    /// its `exp` too, as it can still be refreshed, or one of a type of the site's own.
    async fn end_other(&self, client: &Client, token: &str) -> Result<(), HostError<S::Error>> {
        let (engine, now, tenant) = (self.auth.engine(), self.auth.now(), client.tenant());
        let claims = engine
            .read_typed_undated(now, token, Some(&[TokenType::SLIDING]), tenant)
            .or_else(|_| engine.read_typed(now, token, None, tenant))
            .map_err(|unread| HostError::Refused(unread.refusal))?;
        // A type of the site's own may hang on no session at all.
        let none = |_| HostError::Refused(Refusal::SessionNotFound);
        let end = engine.end_of(now, &claims).map_err(none)?;
        let _ended = self.auth.store().end(&end).await.map_err(HostError::Store)?;
        Ok(())
    }

    async fn log_out(
        &self,
        client: &Client,
        access_token: Result<&str, Refusal>,
        refresh_token: Option<&str>,
    ) -> Result<(), HostError<S::Error>> {
        let (engine, store, now) = (self.auth.engine(), self.auth.store(), self.auth.now());
        host::log_out(&engine, store, now, access_token, refresh_token, client.tenant()).await
    }
}

fn as_answer<E: fmt::Display>(ended: Result<(), HostError<E>>) -> Result<(), OAuthError> {
    match ended {
        // The token is good, and there is no session of it that could end.
        Err(HostError::Refused(Refusal::SessionNotFound)) => Err(OAuthError::UnsupportedTokenType),
        Err(HostError::Refused(Refusal::ServiceUnavailable) | HostError::Mint(_)) => {
            Err(OAuthError::Unavailable)
        }
        Err(HostError::Store(error)) => Err(OAuthError::of_store(&error)),
        Ok(()) | Err(HostError::Refused(_)) => Ok(()),
    }
}

async fn revoke<S>(
    State(route): State<RevocationRoute<S>>,
    request: Request,
) -> Result<Response, OAuthError>
where
    S: SessionStore + Send + 'static,
    S::Error: fmt::Display,
{
    let (parts, body) = request.into_parts();
    let form = Form::read(&parts, body).await?;
    let clients = route.clients.clone();
    let client = clients.authenticate(&parts, &form).await?;
    // A wrong `token_type_hint` is no mistake (RFC 7009 section 2.1); a token says itself what it is.
    let (client, token) = (client.clone(), Zeroizing::new(form.token()?.to_owned()));
    let ended = async move { route.end(&client, &token).await };
    finished(ended).await?;
    let headers = [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];
    Ok((StatusCode::OK, headers).into_response())
}
