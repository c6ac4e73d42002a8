//! A JWS whose payload is a set of claims ([RFC 7519 section 7]).
//!
//! [RFC 7519 section 7]: https://www.rfc-editor.org/rfc/rfc7519#section-7

use crate::{KeySet, Limits, TokenError, Verified, check_object, jws};

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
/// let token = jws::sign(keys.signing_key(), None, br#"{"sub":"alice"}"#)?;
/// assert!(jwt::verify(&token, &keys, &Limits::default()).is_ok());
///
/// let no_claims = jws::sign(keys.signing_key(), None, b"alice")?;
/// assert!(jwt::verify(&no_claims, &keys, &Limits::default()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(token: &str, keys: &KeySet, limits: &Limits) -> Result<Verified, TokenError> {
    let verified = jws::verify(token, keys, limits)?;
    check_object(verified.payload(), limits.max_depth)?;
    Ok(verified)
}
