//! Sign-ups and password resets.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use aws_lc_rs::hmac;

use serde_json::{Value, json};

use crate::server::{PATIENCE, Server, Site, write_secret};

/// A site whose hooks write what they get into files, and that says no to `mallory`.
fn site() -> Site {
    let site = Site::new();
    write_secret(&site.path("hook.txt"), &"s".repeat(64));
    let script = r#"set -eu
        body=$(cat)
        printf '%s\n%s\n' "$TEGATA_SIGNATURE" "$body" > "$1.part"
        mv "$1.part" "$1"
        case $body in *mallory*) exit 1;; esac"#;
    let hook = |name: &str| json!(["sh", "-c", script, "sh", site.path(name)]).to_string();
    let (sign_up, reset) = (hook("sign_up.txt"), hook("reset.txt"));
    let secret = json!(site.path("hook.txt"));
    let hooks =
        format!("{{ sign_up = {sign_up}, password_reset = {reset}, secret_file = {secret} }}");
    site.with("hooks", &hooks).with("login_throttle", "20/5m")
}

fn brought(path: &Path) -> (String, Value) {
    let until = Instant::now() + PATIENCE;
    while !path.exists() {
        assert!(Instant::now() < until, "the hook was not called");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let text = std::fs::read_to_string(path).expect("it is text");
    let (signature, body) = text.split_once('\n').expect("two lines");
    (signature.to_owned(), serde_json::from_str(body).expect("JSON"))
}

fn sign_up(server: &Server, username: &str) -> (u16, Value) {
    let body = json!({"username": username, "password": "a long secret", "email": "a@b.c"});
    let answer = server.post("/auth/signup/", &body);
    (answer.status, answer.json())
}

#[test]
fn without_a_hook_nobody_signs_up_and_nothing_is_reset() {
    let server = Site::new().serve();
    for path in ["/auth/signup/", "/auth/password/reset/", "/auth/password/reset/confirm/"] {
        assert_eq!(server.post(path, &json!({})).status, 404, "{path}");
    }
}

#[test]
fn whoever_the_hook_lets_in_has_an_account() {
    let site = site();
    let server = site.serve();
    assert_eq!(sign_up(&server, "ada"), (201, json!({"username": "ada"})));
    let (signature, event) = brought(&site.path("sign_up.txt"));
    assert!(signature.starts_with("t=") && signature.contains(",v1="), "{signature}");
    let expected = json!({
        "event": "sign_up", "username": "ada", "email": "a@b.c", "ip_address": "127.0.0.1",
    });
    assert_eq!(event, expected, "and no password");

    assert_eq!(sign_up(&server, "mallory").0, 422);
    assert_eq!(sign_up(&server, "ada").1["detail"], "The username is taken.");
    for body in [
        json!({"username": "", "password": "a long secret"}),
        json!({"username": "b\u{0}b", "password": "a long secret"}),
        json!({"username": "bob", "password": "short"}),
        json!({"username": "bob", "password": "a long secret", "is_superuser": true}),
        json!({"username": "b".repeat(2000), "password": "a long secret"}),
        json!({"username": ["bob"], "password": "a long secret"}),
        json!([]),
    ] {
        let answer = server.post("/auth/signup/", &body);
        assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_request"), "{body}");
    }
    assert!(!server.log().contains("a long secret"));
}

#[test]
fn a_password_is_reset_once_by_a_token_that_only_the_hook_gets() {
    let site = site();
    let server = site.serve();
    sign_up(&server, "ada");
    let ask = |name: &str| server.post("/auth/password/reset/", &json!({"username": name}));
    let (known, unknown) = (ask("ada"), ask("nobody"));
    assert_eq!((known.status, unknown.status), (202, 202));
    assert_eq!(known.body, unknown.body, "it does not tell who has an account");

    let (_, event) = brought(&site.path("reset.txt"));
    assert_eq!((&event["event"], &event["username"]), (&json!("password_reset"), &json!("ada")));
    let token = event["token"].as_str().expect("a token").to_owned();
    let confirm = |token: &str, password: &str| {
        let body = json!({"token": token, "new_password": password});
        server.post("/auth/password/reset/confirm/", &body)
    };
    assert_eq!(confirm(&token, "short").status, 422, "which does not use it up");
    assert_eq!(confirm("x", "another secret").code(), "invalid_token");
    assert_eq!(confirm(&token, "another secret").status, 204);
    let again = confirm(&token, "a third secret");
    assert_eq!((again.status, again.code().as_str()), (401, "invalid_token"), "a replay");
    let log = server.log();
    assert!(!log.contains(&token) && !log.contains("another secret"), "{log}");
}

#[test]
fn resets_are_limited() {
    let server = site().with("login_throttle", "2/5m").serve();
    let ask = || server.post("/auth/password/reset/", &json!({"username": "nobody"}));
    assert_eq!([ask().status, ask().status], [202, 202]);
    let third = ask();
    assert_eq!((third.status, third.code().as_str()), (429, "rate_limited"));
    assert!(third.header("retry-after").is_some());
}

#[test]
fn a_secret_that_is_none_stops_the_start() {
    let site = site();
    write_secret(&site.path("hook.txt"), "");
    std::fs::write(site.path("hook.txt"), "short").expect("there is room");
    let said = site.refusal();
    assert!(said.contains("a secret of hooks has 32 bytes at least\nhint: "), "{said}");
}

/// A program of the site's that answers each POST with the status that the next line of `answers`
/// has, and keeps what it got.
fn listener(answers: &'static [&'static str]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = format!("http://{}/hook?key=s3cret", listener.local_addr().expect("it has one"));
    let (sender, got) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
            while let Ok(count @ 1..) = stream.read(&mut part) {
                bytes.extend_from_slice(&part[..count]);
                if bytes.ends_with(b"}") {
                    break;
                }
            }
            let _told = sender.send(String::from_utf8_lossy(&bytes).into_owned());
            if answer.is_empty() {
                // It never answers; the client goes, and the port is closed.
                drop(listener);
                while let Ok(1..) = stream.read(&mut part) {}
                return;
            }
            let _gone = write!(
                stream,
                "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
    });
    (address, got)
}

