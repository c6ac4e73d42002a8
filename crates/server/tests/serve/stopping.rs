//! The end of a server.

use std::io::{Read as _, Write as _};

use crate::http::{Answer, Request, connect};
use crate::server::Site;

const SIGN_UP: &str = "/auth/signup/";

#[test]
fn a_request_that_runs_is_answered_and_no_other_begins() {
    let mut server = Site::new().with("hooks", r#"{ sign_up = ["true"] }"#).serve();
    let request = Request::new("POST", SIGN_UP)
        .header("Content-Type", "application/json")
        .header("Content-Length", "2");
    let mut stream = connect(server.address());
    stream.write_all(&request.bytes()).expect("it is taken");
    // The server has seen the head once it answers a later connection.
    assert_eq!(server.get("/healthz").status, 200);
    server.tell_to_end();
    let refused = || std::net::TcpStream::connect(server.address()).is_err();
    let until = std::time::Instant::now() + crate::server::PATIENCE;
    while !refused() {
        assert!(std::time::Instant::now() < until, "it still accepts");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    stream.write_all(b"{}").expect("it is taken");
    assert_eq!(Answer::read(&mut stream).status, 422);
    assert!(server.wait().success());
}

#[test]
fn a_request_that_does_not_end_is_not_waited_for_for_ever() {
    let site = Site::new().with("hooks", r#"{ sign_up = ["true"] }"#);
    let mut server = site.with("shutdown_timeout", "1s").serve();
    let request = Request::new("POST", SIGN_UP)
        .header("Content-Type", "application/json")
        .header("Content-Length", "2");
    let mut stream = connect(server.address());
    stream.write_all(&request.bytes()).expect("it is taken");
    assert_eq!(server.get("/healthz").status, 200);
    server.tell_to_end();
    assert!(server.wait().success());
    let mut rest = Vec::new();
    let _cut = stream.read_to_end(&mut rest);
    assert!(rest.is_empty());
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let site = Site::new().with("hooks", r#"{ sign_up = ["true"] }"#);
    let server = site.with("request_timeout", "1s").serve();
    let request = Request::new("POST", SIGN_UP)
        .header("Content-Type", "application/json")
        .header("Content-Length", "2");
    let mut stream = connect(server.address());
    stream.write_all(&request.bytes()).expect("it is taken");
    let answer = Answer::read(&mut stream);
    assert_eq!((answer.status, answer.code().as_str()), (503, "service_unavailable"));
}

#[test]
fn a_reset_that_was_promised_is_brought_before_the_end() {
    let mut site = Site::new();
    let place = site.path("reset.txt");
    let script = "sleep 1; cat > \"$1\"";
    let reset = serde_json::json!(["sh", "-c", script, "sh", place]);
    site.set("hooks", &format!("{{ sign_up = [\"true\"], password_reset = {reset} }}"));
    let mut server = site.serve();
    let account = serde_json::json!({"username": "ada", "password": "a long secret"});
    assert_eq!(server.post(SIGN_UP, &account).status, 201);
    let asked = server.post("/auth/password/reset/", &serde_json::json!({"username": "ada"}));
    assert_eq!(asked.status, 202);
    server.tell_to_end();
    assert!(server.wait().success());
    let event = std::fs::read_to_string(place).expect("the hook was called");
    assert!(event.contains("password_reset"), "{event}");
}
