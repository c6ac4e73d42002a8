//! What is logged, and what never is.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::client::{Client, PASSWORD, USER, app, builder};
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
