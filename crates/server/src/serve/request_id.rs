//! What a request is called, in the log and in its answer.

use axum::http::header::HeaderName;
use axum::http::{Extensions, HeaderMap, HeaderValue};
use tegata::{Randomness as _, SystemRandomness, TrustedProxies};
use tegata_axum::client_address::Peer;

/// The header of requests by proxies, and of answers.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const LONGEST: usize = 128;

/// The name that a trusted proxy has given to a request, or a new one. Others name nothing: what
/// they send would stand in the log.
pub(super) fn of(
    proxies: &TrustedProxies,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> HeaderValue {
    let peer = Peer::of(extensions);
    let is_proxy = match peer {
        Peer::Address(address) => proxies.trusts(Some(&address.ip().to_string())),
        Peer::Unix => proxies.trusts(None),
        Peer::Unknown => false,
    };
    let given = headers.get(HEADER).filter(|value| is_proxy && is_name(value.as_bytes()));
    given.cloned().unwrap_or_else(new)
}

fn is_name(bytes: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+/=@".contains(byte);
    (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(is_letter)
}

fn new() -> HeaderValue {
    let mut bytes = [0; 8];
    // Nothing but the log hangs on it.
    let _same_name = SystemRandomness.fill(&mut bytes);
    let name = format!("{:016x}", u64::from_be_bytes(bytes));
    HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("-"))
}

#[cfg(test)]
mod tests {
    use axum::extract::ConnectInfo;
    use axum::http::{Extensions, HeaderMap, HeaderValue};
    use std::net::SocketAddr;
    use tegata::TrustedProxies;

    use super::{HEADER, of};

    fn named(peer: [u8; 4], given: &[u8]) -> HeaderValue {
        let networks = vec!["10.0.0.0/8".parse().expect("a network")];
        let proxies = TrustedProxies { networks, ..TrustedProxies::default() };
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from((peer, 4711))));
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_bytes(given).expect("a value"));
        of(&proxies, &extensions, &headers)
    }

    #[test]
    fn a_trusted_proxy_names_requests_and_nobody_else_does() {
        assert_eq!(named([10, 0, 0, 1], b"a-1.b"), "a-1.b");
        let long = "a".repeat(129);
        for (peer, given) in [
            ([203, 0, 113, 1], &b"a-1.b"[..]),
            ([10, 0, 0, 1], b"a b"),
            ([10, 0, 0, 1], b"\xff"),
            ([10, 0, 0, 1], b""),
            ([10, 0, 0, 1], long.as_bytes()),
        ] {
            let name = named(peer, given);
            assert!(name.len() == 16 && name != given, "{name:?}");
        }
        assert_ne!(named([1, 1, 1, 1], b""), named([1, 1, 1, 1], b""));
    }
}
