//! Login, profile, refresh and logout over HTTP on the engine, with rows in memory.
//!
//! `cargo run -p tegata-example-axum [ADDRESS]`, then log in as `demo` with the password `demo`.

mod wire;

use std::error::Error;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde_json::json;
use tegata::{
    Algorithm, CustomClaims, Device, Engine, Key, KeySet, MemoryStore, Place, Policy, Refusal,
    SystemRandomness, Timestamp, UserId, UserState, host, security_stamp,
};
use wire::{Answer, Body, Failure, LogIn, LogOut, Refresh, at, bearer, no_store};

// An example only: a real site has a table of users and keeps hashes of their passwords.
const USERNAME: &str = "demo";
const PASSWORD: &str = "demo";

struct Site {
    engine: Engine,
    store: MemoryStore,
    user: UserState,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    // Tokens of a key made at the start are good until the next start, as the rows are.
    let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    let engine = Engine::new(Policy::default(), keys)?;
    let id = UserId::Integer(1);
    let stamp = security_stamp(&id, &[PASSWORD]);
    let user = UserState { id, is_active: true, security_stamp: stamp };
    let store = MemoryStore::default();
    store.put_user(user.clone());

    let app = Router::new()
        .route("/auth/login/", post(log_in))
        .route("/auth/refresh/", post(refresh))
        .route("/auth/logout/", post(log_out))
        .route("/profile/", get(profile))
        .layer(middleware::map_response(no_store))
        .with_state(Arc::new(Site { engine, store, user }));
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{} (log in as {USERNAME}, password {PASSWORD})", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

async fn log_in(State(site): State<Arc<Site>>, body: Body<Json<LogIn>>) -> Answer {
    let Json(LogIn { username, password }) = body?;
    if (username.as_str(), password.as_str()) != (USERNAME, PASSWORD) {
        return Err(Failure(Refusal::InvalidCredentials, Place::Endpoint));
    }
    let Site { engine, store, user } = &*site;
    let (device, custom) = (Device::unknown(), CustomClaims::none());
    let pair = host::log_in(
        engine,
        store,
        now(),
        &SystemRandomness,
        user,
        device,
        &tegata::Bounds::none(),
        &custom,
    )
    .await
    .map_err(at(Place::Endpoint))?;
    Ok(Json(json!({"access_token": pair.access_token, "refresh_token": pair.refresh_token})))
}

async fn refresh(State(site): State<Arc<Site>>, body: Body<Json<Refresh>>) -> Answer {
    let Json(Refresh { refresh_token: token }) = body?;
    let (random, custom) = (SystemRandomness, |_: &_, _: Option<&_>| CustomClaims::none());
    let next = host::refresh(&site.engine, &site.store, now(), &random, &token, None, custom)
        .await
        .map_err(at(Place::Endpoint))?;
    Ok(Json(json!({"access_token": next.access_token, "refresh_token": next.refresh_token})))
}

async fn profile(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    let token = bearer(&headers).map_err(|refusal| Failure(refusal, Place::Gate))?;
    let known = host::authenticate(&site.engine, &site.store, now(), token, None)
        .await
        .map_err(at(Place::Gate))?;
    Ok(Json(json!({"username": USERNAME, "session_id": known.claims.session_id()})))
}

async fn log_out(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    body: Body<Option<Json<LogOut>>>,
) -> Result<StatusCode, Failure> {
    let token = body?.and_then(|Json(body)| body.refresh_token);
    host::log_out(&site.engine, &site.store, now(), bearer(&headers), token.as_deref(), None)
        .await
        .map_err(at(Place::Endpoint))?;
    Ok(StatusCode::OK)
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(0).plus(since_1970)
}
