use std::time::Duration;

use tegata_jose::{
    ClaimError, Header, Limits, RegisteredClaims, Rule, TokenError, Validation, jws, read_members,
};

use crate::external_scopes::scopes_of;
use crate::{
    Algorithm, ExternalClaims, ExternalIssuer, ExternalUnread, KeySet, Refusal, Scopes, Timestamp,
};

const OTHER_ALGORITHM: &str = "its `alg` is none that this issuer may sign with; hint: a shared \
    secret (HS256) is never taken, so have the issuer sign with a key for ES256 or RS256";

/// What a token says before its signature was looked at; `None` if it has no such text.
///
/// It picks whose keys to verify with, by [`ExternalIssuer::is_named`], and is good for nothing else.
///
/// ```
/// # use tegata_jose::{jws, Algorithm, Key, Limits};
/// # let key = Key::generate(Algorithm::Es256)?;
/// let token = jws::sign(&key, None, br#"{"iss":"https://login.example"}"#)?;
/// let issuer = tegata::unverified_issuer(&token, &Limits::default());
/// assert_eq!(issuer.as_deref(), Some("https://login.example"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn unverified_issuer(token: &str, limits: &Limits) -> Option<String> {
    let (_, payload) = jws::read_unverified(token, limits).ok()?;
    let registered = RegisteredClaims::parse(&payload, limits.max_depth).ok()?;
    registered.issuer().map(std::borrow::Cow::into_owned)
}

