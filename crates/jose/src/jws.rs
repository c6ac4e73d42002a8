//! The compact serialization of a JWS ([RFC 7515 section 7.1]): signing and verifying.
//!
//! [RFC 7515 section 7.1]: https://www.rfc-editor.org/rfc/rfc7515#section-7.1

use serde_json::json;

use crate::{Header, Key, KeyError, KeySet, TokenError, base64url};

/// How large a token may be before any work is spent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest token, in bytes of its compact form.
    pub max_token_length: usize,
    /// The deepest nesting of header and payload; the object itself is the first level.
    pub max_depth: usize,
}

impl Default for Limits {
    /// 8 KiB, as much as common servers take in a header, and 16 levels.
    fn default() -> Self {
        Self { max_token_length: 8_192, max_depth: 16 }
    }
}

/// A token whose signature verified: the only way to reach a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    header: Header,
    payload: Vec<u8>,
}

impl Verified {
    /// The JOSE header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload, as it was signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Takes the payload out.
    #[must_use]
    pub fn into_payload(self) -> Vec<u8> {
        self.payload
    }
}

/// Signs `payload`, for a JWT a JSON object in UTF-8, with the header parameters `alg`,
/// `typ` (if given) and `kid` (if the key has one).
///
/// # Errors
/// [`KeyError::NotForSigning`] for a public key, [`KeyError::SigningFailed`] if the cryptography
/// library fails.
///
/// ```
/// use tegata_jose::{jws, Algorithm, Key};
///
/// let key = Key::from_secret(b"a secret of no less than 32 bytes", Algorithm::Hs256)?;
/// let token = jws::sign(&key, None, b"{}")?;
/// assert!(token.starts_with("eyJhbGciOiJIUzI1NiJ9.e30."));
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
pub fn sign(key: &Key, typ: Option<&str>, payload: &[u8]) -> Result<String, KeyError> {
    let mut header = json!({ "alg": key.algorithm().name() });
    if let Some(typ) = typ {
        header["typ"] = typ.into();
    }
    if let Some(kid) = key.kid() {
        header["kid"] = kid.into();
    }
    let mut token = base64url::encode(header.to_string().as_bytes());
    token.push('.');
    base64url::encode_onto(payload, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    base64url::encode_onto(&signature, &mut token);
    Ok(token)
}

/// Verifies a compact JWS: size, three base64url parts, header, then the signature under the keys
/// that could have made it. The payload may be any bytes; for claims use [`crate::jwt::verify`].
///
/// # Errors
/// The first [`TokenError`] met, in that order.
///
/// ```
/// use tegata_jose::{jws, Algorithm, Key, KeySet, Limits};
///
/// let keys = KeySet::new(vec![Key::generate(Algorithm::Es384)?])?;
/// let token = jws::sign(keys.signing_key(), None, b"any bytes")?;
/// assert_eq!(jws::verify(&token, &keys, &Limits::default())?.payload(), b"any bytes");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(token: &str, keys: &KeySet, limits: &Limits) -> Result<Verified, TokenError> {
    if token.len() > limits.max_token_length {
        return Err(TokenError::TooLong { limit: limits.max_token_length });
    }
    let three_parts = TokenError::Malformed("it has not three parts");
    let (signing_input, signature) = token.rsplit_once('.').ok_or(three_parts)?;
    let (header, payload) = signing_input.split_once('.').ok_or(three_parts)?;
    if payload.contains('.') {
        return Err(three_parts);
    }
    let header = Header::parse(&decode(header)?, limits.max_depth)?;
    keys.verify(&header, signing_input.as_bytes(), &decode(signature)?)?;
    Ok(Verified { header, payload: decode(payload)? })
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    base64url::decode(part).ok_or(TokenError::Malformed("a part is not base64url"))
}
