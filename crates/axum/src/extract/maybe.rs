use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::{Authed, NoClaims};
use crate::{Failure, Guard};

/// [`Authed`], or nobody where no token came. A token that came and is not good is refused.
///
/// ```
/// use tegata_axum::MaybeAuthed;
///
/// async fn greeting(MaybeAuthed(caller): MaybeAuthed) -> String {
///     caller.map_or("Hello!".to_owned(), |caller| format!("Hello, {}!", caller.user.id))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct MaybeAuthed<C = NoClaims>(pub Option<Authed<C>>);

impl<S, C> FromRequestParts<S> for MaybeAuthed<C>
where
    S: Send + Sync,
    Guard: FromRef<S>,
    C: DeserializeOwned + 'static,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        <Authed<C> as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await.map(Self)
    }
}
