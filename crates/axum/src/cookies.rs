//! Putting tokens into cookies and taking them out again.

use axum::http::header::{SET_COOKIE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use cookie::time::{Duration, OffsetDateTime};
use cookie::{Cookie, Expiration, SameSite};
use tegata::{Refusal, TokenCookie, Tokens, Transport};

use crate::Failure;
use crate::options::Site;

/// Puts tokens into the cookies of a response. Where rotation is off, a refresh gives no refresh
/// token, and that cookie stays as it is.
///
/// `path` is that of the auth routes.
pub(crate) fn set(
    site: &Site,
    headers: &mut HeaderMap,
    tokens: &Tokens,
    path: &str,
) -> Result<(), Failure> {
    let mut given = Vec::with_capacity(2);
    if site.transport != Transport::Header {
        given.push((site.cookies.access(), &tokens.access_token, tokens.expires_in));
    }
    if let Some(refresh_token) = &tokens.refresh_token {
        let lives = tokens.refresh_expires_in.unwrap_or_default();
        given.push((site.cookies.refresh(path), refresh_token, lives));
    }
    if let Some((cookie, ..)) = given.iter().find(|(cookie, token, _)| !cookie.fits(token)) {
        tracing::error!(
            cookie = cookie.name,
            "a token is longer than browsers keep (4096 bytes with the cookie's name): have \
             `claims` say less, or take keys whose signatures are shorter"
        );
        return Err(Failure::endpoint(Refusal::ServiceUnavailable));
    }
    for (cookie, token, lives) in given {
        let lives = i64::try_from(lives.as_secs()).unwrap_or(i64::MAX);
        append(headers, &built(&cookie, token).max_age(Duration::seconds(lives)).build());
    }
    Ok(())
}

/// Takes both cookies out of the browser, by the attributes with which they were set.
pub(crate) fn clear(site: &Site, headers: &mut HeaderMap, path: &str) {
    let mut over = Vec::with_capacity(2);
    if site.transport != Transport::Header {
        over.push(site.cookies.access());
    }
    over.push(site.cookies.refresh(path));
    for cookie in over {
        let expires = Expiration::DateTime(OffsetDateTime::UNIX_EPOCH);
        append(headers, &built(&cookie, "").max_age(Duration::ZERO).expires(expires).build());
    }
}

fn built<'c>(cookie: &'c TokenCookie, value: &'c str) -> cookie::CookieBuilder<'c> {
    let same_site = match cookie.same_site {
        tegata::SameSite::Lax => SameSite::Lax,
        tegata::SameSite::None => SameSite::None,
        tegata::SameSite::Strict => SameSite::Strict,
    };
    let built = Cookie::build((&*cookie.name, value))
        .path(&*cookie.path)
        .secure(cookie.secure)
        .http_only(cookie.http_only)
        .same_site(same_site);
    match &cookie.domain {
        Some(domain) => built.domain(&**domain),
        None => built,
    }
}

pub(crate) fn append(headers: &mut HeaderMap, cookie: &Cookie<'_>) {
    // Names, paths and domains were checked at the start, and tokens are ASCII.
    if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
        headers.append(SET_COOKIE, value);
    }
}

/// Tells caches that an answer hangs on the cookies.
pub(crate) fn vary(headers: &mut HeaderMap) {
    let is_said =
        headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok()).any(|said| {
            said.split(',').any(|name| {
                matches!(name.trim(), "*") || name.trim().eq_ignore_ascii_case("cookie")
            })
        });
    if !is_said {
        headers.append(VARY, HeaderValue::from_static("Cookie"));
    }
}
