//! How registered clients say who they are, and what everybody else is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tegata::SystemRandomness;
use tegata_axum::{Client, ClientAttempt, ClientSecret, ClientThrottle, Clients, ThrottleFuture};

use crate::site::{Site, form_of, send};

const PATHS: [&str; 2] = ["/introspect", "/revoke"];

fn told(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

fn with_header(path: &str, form: &[(&str, &str)], header: &str) -> Request<Body> {
    let mut request = form_of(path, form);
    request.headers_mut().append("authorization", header.parse().unwrap());
    request
}

#[tokio::test]
async fn by_basic_and_by_the_form() {
    let site = Site::new();
    let routes = site.routes(&site.clients());
    let secret = site.secret.expose();
    for path in PATHS {
        let in_form = [("token", "x"), ("client_id", "orders-api"), ("client_secret", secret)];
        assert_eq!(send(&routes, form_of(path, &in_form)).await.status, 200);
        for header in [
            basic("orders-api", secret),
            basic("orders%2Dapi", secret),
            basic("orders-api", secret).replace("Basic ", "BASIC  ").replace('=', ""),
        ] {
            let request = with_header(path, &[("token", "x")], &header);
            assert_eq!(send(&routes, request).await.status, 200, "{header}");
        }
        let named = [("token", "x"), ("client_id", "orders-api")];
        let request = with_header(path, &named, &basic("orders-api", secret));
        assert_eq!(send(&routes, request).await.status, 200);
    }
}

#[tokio::test]
async fn whether_a_client_or_its_secret_was_guessed_wrong_is_not_said() {
    let site = Site::new();
    let routes = site.routes(&site.clients());
    let other = ClientSecret::generate(&SystemRandomness).unwrap();
    let mut answers = Vec::new();
    for path in PATHS {
        for header in [
            basic("orders-api", other.expose()),
            basic("orders-api", ""),
            basic("nobody", other.expose()),
            basic("nobody", site.secret.expose()),
            basic("", ""),
            format!("Bearer {}", site.secret.expose()),
            "Basic".to_owned(),
            "Basic !".to_owned(),
            format!("Basic {}", STANDARD.encode("orders-api")),
            format!("Basic {}", STANDARD.encode(b"\xff:\xff")),
        ] {
            let answer = send(&routes, with_header(path, &[("token", "x")], &header)).await;
            assert_eq!(answer.refusal(), told(401, "invalid_client"), "{header}");
            assert!(answer.header("www-authenticate").starts_with("Basic realm="));
            answers.push(answer.text);
        }
        let named = [("token", "x"), ("client_id", "orders-api")];
        let answer = send(&routes, form_of(path, &named)).await;
        assert_eq!(answer.refusal(), told(401, "invalid_client"));
        answers.push(answer.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[tokio::test]
async fn a_client_that_says_in_two_ways_who_it_is() {
    let site = Site::new();
    let routes = site.routes(&site.clients());
    let secret = site.secret.expose();
    let header = basic("orders-api", secret);
    let twice = [("token", "x"), ("client_id", "orders-api"), ("client_secret", secret)];
    let other = [("token", "x"), ("client_id", "other")];
    for path in PATHS {
        for form in [&twice[..], &other[..]] {
            let answer = send(&routes, with_header(path, form, &header)).await;
            assert_eq!(answer.refusal(), told(400, "invalid_request"));
        }
        let mut request = with_header(path, &[("token", "x")], &header);
        request.headers_mut().append("authorization", header.parse().unwrap());
        assert_eq!(send(&routes, request).await.refusal(), told(400, "invalid_request"));
    }
}

#[tokio::test]
async fn a_parameter_twice_is_a_bad_request() {
    let site = Site::new();
    let routes = site.routes(&site.clients());
    for path in PATHS {
        for name in ["token", "client_id", "client_secret", "token_type_hint", "anything"] {
            let form = [("token", "x"), ("token_type_hint", "a"), ("anything", "b"), (name, "c")];
            let answer = site.post(&routes, path, &form).await;
            assert_eq!(answer.refusal(), told(400, "invalid_request"), "{name}");
        }
    }
}

#[tokio::test]
async fn a_token_in_an_address_is_refused_however_it_is_asked() {
    let site = Site::new();
    let routes = site.routes(&site.clients());
    let pair = site.log_in().await;
    let header = basic("orders-api", site.secret.expose());
    for path in PATHS {
        let address = format!("{path}?token={}", pair.access);
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
            let request = Request::builder().method(method).uri(&address);
            let request = request.header("authorization", &header).body(Body::empty()).unwrap();
            let answer = send(&routes, request).await;
            assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"), "{method}");
        }
        let answer = site.post(&routes, &address, &[("token", "x")]).await;
        assert_eq!(answer.refusal(), told(400, "invalid_request"));
    }
    assert!(site.knows(&pair.access).await);
}

#[tokio::test]
async fn what_is_no_form_is_a_bad_request() {
    let site = Site::new();
    let routes = site.routes(&site.clients());
    let header = basic("orders-api", site.secret.expose());
    for path in PATHS {
        for (media_type, body, status) in [
            ("application/json", r#"{"token": "x"}"#.to_owned(), 400),
            ("", "token=x".to_owned(), 400),
            ("application/x-www-form-urlencoded", String::new(), 400),
            ("application/x-www-form-urlencoded", "token=".to_owned(), 400),
            ("application/x-www-form-urlencoded", "token=%ff".to_owned(), 400),
            ("application/x-www-form-urlencoded", format!("token={}", "x".repeat(200_000)), 413),
        ] {
            let request = Request::post(path)
                .header("content-type", media_type)
                .header("authorization", &header)
                .body(Body::from(body))
                .unwrap();
            assert_eq!(send(&routes, request).await.refusal(), told(status, "invalid_request"));
        }
    }
}

#[tokio::test]
async fn while_a_secret_is_changed_the_old_one_and_the_new_one_are_good() {
    let site = Site::new();
    let new = ClientSecret::generate(&SystemRandomness).unwrap();
    let client = Client::new("orders-api", [new.digest(), site.secret.digest()]).unwrap();
    let routes = site.routes(&Clients::new([client]).unwrap());
    for secret in [&new, &site.secret] {
        let header = basic("orders-api", secret.expose());
        let request = with_header("/introspect", &[("token", "x")], &header);
        assert_eq!(send(&routes, request).await.status, 200);
    }
}

/// Lets two attempts at a time through.
struct Two(Arc<AtomicU32>);

impl ClientThrottle for Two {
    fn count<'a>(&'a self, attempt: ClientAttempt<'a>) -> ThrottleFuture<'a, Result<(), Duration>> {
        assert!(!attempt.client_id.is_empty());
        assert!(!format!("{attempt:?}").contains("authorization"), "{attempt:?}");
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { if count < 2 { Ok(()) } else { Err(Duration::from_millis(1500)) } })
    }

    fn give_back<'a>(&'a self, _: ClientAttempt<'a>) -> ThrottleFuture<'a, ()> {
        self.0.fetch_sub(1, Ordering::Relaxed);
        Box::pin(async {})
    }
}

#[tokio::test]
async fn guesses_are_slowed_down_and_right_ones_count_for_nothing() {
    let site = Site::new();
    let count = Arc::new(AtomicU32::new(0));
    let routes = site.routes(&site.clients().with_throttle(Two(Arc::clone(&count))));
    for _ in 0..5 {
        assert_eq!(site.post(&routes, "/introspect", &[("token", "x")]).await.status, 200);
    }
    let guess = || with_header("/introspect", &[("token", "x")], &basic("orders-api", "guess"));
    for _ in 0..2 {
        assert_eq!(send(&routes, guess()).await.refusal(), told(401, "invalid_client"));
    }
    let answer = send(&routes, guess()).await;
    assert_eq!(answer.refusal(), told(429, "rate_limited"));
    assert_eq!(answer.header("retry-after"), "2");
}
