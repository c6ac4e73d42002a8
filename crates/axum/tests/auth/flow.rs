//! Logging in, being known, refreshing, seeing and ending sessions.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tegata::{Policy, SessionCheck};
use tegata_axum::Auth;

use crate::client::{Client, PASSWORD, USER, app, builder, engine, users};

#[tokio::test]
async fn somebody_logs_in_is_known_refreshes_and_logs_out() {
    let mut ada = Client::new();
    ada.log_in().await;
    let profile = ada.profile().await;
    assert_eq!(profile.json()["username"], USER);

    let first = (ada.access.clone(), ada.refresh.clone());
    assert_eq!(ada.try_refresh().await.status, StatusCode::OK);
    assert!(ada.access != first.0 && ada.refresh != first.1);
    assert_eq!(ada.profile().await.json(), profile.json());

    ada.signed("POST", "/api/auth/logout/", None).await.is_done();
    ada.profile().await.refuses(401, "session_expired");
    ada.try_refresh().await.refuses(401, "session_expired");
    ada.signed("POST", "/api/auth/logout/", None).await.is_done();
}

#[tokio::test]
async fn neither_half_of_a_wrong_login_is_named() {
    let mut client = Client::new();
    let wrong = client.try_log_in(USER, "wrong").await;
    wrong.refuses(401, "invalid_credentials");
    assert_eq!(wrong.text, client.try_log_in("nobody", PASSWORD).await.text);
    assert_eq!(wrong.header("www-authenticate"), Some("Bearer"));
}

#[tokio::test]
async fn an_inactive_user_is_nobody() {
    let users = users();
    let mut ada = Client::of(&app(Auth::new(engine(Policy::default()), users.clone())));
    ada.log_in().await;
    users.set_active(&tegata::UserId::Integer(1), false);
    ada.profile().await.refuses(401, "invalid_user");
    ada.try_log_in(USER, PASSWORD).await.refuses(401, "invalid_credentials");
}

#[tokio::test]
async fn a_token_from_further_back_ends_the_session() {
    let mut ada = Client::new();
    ada.log_in().await;
    let first = ada.refresh.clone();
    ada.try_refresh().await;
    ada.try_refresh().await;
    let body = json!({"refresh_token": first});
    ada.post("/api/auth/refresh/", &body).await.refuses(401, "token_reuse_detected");
    ada.profile().await.refuses(401, "session_expired");
}

#[tokio::test]
async fn a_refresh_token_alone_logs_out() {
    let mut ada = Client::new();
    ada.log_in().await;
    let body = json!({"refresh_token": ada.refresh});
    ada.post("/api/auth/logout/", &body).await.is_done();
    ada.profile().await.refuses(401, "session_expired");
    ada.send("POST", "/api/auth/logout/", &[], "").await.refuses(401, "missing_token");
}

#[tokio::test]
async fn tokens_of_the_other_kind_are_refused() {
    let mut ada = Client::new();
    ada.log_in().await;
    let body = json!({"refresh_token": ada.access});
    ada.post("/api/auth/refresh/", &body).await.refuses(400, "invalid_token_type");
    ada.access.clone_from(&ada.refresh);
    ada.profile().await.refuses(401, "invalid_token_type");
}

#[tokio::test]
async fn sessions_are_listed_and_one_ends_the_other() {
    let mut phone = Client::new();
    phone.headers = vec![("user-agent".to_owned(), [b"\xff ".as_slice(), &[b'x'; 2000]].concat())];
    phone.log_in().await;
    let mut laptop = phone.another();
    laptop.headers[0].1 = b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0".to_vec();
    laptop.log_in().await;

    let listed = laptop.signed("GET", "/api/auth/sessions/", None).await.json();
    let [new, old] = listed.as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!((&new["is_current"], &old["is_current"]), (&json!(true), &json!(false)));
    assert_eq!(new["device"], "Firefox on Linux");
    assert_eq!(old["user_agent"].as_str().unwrap().chars().count(), 512);
    assert!(old["user_agent"].as_str().unwrap().starts_with("ÿ x"));
    assert_eq!(old.as_object().unwrap().len(), 8);
    assert_eq!((&old["ip_address"], &old["location"]), (&Value::Null, &Value::Null));
    assert!(old["created_at"].as_str().unwrap().ends_with('Z'));

    let path = format!("/api/auth/sessions/{}/", old["id"].as_str().unwrap());
    laptop.signed("DELETE", &path, None).await.is_done();
    phone.profile().await.refuses(401, "session_expired");
    laptop.signed("DELETE", &path, None).await.refuses(404, "session_not_found");
}

#[tokio::test]
async fn a_session_that_is_not_there_cannot_be_ended() {
    let mut ada = Client::new();
    ada.log_in().await;
    let (nobodys, long) = ("A".repeat(43), "x".repeat(2000));
    for id in [&*nobodys, &*long, "1", "%00", "%ff", "%F0%9F%94%91", "..%2F", "%"] {
        let path = format!("/api/auth/sessions/{id}/");
        ada.signed("DELETE", &path, None).await.refuses(404, "session_not_found");
        let mut nobody = ada.another();
        nobody.send("DELETE", &path, &[], "").await.refuses(401, "missing_token");
    }
}

