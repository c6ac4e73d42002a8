use std::borrow::Cow;
use std::time::Duration;

use super::{RegisteredClaims, Rule};
use crate::json::Discard;
use crate::{ClaimError, Header, JwtError, Limits, Sink, Timestamp, Verified, read_object};

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
    issuers: Vec<Cow<'v, str>>,
    audiences: Vec<Cow<'v, str>>,
    required: Vec<Cow<'v, str>>,
    rules: Vec<(Cow<'v, str>, Rule)>,
    typ: Option<Cow<'v, str>>,
    leeway: Duration,
    max_age: Option<Duration>,
    ignored: Vec<Cow<'v, str>>,
    limits: Limits,
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

    /// How large a token may be.
    #[must_use]
    pub fn size_limits(&self) -> &Limits {
        &self.limits
    }

    /// Checks the claims of a token whose signature verified, at the moment `now`.
    ///
    /// # Errors
    /// [`JwtError::Token`] if the payload is no JSON object as [`crate::check_object`] wants it;
    /// [`JwtError::Claim`] for the first claim refused.
    pub fn check(&self, verified: &Verified, now: Timestamp) -> Result<(), JwtError> {
        self.read(verified, now, &mut Discard)
            .map_err(JwtError::from)
            .and_then(|checked| Ok(checked?))
    }

    /// As [`Validation::check`], and reads the claims into `sink` on the way: the outer error is the
    /// sink's, or the reader's; the inner one is about a claim.
    ///
    /// # Errors
    /// As [`read_object`].
    pub fn read<'p, S: Sink<'p>>(
        &self,
        verified: &'p Verified,
        now: Timestamp,
        sink: &mut S,
    ) -> Result<Result<S::Object, ClaimError>, S::Error> {
        if let Err(error) = self.check_typ(verified.header()) {
            return Ok(Err(error));
        }
        self.read_payload(verified.payload(), now, sink)
    }

    /// As [`Validation::read`], for claims whose token the caller has verified by other means, or
    /// does not believe anyway; [`Validation::typ`] has no header here to look at.
    ///
    /// # Errors
    /// As [`read_object`].
    pub fn read_payload<'p, S: Sink<'p>>(
        &self,
        payload: &'p [u8],
        now: Timestamp,
        sink: &mut S,
    ) -> Result<Result<S::Object, ClaimError>, S::Error> {
        let mut found = Found::sought_by(self);
        let object = read_object(payload, self.limits.max_depth, sink, |name, json| {
            found.note(self, name, json);
        })?;
        Ok(self.check_claims(found, now).map(|()| object))
    }

    fn check_claims(&self, mut claims: Found<'_>, now: Timestamp) -> Result<(), ClaimError> {
        self.check_presence(&claims)?;
        for name in &self.ignored {
            claims.registered.forget(name);
        }
        let registered = &claims.registered;
        registered.check_types()?;
        self.check_issuer(registered)?;
        self.check_audience(registered)?;
        registered.check_times(now, self.leeway)?;
        self.check_age(registered, now)?;
        for ((name, rule), json) in self.rules.iter().zip(&claims.ruled) {
            let json = json.ok_or_else(|| missing(name))?;
            if !serde_json::from_str(json).is_ok_and(|value| rule.allows(&value)) {
                let claim = name.clone().into_owned();
                return Err(ClaimError::Unexpected { claim, expected: rule.expected() });
            }
        }
        Ok(())
    }

    fn check_typ(&self, header: &Header) -> Result<(), ClaimError> {
        match &self.typ {
            Some(typ) if !header.has_typ(typ) => {
                Err(ClaimError::WrongTyp { expected: typ.clone().into_owned() })
            }
            _ => Ok(()),
        }
    }

    fn check_presence(&self, claims: &Found<'_>) -> Result<(), ClaimError> {
        let mut wanted = self.required.iter().zip(&claims.required);
        match wanted.find(|(_, met)| !**met) {
            Some((name, _)) => Err(missing(name)),
            None => Ok(()),
        }
    }

    fn check_issuer(&self, registered: &RegisteredClaims<'_>) -> Result<(), ClaimError> {
        if self.issuers.is_empty() || self.ignores("iss") {
            return Ok(());
        }
        let issuer = registered.issuer().ok_or_else(|| missing("iss"))?;
        if self.issuers.contains(&issuer) {
            Ok(())
        } else {
            Err(ClaimError::WrongIssuer { expected: owned(&self.issuers) })
        }
    }

    fn check_audience(&self, registered: &RegisteredClaims<'_>) -> Result<(), ClaimError> {
        if self.ignores("aud") {
            return Ok(());
        }
        let present = registered.has("aud") == Some(true);
        if self.audiences.is_empty() {
            let ruled = self.rules.iter().any(|(name, _)| name == "aud");
            return if present && !ruled { Err(ClaimError::UnnamedAudience) } else { Ok(()) };
        }
        if !present {
            return Err(missing("aud"));
        }
        if self.audiences.iter().any(|accepted| registered.is_for(accepted)) {
            Ok(())
        } else {
            Err(ClaimError::WrongAudience { expected: owned(&self.audiences) })
        }
    }

    fn ignores(&self, name: &str) -> bool {
        self.ignored.iter().any(|ignored| ignored == name)
    }

    fn check_age(
        &self,
        registered: &RegisteredClaims<'_>,
        now: Timestamp,
    ) -> Result<(), ClaimError> {
        let Some(max_age) = self.max_age else { return Ok(()) };
        let issued_at = registered.issued_at().ok_or_else(|| missing("iat"))?;
        if now.since(issued_at) > max_age.saturating_add(self.leeway) {
            return Err(ClaimError::TooOld { max_age });
        }
        Ok(())
    }
}

fn missing(claim: &str) -> ClaimError {
    ClaimError::Missing { claim: claim.to_owned() }
}

fn owned(names: &[Cow<'_, str>]) -> Vec<String> {
    names.iter().map(|name| name.clone().into_owned()).collect()
}

/// The claims that a validation looks at.
struct Found<'a> {
    registered: RegisteredClaims<'a>,
    /// For each required name, whether it was met.
    required: Vec<bool>,
    /// For each rule, its claim as it is written.
    ruled: Vec<Option<&'a str>>,
}

impl<'a> Found<'a> {
    fn sought_by(validation: &Validation<'_>) -> Self {
        Self {
            registered: RegisteredClaims::default(),
            required: vec![false; validation.required.len()],
            ruled: vec![None; validation.rules.len()],
        }
    }

    fn note(&mut self, validation: &Validation<'_>, name: &str, json: &'a str) {
        self.registered.note(name, json);
        for (met, required) in self.required.iter_mut().zip(&validation.required) {
            *met |= required == name;
        }
        for (place, (ruled, _)) in self.ruled.iter_mut().zip(&validation.rules) {
            if ruled == name {
                *place = Some(json);
            }
        }
    }
}
