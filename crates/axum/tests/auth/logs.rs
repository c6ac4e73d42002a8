//! What is logged, and what never is.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tegata::{ChallengeToken, Policy, UserState};
use tegata_axum::{Auth, Failure, LoginRequest, LoginStep, StepOutcome, UserStore as _};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::client::{Client, PASSWORD, USER, app, builder, engine, users, with_cookies};
use crate::steps::Totp;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes down whatever it is shown, as somebody does who looks for a mistake.
struct Curious;

impl LoginStep for Curious {
    type Answer = Value;

    fn name(&self) -> &'static str {
        "curious"
    }

    async fn begin(
        &self,
        request: &LoginRequest,
        user: &UserState,
    ) -> Result<StepOutcome, Failure> {
        tracing::debug!(?request, ?user, "a login");
        Ok(StepOutcome::Pass)
    }

    async fn complete(
        &self,
        _: &LoginRequest,
        _: &UserState,
        _: &Value,
        _: Value,
    ) -> Result<bool, Failure> {
        Ok(false)
    }
}

#[tokio::test]
async fn what_steps_and_stores_are_shown_is_fit_for_a_log() {
    let log = Log::default();
    let writer = log.clone();
    let _guard = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("debug"))
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish()
        .set_default();

    let users = users();
    let auth = Auth::builder(engine(Policy::default()), users.clone());
    let app = app(auth.login_step(Curious).login_step(Totp("totp")).build().unwrap());
    let mut ada = Client::of(&app);
    ada.headers.push(("authorization".to_owned(), b"Bearer a-secret-of-a-header".to_vec()));
    ada.cookies.insert("refresh_token".to_owned(), "a-secret-of-a-cookie".to_owned());
    let body = json!({"username": USER, "password": PASSWORD});
    let asked = ada.post("/api/auth/login/?key=a-secret-of-a-query", &body).await.json();
    let token: ChallengeToken = asked["challenge_token"].as_str().unwrap().parse().unwrap();
    let pending = users.load_challenge(&token.id()).await.unwrap();
    tracing::debug!(?pending, "what waits");

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("a login request=LoginRequest { path: \"/login/\""), "{text}");
    assert!(text.contains("what waits pending=Some((PendingLogin {"), "{text}");
    assert!(!text.contains("a-secret") && !text.contains("123456"), "{text}");
}

#[tokio::test]
async fn who_sets_a_site_up_behind_a_proxy_finds_what_is_missing() {
    let log = Log::default();
    let writer = log.clone();
    let _guard = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("info"))
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish()
        .set_default();

    let mut ada = Client::of(&app(with_cookies().build().unwrap()));
    ada.open_page().await;
    ada.headers.last_mut().unwrap().1 = b"https://site.test".to_vec();
    ada.try_log_in(USER, PASSWORD).await.refuses(403, "csrf_failed");
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let told = "than this server's origin=\"https://site.test\" own=http://site.test";
    assert!(text.contains(told), "{text}");
}

#[tokio::test]
async fn the_log_tells_what_happened_and_no_secret() {
    let log = Log::default();
    let writer = log.clone();
    let _guard = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace"))
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish()
        .set_default();

    let mut careful = Client::of(&app(builder().login_step(Totp("totp")).build().unwrap()));
    let asked = careful.try_log_in(USER, PASSWORD).await.json();
    let challenge = asked["challenge_token"].as_str().unwrap();
    let body = json!({"challenge_token": challenge, "answer": {"code": "654321"}});
    careful.post("/api/auth/login/challenge/", &body).await.refuses(401, "invalid_credentials");

    let mut ada = Client::new();
    ada.log_in().await;
    let first = ada.refresh.clone();
    ada.try_refresh().await;
    ada.try_refresh().await;
    ada.refresh.clone_from(&first);
    ada.try_refresh().await.refuses(401, "token_reuse_detected");
    ada.profile().await.refuses(401, "session_expired");
    ada.try_log_in(USER, "a wrong secret").await.refuses(401, "invalid_credentials");

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for told in [
        "the address of a client is not known, so no limit by address holds",
        "a session is opened user=1 session=",
        "a session is refreshed user=1 session=",
        "a refresh token was used twice: its session is ended user=1 session=",
        "a login step asks user=1 step=\"totp\"",
        "a login step takes no answer user=1 step=\"totp\" code=\"invalid_credentials\"",
        "an auth route refuses code=\"invalid_credentials\"",
        "a request is not let in code=\"session_expired\"",
    ] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    // Of a token its beginning, which is the same in each of a kind.
    let (access, refresh) = (&ada.access[..30], &first[..30]);
    for secret in [PASSWORD, "a wrong secret", "{\"code\"", challenge, access, refresh] {
        assert!(!text.contains(secret), "{text}");
    }
}
