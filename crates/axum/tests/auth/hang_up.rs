//! Clients that do not wait for the answer.
#![cfg(feature = "sqlx")]

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use tegata::{Policy, SystemRandomness};
use tegata_axum::{Auth, Client as Registered, ClientSecret, Clients, RevocationRoute};
use tower::ServiceExt as _;

use crate::client::{Client, engine};
use crate::stores::{app, store};

/// Begins what is dropped before it is done, as a server does when the connection is closed.
async fn begin(begun: impl Future) {
    let mut begun = pin!(begun);
    let is_done = poll_fn(|context| Poll::Ready(begun.as_mut().poll(context).is_ready())).await;
    assert!(!is_done, "there was nothing to wait for");
}

async fn hang_up(app: &Router, access: &str, method: &str, path: &str, body: String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {access}"))
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    begin(app.clone().oneshot(request)).await;
}

async fn is_over(client: &mut Client) -> bool {
    for _ in 0..200 {
        if client.profile().await.status == StatusCode::UNAUTHORIZED {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

#[tokio::test]
async fn who_logs_out_and_hangs_up_is_out() {
    let app = app(Auth::new(engine(Policy::default()), store().await));
    for (method, path) in [
        ("POST", "/api/auth/logout/"),
        ("POST", "/api/auth/logout/all/"),
        ("DELETE", "/api/auth/sessions/{id}/"),
    ] {
        let mut ada = Client::of(&app);
        ada.log_in().await;
        let listed = ada.signed("GET", "/api/auth/sessions/", None).await.json();
        let id = listed.as_array().unwrap().iter().find(|each| each["is_current"] == true);
        let path = path.replace("{id}", id.unwrap()["id"].as_str().unwrap());
        hang_up(&app, &ada.access, method, &path, String::new()).await;
        assert!(is_over(&mut ada).await, "{path}");
    }
}

#[tokio::test]
async fn a_thief_who_hangs_up_is_found_out_all_the_same() {
    let app = app(Auth::new(engine(Policy::default()), store().await));
    let mut ada = Client::of(&app);
    ada.log_in().await;
    let body = json!({"refresh_token": ada.refresh}).to_string();
    ada.try_refresh().await;
    ada.try_refresh().await;
    hang_up(&app, "", "POST", "/api/auth/refresh/", body).await;
    assert!(is_over(&mut ada).await);
}

#[tokio::test]
async fn what_a_service_revokes_before_it_hangs_up_is_revoked() {
    let auth = Auth::new(engine(Policy::default()), store().await);
    let secret = ClientSecret::generate(&SystemRandomness).unwrap();
    let clients =
        Clients::new([Registered::new("orders-api", [secret.digest()]).unwrap()]).unwrap();
    let revocation = RevocationRoute::new(auth.clone(), clients).router();
    let mut ada = Client::of(&app(auth));
    ada.log_in().await;
    let form =
        format!("client_id=orders-api&client_secret={}&token={}", secret.expose(), ada.refresh);
    let request = Request::post("/revoke")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    begin(revocation.oneshot(request)).await;
    assert!(is_over(&mut ada).await);
}
