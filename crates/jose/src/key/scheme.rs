use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256K1_SHA256_FIXED,
    ECDSA_P256K1_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaSigningAlgorithm,
    EcdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaParameters,
};
#[cfg(feature = "ml-dsa")]
use aws_lc_rs::signature::{
    ML_DSA_44, ML_DSA_44_SIGNING, ML_DSA_65, ML_DSA_65_SIGNING, ML_DSA_87, ML_DSA_87_SIGNING,
};

#[cfg(feature = "ml-dsa")]
use super::ml_dsa::ParameterSet;
use crate::Algorithm;

/// The `kty` whose keys are whatever their `alg` says (RFC 9964 section 3).
pub(super) const AKP: &str = "AKP";

/// What an algorithm is made of: the one place where its name meets the cryptography library.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    Ec(Curve),
    Ed25519,
    Hmac(hmac::Algorithm),
    #[cfg(feature = "ml-dsa")]
    MlDsa(ParameterSet),
    Rsa {
        sign: &'static dyn RsaEncoding,
        verify: &'static RsaParameters,
    },
}

/// A curve of RFC 7518 section 6.2.1.1 or RFC 8812 section 3.1 with the hash that goes with it.
#[derive(Clone, Copy)]
pub(super) struct Curve {
    /// The name in a JWK.
    pub(super) crv: &'static str,
    /// The bytes of a coordinate.
    pub(super) size: usize,
    pub(super) sign: &'static EcdsaSigningAlgorithm,
    pub(super) verify: &'static EcdsaVerificationAlgorithm,
}

const P256: Curve = Curve {
    crv: "P-256",
    size: 32,
    sign: &ECDSA_P256_SHA256_FIXED_SIGNING,
    verify: &ECDSA_P256_SHA256_FIXED,
};
const P384: Curve = Curve {
    crv: "P-384",
    size: 48,
    sign: &ECDSA_P384_SHA384_FIXED_SIGNING,
    verify: &ECDSA_P384_SHA384_FIXED,
};
const P521: Curve = Curve {
    crv: "P-521",
    size: 66,
    sign: &ECDSA_P521_SHA512_FIXED_SIGNING,
    verify: &ECDSA_P521_SHA512_FIXED,
};
const SECP256K1: Curve = Curve {
    crv: "secp256k1",
    size: 32,
    sign: &ECDSA_P256K1_SHA256_FIXED_SIGNING,
    verify: &ECDSA_P256K1_SHA256_FIXED,
};

#[cfg(feature = "ml-dsa")]
const MLDSA44: ParameterSet = ParameterSet { sign: &ML_DSA_44_SIGNING, verify: &ML_DSA_44 };
#[cfg(feature = "ml-dsa")]
const MLDSA65: ParameterSet = ParameterSet { sign: &ML_DSA_65_SIGNING, verify: &ML_DSA_65 };
#[cfg(feature = "ml-dsa")]
const MLDSA87: ParameterSet = ParameterSet { sign: &ML_DSA_87_SIGNING, verify: &ML_DSA_87 };

impl Scheme {
    pub(super) fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Ed25519 | Algorithm::EdDsa => Self::Ed25519,
            Algorithm::Es256 => Self::Ec(P256),
            Algorithm::Es256k => Self::Ec(SECP256K1),
            Algorithm::Es384 => Self::Ec(P384),
            Algorithm::Es512 => Self::Ec(P521),
            Algorithm::Hs256 => Self::Hmac(hmac::HMAC_SHA256),
            Algorithm::Hs384 => Self::Hmac(hmac::HMAC_SHA384),
            Algorithm::Hs512 => Self::Hmac(hmac::HMAC_SHA512),
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa44 => Self::MlDsa(MLDSA44),
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa65 => Self::MlDsa(MLDSA65),
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa87 => Self::MlDsa(MLDSA87),
            Algorithm::Ps256 => rsa(&RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256),
            Algorithm::Ps384 => rsa(&RSA_PSS_SHA384, &RSA_PSS_2048_8192_SHA384),
            Algorithm::Ps512 => rsa(&RSA_PSS_SHA512, &RSA_PSS_2048_8192_SHA512),
            Algorithm::Rs256 => rsa(&RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Rs384 => rsa(&RSA_PKCS1_SHA384, &RSA_PKCS1_2048_8192_SHA384),
            Algorithm::Rs512 => rsa(&RSA_PKCS1_SHA512, &RSA_PKCS1_2048_8192_SHA512),
        }
    }

    /// The `kty` of a JWK for it (RFC 7518 section 6.1, RFC 8037 section 2, RFC 9964 section 3).
    pub(super) fn kty(self) -> &'static str {
        match self {
            Self::Ec(_) => "EC",
            Self::Ed25519 => "OKP",
            Self::Hmac(_) => "oct",
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa(_) => AKP,
            Self::Rsa { .. } => "RSA",
        }
    }

    /// The `crv` of a JWK for it, where there is one.
    pub(super) fn crv(self) -> Option<&'static str> {
        match self {
            Self::Ec(curve) => Some(curve.crv),
            Self::Ed25519 => Some("Ed25519"),
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa(_) => None,
            Self::Hmac(_) | Self::Rsa { .. } => None,
        }
    }

    /// Whether the type of the key does not say what it is for, so that `alg` is a part of it
    /// (RFC 9964 section 3).
    pub(super) fn needs_alg(self) -> bool {
        self.kty() == AKP
    }
}

fn rsa(sign: &'static dyn RsaEncoding, verify: &'static RsaParameters) -> Scheme {
    Scheme::Rsa { sign, verify }
}
