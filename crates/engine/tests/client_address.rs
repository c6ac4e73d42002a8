//! Who speaks, behind proxies: what an attacker says about it changes nothing.

use std::net::IpAddr;

use proptest::prelude::*;
use tegata::{ForwardedHeader, Network, NetworkError, TrustedProxies, client_network};

const NETWORKS: [&str; 4] = ["10.0.0.0/8", "192.0.2.1", "fd00::/8", "fe80::/10"];

fn proxies(header: ForwardedHeader) -> TrustedProxies {
    let networks = NETWORKS.map(|text| text.parse().unwrap()).to_vec();
    TrustedProxies { networks, unix_socket: false, header }
}

fn client(header: ForwardedHeader, peer: &str, lines: &[&str]) -> Option<String> {
    let address = proxies(header).client_address(Some(peer), lines.iter().copied());
    address.map(|address| address.to_string())
}

fn check(header: ForwardedHeader, table: &[(&str, &[&str], &str)]) {
    for (peer, lines, expected) in table {
        assert_eq!(client(header, peer, lines).as_deref(), Some(*expected), "{peer} {lines:?}");
    }
}

#[test]
fn x_forwarded_for_is_read_from_the_right_through_trusted_proxies() {
    check(
        ForwardedHeader::XForwardedFor,
        &[
            // Peers that are no proxy of ours speak for themselves, whatever they send.
            ("203.0.113.9", &[], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.7"], "203.0.113.9"),
            ("203.0.113.9", &["10.0.0.1", "10.0.0.2"], "203.0.113.9"),
            ("192.0.2.2", &["198.51.100.7"], "192.0.2.2"),
            // One proxy, more of them, and what the client put in front.
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7, 10.0.0.2,192.0.2.1"], "198.51.100.7"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["6.6.6.6, 10.6.6.6, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", &["<script>, \", 198.51.100.7"], "198.51.100.7"),
            // A client within: the farthest that is known.
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            // Lines in the order of the request, as one (RFC 9110 section 5.3).
            ("10.0.0.1", &["6.6.6.6", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7", "10.0.0.2"], "198.51.100.7"),
            // Nothing, or nothing that is an address: the proxy that wrote it.
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["6.6.6.6, , 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["6.6.6.6, 300.1.1.1"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, 010.1.1.1"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, 1.2.3"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, 1.2.3.4:123456"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, 1.2.3.4:"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, ::1%"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, [::1"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, [::1]8"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, [1.2.3.4]"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, 1.2.3.4\u{a0}"], "10.0.0.1"),
            ("10.0.0.1", &["for=6.6.6.6"], "10.0.0.1"),
            // Ports, brackets, zones, mapped addresses: one spelling comes out.
            ("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("10.0.0.1", &["\t2001:DB8:0::7 "], "2001:db8::7"),
            ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", &["[2001:db8::7]:443, [fd00::1]:80"], "2001:db8::7"),
            ("10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["[::ffff:c633:6407]:1"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7, ::ffff:10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", &["fe80::1%eth0"], "fe80::1"),
            ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("fe80::1%eth0", &["198.51.100.7"], "198.51.100.7"),
            ("[fd00::1]:8000", &["198.51.100.7"], "198.51.100.7"),
        ],
    );
}

#[test]
fn forwarded_is_read_from_the_right_through_trusted_proxies() {
    check(
        ForwardedHeader::Forwarded,
        &[
            ("203.0.113.9", &["for=198.51.100.7"], "203.0.113.9"),
            ("10.0.0.1", &["for=198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["For=\"198.51.100.7:4711\";proto=http;by=10.0.0.1"], "198.51.100.7"),
            (
                "10.0.0.1",
                &["proto=https ; for=198.51.100.7 ;host=\"a,b;for=6.6.6.6\""],
                "198.51.100.7",
            ),
            ("10.0.0.1", &["for=\"[2001:db8::7]:_port\", for=10.0.0.2"], "2001:db8::7"),
            ("10.0.0.1", &["for=6.6.6.6", "for=198.51.100.7"], "198.51.100.7"),
            (
                "10.0.0.1",
                &["for=6.6.6.6, for=198.51.100.7;host=\"x\\\", for=7.7.7.7\""],
                "198.51.100.7",
            ),
            // An open quote of the client's does not swallow what the proxy adds.
            ("10.0.0.1", &["for=\"6.6.6.6, for=198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["for=\"6.6.6.6, for=\"[2001:db8::7]\""], "2001:db8::7"),
            ("10.0.0.1", &["for=\"6.6.6.6\\, for=\"[2001:db8::7]\""], "2001:db8::7"),
            // The proxy says that it does not know, or nothing that can be read.
            ("10.0.0.1", &["for=6.6.6.6, for=unknown"], "10.0.0.1"),
            ("10.0.0.1", &["for=6.6.6.6, for=_hidden, for=10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["for=6.6.6.6, proto=https"], "10.0.0.1"),
            ("10.0.0.1", &["for=6.6.6.6, "], "10.0.0.1"),
            ("10.0.0.1", &["for=6.6.6.6, for=1.1.1.1;for=2.2.2.2"], "10.0.0.1"),
            ("10.0.0.1", &["for=6.6.6.6, for=\"1.1.1.1"], "10.0.0.1"),
            ("10.0.0.1", &["for=6.6.6.6, for=1.1.1.1\""], "10.0.0.1"),
            ("10.0.0.1", &["for=6.6.6.6, for=\"1.1.1.1\"x"], "10.0.0.1"),
            ("10.0.0.1", &["for=6.6.6.6, for"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, 198.51.100.7"], "10.0.0.1"),
        ],
    );
}

#[test]
fn who_has_no_address_is_a_proxy_only_if_the_site_says_so() {
    let mut proxies = proxies(ForwardedHeader::XForwardedFor);
    for peer in [None, Some(""), Some("unix:"), Some("testclient")] {
        assert_eq!(proxies.client_address(peer, ["198.51.100.7"]), None, "{peer:?}");
    }
    proxies.unix_socket = true;
    for peer in [None, Some("")] {
        let known = proxies.client_address(peer, ["6.6.6.6, 198.51.100.7, 10.0.0.2"]);
        assert_eq!(known, Some("198.51.100.7".parse().unwrap()));
        assert_eq!(proxies.client_address(peer, []), None);
        assert_eq!(proxies.client_address(peer, ["unknown"]), None);
    }
    assert_eq!(proxies.client_address(Some("unix:"), ["198.51.100.7"]), None);
}

#[test]
fn an_endless_header_is_not_followed_for_ever() {
    let hops = "10.0.0.2,".repeat(100_000);
    let said = format!("198.51.100.7,{hops}10.0.0.2");
    let known = client(ForwardedHeader::XForwardedFor, "10.0.0.1", &[&said]);
    assert_eq!(known.as_deref(), Some("10.0.0.2"));
    let quotes = "\"".repeat(100_000);
    let known = client(ForwardedHeader::Forwarded, "10.0.0.1", &[&quotes]);
    assert_eq!(known.as_deref(), Some("10.0.0.1"));
}

#[test]
fn networks_that_may_be_trusted() {
    let parse = |text: &str| text.parse::<Network>();
    for (text, inside, outside) in [
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
        ("10.0.0.0/8", "::ffff:10.0.0.1", "::10.0.0.1"),
        ("198.51.100.7", "198.51.100.7", "198.51.100.6"),
        ("128.0.0.0/1", "255.0.0.1", "127.0.0.1"),
        ("2001:db8::/32", "2001:db8:ffff::", "2001:db9::"),
        ("::1", "::1", "::"),
        ("::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3"),
    ] {
        let network = parse(text).unwrap();
        assert!(network.contains(inside.parse().unwrap()), "{text} {inside}");
        assert!(!network.contains(outside.parse().unwrap()), "{text} {outside}");
        assert_eq!(parse(&network.to_string()), Ok(network));
    }
    for text in ["0.0.0.0/0", "::/0", "::ffff:0:0/96"] {
        assert_eq!(parse(text), Err(NetworkError::Everything), "{text}");
    }
    for text in ["10.0.0.1/8", "2001:db8::1/32", "::ffff:0.0.0.1/96"] {
        assert_eq!(parse(text), Err(NetworkError::HostBits), "{text}");
    }
    for text in
        ["", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/+8", "10/8", "a", "10.0.0.0/8 "]
    {
        assert_eq!(parse(text), Err(NetworkError::Malformed), "{text}");
    }
}

#[test]
fn a_client_with_ipv6_is_known_by_its_network() {
    for (address, network) in [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
    ] {
        assert_eq!(client_network(address.parse().unwrap()).to_string(), network);
    }
}

fn header() -> impl Strategy<Value = ForwardedHeader> {
    prop_oneof![Just(ForwardedHeader::Forwarded), Just(ForwardedHeader::XForwardedFor)]
}

/// What a proxy writes for `address`.
fn element(header: ForwardedHeader, address: IpAddr) -> String {
    match (header, address) {
        (ForwardedHeader::XForwardedFor, address) => address.to_string(),
        (ForwardedHeader::Forwarded, IpAddr::V4(address)) => format!("for={address}"),
        (ForwardedHeader::Forwarded, IpAddr::V6(address)) => format!("for=\"[{address}]\""),
    }
}

proptest! {
    #[test]
    fn whatever_a_client_sends_its_address_is_the_one_that_the_proxy_saw(
        header in header(),
        forged in prop_oneof![".*", "[\\\\\", =:;a-f0-9.for\\[\\]]*"],
        is_line_of_its_own in any::<bool>(),
        address in any::<IpAddr>(),
        hops in 0_usize..5,
    ) {
        let proxies = proxies(header);
        let address = address.to_canonical();
        prop_assume!(!proxies.networks.iter().any(|network| network.contains(address)));
        let mut added = element(header, address);
        for hop in 0..hops {
            added = format!("{added}, {}", element(header, format!("10.0.0.{hop}").parse().unwrap()));
        }
        let joined = format!("{forged}, {added}");
        let lines = if is_line_of_its_own { vec![&*forged, &*added] } else { vec![&*joined] };

        prop_assert_eq!(proxies.client_address(Some("10.0.0.1"), lines.clone()), Some(address));
        let peer = address.to_string();
        prop_assert_eq!(proxies.client_address(Some(&peer), lines), Some(address));
    }

    #[test]
    fn nothing_makes_it_panic(
        header in header(),
        peer in ".*",
        lines in proptest::collection::vec(".*", 0..4),
        network in ".*",
    ) {
        let mut proxies = proxies(header);
        proxies.unix_socket = true;
        let lines = lines.iter().map(String::as_str).collect::<Vec<_>>();
        let _ = proxies.client_address(Some("10.0.0.1"), lines.clone());
        let _ = proxies.client_address(Some(""), lines.clone());
        let _ = proxies.client_address(Some(&peer), lines);
        let _ = network.parse::<Network>();
    }
}

#[test]
fn who_is_trusted_is_said_by_the_peer_alone() {
    let proxies = proxies(ForwardedHeader::XForwardedFor);
    for trusted in ["10.1.2.3", "192.0.2.1", "::ffff:10.0.0.1", "[fd00::1]:443", "10.0.0.1:8000"] {
        assert!(proxies.trusts(Some(trusted)), "{trusted}");
    }
    for other in ["192.0.2.2", "2001:db8::1", "not an address", ""] {
        assert!(!proxies.trusts(Some(other)), "{other}");
    }
    assert!(!proxies.trusts(None));
    let on_a_socket = TrustedProxies { unix_socket: true, ..proxies };
    assert!(on_a_socket.trusts(None) && on_a_socket.trusts(Some("")));
    assert!(!on_a_socket.trusts(Some("192.0.2.2")));
}
