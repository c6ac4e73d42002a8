//! What a page elsewhere, a stale browser and an impatient user come upon.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tegata::{CookieOptions, SameSite, Transport, UserState};
use tegata_axum::{Failure, LoginRequest, LoginStep, StepOutcome};
use utoipa::ToSchema;

use crate::client::{Client, PASSWORD, USER, app, builder, with_cookies};

async fn browser() -> Client {
    let mut ada = Client::of(&app(with_cookies().build().unwrap()));
    ada.open_page().await;
    assert_eq!(ada.try_log_in(USER, PASSWORD).await.status, StatusCode::OK);
    ada
}

#[tokio::test]
async fn a_handshake_of_a_page_elsewhere_is_not_let_in_by_a_cookie() {
    let mut ada = browser().await;
    ada.headers.clear();
    let upgrade = ("upgrade", b"websocket".as_slice());
    for origin in
        [Some("http://forgotten.site.test"), Some("https://evil.test"), Some("null"), None]
    {
        let origin = origin.map(|origin| ("origin", origin.as_bytes()));
        let headers: Vec<_> = [upgrade].into_iter().chain(origin).collect();
        ada.send("GET", "/profile/", &headers, "").await.refuses(403, "csrf_failed");
    }
    let own = [upgrade, ("origin", b"http://site.test".as_slice())];
    assert_eq!(ada.send("GET", "/profile/", &own, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_logout_with_one_good_cookie_of_two_ends_its_session() {
    let mut ada = browser().await;
    let access = ada.cookies["access_token"].clone();
    ada.cookies.insert("refresh_token".to_owned(), "no.to.ken".to_owned());
    ada.send("POST", "/api/auth/logout/", &[], "").await.is_done();
    ada.access = access;
    ada.profile().await.refuses(401, "session_expired");
}

#[tokio::test]
async fn the_csrf_cookie_goes_along_wherever_the_tokens_do() {
    let cookies = CookieOptions { same_site: SameSite::None, ..CookieOptions::default() };
    let auth = builder().transport(Transport::Cookie).cookies(cookies).https().build().unwrap();
    let page = Client::of(&app(auth)).get("/api/auth/csrf/").await;
    let [csrf] = &page.set_cookies()[..] else { panic!("{page:?}") };
    assert!(csrf.contains("SameSite=None") && csrf.contains("Secure"), "{csrf}");
}

#[derive(Clone, Default)]
struct Watching(Arc<Mutex<String>>);

#[derive(Deserialize, ToSchema)]
struct Nothing {}

impl LoginStep for Watching {
    type Answer = Nothing;

    fn name(&self) -> &'static str {
        "watching"
    }

    async fn begin(&self, request: &LoginRequest, _: &UserState) -> Result<StepOutcome, Failure> {
        *self.0.lock().unwrap() = format!("{request:?}");
        Ok(StepOutcome::Pass)
    }

    async fn complete(
        &self,
        _: &LoginRequest,
        _: &UserState,
        _: &Value,
        _: Nothing,
    ) -> Result<bool, Failure> {
        Ok(false)
    }
}

#[tokio::test]
async fn the_request_of_a_login_shows_no_token_in_a_log() {
    let seen = Watching::default();
    let auth = with_cookies().login_step(seen.clone()).build().unwrap();
    let mut ada = Client::of(&app(auth));
    let secret = b"Bearer the-secret".as_slice();
    let body = json!({"username": USER, "password": PASSWORD}).to_string();
    let headers = [
        ("authorization", secret),
        ("cookie", b"refresh_token=the-secret".as_slice()),
        ("content-type", b"application/json".as_slice()),
    ];
    let login = ada.send("POST", "/api/auth/login/", &headers, body).await;
    assert_eq!(login.status, StatusCode::OK);
    let shown = seen.0.lock().unwrap();
    assert!(shown.contains("LoginRequest") && !shown.contains("the-secret"), "{shown}");
}

#[tokio::test]
async fn logins_that_are_given_up_hold_nobody_up() {
    let address = |_: &axum::http::request::Parts| "203.0.113.7".parse().ok();
    let mut ada = Client::of(&app(builder().client_address(address).build().unwrap()));
    for _ in 0..5 {
        tokio::select! {
            biased;
            _ = ada.try_log_in(USER, PASSWORD) => panic!("a hash takes longer than this"),
            () = std::future::ready(()) => {}
        }
    }
    // While those are being checked, one is told to come back in a second.
    let checked = async {
        while ada.try_log_in(USER, PASSWORD).await.status == StatusCode::TOO_MANY_REQUESTS {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), checked).await.unwrap();
    ada.log_in().await;
}
