//! What services of another make ask.

use serde_json::json;

use crate::http::Request;
use crate::server::Site;

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
