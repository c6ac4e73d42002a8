use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize, PublicKey as RsaPublicKey};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    VerificationAlgorithm,
};

use crate::{Algorithm, KeyError, base64url};

/// A key pair or public key, parsed once.
pub(super) struct Asymmetric {
    algorithm: Algorithm,
    private: Option<Private>,
    public: ParsedPublicKey,
}

enum Private {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Asymmetric {
    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let private = match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Private::Ed25519),
            Algorithm::Es256 => {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Private::Ecdsa)
            }
            Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048).map(Private::Rsa),
            Algorithm::Hs256 => return Err(unusable(algorithm)),
        };
        Self::from_private(algorithm, private.map_err(|_| KeyError::SigningFailed)?)
    }

    /// From PKCS#8, PKCS#1 (RSA) or SEC 1 (EC) in DER.
    pub(super) fn from_private_der(der: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        let private = match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(der).map(Private::Ed25519),
            Algorithm::Es256 => {
                EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                    .map(Private::Ecdsa)
            }
            Algorithm::Rs256 => {
                RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).map(Private::Rsa)
            }
            Algorithm::Hs256 => return Err(unusable(algorithm)),
        };
        Self::from_private(algorithm, private.map_err(|_| unusable(algorithm))?)
    }

    /// From SPKI, PKCS#1 (RSA), an uncompressed point (EC) or 32 raw bytes (Ed25519).
    pub(super) fn from_public(bytes: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        let public = ParsedPublicKey::new(verification(algorithm)?, bytes)
            .map_err(|_| unusable(algorithm))?;
        Self::checked(algorithm, None, public)
    }

    pub(super) fn from_ed25519(private: Ed25519KeyPair) -> Result<Self, KeyError> {
        Self::from_private(Algorithm::EdDsa, Private::Ed25519(private))
    }

    pub(super) fn from_ecdsa(private: EcdsaKeyPair) -> Result<Self, KeyError> {
        Self::from_private(Algorithm::Es256, Private::Ecdsa(private))
    }

    pub(super) fn from_rsa(private: RsaKeyPair) -> Result<Self, KeyError> {
        Self::from_private(Algorithm::Rs256, Private::Rsa(private))
    }

    fn from_private(algorithm: Algorithm, private: Private) -> Result<Self, KeyError> {
        let public = match &private {
            Private::Ecdsa(pair) => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key())
            }
            Private::Ed25519(pair) => ParsedPublicKey::new(&ED25519, pair.public_key()),
            Private::Rsa(pair) => {
                ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key())
            }
        };
        Self::checked(algorithm, Some(private), public.map_err(|_| unusable(algorithm))?)
    }

    fn checked(
        algorithm: Algorithm,
        private: Option<Private>,
        public: ParsedPublicKey,
    ) -> Result<Self, KeyError> {
        let key = Self { algorithm, private, public };
        if key.algorithm == Algorithm::Rs256 && !(2_048..=8_192).contains(&key.rsa_bits()) {
            return Err(unusable(algorithm));
        }
        Ok(key)
    }

    pub(super) fn can_sign(&self) -> bool {
        self.private.is_some()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match self.private.as_ref().ok_or(KeyError::NotForSigning)? {
            Private::Ecdsa(pair) => {
                pair.sign(&random, message).map(|signature| signature.as_ref().to_vec())
            }
            Private::Ed25519(pair) => {
                pair.try_sign(message).map(|signature| signature.as_ref().to_vec())
            }
            Private::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map(|()| signature)
            }
        }
        .map_err(|_| KeyError::SigningFailed)
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }

    /// The SHA-256 thumbprint of the public key (RFC 7638; RFC 8037 appendix A.3 for Ed25519).
    pub(super) fn thumbprint(&self) -> [u8; 32] {
        let canonical = match self.algorithm {
            Algorithm::Rs256 => {
                let public = self.rsa_public();
                let part = |bytes: &[u8]| base64url::encode(bytes);
                let (e, n) = (public.exponent(), public.modulus());
                format!(
                    r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
                    part(e.big_endian_without_leading_zero()),
                    part(n.big_endian_without_leading_zero())
                )
            }
            Algorithm::Es256 => {
                let spki = self.spki();
                let (x, y) = spki[spki.len() - 64..].split_at(32);
                format!(
                    r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                    base64url::encode(x),
                    base64url::encode(y)
                )
            }
            Algorithm::EdDsa | Algorithm::Hs256 => {
                let spki = self.spki();
                let x = &spki[spki.len() - 32..];
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url::encode(x))
            }
        };
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(digest(&SHA256, canonical.as_bytes()).as_ref());
        thumbprint
    }

    // The library writes every public key it holds, EC points uncompressed, so the coordinates
    // are the last bytes of the structure.
    fn spki(&self) -> Vec<u8> {
        self.public.as_der().expect("a parsed public key can be written").as_ref().to_vec()
    }

    // The library parses keys of other sizes and only fails to verify with them later.
    fn rsa_bits(&self) -> usize {
        let public = self.rsa_public();
        let modulus = public.modulus();
        let bytes = modulus.big_endian_without_leading_zero();
        let leading_zeros = bytes.first().map_or(0, |byte| byte.leading_zeros() as usize);
        bytes.len() * 8 - leading_zeros
    }

    fn rsa_public(&self) -> RsaPublicKey {
        RsaPublicKey::from_der(&self.spki()).expect("an RSA key that parsed once parses again")
    }
}

fn verification(algorithm: Algorithm) -> Result<&'static dyn VerificationAlgorithm, KeyError> {
    match algorithm {
        Algorithm::EdDsa => Ok(&ED25519),
        Algorithm::Es256 => Ok(&ECDSA_P256_SHA256_FIXED),
        Algorithm::Rs256 => Ok(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Hs256 => Err(unusable(algorithm)),
    }
}

pub(super) fn unusable(algorithm: Algorithm) -> KeyError {
    let needs = match algorithm {
        Algorithm::EdDsa => "an Ed25519 key",
        Algorithm::Es256 => "an EC key on P-256",
        Algorithm::Hs256 => "a secret",
        Algorithm::Rs256 => "an RSA key of 2048 to 8192 bits",
    };
    KeyError::Unusable { algorithm, needs }
}
