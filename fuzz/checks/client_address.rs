//! Forwarded headers: whatever stands in front of what a proxy adds, the proxy's word is taken.

use std::net::IpAddr;

use tegata::{ForwardedHeader, Network, TrustedProxies};

/// `data` is a byte that says which header, and how it ends; then what a client sent in it.
pub(crate) fn check(data: &[u8]) {
    let Some((choice, sent)) = data.split_first() else { return };
    let sent = String::from_utf8_lossy(sent);
    let header = ForwardedHeader::ALL[usize::from(choice % 2)];
    let networks = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse().unwrap()).to_vec();
    let proxies = TrustedProxies { networks, unix_socket: choice & 2 != 0, header };

    let client: IpAddr = if choice & 4 == 0 { [198, 51, 100, 7].into() } else { client_v6() };
    let added = match (header, client) {
        (ForwardedHeader::XForwardedFor, client) => client.to_string(),
        (ForwardedHeader::Forwarded, IpAddr::V4(client)) => format!("proto=https;for={client}"),
        (ForwardedHeader::Forwarded, IpAddr::V6(client)) => format!("For=\"[{client}]:443\""),
    };
    let joined = format!("{sent}, {added}");
    assert_eq!(proxies.client_address(Some("10.0.0.1"), [&*joined]), Some(client));
    assert_eq!(proxies.client_address(Some("10.0.0.1"), [&*sent, &*added]), Some(client));
    let unix = proxies.client_address(None, [&*sent, &*added]);
    assert_eq!(unix, proxies.unix_socket.then_some(client));
    assert_eq!(proxies.client_address(Some("203.0.113.9"), [&*sent]), "203.0.113.9".parse().ok());

    // Alone it may name anybody, but never in another spelling than the one.
    let named = proxies.client_address(Some("10.0.0.1"), [&*sent]).unwrap();
    assert_eq!(named, named.to_canonical());
    if let Some(peer) = proxies.client_address(Some(&sent), []) {
        assert_eq!(proxies.client_address(Some(&peer.to_string()), []), Some(peer));
    }
    if let Ok(network) = sent.parse::<Network>() {
        assert_eq!(network.to_string().parse(), Ok(network));
    }
}

fn client_v6() -> IpAddr {
    [0x2001, 0xdb8, 0, 0, 0, 0, 0, 7].into()
}
