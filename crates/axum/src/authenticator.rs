//! Who is logging in.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tegata::{Place, UserState};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::bodies::{self, LoginSchema};
use crate::openapi::Components;
use crate::{Auth, Failure, LoginRequest, UserStore};

/// Says who is logging in, by a body of its own.
///
/// A type of the body should hide what is secret in its `Debug`, and free it zeroed.
///
/// ```
/// use serde::Deserialize;
/// use tegata::UserState;
/// use tegata_axum::bodies::Secret;
/// use tegata_axum::{Authenticator, Failure, LoginRequest, MemoryUsers, UserStore};
/// use utoipa::ToSchema;
///
/// #[derive(Deserialize, ToSchema)]
/// struct ByEmail {
///     email: String,
///     password: Secret,
/// }
///
/// struct EmailLogin;
///
/// impl Authenticator<MemoryUsers> for EmailLogin {
///     type Body = ByEmail;
///
///     fn account<'b>(&self, body: &'b ByEmail) -> Option<&'b str> {
///         Some(&body.email)
///     }
///
///     async fn authenticate(
///         &self,
///         users: &MemoryUsers,
///         _request: &LoginRequest,
///         body: ByEmail,
///     ) -> Result<Option<UserState>, Failure> {
///         let found = users.authenticate(&body.email, body.password.as_str()).await;
///         found.map_err(Failure::of_store(tegata::Place::Endpoint))
///     }
/// }
/// ```
pub trait Authenticator<S>: Send + Sync + 'static {
    /// What the body of `login/` must be; its schema is in the OpenAPI document.
    type Body: DeserializeOwned + ToSchema + Send + 'static;

    /// The account that the body names, by which attempts are counted.
    fn account<'b>(&self, body: &'b Self::Body) -> Option<&'b str>;

    /// The user who may log in; `None` if the credentials are not accepted.
    ///
    /// # Errors
    /// A refusal of the site's own, which goes out as it is.
    fn authenticate(
        &self,
        store: &S,
        request: &LoginRequest,
        body: Self::Body,
    ) -> impl Future<Output = Result<Option<UserState>, Failure>> + Send;
}

/// The default: a user of the store by name and password.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByPassword;

impl<S: UserStore> Authenticator<S> for ByPassword {
    type Body = LoginSchema;

    fn account<'b>(&self, body: &'b LoginSchema) -> Option<&'b str> {
        Some(&body.username)
    }

    async fn authenticate(
        &self,
        store: &S,
        _request: &LoginRequest,
        body: LoginSchema,
    ) -> Result<Option<UserState>, Failure> {
        let found = store.authenticate(&body.username, body.password.as_str()).await;
        found.map_err(Failure::of_store(Place::Endpoint))
    }
}

/// A body that was read: a login that can be tried once.
pub(crate) struct Attempt<S> {
    pub(crate) account: Option<String>,
    attempt: Box<dyn FnOnce(Auth<S>, LoginRequest) -> Trying + Send>,
}

type Trying = Pin<Box<dyn Future<Output = Result<Option<UserState>, Failure>> + Send>>;

impl<S> Attempt<S> {
    pub(crate) async fn user(
        self,
        auth: &Auth<S>,
        request: &LoginRequest,
    ) -> Result<Option<UserState>, Failure> {
        (self.attempt)(auth.clone(), request.clone()).await
    }
}

/// An [`Authenticator`] of any body.
pub(crate) trait AnyAuthenticator<S>: Send + Sync {
    /// What its body is, in a document with these components.
    fn schema(&self, components: &mut Components) -> RefOr<Schema>;

    fn read(self: Arc<Self>, body: &[u8]) -> Result<Attempt<S>, Failure>;
}

impl<S: UserStore, A: Authenticator<S>> AnyAuthenticator<S> for A {
    fn schema(&self, components: &mut Components) -> RefOr<Schema> {
        components.inline::<A::Body>()
    }

    fn read(self: Arc<Self>, body: &[u8]) -> Result<Attempt<S>, Failure> {
        let body: A::Body = bodies::read(body)?;
        let account = self.account(&body).map(str::to_owned);
        let attempt = Box::new(move |auth: Auth<S>, request: LoginRequest| -> Trying {
            Box::pin(async move { self.authenticate(auth.store(), &request, body).await })
        });
        Ok(Attempt { account, attempt })
    }
}
