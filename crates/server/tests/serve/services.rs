//! What services of another make ask.

use std::process::Command;

use serde_json::{Value, json};

use crate::http::{Answer, Request};
use crate::server::{PATIENCE, Server, Site};

#[test]
fn keys_and_tokens_and_their_end() {
    // SHA-256 of the secret below, as `tegata client new` prints it.
    let site = Site::new()
        .with("hooks", r#"{ sign_up = ["true"] }"#)
        .with("issuer", "https://auth.example.org");
    let server = site.serve();
    let account = json!({"username": "ada", "password": "a long secret"});
    assert_eq!(server.post("/auth/signup/", &account).status, 201);
    let tokens = server.post("/auth/login/", &account).json();
    let token = tokens["access_token"].as_str().expect("a token");

    let verified = Request::new("GET", "/verify")
        .header("Authorization", &format!("Bearer {token}"))
        .send(server.address());
    assert_eq!((verified.status, verified.header("x-auth-user")), (200, Some("1")));
    assert_eq!(server.get("/verify").status, 401);
    assert_eq!(server.get("/.well-known/jwks.json").status, 200);
    let metadata = server.get("/.well-known/oauth-authorization-server").json();
    assert_eq!(metadata["token_endpoint"], "https://auth.example.org/auth/token/");
    // Nobody is registered.
    assert_eq!(server.post("/auth/introspect", &json!({})).status, 404);
}

/// What `tegata client new` prints: the secret for the service, and the table for the configuration.
fn new_client(id: &str) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tegata"));
    let output = command.args(["client", "new", id]).output().expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let (secret, table) = text.split_once('\n').expect("lines");
    (secret.to_owned(), table.to_owned())
}

fn ask(server: &Server, path: &str, by: (&str, &str), token: &str) -> Answer {
    let (id, secret) = by;
    let form = format!("client_id={id}&client_secret={secret}&token={token}");
    Request::new("POST", path).form(&form).send(server.address())
}

#[test]
fn a_registered_client_asks_about_tokens_and_ends_them() {
    let mut site = Site::new().with("hooks", r#"{ sign_up = ["true"] }"#);
    let (secret, table) = new_client("billing");
    std::fs::write(site.path("tegata.toml"), &table).expect("there is room");
    site.set("issuer", "https://auth.example.org");
    let server = site.serve();
    let account = json!({"username": "ada", "password": "a long secret"});
    server.post("/auth/signup/", &account);
    let tokens = server.post("/auth/login/", &account).json();
    let token = tokens["access_token"].as_str().expect("a token");
    let (us, somebody) = (("billing", &*secret), ("billing", "a guess"));

    let about = ask(&server, "/auth/introspect", us, token).json();
    assert_eq!((&about["active"], &about["username"]), (&json!(true), &json!("ada")), "{about}");
    let unknown = ask(&server, "/auth/introspect", somebody, token);
    assert_eq!((unknown.status, &unknown.json()["error"]), (401, &json!("invalid_client")));
    assert_eq!(ask(&server, "/auth/introspect", us, "x").json(), json!({"active": false}));

    assert_eq!(ask(&server, "/auth/revoke", somebody, token).status, 401);
    assert_eq!(ask(&server, "/auth/revoke", us, token).status, 200);
    assert_eq!(ask(&server, "/auth/introspect", us, token).json(), json!({"active": false}));
    let metadata = server.get("/.well-known/oauth-authorization-server").json();
    assert_eq!(metadata["revocation_endpoint"], "https://auth.example.org/auth/revoke");
    let log = server.log();
    assert!(!log.contains(&secret) && !log.contains("a guess"), "{log}");
}

#[test]
fn keys_are_read_again_and_no_token_is_refused_meanwhile() {
    let mut site = Site::new().with("hooks", r#"{ sign_up = ["true"] }"#);
    let keys = site.path("tegata-keys.json").display().to_string();
    site.set("keys", &keys);
    site.set("algorithm", "EdDSA");
    for (name, value) in [
        ("key_reload_interval", "1s"),
        ("jwks_max_age", "1s"),
        ("key_lead_time", "3s"),
        ("leeway", "0s"),
        ("refresh_throttle", "none"),
    ] {
        site.set(name, value);
    }
    site.run(&["keys", "generate", "--out", &keys]);
    let server = site.serve();
    let account = json!({"username": "ada", "password": "a long secret"});
    server.post("/auth/signup/", &account);
    let log_in = || server.post("/auth/login/", &account).json();
    let first = log_in();
    let by = |tokens: &Value| {
        let token = tokens["access_token"].as_str().expect("a token");
        let header = format!("Bearer {token}");
        let request = Request::new("GET", "/verify").header("Authorization", &header);
        (request.send(server.address()).status, token.split('.').next().map(ToOwned::to_owned))
    };
    let signed_by = |tokens: &Value| by(tokens).1;

    site.run(&["keys", "rotate", "--force"]);
    let count = || server.get("/.well-known/jwks.json").json()["keys"].as_array().map(Vec::len);
    let until = std::time::Instant::now() + PATIENCE;
    let mut last = log_in();
    while count() != Some(2) || signed_by(&last) == signed_by(&first) {
        assert!(std::time::Instant::now() < until, "the new key does not sign");
        for tokens in [&first, &last] {
            assert_eq!(by(tokens).0, 200, "a token is refused");
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        let refreshed = json!({"refresh_token": last["refresh_token"]});
        last = server.post("/auth/refresh/", &refreshed).json();
    }
    assert_eq!((by(&first).0, by(&last).0), (200, 200), "both keys verify");

    std::fs::write(&keys, "{").expect("there is room");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!((by(&first).0, count()), (200, Some(2)), "the old ones stay");
    let log = server.log();
    assert!(log.contains("the keys cannot be read again; the old ones stay"), "{log}");
}
