use std::borrow::Cow;
use std::sync::Arc;

use crate::json::quoted;
use crate::{Algorithm, TokenError, read_members};

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
    json: Arc<[u8]>,
}

impl Header {
    pub(crate) fn parse(json: &[u8], max_depth: usize) -> Result<Self, TokenError> {
        let (mut alg, mut kid, mut typ) = (None, None, None);
        let mut is_critical = false;
        read_members(json, max_depth, |name, value| match name {
            "alg" => alg = Some(quoted(value)),
            "kid" => kid = Some(quoted(value)),
            "typ" => typ = Some(quoted(value)),
            "crit" | "b64" => is_critical = true,
            _ => {}
        })?;
        if is_critical {
            return Err(TokenError::CriticalHeader);
        }
        let alg = alg.flatten().ok_or(TokenError::Malformed("the header's `alg` is no string"))?;
        // A value of a wrong type is not an absent one.
        let text_or = |value: Option<Option<Cow<'_, str>>>, problem| match value {
            None => Ok(None),
            Some(Some(text)) => Ok(Some(text.into_owned())),
            Some(None) => Err(TokenError::Malformed(problem)),
        };
        Ok(Self {
            kid: text_or(kid, "the header's `kid` is no string")?,
            typ: text_or(typ, "the header's `typ` is no string")?,
            alg: Algorithm::from_header(&alg).ok_or(TokenError::UnsupportedAlgorithm)?,
            json: json.into(),
        })
    }

    /// The whole header as it was signed: a JSON object in UTF-8.
    #[must_use]
    pub fn as_json(&self) -> &Arc<[u8]> {
        &self.json
    }

    /// Whether `typ` is the media type `application/{subtype}`, in its short or long form and
    /// without regard to case (RFC 7515 section 4.1.9).
    ///
    /// ```
    /// # use tegata_jose::{jws, Algorithm, Key, KeySet, Limits};
    /// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// let token = jws::sign(keys.signing_key()?, Some("at+jwt"), b"{}")?;
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
