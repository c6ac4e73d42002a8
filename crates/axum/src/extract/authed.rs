use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tegata::{AccessClaims, Session, UserState};

use super::NoClaims;
use super::caller::{custom, if_any};
use crate::{Failure, Guard, User};

/// Who sends a request, let in by its access token, with the rows of user and session.
///
/// Where the site's check looks at no rows, they are loaded for this; [`crate::Caller`] does
/// without. A site that keeps no sessions has none to show, and lets nobody in here.
///
/// ```
/// use serde::Deserialize;
/// use tegata_axum::Authed;
///
/// #[derive(Deserialize)]
/// struct Team {
///     team_id: u64,
/// }
///
/// async fn team(Authed { user, custom: Team { team_id }, .. }: Authed<Team>) -> String {
///     format!("{} is in team {team_id}", user.id)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Authed<C = NoClaims> {
    /// What the user's row says.
    pub user: UserState,
    /// The session's row.
    pub session: Session,
    /// The claims of the token.
    pub claims: AccessClaims,
    /// The site's own claims among them.
    pub custom: C,
    guard: Guard,
}

impl<C> Authed<C> {
    /// What is known of the user besides, looked up now.
    ///
    /// # Errors
    /// [`tegata::Refusal::InvalidUser`] if the user is gone, or
    /// [`tegata::Refusal::ServiceUnavailable`].
    pub async fn account(&self) -> Result<User, Failure> {
        self.guard.account(&self.user.id).await
    }
}

impl<S, C> FromRequestParts<S> for Authed<C>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    C: DeserializeOwned + 'static,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let guard = Guard::from_ref(state);
        let admitted = guard.admit(parts).await?;
        let user = guard.user(&admitted).await?;
        let session = guard.session(&admitted).await?;
        let custom = custom(&admitted.claims).map_err(guard.challenging())?;
        Ok(Self { user, session, claims: admitted.claims, custom, guard })
    }
}

impl<S, C> OptionalFromRequestParts<S> for Authed<C>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    C: DeserializeOwned + 'static,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Failure> {
        let authed = <Self as FromRequestParts<S>>::from_request_parts(parts, state).await;
        if_any(authed)
    }
}
