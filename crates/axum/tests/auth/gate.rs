//! Who is let in by which token, and by how much of it.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tegata::{Policy, Refusal, Scopes, SessionCheck, Tenant};
use tegata_axum::session_cache::Cached;
use tegata_axum::{Auth, Authed, Caller, MaybeAuthed, MemoryUsers, Rule, Scoped};

use crate::client::{Client, PASSWORD, app, builder, engine, users};

#[tokio::test]
async fn who_brings_no_token_of_ours_is_told_how_to_authenticate() {
    let mut client = Client::new();
    let long = format!("Bearer {}", "x".repeat(20_000));
    for (header, code, challenge) in [
        ("", "missing_token", "Bearer"),
        ("Basic ZGVtbzpkZW1v", "missing_token", "Bearer"),
        ("Bearer not.a.token", "invalid_token", "Bearer error=\"invalid_token\""),
        ("Bearer", "invalid_token", "Bearer error=\"invalid_token\""),
        ("Bearer \u{e9}", "invalid_token", "Bearer error=\"invalid_token\""),
        (&long, "invalid_token", "Bearer error=\"invalid_token\""),
    ] {
        for path in ["/profile/", "/api/auth/sessions/"] {
            let headers = [("authorization", header.as_bytes())];
            let answer = client.send("GET", path, &headers, "").await;
            answer.refuses(401, code);
            assert_eq!(answer.header("www-authenticate"), Some(challenge));
            assert_eq!(answer.header("vary"), None);
        }
    }
}

#[tokio::test]
async fn two_authorization_headers_are_no_way_in() {
    let mut ada = Client::new();
    ada.log_in().await;
    let bearer = format!("Bearer {}", ada.access);
    let twice = [("authorization", bearer.as_bytes()); 2];
    ada.send("GET", "/profile/", &twice, "").await.refuses(401, "invalid_token");
    let basic = [("authorization", b"Basic x".as_slice()), twice[0]];
    ada.send("GET", "/profile/", &basic, "").await.refuses(401, "missing_token");
}

#[tokio::test]
async fn another_header_may_come_twice() {
    let mut ada = Client::new();
    ada.log_in().await;
    let bearer = format!("Bearer {}", ada.access);
    for (header, code) in [
        (bearer.as_str(), None),
        ("Bearer not.a.token", Some("invalid_token")),
        ("Bearer", Some("invalid_token")),
        ("Basic x", Some("missing_token")),
    ] {
        let accept = |kind: &'static str| ("accept", kind.as_bytes());
        let headers = [accept("text/html"), ("authorization", header.as_bytes()), accept("*/*")];
        let answer = ada.send("GET", "/profile/", &headers, "").await;
        assert_eq!(answer.header("vary"), None);
        match code {
            None => assert_eq!(answer.status, StatusCode::OK),
            Some(code) => answer.refuses(401, code),
        }
    }
}

#[derive(Deserialize, Serialize)]
struct Team {
    team_id: u64,
}

struct ReadReports;

impl Rule for ReadReports {
    const SCOPES: &'static [&'static str] = &["reports:read"];
}

struct WriteReports;

impl Rule for WriteReports {
    const SCOPES: &'static [&'static str] = &["reports:write"];
    const FRESH: Option<Duration> = Some(Duration::from_mins(1));
}

fn site() -> Auth<MemoryUsers> {
    builder()
        .scopes([("reports:read", "Read"), ("reports:write", "Write")])
        .scopes_for(async |_, _| Ok(Scopes::from_names(["reports:read", "unknown"]).unwrap()))
        .claims(async |_, _| Ok(Team { team_id: 7 }))
        .build()
        .unwrap()
}

#[tokio::test]
async fn scopes_and_custom_claims_reach_handlers() {
    let auth = site();
    let team =
        get(async |Authed { custom: Team { team_id }, .. }: Authed<Team>| team_id.to_string());
    let another = get(async |_: Caller<Vec<u8>>| ());
    let read = get(async |caller: Scoped<ReadReports>| caller.user.id.to_string());
    let write = get(async |_: Scoped<WriteReports, Caller>| ());
    let layered = get(async |caller: Caller| caller.user_id().to_string())
        .layer(auth.layer().scopes(["reports:read"]).unwrap());
    let refused = get(async || ()).layer(auth.layer().scopes(["reports:write"]).unwrap());
    let app = Router::new()
        .route("/team/", team)
        .route("/another/", another)
        .route("/read/", read)
        .route("/write/", write)
        .route("/layered/", layered)
        .route("/refused/", refused)
        .nest("/api/auth", auth.router())
        .with_state(auth);
    let mut ada = Client::of(&app);
    ada.log_in().await;
    for _ in 0..2 {
        for (path, text) in [("/team/", "7"), ("/read/", "1"), ("/layered/", "1")] {
            assert_eq!(ada.signed("GET", path, None).await.text, text, "{path}");
        }
        for path in ["/write/", "/refused/"] {
            let refused = ada.signed("GET", path, None).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN);
            let challenge = "Bearer error=\"insufficient_scope\", scope=\"reports:write\"";
            assert_eq!(refused.header("www-authenticate"), Some(challenge));
        }
        ada.signed("GET", "/another/", None).await.refuses(401, "invalid_token");
        ada.try_refresh().await;
    }
    let form = ada.form("/api/auth/token/", "username=ada&password=a+long+secret").await;
    assert_eq!(form.json()["scope"], "reports:read");
}

