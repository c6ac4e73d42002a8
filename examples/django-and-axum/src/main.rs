//! A service in Rust beside a Django site, on the site's database: who is logged in there is known
//! here, and who logs out there is out here.
//!
//! `run.py` starts both. By itself: `cargo run -p tegata-example-django-and-axum POLICY DATABASE
//! ADDRESS`, with what `manage.py tegata_keys export --private --out POLICY` has written.

use std::error::Error;

use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tegata::{Engine, KeySet, Policy};
use tegata_axum::{Auth, Authed, Failure};
use tegata_sqlx::SqlxStore;

/// What of the site's policy a service has to know that lets requests in and logs nobody in.
#[derive(Deserialize)]
struct Exported {
    issuer: String,
    audience: Vec<String>,
    jwks: Value,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [policy, database, address] = std::env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "usage: tegata-example-django-and-axum POLICY DATABASE ADDRESS")?;
    let Exported { issuer, audience, jwks } =
        serde_json::from_str(&std::fs::read_to_string(policy)?)?;
    let keys = KeySet::from_private_jwks(&jwks.to_string())?;
    let policy = Policy { issuer, audience, ..Policy::default() };
    let auth = Auth::new(Engine::new(policy, keys)?, SqlxStore::connect(&database).await?);

    let app = Router::new().route("/orders/", get(orders)).with_state(auth);
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("orders: http://{}/orders/", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

async fn orders(caller: Authed) -> Result<Json<Value>, Failure> {
    let username = caller.account().await?.username;
    Ok(Json(json!({"username": username, "session_id": caller.session.id, "orders": []})))
}
