use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use aws_lc_rs::{hkdf, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::scheme::Scheme;
use crate::{Algorithm, KeyError};

/// An HMAC key, its padded states computed once.
pub(super) struct Secret {
    key: hmac::Key,
    raw: Zeroizing<Vec<u8>>,
}

impl Secret {
    pub(super) fn new(raw: &[u8], algorithm: Algorithm) -> Result<Self, KeyError> {
        let hash = hash_of(algorithm)?;
        let least = hash.tag_len();
        if let Some(found) = foreign_key(raw) {
            return Err(KeyError::NotSecret { found });
        }
        if raw.len() < least {
            return Err(KeyError::ShortSecret { algorithm, least, actual: raw.len() });
        }
        Ok(Self { key: hmac::Key::new(hash, raw), raw: Zeroizing::new(raw.to_vec()) })
    }

    pub(super) fn derive(
        secret: &[u8],
        label: &[u8],
        algorithm: Algorithm,
    ) -> Result<Self, KeyError> {
        let hash = hash_of(algorithm)?;
        if secret.is_empty() {
            return Err(KeyError::ShortSecret { algorithm, least: 1, actual: 0 });
        }
        let mut raw = Zeroizing::new(vec![0; hash.tag_len()]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(secret)
            .expand(&[label], Length(raw.len()))
            .and_then(|okm| okm.fill(&mut raw))
            .map_err(|_| KeyError::SigningFailed)?;
        Ok(Self { key: hmac::Key::new(hash, &raw), raw })
    }

    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let hash = hash_of(algorithm)?;
        let mut raw = Zeroizing::new(vec![0; hash.tag_len()]);
        fill(&mut raw)?;
        Ok(Self { key: hmac::Key::new(hash, &raw), raw })
    }

    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.key, message).as_ref().to_vec()
    }

    pub(super) fn verifies(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.key, message, tag).is_ok()
    }
}

#[expect(clippy::disallowed_methods, reason = "a new key is all that this crate ever draws")]
fn fill(raw: &mut [u8]) -> Result<(), KeyError> {
    rand::fill(raw).map_err(|_| KeyError::SigningFailed)
}

fn hash_of(algorithm: Algorithm) -> Result<hmac::Algorithm, KeyError> {
    match Scheme::of(algorithm) {
        Scheme::Hmac(hash) => Ok(hash),
        Scheme::Ec(_) | Scheme::Ed25519 | Scheme::Rsa { .. } => {
            Err(KeyError::Unusable { algorithm, needs: "a key pair, as PEM or JWK" })
        }
    }
}

/// As many bytes as the hash has.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

// A public key that is taken as a secret lets anybody sign: the algorithm confusion of
// RFC 8725 section 2.1.
fn foreign_key(raw: &[u8]) -> Option<&'static str> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let text = raw.strip_prefix(BYTE_ORDER_MARK).unwrap_or(raw).trim_ascii();
    if text.windows(10).any(|window| window == b"-----BEGIN") {
        return Some("PEM");
    }
    if text.starts_with(b"ssh-") || text.starts_with(b"ecdsa-sha2-") {
        return Some("SSH public key");
    }
    if text.starts_with(b"{") {
        let json = serde_json::from_slice::<serde_json::Value>(text);
        if json.is_ok_and(|json| json.get("kty").is_some() || json.get("keys").is_some()) {
            return Some("JWK");
        }
    }
    if is_public_key(raw) {
        return Some("DER public key");
    }
    // Some identity servers show a PEM without its first and last line.
    let mut letters = Zeroizing::new(text.to_vec());
    letters.retain(|byte| !byte.is_ascii_whitespace());
    let der = STANDARD.decode(&*letters).map(Zeroizing::new);
    der.is_ok_and(|der| is_public_key(&der)).then_some("DER public key")
}

fn is_public_key(bytes: &[u8]) -> bool {
    let kinds: [&'static dyn VerificationAlgorithm; 6] = [
        &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        &signature::ECDSA_P256_SHA256_FIXED,
        &signature::ECDSA_P256K1_SHA256_FIXED,
        &signature::ECDSA_P384_SHA384_FIXED,
        &signature::ECDSA_P521_SHA512_FIXED,
        &signature::ED25519,
    ];
    // Any 32 bytes are a raw Ed25519 point, so only longer encodings tell.
    bytes.len() > 32 && kinds.into_iter().any(|kind| ParsedPublicKey::new(kind, bytes).is_ok())
}
