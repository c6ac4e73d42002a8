use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How many claims a token has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// About sixty claims, 4 KB.
    Large,
    /// Nine claims.
    Small,
}

impl Size {
    /// The name in the files of the material.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Small => "small",
        }
    }
}

/// A small token's claims, in a type of their own as an application has it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the claims' names in RFC 7519")]
pub struct Small {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub nbf: i64,
    pub iat: i64,
    pub jti: String,
    pub sid: String,
    pub scope: String,
}

/// A large token's claims, which no application declares one by one.
pub type Large = Map<String, Value>;
