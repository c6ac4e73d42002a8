use std::time::Duration;

use crate::digest::labelled;
use crate::{Refusal, Requirement, Scopes, Timestamp};

/// The claims of a token of another issuer, whose keys signed it and whose rules it meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalClaims {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) scopes: Scopes,
    pub(crate) auth_time: Option<Timestamp>,
    pub(crate) expires_at: Timestamp,
    pub(crate) leeway: Duration,
    pub(crate) payload: Vec<u8>,
}

/// Why a token of another issuer was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalUnread {
    /// What the client is told.
    pub refusal: Refusal,
    /// Whether that issuer signed it. If not, another authenticator may know it.
    pub theirs: bool,
    /// Whether it names a key that the set does not have: a newer set may have it.
    pub misses_key: bool,
    /// What a developer reads in a log; never a part of the token.
    pub reason: String,
}

/// A user name for somebody whom another issuer knows: of the issuer and the subject, both exactly,
/// and of nothing that changes, such as an e-mail address (`OpenID` Connect Core 1.0 section 5.7).
///
/// `ext-` and 43 characters of base64url: a digest, so that it fits wherever user names do, and so
/// that no two pairs share one.
///
/// ```
/// let alice = tegata::external_username("https://login.example", "alice");
/// assert_eq!(alice.len(), 47);
/// assert_ne!(alice, tegata::external_username("https://login.example/", "alice"));
/// ```
#[must_use]
pub fn external_username(issuer: &str, subject: &str) -> String {
    format!("ext-{}", labelled("tegata external user 1", &[issuer, subject]))
}

impl ExternalClaims {
    /// `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: who it is, among all that this issuer knows.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What the token covers, from wherever the policy says that this stands.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// `exp`.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The whole payload as it was signed: a JSON object in UTF-8.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Whether the token covers what a route asks for, as [`crate::Engine::require`] says of our own.
    ///
    /// # Errors
    /// [`Refusal::InsufficientScope`] or [`Refusal::LoginRequired`].
    pub fn require(&self, now: Timestamp, requirement: &Requirement) -> Result<(), Refusal> {
        requirement.check(now, self.leeway, Some(&self.scopes), self.auth_time)
    }
}

impl ExternalUnread {
    pub(crate) fn foreign(reason: &impl ToString) -> Self {
        Self { theirs: false, ..Self::theirs(Refusal::InvalidToken, reason) }
    }

    pub(crate) fn of_another_type(reason: &str) -> Self {
        Self { theirs: false, ..Self::theirs(Refusal::InvalidTokenType, &reason) }
    }

    pub(crate) fn theirs(refusal: Refusal, reason: &impl ToString) -> Self {
        Self { refusal, theirs: true, misses_key: false, reason: reason.to_string() }
    }
}