#[test]
fn an_address_is_asked_by_a_signed_post() {
    let (url, got) = listener(&[
        "204 No Content",
        "403 Forbidden",
        "307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/",
        "500 Internal Server Error",
        "",
    ]);
    let mut site = Site::new();
    write_secret(&site.path("hook.txt"), &"s".repeat(64));
    let secret = json!(site.path("hook.txt"));
    site.set("hooks", &format!("{{ sign_up = \"{url}\", timeout = 1, secret_file = {secret} }}"));
    let server = site.serve();
    assert_eq!(sign_up(&server, "ada"), (201, json!({"username": "ada"})));
    let request = got.recv_timeout(PATIENCE).expect("it was asked");
    let (head, body) = request.split_once("\r\n\r\n").expect("a body");
    assert!(head.starts_with("POST /hook?key=s3cret HTTP/1.1\r\n"), "{head}");
    let event: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(event["event"], "sign_up");
    let signature = head.lines().find_map(|line| line.strip_prefix("tegata-signature: "));
    let (moment, tag) = signature.expect("it is signed").split_once(",v1=").expect("two parts");
    let moment = moment.strip_prefix("t=").expect("a moment");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[b's'; 64]);
    let tag: Vec<u8> = (0..tag.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&tag[at..at + 2], 16).expect("hex"))
        .collect();
    hmac::verify(&key, format!("{moment}.{body}").as_bytes(), &tag).expect("it is right");

    assert_eq!(sign_up(&server, "bob").0, 422, "it says no");
    for why in ["a redirect is not followed", "it fails", "it does not answer"] {
        assert_eq!(sign_up(&server, "bob").0, 503, "{why}");
    }
    drop(got);
    assert_eq!(sign_up(&server, "bob").0, 503, "nobody listens there any more");
    let log = server.log();
    for why in ["it took too long", "it answered 500", "onnection refused"] {
        assert!(log.contains(why), "{why}: {log}");
    }
    assert!(!log.contains("s3cret"), "{log}");
}

#[test]
fn the_hook_is_asked_about_the_name_that_is_made() {
    let site = site();
    let server = site.serve();
    // These are the letters of `mallory` by another name, and would be stored as that.
    let wide: String = "mallory"
        .chars()
        .map(|letter| char::from_u32(u32::from(letter) - 0x61 + 0xff41).expect("a letter"))
        .collect();
    assert_eq!(sign_up(&server, &wide).0, 422, "the hook says no to `mallory`");
    let (_, event) = brought(&site.path("sign_up.txt"));
    assert_eq!(event["username"], "mallory");
}

#[test]
fn a_hook_without_tls_is_warned_of_at_the_start() {
    let log =
        |url: &str| Site::new().with("hooks", &format!("{{ sign_up = \"{url}\" }}")).serve().log();
    assert!(log("http://127.0.0.1.example.org/hook").contains("an address without TLS"));
    assert!(!log("http://127.0.0.1:9/hook").contains("an address without TLS"));
}
