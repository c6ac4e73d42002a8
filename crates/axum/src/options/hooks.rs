//! What a site does in its own way.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use axum::http::request::Parts;
use serde_json::Value;
use tegata::{CustomClaims, Refusal, Scopes, Session, Tenant, UserState};

use crate::{Failure, User};

pub(crate) type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type TenantHook = dyn Fn(&Parts) -> Result<Option<Tenant>, Failure> + Send + Sync;
type AddressHook = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;
type LocationHook = dyn Fn(IpAddr) -> Later<Option<Value>> + Send + Sync;
type DeviceHook = dyn Fn(&str) -> Option<String> + Send + Sync;
type OfUser<T> = dyn Fn(UserState, Option<Session>) -> Later<Result<T, Refusal>> + Send + Sync;
type PasswordRule = dyn Fn(&str, &User) -> Result<(), String> + Send + Sync;

pub(crate) struct Hooks {
    pub(crate) tenant: Option<Box<TenantHook>>,
    pub(crate) claims: Option<Box<OfUser<CustomClaims>>>,
    pub(crate) scopes_for: Option<Box<OfUser<Scopes>>>,
    pub(crate) client_address: Option<Box<AddressHook>>,
    pub(crate) location: Option<Box<LocationHook>>,
    pub(crate) device_name: Box<DeviceHook>,
    pub(crate) password_rule: Box<PasswordRule>,
}

impl Default for Hooks {
    fn default() -> Self {
        Self {
            tenant: None,
            claims: None,
            scopes_for: None,
            client_address: None,
            location: None,
            device_name: Box::new(crate::device_name::device_name),
            password_rule: Box::new(is_long_enough),
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hooks")
    }
}

const MIN_PASSWORD: usize = 8;

fn is_long_enough(password: &str, _user: &User) -> Result<(), String> {
    if password.chars().count() >= MIN_PASSWORD {
        return Ok(());
    }
    Err(format!("It is too short; it must have at least {MIN_PASSWORD} characters."))
}
