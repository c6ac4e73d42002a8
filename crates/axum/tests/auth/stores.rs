//! The same on a database.
#![cfg(feature = "sqlx")]

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::{Value, json};
use tegata::{Policy, UserId};
use tegata_axum::{Auth, Authed, UserStore};
use tegata_sqlx::{Hasher, NewUser, SqlxStore, StoreOptions};

use crate::client::{Client, PASSWORD, USER, engine};
use crate::steps::Totp;

pub(crate) async fn store() -> SqlxStore {
    let hasher = Some(Hasher::Pbkdf2Sha256 { iterations: 1 });
    let options = StoreOptions { hasher, ..StoreOptions::default() };
    let store = SqlxStore::connect_with("sqlite::memory:", options).await.unwrap();
    let now = tegata::Timestamp::from_seconds(1_700_000_000);
    let user = NewUser { email: "ada@example.org", ..NewUser::new(USER, PASSWORD) };
    store.create_user(user, now).await.unwrap();
    store
}

pub(crate) fn app(auth: Auth<SqlxStore>) -> Router {
    let profile = get(async |caller: Authed| caller.account().await.map(|user| user.username));
    Router::new().route("/profile/", profile).nest("/api/auth", auth.router()).with_state(auth)
}

#[tokio::test]
async fn sessions_and_passwords_on_a_database() {
    let store = store().await;
    let located = json!({"city": "Zürich"});
    let auth = Auth::builder(engine(Policy::default()), store.clone())
        .client_address(|_| "8.8.8.8".parse().ok())
        .location(move |_| std::future::ready(Some(located.clone())))
        .build()
        .unwrap();
    let mut here = Client::of(&app(auth));
    let mut there = here.another();
    here.log_in().await;
    there.log_in().await;
    assert_eq!(here.profile().await.text, USER);
    let user = UserStore::user(&store, &UserId::Integer(1)).await.unwrap().unwrap();
    assert_eq!(user.email.as_deref(), Some("ada@example.org"));
    assert!(user.last_login.is_some());

    let listed = here.signed("GET", "/api/auth/sessions/", None).await.json();
    assert_eq!(listed[0]["location"], json!({"city": "Zürich"}));
    assert_eq!(listed[1]["ip_address"], "8.8.8.8");

    let id = listed[0]["id"].as_str().unwrap().parse().unwrap();
    let data = serde_json::Map::from_iter([("theme".to_owned(), Value::from("dark"))]);
    let now = tegata::Timestamp::from_seconds(1_700_000_000);
    assert!(UserStore::set_session_data(&store, &id, &data, now).await.unwrap());
    assert_eq!(UserStore::session_data(&store, &id).await.unwrap(), Some(data));

    let body = json!({"current_password": PASSWORD, "new_password": "another secret"});
    here.signed("POST", "/api/auth/password/", Some(&body)).await.is_done();
    there.profile().await.refuses(401, "session_expired");
    assert_eq!(here.try_refresh().await.status, StatusCode::OK);
    here.signed("POST", "/api/auth/logout/all/", None).await.is_done();
    here.try_refresh().await.refuses(401, "session_expired");
}

#[tokio::test]
async fn challenges_on_a_database() {
    let auth = Auth::builder(engine(Policy::default()), store().await);
    let mut ada = Client::of(&app(auth.login_step(Totp("totp")).build().unwrap()));
    let challenge = ada.try_log_in(USER, PASSWORD).await.json()["challenge_token"].clone();
    let answer = |code: &str| json!({"challenge_token": challenge, "answer": {"code": code}});
    let path = "/api/auth/login/challenge/";
    ada.post(path, &answer("000000")).await.refuses(401, "invalid_credentials");
    assert_eq!(ada.post(path, &answer("123456")).await.status, StatusCode::OK);
    ada.post(path, &answer("123456")).await.refuses(401, "invalid_challenge");
}

#[tokio::test]
async fn a_database_that_is_gone_is_503() {
    let store = store().await;
    let mut ada = Client::of(&app(Auth::new(engine(Policy::default()), store.clone())));
    ada.log_in().await;
    store.close().await;
    ada.profile().await.refuses(503, "service_unavailable");
    ada.try_refresh().await.refuses(503, "service_unavailable");
    ada.try_log_in(USER, PASSWORD).await.refuses(503, "service_unavailable");
    ada.signed("GET", "/api/auth/sessions/", None).await.refuses(503, "service_unavailable");
}
