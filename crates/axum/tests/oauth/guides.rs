//! What docs/guides/introspection.md has people type, and what it says comes of it.

use std::env;
use std::path::Path;
use std::process::Stdio;

use axum::Router;
use serde_json::{Value, json};
use tegata_axum::WellKnown;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::site::{Pair, Site, alice};

const AUTH: &str = "https://auth.example.org";

/// The blocks of the guide in a language.
fn blocks(language: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/introspection.md");
    let page = std::fs::read_to_string(page).unwrap();
    let fence = format!("\n```{language}\n");
    let blocks = page.split(&fence).skip(1);
    blocks.map(|rest| rest.split_once("\n```\n").unwrap().0.to_owned()).collect()
}

/// Runs a block against the routes; `None` without curl, which is an error in CI.
async fn run(block: &str, address: &str, site: &Site, pair: &Pair) -> Option<String> {
    assert!(block.contains(AUTH), "{block}");
    let done = Command::new("sh")
        .args(["-c", &block.replace(AUTH, address)])
        .env("SECRET", site.secret.expose())
        .env("TOKEN", &pair.access)
        .env("no_proxy", "127.0.0.1")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    if done.status.code() == Some(127) {
        assert!(env::var_os("CI").is_none(), "curl is not installed");
        eprintln!("left out: curl is not installed");
        return None;
    }
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(String::from_utf8(done.stdout).unwrap())
}

#[tokio::test]
async fn every_command_does_as_told() {
    let site = Site::with(|policy| AUTH.clone_into(&mut policy.issuer));
    let pair = site.log_in_as(&alice(), None, Some("orders:read")).await;
    let well_known = WellKnown::new(site.auth.clone())
        .with_introspection("/oauth/introspect")
        .with_revocation("/oauth/revoke");
    let routes = Router::new().nest("/oauth", site.routes(&site.clients()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let routes = routes.merge(well_known.router());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });

    let commands = blocks("sh");
    let [metadata, ask, end] = &commands[..] else { panic!("{} commands", commands.len()) };
    let answers: Vec<Value> =
        blocks("json").iter().map(|block| serde_json::from_str(block).unwrap()).collect();
    let [expected, active] = &answers[..] else { panic!("{} answers", answers.len()) };

    let Some(told) = run(metadata, &address, &site, &pair).await else { return };
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), *expected);

    let told = run(ask, &address, &site, &pair).await.unwrap();
    let mut told: Value = serde_json::from_str(&told).unwrap();
    // They differ from one login to the next.
    for name in ["exp", "iat", "auth_time", "jti", "session_id"] {
        assert!(told[name] != Value::Null, "{name}");
        told[name] = active[name].clone();
    }
    assert_eq!(told, *active);

    assert_eq!(run(end, &address, &site, &pair).await.unwrap(), "");
    let told = run(ask, &address, &site, &pair).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), json!({ "active": false }));
}
