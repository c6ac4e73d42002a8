//! What those look at who run a server.

use std::io::Write as _;
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::http::Request;
use crate::server::{Server, Site};

#[test]
fn health_and_numbers() {
    let server = Site::new().serve();
    let health = server.get("/healthz");
    assert_eq!((health.status, health.body.as_str()), (200, r#"{"status":"ok"}"#));
    assert_eq!(health.header("server"), None);
    assert_eq!(health.header("x-content-type-options"), Some("nosniff"));
    Request::new("BREW", "/tea?token=hidden").send(server.address());

    let numbers = server.get("/metrics");
    assert_eq!(numbers.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        r#"tegata_http_requests_total{route="/healthz",method="GET",status="200"} 1"#,
        r#"tegata_http_requests_total{route="unmatched",method="OTHER",status="404"} 1"#,
        r#"tegata_http_request_duration_seconds_count{route="/healthz",method="GET"} 1"#,
        r#"tegata_refusals_total{code="token_reuse_detected"} 0"#,
        "tegata_sessions_opened_total 0",
        r#"tegata_sessions_ended_total{reason="log_out"} 0"#,
        "tegata_hashing_waiting 0",
    ] {
        assert!(numbers.body.lines().any(|each| each == line), "{line}: {}", numbers.body);
    }
    // How many hangs on the moment.
    assert!(numbers.body.contains("\ntegata_database_connections{state=\"used\"} "));
    assert!(!server.log().contains("hidden"), "queries are not logged");
}

#[test]
fn flags_say_what_the_configuration_does() {
    let site = Site::new();
    let mut command = site.command();
    command.args(["--demo", "--log", "json"]);
    let server = Server::of(command);
    assert_eq!(server.get("/").status, 200);
    assert!(server.log().starts_with('{'));
}

#[test]
fn what_is_switched_off_is_not_there() {
    let server = Site::new().with("metrics", "false").with("docs", "false").serve();
    for path in ["/metrics", "/docs", "/openapi.json", "/", "/api/ping/", "/static/demo/app.js"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
}

#[test]
fn the_description_and_its_page_are_served_without_a_network() {
    let server = Site::new().serve();
    assert_eq!(server.get("/openapi.json").json()["info"]["title"], "Tegata");
    let page = server.get("/docs/");
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("https://") && !page.body.contains("//cdn"), "{}", page.body);
    let policy = page.header("content-security-policy").expect("there is one");
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    let initializer = server.get("/docs/swagger-initializer.js");
    assert!(initializer.body.contains("/openapi.json"), "{}", initializer.body);
}

#[test]
fn the_log_is_json_where_programs_read_it() {
    let server = Site::new().with("log", "json").serve();
    server.get("/healthz?token=hidden");
    let log = server.log();
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let request = lines.iter().find(|line| line["target"] == "tegata::http").expect("one");
    let span = &request["span"];
    assert_eq!((&span["method"], &span["route"]), (&json!("GET"), &json!("/healthz")));
    assert_eq!(span["status"], 200);
    assert!(span["microseconds"].is_u64() && span["request_id"].is_string(), "{span}");
    assert!(span["user"].is_null(), "nobody said whose request it is: {span}");
    assert!(!log.contains("hidden"), "{log}");
}

#[test]
fn the_span_of_a_request_says_whose_it_is_and_no_secret() {
    let site = Site::new().with("log", "json").with("log_filter", "trace,tegata_sqlx=off,sqlx=off");
    let server = site.with("hooks", r#"{ sign_up = ["true"] }"#).serve();
    let account = json!({"username": "ada", "password": "a long secret"});
    server.post("/auth/signup/", &account);
    let tokens = server.post("/auth/login/", &account).json();
    let token = |name: &str| tokens[name].as_str().expect("a token").to_owned();
    let (access, refresh) = (token("access_token"), token("refresh_token"));
    let listed = Request::new("GET", "/auth/sessions/")
        .header("Authorization", &format!("Bearer {access}"))
        .header("X-Request-ID", "forged")
        .send(server.address());
    let session = listed.json()[0]["id"].clone();
    let id = listed.header("x-request-id").expect("it has a name").to_owned();
    assert_ne!(id, "forged", "nobody trusted has said so");
    assert_eq!(server.post("/auth/refresh/", &json!({"refresh_token": refresh})).status, 200);
    assert_eq!(server.get(&format!("/verify?token={access}")).status, 422);

    let log = server.log();
    let lines = log.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let all: Vec<Value> = lines.filter(|line: &Value| line["message"] == "answered").collect();
    for route in ["/auth/login/", "/auth/sessions/", "/auth/refresh/"] {
        let span = all.iter().map(|line| &line["span"]).find(|span| span["route"] == route);
        let span = span.expect("a line for it");
        assert_eq!((&span["user"], &span["session"]), (&json!("1"), &session), "{span}");
    }
    assert!(all.iter().any(|line| line["span"]["request_id"] == id), "{log}");
    // Of a token its middle: the beginning of all is the same.
    for secret in ["a long secret", &access[40..80], &refresh[40..80], "forged"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[test]
fn the_schemes_of_the_header_and_the_address_of_a_login_are_as_they_are_set() {
    let site = Site::new().with("auth_header_types", "JWT,Bearer").with("store_address", "false");
    let server = site.with("hooks", r#"{ sign_up = ["true"] }"#).serve();
    let account = json!({"username": "ada", "password": "a long secret"});
    server.post("/auth/signup/", &account);
    let access = server.post("/auth/login/", &account).json()["access_token"].clone();
    let access = access.as_str().expect("a token");
    let get = |path: &str, scheme: &str| {
        let header = format!("{scheme} {access}");
        Request::new("GET", path).header("Authorization", &header).send(server.address())
    };
    for path in ["/auth/sessions/", "/verify"] {
        for scheme in ["jwt", "Bearer"] {
            assert_eq!(get(path, scheme).status, 200, "{path} {scheme}");
        }
        let refused = get(path, "Token");
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("JWT")));
    }
    assert_eq!(
        Request::new("GET", "/auth/sessions/")
            .header("Authorization", "JWT x.y.z")
            .send(server.address())
            .header("www-authenticate"),
        Some("JWT error=\"invalid_token\"")
    );
    let listed = get("/auth/sessions/", "JWT").json();
    assert!(listed[0].get("ip_address").is_some_and(Value::is_null), "{listed}");
}

#[test]
fn rows_that_nothing_can_use_are_removed_by_the_server() {
    let site = Site::new().with("hooks", r#"{ sign_up = ["true"] }"#);
    let mut site = site.with("session_retention", "0s");
    let server = site.serve();
    let account = json!({"username": "ada", "password": "a long secret"});
    server.post("/auth/signup/", &account);
    let mut access = Vec::new();
    for _ in 0..2 {
        let tokens = server.post("/auth/login/", &account).json();
        access.push(tokens["access_token"].as_str().expect("a token").to_owned());
    }
    let header = format!("Bearer {}", access[0]);
    let out = Request::new("POST", "/auth/logout/").header("Authorization", &header);
    assert_eq!(out.json(&json!({})).send(server.address()).status, 200);
    drop(server);
    assert_eq!(site.number("SELECT count(*) FROM tegata_session"), 2);

    site.set("session_retention", "none");
    assert!(!site.serve().log().contains("were removed"), "all are kept");
    site.set("session_retention", "0s");
    let server = site.serve();
    let until = std::time::Instant::now() + crate::server::PATIENCE;
    while site.number("SELECT count(*) FROM tegata_session") != 1 {
        assert!(std::time::Instant::now() < until, "the row of the ended session stays");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let log = server.log();
    assert!(log.contains("old rows of sessions and logins were removed"), "{log}");
}

#[test]
fn a_socket_is_listened_at_and_removed_at_the_end() {
    let mut site = Site::new();
    let path = site.path("tegata.sock");
    site.set("listen", &format!("unix:{}", path.display()));
    // A server that was killed leaves one behind.
    drop(std::os::unix::net::UnixListener::bind(&path).expect("it is free"));
    let server = site.serve();
    let mut stream = UnixStream::connect(&path).expect("it listens");
    stream.write_all(&Request::new("GET", "/healthz").bytes()).expect("it is taken");
    let answer = std::io::read_to_string(&mut stream).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let said = site.refusal();
    assert!(said.contains("another server listens there"), "{said}");
    server.log();
    assert!(!path.exists());
}
