//! The example as a process of its own, driven over HTTP.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use ureq::http::Response;
use ureq::{Agent, Body};

struct Server {
    process: Child,
    address: String,
    client: Agent,
}

struct Answer {
    status: u16,
    challenge: Option<String>,
    cache: Option<String>,
    body: Value,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_tegata-example-axum"))
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split_whitespace().next().unwrap().to_owned();
        let client = Agent::config_builder().http_status_as_error(false).build().new_agent();
        Self { process, address, client }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.client.post(self.url(path)).send_json(body).unwrap())
    }

    fn post_text(&self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let request = self.client.post(self.url(path)).header("Content-Type", content_type);
        answer(request.send(body).unwrap())
    }

    fn profile(&self, authorization: &[&str]) -> Answer {
        let mut request = self.client.get(self.url("/profile/"));
        for value in authorization {
            request = request.header("Authorization", *value);
        }
        answer(request.call().unwrap())
    }

    fn log_out(&self, access_token: &str) -> Answer {
        let bearer = format!("Bearer {access_token}");
        let request = self.client.post(self.url("/auth/logout/")).header("Authorization", bearer);
        answer(request.send_empty().unwrap())
    }

    fn log_in(&self) -> (String, String) {
        let answer = self.post("/auth/login/", &json!({"username": "demo", "password": "demo"}));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.cache.as_deref(), Some("no-store"));
        answer.pair()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn answer(mut response: Response<Body>) -> Answer {
    let header =
        |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (challenge, cache) = (header("WWW-Authenticate"), header("Cache-Control"));
    let text = response.body_mut().read_to_string().unwrap();
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
    Answer { status: response.status().as_u16(), challenge, cache, body }
}

impl Answer {
    fn pair(&self) -> (String, String) {
        let text = |name: &str| self.body[name].as_str().unwrap().to_owned();
        (text("access_token"), text("refresh_token"))
    }

    #[track_caller]
    fn refuses(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.body["error_code"].as_str()), (status, Some(code)));
        assert!(self.body["detail"].is_string());
        assert_eq!(self.body.as_object().unwrap().len(), 2);
        assert_eq!(self.challenge.is_some(), status == 401);
        assert_eq!(self.cache.as_deref(), Some("no-store"));
    }
}

#[test]
fn login_profile_refresh_profile_logout() {
    let server = Server::start();
    let (access, refresh) = server.log_in();
    let profile = server.profile(&[&format!("Bearer {access}")]);
    assert_eq!((profile.status, &profile.body["username"]), (200, &json!("demo")));
    assert_eq!(profile.body["session_id"].as_str().unwrap().len(), 43);

    let refreshed = server.post("/auth/refresh/", &json!({"refresh_token": refresh}));
    assert_eq!(refreshed.status, 200);
    let (next_access, next_refresh) = refreshed.pair();
    assert_ne!(next_refresh, refresh);
    for token in [&access, &next_access] {
        let again = server.profile(&[&format!("Bearer {token}")]);
        assert_eq!(again.body, profile.body);
    }

    assert_eq!(server.log_out(&next_access).status, 200);
    server.profile(&[&format!("Bearer {next_access}")]).refuses(401, "session_expired");
    let late = server.post("/auth/refresh/", &json!({"refresh_token": next_refresh}));
    late.refuses(401, "session_expired");
    assert_eq!(server.log_out(&next_access).status, 200);
}

#[test]
fn a_retry_repeats_and_a_grandparent_ends_the_session() {
    let server = Server::start();
    let (_, first) = server.log_in();
    let refresh = |token: &str| server.post("/auth/refresh/", &json!({"refresh_token": token}));
    let (_, second) = refresh(&first).pair();
    let (access, again) = refresh(&first).pair();
    assert_ne!(second, again);
    assert_eq!(server.profile(&[&format!("Bearer {access}")]).status, 200);
    let (_, third) = refresh(&again).pair();
    refresh(&first).refuses(401, "token_reuse_detected");
    refresh(&third).refuses(401, "session_expired");
    server.profile(&[&format!("Bearer {access}")]).refuses(401, "session_expired");
}

#[test]
fn a_refresh_token_alone_logs_out() {
    let server = Server::start();
    let (access, refresh) = server.log_in();
    let answer = server.post("/auth/logout/", &json!({"refresh_token": refresh}));
    assert_eq!((answer.status, answer.body), (200, Value::Null));
    server.profile(&[&format!("Bearer {access}")]).refuses(401, "session_expired");
    server.post("/auth/logout/", &json!({})).refuses(401, "missing_token");
}

#[test]
fn the_gate_refuses_by_code() {
    let server = Server::start();
    let (access, refresh) = server.log_in();
    let bearer = format!("Bearer {access}");
    for missing in [&[][..], &["Basic ZGVtbzpkZW1v"], &[""]] {
        let answer = server.profile(missing);
        answer.refuses(401, "missing_token");
        assert_eq!(answer.challenge.as_deref(), Some("Bearer"));
    }
    for bad in [&["Bearer"][..], &["Bearer x"], &["Bearer a b"], &[&bearer, &bearer]] {
        let answer = server.profile(bad);
        answer.refuses(401, "invalid_token");
        assert_eq!(answer.challenge.as_deref(), Some("Bearer error=\"invalid_token\""));
    }
    server.profile(&[&format!("Bearer {refresh}")]).refuses(401, "invalid_token_type");
    assert_eq!(server.profile(&[&format!("bearer   {access}")]).status, 200);
}

#[test]
fn endpoints_refuse_by_code() {
    let server = Server::start();
    let (access, _) = server.log_in();
    for (username, password) in [("demo", "wrong"), ("nobody", "demo"), (" ", " ")] {
        let login = json!({"username": username, "password": password});
        server.post("/auth/login/", &login).refuses(401, "invalid_credentials");
    }
    let empty = json!({"username": "", "password": ""});
    server.post("/auth/login/", &empty).refuses(422, "invalid_request");
    let refresh = |token: &str| server.post("/auth/refresh/", &json!({"refresh_token": token}));
    refresh(&access).refuses(400, "invalid_token_type");
    refresh("garbage").refuses(401, "invalid_token");
    for path in ["/auth/login/", "/auth/refresh/", "/auth/logout/"] {
        let form = "application/x-www-form-urlencoded";
        server.post_text(path, form, b"a=b").refuses(415, "unsupported_media_type");
        for body in ["", "{", "[]", "7", r#"{"refresh_token":7,"username":null}"#, "\u{0}"] {
            let answer = server.post_text(path, "application/json", body.as_bytes());
            // A logout may have no body.
            let is_logout = path == "/auth/logout/" && body.is_empty();
            let (status, code) =
                if is_logout { (401, "missing_token") } else { (422, "invalid_request") };
            answer.refuses(status, code);
        }
        let answer = server.post_text(path, "application/json", b"\"\xff\"");
        answer.refuses(422, "invalid_request");
    }
}
