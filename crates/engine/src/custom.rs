use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use tegata_jose::{TokenError, check_object};
use thiserror::Error;

use crate::policy::{RESERVED_CLAIMS, SCOPE_CLAIM};
use crate::{ClaimNames, Engine, Scopes};

const MAX_DEPTH: usize = 15;

/// What a site puts into an access token: the scopes that it grants, and claims of its own, which
/// pass through untouched, byte for byte.
#[derive(Clone, Debug, Default)]
pub struct CustomClaims {
    members: BTreeMap<String, Box<RawValue>>,
    scopes: Option<Scopes>,
}

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
    /// A `scope` that no reader of RFC 9068 would take.
    #[error("the claim `scope` must be a text of names with one space between them")]
    Scope,
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
            .map(|members| Self { members, scopes: None })
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

    /// With one more, whose name may be one that the engine writes.
    pub(crate) fn with<T: Serialize>(
        &self,
        name: &str,
        value: &T,
    ) -> Result<Self, CustomClaimsError> {
        let json =
            serde_json::value::to_raw_value(value).map_err(|_| CustomClaimsError::NotAnObject)?;
        let mut next = self.clone();
        next.members.insert(name.to_owned(), json);
        Ok(next)
    }

    /// With the scopes that the site grants now. The claim `scope` is the engine's then.
    ///
    /// A site that grants none may have a claim of that name of its own, as long as it is written as
    /// RFC 9068 section 2.2.3 has it.
    #[must_use]
    pub fn with_scopes(self, scopes: Scopes) -> Self {
        Self { scopes: Some(scopes), ..self }
    }

    pub(crate) fn members(&self) -> &BTreeMap<String, Box<RawValue>> {
        &self.members
    }

    /// What is granted of `limit`; `None` if that is nothing.
    pub(crate) fn scopes_within(&self, limit: Option<&Scopes>) -> Option<Scopes> {
        let granted = self.scopes.as_ref()?;
        let granted = limit.map_or_else(|| granted.clone(), |limit| granted.within(limit));
        (!granted.is_empty()).then_some(granted)
    }

    fn check_names(&self, names: &ClaimNames) -> Result<(), CustomClaimsError> {
        let ours = names.all().map(|(_, name)| name);
        let taken = |name: &&String| {
            RESERVED_CLAIMS.contains(&name.as_str())
                || ours.contains(&name.as_str())
                || (self.scopes.is_some() && *name == SCOPE_CLAIM)
        };
        if let Some(name) = self.members.keys().find(taken) {
            return Err(CustomClaimsError::Reserved(name.clone()));
        }
        match self.members.get(SCOPE_CLAIM).map(|json| parse_scopes(json.get())) {
            Some(None) => Err(CustomClaimsError::Scope),
            _ => Ok(()),
        }
    }
}

impl Engine {
    pub(crate) fn check_custom(&self, custom: &CustomClaims) -> Result<(), CustomClaimsError> {
        custom.check_names(&self.policy.claim_names)
    }
}

/// The claim `scope` as it is written; `None` for any other form than the one of RFC 9068.
pub(crate) fn parse_scopes(json: &str) -> Option<Scopes> {
    serde_json::from_str::<String>(json).ok()?.parse().ok()
}
