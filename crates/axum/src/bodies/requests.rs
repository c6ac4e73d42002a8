use serde::Deserialize;
use utoipa::ToSchema;

use super::Secret;
use super::text::{password, username};

/// The default body of `login/`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct LoginSchema {
    /// What the user logs in with.
    #[serde(deserialize_with = "username")]
    #[schema(min_length = 1, max_length = 1024)]
    pub username: String,
    /// The password.
    #[serde(deserialize_with = "password")]
    #[schema(value_type = String, min_length = 1, max_length = 4096)]
    pub password: Secret,
}

/// A body with a refresh token, which may be left out where a cookie has it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct RefreshTokenSchema {
    /// The refresh token.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub refresh_token: Option<Secret>,
}

/// The body of `logout/`, which may be left out.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct LogoutSchema {
    /// The refresh token.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub refresh_token: Option<Secret>,
}

/// The body of `password/`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct PasswordSchema {
    /// The present password.
    #[serde(deserialize_with = "password")]
    #[schema(value_type = String, min_length = 1, max_length = 4096)]
    pub current_password: Secret,
    /// The next one.
    #[serde(deserialize_with = "password")]
    #[schema(value_type = String, min_length = 1, max_length = 4096)]
    pub new_password: Secret,
}

/// A body with a token of either kind.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct VerifySchema {
    /// The token.
    #[schema(value_type = String)]
    pub token: Secret,
}
