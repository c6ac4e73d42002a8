//! The step of a login that asks for a code.

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use tegata::UserState;
use tegata_axum::{Ask, Failure, LoginRequest, LoginStep, StepOutcome};
use utoipa::ToSchema;

use super::totp::Codes;
use crate::commands::time;

/// Six digits.
pub(crate) struct Code(String);

/// The answer to the step.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CodeAnswer {
    #[schema(value_type = String, pattern = "^[0-9]{6}$")]
    code: Code,
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text));
        }
        Err(de::Error::custom("must be six digits"))
    }
}

impl LoginStep for Codes {
    type Answer = CodeAnswer;

    fn name(&self) -> &'static str {
        "totp"
    }

    async fn begin(
        &self,
        _request: &LoginRequest,
        user: &UserState,
    ) -> Result<StepOutcome, Failure> {
        let is_asked = self.asks(&user.id);
        Ok(if is_asked { StepOutcome::Ask(Ask::new()) } else { StepOutcome::Pass })
    }

    async fn complete(
        &self,
        _request: &LoginRequest,
        user: &UserState,
        _state: &Value,
        CodeAnswer { code: Code(code) }: CodeAnswer,
    ) -> Result<bool, Failure> {
        Ok(self.use_up(&user.id, &code, time::now()))
    }
}
