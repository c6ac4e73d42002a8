use std::fmt;

use thiserror::Error;

const MAX_BYTES: usize = 255;

/// Whose part of a site a token is for, where one site serves several: a subdomain, a customer, an
/// organisation.
///
/// The reading functions of [`crate::Engine`] take the tenant of the request, and a token of another
/// tenant, or of none, is not read; nor is a token with a tenant where the request has none.
///
/// ```
/// use tegata::Tenant;
///
/// assert_eq!(Tenant::new("acme").unwrap().as_str(), "acme");
/// assert!(Tenant::new("").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tenant(String);

/// A text that names no tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a tenant's name has 1 to {MAX_BYTES} bytes")]
pub struct TenantError;

impl Tenant {
    /// The tenant of that name, compared exactly.
    ///
    /// # Errors
    /// [`TenantError`] for an empty name, or one of more than 255 bytes.
    pub fn new(name: impl Into<String>) -> Result<Self, TenantError> {
        let name = name.into();
        if (1..=MAX_BYTES).contains(&name.len()) { Ok(Self(name)) } else { Err(TenantError) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a login is bound to, and with it both tokens of every pair that comes of it: refreshing
/// changes neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Its tenant.
    pub tenant: Option<Tenant>,
    /// The most that its access tokens may cover; `None` for whatever the site grants at the time
    /// (RFC 6749 section 6).
    pub scopes: Option<crate::Scopes>,
}

impl Bounds {
    /// Bound to nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self { tenant: None, scopes: None }
    }
}
