use std::fmt;

/// Where a refusal is answered; some codes have another status at another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// An endpoint that takes a token or credentials in its body: login, refresh, logout, verify.
    Endpoint,
    /// A protected route: the access token is in the `Authorization` header.
    Gate,
    /// A route that is about what the caller owns: a session, the password.
    Resource,
}

/// Every error code that a host answers with: the closed list.
///
/// Over HTTP a refusal is `{"error_code": "…", "detail": "…"}` with [`Refusal::status`].
///
/// ```
/// use tegata::{Place, Refusal};
///
/// assert_eq!(Refusal::InvalidTokenType.code(), "invalid_token_type");
/// assert_eq!(Refusal::InvalidTokenType.status(Place::Gate), 401);
/// assert_eq!(Refusal::InvalidTokenType.status(Place::Endpoint), 400);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A cookie came, and no proof that a page of the site has sent it along.
    CsrfFailed,
    /// The token is past its `exp`.
    ExpiredToken,
    /// The token's `scope` lacks one that the route asks for (RFC 6750 section 3.1).
    InsufficientScope,
    /// The challenge of a login is over, was answered before, or was another client's.
    InvalidChallenge,
    /// The login was not accepted; which half was wrong is not said.
    InvalidCredentials,
    /// The body is not what the endpoint takes.
    InvalidRequest,
    /// The token is malformed, not signed by a key of ours, or not made for us.
    InvalidToken,
    /// A refresh token in place of an access token, or the other way round.
    InvalidTokenType,
    /// The user is gone or inactive.
    InvalidUser,
    /// The login is longer ago than the route allows (RFC 9470 section 3).
    LoginRequired,
    /// No credentials came with the request.
    MissingToken,
    /// Too many attempts; the answer says when to try again.
    RateLimited,
    /// The database cannot answer now.
    ServiceUnavailable,
    /// The session was ended, or has reached its absolute end.
    SessionExpired,
    /// The session's row is gone, or was never the caller's.
    SessionNotFound,
    /// The refresh token was used before; the session has been ended.
    TokenReuseDetected,
    /// The body's media type is not the one that the endpoint takes.
    UnsupportedMediaType,
}

impl Refusal {
    /// Every refusal, in the order of the codes.
    pub const ALL: [Self; 17] = [
        Self::CsrfFailed,
        Self::ExpiredToken,
        Self::InsufficientScope,
        Self::InvalidChallenge,
        Self::InvalidCredentials,
        Self::InvalidRequest,
        Self::InvalidToken,
        Self::InvalidTokenType,
        Self::InvalidUser,
        Self::LoginRequired,
        Self::MissingToken,
        Self::RateLimited,
        Self::ServiceUnavailable,
        Self::SessionExpired,
        Self::SessionNotFound,
        Self::TokenReuseDetected,
        Self::UnsupportedMediaType,
    ];

    /// The `error_code`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CsrfFailed => "csrf_failed",
            Self::ExpiredToken => "expired_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidChallenge => "invalid_challenge",
            Self::InvalidCredentials => "invalid_credentials",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InvalidTokenType => "invalid_token_type",
            Self::InvalidUser => "invalid_user",
            Self::LoginRequired => "login_required",
            Self::MissingToken => "missing_token",
            Self::RateLimited => "rate_limited",
            Self::ServiceUnavailable => "service_unavailable",
            Self::SessionExpired => "session_expired",
            Self::SessionNotFound => "session_not_found",
            Self::TokenReuseDetected => "token_reuse_detected",
            Self::UnsupportedMediaType => "unsupported_media_type",
        }
    }

    /// The HTTP status at `place`.
    #[must_use]
    pub const fn status(self, place: Place) -> u16 {
        match (self, place) {
            (Self::InvalidTokenType, Place::Endpoint | Place::Resource) => 400,
            (Self::InvalidCredentials, Place::Resource)
            | (Self::CsrfFailed | Self::InsufficientScope, _) => 403,
            (Self::SessionNotFound, Place::Resource) => 404,
            (Self::UnsupportedMediaType, _) => 415,
            (Self::InvalidRequest, _) => 422,
            (Self::RateLimited, _) => 429,
            (Self::ServiceUnavailable, _) => 503,
            (
                Self::ExpiredToken
                | Self::InvalidChallenge
                | Self::InvalidCredentials
                | Self::InvalidToken
                | Self::InvalidTokenType
                | Self::InvalidUser
                | Self::LoginRequired
                | Self::MissingToken
                | Self::SessionExpired
                | Self::SessionNotFound
                | Self::TokenReuseDetected,
                _,
            ) => 401,
        }
    }

    /// One sentence for a developer. It is the same for every token and every user.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        match self {
            Self::CsrfFailed => "The request does not prove that a page of this site sent it.",
            Self::ExpiredToken => "The token has expired; refresh it or log in again.",
            Self::InsufficientScope => "The token does not cover what this asks for.",
            Self::InvalidChallenge => "The challenge is over or was answered; log in again.",
            Self::InvalidCredentials => "The credentials were not accepted.",
            Self::InvalidRequest => "The request body is not valid.",
            Self::InvalidToken => "The token is not valid.",
            Self::InvalidTokenType => "The token is of the other type than this place takes.",
            Self::InvalidUser => "The user no longer exists or is inactive.",
            Self::LoginRequired => "The login was too long ago for this; log in again.",
            Self::MissingToken => "No token came with the request; log in, and send it along.",
            Self::RateLimited => "Too many attempts; try again later.",
            Self::ServiceUnavailable => "The database cannot answer now; try again.",
            Self::SessionExpired => "The session has ended; log in again.",
            Self::SessionNotFound => "There is no such session.",
            Self::TokenReuseDetected => {
                "The refresh token was used before; the session has been ended. Log in again."
            }
            Self::UnsupportedMediaType => "The body's media type is not supported.",
        }
    }

    /// The value of `WWW-Authenticate` for a 401 or 403 (RFC 6750 section 3): an `error` only where
    /// the request carried a token.
    #[must_use]
    pub const fn challenge(self) -> &'static str {
        match self {
            Self::CsrfFailed
            | Self::InvalidChallenge
            | Self::InvalidCredentials
            | Self::MissingToken => "Bearer",
            Self::InsufficientScope => "Bearer error=\"insufficient_scope\"",
            Self::LoginRequired => "Bearer error=\"insufficient_user_authentication\"",
            _ => "Bearer error=\"invalid_token\"",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Place, Refusal};

    #[test]
    fn codes_are_distinct_and_sorted() {
        let codes: Vec<_> = Refusal::ALL.iter().map(|refusal| refusal.code()).collect();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
        assert!(codes.is_sorted());
    }

    #[test]
    fn statuses_by_place() {
        let statuses = |refusal: Refusal| {
            [Place::Gate, Place::Endpoint, Place::Resource].map(|place| refusal.status(place))
        };
        assert_eq!(statuses(Refusal::InvalidTokenType), [401, 400, 400]);
        assert_eq!(statuses(Refusal::InvalidCredentials), [401, 401, 403]);
        assert_eq!(statuses(Refusal::SessionNotFound), [401, 401, 404]);
        assert_eq!(statuses(Refusal::UnsupportedMediaType), [415; 3]);
        assert_eq!(statuses(Refusal::InvalidRequest), [422; 3]);
        assert_eq!(statuses(Refusal::ServiceUnavailable), [503; 3]);
        assert_eq!(statuses(Refusal::TokenReuseDetected), [401; 3]);
    }
}
