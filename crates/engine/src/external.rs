use thiserror::Error;

use crate::Algorithm;

/// The place of the tenant in the name of an issuer that serves many under one set of keys.
const TENANT_PLACE: &str = "{tenantid}";

/// Another issuer whose tokens a host takes, and what these must say (RFC 8725 sections 3.8 to 3.12).
///
/// A plain value: [`ExternalIssuer::new`] checks that it can be.
#[derive(Clone, Debug, Default)]
pub struct ExternalPolicy {
    /// What its tokens have for `iss`, compared exactly. Where one set of keys signs for many tenants,
    /// `{tenantid}` stands in the place of theirs, and the claim `tid` must say the same.
    pub issuer: String,
    /// With `{tenantid}`, the tenants that are taken, each a GUID in lower case; none for all of them.
    pub tenants: Vec<String>,
    /// What `aud` must name: one of these. Without any, `clients` decide, and `aud` is not looked at.
    pub audience: Vec<String>,
    /// The claim that names the client which the token was issued to, such as `azp`.
    pub client_claim: String,
    /// The clients whose tokens are taken; without any, those of all clients.
    pub clients: Vec<String>,
    /// The algorithms that it may sign with; without any, every asymmetric one.
    pub algorithms: Vec<Algorithm>,
    /// The media types that the header's `typ` may name.
    pub types: Vec<String>,
    /// Whether a token without a `typ` is taken besides.
    pub untyped: bool,
    /// A claim that says what the token is for, and what it must say.
    pub token_type: Option<(String, Vec<String>)>,
    /// Claims that no access token of this issuer has, but its other tokens do.
    pub absent: Vec<String>,
    /// Claims that must be there, besides `iss`, `sub` and `exp`.
    pub require: Vec<String>,
    /// Claims of which at least one must be there.
    pub require_any: Vec<String>,
    /// Claims, and for each the values that it may have, compared as JSON.
    pub claims: Vec<(String, Vec<serde_json::Value>)>,
    /// Where the scopes stand: each a claim, or the path to a member of one. A text is split at its
    /// spaces, a list is of texts.
    pub scopes: Vec<Vec<String>>,
}

/// An [`ExternalPolicy`] that can be. [`ExternalIssuer::read`] reads a token by it.
///
/// ```
/// use tegata::{ExternalIssuer, ExternalPolicy};
///
/// let shop = ExternalIssuer::new(ExternalPolicy {
///     issuer: "https://login.example/realms/shop".to_owned(),
///     audience: vec!["shop-api".to_owned()],
///     untyped: true,
///     ..ExternalPolicy::default()
/// })?;
/// assert!(shop.is_named("https://login.example/realms/shop"));
/// assert!(!shop.is_named("https://login.example/realms/shop/"));
/// # Ok::<(), tegata::ExternalPolicyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExternalIssuer {
    pub(crate) policy: ExternalPolicy,
}

/// A policy for another issuer that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExternalPolicyError {
    /// Every token that those keys have ever signed would be taken.
    #[error(
        "names neither an audience nor clients, so it would take every token of the issuer; \
         hint: give the audience that its access tokens have for this service"
    )]
    ForEverybody,
    /// `clients` without the claim that names them.
    #[error("names clients, but no claim that says which client a token was issued to")]
    NoClientClaim,
    /// Tokens of no type at all would be taken.
    #[error("takes no `typ` and no token without one")]
    NoType,
    /// A path without a step.
    #[error("has a path to scopes that names no claim")]
    NoScopeClaim,
    /// A shared secret: whoever verifies with it can sign with it.
    #[error(
        "takes {0}, which verifies with the secret that signs; hint: have the issuer sign with \
         an asymmetric key, such as one for ES256 or RS256"
    )]
    Symmetric(Algorithm),
    /// No issuer's name, or one with its place for a tenant twice.
    #[error("is no name of an issuer: there is none, or `{{tenantid}}` stands in it twice")]
    Name,
    /// Tenants of an issuer that has none, or one that is no GUID.
    #[error(
        "names a tenant that cannot be: it is a GUID in lower case, in place of `{{tenantid}}`"
    )]
    Tenant,
}

impl ExternalIssuer {
    /// Checks the policy.
    ///
    /// # Errors
    /// [`ExternalPolicyError`] for the first thing that cannot be.
    pub fn new(policy: ExternalPolicy) -> Result<Self, ExternalPolicyError> {
        let places = policy.issuer.matches(TENANT_PLACE).count();
        if policy.issuer.is_empty() || places > 1 {
            return Err(ExternalPolicyError::Name);
        }
        let are_tenants = policy.tenants.iter().all(|tenant| is_guid(tenant));
        if !are_tenants || (places == 0 && !policy.tenants.is_empty()) {
            return Err(ExternalPolicyError::Tenant);
        }
        if policy.audience.is_empty() && policy.clients.is_empty() {
            return Err(ExternalPolicyError::ForEverybody);
        }
        if policy.client_claim.is_empty() && !policy.clients.is_empty() {
            return Err(ExternalPolicyError::NoClientClaim);
        }
        if let Some(secret) = policy.algorithms.iter().find(|each| each.is_symmetric()) {
            return Err(ExternalPolicyError::Symmetric(*secret));
        }
        if policy.types.is_empty() && !policy.untyped {
            return Err(ExternalPolicyError::NoType);
        }
        if policy.scopes.iter().any(Vec::is_empty) {
            return Err(ExternalPolicyError::NoScopeClaim);
        }
        Ok(Self { policy })
    }

    /// What its tokens have for `iss`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.policy.issuer
    }

    /// Whether a token with this `iss` would be of this issuer: the same text, byte for byte, or its
    /// name with a tenant that is taken.
    ///
    /// For picking the issuer whose keys a token has to verify with. What an `iss` says before that
    /// proves nothing.
    #[must_use]
    pub fn is_named(&self, iss: &str) -> bool {
        self.policy.issuer == iss && !iss.contains(TENANT_PLACE) || self.tenant_of(iss).is_some()
    }

    /// The tenant that an `iss` names, if there are tenants and it is taken.
    pub(crate) fn tenant_of<'i>(&self, iss: &'i str) -> Option<&'i str> {
        let (before, after) = self.policy.issuer.split_once(TENANT_PLACE)?;
        let tenant = iss.strip_prefix(before)?.strip_suffix(after)?;
        let is_taken = self.policy.tenants.is_empty() || self.has_tenant(tenant);
        (is_guid(tenant) && is_taken).then_some(tenant)
    }

    fn has_tenant(&self, tenant: &str) -> bool {
        self.policy.tenants.iter().any(|each| each == tenant)
    }
}

/// One spelling each, so that a tenant has one name.
fn is_guid(text: &str) -> bool {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_dash = |place: usize| matches!(place, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(
            |(place, byte)| {
                if is_dash(place) { byte == b'-' } else { is_hex(byte) }
            },
        )
}
