//! The compact serialization of a JWS ([RFC 7515 section 7.1]): signing and verifying.
//!
//! [RFC 7515 section 7.1]: https://www.rfc-editor.org/rfc/rfc7515#section-7.1

use std::sync::Arc;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::{Header, Key, KeyError, KeySet, TokenError, base64url, check_object};

/// How large a token may be before any work is spent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest token, in bytes of its compact form. Of these an RSA signature of 2048 bits takes
    /// 342, one of ML-DSA-44 3,227, of ML-DSA-65 4,412, of ML-DSA-87 6,170; header and payload have
    /// the rest.
    pub max_token_length: usize,
    /// The deepest nesting of header and payload; the object itself is the first level.
    pub max_depth: usize,
}

impl Limits {
    /// 8 KiB, as much as common servers take in a header, and 16 levels.
    pub const DEFAULT: Self = Self { max_token_length: 8_192, max_depth: 16 };
}

impl Default for Limits {
    /// [`Limits::DEFAULT`].
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A token whose signature verified: the only way to reach a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    header: Arc<Header>,
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

    /// Takes header and payload out.
    #[must_use]
    pub fn into_parts(self) -> (Arc<Header>, Vec<u8>) {
        (self.header, self.payload)
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
    let segment = key.headers().get(typ, || segment(header(key, typ)));
    finish(key, &segment, payload)
}

/// As [`sign`], with header parameters of the caller's own beside `alg` or in the place of `typ` and
/// `kid`; one that is `null` leaves its parameter out.
///
/// # Errors
/// [`SignError::Header`] for an `alg` other than the key's, a `typ` or `kid` that is no string, and
/// for `crit` and `b64`, whose tokens this crate would not read; [`SignError::Key`] as [`sign`].
///
/// ```
/// use serde_json::{Map, json};
/// use tegata_jose::{jws, Algorithm, Key};
///
/// let key = Key::generate(Algorithm::Es256)?;
/// let parameters = Map::from_iter([("cty".to_owned(), json!("example"))]);
/// assert!(jws::sign_with_header(&key, Some("JWT"), &parameters, b"{}").is_ok());
///
/// let other = Map::from_iter([("alg".to_owned(), json!("HS256"))]);
/// assert!(jws::sign_with_header(&key, Some("JWT"), &other, b"{}").is_err());
/// # Ok::<(), tegata_jose::KeyError>(())
/// ```
pub fn sign_with_header(
    key: &Key,
    typ: Option<&str>,
    parameters: &Map<String, Value>,
    payload: &[u8],
) -> Result<String, SignError> {
    let mut header = header(key, typ);
    for (name, value) in parameters {
        let problem = match (name.as_str(), value) {
            ("alg", value) if value.as_str() != Some(key.algorithm().name()) => {
                "is not the algorithm of the key"
            }
            ("crit" | "b64", _) => "is an extension that is not supported",
            ("typ" | "kid", value) if !value.is_string() && !value.is_null() => "must be a string",
            (_, Value::Null) => {
                header.remove(name);
                continue;
            }
            _ => {
                header.insert(name.clone(), value.clone());
                continue;
            }
        };
        return Err(SignError::Header { parameter: name.clone(), problem });
    }
    Ok(finish(key, &segment(header), payload)?)
}

/// Why a token was not signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignError {
    /// A header parameter that cannot be.
    #[error("the header parameter `{parameter}` {problem}")]
    Header {
        /// Its name.
        parameter: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

fn header(key: &Key, typ: Option<&str>) -> Map<String, Value> {
    let mut header = Map::new();
    header.insert("alg".to_owned(), key.algorithm().name().into());
    for (name, value) in [("typ", typ), ("kid", key.kid())] {
        if let Some(value) = value {
            header.insert(name.to_owned(), value.into());
        }
    }
    header
}

fn segment(header: Map<String, Value>) -> String {
    base64url::encode(Value::Object(header).to_string().as_bytes())
}

fn finish(key: &Key, header: &str, payload: &[u8]) -> Result<String, KeyError> {
    let length = header.len() + base64url::encoded_length(payload);
    let mut token = String::with_capacity(length + ROOM_FOR_A_SIGNATURE);
    token.push_str(header);
    token.push('.');
    base64url::encode_onto(payload, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    base64url::encode_onto(&signature, &mut token);
    Ok(token)
}

// Both dots and a signature of RSA with 2048 bits.
const ROOM_FOR_A_SIGNATURE: usize = 344;

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
/// let token = jws::sign(keys.signing_key()?, None, b"any bytes")?;
/// assert_eq!(jws::verify(&token, &keys, &Limits::default())?.payload(), b"any bytes");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(token: &str, keys: &KeySet, limits: &Limits) -> Result<Verified, TokenError> {
    let parts = Parts::of(token, limits)?;
    let known = keys.headers().get(parts.header, limits.max_depth);
    let header = match &known {
        Some(header) => Arc::clone(header),
        None => Arc::new(Header::parse(&decode(parts.header)?, limits.max_depth)?),
    };
    let mut few = [0; MOST_BYTES_OF_A_SHORT_SIGNATURE];
    let many;
    let length = base64url::decoded_length(parts.signature);
    let signature = if let Some(room) = few.get_mut(..length) {
        base64url::decode_into(parts.signature, room).ok_or(NOT_BASE64URL)?
    } else {
        many = decode(parts.signature)?;
        &many
    };
    keys.verify(&header, parts.signing_input.as_bytes(), signature)?;
    if known.is_none() {
        keys.headers().learn(parts.header, limits.max_depth, &header);
    }
    Ok(Verified { header, payload: decode(parts.payload)? })
}

/// The header and the payload of a token whose signature nobody checked, as JSON objects in UTF-8.
///
/// For looking into a token, say to choose the key for it: nothing in it may be believed.
///
/// # Errors
/// [`TokenError`] for what is not three parts of base64url, or no JSON object as
/// [`crate::check_object`] wants it.
///
/// ```
/// use tegata_jose::{jws, Algorithm, Key, Limits};
///
/// let token = jws::sign(&Key::generate(Algorithm::Es256)?.with_kid(None), None, b"{}")?;
/// let (header, payload) = jws::read_unverified(&token, &Limits::default())?;
/// assert_eq!((&header[..], &payload[..]), (&br#"{"alg":"ES256"}"#[..], &b"{}"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_unverified(token: &str, limits: &Limits) -> Result<(Vec<u8>, Vec<u8>), TokenError> {
    let parts = Parts::of(token, limits)?;
    decode(parts.signature)?;
    let (header, payload) = (decode(parts.header)?, decode(parts.payload)?);
    for part in [&header, &payload] {
        check_object(part, limits.max_depth)?;
    }
    Ok((header, payload))
}

/// The header alone of a token whose signature nobody checked, as a JSON object in UTF-8; of the rest
/// no more is looked at than that there are three parts.
///
/// # Errors
/// As [`read_unverified`].
///
/// ```
/// use tegata_jose::{jws, Algorithm, Key, Limits};
///
/// let token = jws::sign(&Key::generate(Algorithm::Es256)?.with_kid(None), None, b"{}")?;
/// let header = jws::read_unverified_header(&token, &Limits::default())?;
/// assert_eq!(header, br#"{"alg":"ES256"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_unverified_header(token: &str, limits: &Limits) -> Result<Vec<u8>, TokenError> {
    let header = decode(Parts::of(token, limits)?.header)?;
    check_object(&header, limits.max_depth)?;
    Ok(header)
}

// What every signature but those of RSA and ML-DSA fits into, the longest being that of ES512.
const MOST_BYTES_OF_A_SHORT_SIGNATURE: usize = 132;

const NOT_BASE64URL: TokenError = TokenError::Malformed("a part is not base64url");

/// A token in its three parts.
struct Parts<'t> {
    signing_input: &'t str,
    header: &'t str,
    payload: &'t str,
    signature: &'t str,
}

impl<'t> Parts<'t> {
    fn of(token: &'t str, limits: &Limits) -> Result<Self, TokenError> {
        if token.len() > limits.max_token_length {
            return Err(TokenError::TooLong { limit: limits.max_token_length });
        }
        let three_parts = TokenError::Malformed("it has not three parts");
        let (signing_input, signature) = token.rsplit_once('.').ok_or(three_parts)?;
        let (header, payload) = signing_input.split_once('.').ok_or(three_parts)?;
        if payload.contains('.') {
            return Err(three_parts);
        }
        Ok(Self { signing_input, header, payload, signature })
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    base64url::decode(part).ok_or(NOT_BASE64URL)
}