#[tokio::test]
async fn maybe_somebody_is_nobody_without_a_token() {
    let auth = builder().build().unwrap();
    let maybe = get(async |MaybeAuthed(caller): MaybeAuthed| caller.is_some().to_string());
    let option = get(async |caller: Option<Caller>| caller.is_some().to_string());
    let app = Router::new()
        .route("/maybe/", maybe)
        .route("/option/", option)
        .nest("/api/auth", auth.router())
        .with_state(auth);
    let mut ada = Client::of(&app);
    ada.log_in().await;
    for path in ["/maybe/", "/option/"] {
        assert_eq!(ada.get(path).await.text, "false");
        assert_eq!(ada.signed("GET", path, None).await.text, "true");
        let bad = [("authorization", b"Bearer x.y.z".as_slice())];
        ada.send("GET", path, &bad, "").await.refuses(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_route_may_look_closer_than_the_site() {
    let policy = Policy { session_check: SessionCheck::Refresh, ..Policy::default() };
    let auth = Auth::new(engine(policy), users());
    let close = auth.layer().session_check(SessionCheck::Request).unwrap();
    let app = Router::new()
        .route("/usual/", get(async |_: Caller| ()))
        .route("/close/", get(async |_: Caller| ()).layer(close))
        .nest("/api/auth", auth.router())
        .with_state(auth);
    let mut ada = Client::of(&app);
    ada.log_in().await;
    ada.signed("POST", "/api/auth/logout/", None).await.is_done();
    assert_eq!(ada.signed("GET", "/usual/", None).await.status, StatusCode::OK);
    ada.signed("GET", "/close/", None).await.refuses(401, "session_expired");
    ada.signed("GET", "/api/auth/sessions/", None).await.refuses(401, "session_expired");
}

#[tokio::test]
async fn a_token_of_one_site_says_nothing_to_another_in_the_same_application() {
    let (one, other) = (builder().build().unwrap(), builder().build().unwrap());
    let inner = Router::new().route("/x/", get(async |_: Caller| ())).with_state(other);
    let app =
        Router::new().nest("/other", inner).layer(one.layer()).nest("/api/auth", one.router());
    let mut ada = Client::of(&app);
    ada.log_in().await;
    ada.signed("GET", "/other/x/", None).await.refuses(401, "invalid_token");
}

#[tokio::test]
async fn a_token_of_one_tenant_is_not_good_for_another() {
    let auth = builder()
        .tenant(|parts| {
            let name = parts.headers.get("x-tenant").and_then(|name| name.to_str().ok());
            let tenant = name.map(Tenant::new).transpose();
            tenant.map_err(|_| tegata_axum::Failure::endpoint(Refusal::ServiceUnavailable))
        })
        .build()
        .unwrap();
    let mut ada = Client::of(&app(auth));
    ada.headers.push(("x-tenant".to_owned(), b"acme".to_vec()));
    ada.log_in().await;
    assert_eq!(ada.profile().await.status, StatusCode::OK);
    ada.headers[1].1 = b"other".to_vec();
    ada.profile().await.refuses(401, "invalid_token");
    ada.try_refresh().await.refuses(401, "invalid_token");
    ada.headers.pop();
    ada.profile().await.refuses(401, "invalid_token");
}

#[tokio::test]
async fn the_engine_may_be_replaced_under_way() {
    let auth = builder().build().unwrap();
    let mut ada = Client::of(&app(auth.clone()));
    ada.log_in().await;
    for _ in 0..3 {
        auth.replace_engine(engine(Policy::default()));
        ada.profile().await.refuses(401, "invalid_token");
        ada.log_in().await;
        assert_eq!(ada.profile().await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_cache_in_front_of_the_rows_hears_of_every_end() {
    let policy = Policy { session_check: SessionCheck::Cache, ..Policy::default() };
    let store = Cached::new(users(), &policy);
    let auth = Auth::new(engine(policy), store.clone());
    let app = Router::new()
        .route("/profile/", get(async |_: Caller| ()))
        .nest("/api/auth", auth.router())
        .with_state(auth);
    let mut ada = Client::of(&app);
    let mut there = ada.another();
    ada.log_in().await;
    there.log_in().await;
    for _ in 0..3 {
        assert_eq!(ada.profile().await.status, StatusCode::OK);
        assert_eq!(there.profile().await.status, StatusCode::OK);
    }
    assert_eq!(store.stats().hits, 4);
    let body = json!({"current_password": PASSWORD, "new_password": "another secret"});
    ada.signed("POST", "/api/auth/password/", Some(&body)).await.is_done();
    there.profile().await.refuses(401, "session_expired");
    assert_eq!(ada.profile().await.status, StatusCode::OK);
    ada.signed("POST", "/api/auth/logout/", None).await.is_done();
    ada.profile().await.refuses(401, "session_expired");
}
