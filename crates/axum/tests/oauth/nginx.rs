//! The guide's configuration of nginx, in a real one: who passes, and what the service is told.

use axum::extract::Request;
use axum::{Json, Router};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use tegata::{BrowserGuard, CookieOptions, Cookies, Transport};
use tegata_axum::ForwardAuth;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::proxy::Nginx;
use crate::site::{Pair, Site, alice};

const APP: &str = "https://app.example.org";

struct Stage {
    site: Site,
    auth_server: JoinHandle<()>,
    nginx: Nginx,
    client: Client,
}

async fn serve(routes: Router) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() }))
}

/// A service that says what it was sent.
async fn echo(request: Request) -> Json<Value> {
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))));
    let headers: Map<String, Value> = headers.collect();
    Json(json!({ "path": request.uri().to_string(), "headers": headers }))
}

impl Stage {
    async fn set() -> Option<Self> {
        let site = Site::new();
        let cookies = Cookies::new(CookieOptions::default()).unwrap();
        let guard = BrowserGuard::new([APP.parse().unwrap()]);
        let routes =
            ForwardAuth::new(site.auth.clone()).with_cookies(Transport::Both, &cookies, guard);
        let (auth, auth_server) = serve(routes.router()).await;
        let (service, _) = serve(Router::new().fallback(echo)).await;
        let nginx = Nginx::start(auth, service)?;
        let client = Client::builder().no_proxy().build().unwrap();
        Some(Self { site, auth_server, nginx, client })
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("http://{}{path}", self.nginx.address))
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("http://{}{path}", self.nginx.address))
    }

    fn session(&self, pair: &Pair) -> String {
        let engine = self.site.auth.engine();
        let claims = engine.read_access(self.site.auth.now(), &pair.access, None).unwrap();
        claims.session_id().as_str().to_owned()
    }
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

/// What the service was sent.
async fn seen(request: RequestBuilder) -> Value {
    let response = send(request).await;
    assert_eq!(response.status(), 200);
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

async fn status(request: RequestBuilder) -> u16 {
    send(request).await.status().as_u16()
}

fn cookie(pair: &Pair) -> String {
    format!("__Host-access_token={}", pair.access)
}

#[tokio::test]
async fn a_known_user_reaches_the_service_which_is_told_who_it_is() {
    let Some(stage) = Stage::set().await else { return };
    let pair = stage.site.log_in_as(&alice(), Some("acme"), None).await;
    // Of a tenant, and the guide's site has none.
    assert_eq!(status(stage.get("/").bearer_auth(&pair.access)).await, 401);

    let pair = stage.site.log_in_as(&alice(), None, Some("orders:read")).await;
    for request in [stage.get("/a?scope=b&c"), stage.post("/a?scope=b&c").body("a body")] {
        let seen = seen(request.bearer_auth(&pair.access)).await;
        assert_eq!(seen["path"], "/a?scope=b&c");
        assert_eq!(seen["headers"]["x-auth-user"], "1");
        assert_eq!(seen["headers"]["x-auth-session"], stage.session(&pair));
        assert_eq!(seen["headers"]["x-auth-scope"], "orders:read");
        assert_eq!(seen["headers"].get("x-auth-tenant"), None);
        assert_eq!(seen["headers"].get("x-original-method"), None);
    }
}

#[tokio::test]
async fn what_a_client_says_about_itself_never_reaches_the_service() {
    let Some(stage) = Stage::set().await else { return };
    let pair = stage.site.log_in().await;
    let mut request = stage.get("/").bearer_auth(&pair.access);
    for name in ["User", "Session", "Scope", "Tenant"] {
        for header in [format!("X-Auth-{name}"), format!("x-auth-{name}"), format!("X_Auth_{name}")]
        {
            request = request.header(header, "forged");
        }
    }
    let seen = seen(request).await;
    assert!(!seen.to_string().contains("forged"), "{seen}");
    assert_eq!(seen["headers"]["x-auth-user"], "1");

    // Nor does it let anybody in, or make an error of the server.
    assert_eq!(status(stage.get("/").header("X-Auth-User", "1")).await, 401);
    assert_eq!(status(stage.get("/").header("X-Auth-Require", "nonsense")).await, 403);
}

#[tokio::test]
async fn without_a_good_token_nobody_passes() {
    let Some(stage) = Stage::set().await else { return };
    let response = send(stage.get("/")).await;
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    assert_eq!(status(stage.get("/").bearer_auth("x")).await, 401);
    assert_eq!(status(stage.get("/_verify")).await, 404);

    let pair = stage.site.log_in().await;
    assert_eq!(status(stage.get("/").bearer_auth(&pair.refresh)).await, 401);
    assert_eq!(status(stage.get("/").bearer_auth(&pair.access)).await, 200);
    stage.site.log_out(&pair).await;
    let response = send(stage.get("/").bearer_auth(&pair.access)).await;
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
}

#[tokio::test]
async fn a_location_that_asks_for_a_scope() {
    let Some(stage) = Stage::set().await else { return };
    let plain = stage.site.log_in_as(&alice(), None, Some("orders:read")).await;
    let covering = stage.site.log_in_as(&alice(), None, Some("reports:read")).await;
    assert_eq!(status(stage.get("/reports/1").bearer_auth(&plain.access)).await, 403);
    // The client's own query is none of the proxy's.
    let address = "/reports/1?scope=orders:read&max_age=1";
    assert_eq!(status(stage.get(address).bearer_auth(&plain.access)).await, 403);
    let seen = seen(stage.get(address).bearer_auth(&covering.access)).await;
    assert_eq!(seen["headers"]["x-auth-scope"], "reports:read");
}

#[tokio::test]
async fn by_cookie_a_page_of_the_site_may_act_and_no_other() {
    let Some(stage) = Stage::set().await else { return };
    let pair = stage.site.log_in().await;
    let cookie = cookie(&pair);
    assert_eq!(seen(stage.get("/").header("cookie", &cookie)).await["headers"]["x-auth-user"], "1");
    let post = || stage.post("/").header("cookie", &cookie);
    assert_eq!(status(post().header("origin", APP)).await, 200);
    assert_eq!(status(post().header("origin", "https://evil.example")).await, 403);
    assert_eq!(status(post()).await, 403);
    for name in ["x-original-method", "x-forwarded-method"] {
        assert_eq!(status(post().header(name, "GET")).await, 403);
    }
    let handshake = stage.get("/").header("cookie", &cookie).header("sec-websocket-key", "x");
    assert_eq!(status(handshake).await, 403);
    stage.site.log_out(&pair).await;
    assert_eq!(status(stage.get("/").header("cookie", &cookie)).await, 401);
}

#[tokio::test]
async fn while_the_auth_server_is_down_nobody_passes() {
    let Some(mut stage) = Stage::set().await else { return };
    let pair = stage.site.log_in().await;
    assert_eq!(status(stage.get("/").bearer_auth(&pair.access)).await, 200);
    stage.auth_server.abort();
    assert!((&mut stage.auth_server).await.unwrap_err().is_cancelled());
    assert_eq!(status(stage.get("/").bearer_auth(&pair.access)).await, 500);
}
