//! A client that keeps what a browser would, and asks a router.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tegata::{Algorithm, CookieOptions, Engine, Key, KeySet, Policy, Transport};
use tegata_axum::{Auth, AuthBuilder, Authed, Failure, MemoryUsers};
use tower::ServiceExt as _;

pub(crate) const USER: &str = "ada";
pub(crate) const PASSWORD: &str = "a long secret";

pub(crate) fn engine(policy: Policy) -> Engine {
    let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa).unwrap()]).unwrap();
    Engine::new(policy, keys).unwrap()
}

pub(crate) fn users() -> MemoryUsers {
    let users = MemoryUsers::default();
    users.create(USER, PASSWORD).unwrap();
    users
}

pub(crate) fn builder() -> AuthBuilder<MemoryUsers> {
    Auth::builder(engine(Policy::default()), users())
}

/// For a site without TLS whose clients do as they like.
pub(crate) fn with_cookies() -> AuthBuilder<MemoryUsers> {
    builder().transport(Transport::Both).cookies(insecure())
}

pub(crate) fn insecure() -> CookieOptions {
    CookieOptions { secure: false, ..CookieOptions::default() }
}

pub(crate) fn app(auth: Auth<MemoryUsers>) -> Router {
    Router::new()
        .route("/profile/", get(profile))
        .route("/theme/", post(profile))
        .layer(auth.vary())
        .nest("/api/auth", auth.router())
        .with_state(auth)
}

async fn profile(caller: Authed) -> Result<Json<Value>, Failure> {
    let username = caller.account().await?.username;
    Ok(Json(json!({"username": username, "session_id": caller.session.id})))
}

pub(crate) struct Client {
    app: Router,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn set_cookies(&self) -> Vec<String> {
        let set = self.headers.get_all(SET_COOKIE).iter();
        set.map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub(crate) fn refuses(&self, status: u16, code: &str) {
        let body = self.json();
        assert_eq!(
            (self.status.as_u16(), body["error_code"].as_str()),
            (status, Some(code)),
            "{self:?}"
        );
        assert!(body["detail"].is_string());
        assert_eq!(body.as_object().unwrap().len(), 2);
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("www-authenticate").is_some(), status == 401, "{self:?}");
    }

    #[track_caller]
    pub(crate) fn is_done(&self) {
        assert_eq!((self.status, self.text.as_str()), (StatusCode::OK, ""));
        assert_eq!(self.header("cache-control"), Some("no-store"));
    }
}

impl Client {
    pub(crate) fn of(app: &Router) -> Self {
        let headers = vec![("user-agent".to_owned(), b"a browser".to_vec())];
        let (access, refresh) = (String::new(), String::new());
        Self { app: app.clone(), headers, cookies: BTreeMap::new(), access, refresh }
    }

    pub(crate) fn new() -> Self {
        Self::of(&app(builder().build().unwrap()))
    }

    pub(crate) fn another(&self) -> Self {
        Self::of(&self.app)
    }

    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &[u8])],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "site.test");
        for (name, value) in &self.headers {
            request = request.header(name, value.as_slice());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header(COOKIE, pairs.collect::<Vec<_>>().join("; "));
        }
        let request = request.body(body.into()).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let answer = Answer { status: parts.status, headers: parts.headers, text };
        for line in answer.set_cookies() {
            let (pair, attributes) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Answer {
        let json = [(CONTENT_TYPE.as_str(), b"application/json".as_slice())];
        self.send("POST", path, &json, body.to_string()).await
    }

    pub(crate) async fn post_text(&mut self, path: &str, media_type: &str, body: &[u8]) -> Answer {
        self.send("POST", path, &[("content-type", media_type.as_bytes())], body.to_vec()).await
    }

    pub(crate) async fn form(&mut self, path: &str, form: &str) -> Answer {
        self.post_text(path, "application/x-www-form-urlencoded", form.as_bytes()).await
    }

    /// With the access token in the header.
    pub(crate) async fn signed(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.access);
        let mut headers = vec![(AUTHORIZATION.as_str(), bearer.as_bytes())];
        if body.is_some() {
            headers.push((CONTENT_TYPE.as_str(), b"application/json"));
        }
        self.send(method, path, &headers, body.map(Value::to_string).unwrap_or_default()).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn profile(&mut self) -> Answer {
        self.signed("GET", "/profile/", None).await
    }

    pub(crate) async fn log_in(&mut self) {
        let answer = self.try_log_in(USER, PASSWORD).await;
        self.keep(&answer);
    }

    pub(crate) async fn try_log_in(&mut self, username: &str, password: &str) -> Answer {
        self.post("/api/auth/login/", &json!({"username": username, "password": password})).await
    }

    pub(crate) async fn try_refresh(&mut self) -> Answer {
        let body = json!({"refresh_token": self.refresh});
        let answer = self.post("/api/auth/refresh/", &body).await;
        if answer.status == StatusCode::OK {
            self.keep(&answer);
        }
        answer
    }

    #[track_caller]
    fn keep(&mut self, answer: &Answer) {
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().len(), 2);
        body["access_token"].as_str().unwrap().clone_into(&mut self.access);
        body["refresh_token"].as_str().unwrap().clone_into(&mut self.refresh);
    }

    /// As a page of the site, which has asked for a CSRF token.
    pub(crate) async fn open_page(&mut self) {
        let answer = self.get("/api/auth/csrf/").await;
        let token = answer.json()["csrf_token"].as_str().unwrap().to_owned();
        self.headers.push(("x-csrftoken".to_owned(), token.into_bytes()));
        self.headers.push(("origin".to_owned(), b"http://site.test".to_vec()));
    }
}
