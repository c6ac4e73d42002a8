//! `GET sessions/` and `DELETE sessions/{id}/`.

use std::collections::HashMap;

use axum::extract::{FromRequestParts as _, RawPathParams};
use serde_json::Value;
use tegata::{EndReason, Ending, Place, Refusal, Session, SessionId};

use super::call::{Call, Outcome, Reply};
use crate::bodies::{SessionSchema, utc};
use crate::options::Site;
use crate::{Failure, UserStore};

/// Lists the caller's active sessions, the newest first; the current one is marked.
pub(crate) async fn list_sessions<S: UserStore>(mut call: Call<S>) -> Outcome {
    let caller = call.admit().await?;
    if call.require_sessions().is_err() {
        return Ok(Reply::json([(); 0]));
    }
    let failed = Failure::of_store::<S::Error>(Place::Endpoint);
    let since = call.engine.policy().live_since(call.now);
    let sessions = call.store().list(caller.user_id(), &since).await.map_err(&failed)?;
    let mut locations = call.store().locations(caller.user_id()).await.map_err(&failed)?;
    let current = caller.claims.session_id();
    let shown =
        sessions.into_iter().map(|session| shown(call.site(), session, &mut locations, current));
    Ok(Reply::json(shown.collect::<Vec<_>>()))
}

fn shown(
    site: &Site,
    session: Session,
    locations: &mut HashMap<SessionId, Value>,
    current: &SessionId,
) -> SessionSchema {
    let user_agent = session.device.user_agent;
    SessionSchema {
        created_at: utc(session.created_at),
        last_activity_at: utc(session.updated_at),
        ip_address: session.device.ip_address.map(|address| address.to_string()),
        device: (site.hooks.device_name)(&user_agent),
        user_agent: Some(user_agent).filter(|name| !name.is_empty()),
        location: locations.remove(&session.id),
        is_current: session.id == *current,
        id: session.id.to_string(),
    }
}

/// Ends one of the caller's sessions.
pub(crate) async fn end_session<S: UserStore>(mut call: Call<S>) -> Outcome {
    let caller = call.admit().await?;
    call.require_sessions()?;
    let not_found = || Failure::new(Refusal::SessionNotFound, Place::Resource);
    let session = named(&mut call).await.ok_or_else(not_found)?;
    let is_current = session == *caller.claims.session_id();
    let own = Ending::Own { user: caller.user_id().clone(), session: session.clone() };
    if call.end(own, EndReason::EndedByOwner).await?.count() == 0 {
        return Err(not_found().into());
    }
    tracing::info!(user = %caller.user_id(), %session, "a session is ended by its owner");
    Ok(Reply::done().clearing(is_current && call.ends_with_cookies(&caller)))
}

/// The session of the path; `None` for what cannot be one, in UTF-8 or not.
async fn named<S: UserStore>(call: &mut Call<S>) -> Option<SessionId> {
    let parameters = RawPathParams::from_request_parts(&mut call.parts, &()).await.ok()?;
    // The last one: the router may be nested below a path with others.
    let (_, id) = parameters.iter().last()?;
    id.parse().ok()
}
