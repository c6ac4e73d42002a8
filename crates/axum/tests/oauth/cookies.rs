//! `/verify` by cookie: a page elsewhere that has a browser send it must not act (CSRF).

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use tegata::{BrowserGuard, CookieOptions, Cookies, Transport};
use tegata_axum::ForwardAuth;

use crate::site::{Answer, Pair, Site, send};

const APP: &str = "https://app.example.org";
const ELSEWHERE: &str = "https://evil.example";

fn routes(site: &Site, transport: Transport) -> Router {
    let cookies = Cookies::new(CookieOptions::default()).unwrap();
    let guard = BrowserGuard::new([APP.parse().unwrap()]);
    ForwardAuth::new(site.auth.clone()).with_cookies(transport, &cookies, guard).router()
}

fn cookie(pair: &Pair) -> String {
    format!("__Host-access_token={}", pair.access)
}

async fn ask(routes: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/verify{path}"));
    for (name, value) in headers {
        request = request.header(*name, value.as_bytes());
    }
    send(routes, request.body(Body::empty()).unwrap()).await
}

/// What the proxy is told about a request by cookie, with these headers besides.
async fn by_cookie(method: &str, path: &str, more: &[(&str, &str)]) -> u16 {
    let site = Site::new();
    let cookie = cookie(&site.log_in().await);
    let mut headers = vec![("cookie", &*cookie)];
    headers.extend(more);
    let answer = ask(&routes(&site, Transport::Both), method, path, &headers).await;
    if answer.status == 403 {
        assert_eq!(answer.refusal(), (403, "csrf_failed".to_owned()));
    }
    answer.status.as_u16()
}

#[tokio::test]
async fn a_cookie_is_good_for_what_changes_nothing() {
    for name in ["x-forwarded-method", "x-original-method"] {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert_eq!(by_cookie("GET", "", &[(name, method)]).await, 200);
        }
    }
    assert_eq!(by_cookie("GET", "/orders", &[("sec-fetch-site", "cross-site")]).await, 200);
}

#[tokio::test]
async fn what_may_change_something_takes_a_page_of_the_site() {
    let forwarded = ("x-forwarded-method", "POST");
    for (more, status) in [
        (vec![("origin", APP)], 200),
        (vec![("origin", APP), ("sec-fetch-site", "same-origin")], 200),
        (vec![("sec-fetch-site", "same-origin")], 200),
        (vec![("origin", ELSEWHERE)], 403),
        (vec![("origin", ELSEWHERE), ("sec-fetch-site", "same-origin")], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", "")], 403),
        (vec![("origin", "\u{e9}")], 403),
        (vec![("origin", APP), ("origin", ELSEWHERE)], 403),
        (vec![("origin", "https://app.example.org.evil.example")], 403),
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
        // Without a proof, since there is no CSRF token that could be the other one.
        (vec![], 403),
        // What the client says about the host counts for nothing.
        (vec![("origin", ELSEWHERE), ("x-forwarded-host", "evil.example")], 403),
    ] {
        let mut headers = vec![forwarded];
        headers.extend(more);
        assert_eq!(by_cookie("GET", "", &headers).await, status, "{headers:?}");
        assert_eq!(by_cookie("POST", "/orders", &headers[1..]).await, status, "{headers:?}");
    }
}

#[tokio::test]
async fn of_two_methods_the_worse_one_counts_and_an_unknown_one_is_none_that_is_safe() {
    let get = ("x-forwarded-method", "GET");
    for more in [
        vec![("x-original-method", "POST"), get],
        vec![("x-forwarded-method", "DELETE"), get],
        vec![("x-original-method", "get")],
        vec![("x-original-method", "")],
        vec![("x-original-method", "\u{e9}")],
        // A proxy that does not say.
        vec![],
    ] {
        assert_eq!(by_cookie("GET", "", &more).await, 403, "{more:?}");
    }
    assert_eq!(by_cookie("POST", "", &[get]).await, 403);
    assert_eq!(by_cookie("POST", "/orders", &[get]).await, 403);
}

#[tokio::test]
async fn a_page_elsewhere_opens_no_socket_by_cookie() {
    for header in ["sec-websocket-key", "sec-websocket-version", "upgrade"] {
        let handshake = [("x-original-method", "GET"), (header, "websocket")];
        assert_eq!(by_cookie("GET", "", &handshake).await, 403);
        let [method, header] = handshake;
        assert_eq!(by_cookie("GET", "", &[method, header, ("origin", ELSEWHERE)]).await, 403);
        assert_eq!(by_cookie("GET", "", &[method, header, ("origin", APP)]).await, 200);
    }
}

#[tokio::test]
async fn what_stands_in_the_header_wins_over_the_cookie_and_needs_no_page() {
    let site = Site::new();
    let (alice, other) = (site.log_in().await, site.log_in().await);
    let (cookie, bearer) = (cookie(&alice), format!("Bearer {}", other.access));
    let headers =
        [("x-forwarded-method", "POST"), ("cookie", &*cookie), ("authorization", &*bearer)];
    let answer = ask(&routes(&site, Transport::Both), "GET", "", &headers).await;
    let engine = site.auth.engine();
    let claims = engine.read_access(site.auth.now(), &other.access, None).unwrap();
    assert_eq!(answer.header("x-auth-session"), claims.session_id().as_str());
    // Where cookies alone are taken, no header counts.
    let answer = ask(&routes(&site, Transport::Cookie), "GET", "", &headers[..2]).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn two_cookies_that_differ_are_nobody_s() {
    let site = Site::new();
    let (one, other) = (cookie(&site.log_in().await), cookie(&site.log_in().await));
    let routes = routes(&site, Transport::Both);
    let get = ("x-forwarded-method", "GET");
    let answer = ask(&routes, "GET", "", &[get, ("cookie", &one), ("cookie", &other)]).await;
    assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));
    // One of another application, in any encoding, stands in nobody's way.
    let mut request = Request::get("/verify").header("x-forwarded-method", "GET");
    request = request.header("cookie", &b"theme=d\xfcster"[..]).header("cookie", &one);
    assert_eq!(send(&routes, request.body(Body::empty()).unwrap()).await.status, 200);
}
