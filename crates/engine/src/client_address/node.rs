use std::net::{IpAddr, Ipv6Addr};

// The longest IPv6 address, its brackets, a zone, a port.
const MAX_LENGTH: usize = 128;

/// The address of a node: IPv4 or IPv6, the latter in brackets or not, each with a port or not
/// (RFC 7239 section 6, and what proxies write into `X-Forwarded-For`).
pub(super) fn address(node: &str) -> Option<IpAddr> {
    if node.len() > MAX_LENGTH {
        return None;
    }
    if let Some(rest) = node.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        let is_port = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        return is_port.then(|| ipv6(address)).flatten();
    }
    match node.split_once(':') {
        None => node.parse().ok().map(IpAddr::V4),
        Some((address, port)) if address.contains('.') => {
            is_port(port).then(|| address.parse().ok().map(IpAddr::V4)).flatten()
        }
        Some(_) => ipv6(node),
    }
}

fn ipv6(text: &str) -> Option<IpAddr> {
    let (address, zone) = text.split_once('%').map_or((text, None), |(at, zone)| (at, Some(zone)));
    let address: Ipv6Addr = address.parse().ok()?;
    zone.is_none_or(is_zone).then(|| IpAddr::V6(address).to_canonical())
}

// RFC 6874 section 2: ZoneID.
fn is_zone(zone: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !zone.is_empty() && zone.bytes().all(is_unreserved)
}

// RFC 7239 section 6: a number, or an obfuscated one.
fn is_port(port: &str) -> bool {
    if let Some(obfuscated) = port.strip_prefix('_') {
        let is_obfuscated = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        return !obfuscated.is_empty() && obfuscated.bytes().all(is_obfuscated);
    }
    (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
}
