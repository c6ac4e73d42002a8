use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};
use tegata::{Origin, TrustedProxies};

use super::{Peer, is_proxy};

const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// How the client speaks to the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// As in a URL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The scheme by which the client came: what a trusted proxy says in `X-Forwarded-Proto`, else
/// `own`, that of this server's own connection.
///
/// Of several values the last counts, which that proxy itself has written. So a proxy that passes
/// requests on to another one over HTTP has the second leave the header as it is.
///
/// ```
/// use axum::http::HeaderMap;
/// use tegata::TrustedProxies;
/// use tegata_axum::client_address::{Peer, Scheme, scheme};
///
/// let networks = vec!["10.0.0.1".parse()?];
/// let proxies = TrustedProxies { networks, ..TrustedProxies::default() };
/// let mut headers = HeaderMap::new();
/// headers.append("x-forwarded-proto", "https".parse()?);
///
/// let behind = Peer::Address("10.0.0.1:4711".parse()?);
/// assert_eq!(scheme(&proxies, behind, &headers, Scheme::Http), Scheme::Https);
/// let direct = Peer::Address("203.0.113.66:4711".parse()?);
/// assert_eq!(scheme(&proxies, direct, &headers, Scheme::Http), Scheme::Http);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn scheme(proxies: &TrustedProxies, peer: Peer, headers: &HeaderMap, own: Scheme) -> Scheme {
    if !is_proxy(proxies, peer) {
        return own;
    }
    let Some(line) = headers.get_all(FORWARDED_PROTO).iter().next_back() else { return own };
    let said = line.to_str().unwrap_or_default();
    match said.rsplit(',').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "https" => Scheme::Https,
        // Whatever it meant, it did not say that TLS was spoken.
        _ => Scheme::Http,
    }
}

/// The origin that the request was sent to, for comparing a page's `Origin` with it: [`scheme`],
/// and the host of the request's target or its one `Host` (RFC 9110 section 7.2).
///
/// `None` if the request names no host, or several.
///
/// ```
/// use axum::http::{HeaderMap, Uri};
/// use tegata::TrustedProxies;
/// use tegata_axum::client_address::{Peer, Scheme, own_origin};
///
/// let mut headers = HeaderMap::new();
/// headers.append("host", "shop.example:8000".parse()?);
/// let (proxies, target) = (TrustedProxies::default(), Uri::from_static("/auth/refresh/"));
/// let origin = own_origin(&proxies, Peer::Unknown, &headers, &target, Scheme::Http);
/// assert_eq!(origin, Some("http://shop.example:8000".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn own_origin(
    proxies: &TrustedProxies,
    peer: Peer,
    headers: &HeaderMap,
    target: &Uri,
    own: Scheme,
) -> Option<Origin> {
    let host = if let Some(authority) = target.authority() {
        authority.as_str()
    } else {
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next().filter(|_| hosts.next().is_none())?;
        host.to_str().ok()?
    };
    let scheme = scheme(proxies, peer, headers, own).name();
    format!("{scheme}://{host}").parse().ok()
}