impl ExternalIssuer {
    /// Reads a token of this issuer: its signature first, by `keys` alone, which have to be those
    /// that this issuer publishes; then its type, issuer, audience, client and times.
    ///
    /// # Errors
    /// [`ExternalUnread`] with [`Refusal::InvalidToken`], [`Refusal::InvalidTokenType`] or
    /// [`Refusal::ExpiredToken`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use tegata::{ExternalIssuer, ExternalPolicy};
    /// use tegata_jose::{Algorithm, Key, KeySet, Limits, Timestamp, jws};
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::Es256)?])?;
    /// let claims = r#"{"iss":"https://login.example","sub":"alice","aud":"api","exp":1700000300}"#;
    /// let token = jws::sign(keys.signing_key()?, None, claims.as_bytes())?;
    ///
    /// let login = ExternalIssuer::new(ExternalPolicy {
    ///     issuer: "https://login.example".to_owned(),
    ///     audience: vec!["api".to_owned()],
    ///     untyped: true,
    ///     ..ExternalPolicy::default()
    /// })?;
    /// let (now, leeway) = (Timestamp::from_seconds(1_700_000_000), Duration::from_secs(10));
    /// let claims = login.read(now, leeway, &token, &keys, &Limits::default()).unwrap();
    /// assert_eq!(claims.subject(), "alice");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(
        &self,
        now: Timestamp,
        leeway: Duration,
        token: &str,
        keys: &KeySet,
        limits: &Limits,
    ) -> Result<ExternalClaims, ExternalUnread> {
        let verified = jws::verify(token, keys, limits)
            .map_err(|error| self.unverified(token, limits, error))?;
        self.check_header(verified.header())?;
        let payload = verified.payload();
        let registered = RegisteredClaims::parse(payload, limits.max_depth)
            .map_err(|error| ExternalUnread::foreign(&error))?;
        let issuer = registered.issuer().unwrap_or_default();
        if !self.is_named(&issuer) {
            return Err(ExternalUnread::foreign(&"`iss` is not the name of this issuer"));
        }
        let tenant = self.tenant_of(&issuer);
        let validation = self.validation(&issuer, tenant, leeway, *limits);
        validation.check(&verified, now).map_err(|error| match error {
            tegata_jose::JwtError::Claim(ClaimError::Expired) => {
                ExternalUnread::theirs(Refusal::ExpiredToken, &ClaimError::Expired)
            }
            error => ExternalUnread::foreign(&error),
        })?;
        let found = self.look(payload, limits.max_depth)?;
        let subject = registered.subject().filter(|subject| !subject.is_empty());
        Ok(ExternalClaims {
            subject: subject
                .ok_or_else(|| ExternalUnread::foreign(&"`sub` is empty"))?
                .into_owned(),
            // Required and checked above.
            expires_at: registered
                .expires_at()
                .ok_or_else(|| ExternalUnread::foreign(&"`exp` is missing"))?,
            issuer: issuer.into_owned(),
            scopes: found.scopes,
            auth_time: found.auth_time,
            leeway,
            payload: payload.to_vec(),
        })
    }

    /// Why a token did not verify, and whether it could with a key that is not at hand.
    fn unverified(&self, token: &str, limits: &Limits, error: TokenError) -> ExternalUnread {
        let (mut has_kid, mut is_allowed) = (false, true);
        let header = jws::read_unverified_header(token, limits);
        let read = header.and_then(|header| {
            read_members(&header, limits.max_depth, |name, json| match name {
                "kid" => has_kid = true,
                "alg" => {
                    let alg = serde_json::from_str::<String>(json).ok();
                    let alg = alg.and_then(|alg| alg.parse().ok());
                    is_allowed = alg.is_some_and(|alg| self.allows(alg));
                }
                _ => {}
            })
        });
        if read.is_ok() && !is_allowed {
            return ExternalUnread::foreign(&OTHER_ALGORITHM);
        }
        ExternalUnread {
            misses_key: error == TokenError::UnknownKey && has_kid,
            ..ExternalUnread::foreign(&error)
        }
    }

    fn allows(&self, algorithm: Algorithm) -> bool {
        let allowed = &self.policy.algorithms;
        !algorithm.is_symmetric() && (allowed.is_empty() || allowed.contains(&algorithm))
    }

    fn check_header(&self, header: &Header) -> Result<(), ExternalUnread> {
        if !self.allows(header.alg) {
            return Err(ExternalUnread::foreign(&OTHER_ALGORITHM));
        }
        let is_allowed = match header.typ {
            None => self.policy.untyped,
            Some(_) => self.policy.types.iter().any(|typ| header.has_typ(typ)),
        };
        if is_allowed {
            Ok(())
        } else {
            Err(ExternalUnread::of_another_type("`typ` is not that of an access token"))
        }
    }

    fn validation<'v>(
        &'v self,
        issuer: &'v str,
        tenant: Option<&'v str>,
        leeway: Duration,
        limits: Limits,
    ) -> Validation<'v> {
        let policy = &self.policy;
        let mut validation = Validation::new()
            .issuer(issuer)
            .require("exp")
            .require("sub")
            .leeway(leeway)
            .limits(limits);
        if policy.audience.is_empty() {
            validation = validation.ignore("aud");
        }
        for audience in &policy.audience {
            validation = validation.audience(audience);
        }
        if !policy.clients.is_empty() {
            validation =
                validation.claim(&policy.client_claim, Rule::one_of(policy.clients.clone()));
        }
        if let Some(tenant) = tenant {
            validation = validation.claim("tid", Rule::value(tenant));
        }
        for name in &policy.require {
            validation = validation.require(name);
        }
        for (name, values) in &policy.claims {
            validation = validation.claim(name, Rule::one_of(values.clone()));
        }
        validation
    }

    /// What is in the payload beyond what a [`Validation`] checks.
    fn look(&self, payload: &[u8], max_depth: usize) -> Result<Look, ExternalUnread> {
        let policy = &self.policy;
        let (mut has_absent, mut has_any) = (false, policy.require_any.is_empty());
        let mut says_type = policy.token_type.is_none();
        let mut auth_time = None;
        let mut scope_claims: Vec<Option<&str>> = vec![None; policy.scopes.len()];
        read_members(payload, max_depth, |name, json| {
            has_absent |= policy.absent.iter().any(|each| each == name);
            has_any |= policy.require_any.iter().any(|each| each == name);
            if let Some((_, types)) = policy.token_type.as_ref().filter(|(claim, _)| claim == name)
            {
                says_type =
                    serde_json::from_str::<String>(json).is_ok_and(|said| types.contains(&said));
            }
            if name == "auth_time" {
                auth_time = serde_json::from_str(json).ok();
            }
            for (place, path) in scope_claims.iter_mut().zip(&policy.scopes) {
                if path[0] == name {
                    *place = Some(json);
                }
            }
        })
        .map_err(|error| ExternalUnread::foreign(&error))?;
        if has_absent || !says_type {
            return Err(ExternalUnread::of_another_type(
                "it is of another type than access tokens of this issuer",
            ));
        }
        if !has_any {
            return Err(ExternalUnread::foreign(
                &"it has none of the claims of which it must have one",
            ));
        }
        let claims = scope_claims.into_iter().zip(&policy.scopes);
        let scopes = scopes_of(claims.filter_map(|(json, path)| Some((json?, &path[1..]))));
        Ok(Look { scopes, auth_time })
    }
}

struct Look {
    scopes: Scopes,
    auth_time: Option<Timestamp>,
}
