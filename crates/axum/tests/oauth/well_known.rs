//! The public keys and the metadata of the issuer, as the Django face publishes them.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tegata::{Algorithm, Engine, Key, KeySet, MemoryStore, Policy};
use tegata_axum::{Auth, WellKnown};

use crate::site::{Answer, Site, engine, send};

const JWKS: &str = "/.well-known/jwks.json";
const METADATA: &str = "/.well-known/oauth-authorization-server";

async fn ask(routes: &Router, method: &str, path: &str, known: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(known) = known {
        request = request.header("if-none-match", known);
    }
    send(routes, request.body(Body::empty()).unwrap()).await
}

async fn get(routes: &Router, path: &str) -> Answer {
    ask(routes, "GET", path, None).await
}

fn of_issuer(issuer: &str) -> Router {
    let site = Site::with(|policy| issuer.clone_into(&mut policy.issuer));
    WellKnown::new(site.auth).router()
}

#[tokio::test]
async fn the_public_keys_and_no_private_ones() {
    let site = Site::new();
    let answer = get(&WellKnown::new(site.auth.clone()).router(), JWKS).await;
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    assert_eq!((keys.len(), &keys[0]["use"]), (1, &json!("sig")));
    assert!(keys[0].get("d").is_none());
    assert!(KeySet::from_jwks(&answer.text).is_ok());
}

#[tokio::test]
async fn a_secret_is_never_published() {
    let secret = Key::from_secret(b"a secret of no less than 32 bytes", Algorithm::Hs256).unwrap();
    let engine = Engine::new(Policy::default(), KeySet::new(vec![secret]).unwrap()).unwrap();
    let routes = WellKnown::new(Auth::new(engine, MemoryStore::default())).router();
    assert_eq!(get(&routes, JWKS).await.json(), json!({ "keys": [] }));
}

#[tokio::test]
async fn copies_may_be_kept_and_are_asked_for_by_their_tag() {
    let site = Site::new();
    let routes = WellKnown::new(site.auth.clone()).with_max_age(Duration::from_mins(10)).router();
    let first = get(&routes, JWKS).await;
    let tag = first.header("etag");
    for known in [tag, &format!("\"other\", W/{tag}"), "*"] {
        let again = ask(&routes, "GET", JWKS, Some(known)).await;
        assert_eq!((again.status.as_u16(), &*again.text), (304, ""), "{known}");
        assert_eq!(again.header("etag"), tag);
        assert_eq!(again.header("cache-control"), "public, max-age=600");
    }
    assert_eq!(ask(&routes, "GET", JWKS, Some("\"other\"")).await.status, 200);

    site.auth.replace_engine(engine(|_| ()));
    let changed = ask(&routes, "GET", JWKS, Some(tag)).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
}

#[tokio::test]
async fn get_and_head_and_nothing_else() {
    let routes = of_issuer("https://example.org");
    for path in [JWKS, METADATA] {
        let (got, asked) = (get(&routes, path).await, ask(&routes, "HEAD", path, None).await);
        assert_eq!((asked.status.as_u16(), &*asked.text), (200, ""));
        assert_eq!(asked.header("etag"), got.header("etag"));
        let refused = ask(&routes, "POST", path, None).await;
        assert_eq!((refused.status.as_u16(), refused.header("allow")), (405, "GET,HEAD"));
    }
}

#[tokio::test]
async fn the_metadata_names_what_is_there() {
    let site = Site::new();
    let answer = get(&WellKnown::new(site.auth.clone()).router(), METADATA).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.json(),
        json!({
            "issuer": "https://example.org",
            "jwks_uri": "https://example.org/.well-known/jwks.json",
            "grant_types_supported": [],
            "response_types_supported": [],
        })
    );

    let routes = WellKnown::new(site.auth)
        .with_token("/auth/token/")
        .with_introspection("/oauth/introspect")
        .with_revocation("/oauth/revoke")
        .with_scopes("read".parse().unwrap())
        .router();
    let metadata = get(&routes, METADATA).await.json();
    for (name, path) in [
        ("token_endpoint", "/auth/token/"),
        ("introspection_endpoint", "/oauth/introspect"),
        ("revocation_endpoint", "/oauth/revoke"),
    ] {
        assert_eq!(metadata[name], format!("https://example.org{path}"));
    }
    assert_eq!(metadata["scopes_supported"], json!(["read"]));
}

#[tokio::test]
async fn an_issuer_with_a_path_has_it_behind_the_well_known_one() {
    for (issuer, path) in [
        ("https://example.org/", ""),
        ("https://example.org/shop", "/shop"),
        ("https://example.org/shop/", "/shop"),
        ("https://example.org/a/b%20c", "/a/b%20c"),
    ] {
        let routes = of_issuer(issuer);
        assert_eq!(get(&routes, &format!("{METADATA}{path}")).await.json()["issuer"], issuer);
        for other in ["/other", &format!("{path}/more"), "/shop%2F..", "//", "/", "/%ff"] {
            assert_eq!(get(&routes, &format!("{METADATA}{other}")).await.status, 404, "{other}");
        }
        if !path.is_empty() {
            let said = get(&routes, METADATA).await;
            assert_eq!((said.status.as_u16(), said.header("cache-control")), (404, "no-store"));
            let detail = said.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(&format!("{METADATA}{path}")), "{detail}");
        }
    }
}

#[tokio::test]
async fn an_issuer_that_nobody_can_look_up_is_a_404_that_says_why() {
    for issuer in ["tegata", "http://example.org", "https://example.org/?a=b"] {
        let answer = get(&of_issuer(issuer), METADATA).await;
        assert_eq!(answer.status, 404);
        assert!(answer.json()["detail"].as_str().unwrap().contains("RFC 8414"), "{issuer}");
    }
}
