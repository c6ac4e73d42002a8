//! Where the tokens of a request come from. What is decided here is only where to look; which token
//! counts says the engine ([`Transport`]).

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use tegata::{Carrier, Place, Refusal, Transport, cookie_token};

use crate::options::Site;
use crate::request::{authorization, cookie_header};
use crate::{Failure, csrf};

/// The token of a request, unread, or why there is none.
type Told<'p> = Result<Cow<'p, str>, Refusal>;

/// A token that counts, unread.
pub(crate) struct Found<'p> {
    pub(crate) token: Cow<'p, str>,
    pub(crate) is_cookie: bool,
}

/// The token of a guarded route, unread: any bytes.
pub(crate) struct FoundAccess<'p> {
    pub(crate) token: Cow<'p, [u8]>,
    pub(crate) is_cookie: bool,
}

/// In a request's extensions, for [`crate::VaryLayer`]: whether a cookie was looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looked(Arc<AtomicBool>);

impl Looked {
    pub(crate) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The token of a guarded route that takes tokens by `transport`.
#[inline]
pub(crate) fn access<'p>(
    site: &Site,
    parts: &'p Parts,
    transport: Transport,
) -> Result<FoundAccess<'p>, Refusal> {
    if transport.takes_cookies() {
        return header_or_cookie(site, parts, transport);
    }
    // The gate refuses what is no token, and nothing else hangs on that here.
    let headers = &parts.headers;
    // Where no header comes twice this one does not: that takes less to see than to look for.
    let token = if headers.len() == headers.keys_len() {
        let header = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        Cow::Borrowed(site.schemes.credentials(header)?)
    } else {
        let header = authorization(parts);
        let header = header.as_deref().map(str::as_bytes);
        Cow::Owned(site.schemes.credentials(header)?.to_owned())
    };
    Ok(FoundAccess { token, is_cookie: false })
}

// Apart, so that the way of a header is short.
#[inline(never)]
fn header_or_cookie<'p>(
    site: &Site,
    parts: &'p Parts,
    transport: Transport,
) -> Result<FoundAccess<'p>, Refusal> {
    if let Some(Looked(looked)) = parts.extensions.get() {
        looked.store(true, Ordering::Relaxed);
    }
    let Found { token, is_cookie } =
        counting(transport, of_header(site, parts), access_cookie(site, parts))?;
    let token = match token {
        Cow::Borrowed(token) => Cow::Borrowed(token.as_bytes()),
        Cow::Owned(token) => Cow::Owned(token.into_bytes()),
    };
    Ok(FoundAccess { token, is_cookie })
}

/// The token of a refresh; `of_body` is that of its body, if there is one.
pub(crate) fn refresh<'p>(
    site: &Site,
    parts: &'p Parts,
    of_body: Option<String>,
    has_body: bool,
) -> Result<Found<'p>, Failure> {
    let of_body = of_body.map(Cow::Owned);
    let transport = site.refresh_transport;
    if transport == Transport::Header {
        let missing = if has_body { "refresh_token" } else { "body" };
        let token = of_body.ok_or_else(|| {
            Failure::endpoint(Refusal::InvalidRequest)
                .with_detail(format!("{missing}: Field required"))
        })?;
        return Ok(Found { token, is_cookie: false });
    }
    let of_body = of_body.ok_or(Refusal::MissingToken);
    let found = counting(transport, of_body, refresh_cookie(site, parts));
    let found = found.map_err(Failure::endpoint)?;
    if found.is_cookie {
        csrf::require(site, parts, Place::Endpoint)?;
    }
    Ok(found)
}

/// The tokens of a logout.
pub(crate) struct LogoutTokens<'p> {
    pub(crate) access: Told<'p>,
    pub(crate) refresh: Option<Cow<'p, str>>,
    /// Whether they came in cookies.
    pub(crate) is_cookie: bool,
}

/// The tokens of a logout. Where both the header and cookies may say who it is, one in the header or
/// the body does, and no cookie is looked at. Where access tokens come in the header and refresh
/// tokens in the cookie, either will do.
pub(crate) fn logout<'p>(
    site: &Site,
    parts: &'p Parts,
    of_body: Option<String>,
) -> Result<LogoutTokens<'p>, Failure> {
    let transport = site.refresh_transport;
    let mut access = match site.transport {
        Transport::Cookie => Err(Refusal::MissingToken),
        Transport::Header | Transport::Both => of_header(site, parts),
    };
    let body = of_body.map(Cow::Owned).filter(|_| transport != Transport::Cookie);
    let is_said = access != Err(Refusal::MissingToken) || body.is_some();
    let needs_no_cookie = is_said && (site.transport == Transport::Both || body.is_some());
    if transport == Transport::Header || needs_no_cookie {
        return Ok(LogoutTokens { access, refresh: body, is_cookie: false });
    }
    // Of two cookies that differ none says whose session this is; the access token still may.
    let refresh = refresh_cookie(site, parts).ok();
    if !is_said && site.transport != Transport::Header {
        access = access_cookie(site, parts);
    }
    if !is_said && (refresh.is_some() || access.is_ok()) {
        csrf::require(site, parts, Place::Endpoint)?;
    }
    Ok(LogoutTokens { access, refresh, is_cookie: true })
}

/// Whether the tokens of this login go into cookies. Then a page of the site must have sent it, so
/// that nobody can be logged in as somebody else by a page elsewhere.
pub(crate) fn login_uses_cookies(site: &Site, parts: &Parts) -> Result<bool, Failure> {
    let carrier = site.refresh_transport.carrier_of_login(csrf::has_token(parts));
    if carrier == Carrier::Header {
        return Ok(false);
    }
    csrf::require(site, parts, Place::Endpoint)?;
    Ok(true)
}

/// As the engine tells it; and where a cookie would count, why there is none.
fn counting<'p>(
    transport: Transport,
    header: Told<'p>,
    cookie: Told<'p>,
) -> Result<Found<'p>, Refusal> {
    let given = header.as_deref().map_err(|refusal| *refusal);
    let told = transport.credential(given, cookie.as_deref().ok());
    let carrier = told.map(|credential| credential.carrier);
    match (carrier, &cookie) {
        (Ok(Carrier::Header), _) => header.map(|token| Found { token, is_cookie: false }),
        (Ok(Carrier::Cookie), _) => cookie.map(|token| Found { token, is_cookie: true }),
        (Err(Refusal::MissingToken), Err(why)) if transport.takes_cookies() => Err(*why),
        (Err(refusal), _) => Err(refusal),
    }
}

fn of_header<'p>(site: &Site, parts: &'p Parts) -> Told<'p> {
    match authorization(parts) {
        Some(Cow::Borrowed(header)) => site.schemes.token(Some(header)).map(Cow::Borrowed),
        header => {
            let token = site.schemes.token(header.as_deref());
            token.map(|token| Cow::Owned(token.to_owned()))
        }
    }
}

fn access_cookie(site: &Site, parts: &Parts) -> Told<'static> {
    cookie(parts, &site.cookies.access().name)
}

fn refresh_cookie(site: &Site, parts: &Parts) -> Told<'static> {
    // Its name hangs on no path.
    cookie(parts, &site.cookies.refresh("/").name)
}

fn cookie(parts: &Parts, name: &str) -> Told<'static> {
    cookie_token(&cookie_header(parts), name).map(|token| Cow::Owned(token.to_owned()))
}
