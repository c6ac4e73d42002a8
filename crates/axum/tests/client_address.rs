//! Who speaks, from real connections and from what a request says.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::routing::get;
use tegata::{ForwardedHeader, TrustedProxies};
use tegata_axum::client_address::{Peer, Scheme, client_address, own_origin, scheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn proxies(header: ForwardedHeader) -> TrustedProxies {
    let networks = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse().unwrap()).to_vec();
    TrustedProxies { networks, unix_socket: false, header }
}

fn headers(lines: &[(&'static str, &[u8])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

fn client(peer: &str, lines: &[(&'static str, &[u8])]) -> String {
    let peer = Peer::Address(peer.parse().unwrap());
    let proxies = proxies(ForwardedHeader::XForwardedFor);
    client_address(&proxies, peer, &headers(lines)).unwrap().to_string()
}

#[test]
fn all_lines_count_in_their_order_and_a_forged_first_one_says_nothing() {
    let lines: &[(&str, &[u8])] =
        &[("x-forwarded-for", b"192.0.2.99"), ("x-forwarded-for", b"198.51.100.7, 10.0.0.2")];
    assert_eq!(client("10.0.0.1:80", lines), "198.51.100.7");
    assert_eq!(client("203.0.113.1:80", lines), "203.0.113.1");
}

#[test]
fn bytes_that_are_no_text_end_the_reading() {
    let lines: &[(&str, &[u8])] = &[("x-forwarded-for", b"192.0.2.99, \xff")];
    assert_eq!(client("10.0.0.1:80", lines), "10.0.0.1");
}

#[test]
fn addresses_of_ipv6_and_mapped_ones() {
    let lines: &[(&str, &[u8])] = &[("x-forwarded-for", b"[2001:db8::7]:4711")];
    assert_eq!(client("[fd00::1]:80", lines), "2001:db8::7");
    assert_eq!(client("[::ffff:10.0.0.1]:80", lines), "2001:db8::7");
    assert_eq!(client("[::ffff:203.0.113.1]:80", lines), "203.0.113.1");
}

#[test]
fn the_header_that_proxies_do_not_set_is_never_looked_at() {
    let lines: &[(&str, &[u8])] = &[("forwarded", b"for=192.0.2.99")];
    assert_eq!(client("10.0.0.1:80", lines), "10.0.0.1");
    let by_the_other = proxies(ForwardedHeader::Forwarded);
    let lines: &[(&str, &[u8])] =
        &[("x-forwarded-for", b"192.0.2.99"), ("forwarded", br#"for="[2001:db8::7]:1""#)];
    let peer = Peer::Address("10.0.0.1:80".parse().unwrap());
    let client = client_address(&by_the_other, peer, &headers(lines)).unwrap();
    assert_eq!(client.to_string(), "2001:db8::7");
}

#[test]
fn a_server_that_says_no_peer_trusts_nobody_even_if_sockets_are_trusted() {
    let headers = headers(&[("x-forwarded-for", b"192.0.2.99"), ("x-forwarded-proto", b"https")]);
    let proxies = TrustedProxies { unix_socket: true, ..TrustedProxies::default() };
    assert_eq!(client_address(&proxies, Peer::Unknown, &headers), None);
    assert_eq!(scheme(&proxies, Peer::Unknown, &headers, Scheme::Http), Scheme::Http);
    let client: IpAddr = "192.0.2.99".parse().unwrap();
    assert_eq!(client_address(&proxies, Peer::Unix, &headers), Some(client));
    assert_eq!(scheme(&proxies, Peer::Unix, &headers, Scheme::Http), Scheme::Https);
    let nobody = TrustedProxies::default();
    assert_eq!(client_address(&nobody, Peer::Unix, &headers), None);
}

#[test]
fn the_scheme_is_what_the_nearest_proxy_has_written() {
    let proxies = proxies(ForwardedHeader::XForwardedFor);
    let behind = Peer::Address("10.0.0.1:80".parse().unwrap());
    for (lines, expected) in [
        (&[] as &[(&'static str, &[u8])], Scheme::Http),
        (&[("x-forwarded-proto", b"HTTPS")], Scheme::Https),
        (&[("x-forwarded-proto", b"https, http")], Scheme::Http),
        (&[("x-forwarded-proto", b"https"), ("x-forwarded-proto", b"http")], Scheme::Http),
        (&[("x-forwarded-proto", b"http,https")], Scheme::Https),
        (&[("x-forwarded-proto", b"\xff")], Scheme::Http),
    ] {
        assert_eq!(scheme(&proxies, behind, &headers(lines), Scheme::Http), expected, "{lines:?}");
    }
}

#[test]
fn an_origin_is_of_one_host() {
    let (nobody, root) = (TrustedProxies::default(), Uri::from_static("/"));
    let origin = |lines: &[(&'static str, &[u8])], target: &Uri| {
        own_origin(&nobody, Peer::Unknown, &headers(lines), target, Scheme::Https)
            .map(|origin| origin.to_string())
    };
    assert_eq!(origin(&[("host", b"Shop.example:443")], &root).unwrap(), "https://shop.example");
    assert_eq!(origin(&[], &root), None);
    assert_eq!(origin(&[("host", b"a.example"), ("host", b"b.example")], &root), None);
    assert_eq!(origin(&[("host", b"a.example/path")], &root), None);
    assert_eq!(origin(&[("host", b"user@a.example")], &root), None);
    // HTTP/2 names the host in the target.
    let target = Uri::from_static("https://shop.example/auth/");
    assert_eq!(origin(&[], &target).unwrap(), "https://shop.example");
}

async fn said(peer: Peer) -> String {
    format!("{peer:?}")
}

async fn ask(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_peer_of_a_tcp_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(said));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move { axum::serve(listener, service).await });
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let own = stream.local_addr().unwrap();
    assert!(ask(stream).await.ends_with(&format!("Address({own})")));
    server.abort();
}

#[cfg(unix)]
#[tokio::test]
async fn the_peer_of_a_unix_socket() {
    use tegata_axum::client_address::UnixPeer;

    let path = std::env::temp_dir().join(format!("tegata-peer-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let router = Router::new().route("/", get(said));
    let service = router.into_make_service_with_connect_info::<UnixPeer>();
    let server = tokio::spawn(async move { axum::serve(listener, service).await });
    let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    assert!(ask(stream).await.ends_with("Unix"));
    server.abort();
    std::fs::remove_file(&path).unwrap();
}
