//! A JWS whose payload is a set of claims ([RFC 7519 section 7]).
//!
//! [RFC 7519 section 7]: https://www.rfc-editor.org/rfc/rfc7519#section-7

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    JwtError, Key, KeyError, KeySet, Limits, RegisteredClaims, Timestamp, TokenError, Validation,
    Verified, check_object, jws,
};

/// Verifies a JWT: as [`jws::verify`], and then that its payload is a JSON object in UTF-8 with
/// unique member names and bounded depth. What the claims say is the caller's to check afterwards.
///
/// # Errors
/// As [`jws::verify`]; then [`TokenError::DuplicateMember`], [`TokenError::TooDeep`] or
/// [`TokenError::Malformed`].
///
/// ```
/// use tegata_jose::{jws, jwt, Algorithm, Key, KeySet, Limits};
///
/// let keys = KeySet::new(vec![Key::generate(Algorithm::Es256)?])?;
/// let token = jws::sign(keys.signing_key()?, None, br#"{"sub":"alice"}"#)?;
/// assert!(jwt::verify(&token, &keys, &Limits::default()).is_ok());
///
/// let no_claims = jws::sign(keys.signing_key()?, None, b"alice")?;
/// assert!(jwt::verify(&no_claims, &keys, &Limits::default()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(token: &str, keys: &KeySet, limits: &Limits) -> Result<Verified, TokenError> {
    let verified = jws::verify(token, keys, limits)?;
    check_object(verified.payload(), limits.max_depth)?;
    Ok(verified)
}

/// Checks that `payload` is a set of claims that a strict reader takes: a JSON object as
/// [`check_object`] wants it, in which every registered claim is of its type.
///
/// For use before signing what came from elsewhere.
///
/// # Errors
/// [`JwtError::Token`] for the JSON, [`JwtError::Claim`] for the first claim of a wrong type.
///
/// ```
/// use tegata_jose::{jwt, Limits};
///
/// assert!(jwt::check_claims(br#"{"exp":1700000000}"#, &Limits::default()).is_ok());
/// assert!(jwt::check_claims(br#"{"exp":"tomorrow"}"#, &Limits::default()).is_err());
/// ```
pub fn check_claims(payload: &[u8], limits: &Limits) -> Result<(), JwtError> {
    RegisteredClaims::parse(payload, limits.max_depth)?.check_types()?;
    Ok(())
}

/// Signs claims as a JWT (RFC 7519 section 7.1) with `typ: JWT`.
///
/// # Errors
/// [`EncodeError`] for what is no JSON object, for a registered claim of a wrong type, and for a
/// key that does not sign.
///
/// ```
/// use tegata_jose::{jwt, Algorithm, Key};
///
/// #[derive(serde::Serialize)]
/// struct Claims {
///     sub: &'static str,
///     exp: u64,
/// }
///
/// let key = Key::generate(Algorithm::Es256)?;
/// assert!(jwt::encode(&Claims { sub: "alice", exp: 1_700_000_000 }, &key).is_ok());
/// assert!(jwt::encode(&["no", "claims"], &key).is_err());
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
pub fn encode<T: Serialize + ?Sized>(claims: &T, key: &Key) -> Result<String, EncodeError> {
    let payload = serde_json::to_vec(claims).map_err(|_| EncodeError::NotJson)?;
    check_claims(&payload, &Limits::default())?;
    Ok(jws::sign(key, Some("JWT"), &payload)?)
}

/// Why claims were not signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// A reader would refuse them.
    #[error(transparent)]
    Claims(#[from] JwtError),
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// They have no form in JSON.
    #[error("the claims have no form in JSON; hint: the names of a map must be strings")]
    NotJson,
}

/// Verifies a JWT and what it claims: the signature first, then the claims against `validation`
/// at the moment `now` (RFC 7519 section 7.2, RFC 8725 section 3).
///
/// # Errors
/// [`JwtError::Token`] as [`verify`] has it; [`JwtError::Claim`] for the first claim refused.
///
/// ```
/// use tegata_jose::{jws, jwt, Algorithm, ClaimError, Key, KeySet, Timestamp, Validation};
///
/// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// let token = jws::sign(&keys.keys()[0], None, br#"{"exp":1700000000}"#)?;
///
/// let decode = |seconds| {
///     jwt::decode(&token, &keys, &Validation::new(), Timestamp::from_seconds(seconds))
/// };
/// assert!(decode(1_699_999_999).is_ok());
/// assert_eq!(decode(1_700_000_000), Err(ClaimError::Expired.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decode(
    token: &str,
    keys: &KeySet,
    validation: &Validation<'_>,
    now: Timestamp,
) -> Result<Verified, JwtError> {
    let verified = jws::verify(token, keys, validation.size_limits())?;
    validation.check(&verified, now)?;
    Ok(verified)
}

impl Verified {
    /// The payload of a JWT as a type of the caller's.
    ///
    /// # Errors
    /// What `serde_json` says when the payload is not a `T`.
    ///
    /// ```
    /// use tegata_jose::{jws, jwt, Algorithm, Key, KeySet, Limits};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Claims<'a> {
    ///     sub: &'a str,
    /// }
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::Es256)?])?;
    /// let token = jws::sign(&keys.keys()[0], None, br#"{"sub":"alice"}"#)?;
    /// let verified = jwt::verify(&token, &keys, &Limits::default())?;
    /// assert_eq!(verified.claims::<Claims>()?.sub, "alice");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn claims<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        // Text is looked through for UTF-8 once, bytes string by string.
        match str::from_utf8(self.payload()) {
            Ok(json) => serde_json::from_str(json),
            Err(_) => serde_json::from_slice(self.payload()),
        }
    }
}
