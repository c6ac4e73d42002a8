use std::ops::RangeInclusive;

use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaParameters, VerificationAlgorithm,
};

use super::scheme::Scheme;
use crate::{Algorithm, KeyError};

/// What a key is made for: its algorithm, and whether a weak key may verify with it.
#[derive(Clone, Copy)]
pub(super) struct Purpose {
    pub(super) algorithm: Algorithm,
    /// Weak keys are let in, and no key signs.
    pub(super) is_legacy: bool,
}

impl Purpose {
    pub(super) fn current(algorithm: Algorithm) -> Self {
        Self { algorithm, is_legacy: false }
    }

    pub(super) fn legacy(algorithm: Algorithm) -> Self {
        Self { algorithm, is_legacy: true }
    }

    pub(super) fn scheme(self) -> Scheme {
        Scheme::of(self.algorithm)
    }

    /// How signatures are checked. A secret has no such thing.
    pub(super) fn verification(self) -> Result<&'static dyn VerificationAlgorithm, KeyError> {
        match self.scheme() {
            Scheme::Ec(curve) => Ok(curve.verify),
            Scheme::Ed25519 => Ok(&aws_lc_rs::signature::ED25519),
            #[cfg(feature = "ml-dsa")]
            Scheme::MlDsa(set) => Ok(set.verify),
            Scheme::Rsa { verify, .. } => Ok(self.rsa_legacy().unwrap_or(verify)),
            Scheme::Hmac(_) => Err(self.unusable()),
        }
    }

    /// The sizes of RSA moduli that [`Self::verification`] takes.
    pub(super) fn rsa_bits(self) -> RangeInclusive<usize> {
        if self.rsa_legacy().is_some() { 1_024..=8_192 } else { 2_048..=8_192 }
    }

    // The library has these two below 2048 bits and no others.
    pub(super) fn rsa_legacy(self) -> Option<&'static RsaParameters> {
        match self.algorithm {
            Algorithm::Rs256 if self.is_legacy => {
                Some(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY)
            }
            Algorithm::Rs512 if self.is_legacy => {
                Some(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY)
            }
            _ => None,
        }
    }

    pub(super) fn unusable(self) -> KeyError {
        let needs = match self.algorithm {
            Algorithm::Ed25519 | Algorithm::EdDsa => "an Ed25519 key",
            Algorithm::Es256 => "an EC key on P-256",
            Algorithm::Es256k => "an EC key on secp256k1",
            Algorithm::Es384 => "an EC key on P-384",
            Algorithm::Es512 => "an EC key on P-521",
            Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => "a secret",
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa44 => "an ML-DSA-44 key, with its seed if it is private",
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa65 => "an ML-DSA-65 key, with its seed if it is private",
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa87 => "an ML-DSA-87 key, with its seed if it is private",
            Algorithm::Rs256 | Algorithm::Rs512 if self.is_legacy => {
                "an RSA key of 1024 to 8192 bits"
            }
            Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512
            | Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512 => {
                if self.is_legacy {
                    "an RSA key of 2048 to 8192 bits, for only RS256 and RS512 take a legacy one \
                     of 1024"
                } else {
                    "an RSA key of 2048 to 8192 bits"
                }
            }
        };
        KeyError::Unusable { algorithm: self.algorithm, needs }
    }
}
