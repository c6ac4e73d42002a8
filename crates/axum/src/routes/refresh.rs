//! `POST refresh/`.

use tegata::{Place, Refusal, Session, SystemRandomness, UserState, host};

use super::call::{Call, Outcome, Refused, Reply};
use crate::bodies::RefreshTokenSchema;
use crate::transport::{self, Found};
use crate::{Failure, UserStore, spans};

/// Gives the next tokens. The answer may be asked for again if it was lost.
///
/// By a cookie, they go into cookies; if the session is over, those are cleared.
pub(crate) async fn refresh<S: UserStore>(mut call: Call<S>) -> Outcome {
    let body = call.json::<RefreshTokenSchema>()?;
    let has_body = body.is_some();
    let given = body.and_then(|body| body.refresh_token).map(|token| token.as_str().to_owned());
    let Found { token, is_cookie } = transport::refresh(call.site(), &call.parts, given, has_body)?;
    let refused = |failure| Refused::of_token(failure, is_cookie);
    let tenant = call.tenant()?;
    let claims = call.engine.read_refresh(call.now, &token, tenant.as_ref());

    // A good token for its session, whoever else is at its address, and others for that.
    let session = claims.as_ref().ok().map(|claims| claims.session_id());
    let address = call.site().client_address(&call.parts);
    call.site().limits.refresh(call.now, session, address).await?;

    let claims = claims.map_err(|unread| refused(Failure::endpoint(unread.refusal)))?;
    let (user, session) = (claims.user_id(), claims.session_id());
    spans::identify(user, session);
    let custom =
        |user: UserState, session: Option<Session>| call.site().custom_claims(user, session);
    let (engine, store, random) = (&call.engine, call.store(), &SystemRandomness);
    let refreshed = host::refresh_by(engine, store, call.now, random, &claims, custom).await;
    let tokens = refreshed.map_err(Failure::of_host(Place::Endpoint)).map_err(|failure| {
        if failure.refusal() == Refusal::TokenReuseDetected {
            tracing::warn!(%user, %session, "a refresh token was used twice: its session is ended");
        }
        refused(failure)
    })?;
    tracing::info!(%user, %session, "a session is refreshed");
    Ok(Reply::tokens(call.site(), tokens, is_cookie))
}
