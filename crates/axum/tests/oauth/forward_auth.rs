//! `/verify`: what a reverse proxy is told about a request.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use tegata::{Refusal, SessionCheck, Tenant, UserId};
use tegata_axum::{Auth, ForwardAuth, MemoryUsers};

use crate::site::{Answer, Site, alice, known_engine, send, user};

const NAMES: [&str; 4] = ["x-auth-user", "x-auth-session", "x-auth-scope", "x-auth-tenant"];

async fn ask(routes: &Router, address: &str, token: &str) -> Answer {
    ask_with(routes, address, &[("authorization", &format!("Bearer {token}"))]).await
}

async fn ask_with(routes: &Router, address: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(address);
    for (name, value) in headers {
        request = request.header(*name, value.as_bytes());
    }
    send(routes, request.body(Body::empty()).unwrap()).await
}

fn told(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_good_token_is_told_in_headers_and_without_a_body() {
    let site = Site::new();
    let routes = ForwardAuth::new(site.auth.clone()).router();
    let pair = site.log_in_as(&alice(), None, Some("orders:read orders:write")).await;
    let answer = ask(&routes, "/verify", &pair.access).await;
    assert_eq!((answer.status.as_u16(), &*answer.text), (200, ""));
    assert_eq!(answer.header("cache-control"), "no-store");
    let engine = site.auth.engine();
    let claims = engine.read_access(site.auth.now(), &pair.access, None).unwrap();
    let session = claims.session_id().as_str();
    let expected = ["1", session, "orders:read orders:write", ""];
    // Even the one that has no value is there, or a proxy would leave the client's in its place.
    assert!(answer.headers.contains_key("x-auth-tenant"));
    assert_eq!(NAMES.map(|name| answer.header(name)), expected);
}

#[tokio::test]
async fn any_method_and_any_path_behind_it() {
    let site = Site::new();
    let routes = ForwardAuth::new(site.auth.clone()).router();
    let pair = site.log_in().await;
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        for path in ["", "/", "/orders/7", "//evil.example", "/%ff%00", "/a?scope=b&scope=c&%ff"] {
            let request = Request::builder().method(method).uri(format!("/verify{path}"));
            let request = request.header("authorization", format!("Bearer {}", pair.access));
            let answer = send(&routes, request.body(Body::from("{}")).unwrap()).await;
            assert_eq!((answer.status.as_u16(), &*answer.text), (200, ""), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn what_is_no_good_token_is_refused_with_a_challenge() {
    let site = Site::new();
    let routes = ForwardAuth::new(site.auth.clone()).router();
    let (pair, ended) = (site.log_in().await, site.log_in().await);
    site.log_out(&ended).await;
    let good = format!("Bearer {}", pair.access);
    let bearer = |token: &str| vec![("authorization", format!("Bearer {token}"))];
    for (headers, code) in [
        (vec![], "missing_token"),
        (vec![("authorization", "Basic YTpi".to_owned())], "missing_token"),
        (vec![("authorization", "Bearer \u{e9}".to_owned())], "invalid_token"),
        (vec![("authorization", good.clone()), ("authorization", good)], "invalid_token"),
        // Cookies are only looked at where they are asked for.
        (vec![("cookie", format!("__Host-access_token={}", pair.access))], "missing_token"),
        (bearer("x"), "invalid_token"),
        (bearer(&pair.refresh), "invalid_token_type"),
        (bearer(&ended.access), "session_expired"),
        (bearer(&Site::new().log_in().await.access), "invalid_token"),
    ] {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, &**value)).collect();
        let answer = ask_with(&routes, "/verify", &headers).await;
        assert_eq!(answer.refusal(), told(401, code));
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert_eq!(NAMES.map(|name| answer.headers.contains_key(name)), [false; 4]);
    }
}

#[tokio::test]
async fn what_a_route_asks_for_stands_in_the_query() {
    let site = Site::new();
    let routes = ForwardAuth::new(site.auth.clone()).router();
    let pair = site.log_in_as(&alice(), None, Some("orders:read orders:write")).await;
    for good in ["?", "?scope=orders:read", "?scope=orders%3Aread+orders:write&max_age=300"] {
        assert_eq!(ask(&routes, &format!("/verify{good}"), &pair.access).await.status, 200);
    }
    let answer = ask(&routes, "/verify?scope=admin", &pair.access).await;
    assert_eq!(answer.refusal(), told(403, "insufficient_scope"));
    let challenge = r#"Bearer error="insufficient_scope", scope="admin""#;
    assert_eq!(answer.header("www-authenticate"), challenge);
}

#[tokio::test]
async fn a_typing_error_in_what_a_route_asks_for_lets_nobody_in() {
    let site = Site::new();
    let routes = ForwardAuth::new(site.auth.clone()).router();
    let pair = site.log_in_as(&alice(), None, Some("a b")).await;
    for query in [
        "scopes=a",
        "scope",
        "scope=",
        "scope=a&scope=b",
        "scope=a++b",
        "scope=%ff",
        "scope=%22",
        "max_age",
        "max_age=",
        "max_age=0",
        "max_age=-1",
        "max_age=5m",
        "max_age=+1",
        "max_age=99999999999999999999",
        "max_age=1&max_age=2",
        "scope=a&x=y",
    ] {
        let answer = ask(&routes, &format!("/verify?{query}"), &pair.access).await;
        assert_eq!(answer.refusal(), told(422, "invalid_request"), "{query}");
        // One slash too many must not turn a requirement into the client's own query.
        if query.starts_with("scope=") && !query.contains('x') {
            let answer = ask(&routes, &format!("/verify/?{query}"), &pair.access).await;
            assert_eq!(answer.refusal(), told(403, "insufficient_scope"), "{query}");
        }
    }
    let answer = ask(&routes, "/verify/?scope=admin", &pair.access).await;
    assert_eq!(answer.refusal(), told(403, "insufficient_scope"));
    assert_eq!(ask(&routes, "/verify/?page=2", &pair.access).await.status, 200);
}

#[tokio::test]
async fn a_header_of_the_client_asks_for_more_and_never_for_less() {
    let site = Site::new();
    let routes = ForwardAuth::new(site.auth.clone()).router();
    let pair = site.log_in_as(&alice(), None, Some("a")).await;
    let bearer = format!("Bearer {}", pair.access);
    for (address, asked, status) in [
        ("/verify/orders", "scope=a", 200),
        ("/verify/orders", "scope=b", 403),
        ("/verify/orders?scope=a", "scope=b&max_age=60", 403),
        ("/verify?scope=b", "scope=a", 403),
        ("/verify?scope=b", "", 403),
        ("/verify", "nonsense", 403),
        ("/verify", "scope=\u{e9}", 403),
        ("/verify", "max_age=0", 403),
    ] {
        let headers = [("authorization", &*bearer), ("x-auth-require", asked)];
        let answer = ask_with(&routes, address, &headers).await;
        assert_eq!(answer.status, status, "{address} {asked}");
    }
}

#[tokio::test]
async fn whatever_a_user_is_called_is_no_error_of_the_server() {
    let site = Site::new();
    let routes = ForwardAuth::new(site.auth.clone()).router();
    for (name, header) in
        [("zoë", "zo%C3%AB"), ("a\r\nX-Auth-Scope: b", "a%0D%0AX-Auth-Scope:%20b")]
    {
        let user = user(UserId::Text(name.to_owned()));
        site.auth.store().sessions().put_user(user.clone());
        let pair = site.log_in_as(&user, None, None).await;
        let answer = ask(&routes, "/verify", &pair.access).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-auth-user")), (200, header));
        assert_eq!(answer.header("x-auth-scope"), "");
    }
}

#[tokio::test]
async fn the_tenant_of_a_request_is_what_the_proxy_says() {
    let site = Site::new();
    let tenant_of = |headers: &axum::http::HeaderMap| {
        let Some(name) = headers.get("x-tenant") else { return Ok(None) };
        let name = name.to_str().map_err(|_| Refusal::InvalidToken)?;
        Tenant::new(name).map(Some).map_err(|_| Refusal::InvalidToken)
    };
    let routes = ForwardAuth::new(site.auth.clone()).with_tenant_of(tenant_of).router();
    let pair = site.log_in_as(&alice(), Some("acmé"), None).await;
    let bearer = format!("Bearer {}", pair.access);
    let ask = async |tenant| {
        ask_with(&routes, "/verify", &[("authorization", &*bearer), ("x-tenant", tenant)]).await
    };
    // A header's text is ASCII, so this one cannot be told.
    assert_eq!(ask("acmé").await.status, 401);
    assert_eq!(ask("evil").await.status, 401);
    let pair = site.log_in_as(&alice(), Some("acme"), None).await;
    let bearer = format!("Bearer {}", pair.access);
    let headers = [("authorization", &*bearer), ("x-tenant", "acme")];
    let answer = ask_with(&routes, "/verify", &headers).await;
    assert_eq!(answer.header("x-auth-tenant"), "acme");
    assert_eq!(ask_with(&routes, "/verify", &headers[..1]).await.status, 401);
}

#[tokio::test]
async fn where_no_sessions_are_kept_the_token_alone_decides() {
    let site = Site::with(|policy| policy.session_check = SessionCheck::Off);
    let pair = site.log_in().await.access;
    let answer = ask(&ForwardAuth::new(site.auth).router(), "/verify", &pair).await;
    assert_eq!(answer.status, 200);
}

#[cfg(feature = "sqlx")]
#[tokio::test]
async fn a_database_that_cannot_answer_lets_nobody_in() {
    let site = Site { auth: Auth::new(known_engine(), MemoryUsers::default()), ..Site::new() };
    let pair = site.log_in().await;
    let store = tegata_sqlx::SqlxStore::connect("sqlite::memory:").await.unwrap();
    store.close().await;
    let routes = ForwardAuth::new(Auth::new(known_engine(), store)).router();
    let answer = ask(&routes, "/verify", &pair.access).await;
    assert_eq!(answer.refusal(), told(503, "service_unavailable"));
}
