use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use aws_lc_rs::{hkdf, hmac, rand};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use zeroize::Zeroizing;

use super::der::Form;
use super::purpose::Purpose;
use super::scheme::Scheme;
use crate::{Algorithm, KeyError, read_members};

/// An HMAC key, its padded states computed once.
pub(super) struct Secret {
    key: hmac::Key,
    raw: Zeroizing<Vec<u8>>,
    can_sign: bool,
}

impl Secret {
    pub(super) fn new(raw: &[u8], purpose: Purpose) -> Result<Self, KeyError> {
        let Purpose { algorithm, is_legacy } = purpose;
        let hash = hash_of(algorithm)?;
        // Anybody can sign with an empty secret, so it is weaker than weak.
        let least = if is_legacy { 1 } else { hash.tag_len() };
        if let Some(found) = foreign_key(raw) {
            return Err(KeyError::NotSecret { found });
        }
        if raw.len() < least {
            return Err(KeyError::ShortSecret { algorithm, least, actual: raw.len() });
        }
        Ok(Self::of(hash, Zeroizing::new(raw.to_vec()), !is_legacy))
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
        // Everybody can derive the same from what everybody may read.
        if let Some(found) = foreign_key(secret) {
            return Err(KeyError::NotSecret { found });
        }
        let mut raw = Zeroizing::new(vec![0; hash.tag_len()]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(secret)
            .expand(&[label], Length(raw.len()))
            .and_then(|okm| okm.fill(&mut raw))
            .map_err(|_| KeyError::SigningFailed)?;
        Ok(Self::of(hash, raw, true))
    }

    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let hash = hash_of(algorithm)?;
        let mut raw = Zeroizing::new(vec![0; hash.tag_len()]);
        fill(&mut raw)?;
        Ok(Self::of(hash, raw, true))
    }

    fn of(hash: hmac::Algorithm, raw: Zeroizing<Vec<u8>>, can_sign: bool) -> Self {
        Self { key: hmac::Key::new(hash, &raw), raw, can_sign }
    }

    pub(super) fn for_verifying(self) -> Self {
        Self { can_sign: false, ..self }
    }

    pub(super) fn can_sign(&self) -> bool {
        self.can_sign
    }

    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        if !self.can_sign {
            return Err(KeyError::NotForSigning);
        }
        Ok(hmac::sign(&self.key, message).as_ref().to_vec())
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
    if let Scheme::Hmac(hash) = Scheme::of(algorithm) {
        Ok(hash)
    } else {
        Err(KeyError::Unusable { algorithm, needs: "a key pair, as PEM or JWK" })
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
// RFC 8725 section 2.1. A private key is none either: its owner meant another algorithm.
fn foreign_key(raw: &[u8]) -> Option<&'static str> {
    let text = ascii_of(raw);
    let text = text.trim_ascii();
    if holds(text, b"-----BEGIN") {
        return Some("PEM");
    }
    if text.starts_with(b"PuTTY-User-Key-File-") {
        return Some("PuTTY private key");
    }
    if is_ssh_key(text) {
        return Some("SSH public key");
    }
    if holds(text, b"<RSAKeyValue>") {
        return Some("XML key");
    }
    if let [b'{' | b'[', ..] = text {
        let is_jwk = match serde_json::from_slice(text) {
            Ok(json) => holds_jwk(&json),
            // Too deep or with too large a number for this reader, perhaps not for another.
            Err(_) => text.windows(5).any(|window| window == b"\"kty\"") || names_jwk(text),
        };
        if is_jwk {
            return Some("JWK");
        }
    }
    // Some identity servers show a PEM without its first and last line, and `x5c` has this form.
    binary_key(raw).or_else(|| binary_key(&base64(text)?))
}

// Also behind the options of an `authorized_keys` file, and as RFC 4716 has it.
fn is_ssh_key(text: &[u8]) -> bool {
    let kinds: [&[u8]; 4] = [b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-"];
    let names_a_kind = |word: &[u8]| kinds.into_iter().any(|kind| word.starts_with(kind));
    // The kind is never the last word: the key follows it.
    let mut words = text.split(u8::is_ascii_whitespace).rev().skip(1);
    holds(text, b"---- BEGIN SSH2") || words.any(names_a_kind)
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The text without the byte order mark, and the zero bytes, that UTF-16 and UTF-32 have.
fn ascii_of(raw: &[u8]) -> Zeroizing<Vec<u8>> {
    let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let mut text = Zeroizing::new(raw.to_vec());
    text.retain(|byte| *byte != 0);
    let mark = marks.into_iter().find(|mark| text.starts_with(mark));
    text.drain(..mark.map_or(0, <[u8]>::len));
    text
}

/// As [`holds_jwk`] of the first object in the text, by the reader that reads keys: it spares a name
/// no escape, lets no number stop it, and has seen what stands ahead of a mistake.
fn names_jwk(text: &[u8]) -> bool {
    let start = text.iter().position(|byte| *byte == b'{').unwrap_or_default();
    let mut is_jwk = false;
    let _ = read_members(&text[start..], usize::MAX, |name, _| {
        is_jwk |= matches!(name, "kty" | "keys");
    });
    is_jwk
}

fn holds_jwk(json: &Value) -> bool {
    match json {
        Value::Object(members) => {
            members.contains_key("kty")
                || members.contains_key("keys")
                || members.values().any(holds_jwk)
        }
        Value::Array(items) => items.iter().any(holds_jwk),
        _ => false,
    }
}

fn binary_key(bytes: &[u8]) -> Option<&'static str> {
    match Form::of(bytes) {
        Some(Form::Certificate) => Some("DER certificate"),
        Some(Form::EncryptedPrivateKey | Form::PrivateKey) => Some("DER private key"),
        Some(Form::Pkcs12) => Some("PKCS#12 file"),
        Some(Form::PublicKey) => Some("DER public key"),
        None if bytes.starts_with(b"openssh-key-v1\0") => Some("OpenSSH private key"),
        None if is_ssh_blob(bytes) => Some("SSH public key"),
        None => is_point(bytes).then_some("public key"),
    }
}

// The length of the name of its kind, then that name (RFC 4253 section 6.6).
fn is_ssh_blob(bytes: &[u8]) -> bool {
    let kinds: [&[u8]; 3] = [b"ssh-", b"ecdsa-", b"sk-"];
    let name = bytes.strip_prefix(&[0, 0, 0]).and_then(|rest| rest.get(1..)).unwrap_or_default();
    kinds.into_iter().any(|kind| name.starts_with(kind))
}

/// The bytes of a text in base64 or base64url, with white space or without, padded or not.
fn base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let mut letters = Zeroizing::new(text.to_vec());
    letters.retain(|byte| !byte.is_ascii_whitespace());
    for letter in letters.iter_mut() {
        *letter = match *letter {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        };
    }
    GeneralPurpose::new(&STANDARD, config).decode(&*letters).ok().map(Zeroizing::new)
}

/// Whether the bytes are an EC point, uncompressed. Of random bytes one in some hundred is a
/// compressed one, and any 32 bytes are one of Ed25519; those tell nothing.
fn is_point(bytes: &[u8]) -> bool {
    let kinds: [&'static dyn VerificationAlgorithm; 4] = [
        &signature::ECDSA_P256_SHA256_FIXED,
        &signature::ECDSA_P256K1_SHA256_FIXED,
        &signature::ECDSA_P384_SHA384_FIXED,
        &signature::ECDSA_P521_SHA512_FIXED,
    ];
    bytes.first() == Some(&4)
        && kinds.into_iter().any(|kind| ParsedPublicKey::new(kind, bytes).is_ok())
}
