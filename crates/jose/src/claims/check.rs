use std::borrow::Cow;

use super::{RegisteredClaims, Validation};
use crate::json::Discard;
use crate::{ClaimError, Header, JwtError, Sink, Timestamp, Verified, read_object};

impl Validation<'_> {
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
