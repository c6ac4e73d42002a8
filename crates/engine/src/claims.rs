use std::ops::Deref;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::legacy::Origin;
use crate::{Bounds, Scopes, SessionCheck, SessionId, Tenant, Timestamp, TokenType, UserId};

/// The two kinds of token, told apart by the JOSE `typ` and by the claim `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Opens protected routes (RFC 9068).
    Access,
    /// Gives the next pair.
    Refresh,
}

impl TokenKind {
    pub(crate) const ALL: [Self; 2] = [Self::Access, Self::Refresh];

    pub(crate) fn of(token_type: &TokenType) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == token_type.name())
    }

    /// The value of the claim `type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    /// The JOSE `typ`: `at+jwt` (RFC 9068 section 2.1) and, by analogy, `rt+jwt`.
    #[must_use]
    pub const fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Refresh => "rt+jwt",
        }
    }
}

/// The claims of a token whose signature, type, issuer, audience, tenant and times were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
// In this order: what every request asks of a token that was read before lies side by side.
#[repr(C)]
pub struct Claims {
    pub(crate) expires_at: Timestamp,
    pub(crate) issued_at: Timestamp,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) origin: Origin,
    pub(crate) user_id: UserId,
    pub(crate) bounds: Bounds,
    pub(crate) session_id: SessionId,
    pub(crate) generation: u64,
    pub(crate) refresh_expires_at: Option<Timestamp>,
    pub(crate) auth_time: Option<Timestamp>,
    pub(crate) subject: String,
    pub(crate) payload: Vec<u8>,
}

impl Claims {
    /// Older than any limit, for a token of another library that does not say.
    pub(crate) const NEVER_ISSUED: Timestamp = Timestamp::from_seconds(0);

    /// `sub`: the user's primary key as text.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The user's primary key.
    #[must_use]
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// The session that the token hangs on.
    #[must_use]
    pub fn session_id(&self) -> &SessionId {
        &self.session_id
    }

    /// The number of the token's generation in its session; 0 for a token of another library, whose
    /// place only the session's row can tell.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// `iat`; 1970 if a token of another library does not say, so that it is older than any limit.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// `exp`.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// `auth_time`: when the user logged in; `None` if the token does not say.
    #[must_use]
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.auth_time
    }

    /// `refresh_exp`: until when a sliding token can be refreshed; `None` for any other.
    #[must_use]
    pub fn refresh_expires_at(&self) -> Option<Timestamp> {
        self.refresh_expires_at
    }

    /// `scope`: what an access token covers, and the most that those may cover that a refresh token
    /// gives; `None` if the token does not say. A sliding token is both.
    #[must_use]
    pub fn scopes(&self) -> Option<&Scopes> {
        self.bounds.scopes.as_ref()
    }

    /// The tenant that the token is bound to, which is that of the request which brought it.
    #[must_use]
    pub fn tenant(&self) -> Option<&Tenant> {
        self.bounds.tenant.as_ref()
    }

    /// Whether it is a token of another library: see [`crate::LegacyTokens`].
    #[must_use]
    pub fn is_legacy(&self) -> bool {
        self.origin != Origin::Ours
    }

    /// Whether it is a refresh token or a sliding one of a library that kept no sessions: the first
    /// time that it comes, its session's row has yet to be made; see [`crate::Engine::take_over`].
    #[must_use]
    pub fn opens_session(&self) -> bool {
        matches!(self.origin, Origin::Opening { .. })
    }

    /// Whether [`crate::Engine::take_over`] has to be told the digest of its user's password.
    #[must_use]
    pub fn is_of_a_password(&self) -> bool {
        self.password().is_some()
    }

    pub(crate) fn password(&self) -> Option<&str> {
        match &self.origin {
            Origin::Opening { password } => password.as_deref(),
            _ => None,
        }
    }

    /// Whether they name this user. A library that kept no sessions may have written a number as a
    /// text.
    pub(crate) fn name(&self, user: &UserId) -> bool {
        match (&self.origin, &self.user_id, user) {
            (
                Origin::Opening { .. } | Origin::Sessionless,
                UserId::Text(digits),
                UserId::Integer(number),
            ) => *digits == number.to_string(),
            (_, named, user) => named == user,
        }
    }

    /// The whole payload as it was signed: a JSON object in UTF-8. Of a token of another library,
    /// the claims that every token of ours has stand in it under our names.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as a type of the caller's, for its custom claims.
    ///
    /// # Errors
    /// What `serde_json` says when the payload is not a `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.payload)
    }
}

/// The claims of an access token. Only [`crate::Engine::read_access`] makes one. Cloning it is
/// cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims(Arc<Claims>);

impl AccessClaims {
    pub(crate) fn new(claims: Claims) -> Self {
        Self(Arc::new(claims))
    }

    pub(crate) fn into_claims(self) -> Claims {
        Arc::unwrap_or_clone(self.0)
    }

    /// What this token is checked against where `check` is asked for.
    ///
    /// A token of another library is checked against the rows wherever it hangs on one: of its
    /// session, ours alone knows whether it has ended since. The access token of a library that kept
    /// no sessions hangs on none, so it is good only where `check` looks at none.
    #[must_use]
    pub fn session_check(&self, check: SessionCheck) -> SessionCheck {
        match self.origin {
            Origin::Ours | Origin::Sessionless => check,
            Origin::Opening { .. } | Origin::TakenOver(_) => SessionCheck::Request,
        }
    }
}

impl AccessClaims {
    /// Whether the token alone decides where `check` is asked for: no row of its session or user is
    /// looked at.
    ///
    /// ```
    /// use tegata::{AccessClaims, SessionCheck};
    ///
    /// fn is_let_in(claims: &AccessClaims) -> bool {
    ///     claims.needs_no_rows(SessionCheck::Refresh)
    /// }
    /// ```
    #[must_use]
    pub fn needs_no_rows(&self, check: SessionCheck) -> bool {
        matches!(self.session_check(check), SessionCheck::Refresh | SessionCheck::Off)
    }
}

/// The claims of a refresh token. Only [`crate::Engine::read_refresh`] makes one. Cloning it is
/// cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshClaims(Arc<Claims>);

impl RefreshClaims {
    pub(crate) fn new(claims: Claims) -> Self {
        Self(Arc::new(claims))
    }
}

impl Deref for AccessClaims {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.0
    }
}

impl Deref for RefreshClaims {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.0
    }
}
