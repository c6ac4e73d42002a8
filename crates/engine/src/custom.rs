use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use tegata_jose::{TokenError, check_object};
use thiserror::Error;

use crate::policy::RESERVED_CLAIMS;
use crate::{ClaimNames, Engine};

const MAX_DEPTH: usize = 15;

/// Claims of the site's own for the access token. They pass through untouched, byte for byte.
#[derive(Clone, Debug, Default)]
pub struct CustomClaims(BTreeMap<String, Box<RawValue>>);

/// Why claims cannot go into a token.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CustomClaimsError {
    /// Not a JSON object with unique member names.
    #[error("custom claims must be a JSON object with unique names, at most 15 levels deep")]
    NotAnObject,
    /// A name that the engine writes itself.
    #[error("the claim `{0}` is written by the engine; hint: give yours another name")]
    Reserved(String),
    /// The token would be longer than the site itself reads.
    #[error("the token would be longer than {limit} bytes; hint: give it fewer claims")]
    TooLong {
        /// [`crate::Policy::max_token_length`].
        limit: usize,
    },
}

impl CustomClaims {
    /// No claims.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// From the text of a JSON object.
    ///
    /// # Errors
    /// [`CustomClaimsError::NotAnObject`].
    ///
    /// ```
    /// use tegata::CustomClaims;
    ///
    /// assert!(CustomClaims::from_json(r#"{"team_id": 7}"#).is_ok());
    /// assert!(CustomClaims::from_json("[]").is_err());
    /// ```
    pub fn from_json(json: &str) -> Result<Self, CustomClaimsError> {
        check_object(json.as_bytes(), MAX_DEPTH)
            .and_then(|()| {
                serde_json::from_str(json).map_err(|_| TokenError::Malformed("not an object"))
            })
            .map(Self)
            .map_err(|_| CustomClaimsError::NotAnObject)
    }

    /// From any type that serializes as a JSON object.
    ///
    /// # Errors
    /// [`CustomClaimsError::NotAnObject`].
    pub fn from_serialize<T: Serialize>(claims: &T) -> Result<Self, CustomClaimsError> {
        let json = serde_json::to_string(claims).map_err(|_| CustomClaimsError::NotAnObject)?;
        Self::from_json(&json)
    }

    pub(crate) fn members(&self) -> &BTreeMap<String, Box<RawValue>> {
        &self.0
    }

    fn check_names(&self, names: &ClaimNames) -> Result<(), CustomClaimsError> {
        let ours = names.all().map(|(_, name)| name);
        let taken = |name: &&String| {
            RESERVED_CLAIMS.contains(&name.as_str()) || ours.contains(&name.as_str())
        };
        match self.0.keys().find(taken) {
            Some(name) => Err(CustomClaimsError::Reserved(name.clone())),
            None => Ok(()),
        }
    }
}

impl Engine {
    pub(crate) fn check_custom(&self, custom: &CustomClaims) -> Result<(), CustomClaimsError> {
        custom.check_names(&self.policy.claim_names)
    }
}
