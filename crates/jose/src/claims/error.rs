use std::time::Duration;

use thiserror::Error;

/// Which claim refused a token whose signature had verified. Says what was expected, never what
/// the token held.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// `exp` is not after the present moment (RFC 7519 section 4.1.4).
    #[error("`exp`: the token has expired")]
    Expired,
    /// `iat` is after the present moment (RFC 7519 section 4.1.6).
    #[error("`iat`: the token was issued in the future; hint: compare the clocks")]
    IssuedInFuture,
    /// A claim that must be there is not.
    #[error("`{claim}`: the token lacks this claim")]
    Missing {
        /// The claim's name.
        claim: String,
    },
    /// `nbf` is after the present moment (RFC 7519 section 4.1.5).
    #[error("`nbf`: the token is not valid yet")]
    NotYetValid,
    /// `iat` is longer ago than [`crate::Validation::max_age`] allows.
    #[error("`iat`: the token was issued more than {} seconds ago", .max_age.as_secs_f64())]
    TooOld {
        /// How old it may be.
        max_age: Duration,
    },
    /// A rule of [`crate::Validation::claim`] is not met.
    #[error("`{claim}`: the claim is not {expected}")]
    Unexpected {
        /// The claim's name.
        claim: String,
        /// What it may be.
        expected: String,
    },
    /// The token is for an audience (RFC 7519 section 4.1.3), and none was named to look for.
    #[error("`aud`: the token is for an audience; hint: say which audience you are")]
    UnnamedAudience,
    /// `aud` names none of those expected (RFC 7519 section 4.1.3).
    #[error("`aud`: the token is for another audience than {}", list(.expected))]
    WrongAudience {
        /// The audiences, one of which it must name.
        expected: Vec<String>,
    },
    /// `iss` is none of those expected (RFC 7519 section 4.1.1).
    #[error("`iss`: the token is from another issuer than {}", list(.expected))]
    WrongIssuer {
        /// The issuers, one of which it must be.
        expected: Vec<String>,
    },
    /// The header's `typ` is not the one expected (RFC 7519 section 5.1, RFC 8725 section 3.11).
    #[error("`typ`: the token is not of type `{expected}`")]
    WrongTyp {
        /// The media type, without `application/`.
        expected: String,
    },
    /// A registered claim is of another JSON type than RFC 7519 section 4.1 gives it, or a
    /// `NumericDate` out of range.
    #[error("`{claim}`: the claim is not {expected}")]
    WrongType {
        /// The claim's name.
        claim: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
}

impl ClaimError {
    /// The claim (or, for `typ`, the header parameter) that is at fault.
    ///
    /// ```
    /// use tegata_jose::ClaimError;
    ///
    /// assert_eq!(ClaimError::Expired.claim(), "exp");
    /// ```
    #[must_use]
    pub fn claim(&self) -> &str {
        match self {
            Self::Expired => "exp",
            Self::IssuedInFuture | Self::TooOld { .. } => "iat",
            Self::NotYetValid => "nbf",
            Self::UnnamedAudience | Self::WrongAudience { .. } => "aud",
            Self::WrongIssuer { .. } => "iss",
            Self::WrongTyp { .. } => "typ",
            Self::Missing { claim } | Self::Unexpected { claim, .. } => claim,
            Self::WrongType { claim, .. } => claim,
        }
    }
}

impl ClaimError {
    /// A short name for the refusal in snake case, for programs to tell one from another.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Expired => "expired_token",
            Self::IssuedInFuture => "issued_in_future",
            Self::Missing { .. } => "missing_claim",
            Self::NotYetValid => "immature_token",
            Self::TooOld { .. } => "too_old",
            Self::Unexpected { .. } => "unexpected_claim",
            Self::UnnamedAudience | Self::WrongAudience { .. } => "wrong_audience",
            Self::WrongIssuer { .. } => "wrong_issuer",
            Self::WrongTyp { .. } => "wrong_typ",
            Self::WrongType { .. } => "claim_wrong_type",
        }
    }
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}
