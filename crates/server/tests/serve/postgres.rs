//! The server on PostgreSQL.

use serde_json::json;

#[path = "../../../sqlx/tests/databases/postgres.rs"]
#[expect(dead_code, reason = "the tests of `tegata-sqlx` have several databases")]
mod throw_away;

use crate::http::Request;
use crate::server::Site;

#[test]
fn a_login_lives_in_postgresql_as_it_does_in_a_file() {
    let Some(postgres) = throw_away::Server::start() else { return };
    let mut site = Site::new().with("hooks", r#"{ sign_up = ["true"] }"#);
    site.set("database", &postgres.url("postgres"));
    assert!(site.run(&["doctor"]).contains("database"), "which makes the tables");
    let account = json!({"username": "ada", "password": "a long secret"});
    let server = site.serve();
    assert_eq!(server.post("/auth/signup/", &account).status, 201);
    assert_eq!(server.post("/auth/signup/", &account).status, 422, "the name is taken");
    let tokens = server.post("/auth/login/", &account).json();
    assert_eq!(server.get("/healthz").status, 200);
    // Another server on the same database knows the session.
    let other = site.serve();
    let refreshed =
        other.post("/auth/refresh/", &json!({"refresh_token": tokens["refresh_token"]}));
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    let token = refreshed.json()["access_token"].as_str().expect("a token").to_owned();
    let bearing = |method: &str, path: &str| {
        Request::new(method, path).header("Authorization", &format!("Bearer {token}"))
    };
    assert_eq!(bearing("GET", "/verify").send(server.address()).status, 200);
    let out = bearing("POST", "/auth/logout/").json(&json!({})).send(server.address());
    assert_eq!(out.status, 200);
    assert_eq!(bearing("GET", "/verify").send(other.address()).status, 401);
    assert!(site.run(&["session", "list", "--json"]).contains("log_out"));

    drop(postgres);
    assert_eq!(server.get("/healthz").status, 503);
    let gone = server.post("/auth/login/", &account);
    assert_eq!((gone.status, gone.code().as_str()), (503, "service_unavailable"));
    let log = server.log();
    assert!(!log.contains("a long secret") && !log.contains("panicked"), "{log}");
}
