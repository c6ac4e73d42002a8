//! `POST introspect` (RFC 7662).

use serde_json::{Value, json};
use tegata::Tenant;
use tegata_axum::{Auth, Clients, IntrospectionRoute, MemoryUsers};

use crate::site::{Down, Site, alice, form_of, known_engine, send};

const INACTIVE: &str = r#"{"active":false}"#;

async fn ask(site: &Site, clients: &Clients, token: &str) -> Value {
    let answer = site.post(&site.routes(clients), "/introspect", &[("token", token)]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    assert!(json["active"] == true || answer.text == INACTIVE);
    json
}

#[tokio::test]
async fn a_good_access_token_is_active_until_its_session_ends() {
    let site = Site::new();
    let clients = site.clients();
    let pair = site.log_in_as(&alice(), None, Some("orders:read")).await;
    let told = ask(&site, &clients, &pair.access).await;
    assert_eq!(told["active"], true);
    assert_eq!((&told["sub"], &told["username"]), (&json!("1"), &json!("alice")));
    assert_eq!((&told["scope"], &told["token_type"]), (&json!("orders:read"), &json!("Bearer")));
    assert_eq!(told["iss"], "https://example.org");

    site.log_out(&pair).await;
    assert_eq!(ask(&site, &clients, &pair.access).await, json!({ "active": false }));
}

#[tokio::test]
async fn a_token_of_a_user_who_is_gone_or_inactive_is_not_active() {
    let site = Site::new();
    let clients = site.clients();
    let pair = site.log_in().await;
    let mut user = alice();
    user.is_active = false;
    site.auth.store().sessions().put_user(user);
    assert_eq!(ask(&site, &clients, &pair.access).await["active"], false);
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_not_active() {
    let (site, other) = (Site::new(), Site::new());
    let clients = site.clients();
    let foreign = other.log_in().await.access;
    let own = site.log_in().await.access;
    let (head, signature) = own.rsplit_once('.').unwrap();
    for token in [&foreign, "x", "a.b.c", head, &format!("{head}."), &format!("{own}{signature}")] {
        assert_eq!(ask(&site, &clients, token).await["active"], false);
    }
    let hinted = [("token", &*own), ("token_type_hint", "nonsense")];
    let answer = site.post(&site.routes(&clients), "/introspect", &hinted).await;
    assert_eq!(answer.json()["active"], true);
}

#[tokio::test]
async fn a_refresh_token_is_active_for_those_alone_who_are_registered_for_it() {
    let site = Site::new();
    let pair = site.log_in_as(&alice(), None, Some("orders:read")).await;
    assert_eq!(ask(&site, &site.clients(), &pair.refresh).await["active"], false);

    let clients = Clients::new([site.client().with_refresh_tokens()]).unwrap();
    let told = ask(&site, &clients, &pair.refresh).await;
    assert_eq!((&told["active"], &told["type"]), (&json!(true), &json!("refresh")));
    assert!(told.get("scope").is_none());
    // It was asked about, and not used.
    assert_eq!(ask(&site, &clients, &pair.refresh).await["active"], true);
}

#[tokio::test]
async fn a_token_of_another_tenant_is_not_active() {
    let site = Site::new();
    let acme = Clients::new([site.client().of_tenant(Tenant::new("acme").unwrap())]).unwrap();
    let [own, other] = ["acme", "evil"].map(Some);
    let own = site.log_in_as(&alice(), own, None).await;
    let other = site.log_in_as(&alice(), other, None).await;
    let none = site.log_in().await;
    assert_eq!(ask(&site, &acme, &own.access).await["tenant"], "acme");
    for token in [&other.access, &none.access] {
        assert_eq!(ask(&site, &acme, token).await["active"], false);
    }
    assert_eq!(ask(&site, &site.clients(), &own.access).await["active"], false);
}

#[tokio::test]
async fn a_database_that_cannot_answer_is_no_no() {
    let site = Site { auth: Auth::new(known_engine(), MemoryUsers::default()), ..Site::new() };
    let auth = Auth::new(known_engine(), Down);
    let pair = site.log_in().await;
    let routes = IntrospectionRoute::new(auth, site.clients()).router();
    let form = [
        ("token", &*pair.access),
        ("client_id", "orders-api"),
        ("client_secret", site.secret.expose()),
    ];
    let answer = send(&routes, form_of("/introspect", &form)).await;
    assert_eq!(answer.refusal(), (503, "temporarily_unavailable".to_owned()));
}
