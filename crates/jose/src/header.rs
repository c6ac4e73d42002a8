use serde::Deserialize;

use crate::json::check_object;
use crate::{Algorithm, TokenError};

/// The JOSE header of a token whose signature verified (RFC 7515 section 4).
///
/// `jku`, `jwk`, `x5u` and `x5c` are never looked at: keys come from the key set alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The algorithm of the key that verified the token.
    pub alg: Algorithm,
    /// The key's identifier, if the token names one.
    pub kid: Option<String>,
    /// The media type of the token, as written (`at+jwt`, `JWT`, …).
    pub typ: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    alg: String,
    #[serde(default, deserialize_with = "present")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "present")]
    b64: Option<serde_json::Value>,
}

// `null` is a value of the wrong type, not an absent member.
fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

impl Header {
    pub(crate) fn parse(json: &[u8], max_depth: usize) -> Result<Self, TokenError> {
        check_object(json, max_depth)?;
        let wire: Wire = serde_json::from_slice(json)
            .map_err(|_| TokenError::Malformed("the header has no usable `alg`, `typ` or `kid`"))?;
        if wire.crit.is_some() || wire.b64.is_some() {
            return Err(TokenError::CriticalHeader);
        }
        let alg = Algorithm::from_header(&wire.alg).ok_or(TokenError::UnsupportedAlgorithm)?;
        Ok(Self { alg, kid: wire.kid, typ: wire.typ })
    }

    /// Whether `typ` is the media type `application/{subtype}`, in its short or long form and
    /// without regard to case (RFC 7515 section 4.1.9).
    ///
    /// ```
    /// # use tegata_jose::{jws, Algorithm, Key, KeySet, Limits};
    /// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// let token = jws::sign(keys.signing_key(), Some("at+jwt"), b"{}")?;
    /// let verified = jws::verify(&token, &keys, &Limits::default())?;
    /// assert!(verified.header().has_typ("at+jwt"));
    /// assert!(!verified.header().has_typ("rt+jwt"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn has_typ(&self, subtype: &str) -> bool {
        const PREFIX: &str = "application/";
        self.typ.as_deref().is_some_and(|typ| {
            let short = match typ.get(..PREFIX.len()) {
                Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &typ[PREFIX.len()..],
                _ => typ,
            };
            short.eq_ignore_ascii_case(subtype)
        })
    }
}
