//! What no client can bring about by itself.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use axum::routing::get;
use serde_json::Value;
use tegata::{Algorithm, Engine, Key, KeySet};
use tegata_sqlx::SqlxStore;
use tower::ServiceExt as _;

use super::{App, Limits, Metrics, app, auth};
use crate::config::Config;

async fn app_of(config: Config) -> App {
    let keys = vec![Key::generate(Algorithm::EdDsa).expect("a key")];
    let keys = KeySet::new(keys).expect("a set");
    let engine = Engine::new(config.policy.clone(), keys).expect("a policy");
    let store = SqlxStore::connect("sqlite::memory:").await.expect("it is made");
    let throttle = auth::throttle(&config);
    App {
        auth: auth::auth(&config, engine, store, throttle.clone(), None).expect("the defaults"),
        limits: Arc::new(Limits::new(&config)),
        metrics: Metrics::new(),
        config: Arc::new(config),
        throttle,
        resets: Arc::new(tokio::sync::Semaphore::new(1)),
    }
}

async fn answer(routes: Router, path: &str) -> (u16, Value) {
    let request = Request::get(path).body(Body::empty()).expect("it is one");
    let response: Response<Body> = routes.oneshot(request).await.expect("it never fails");
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1_000_000).await.expect("it is short");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn a_panic_is_an_answer_that_says_nothing_of_it() {
    let app = app_of(Config::default()).await;
    let panics = async || -> &'static str { panic!("the key is hunter2") };
    let panics = Router::new().route("/panics", get(panics));
    let (status, body) = answer(app::around(&app, panics), "/panics").await;
    assert_eq!((status, &body["error_code"]), (500, &"internal_error".into()));
    assert!(!body.to_string().contains("hunter2"), "{body}");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let mut config = Config::default();
    config.request_timeout = Duration::from_secs(5);
    let app = app_of(config).await;
    tokio::time::pause();
    let slow = || tokio::time::sleep(Duration::from_secs(6));
    let (status, body) = answer(app::around(&app, Router::new().route("/", get(slow))), "/").await;
    assert_eq!((status, &body["error_code"]), (503, &"service_unavailable".into()));
}

#[tokio::test]
async fn without_its_database_a_server_is_not_healthy() {
    let app = app_of(Config::default()).await;
    let routes = app::routes(&app).expect("they are made");
    assert_eq!(answer(routes.clone(), "/healthz").await.0, 200);
    app.rows().close().await;
    let (status, body) = answer(routes, "/healthz").await;
    assert_eq!((status, &body["status"]), (503, &"database_unavailable".into()));
}
