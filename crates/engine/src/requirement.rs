use std::time::Duration;

use thiserror::Error;

use crate::{AccessClaims, Engine, Refusal, Scopes, Timestamp};

/// What a route asks of an access token beyond being good.
///
/// ```
/// use std::time::Duration;
/// use tegata::{Refusal, Requirement, Scopes};
///
/// let scopes = Scopes::from_names(["reports:read"]).unwrap();
/// let requirement = Requirement::scopes(scopes).and_fresh(Duration::from_secs(300)).unwrap();
/// assert_eq!(
///     requirement.challenge(Refusal::InsufficientScope),
///     r#"Bearer error="insufficient_scope", scope="reports:read""#,
/// );
/// assert_eq!(
///     requirement.challenge(Refusal::LoginRequired),
///     r#"Bearer error="insufficient_user_authentication", max_age="300""#,
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    scopes: Scopes,
    max_age: Option<Duration>,
}

/// A requirement that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a fresh login must be allowed at least 1 second")]
pub struct RequirementError;

impl Requirement {
    /// Nothing beyond a good token.
    #[must_use]
    pub const fn none() -> Self {
        Self { scopes: Scopes::none(), max_age: None }
    }

    /// All of `scopes`.
    #[must_use]
    pub const fn scopes(scopes: Scopes) -> Self {
        Self { scopes, max_age: None }
    }

    /// A login no longer ago than `max_age`, and what was asked before.
    ///
    /// # Errors
    /// [`RequirementError`] if that is less than a second, of which `max_age` in the challenge has
    /// no fractions (RFC 9470 section 3).
    pub fn and_fresh(self, max_age: Duration) -> Result<Self, RequirementError> {
        if max_age < Duration::from_secs(1) {
            return Err(RequirementError);
        }
        Ok(Self { max_age: Some(max_age), ..self })
    }

    /// How long ago the login may be at most, if that is asked.
    #[must_use]
    pub const fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// The value of `WWW-Authenticate` for a refusal on a route that asks for this: what it takes
    /// to be let in (RFC 6750 section 3, RFC 9470 section 3).
    #[must_use]
    pub fn challenge(&self, refusal: Refusal) -> String {
        let challenge = refusal.challenge();
        match (refusal, self.max_age) {
            // Nothing in a scope needs quoting.
            (Refusal::InsufficientScope, _) => format!("{challenge}, scope=\"{}\"", self.scopes),
            (Refusal::LoginRequired, Some(age)) => {
                format!("{challenge}, max_age=\"{}\"", age.as_secs())
            }
            _ => challenge.to_owned(),
        }
    }

    /// Whether claims meet this; the scopes come first.
    pub(crate) fn check(
        &self,
        now: Timestamp,
        leeway: Duration,
        granted: Option<&Scopes>,
        auth_time: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        let covers = |asked: &Scopes| granted.is_some_and(|scopes| scopes.contain_all(asked));
        if !self.scopes.is_empty() && !covers(&self.scopes) {
            return Err(Refusal::InsufficientScope);
        }
        let is_recent = |max_age: Duration| {
            auth_time.is_some_and(|login| {
                login <= now.plus(leeway) && now <= login.plus(max_age).plus(leeway)
            })
        };
        if self.max_age.is_none_or(is_recent) { Ok(()) } else { Err(Refusal::LoginRequired) }
    }
}

impl Engine {
    /// Whether a token that was admitted meets what its route asks for.
    ///
    /// How recent a login is says `auth_time` alone, which no refresh renews; a token without it is
    /// not fresh. The scopes come first: who lacks one does not log in for nothing.
    ///
    /// # Errors
    /// [`Refusal::InsufficientScope`] or [`Refusal::LoginRequired`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use tegata::{Bounds, CustomClaims, Device, Engine, Policy, Refusal, Requirement};
    /// use tegata::{SystemRandomness, Timestamp, UserId, UserState};
    /// # use tegata_jose::{Algorithm, Key, KeySet};
    /// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// let engine = Engine::new(Policy::default(), keys)?;
    /// let login = Timestamp::from_seconds(1_700_000_000);
    /// let user = UserState { id: UserId::Integer(1), is_active: true, security_stamp: "".into() };
    /// let (random, custom) = (SystemRandomness, CustomClaims::none());
    /// let opened =
    ///     engine.open_session(login, &random, &user, Device::unknown(), &Bounds::none(), &custom)?;
    /// let claims = engine.read_access(login, &opened.tokens.access_token, None).unwrap();
    ///
    /// let fresh = Requirement::none().and_fresh(Duration::from_secs(60))?;
    /// assert_eq!(engine.require(login, &claims, &fresh), Ok(()));
    /// let later = login.plus(Duration::from_secs(120));
    /// assert_eq!(engine.require(later, &claims, &fresh), Err(Refusal::LoginRequired));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn require(
        &self,
        now: Timestamp,
        claims: &AccessClaims,
        requirement: &Requirement,
    ) -> Result<(), Refusal> {
        requirement.check(now, self.policy.leeway, claims.scopes(), claims.auth_time())
    }
}
