//! What those look at who run a server.

use std::io::Write as _;
use std::os::unix::net::UnixStream;

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
        r#"tegata_database_connections{state="used"} 0"#,
    ] {
        assert!(numbers.body.lines().any(|each| each == line), "{line}: {}", numbers.body);
    }
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
    assert_eq!(request["route"], "/healthz");
    assert_eq!(request["status"], 200);
    assert!(!log.contains("hidden"), "{log}");
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
