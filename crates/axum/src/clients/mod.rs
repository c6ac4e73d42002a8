//! Services that are registered with the site, and how they say who they are.

mod authentication;
mod error;
mod form;
mod secret;
mod throttle;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use tegata::{IntrospectionView, Tenant};
use thiserror::Error;

pub(crate) use error::OAuthError;
pub(crate) use form::{Form, form_decoded};
pub use secret::{ClientSecret, SecretDigest, SecretDigestError};
pub use throttle::{ClientAttempt, ClientThrottle, ThrottleFuture};

const MAX_ID: usize = 255;

/// A service that may ask about tokens and end them.
#[derive(Clone, Debug)]
pub struct Client {
    id: String,
    secrets: Vec<SecretDigest>,
    tenant: Option<Tenant>,
    view: IntrospectionView,
}

/// A client that cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClientError {
    /// Its id.
    #[error(
        "`{0}` is no id of a client: it has 1 to {MAX_ID} letters, digits, hyphens, dots, \
         underscores and tildes"
    )]
    Id(String),
    /// It could never prove itself.
    #[error("the client `{0}` has no secret")]
    NoSecret(String),
    /// Two of one id.
    #[error("the client `{0}` is there twice")]
    Twice(String),
}

impl Client {
    /// A client that is proven by any of the secrets with these digests: one, or while it is changed
    /// the new and the old one. It asks about access tokens that are of no tenant.
    ///
    /// # Errors
    /// [`ClientError::Id`] or [`ClientError::NoSecret`].
    ///
    /// ```
    /// use tegata::SystemRandomness;
    /// use tegata_axum::{Client, ClientSecret};
    ///
    /// let secret = ClientSecret::generate(&SystemRandomness)?;
    /// assert!(Client::new("orders-api", [secret.digest()]).is_ok());
    /// assert!(Client::new("orders api", [secret.digest()]).is_err());
    /// assert!(Client::new("orders-api", []).is_err());
    /// # Ok::<(), tegata::RandomnessError>(())
    /// ```
    pub fn new(
        id: impl Into<String>,
        secrets: impl IntoIterator<Item = SecretDigest>,
    ) -> Result<Self, ClientError> {
        let (id, secrets) = (id.into(), Vec::from_iter(secrets));
        // So an id is the same with and without the encoding that RFC 6749 section 2.3.1 asks for.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(is_plain) {
            return Err(ClientError::Id(id));
        }
        if secrets.is_empty() {
            return Err(ClientError::NoSecret(id));
        }
        Ok(Self { id, secrets, tenant: None, view: IntrospectionView::default() })
    }

    /// The same for the tokens of a tenant, and no others.
    #[must_use]
    pub fn of_tenant(self, tenant: Tenant) -> Self {
        Self { tenant: Some(tenant), ..self }
    }

    /// The same, and refresh tokens are active for it; see [`IntrospectionView::refresh_tokens`].
    #[must_use]
    pub fn with_refresh_tokens(self) -> Self {
        Self { view: IntrospectionView { refresh_tokens: true }, ..self }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn tenant(&self) -> Option<&Tenant> {
        self.tenant.as_ref()
    }

    pub(crate) fn view(&self) -> IntrospectionView {
        self.view
    }
}

/// All registered clients. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Clients {
    by_id: Arc<HashMap<String, Client>>,
    throttle: Option<Arc<dyn ClientThrottle>>,
}

impl Clients {
    /// These.
    ///
    /// # Errors
    /// [`ClientError::Twice`].
    ///
    /// ```
    /// use tegata::SystemRandomness;
    /// use tegata_axum::{Client, ClientSecret, Clients};
    ///
    /// let secret = ClientSecret::generate(&SystemRandomness)?;
    /// let orders = Client::new("orders-api", [secret.digest()])?;
    /// assert!(Clients::new([orders.clone()]).is_ok());
    /// assert!(Clients::new([orders.clone(), orders]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Result<Self, ClientError> {
        let mut by_id = HashMap::new();
        for client in clients {
            if let Some(twice) = by_id.insert(client.id.clone(), client) {
                return Err(ClientError::Twice(twice.id));
            }
        }
        Ok(Self { by_id: Arc::new(by_id), throttle: None })
    }

    /// The same, with guesses slowed down.
    #[must_use]
    pub fn with_throttle(self, throttle: impl ClientThrottle + 'static) -> Self {
        Self { throttle: Some(Arc::new(throttle)), ..self }
    }

    fn throttle(&self) -> Option<&dyn ClientThrottle> {
        self.throttle.as_deref()
    }

    /// The client of that id and secret. All its digests are compared, and one where there is no
    /// such client.
    fn find(&self, id: &str, secret: &str) -> Option<&Client> {
        let client = self.by_id.get(id);
        let nobody = [SecretDigest::OF_NOBODY];
        let digests = client.map_or(&nobody[..], |client| &client.secrets);
        let right = digests.iter().fold(false, |right, digest| right | digest.is_of(secret));
        client.filter(|_| right)
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Clients").field("ids", &self.by_id.keys()).finish_non_exhaustive()
    }
}
