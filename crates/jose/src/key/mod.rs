mod asymmetric;
mod der;
mod export;
pub(crate) mod jwk;
pub mod legacy;
mod members;
#[cfg(feature = "ml-dsa")]
mod ml_dsa;
mod pem;
mod pkcs1;
#[cfg(test)]
mod primitives;
mod purpose;
mod scheme;
mod secret;

use std::fmt;
use std::sync::Arc;

use crate::header_segments::HeaderSegments;
use crate::{Algorithm, KeyError, base64url};
use asymmetric::Asymmetric;
use jwk::Jwk;
use purpose::Purpose;
use secret::Secret;

/// A key for one algorithm. It signs (unless it is public) and verifies with that one only, so a
/// token cannot choose how it is checked (RFC 8725 section 3.1).
///
/// Clones share the material. Private parts are held by the cryptography library, which wipes
/// them, and appear in no output:
///
/// ```
/// use tegata_jose::{Algorithm, Key};
///
/// let key = Key::from_secret(b"a secret of no less than 32 bytes", Algorithm::Hs256)?;
/// assert_eq!(format!("{key:?}"), "Key { algorithm: HS256, kid: None, .. }");
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
#[derive(Clone)]
pub struct Key {
    algorithm: Algorithm,
    kid: Option<String>,
    material: Material,
    headers: Arc<HeaderSegments>,
}

#[derive(Clone)]
enum Material {
    Asymmetric(Arc<Asymmetric>),
    Secret(Arc<Secret>),
}

impl Material {
    fn secret(secret: Secret) -> Self {
        Self::Secret(Arc::new(secret))
    }
}

impl Key {
    /// An HMAC key from raw bytes (RFC 7518 section 3.2). It has no `kid`: a digest of a secret
    /// would help to guess it.
    ///
    /// # Errors
    /// [`KeyError::ShortSecret`] below the size of the hash, [`KeyError::NotSecret`] for a PEM, a
    /// JWK, a key or certificate in DER, also as base64, or a key of SSH,
    /// [`KeyError::Unusable`] if `algorithm` takes no secret.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key, KeyError};
    ///
    /// let key = Key::from_secret(b"a secret of no less than 32 bytes", Algorithm::Hs256)?;
    /// assert_eq!(key.kid(), None);
    ///
    /// let refusal = Key::from_secret(b"swordfish", Algorithm::Hs256).unwrap_err();
    /// assert!(matches!(refusal, KeyError::ShortSecret { least: 32, .. }));
    /// # Ok::<(), KeyError>(())
    /// ```
    pub fn from_secret(raw: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        Self::secret(raw, Purpose::current(algorithm))
    }

    /// An HMAC key drawn from `secret` by HKDF-SHA-256 (RFC 5869) under `label`, so that one
    /// secret can serve several purposes without any of them learning about the others.
    ///
    /// The derived key is as long as the hash; it is as strong as `secret` is hard to guess.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] if `algorithm` takes no secret, [`KeyError::ShortSecret`] if
    /// `secret` is empty, [`KeyError::NotSecret`] as [`Key::from_secret`].
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let key = Key::derive(b"the site's secret", b"example signing key v1", Algorithm::Hs256)?;
    /// assert!(key.can_sign());
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn derive(secret: &[u8], label: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        let secret = Secret::derive(secret, label, algorithm)?;
        Ok(Self::of(algorithm, None, Material::secret(secret)))
    }

