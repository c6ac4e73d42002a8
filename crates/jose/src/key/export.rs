use std::sync::Arc;

use pem::{EncodeConfig, LineEnding, Pem};
use zeroize::Zeroizing;

use super::asymmetric::Asymmetric;
use super::purpose::Purpose;
use super::scheme::Scheme;
use super::{Key, Material};
use crate::{KeyError, base64url};

// A private RSA key of 8192 bits takes some 6 KiB; a buffer that grows leaves copies behind.
const MOST_BYTES: usize = 8_192;

impl Key {
    /// The public half, with the same algorithm and `kid`.
    ///
    /// # Errors
    /// [`KeyError::NoPublicPart`] for a secret.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let public = Key::generate(Algorithm::Es256)?.public()?;
    /// assert!(!public.can_sign());
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn public(&self) -> Result<Self, KeyError> {
        let pair = self.key_pair()?;
        if !pair.can_sign() {
            return Ok(self.clone());
        }
        let public = Asymmetric::from_public(&pair.spki(), Purpose::current(self.algorithm))?;
        let material = Material::Asymmetric(Arc::new(public));
        Ok(Self::of(self.algorithm, self.kid.clone(), material))
    }

    /// The key as PEM: PKCS#8 if it is private, else SPKI. It ends with a newline.
    ///
    /// # Errors
    /// [`KeyError::NoPublicPart`] for a secret, which has no such form.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let key = Key::generate(Algorithm::EdDsa)?;
    /// let again = Key::from_pem(&key.to_pem()?, Algorithm::EdDsa)?;
    /// assert_eq!(again.kid(), key.kid());
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let pair = self.key_pair()?;
        let block = match pair.pkcs8()? {
            Some(der) => Pem::new("PRIVATE KEY", der.as_slice()),
            None => Pem::new("PUBLIC KEY", pair.spki()),
        };
        let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
        Ok(Zeroizing::new(pem::encode_config(&block, config)))
    }

    /// The key as DER: PKCS#8 if it is private, else SPKI.
    ///
    /// # Errors
    /// [`KeyError::NoPublicPart`] for a secret, which has no such form.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let key = Key::generate(Algorithm::Es256)?;
    /// assert!(Key::from_der(&key.to_der()?, Algorithm::Es256)?.can_sign());
    /// assert!(!Key::from_der(&key.public()?.to_der()?, Algorithm::Es256)?.can_sign());
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn to_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let pair = self.key_pair()?;
        Ok(pair.pkcs8()?.unwrap_or_else(|| pair.spki().into()))
    }

    /// The key as the text of a JWK (RFC 7517), with `alg`, `use` and `kid`; private members are
    /// in it if the key is private, and a secret is itself private. To publish a key, take its
    /// [`Key::public`] half. A secret that may only verify has `key_ops` in place of `use`.
    ///
    /// # Errors
    /// [`KeyError::SigningFailed`] if the cryptography library does not give the key away.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let key = Key::generate(Algorithm::Ps256)?;
    /// assert!(key.to_jwk()?.contains(r#""d":"#));
    /// assert!(!key.public()?.to_jwk()?.contains(r#""d":"#));
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn to_jwk(&self) -> Result<Zeroizing<String>, KeyError> {
        let scheme = Scheme::of(self.algorithm);
        let members = match &self.material {
            Material::Asymmetric(pair) => pair.jwk_members()?,
            Material::Secret(secret) => vec![("k", secret.raw().to_vec().into())],
        };
        // Written by hand, since every copy of a private member must be wiped. None but `kid` can
        // hold a letter that JSON escapes.
        let mut jwk = Zeroizing::new(String::with_capacity(MOST_BYTES));
        jwk.push_str(r#"{"kty":""#);
        jwk.push_str(scheme.kty());
        for (name, value) in [("crv", scheme.crv()), ("alg", Some(self.algorithm.name()))] {
            if let Some(value) = value {
                jwk.extend([r#"",""#, name, r#"":""#, value]);
            }
        }
        for (name, bytes) in &members {
            jwk.extend([r#"",""#, name, r#"":""#]);
            base64url::encode_onto(bytes, &mut jwk);
        }
        let only_verifies = self.algorithm.is_symmetric() && !self.can_sign();
        jwk.push_str(if only_verifies { r#"","key_ops":["verify"]"# } else { r#"","use":"sig""# });
        if let Some(kid) = self.kid() {
            jwk.push_str(r#","kid":"#);
            jwk.push_str(&serde_json::Value::from(kid).to_string());
        }
        jwk.push('}');
        Ok(jwk)
    }

    /// The SHA-256 thumbprint of the public half as base64url (RFC 7638; RFC 8037 appendix A.3).
    ///
    /// # Errors
    /// [`KeyError::NoPublicPart`] for a secret: a digest of it would help to guess it.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key};
    ///
    /// let key = Key::generate(Algorithm::Es256)?;
    /// assert_eq!(key.thumbprint()?, key.public()?.thumbprint()?);
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn thumbprint(&self) -> Result<String, KeyError> {
        Ok(base64url::encode(&self.key_pair()?.thumbprint()))
    }

    fn key_pair(&self) -> Result<&Asymmetric, KeyError> {
        match &self.material {
            Material::Asymmetric(pair) => Ok(pair),
            Material::Secret(_) => Err(KeyError::NoPublicPart),
        }
    }
}
