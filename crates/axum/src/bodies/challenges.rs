use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Secret;

/// A login that is not done yet: which step asks. What that step shows stands beside.
#[derive(Clone, Serialize, ToSchema)]
pub struct ChallengeSchema {
    /// What the step shows.
    #[serde(flatten)]
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub shown: Map<String, Value>,
    /// Send it to `login/challenge/` with the answer, from the same client.
    pub challenge_token: String,
    /// The name of the step.
    pub step: String,
    /// Seconds left for the answer.
    pub expires_in: u64,
}

impl fmt::Debug for ChallengeSchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ChallengeSchema").field("step", &self.step).finish_non_exhaustive()
    }
}

/// The body of `login/challenge/`.
#[derive(Clone, Deserialize, ToSchema)]
pub struct ChallengeAnswerSchema {
    /// As it was handed out.
    #[schema(value_type = String)]
    pub challenge_token: Secret,
    /// As the step that asks takes it.
    #[serde(deserialize_with = "storable")]
    #[schema(value_type = Object)]
    pub answer: Map<String, Value>,
}

impl fmt::Debug for ChallengeAnswerSchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ChallengeAnswerSchema")
    }
}

/// Refuses text that no database can hold, however deep it lies.
fn storable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    let answer = Map::deserialize(deserializer)?;
    if answer.iter().any(|(name, value)| name.contains('\0') || has_nul(value)) {
        return Err(de::Error::custom("must not contain a NUL character"));
    }
    Ok(answer)
}

// The reader has a limit on how deep it goes.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
