//! The demo as its page uses it: by cookies, with the proof of CSRF.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use totp_rs::{Builder, Totp};

use crate::http::{Answer, Request};
use crate::server::{Server, Site};

/// A browser, as far as cookies go.
struct Browser<'a> {
    server: &'a Server,
    cookies: BTreeMap<String, String>,
    proof: String,
}

impl<'a> Browser<'a> {
    fn new(server: &'a Server) -> Self {
        let mut browser = Self { server, cookies: BTreeMap::new(), proof: String::new() };
        let csrf = browser.get("/api/auth/csrf/").json();
        csrf["csrf_token"].as_str().expect("a token").clone_into(&mut browser.proof);
        browser
    }

    fn get(&mut self, path: &str) -> Answer {
        let request = Request::new("GET", path);
        self.send(request)
    }

    fn post(&mut self, path: &str, body: &Value) -> Answer {
        let request = Request::new("POST", path).header("X-CSRFToken", &self.proof);
        self.send(request.header("Origin", "http://localhost").json(body))
    }

    fn send(&mut self, request: Request) -> Answer {
        let pairs: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("Cookie", &pairs.join("; ")).send(self.server.address());
        for line in answer.head.lines() {
            let Some((name, value)) = line.split_once(": ") else { continue };
            if name.eq_ignore_ascii_case("set-cookie") {
                let (pair, attributes) = value.split_once(';').unwrap_or((value, ""));
                assert!(!attributes.contains("Secure"), "the demo goes without TLS: {value}");
                let (name, value) = pair.split_once('=').expect("a pair");
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    fn log_in(&mut self, username: &str) -> Answer {
        let password = format!("tegata-{username}");
        self.post("/api/auth/login/", &json!({"username": username, "password": password}))
    }
}

fn totp() -> Totp {
    Builder::new().with_secret(b"tegata demo otp key.".to_vec()).build().expect("it is long enough")
}

#[test]
fn the_page_and_its_files() {
    let server = Site::demo().serve();
    let page = server.get("/");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").expect("one").starts_with("default-src 'self'"));
    assert!(page.body.contains("data-host=\"axum\""), "{}", page.body);
    assert_eq!(server.get("/static/demo/app.js").status, 200);
    assert_eq!(server.get("/api/openapi.json").json()["info"]["title"], "Tegata demo");
    assert_eq!(server.get("/api/docs/").status, 200);
}

#[test]
fn signed_in_by_cookies_that_no_script_can_read() {
    let server = Site::demo().serve();
    let mut browser = Browser::new(&server);
    assert_eq!(browser.get("/api/inside/").code(), "missing_token");
    let login = browser.log_in("demo");
    assert_eq!(login.status, 200, "{login:?}");
    assert!(!login.body.contains("eyJ"), "the tokens are in cookies: {}", login.body);

    let profile = browser.get("/api/profile/").json();
    assert_eq!(
        (&profile["username"], &profile["email"]),
        (&json!("demo"), &json!("demo@example.com"))
    );
    let inside = browser.get("/api/inside/").json();
    assert_eq!(inside["username"], "demo");
    assert_eq!(inside["header"]["typ"], "at+jwt");
    assert_eq!(inside["claims"]["session_id"], profile["session_id"]);
    assert_eq!(inside["theme"], "system");
    assert!(inside["encoded"].as_str().expect("text").ends_with(".…"));
    assert!(inside["refresh"]["exp"].as_f64() > inside["now"].as_f64());
    assert_eq!(browser.get("/api/ping/").json()["ping"], "pong");

    assert_eq!(browser.post("/api/set-theme/", &json!({"theme": "dark"})).json()["theme"], "dark");
    assert_eq!(browser.get("/api/inside/").json()["theme"], "dark");
    assert_eq!(browser.post("/api/set-theme/", &json!({"theme": "pink"})).status, 422);
    browser.proof.clear();
    let forged = browser.post("/api/set-theme/", &json!({"theme": "light"}));
    assert_eq!((forged.status, forged.code().as_str()), (403, "csrf_failed"));
}

#[test]
fn a_spent_token_that_is_replayed_ends_the_session() {
    let server = Site::demo().with("refresh_grace", "0s").serve();
    let mut browser = Browser::new(&server);
    browser.log_in("demo");
    assert_eq!(browser.post("/api/auth/refresh/", &json!({})).status, 200);
    assert_eq!(browser.get("/api/inside/").json()["claims"]["generation"], 2);
    let replayed = browser.post("/api/auth/replay/", &json!({}));
    assert_eq!((replayed.status, replayed.code().as_str()), (401, "token_reuse_detected"));

    let numbers = server.get("/metrics").body;
    for line in [
        "tegata_token_reuse_detected_total 1",
        r#"tegata_refusals_total{code="token_reuse_detected"} 1"#,
        r#"tegata_logins_total{outcome="accepted"} 1"#,
        "tegata_sessions_opened_total 1",
        r#"tegata_sessions_ended_total{reason="token_reuse"} 1"#,
        r#"tegata_http_requests_total{route="/api/auth/refresh/",method="POST",status="200"} 1"#,
    ] {
        assert!(numbers.lines().any(|each| each == line), "{line}: {numbers}");
    }
    let tokens: Vec<String> =
        browser.cookies.values().filter(|value| value.len() > 60).cloned().collect();
    let log = server.log();
    assert!(!tokens.iter().any(|token| log.contains(token.as_str())), "{log}");
    assert!(!log.contains("tegata-demo"), "{log}");
}

#[test]
fn a_code_is_asked_for_and_good_once() {
    let server = Site::demo().serve();
    let mut browser = Browser::new(&server);
    let asked = browser.log_in("otp");
    assert_eq!(asked.status, 202, "{asked:?}");
    let asked = asked.json();
    assert_eq!((&asked["step"], &asked["expires_in"]), (&json!("totp"), &json!(300)));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("later");
    let code = totp().generate(now.as_secs()).to_string();
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let answer = |browser: &mut Browser<'_>, challenge: &Value, code: &str| {
        let body =
            json!({"challenge_token": challenge["challenge_token"], "answer": {"code": code}});
        browser.post("/api/auth/login/challenge/", &body)
    };
    assert_eq!(answer(&mut browser, &asked, "12345").status, 422);
    assert_eq!(answer(&mut browser, &asked, wrong).code(), "invalid_credentials");
    assert_eq!(answer(&mut browser, &asked, &code).status, 200);
    assert_eq!(browser.get("/api/profile/").json()["username"], "otp");

    let mut thief = Browser::new(&server);
    let asked = thief.log_in("otp").json();
    assert_eq!(answer(&mut thief, &asked, &code).code(), "invalid_credentials", "a replay");
}

#[test]
fn the_demo_lies_where_its_page_looks_for_it_and_nowhere_else() {
    let server = Site::demo().serve();
    assert_eq!(server.post("/auth/login/", &json!({})).status, 404);
    let server = Site::new().with("prefix", "/accounts/").serve();
    assert_eq!(server.post("/accounts/login/", &json!({})).status, 422);
    assert_eq!(server.post("/auth/login/", &json!({})).status, 404);
    let server = Site::new().with("prefix", "/").serve();
    assert_eq!(server.post("/login/", &json!({})).status, 422);
    assert_eq!(server.get("/healthz").status, 200);
}
