//! Who sends a request, as hosts look at it.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use axum::http::header::{self, AUTHORIZATION, COOKIE, HeaderName, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};
use tegata::{Device, Tenant};

/// The request of a login, as [`crate::Authenticator`] and [`crate::LoginStep`] see it.
#[derive(Clone)]
pub struct LoginRequest {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its address, as the auth routes see it: what they are nested under is taken off.
    pub uri: Uri,
    /// The client's address, if that is known.
    pub client_address: Option<IpAddr>,
    /// Whose part of the site it is for.
    pub tenant: Option<Tenant>,
}

// Tokens and keys stand in headers and in queries.
impl fmt::Debug for LoginRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoginRequest")
            .field("path", &self.uri.path())
            .field("client_address", &self.client_address)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

impl LoginRequest {
    /// What the client calls itself.
    #[must_use]
    pub fn user_agent(&self) -> Cow<'_, str> {
        user_agent(&self.headers)
    }

    /// As a row keeps it; the address only if it `stores_address`.
    pub(crate) fn device(&self, stores_address: bool) -> Device {
        Device {
            ip_address: self.client_address.filter(|_| stores_address),
            user_agent: Device::new(None, &self.user_agent()).user_agent,
        }
    }
}

/// Empty if there is none. What is not UTF-8 is taken for Latin-1, of which every byte is a
/// character.
fn user_agent(headers: &HeaderMap) -> Cow<'_, str> {
    let bytes = headers.get(USER_AGENT).map_or(&[][..], HeaderValue::as_bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// The one `Authorization` header; several are as one that nobody could have meant.
pub(crate) fn authorization(parts: &Parts) -> Option<Cow<'_, str>> {
    joined(&parts.headers, &AUTHORIZATION, ",")
}

/// All cookies of a request (RFC 9113 section 8.2.3).
pub(crate) fn cookie_header(parts: &Parts) -> Cow<'_, str> {
    joined(&parts.headers, &COOKIE, "; ").unwrap_or_default()
}

/// A header that may come once; one that comes again says nothing.
pub(crate) fn single<'p>(headers: &'p HeaderMap, name: &HeaderName) -> Option<Cow<'p, str>> {
    joined(headers, name, ",")
}

#[inline(never)]
fn joined<'h>(headers: &'h HeaderMap, name: &HeaderName, separator: &str) -> Option<Cow<'h, str>> {
    let mut values = headers.get_all(name).iter();
    // Nothing that counts has other letters than ASCII, so what stands for them does not matter.
    let first = text(values.next()?);
    Some(
        values
            .fold(first, |joined, value| Cow::Owned(format!("{joined}{separator}{}", text(value)))),
    )
}

fn text(value: &HeaderValue) -> Cow<'_, str> {
    let bytes = value.as_bytes();
    // What replaces bad bytes looks at each of them.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Whether it opens a WebSocket, which a page can do from anywhere, and then act by.
pub(crate) fn is_handshake(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE)
        || headers.contains_key(header::SEC_WEBSOCKET_KEY)
        || headers.contains_key(header::SEC_WEBSOCKET_VERSION)
}
