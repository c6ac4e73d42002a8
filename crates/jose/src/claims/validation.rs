use std::borrow::Cow;
use std::time::Duration;

use super::Rule;
use crate::Limits;

/// What the claims of a token must say, besides what no token may get wrong.
///
/// Always checked: that every registered claim that is there is of its type, and `exp`, `nbf` and
/// `iat` against the present moment. A claim that a rule is given for must be there; `exp` is made
/// mandatory by [`Validation::require`]. A token for an audience is refused where none is named.
///
/// ```
/// use std::time::Duration;
/// use tegata_jose::{Algorithm, Key, KeySet, Timestamp, Validation, jwt};
///
/// let keys = KeySet::new(vec![Key::generate(Algorithm::Es256)?])?;
/// let claims = br#"{"iss":"https://login.example","exp":1700000300}"#;
/// let token = tegata_jose::jws::sign(&keys.keys()[0], None, claims)?;
///
/// let validation = Validation::new()
///     .issuer("https://login.example")
///     .require("exp")
///     .leeway(Duration::from_secs(10));
/// let now = Timestamp::from_seconds(1_700_000_000);
/// assert!(jwt::decode(&token, &keys, &validation, now).is_ok());
/// assert!(jwt::decode(&token, &keys, &validation.audience("https://api.example"), now).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Validation<'v> {
    pub(super) issuers: Vec<Cow<'v, str>>,
    pub(super) audiences: Vec<Cow<'v, str>>,
    pub(super) required: Vec<Cow<'v, str>>,
    pub(super) rules: Vec<(Cow<'v, str>, Rule)>,
    pub(super) typ: Option<Cow<'v, str>>,
    pub(super) leeway: Duration,
    pub(super) max_age: Option<Duration>,
    pub(super) ignored: Vec<Cow<'v, str>>,
    pub(super) limits: Limits,
}

impl<'v> Validation<'v> {
    /// Nothing but what is always checked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts this `iss`, compared exactly. Said several times, any of them is accepted.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<Cow<'v, str>>) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// Accepts a token whose `aud` names this audience, compared exactly. Said several times, a
    /// token for any of them is accepted.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<Cow<'v, str>>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Wants the claim `name` to be there, whatever it says.
    #[must_use]
    pub fn require(mut self, name: impl Into<Cow<'v, str>>) -> Self {
        self.required.push(name.into());
        self
    }

    /// Wants the claim `name` to be there and to follow `rule`; several rules for one claim must
    /// all hold. With a rule for `aud`, the audience is the caller's own affair.
    #[must_use]
    pub fn claim(mut self, name: impl Into<Cow<'v, str>>, rule: Rule) -> Self {
        self.rules.push((name.into(), rule));
        self
    }

    /// Wants the header's `typ` to be the media type `application/{typ}`, in its short or long form
    /// (RFC 8725 section 3.11).
    #[must_use]
    pub fn typ(mut self, typ: impl Into<Cow<'v, str>>) -> Self {
        self.typ = Some(typ.into());
        self
    }

    /// How far clocks may disagree; not at all unless told so.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Wants `iat` to be there and no longer ago than this, leeway aside.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Leaves the registered claim `name` unchecked, its type included, as if it were not there. It
    /// can still be required.
    ///
    /// For tokens of others that get a claim wrong, and for callers that check it themselves. A token
    /// whose `exp` is ignored is good for ever.
    #[must_use]
    pub fn ignore(mut self, name: impl Into<Cow<'v, str>>) -> Self {
        self.ignored.push(name.into());
        self
    }

    /// How large a token may be.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What [`Validation::limits`] has set, else the defaults.
    #[must_use]
    pub fn size_limits(&self) -> &Limits {
        &self.limits
    }
}
