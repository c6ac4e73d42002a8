//! Who speaks, and to which origin: behind proxies, by [`TrustedProxies`] only.
//!
//! Serve the router with `into_make_service_with_connect_info::<SocketAddr>()`, or with
//! [`UnixPeer`] on a Unix socket. Without either, nothing is known of the peer, and no header
//! makes up for that.

mod origin;
mod peer;

use std::net::IpAddr;

use axum::http::HeaderMap;
use tegata::TrustedProxies;

pub use origin::{Scheme, own_origin, scheme};
pub use peer::Peer;
#[cfg(unix)]
pub use peer::UnixPeer;

/// The address of the client: the peer's, or who trusted proxies say that they speak for.
///
/// All lines of [`TrustedProxies::header`] count, in the order of the request, and the other
/// header is never looked at.
///
/// ```
/// use axum::http::HeaderMap;
/// use tegata::TrustedProxies;
/// use tegata_axum::client_address::{Peer, client_address};
///
/// let networks = vec!["10.0.0.0/8".parse()?];
/// let proxies = TrustedProxies { networks, ..TrustedProxies::default() };
/// let mut headers = HeaderMap::new();
/// headers.append("x-forwarded-for", "198.51.100.7".parse()?);
///
/// let behind = Peer::Address("10.0.0.1:4711".parse()?);
/// assert_eq!(client_address(&proxies, behind, &headers), Some("198.51.100.7".parse()?));
/// let direct = Peer::Address("203.0.113.66:4711".parse()?);
/// assert_eq!(client_address(&proxies, direct, &headers), Some("203.0.113.66".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn client_address(proxies: &TrustedProxies, peer: Peer, headers: &HeaderMap) -> Option<IpAddr> {
    if !peer.is_known() {
        return None;
    }
    let said = headers.get_all(proxies.header.name());
    // What is no ASCII is no address either, but it keeps its place, which ends the reading.
    let lines: Vec<_> = said.iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    proxies.client_address(peer.address().as_deref(), lines.iter().map(AsRef::as_ref))
}

/// Whether the peer is a trusted proxy.
pub(crate) fn is_proxy(proxies: &TrustedProxies, peer: Peer) -> bool {
    peer.is_known() && proxies.trusts(peer.address().as_deref())
}
