//! From a right password to the tokens, by way of the login steps.

use serde_json::Value;
use tegata::{
    Bounds, ChallengeClient, MintError, Place, Refusal, Scopes, SystemRandomness, Tokens, UserState,
};

use super::call::Call;
use super::location::locate;
use crate::bodies::ChallengeSchema;
use crate::steps::{AnyStep, broken};
use crate::{Ask, Failure, LoginRequest, PendingLogin, StepOutcome, UserStore, spans};

/// What a login has come to.
pub(crate) enum Login {
    Done(Tokens),
    Asked(ChallengeSchema),
}

/// Asks the steps that are left, and opens a session after the last one.
pub(crate) async fn go_on<S: UserStore>(
    call: &Call<S>,
    request: &LoginRequest,
    user: &UserState,
    mut passed: Vec<String>,
) -> Result<Login, Failure> {
    match first_that_asks(call, request, user, &mut passed).await? {
        None => open_session(call, request, user, None).await.map(Login::Done),
        Some((step, ask)) => {
            challenge(call, request, user, passed, step.name(), ask).await.map(Login::Asked)
        }
    }
}

/// As [`go_on`], for a client that cannot be asked: `None` if a step would.
pub(crate) async fn at_once<S: UserStore>(
    call: &Call<S>,
    request: &LoginRequest,
    user: &UserState,
    scopes: Option<Scopes>,
) -> Result<Option<Tokens>, Failure> {
    if first_that_asks(call, request, user, &mut Vec::new()).await?.is_some() {
        return Ok(None);
    }
    open_session(call, request, user, scopes).await.map(Some)
}

/// The next step that asks, if any; `passed` gets the names of those before it.
async fn first_that_asks<'c, S: UserStore>(
    call: &'c Call<S>,
    request: &LoginRequest,
    user: &UserState,
    passed: &mut Vec<String>,
) -> Result<Option<(&'c dyn AnyStep, Ask)>, Failure> {
    for step in &call.auth.inner.options.steps {
        if passed.iter().any(|name| name == step.name()) {
            continue;
        }
        match step.begin(request, user).await? {
            StepOutcome::Ask(ask) => return Ok(Some((&**step, ask))),
            StepOutcome::Refuse => {
                tracing::info!(user = %user.id, step = step.name(), "a login step refuses");
                return Err(Failure::endpoint(Refusal::InvalidCredentials));
            }
            StepOutcome::Pass => passed.push(step.name().to_owned()),
        }
    }
    Ok(None)
}

async fn challenge<S: UserStore>(
    call: &Call<S>,
    request: &LoginRequest,
    user: &UserState,
    passed: Vec<String>,
    step: &str,
    ask: Ask,
) -> Result<ChallengeSchema, Failure> {
    let Ask { mut shown, state } = ask;
    if !state.is_object() && state != Value::Null {
        return Err(broken(step, "what it keeps is no JSON object"));
    }
    let user_agent = request.user_agent();
    let client = ChallengeClient { user_agent: &user_agent, tenant: request.tenant.as_ref() };
    let opened = call
        .engine
        .open_challenge(call.now, &SystemRandomness, user, step, client)
        .map_err(|error| broken(step, &error.to_string()))?;
    let pending = PendingLogin { challenge: opened.row, passed, state };
    let inserted = call.store().insert_challenge(&pending, call.engine.policy()).await;
    inserted.map_err(unless_gone::<S>)?;
    tracing::info!(user = %user.id, step, "a login step asks");
    for name in ["challenge_token", "step", "expires_in"] {
        shown.remove(name);
    }
    Ok(ChallengeSchema {
        shown,
        challenge_token: opened.token.as_str().to_owned(),
        step: step.to_owned(),
        expires_in: opened.expires_in.as_secs(),
    })
}

/// Opens a session; of what the user is granted, its tokens get no more than `scopes`.
async fn open_session<S: UserStore>(
    call: &Call<S>,
    request: &LoginRequest,
    user: &UserState,
    scopes: Option<Scopes>,
) -> Result<Tokens, Failure> {
    let custom = call.site().custom_claims(user.clone(), None).await.map_err(Failure::endpoint)?;
    let bounds = Bounds { tenant: request.tenant.clone(), scopes };
    let (random, device) = (SystemRandomness, request.device(call.site().store_address));
    let opened = call.engine.open_session(call.now, &random, user, device, &bounds, &custom);
    let opened = opened.map_err(|error| match error {
        MintError::NoScope => Failure::endpoint(Refusal::InsufficientScope),
        error => {
            tracing::error!(%error, "no token could be made");
            Failure::endpoint(Refusal::ServiceUnavailable)
        }
    })?;
    if let Some(row) = opened.row {
        let id = row.session.id.clone();
        let location = locate(call.site(), request.client_address).await;
        call.store().insert(row).await.map_err(unless_gone::<S>)?;
        spans::identify(&user.id, &id);
        tracing::info!(user = %user.id, session = %id, "a session is opened");
        if let Some(location) = location
            && let Err(error) = call.store().set_location(&id, &location).await
        {
            tracing::warn!(%error, "the location of a session is not kept");
        }
    }
    if call.site().update_last_login
        && let Err(error) = call.store().note_last_login(&user.id, call.now).await
    {
        tracing::warn!(%error, "the time of a login is not kept");
    }
    Ok(opened.tokens)
}

/// A user who was deleted since the login was accepted is nobody.
fn unless_gone<S: UserStore>(error: S::Error) -> Failure {
    if S::is_user_gone(&error) {
        return Failure::endpoint(Refusal::InvalidCredentials);
    }
    Failure::of_store(Place::Endpoint)(error)
}
