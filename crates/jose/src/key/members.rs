use std::collections::BTreeMap;

use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::{KeyError, base64url, check_object};

const MAX_DEPTH: usize = 8;

/// The members of a JWK by name, their values still in the text that was given.
pub(super) struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    pub(super) fn parse(json: &'a str) -> Result<Self, KeyError> {
        check_object(json.as_bytes(), MAX_DEPTH)
            .map_err(|error| KeyError::NotJwk { problem: error.problem_of_an_object() })?;
        Self::of_strict_json(json)
    }

    /// From an object whose names are known to be unique.
    pub(super) fn of_strict_json(json: &'a str) -> Result<Self, KeyError> {
        serde_json::from_str(json)
            .map(Self)
            .map_err(|_| KeyError::NotJwk { problem: "it is not a JSON object" })
    }

    pub(super) fn has(&self, member: &str) -> bool {
        self.0.contains_key(member)
    }

    // `null` is a value of the wrong type, not an absent member.
    pub(super) fn text(&self, member: &'static str) -> Result<Option<Zeroizing<String>>, KeyError> {
        let text = self.0.get(member).map(|value| serde_json::from_str(value.get()));
        text.transpose()
            .map(|text| text.map(Zeroizing::new))
            .map_err(|_| KeyError::Jwk { member, problem: "is not a string" })
    }

    pub(super) fn texts(&self, member: &'static str) -> Result<Option<Vec<String>>, KeyError> {
        let texts = self.0.get(member).map(|value| serde_json::from_str(value.get()));
        texts
            .transpose()
            .map_err(|_| KeyError::Jwk { member, problem: "is not an array of strings" })
    }

    pub(super) fn required_text(
        &self,
        member: &'static str,
    ) -> Result<Zeroizing<String>, KeyError> {
        self.text(member)?.ok_or(KeyError::Jwk { member, problem: "is missing" })
    }

    pub(super) fn bytes(&self, member: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        base64url::decode(&self.required_text(member)?)
            .filter(|bytes| !bytes.is_empty())
            .map(Zeroizing::new)
            .ok_or(KeyError::Jwk { member, problem: "is not base64url" })
    }

    // Leading zeros included (RFC 7518 section 6.2.1.2): otherwise bytes could move from one
    // coordinate to the other, and one key would have two spellings. RFC 9964 section 7.3 asks for the
    // seed's length.
    pub(super) fn sized(
        &self,
        member: &'static str,
        size: usize,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let bytes = self.bytes(member)?;
        if bytes.len() == size {
            Ok(bytes)
        } else {
            Err(KeyError::Jwk { member, problem: "has not the length that its algorithm asks for" })
        }
    }
}
