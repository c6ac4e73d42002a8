//! Tokens in cookies, and who may act with them.

use axum::http::StatusCode;
use serde_json::json;
use tegata::{CookieOptions, Transport, TrustedProxies};

use crate::client::{Client, PASSWORD, USER, app, builder, insecure, with_cookies};

async fn browser() -> Client {
    let mut ada = Client::of(&app(with_cookies().build().unwrap()));
    ada.open_page().await;
    assert_eq!(ada.try_log_in(USER, PASSWORD).await.status, StatusCode::OK);
    ada
}

#[tokio::test]
async fn a_browser_logs_in_is_known_refreshes_and_logs_out() {
    let mut ada = Client::of(&app(with_cookies().build().unwrap()));
    let page = ada.get("/api/auth/csrf/").await;
    assert_eq!(page.json()["csrf_token"].as_str().unwrap().len(), 64);
    assert_eq!(
        (page.header("vary"), page.header("cache-control")),
        (Some("Cookie"), Some("no-store"))
    );
    let [csrf] = &page.set_cookies()[..] else { panic!("{page:?}") };
    assert!(csrf.contains("; SameSite=Lax; Path=/; Max-Age=31449600"), "{csrf}");
    assert!(!csrf.contains("HttpOnly") && !csrf.contains("Secure"), "{csrf}");
    assert_eq!(ada.cookies["csrftoken"].len(), 32);
    ada.open_page().await;

    let login = ada.try_log_in(USER, PASSWORD).await;
    assert_eq!(login.json(), json!({"expires_in": login.json()["expires_in"]}));
    assert!(login.json()["expires_in"].as_u64().unwrap() > 0);
    let given = login.set_cookies();
    assert_eq!(given.len(), 2);
    for (cookie, name, path) in [
        (&given[0], "access_token=", "; Path=/;"),
        (&given[1], "refresh_token=", "; Path=/api/auth/;"),
    ] {
        assert!(cookie.starts_with(name) && cookie.contains(path), "{cookie}");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    }
    assert_eq!(login.header("vary"), Some("Cookie"));

    let profile = ada.get("/profile/").await;
    assert_eq!(
        (profile.json()["username"].as_str(), profile.header("vary")),
        (Some(USER), Some("Cookie"))
    );
    let refreshed = ada.send("POST", "/api/auth/refresh/", &[], "").await;
    assert_eq!(refreshed.status, StatusCode::OK);
    assert!(refreshed.json().get("access_token").is_none());
    assert_eq!(ada.get("/profile/").await.text, profile.text);

    let access = ada.cookies["access_token"].clone();
    let logout = ada.send("POST", "/api/auth/logout/", &[], "").await;
    logout.is_done();
    for cookie in logout.set_cookies() {
        assert!(cookie.contains("_token=;") && cookie.contains("Max-Age=0"), "{cookie}");
        assert!(cookie.contains("Expires=Thu, 01 Jan 1970 00:00:00 GMT"), "{cookie}");
    }
    assert_eq!(ada.cookies.keys().collect::<Vec<_>>(), ["csrftoken"]);
    let refused = ada.get("/profile/").await;
    refused.refuses(401, "missing_token");
    assert_eq!(refused.header("vary"), Some("Cookie"));
    ada.access = access;
    ada.profile().await.refuses(401, "session_expired");
}

#[tokio::test]
async fn a_page_of_another_site_that_is_trusted_is_sent_all_cookies() {
    let cookies = CookieOptions { same_site: tegata::SameSite::None, ..CookieOptions::default() };
    let auth = builder().transport(Transport::Cookie).cookies(cookies);
    let auth = auth.trusted_origins(["https://app.example"]).build().unwrap();
    let mut ada = Client::of(&app(auth));
    let page = ada.get("/api/auth/csrf/").await;
    let token = page.json()["csrf_token"].as_str().unwrap().to_owned();
    ada.headers.push(("x-csrftoken".to_owned(), token.into_bytes()));
    ada.headers.push(("origin".to_owned(), b"https://app.example".to_vec()));
    let login = ada.try_log_in(USER, PASSWORD).await;
    assert_eq!(login.status, StatusCode::OK, "{login:?}");
    let given = [page.set_cookies(), login.set_cookies()].concat();
    assert_eq!(given.len(), 3);
    for cookie in given {
        assert!(cookie.contains("SameSite=None") && cookie.contains("Secure"), "{cookie}");
    }
}

