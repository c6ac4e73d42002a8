//! How callers say who they are.

use serde_json::Value;
use tegata::Transport;
use utoipa::openapi::SecurityRequirement;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Flow, OAuth2, Password, Scopes, SecurityScheme,
};

use super::{JWT_AUTH, JWT_AUTH_COOKIE};
use crate::options::Site;

/// The schemes of a site, by their names. With a token in the header it is the login form of
/// Swagger, at `token_url`.
pub(super) fn schemes(site: &Site, token_url: &str) -> Vec<(&'static str, SecurityScheme)> {
    let header = || {
        let scopes: Scopes = site.scopes.iter().cloned().collect();
        SecurityScheme::OAuth2(OAuth2::new([Flow::Password(Password::new(token_url, scopes))]))
    };
    let cookie = || {
        let name = site.cookies.access().name;
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(name)))
    };
    match site.transport {
        Transport::Header => vec![(JWT_AUTH, header())],
        Transport::Cookie => vec![(JWT_AUTH, cookie())],
        Transport::Both => vec![(JWT_AUTH, header()), (JWT_AUTH_COOKIE, cookie())],
    }
}

/// What a guarded operation asks for: one of these.
pub(super) fn requirements(site: &Site, scopes: &[String]) -> Vec<SecurityRequirement> {
    let names: &[&str] = match site.transport {
        Transport::Header | Transport::Cookie => &[JWT_AUTH],
        Transport::Both => &[JWT_AUTH, JWT_AUTH_COOKIE],
    };
    names.iter().map(|name| SecurityRequirement::new(*name, scopes)).collect()
}

/// The scopes that a requirement asks for with [`JWT_AUTH`]; `None` for one of something else.
pub(super) fn scopes_of(requirement: &SecurityRequirement) -> Option<Vec<String>> {
    // It tells what it holds in no other way.
    let mut schemes = serde_json::to_value(requirement).ok()?;
    let scopes = schemes.get_mut(JWT_AUTH).map(Value::take)?;
    serde_json::from_value(scopes).ok()
}
