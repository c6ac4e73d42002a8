use std::any::TypeId;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use tegata::{AccessClaims, Refusal, UserId};

use super::NoClaims;
use crate::guard::Admitted;
use crate::{Failure, Guard, User};

/// Who sends a request, by its access token: what the site's check does not look at is not loaded.
///
/// Where the rows of user and session are wanted, see [`crate::Authed`].
///
/// ```
/// use tegata_axum::Caller;
///
/// async fn whose(caller: Caller) -> String {
///     caller.user_id().to_string()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Caller<C = NoClaims> {
    /// The site's own claims.
    pub custom: C,
    claims: AccessClaims,
    guard: Guard,
}

impl<C> Caller<C> {
    /// The claims of the token.
    #[must_use]
    pub fn claims(&self) -> &AccessClaims {
        &self.claims
    }

    /// Whose token it is.
    #[must_use]
    pub fn user_id(&self) -> &UserId {
        self.claims.user_id()
    }

    /// The user's row, looked up now.
    ///
    /// # Errors
    /// [`Refusal::InvalidUser`] if there is none, or [`Refusal::ServiceUnavailable`].
    pub async fn account(&self) -> Result<User, Failure> {
        self.guard.account(self.user_id()).await
    }
}

impl<S, C> FromRequestParts<S> for Caller<C>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    C: DeserializeOwned + 'static,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let guard = Guard::from_ref(state);
        let Admitted { claims, .. } = guard.admit(parts).await?;
        let custom = custom(&claims).map_err(guard.challenging())?;
        Ok(Self { custom, claims, guard })
    }
}

impl<S, C> OptionalFromRequestParts<S> for Caller<C>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    C: DeserializeOwned + 'static,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Failure> {
        let caller = <Self as FromRequestParts<S>>::from_request_parts(parts, state).await;
        if_any(caller)
    }
}

/// The site's own claims of a token; one that does not have them is not for this route.
pub(super) fn custom<C: DeserializeOwned + 'static>(claims: &AccessClaims) -> Result<C, Failure> {
    let custom = if TypeId::of::<C>() == TypeId::of::<NoClaims>() {
        // Nobody has to wait for the reading of what nobody asked for.
        C::deserialize(MapDeserializer::new(std::iter::empty::<((), ())>()))
    } else {
        claims.parse()
    };
    custom.map_err(|_: serde_json::Error| Failure::gate(Refusal::InvalidToken))
}

/// Nobody, where no token came; what came and is not good is refused.
pub(super) fn if_any<T>(caller: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match caller {
        Err(failure) if failure.refusal() == Refusal::MissingToken => Ok(None),
        caller => caller.map(Some),
    }
}
