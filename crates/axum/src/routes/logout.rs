//! `POST logout/`, `POST logout/all/` and `POST logout/others/`.

use tegata::host::HostError;
use tegata::{EndReason, Ending, Place, host};

use super::call::{Call, Outcome, Refused, Reply};
use crate::bodies::LogoutSchema;
use crate::transport::{self, LogoutTokens};
use crate::{Failure, UserStore};

/// Ends the session of the access token, of the refresh token in the body, or both.
///
/// An expired or replaced refresh token will do, and logging out twice is no mistake. Cookies are
/// cleared, whatever they were worth.
pub(crate) async fn log_out<S: UserStore>(mut call: Call<S>) -> Outcome {
    let body = call.json::<LogoutSchema>()?;
    let given = body.and_then(|body| body.refresh_token).map(|token| token.as_str().to_owned());
    let LogoutTokens { access, refresh, is_cookie } =
        transport::logout(call.site(), &call.parts, given)?;
    let tenant = call.tenant()?;
    let place = if refresh.is_none() { Place::Gate } else { Place::Endpoint };
    let access = access.as_deref().map_err(|refusal| *refusal);
    let end = |refresh| {
        host::log_out(&call.engine, call.store(), call.now, access, refresh, tenant.as_ref())
    };
    let mut ended = end(refresh.as_deref()).await;
    // A browser keeps what it was once given: one cookie may be good and the other no more.
    if matches!(ended, Err(HostError::Refused(_))) && is_cookie && access.is_ok() {
        ended = end(None).await;
    }
    if let Err(error) = ended {
        let failure = match error {
            HostError::Refused(refusal) => {
                call.require_sessions()?;
                Failure::new(refusal, place)
            }
            error => Failure::of_host(Place::Endpoint)(error),
        };
        return Err(Refused::of_token(failure, is_cookie));
    }
    Ok(Reply::done().clearing(is_cookie))
}

/// Ends all sessions of the caller.
pub(crate) async fn log_out_all<S: UserStore>(mut call: Call<S>) -> Outcome {
    let caller = call.admit().await?;
    call.require_sessions()?;
    let all = Ending::User(caller.user_id().clone());
    let _ended = call.end(all, EndReason::LogOutAll).await?;
    tracing::info!(user = %caller.user_id(), "all sessions of a user are ended");
    Ok(Reply::done().clearing(call.ends_with_cookies(&caller)))
}

/// Ends all sessions of the caller but the current one.
pub(crate) async fn log_out_others<S: UserStore>(mut call: Call<S>) -> Outcome {
    let caller = call.admit().await?;
    call.require_sessions()?;
    let except = caller.claims.session_id().clone();
    let others = Ending::Others { user: caller.user_id().clone(), except };
    let _ended = call.end(others, EndReason::LogOutOthers).await?;
    tracing::info!(user = %caller.user_id(), "all other sessions of a user are ended");
    Ok(Reply::done())
}
