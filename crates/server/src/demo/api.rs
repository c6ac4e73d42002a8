//! The demo's own routes, all of them guarded.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tegata::{Place, Refusal, Timestamp, bearer_token, cookie_token};
use tegata_axum::{Authed, Failure, Guard};
use tegata_sqlx::SqlxStore;
use utoipa::{OpenApi, ToSchema};

use crate::config::ConfigError;
use crate::serve::App;

/// What a signed-in person may read about themselves.
#[derive(Serialize, ToSchema)]
struct ProfileOut {
    username: String,
    email: String,
    session_id: String,
}

/// From when until when a token is good, in seconds since 1970.
#[derive(Serialize, ToSchema)]
struct Life {
    iat: f64,
    exp: f64,
}

/// What is inside of the access token of a request, and how long a refresh is possible.
#[derive(Serialize, ToSchema)]
struct InsideOut {
    username: String,
    #[schema(value_type = Object)]
    header: Box<RawValue>,
    #[schema(value_type = Object)]
    claims: Box<RawValue>,
    encoded: String,
    refresh: Life,
    now: f64,
    theme: String,
}

/// The look of the page, asked for or stored.
#[derive(Deserialize, Serialize, ToSchema)]
struct ThemeBody {
    theme: Theme,
}

#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Theme {
    System,
    Light,
    Dark,
}

/// A fixed word and the session's id.
#[derive(Serialize, ToSchema)]
struct PingOut {
    ping: &'static str,
    session_id: String,
}

#[derive(OpenApi)]
#[openapi(paths(profile, inside, set_theme, ping))]
pub(super) struct Described;

#[derive(Clone)]
struct Demo {
    app: App,
    access_cookie: String,
}

impl axum::extract::FromRef<Demo> for Guard {
    fn from_ref(demo: &Demo) -> Self {
        demo.app.auth.guard()
    }
}

impl Demo {
    fn store(&self) -> &SqlxStore {
        self.app.rows()
    }
}

pub(super) fn routes(app: &App) -> Result<Router, ConfigError> {
    let access_cookie = app.cookies()?.access().name;
    Ok(Router::new()
        .route("/api/profile/", get(profile))
        .route("/api/inside/", get(inside))
        .route("/api/set-theme/", post(set_theme))
        .route("/api/ping/", get(ping))
        .layer(middleware::map_response(no_store))
        .with_state(Demo { app: app.clone(), access_cookie }))
}

async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[utoipa::path(
    get,
    path = "/api/profile/",
    tag = "demo",
    security(("JWTAuth" = [])),
    responses((status = 200, body = ProfileOut))
)]
async fn profile(authed: Authed) -> Result<Json<ProfileOut>, Failure> {
    let account = authed.account().await?;
    Ok(Json(ProfileOut {
        username: account.username,
        email: account.email.unwrap_or_default(),
        session_id: authed.session.id.to_string(),
    }))
}

#[utoipa::path(
    get,
    path = "/api/inside/",
    tag = "demo",
    security(("JWTAuth" = [])),
    responses((status = 200, body = InsideOut))
)]
async fn inside(
    State(demo): State<Demo>,
    headers: HeaderMap,
    authed: Authed,
) -> Result<Json<InsideOut>, Failure> {
    let (session, engine, now) = (&authed.session, demo.app.auth.engine(), demo.app.auth.now());
    // It was verified a moment ago, wherever it came.
    let token = token(&headers, &demo.access_cookie).ok_or(Failure::gate(Refusal::InvalidToken))?;
    let data = demo.store().session_data(&session.id).await;
    let (data, _) = data.map_err(Failure::of_store(Place::Gate))?.unwrap_or_default();
    let policy = engine.policy();
    let ends = session
        .minted_at
        .plus(policy.refresh_token_lifetime)
        .min(session.created_at.plus(policy.session_lifetime));
    let (signed, _) = token.rsplit_once('.').unwrap_or_default();
    let (header, _) = signed.split_once('.').unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    Ok(Json(InsideOut {
        username: authed.account().await?.username,
        header: json(&header),
        claims: json(authed.claims.payload()),
        encoded: format!("{signed}.…"),
        refresh: Life { iat: seconds(session.minted_at), exp: seconds(ends) },
        now: seconds(now),
        theme: data.get("theme").and_then(|theme| theme.as_str()).unwrap_or("system").to_owned(),
    }))
}

fn token(headers: &HeaderMap, cookie: &str) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Ok(token) = bearer_token(text(AUTHORIZATION)) {
        return Some(token.to_owned());
    }
    cookie_token(text(COOKIE)?, cookie).ok().map(str::to_owned)
}

fn json(bytes: &[u8]) -> Box<RawValue> {
    serde_json::from_slice(bytes).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

#[expect(clippy::cast_precision_loss, reason = "of this century")]
fn seconds(moment: Timestamp) -> f64 {
    moment.micros() as f64 / 1_000_000.0
}

#[utoipa::path(
    post,
    path = "/api/set-theme/",
    tag = "demo",
    security(("JWTAuth" = [])),
    request_body = ThemeBody,
    responses((status = 200, body = ThemeBody))
)]
async fn set_theme(
    State(demo): State<Demo>,
    authed: Authed,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if !kind.starts_with(b"application/json") {
        return Err(Failure::endpoint(Refusal::UnsupportedMediaType));
    }
    let body: ThemeBody =
        serde_json::from_slice(&body).map_err(|_| Failure::endpoint(Refusal::InvalidRequest))?;
    let (store, id) = (demo.store(), &authed.session.id);
    let failed = Failure::of_store(Place::Gate);
    let (mut data, _) = store.session_data(id).await.map_err(&failed)?.unwrap_or_default();
    let theme = serde_json::to_value(body.theme).unwrap_or_default();
    data.insert("theme".to_owned(), theme);
    store.set_session_data(id, &data, demo.app.auth.now()).await.map_err(&failed)?;
    Ok(Json(body).into_response())
}

#[utoipa::path(
    get,
    path = "/api/ping/",
    tag = "demo",
    security(("JWTAuth" = [])),
    responses((status = 200, body = PingOut))
)]
async fn ping(authed: Authed) -> Json<PingOut> {
    Json(PingOut { ping: "pong", session_id: authed.session.id.to_string() })
}
