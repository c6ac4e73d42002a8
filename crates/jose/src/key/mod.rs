mod asymmetric;
mod export;
mod jwk;
mod pem;
mod pkcs1;
mod scheme;
mod secret;

use std::fmt;
use std::sync::Arc;

use crate::{Algorithm, KeyError, base64url};
use asymmetric::Asymmetric;
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
    /// JWK or a DER public key, [`KeyError::Unusable`] if `algorithm` takes no secret.
    pub fn from_secret(raw: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        let secret = Secret::new(raw, algorithm)?;
        Ok(Self { algorithm, kid: None, material: Material::secret(secret) })
    }

    /// An HMAC key drawn from `secret` by HKDF-SHA-256 (RFC 5869) under `label`, so that one
    /// secret can serve several purposes without any of them learning about the others.
    ///
    /// The derived key is as long as the hash; it is as strong as `secret` is hard to guess.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] if `algorithm` takes no secret, [`KeyError::ShortSecret`] if
    /// `secret` is empty.
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
        Ok(Self { algorithm, kid: None, material: Material::secret(secret) })
    }

    /// A private or public key from PEM: PKCS#8, PKCS#1, SEC 1 or SPKI. Its `kid` is the
    /// thumbprint of RFC 7638.
    ///
    /// # Errors
    /// [`KeyError::NotPem`], [`KeyError::EncryptedPem`], [`KeyError::SeveralKeys`], or
    /// [`KeyError::Unusable`] if the key is not one for `algorithm` (RSA below 2048 bits included).
    pub fn from_pem(text: &str, algorithm: Algorithm) -> Result<Self, KeyError> {
        pem::import(text, algorithm).map(|material| Self::asymmetric(algorithm, None, material))
    }

    /// A key from a JWK (RFC 7517), private or public. `use`, `key_ops` and `alg` must allow
    /// `algorithm`; a `kid` of the JWK is kept, else asymmetric keys get their thumbprint.
    ///
    /// # Errors
    /// [`KeyError::Jwk`] names the member that is wrong; otherwise as [`Key::from_secret`] and
    /// [`Key::from_pem`].
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// let key = Key::from_jwk(jwk, Algorithm::EdDsa)?;
    /// assert_eq!(key.kid(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    /// assert!(!key.can_sign());
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn from_jwk(json: &str, algorithm: Algorithm) -> Result<Self, KeyError> {
        jwk::import(json, algorithm)
    }

    /// A new key from the cryptography library's own randomness; RSA gets 2048 bits.
    ///
    /// # Errors
    /// [`KeyError::SigningFailed`] if the library fails.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        if algorithm.is_symmetric() {
            let secret = Secret::generate(algorithm)?;
            return Ok(Self { algorithm, kid: None, material: Material::secret(secret) });
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

    /// Whether this key holds a private part or a secret.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        match &self.material {
            Material::Asymmetric(material) => material.can_sign(),
            Material::Secret(_) => true,
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.material {
            Material::Asymmetric(material) => material.sign(message),
            Material::Secret(secret) => Ok(secret.sign(message)),
        }
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Asymmetric(material) => material.verifies(message, signature),
            Material::Secret(secret) => secret.verifies(message, signature),
        }
    }

    fn asymmetric(algorithm: Algorithm, kid: Option<String>, material: Asymmetric) -> Self {
        let kid = kid.unwrap_or_else(|| base64url::encode(&material.thumbprint()));
        Self { algorithm, kid: Some(kid), material: Material::Asymmetric(Arc::new(material)) }
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
