//! Clients that are slow, broken or up to something.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use crate::http::{Answer, Request, connect};
use crate::server::{Server, Site};

#[test]
fn a_client_that_sends_nothing_is_let_go() {
    let server = Site::new().with("request_timeout", "1s").serve();
    let mut stream = connect(server.address());
    let mut rest = Vec::new();
    let end = stream.read_to_end(&mut rest);
    assert!(end.is_ok(), "{end:?}");
}

#[test]
fn a_head_that_comes_byte_by_byte_is_not_waited_for() {
    let server = Site::new().with("request_timeout", "1s").serve();
    let mut stream = connect(server.address());
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").expect("it is taken");
    let mut reading = stream.try_clone().expect("one");
    let closed = std::thread::spawn(move || {
        let mut rest = Vec::new();
        let end = reading.read_to_end(&mut rest);
        (end.is_ok(), String::from_utf8_lossy(&rest).into_owned())
    });
    // It drips for as long as anybody takes it.
    while !closed.is_finished() && stream.write_all(b"a").is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let (_, said) = closed.join().expect("it ends");
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    assert_eq!(server.get("/healthz").status, 200, "others are answered");
}

#[test]
fn who_has_sent_all_and_closed_that_side_is_answered() {
    let server = Site::new().serve();
    let mut stream = connect(server.address());
    stream.write_all(&Request::new("GET", "/healthz").bytes()).expect("it is taken");
    stream.shutdown(Shutdown::Write).expect("it can");
    assert_eq!(Answer::read(&mut stream).status, 200);
}

#[test]
fn what_is_too_large_is_refused() {
    let server = Site::new().with("hooks", r#"{ sign_up = ["true"] }"#).serve();
    let long = "a".repeat(200_000);
    let answer = Request::new("GET", "/healthz").header("X-Long", &long).send(server.address());
    assert_eq!(answer.status, 431);

    let mut many = Request::new("GET", "/healthz");
    for number in 0..500 {
        many = many.header(&format!("X-{number}"), "1");
    }
    assert_eq!(many.send(server.address()).status, 431);

    let path = format!("/{}", "a".repeat(200_000));
    let status = server.get(&path).status;
    assert!([414, 431].contains(&status), "{status}");

    for (length, status) in [(100_000, 422), (2_000_000, 422), (5_000_000, 413)] {
        let body = serde_json::json!({"username": "a".repeat(length)});
        let answer = server.post("/auth/login/", &body);
        assert_eq!((answer.status, answer.code().as_str()), (status, "invalid_request"));
    }

    for path in ["/auth/login/", "/auth/signup/"] {
        let mut request = Request::new("POST", path)
            .header("Content-Type", "application/json")
            .header("Transfer-Encoding", "chunked")
            .bytes();
        let chunk = format!("{:x}\r\n{}\r\n", 100_000, "a".repeat(100_000));
        request.extend_from_slice(chunk.as_bytes());
        request.extend_from_slice(b"0\r\n\r\n");
        let mut stream = connect(server.address());
        stream.write_all(&request).expect("it is taken");
        let answer = Answer::read(&mut stream);
        let is_refused = [413, 422].contains(&answer.status);
        assert!(is_refused && answer.code() == "invalid_request", "{path}: {answer:?}");
    }
}

#[test]
fn what_is_no_request_is_refused_and_never_a_fault_of_the_server() {
    let server = Site::new().serve();
    for path in ["/%ff%fe", "/auth/sessions/%c0%80/", "/auth/sessions/%ff/", "/%00", "/%", "//"] {
        let answer = server.get(path);
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
    }
    let requests: [&[u8]; 9] = [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
    ];
    for request in requests {
        let mut stream = connect(server.address());
        stream.write_all(request).expect("it is taken");
        stream.shutdown(Shutdown::Write).expect("it can");
        let mut said = Vec::new();
        let _end = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        let is_fine = said.is_empty() || said.starts_with("HTTP/1.1 4");
        assert!(is_fine, "{:?}: {said}", String::from_utf8_lossy(request));
    }
    let answer = server.get("/nothing");
    assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"));
    let answer = server.post("/healthz", &serde_json::json!({}));
    assert_eq!((answer.status, answer.code().as_str()), (405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
}

#[test]
fn those_who_only_connect_take_no_file_from_the_database() {
    let site = Site::new().with("request_timeout", "2s");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -n 128; exec \"$0\" serve", env!("CARGO_BIN_EXE_tegata")]);
    let server = Server::of(site.command_of(shell));
    let idle: Vec<_> = (0..200).map(|_| connect(server.address())).collect();
    assert_eq!(server.get("/healthz").status, 200, "once the first of them are let go");
    drop(idle);
    let log = server.log();
    assert!(!log.contains("no connection could be accepted") && !log.contains("ERROR"), "{log}");
}