/// What a page elsewhere can have a browser send, and what one of ours sends by mistake.
fn forged(token: &str) -> Vec<Vec<(String, Vec<u8>)>> {
    let proof = ("x-csrftoken", token);
    let short = "x".repeat(32);
    let all: [&[(&str, &str)]; 11] = [
        &[],
        &[("origin", "http://site.test")],
        &[proof, ("origin", "https://evil.test")],
        &[proof, ("origin", "http://site.test.evil.test")],
        &[proof, ("origin", "http://site.test:8000")],
        &[proof, ("origin", "https://site.test")],
        &[proof, ("origin", "null")],
        &[proof, ("sec-fetch-site", "cross-site")],
        &[proof, ("sec-fetch-site", "same-site")],
        &[("origin", "http://site.test"), ("x-csrftoken", &short)],
        &[proof, ("origin", "http://site.test"), ("sec-fetch-site", "cross-site")],
    ];
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
    all.iter().map(|headers| headers.iter().map(owned).collect()).collect()
}

#[tokio::test]
async fn a_page_elsewhere_changes_nothing() {
    let mut ada = browser().await;
    let token = String::from_utf8(ada.headers[1].1.clone()).unwrap();
    let before = ada.cookies.clone();
    for headers in forged(&token) {
        ada.headers = headers;
        for (method, path) in [
            ("POST", "/theme/"),
            ("POST", "/api/auth/refresh/"),
            ("POST", "/api/auth/logout/"),
            ("POST", "/api/auth/logout/all/"),
            ("DELETE", "/api/auth/sessions/x/"),
            ("POST", "/api/auth/password/"),
        ] {
            let answer = ada.send(method, path, &[], "").await;
            answer.refuses(403, "csrf_failed");
            assert!(answer.set_cookies().is_empty());
        }
        assert_eq!(ada.cookies, before);
    }
    assert_eq!(ada.get("/profile/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_page_elsewhere_opens_no_websocket() {
    let auth = with_cookies().trusted_origins(["https://app.example"]).build().unwrap();
    let mut ada = Client::of(&app(auth));
    ada.open_page().await;
    assert_eq!(ada.try_log_in(USER, PASSWORD).await.status, StatusCode::OK);
    ada.headers.clear();
    let handshake: [(&str, &[u8]); 4] = [
        ("connection", b"Upgrade"),
        ("upgrade", b"websocket"),
        ("sec-websocket-version", b"13"),
        ("sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    for origin in ["http://site.test", "https://app.example"] {
        let headers = [&handshake[..], &[("origin", origin.as_bytes())]].concat();
        assert_eq!(ada.send("GET", "/profile/", &headers, "").await.status, StatusCode::OK);
    }
    for origin in ["https://evil.test", "http://other.site.test", "https://site.test", "null"] {
        let headers = [&handshake[..], &[("origin", origin.as_bytes())]].concat();
        ada.send("GET", "/profile/", &headers, "").await.refuses(403, "csrf_failed");
    }
    ada.send("GET", "/profile/", &handshake, "").await.refuses(403, "csrf_failed");
    // What a client of its own sends in the header, no page has a browser send.
    let bearer = format!("Bearer {}", ada.cookies["access_token"]);
    ada.cookies.clear();
    let headers = [&handshake[..], &[("authorization", bearer.as_bytes())]].concat();
    assert_eq!(ada.send("GET", "/profile/", &headers, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_page_elsewhere_logs_nobody_in() {
    let mut ada = Client::of(&app(with_cookies().build().unwrap()));
    ada.open_page().await;
    let token = String::from_utf8(ada.headers[1].1.clone()).unwrap();
    for headers in forged(&token) {
        let has_token = headers.iter().any(|(name, _)| name == "x-csrftoken");
        ada.headers = headers;
        let answer = ada.try_log_in(USER, PASSWORD).await;
        assert!(answer.set_cookies().is_empty());
        if has_token {
            answer.refuses(403, "csrf_failed");
        }
    }
}

#[tokio::test]
async fn of_a_header_and_a_cookie_the_header_counts() {
    let mut ada = browser().await;
    let mut other = ada.another();
    other.log_in().await;
    ada.access.clone_from(&other.access);
    ada.headers = vec![("origin".to_owned(), b"https://evil.test".to_vec())];
    // A token in the header is never subject to CSRF.
    let theirs = ada.signed("POST", "/theme/", None).await;
    assert_eq!(theirs.json(), other.signed("POST", "/theme/", None).await.json());
    let bad = [("authorization", b"Bearer no.to.ken".as_slice())];
    ada.send("GET", "/profile/", &bad, "").await.refuses(401, "invalid_token");
    ada.signed("POST", "/api/auth/logout/", None).await.is_done();
    other.profile().await.refuses(401, "session_expired");
    assert_eq!(ada.get("/profile/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_clears_the_cookies() {
    let mut ada = browser().await;
    let mut other = ada.another();
    other.log_in().await;
    other.signed("POST", "/api/auth/logout/others/", None).await.is_done();
    ada.get("/profile/").await.refuses(401, "session_expired");
    let answer = ada.send("POST", "/api/auth/refresh/", &[], "").await;
    answer.refuses(401, "session_expired");
    assert_eq!(ada.cookies.keys().collect::<Vec<_>>(), ["csrftoken"]);
}

#[tokio::test]
async fn ending_the_own_session_clears_the_cookies() {
    for path in ["/api/auth/logout/all/", "/api/auth/sessions/{id}/"] {
        let mut ada = browser().await;
        let id = ada.get("/profile/").await.json()["session_id"].as_str().unwrap().to_owned();
        let method = if path.contains("{id}") { "DELETE" } else { "POST" };
        let path = path.replace("{id}", &id);
        ada.send(method, &path, &[], "").await.is_done();
        assert_eq!(ada.cookies.keys().collect::<Vec<_>>(), ["csrftoken"]);
    }
}

#[tokio::test]
async fn any_cookie_is_refused_and_never_an_error() {
    let long = "x".repeat(3000);
    for value in ["no.to.ken", &*long, "%00", "\"", "é", ""] {
        let mut ada = browser().await;
        ada.cookies.clear();
        let cookie = format!("access_token={value}; refresh_token={value}");
        let headers = [("cookie", cookie.as_bytes())];
        let answer = ada.send("GET", "/profile/", &headers, "").await;
        assert!(
            ["invalid_token", "missing_token"]
                .contains(&answer.json()["error_code"].as_str().unwrap())
        );
        let answer = ada.send("POST", "/api/auth/refresh/", &headers, "").await;
        if value.is_empty() {
            answer.refuses(401, "missing_token");
        } else {
            answer.refuses(403, "csrf_failed");
        }
    }
}

#[tokio::test]
async fn two_cookies_that_differ_let_nobody_in() {
    let mut ada = browser().await;
    let (mine, refresh) =
        (ada.cookies["access_token"].clone(), ada.cookies["refresh_token"].clone());
    let planted = format!("access_token=of.mallory.x; access_token={mine}");
    ada.cookies.clear();
    let headers = [("cookie", planted.as_bytes())];
    ada.send("GET", "/profile/", &headers, "").await.refuses(401, "invalid_token");
    let over_two_lines =
        [("cookie", b"access_token=of.mallory.x".as_slice()), ("cookie", planted.as_bytes())];
    ada.send("GET", "/profile/", &over_two_lines, "").await.refuses(401, "invalid_token");
    assert!(!refresh.is_empty());
}

#[tokio::test]
async fn secure_cookies_have_prefixes_and_want_a_referer_over_tls() {
    let auth = builder().transport(Transport::Cookie).https().build().unwrap();
    let mut ada = Client::of(&app(auth));
    ada.open_page().await;
    ada.headers.pop();
    ada.try_log_in(USER, PASSWORD).await.refuses(403, "csrf_failed");
    for bad in ["https://evil.test/", "http://site.test/", "x", "https://site.test.evil.test/"] {
        ada.headers.push(("referer".to_owned(), bad.into()));
        ada.try_log_in(USER, PASSWORD).await.refuses(403, "csrf_failed");
        ada.headers.pop();
    }
    ada.headers.push(("referer".to_owned(), b"https://site.test/page?x#y".to_vec()));
    let login = ada.try_log_in(USER, PASSWORD).await;
    let cookies = login.set_cookies();
    assert!(cookies[0].starts_with("__Host-access_token="), "{login:?}");
    assert!(cookies[1].starts_with("__Secure-refresh_token="));
    assert!(cookies.iter().all(|cookie| cookie.contains("; Secure")));
    assert_eq!(ada.get("/profile/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_is_no_trusted_proxy_does_not_say_that_it_was_tls() {
    let proxies = TrustedProxies::default();
    let mut ada = Client::of(&app(with_cookies().trusted_proxies(proxies).build().unwrap()));
    ada.open_page().await;
    ada.headers[2].1 = b"https://site.test".to_vec();
    ada.headers.push(("x-forwarded-proto".to_owned(), b"https".to_vec()));
    ada.try_log_in(USER, PASSWORD).await.refuses(403, "csrf_failed");
}

#[tokio::test]
async fn the_refresh_token_alone_may_lie_in_a_cookie() {
    let auth = builder().refresh_transport(Transport::Cookie).cookies(insecure()).build().unwrap();
    let mut ada = Client::of(&app(auth));
    ada.try_log_in(USER, PASSWORD).await.refuses(403, "csrf_failed");
    ada.open_page().await;
    let login = ada.try_log_in(USER, PASSWORD).await;
    assert_eq!(login.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["access_token"]);
    assert_eq!(login.set_cookies().len(), 1);
    login.json()["access_token"].as_str().unwrap().clone_into(&mut ada.access);
    assert_eq!(ada.profile().await.status, StatusCode::OK);
    ada.get("/profile/").await.refuses(401, "missing_token");
    let refreshed = ada.send("POST", "/api/auth/refresh/", &[], "").await;
    assert!(refreshed.json()["access_token"].is_string());
    let logout = ada.signed("POST", "/api/auth/logout/", None).await;
    logout.is_done();
    assert_eq!(logout.set_cookies().len(), 1);
    ada.profile().await.refuses(401, "session_expired");
}

#[tokio::test]
async fn a_trusted_origin_may_act_and_a_path_may_be_told() {
    let auth = with_cookies()
        .trusted_origins(["https://app.example.org"])
        .refresh_cookie_path("/outside/auth/")
        .cookies(CookieOptions { domain: Some("example.org".to_owned()), ..insecure() })
        .build()
        .unwrap();
    let mut ada = Client::of(&app(auth));
    ada.open_page().await;
    ada.headers[2].1 = b"https://app.example.org".to_vec();
    let login = ada.try_log_in(USER, PASSWORD).await;
    let refresh = &login.set_cookies()[1];
    assert!(refresh.contains("; Path=/outside/auth/; Domain=example.org"), "{refresh}");
}

#[tokio::test]
async fn a_masked_cookie_of_an_older_django_is_taken() {
    let mut ada = Client::of(&app(with_cookies().build().unwrap()));
    ada.open_page().await;
    let token = String::from_utf8(ada.headers[1].1.clone()).unwrap();
    ada.cookies.insert("csrftoken".to_owned(), token);
    assert_eq!(ada.try_log_in(USER, PASSWORD).await.status, StatusCode::OK);
    assert!(ada.cookies.contains_key("access_token"));
    // The secret itself is as good as its masked forms.
    let page = ada.get("/api/auth/csrf/").await;
    assert_eq!(page.status, StatusCode::OK);
    ada.headers[1].1 = ada.cookies["csrftoken"].clone().into_bytes();
    assert_eq!(ada.send("POST", "/theme/", &[], "").await.status, StatusCode::OK);
}
