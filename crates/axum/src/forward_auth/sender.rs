use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use tegata::{BrowserGuard, Refusal};

use super::Author;
use crate::request::is_handshake;

/// In which proxies say of which method a request is.
const METHODS: [&str; 2] = ["x-forwarded-method", "x-original-method"];
const FETCH_SITE: &str = "sec-fetch-site";

/// Whether a page of the site has sent a request that a cookie speaks for.
///
/// There is no CSRF token here that a page could repeat, so what may change something takes a proof:
/// an `Origin` or a `Sec-Fetch-Site` that the guard says yes to. One without either is refused.
pub(super) fn check(guard: &BrowserGuard, author: Author, parts: &Parts) -> Result<(), Refusal> {
    if is_safe(author, parts) {
        return Ok(());
    }
    let origin = only(&parts.headers, &header::ORIGIN)?;
    let fetch_site = only(&parts.headers, &HeaderName::from_static(FETCH_SITE))?;
    if origin.is_none() && fetch_site.is_none() {
        return Err(Refusal::CsrfFailed);
    }
    guard.check("POST", origin, fetch_site, None)
}

/// Whether the original request changes nothing. Of several methods that are named, the worst one
/// counts; where the proxy does not say, nobody knows.
fn is_safe(author: Author, parts: &Parts) -> bool {
    let headers = &parts.headers;
    let mut named = METHODS.iter().flat_map(|name| headers.get_all(*name)).peekable();
    // A proxy that forwards the path forwards the method as well.
    let is_known = named.peek().is_some() || author != Author::Proxy;
    is_known
        && !is_handshake(headers)
        && BrowserGuard::is_safe(parts.method.as_str())
        && named.all(|value| value.to_str().is_ok_and(BrowserGuard::is_safe))
}

fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Refusal::CsrfFailed);
    }
    first.map(|value| value.to_str().map_err(|_| Refusal::CsrfFailed)).transpose()
}
