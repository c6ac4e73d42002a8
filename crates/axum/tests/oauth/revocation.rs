//! `POST revoke` (RFC 7009).

use std::time::Duration;

use tegata::{
    Bounds, CustomClaims, Device, Lifetimes, SessionCheck, SessionStore, SystemRandomness, Tenant,
    TokenType,
};
use tegata_axum::Clients;

use crate::site::{Site, alice};

async fn revoke(site: &Site, clients: &Clients, token: &str, hint: &str) {
    let form = [("token", token), ("token_type_hint", hint)];
    let answer = site.post(&site.routes(clients), "/revoke", &form).await;
    assert_eq!((answer.status.as_u16(), &*answer.text), (200, ""));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn either_token_ends_the_session_whatever_the_hint_says() {
    for hint in ["", "access_token", "refresh_token", "nonsense"] {
        let site = Site::new();
        let clients = site.clients();
        let (first, second) = (site.log_in().await, site.log_in().await);
        revoke(&site, &clients, &first.access, hint).await;
        assert!(!site.knows(&first.access).await && !site.knows(&first.refresh).await);
        assert!(site.knows(&second.access).await);
        revoke(&site, &clients, &second.refresh, hint).await;
        assert!(!site.knows(&second.access).await);
        // Twice is no mistake.
        revoke(&site, &clients, &second.refresh, hint).await;
        revoke(&site, &clients, &second.access, hint).await;
    }
}

#[tokio::test]
async fn a_token_that_is_unknown_is_a_success_and_ends_nothing() {
    let site = Site::new();
    let pair = site.log_in().await;
    let foreign = Site::new().log_in().await;
    for token in ["x", "a.b.c", &foreign.access, &foreign.refresh] {
        revoke(&site, &site.clients(), token, "").await;
    }
    assert!(site.knows(&pair.access).await);
}

#[tokio::test]
async fn a_client_of_another_tenant_ends_nothing() {
    let site = Site::new();
    let evil = Clients::new([site.client().of_tenant(Tenant::new("evil").unwrap())]).unwrap();
    let pair = site.log_in().await;
    for token in [&pair.access, &pair.refresh] {
        revoke(&site, &evil, token, "").await;
    }
    assert!(site.knows(&pair.access).await);
}

#[tokio::test]
async fn a_sliding_token_ends_its_session_past_its_end_too() {
    let site = Site::new();
    let (engine, store, now) = (site.auth.engine(), site.auth.store(), site.auth.now());
    let lifetimes = Lifetimes { token: Duration::from_secs(1), refresh: Duration::from_hours(24) };
    let (random, device) = (SystemRandomness, Device::unknown());
    let (bounds, custom) = (Bounds::none(), CustomClaims::none());
    let login = now.minus(Duration::from_mins(5));
    let opened =
        engine.open_sliding(login, &random, &alice(), device, &bounds, &custom, lifetimes).unwrap();
    let (row, token) = (opened.row.unwrap(), opened.tokens.access_token);
    let id = row.session.id.clone();
    store.insert(row).await.unwrap();
    revoke(&site, &site.clients(), &token, "").await;
    assert!(store.load(&id).await.unwrap().unwrap().session.expired_at.is_some());
}

#[tokio::test]
async fn a_good_token_without_a_session_is_not_said_to_have_ended() {
    let site = Site::new();
    let (engine, now) = (site.auth.engine(), site.auth.now());
    let (kind, minute) = (TokenType::from_name("download").unwrap(), Duration::from_mins(1));
    let (random, device) = (SystemRandomness, Device::unknown());
    let draft = engine.draft(now, &random, &kind, minute.into(), None, device, None).unwrap();
    let token = engine.sign_draft(now, &kind, &draft.claims).unwrap();
    let answer = site.post(&site.routes(&site.clients()), "/revoke", &[("token", &token)]).await;
    assert_eq!(answer.refusal(), (400, "unsupported_token_type".to_owned()));
}

#[tokio::test]
async fn where_no_sessions_are_kept_no_token_can_be_ended() {
    let site = Site::with(|policy| policy.session_check = SessionCheck::Off);
    let pair = site.log_in_as(&alice(), None, None).await;
    for token in [&pair.access, &pair.refresh] {
        let answer = site.post(&site.routes(&site.clients()), "/revoke", &[("token", token)]).await;
        assert_eq!(answer.refusal(), (400, "unsupported_token_type".to_owned()));
    }
}
