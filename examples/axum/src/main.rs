//! Login, profile, refresh and logout over HTTP, with users in memory.
//!
//! `cargo run -p tegata-example-axum [ADDRESS]`, then log in as `demo` with the password `demo`.

use std::error::Error;
use std::net::SocketAddr;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tegata::{Algorithm, Engine, Key, KeySet, Policy};
use tegata_axum::{Auth, Authed, Failure, MemoryUsers};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    // An example only: a real site keeps its users and sessions in a database, its keys in a file.
    let users = MemoryUsers::default();
    users.create("demo", "demo")?;
    let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    let auth = Auth::new(Engine::new(Policy::default(), keys)?, users);

    let app = Router::new()
        .route("/profile/", get(profile))
        .nest("/auth", auth.router())
        .with_state(auth)
        .into_make_service_with_connect_info::<SocketAddr>();
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{} (log in as demo, password demo)", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

async fn profile(caller: Authed) -> Result<Json<Value>, Failure> {
    let username = caller.account().await?.username;
    Ok(Json(json!({"username": username, "session_id": caller.session.id})))
}
