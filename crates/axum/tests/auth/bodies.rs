//! Bodies that nobody means, and some that attackers do.

use serde_json::json;

use crate::client::{Client, PASSWORD, USER};

const PATHS: [&str; 3] = ["/api/auth/login/", "/api/auth/refresh/", "/api/auth/verify/"];

#[tokio::test]
async fn a_bad_body_is_refused_in_our_shape() {
    let deep = [b"{\"username\":".as_slice(), &vec![b'['; 100_000]].concat();
    let huge = [b"{\"username\": \"".as_slice(), &vec![b'x'; 3_000_000], b"\"}"].concat();
    let bodies: [&[u8]; 16] = [
        b"",
        b"username=demo&password=tegata-demo",
        b"{\"username\": \"demo\", \"passw",
        b"[]",
        b"null",
        b"\"demo\"",
        b"5",
        b"{}",
        b"{\"username\": 5, \"password\": 5, \"refresh_token\": 5, \"token\": 5}",
        b"{\"username\": null, \"password\": null, \"refresh_token\": [], \"token\": null}",
        b"{\"username\": [], \"password\": [], \"refresh_token\": [\"\"], \"token\": {}}",
        b"{\"username\": \"\xff\", \"password\": \"\xff\", \"refresh_token\": \"\xff\"}",
        &deep,
        b"{\"username\": 1e999999, \"token\": 1e999999, \"refresh_token\": -1e999999}",
        b"NaN",
        &huge,
    ];
    let mut client = Client::new();
    for path in PATHS {
        for body in bodies {
            let answer = client.post_text(path, "application/json", body).await;
            answer.refuses(422, "invalid_request");
        }
    }
}

#[tokio::test]
async fn odd_text_is_refused_and_never_an_error() {
    let mut client = Client::new();
    client.log_in().await;
    let (long, umlauts) = ("x".repeat(1_000_000), "ü".repeat(50_000));
    for text in ["\\ud800", "\\u0000", &*long, "\\udc00\\ud800", &*umlauts, " "] {
        for (path, names) in [
            ("/api/auth/login/", vec!["username", "password"]),
            ("/api/auth/refresh/", vec!["refresh_token"]),
            ("/api/auth/verify/", vec!["token"]),
            ("/api/auth/logout/", vec!["refresh_token"]),
        ] {
            let members = names.iter().map(|name| format!("\"{name}\": \"{text}\""));
            let body = format!("{{{}}}", members.collect::<Vec<_>>().join(", "));
            let answer = client.post_text(path, "application/json", body.as_bytes()).await;
            let code = answer.json()["error_code"].as_str().unwrap().to_owned();
            let known = ["invalid_credentials", "invalid_token", "invalid_request"];
            assert!(known.contains(&&*code), "{path}: {code}");
        }
    }
    assert_eq!(client.profile().await.status.as_u16(), 200);
}

#[tokio::test]
async fn what_a_form_elsewhere_could_post_is_refused() {
    let mut client = Client::new();
    let paths = [&PATHS[..], &["/api/auth/logout/", "/api/auth/login/challenge/"]].concat();
    for media_type in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "text/plain; application/json",
        "application/json-patch+json",
        "multipart/form-data; boundary=x",
        "",
    ] {
        for path in &paths {
            let answer = client.post_text(path, media_type, b"{\"token\": \"x\"}").await;
            answer.refuses(415, "unsupported_media_type");
        }
    }
    let none = client.send("POST", PATHS[0], &[], "{}").await;
    none.refuses(415, "unsupported_media_type");
}

#[tokio::test]
async fn json_by_any_spelling_is_taken() {
    let mut client = Client::new();
    let body = json!({"username": USER, "password": PASSWORD}).to_string();
    for media_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let answer = client.post_text(PATHS[0], media_type, body.as_bytes()).await;
        assert_eq!(answer.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn a_refusal_names_the_member_and_not_its_value() {
    let mut client = Client::new();
    let answer = client.post(PATHS[0], &json!({"username": USER, "password": 71_077_345})).await;
    assert_eq!(answer.json()["detail"], "password: must be a string");
    let answer = client.post(PATHS[1], &json!({})).await;
    assert_eq!(answer.json()["detail"], "refresh_token: Field required");
}
