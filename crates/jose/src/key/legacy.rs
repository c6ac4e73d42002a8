//! Keys that are too weak for new signatures, to read what an old system still signs.
//!
//! HMAC secrets of one byte and more and RSA keys from 1024 bits become keys that verify and never
//! sign: [`Key::can_sign`] is false, also for a private or strong one. Everything else is refused as
//! for [`Key`]: an empty secret, a PEM or JWK as a secret, a key of another algorithm.
//!
//! The cryptography library has RSA below 2048 bits for RS256 and RS512 only. RS384 and PSS take no
//! weaker key here than elsewhere.
//!
//! Who breaks such a key signs what this reads. Name it in a set only for as long as its tokens
//! are alive.

use super::jwk::Jwk;
use super::purpose::Purpose;
use super::{Algorithm, Key, KeyError};

/// As [`Key::from_secret`], from one byte on, for verifying only.
///
/// # Errors
/// [`KeyError::ShortSecret`] for an empty secret; otherwise as [`Key::from_secret`].
///
/// ```
/// use tegata_jose::{legacy, Algorithm};
///
/// let key = legacy::from_secret(b"swordfish", Algorithm::Hs256)?;
/// assert!(!key.can_sign());
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
pub fn from_secret(raw: &[u8], algorithm: Algorithm) -> Result<Key, KeyError> {
    Key::secret(raw, Purpose::legacy(algorithm))
}

/// As [`Key::from_pem`], RSA from 1024 bits for RS256 and RS512, for verifying only: of a private
/// key the public half is taken.
///
/// # Errors
/// As [`Key::from_pem`].
///
/// ```
/// use tegata_jose::{legacy, Algorithm};
///
/// let pem = "-----BEGIN PUBLIC KEY-----
/// MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDt72G/aD4H4sHeYYKwH1xhaycH
/// 81hlVKzTiPbqvVLXgbXYNi6rEphJEuu21qX5V2cGRmue0NV+6s4qEQ2npN879s63
/// gIAOEu5KOeWE4ZcFSggNTb0x2PpHs591fDtfQUDg8aOexLkovkb69oI1DdY50eaG
/// RkpvfhzBCbkID/U+3wIDAQAB
/// -----END PUBLIC KEY-----";
/// assert!(!legacy::from_pem(pem, Algorithm::Rs256)?.can_sign());
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
pub fn from_pem(text: &str, algorithm: Algorithm) -> Result<Key, KeyError> {
    Key::pem(text, Purpose::legacy(algorithm))
}

/// As [`Key::from_der`], RSA from 1024 bits for RS256 and RS512, for verifying only: of a private
/// key the public half is taken.
///
/// # Errors
/// As [`Key::from_der`].
///
/// ```
/// use tegata_jose::{legacy, Algorithm, Key};
///
/// let private = Key::generate(Algorithm::Es256)?;
/// let key = legacy::from_der(&private.to_der()?, Algorithm::Es256)?;
/// assert_eq!((key.kid(), key.can_sign()), (private.kid(), false));
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
pub fn from_der(bytes: &[u8], algorithm: Algorithm) -> Result<Key, KeyError> {
    Key::der(bytes, Purpose::legacy(algorithm))
}

/// As [`Key::from_jwk`], secrets from one byte on and RSA from 1024 bits for RS256 and RS512, for
/// verifying only: of a private key the public half is taken.
///
/// # Errors
/// As [`Key::from_jwk`].
///
/// ```
/// use tegata_jose::{legacy, Algorithm};
///
/// let key = legacy::from_jwk(r#"{"kty":"oct","k":"c3dvcmRmaXNo","alg":"HS256"}"#, None)?;
/// assert_eq!((key.algorithm(), key.can_sign()), (Algorithm::Hs256, false));
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
pub fn from_jwk(json: &str, algorithm: Option<Algorithm>) -> Result<Key, KeyError> {
    Jwk::parse(json)?.key(algorithm, true)
}