#[tokio::test]
async fn somebody_logs_out_everywhere_else_then_everywhere() {
    let mut here = Client::new();
    let mut there = here.another();
    here.log_in().await;
    there.log_in().await;
    here.signed("POST", "/api/auth/logout/others/", None).await.is_done();
    there.profile().await.refuses(401, "session_expired");
    assert_eq!(here.profile().await.status, StatusCode::OK);
    here.signed("POST", "/api/auth/logout/all/", None).await.is_done();
    here.profile().await.refuses(401, "session_expired");
}

#[tokio::test]
async fn somebody_changes_the_password_and_is_alone() {
    let mut here = Client::new();
    let mut there = here.another();
    here.log_in().await;
    there.log_in().await;
    let change =
        |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    let path = "/api/auth/password/";

    let wrong = here.signed("POST", path, Some(&change("wrong", "another secret"))).await;
    wrong.refuses(403, "invalid_credentials");
    let short = here.signed("POST", path, Some(&change(PASSWORD, "short"))).await;
    short.refuses(422, "invalid_request");
    assert!(short.json()["detail"].as_str().unwrap().starts_with("new_password: "));
    assert_eq!(there.profile().await.status, StatusCode::OK);

    here.signed("POST", path, Some(&change(PASSWORD, "another secret"))).await.is_done();
    there.profile().await.refuses(401, "session_expired");
    assert_eq!(here.profile().await.status, StatusCode::OK);
    assert_eq!(here.try_refresh().await.status, StatusCode::OK);
    there.try_log_in(USER, PASSWORD).await.refuses(401, "invalid_credentials");
    assert_eq!(there.try_log_in(USER, "another secret").await.status, StatusCode::OK);
}

#[tokio::test]
async fn verify_says_what_a_token_is() {
    let mut ada = Client::new();
    ada.log_in().await;
    for (kind, token) in [("access", ada.access.clone()), ("refresh", ada.refresh.clone())] {
        let said = ada.post("/api/auth/verify/", &json!({"token": token})).await.json();
        assert_eq!((&said["type"], &said["user_id"]), (&json!(kind), &json!(1)));
        assert!(said["issued_at"].as_str() < said["expires_at"].as_str());
    }
    let bad = json!({"token": "x.y.z"});
    ada.post("/api/auth/verify/", &bad).await.refuses(401, "invalid_token");
}

#[tokio::test]
async fn the_form_login_is_that_of_rfc_6749() {
    let mut ada = Client::of(&app(builder().scopes([("read", "Read")]).build().unwrap()));
    let good = "grant_type=password&username=ada&password=a+long+secret";
    let answer = ada.form("/api/auth/token/", good).await;
    let body = answer.json();
    assert_eq!((answer.status, &body["token_type"]), (StatusCode::OK, &json!("Bearer")));
    assert!((1..=300).contains(&body["expires_in"].as_u64().unwrap()));
    for (form, error) in [
        ("grant_type=password&username=ada&password=wrong", "invalid_grant"),
        ("grant_type=client_credentials&username=ada&password=x", "unsupported_grant_type"),
        ("grant_type=password&username=&password=x", "invalid_request"),
        ("username=ada%00&password=x", "invalid_request"),
        ("", "invalid_request"),
        ("username=ada&password=a+long+secret&scope=write", "invalid_scope"),
        ("username=ada&password=a+long+secret&scope=read", "invalid_scope"),
    ] {
        let refused = ada.form("/api/auth/token/", form).await;
        let body = refused.json();
        assert_eq!((refused.status.as_u16(), &body["error"]), (400, &json!(error)), "{form}");
        assert_eq!(body.as_object().unwrap().len(), 2);
        assert_eq!(refused.header("cache-control"), Some("no-store"));
    }
    let json = ada.post("/api/auth/token/", &json!({"username": USER})).await;
    assert_eq!(json.json()["error"], "invalid_request");
}

#[tokio::test]
async fn who_guesses_is_told_to_wait() {
    let auth = builder().client_address(|_| "203.0.113.7".parse().ok()).build().unwrap();
    let mut guesser = Client::of(&app(auth));
    for _ in 0..5 {
        guesser.try_log_in(USER, "wrong").await.refuses(401, "invalid_credentials");
    }
    let refused = guesser.try_log_in(USER, PASSWORD).await;
    refused.refuses(429, "rate_limited");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    let form = guesser.form("/api/auth/token/", "username=ada&password=a+long+secret").await;
    assert_eq!((form.status.as_u16(), &form.json()["error"]), (429, &json!("rate_limited")));
    assert!(form.header("retry-after").is_some());
}

#[tokio::test]
async fn a_site_that_keeps_no_sessions_ends_none() {
    let policy = Policy { session_check: SessionCheck::Off, ..Policy::default() };
    let mut ada = Client::of(&app(Auth::new(engine(policy), users())));
    ada.log_in().await;
    for path in ["/api/auth/logout/", "/api/auth/logout/all/", "/api/auth/logout/others/"] {
        ada.signed("POST", path, None).await.refuses(404, "session_not_found");
    }
    assert_eq!(ada.signed("GET", "/api/auth/sessions/", None).await.json(), json!([]));
    assert_eq!(ada.try_refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn another_method_is_not_allowed() {
    let mut ada = Client::new();
    ada.log_in().await;
    for (method, path) in [
        ("GET", "/api/auth/login/"),
        ("GET", "/api/auth/logout/"),
        ("PUT", "/api/auth/refresh/"),
        ("POST", "/profile/"),
    ] {
        assert_eq!(ada.signed(method, path, None).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}
