use serde::Serialize;
use serde_json::Value;
use tegata::{Tokens, UserId};
use utoipa::ToSchema;

use crate::openapi::shapes;

/// What a login and a refresh hand out.
#[derive(Clone, Serialize, ToSchema)]
pub struct TokenSchema {
    /// For the `Authorization: Bearer` header.
    pub access_token: String,
    /// For the next refresh; left out where rotation is off and the old one stays, and where it is
    /// in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// What a login and a refresh answer where the tokens are in cookies.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CookieSchema {
    /// Seconds that the access token lives.
    pub expires_in: u64,
    /// What it covers; left out where that is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl CookieSchema {
    pub(crate) fn of(tokens: &Tokens) -> Self {
        Self { expires_in: tokens.expires_in.as_secs(), scope: scope_of(tokens) }
    }
}

/// The answer of `csrf/`.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CSRFTokenSchema)]
pub struct CsrfTokenSchema {
    /// For the `X-CSRFToken` header of whatever changes something.
    pub csrf_token: String,
}

/// The answer of RFC 6749 section 5.1.
#[derive(Clone, Serialize, ToSchema)]
pub struct OAuth2TokenSchema {
    /// For the `Authorization: Bearer` header.
    pub access_token: String,
    /// For the next refresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// `Bearer`.
    #[schema(schema_with = shapes::bearer)]
    pub token_type: &'static str,
    /// Seconds that the access token lives.
    pub expires_in: u64,
    /// What it covers; left out where that is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl From<Tokens> for OAuth2TokenSchema {
    fn from(tokens: Tokens) -> Self {
        Self {
            scope: scope_of(&tokens),
            expires_in: tokens.expires_in.as_secs(),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            token_type: "Bearer",
        }
    }
}

fn scope_of(tokens: &Tokens) -> Option<String> {
    tokens.scopes.as_ref().map(ToString::to_string)
}

/// The error of RFC 6749 section 5.2.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OAuth2ErrorSchema {
    /// `invalid_grant`, `invalid_request`, `invalid_scope`, `unsupported_grant_type`, or
    /// `rate_limited`, which the RFC has no code for.
    #[schema(schema_with = shapes::oauth2_error)]
    pub error: &'static str,
    /// One sentence for a developer.
    pub error_description: String,
}

/// One of the caller's active sessions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionSchema {
    /// Its id, for `sessions/{id}/`.
    pub id: String,
    /// When it was opened.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When its owner was last seen.
    #[schema(format = DateTime)]
    pub last_activity_at: String,
    /// Where it was opened from.
    #[schema(required)]
    pub ip_address: Option<String>,
    /// By what it was opened.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// What that is called.
    #[schema(required, examples("Firefox on Linux"))]
    pub device: Option<String>,
    /// Where that address is.
    #[schema(required, schema_with = shapes::location)]
    pub location: Option<Value>,
    /// Whether it is the session of this very request.
    pub is_current: bool,
}

/// What a good token is, and until when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VerifiedSchema {
    /// `access` or `refresh`.
    #[schema(schema_with = shapes::token_kind)]
    pub r#type: &'static str,
    /// Whose it is: a number or a text.
    #[schema(schema_with = shapes::user_id)]
    pub user_id: UserId,
    /// The session that it hangs on.
    pub session_id: String,
    /// `iat`.
    #[schema(format = DateTime)]
    pub issued_at: String,
    /// `exp`.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// Every refusal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorSchema {
    /// An entry of the closed list.
    pub error_code: &'static str,
    /// One sentence for a developer.
    pub detail: String,
}
