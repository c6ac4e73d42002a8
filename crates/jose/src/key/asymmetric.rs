use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsBigEndian, AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::io::Positive;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair as RsaKeyPair, KeySize, PublicKey as RsaPublicKey, PublicKeyComponents,
};
#[cfg(feature = "ml-dsa")]
use aws_lc_rs::signature::PqdsaKeyPair;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use zeroize::Zeroizing;

#[cfg(feature = "ml-dsa")]
use super::ml_dsa;
use super::pkcs1;
use super::purpose::Purpose;
use super::scheme::{Curve, Scheme};
use crate::{Algorithm, KeyError, base64url};

/// A member of a JWK and its bytes.
pub(super) type Member = (&'static str, Zeroizing<Vec<u8>>);

/// A key pair or public key, parsed once.
pub(super) struct Asymmetric {
    algorithm: Algorithm,
    private: Option<Private>,
    public: ParsedPublicKey,
}

pub(super) enum Private {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    #[cfg(feature = "ml-dsa")]
    MlDsa(PqdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Asymmetric {
    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let purpose = Purpose::current(algorithm);
        let private = match purpose.scheme() {
            Scheme::Ec(curve) => EcdsaKeyPair::generate(curve.sign).map(Private::Ecdsa),
            Scheme::Ed25519 => Ed25519KeyPair::generate().map(Private::Ed25519),
            #[cfg(feature = "ml-dsa")]
            Scheme::MlDsa(set) => PqdsaKeyPair::generate(set.sign).map(Private::MlDsa),
            Scheme::Rsa { .. } => RsaKeyPair::generate(KeySize::Rsa2048).map(Private::Rsa),
            Scheme::Hmac(_) => return Err(purpose.unusable()),
        };
        Self::from_private(private.map_err(|_| KeyError::SigningFailed)?, purpose)
    }

    /// From PKCS#8, PKCS#1 (RSA) or SEC 1 (EC) in DER.
    pub(super) fn from_private_der(der: &[u8], purpose: Purpose) -> Result<Self, KeyError> {
        let private = match purpose.scheme() {
            Scheme::Ec(curve) => {
                EcdsaKeyPair::from_private_key_der(curve.sign, der).map(Private::Ecdsa)
            }
            Scheme::Ed25519 => Ed25519KeyPair::from_pkcs8(der).map(Private::Ed25519),
            #[cfg(feature = "ml-dsa")]
            Scheme::MlDsa(set) => ml_dsa::from_pkcs8(set, der).map(Private::MlDsa),
            // The library signs with no weak key, so it takes none in either.
            Scheme::Rsa { .. } if purpose.is_legacy => {
                return match pkcs1::integers(der).as_deref() {
                    Some([_, n, e, ..]) => Self::from_rsa_public(n, e, purpose),
                    _ => Err(purpose.unusable()),
                };
            }
            Scheme::Rsa { .. } => {
                RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).map(Private::Rsa)
            }
            Scheme::Hmac(_) => return Err(purpose.unusable()),
        };
        Self::from_private(private.map_err(|_| purpose.unusable())?, purpose)
    }

    /// From SPKI, PKCS#1 (RSA), an uncompressed point (EC) or raw bytes (Ed25519, ML-DSA).
    pub(super) fn from_public(bytes: &[u8], purpose: Purpose) -> Result<Self, KeyError> {
        let public =
            ParsedPublicKey::new(purpose.verification()?, bytes).map_err(|_| purpose.unusable())?;
        Self::checked(None, public, purpose)
    }

    /// From the modulus and the exponent, big-endian.
    pub(super) fn from_rsa_public(n: &[u8], e: &[u8], purpose: Purpose) -> Result<Self, KeyError> {
        let Scheme::Rsa { verify, .. } = purpose.scheme() else { return Err(purpose.unusable()) };
        let public = PublicKeyComponents { n, e }
            .to_parsed_public_key(purpose.rsa_legacy().unwrap_or(verify))
            .map_err(|_| purpose.unusable())?;
        // The library checks a key that it parses, and takes any components.
        Self::from_public(public.as_ref(), purpose)
    }

    pub(super) fn from_private(private: Private, purpose: Purpose) -> Result<Self, KeyError> {
        let bytes = match &private {
            Private::Ecdsa(pair) => pair.public_key().as_ref(),
            Private::Ed25519(pair) => pair.public_key().as_ref(),
            #[cfg(feature = "ml-dsa")]
            Private::MlDsa(pair) => pair.public_key().as_ref(),
            Private::Rsa(pair) => pair.public_key().as_ref(),
        };
        let public =
            ParsedPublicKey::new(purpose.verification()?, bytes).map_err(|_| purpose.unusable())?;
        Self::checked((!purpose.is_legacy).then_some(private), public, purpose)
    }

    fn checked(
        private: Option<Private>,
        public: ParsedPublicKey,
        purpose: Purpose,
    ) -> Result<Self, KeyError> {
        let key = Self { algorithm: purpose.algorithm, private, public };
        let is_rsa = matches!(purpose.scheme(), Scheme::Rsa { .. });
        if is_rsa && !purpose.rsa_bits().contains(&key.rsa_bits()) {
            return Err(purpose.unusable());
        }
        Ok(key)
    }

    pub(super) fn without_private(self) -> Self {
        Self { private: None, ..self }
    }

    pub(super) fn can_sign(&self) -> bool {
        self.private.is_some()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        let private = self.private.as_ref().ok_or(KeyError::NotForSigning)?;
        match (private, Scheme::of(self.algorithm)) {
            (Private::Ecdsa(pair), _) => {
                pair.sign(&random, message).map(|signature| signature.as_ref().to_vec())
            }
            (Private::Ed25519(pair), _) => {
                pair.try_sign(message).map(|signature| signature.as_ref().to_vec())
            }
            #[cfg(feature = "ml-dsa")]
            (Private::MlDsa(pair), _) => ml_dsa::sign(pair, message),
            (Private::Rsa(pair), Scheme::Rsa { sign, .. }) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(sign, &random, message, &mut signature).map(|()| signature)
            }
            (Private::Rsa(_), _) => Err(Unspecified),
        }
        .map_err(|_| KeyError::SigningFailed)
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }

    /// The SHA-256 thumbprint of the public key (RFC 7638; RFC 8037 appendix A.3 for Ed25519, RFC 9964
    /// section 6 for ML-DSA).
    pub(super) fn thumbprint(&self) -> [u8; 32] {
        let scheme = Scheme::of(self.algorithm);
        let mut members: BTreeMap<&str, String> = self
            .public_members()
            .into_iter()
            .map(|(name, bytes)| (name, base64url::encode(&bytes)))
            .collect();
        members.insert("kty", scheme.kty().to_owned());
        members.extend(scheme.crv().map(|crv| ("crv", crv.to_owned())));
        if scheme.needs_alg() {
            members.insert("alg", self.algorithm.name().to_owned());
        }
        // Sorted by name and without white space, as the RFC wants it.
        let canonical = serde_json::to_string(&members).expect("text serializes");
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(digest(&SHA256, canonical.as_bytes()).as_ref());
        thumbprint
    }

    /// PKCS#8 in DER, if the key is private.
    pub(super) fn pkcs8(&self) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        let Some(private) = &self.private else { return Ok(None) };
        let der = match private {
            Private::Ecdsa(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Private::Ed25519(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            #[cfg(feature = "ml-dsa")]
            Private::MlDsa(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Private::Rsa(pair) => {
                AsDer::<Pkcs8V1Der>::as_der(pair).map(|der| der.as_ref().to_vec())
            }
        };
        der.map(|der| Some(Zeroizing::new(der))).map_err(|_| KeyError::SigningFailed)
    }

    /// The members of a JWK that hold key material, private ones last, as raw bytes.
    pub(super) fn jwk_members(&self) -> Result<Vec<Member>, KeyError> {
        let mut members = self.public_members();
        let private = self.private.as_ref().map(|private| self.private_members(private));
        members.extend(private.unwrap_or(Ok(Vec::new()))?);
        Ok(members)
    }

    fn public_members(&self) -> Vec<Member> {
        let spki = self.spki();
        match Scheme::of(self.algorithm) {
            Scheme::Ec(Curve { size, .. }) => {
                let (x, y) = spki[spki.len() - 2 * size..].split_at(size);
                vec![("x", x.to_vec().into()), ("y", y.to_vec().into())]
            }
            Scheme::Ed25519 | Scheme::Hmac(_) => {
                vec![("x", spki[spki.len() - 32..].to_vec().into())]
            }
            #[cfg(feature = "ml-dsa")]
            Scheme::MlDsa(set) => {
                vec![("pub", spki[spki.len() - set.sign.public_key_len()..].to_vec().into())]
            }
            Scheme::Rsa { .. } => {
                let public = self.rsa_public();
                let bytes =
                    |part: Positive<'_>| part.big_endian_without_leading_zero().to_vec().into();
                vec![("e", bytes(public.exponent())), ("n", bytes(public.modulus()))]
            }
        }
    }

    fn private_members(&self, private: &Private) -> Result<Vec<Member>, KeyError> {
        let d = match private {
            Private::Ecdsa(pair) => pair.private_key().as_be_bytes().map(|d| d.as_ref().to_vec()),
            Private::Ed25519(pair) => {
                pair.seed().and_then(|seed| seed.as_be_bytes()).map(|d| d.as_ref().to_vec())
            }
            #[cfg(feature = "ml-dsa")]
            Private::MlDsa(pair) => {
                let seed = ml_dsa::seed(pair).map_err(|_| KeyError::SigningFailed)?;
                return Ok(vec![("priv", seed)]);
            }
            Private::Rsa(_) => {
                const NAMES: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];
                let der = self.pkcs8()?.ok_or(KeyError::SigningFailed)?;
                let integers = pkcs1::integers(&der).ok_or(KeyError::SigningFailed)?;
                // Ahead of these stand the version, n and e.
                let private = integers.into_iter().skip(3);
                return Ok(NAMES.into_iter().zip(private).collect());
            }
        };
        d.map(|d| vec![("d", d.into())]).map_err(|_| KeyError::SigningFailed)
    }

    // The library writes every public key it holds, EC points uncompressed, so the coordinates, and
    // the bytes of other keys, are the last ones of the structure.
    pub(super) fn spki(&self) -> Vec<u8> {
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
