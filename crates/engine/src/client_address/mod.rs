//! Who speaks, behind proxies: the peer of the connection, or who a trusted proxy says it speaks for.

mod header;
mod network;
mod node;

use std::net::{IpAddr, Ipv6Addr};

pub use header::ForwardedHeader;
pub use network::{Network, NetworkError};

/// How many proxies in a row are followed. No site has that many, and a header costs no more than
/// so many of its elements.
const MAX_HOPS: usize = 32;

/// The proxies of a site, and how they say for whom they speak.
///
/// ```
/// use tegata::{ForwardedHeader, TrustedProxies};
///
/// let proxies = TrustedProxies {
///     networks: vec!["10.0.0.0/8".parse()?],
///     unix_socket: false,
///     header: ForwardedHeader::XForwardedFor,
/// };
/// let said = "203.0.113.66, 198.51.100.7, 10.0.0.2";
/// let client = proxies.client_address(Some("10.0.0.1"), [said]);
/// assert_eq!(client, Some("198.51.100.7".parse()?));
///
/// // Who is no proxy of ours speaks for itself.
/// let client = proxies.client_address(Some("203.0.113.66"), ["198.51.100.7"]);
/// assert_eq!(client, Some("203.0.113.66".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    /// Where the proxies are. None: every peer speaks for itself.
    pub networks: Vec<Network>,
    /// Whether a peer without an address is a proxy: whoever connects to a Unix socket has none.
    pub unix_socket: bool,
    /// The one header that they set.
    pub header: ForwardedHeader,
}

impl TrustedProxies {
    /// The address of the client, in its one spelling: an IPv4 address that is mapped into IPv6
    /// ([RFC 4291 section 2.5.5.2]) is the IPv4 address, and a zone is left out.
    ///
    /// A proxy writes whom it got the request from at the right end of its header. So it is read
    /// from the right, and only as far as trusted proxies have written it: the first address that is
    /// none of theirs is the client's, and whatever stands to the left of that, the client may have
    /// made up. An element that is no address (`unknown`, an obfuscated identifier of
    /// [RFC 7239 section 6.3], anything malformed) ends the reading, and the answer is the proxy that
    /// wrote it. So nobody but a trusted proxy can choose the answer.
    ///
    /// `peer` is the other end of the connection, `None` or an empty text if it has no address;
    /// `lines` are the values of [`TrustedProxies::header`], in the order of the request.
    ///
    /// `None` if nothing is known.
    ///
    /// [RFC 4291 section 2.5.5.2]: https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
    /// [RFC 7239 section 6.3]: https://www.rfc-editor.org/rfc/rfc7239#section-6.3
    #[must_use]
    pub fn client_address<'a>(
        &self,
        peer: Option<&str>,
        lines: impl IntoIterator<Item = &'a str, IntoIter: DoubleEndedIterator>,
    ) -> Option<IpAddr> {
        let mut known = match peer.map(str::trim) {
            None | Some("") if self.unix_socket => None,
            None | Some("") => return None,
            // A server that says where the peer is in a way of its own: nothing is known of it.
            Some(peer) => Some(node::address(peer)?),
        };
        let said = lines.into_iter().rev().flat_map(|line| self.header.reversed_nodes(line));
        for node in said.take(MAX_HOPS) {
            if known.is_some_and(|address| !self.is_trusted(address)) {
                break;
            }
            let Some(address) = node.and_then(node::address) else { break };
            known = Some(address);
        }
        known
    }

    /// Whether a peer is one of the proxies, so that what it says of its client counts: the scheme,
    /// say, in a header of its own. `peer` is as in [`TrustedProxies::client_address`].
    ///
    /// ```
    /// use tegata::TrustedProxies;
    ///
    /// let networks = vec!["10.0.0.0/8".parse()?];
    /// let proxies = TrustedProxies { networks, ..TrustedProxies::default() };
    /// assert!(proxies.trusts(Some("10.0.0.1")));
    /// assert!(!proxies.trusts(Some("203.0.113.66")) && !proxies.trusts(None));
    /// # Ok::<(), tegata::NetworkError>(())
    /// ```
    #[must_use]
    pub fn trusts(&self, peer: Option<&str>) -> bool {
        match peer.map(str::trim) {
            None | Some("") => self.unix_socket,
            Some(peer) => node::address(peer).is_some_and(|address| self.is_trusted(address)),
        }
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }
}

/// The part of an address that one client can be expected to have: an IPv4 address as it is, of an
/// IPv6 address the first 64 bits, behind which a client picks what it likes ([RFC 6177]).
///
/// ```
/// use tegata::client_network;
///
/// let network = client_network("2001:db8:1:2:3:4:5:6".parse().unwrap());
/// assert_eq!(network.to_string(), "2001:db8:1:2::");
/// ```
///
/// [RFC 6177]: https://www.rfc-editor.org/rfc/rfc6177
#[must_use]
pub fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}
