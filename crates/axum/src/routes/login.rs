//! `POST login/`.

use std::sync::Arc;

use axum::http::StatusCode;
use tegata::{Refusal, UserState};
use tracing::Instrument as _;

use super::call::{Call, Outcome, Reply, invalid, with_status};
use super::login_flow::{self, Login};
use crate::authenticator::{AnyAuthenticator, Attempt, ByPassword};
use crate::limits::told;
use crate::{Failure, LoginRequest, UserStore, transport};

/// Opens a session and gives its first pair of tokens, or the challenge of a login step.
pub(crate) async fn log_in<S: UserStore>(mut call: Call<S>) -> Outcome {
    let body = call.json_bytes()?;
    if body.is_empty() {
        return Err(invalid("body: Field required").into());
    }
    let attempt = read(&call, &body)?;
    let by_cookie = transport::login_uses_cookies(call.site(), &call.parts)?;
    let request = call.login_request()?;
    let user = authenticated(&call, &request, attempt).await?;
    let user = user.ok_or_else(|| Failure::endpoint(Refusal::InvalidCredentials))?;
    let login = login_flow::go_on(&call, &request, &user, Vec::new()).await?;
    Ok(reply(&call, login, by_cookie))
}

/// What a login has come to: tokens, or 202.
pub(crate) fn reply<S: UserStore>(call: &Call<S>, login: Login, by_cookie: bool) -> Reply {
    match login {
        Login::Done(tokens) => Reply::tokens(call.site(), tokens, by_cookie),
        Login::Asked(challenge) => with_status(StatusCode::ACCEPTED, challenge),
    }
}

/// The credentials of a body.
pub(crate) fn read<S: UserStore>(call: &Call<S>, body: &[u8]) -> Result<Attempt<S>, Failure> {
    match &call.auth.inner.options.authenticator {
        Some(authenticator) => Arc::clone(authenticator).read(body),
        None => Arc::new(ByPassword).read(body),
    }
}

/// Who it is, if nobody has tried too often; an inactive user is nobody.
pub(crate) async fn authenticated<S: UserStore>(
    call: &Call<S>,
    request: &LoginRequest,
    attempt: Attempt<S>,
) -> Result<Option<UserState>, Failure> {
    let limits = &call.site().limits;
    let account = attempt.account.clone();
    let guess = limits.login(call.now, account.as_deref(), request.client_address).await?;
    let (auth, request) = (call.auth.clone(), request.clone());
    // A client that does not wait for the answer must not leave a guess behind of which nobody says
    // how it went.
    let attempt = async move {
        let user = attempt.user(&auth, &request).await;
        let user = user.map(|user| user.filter(|user| user.is_active));
        told(guess, user.as_ref().map(Option::is_some)).await;
        user
    };
    tokio::spawn(attempt.in_current_span()).await.unwrap_or_else(|error| {
        tracing::error!(%error, "an authenticator failed");
        Err(Failure::endpoint(Refusal::ServiceUnavailable))
    })
}