    /// A private or public key from PEM: PKCS#8, PKCS#1, SEC 1, SPKI or an X.509 certificate. Its
    /// `kid` is the thumbprint of RFC 7638.
    ///
    /// A private ML-DSA key (feature `ml-dsa`) must have its seed, alone or with the expanded key
    /// (RFC 9881 section 6).
    ///
    /// A certificate is a container for its public key and nothing more: its dates, issuer,
    /// signature and extensions are not looked at.
    ///
    /// # Errors
    /// [`KeyError::NotPem`], [`KeyError::EncryptedPem`], [`KeyError::SeveralKeys`] (a certificate
    /// chain or a key with its certificate included), or [`KeyError::Unusable`] if the key is not
    /// one for `algorithm` (RSA below 2048 bits included); see [`crate::legacy`] for those.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let pem = "-----BEGIN PUBLIC KEY-----
    /// MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
    /// -----END PUBLIC KEY-----";
    /// let key = Key::from_pem(pem, Algorithm::EdDsa)?;
    /// assert_eq!(key.kid(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn from_pem(text: &str, algorithm: Algorithm) -> Result<Self, KeyError> {
        Self::pem(text, Purpose::current(algorithm))
    }

    /// A private or public key from DER, of the same forms as [`Key::from_pem`]. Which one it is
    /// shows in the bytes.
    ///
    /// # Errors
    /// [`KeyError::NotDer`] for anything but one whole structure of these forms,
    /// [`KeyError::EncryptedPem`] for a private key under a password, or [`KeyError::Unusable`].
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key, KeyError};
    ///
    /// let key = Key::generate(Algorithm::Es256)?;
    /// let der = key.to_der()?;
    /// assert_eq!(Key::from_der(&der, Algorithm::Es256)?.kid(), key.kid());
    ///
    /// let refusal = Key::from_der(&der[..der.len() - 1], Algorithm::Es256).unwrap_err();
    /// assert_eq!(refusal, KeyError::NotDer);
    /// # Ok::<(), KeyError>(())
    /// ```
    pub fn from_der(bytes: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        Self::der(bytes, Purpose::current(algorithm))
    }

    /// A key from a JWK (RFC 7517), private or public. A `kid` of the JWK is kept, else asymmetric
    /// keys get their thumbprint.
    ///
    /// Without `algorithm` the JWK's own `alg` counts; if it has none, the curve says it (P-256
    /// means ES256, Ed25519 means `EdDSA`), and RSA means RS256, as OIDC clients expect. With
    /// `algorithm`, an `alg` of the JWK must be the same. A key of the type AKP, as those of ML-DSA are,
    /// always has an `alg` of its own (RFC 9964 section 3).
    ///
    /// `use` must be `sig` where it is given. Where `key_ops` is given (RFC 7517 section 4.3), a
    /// key without `sign` does not sign, and its private half is left behind. A private key or a
    /// secret with `sign` alone verifies too, since whoever makes signatures can tell its own.
    ///
    /// # Errors
    /// [`KeyError::Jwk`] names the member that is wrong, [`KeyError::UnsupportedJwk`] the member
    /// by which the key is for something else, [`KeyError::NotJwk`] says what the text is not;
    /// otherwise as [`Key::from_secret`] and [`Key::from_pem`].
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// let key = Key::from_jwk(jwk, None)?;
    /// assert_eq!(key.algorithm(), Algorithm::EdDsa);
    /// assert_eq!(key.kid(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    /// assert!(!key.can_sign());
    ///
    /// let same = Key::from_jwk(jwk, Some(Algorithm::Ed25519))?;
    /// assert_eq!(same.algorithm(), Algorithm::Ed25519);
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn from_jwk(json: &str, algorithm: Option<Algorithm>) -> Result<Self, KeyError> {
        Jwk::parse(json)?.key(algorithm, false)
    }

    /// A new key from the cryptography library's own randomness; RSA gets 2048 bits.
    ///
    /// # Errors
    /// [`KeyError::SigningFailed`] if the library fails.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let key = Key::generate(Algorithm::Es384)?;
    /// assert_eq!((key.algorithm(), key.can_sign()), (Algorithm::Es384, true));
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        if algorithm.is_symmetric() {
            let secret = Secret::generate(algorithm)?;
            return Ok(Self::of(algorithm, None, Material::secret(secret)));
        }
        Asymmetric::generate(algorithm).map(|material| Self::asymmetric(algorithm, None, material))
    }

    /// The one algorithm of this key.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The identifier written into tokens and matched on reading, if there is one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The same key under another `kid`, or under none. A key without one writes none, and is tried
    /// for tokens whose `kid` is nobody's.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let key = Key::generate(Algorithm::EdDsa)?.with_kid(Some("2030-01".to_owned()));
    /// assert_eq!(key.kid(), Some("2030-01"));
    /// assert_eq!(key.public()?.with_kid(None).kid(), None);
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    #[must_use]
    pub fn with_kid(self, kid: Option<String>) -> Self {
        Self::of(self.algorithm, kid, self.material)
    }

    /// Whether this key may sign: not if it is public, if it was read as [`crate::legacy`], or if
    /// the `key_ops` of its JWK have no `sign`.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        match &self.material {
            Material::Asymmetric(material) => material.can_sign(),
            Material::Secret(secret) => secret.can_sign(),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.material {
            Material::Asymmetric(material) => material.sign(message),
            Material::Secret(secret) => secret.sign(message),
        }
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Asymmetric(material) => material.verifies(message, signature),
            Material::Secret(secret) => secret.verifies(message, signature),
        }
    }

    fn secret(raw: &[u8], purpose: Purpose) -> Result<Self, KeyError> {
        let material = Material::secret(Secret::new(raw, purpose)?);
        Ok(Self::of(purpose.algorithm, None, material))
    }

    fn pem(text: &str, purpose: Purpose) -> Result<Self, KeyError> {
        pem::import(text, purpose).map(|pair| Self::asymmetric(purpose.algorithm, None, pair))
    }

    fn der(bytes: &[u8], purpose: Purpose) -> Result<Self, KeyError> {
        der::import(bytes, purpose).map(|pair| Self::asymmetric(purpose.algorithm, None, pair))
    }

    /// The header segments that this key has written.
    pub(crate) fn headers(&self) -> &HeaderSegments {
        &self.headers
    }

    fn of(algorithm: Algorithm, kid: Option<String>, material: Material) -> Self {
        Self { algorithm, kid, material, headers: Arc::default() }
    }

    fn asymmetric(algorithm: Algorithm, kid: Option<String>, material: Asymmetric) -> Self {
        let kid = kid.unwrap_or_else(|| base64url::encode(&material.thumbprint()));
        Self::of(algorithm, Some(kid), Material::Asymmetric(Arc::new(material)))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Key")
            .field("algorithm", &format_args!("{}", self.algorithm))
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
