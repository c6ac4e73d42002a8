//! What a thief would have: the refresh token that the last refresh has replaced.
//!
//! No script of the page can read a token, so the server keeps the spent one for the button that
//! replays it, in a cookie of its own. No real site has any use for this.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tegata::cookie_token;
use tower::ServiceExt as _;

const REFRESH: &str = "/api/auth/refresh/";
const REPLAY: &str = "/api/auth/replay/";
const SPENT: &str = "demo_spent_token";

/// The auth routes with `POST auth/replay/`, a refresh by the token that the last one has replaced.
pub(super) fn with_replay(auth: Router, refresh_cookie: &str) -> Router {
    let name: Arc<str> = refresh_cookie.into();
    let kept = Arc::clone(&name);
    let auth = auth.layer(middleware::from_fn(move |request, next| {
        keep_spent(Arc::clone(&kept), request, next)
    }));
    let replayed = auth.clone();
    auth.route(REPLAY, post(move |request| replay(replayed, name, request)))
}

async fn keep_spent(name: Arc<str>, request: Request, next: Next) -> Response {
    let spent = match request.uri().path() {
        REFRESH => cookie_token(&cookies(request.headers()), &name).ok().map(str::to_owned),
        _ => None,
    };
    let mut response = next.run(request).await;
    if let (Some(spent), StatusCode::OK) = (spent, response.status()) {
        let cookie = format!("{SPENT}={spent}; HttpOnly; Path=/api/auth/; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}

async fn replay(auth: Router, name: Arc<str>, mut request: Request) -> Response {
    let header = cookies(request.headers());
    let spent = cookie_token(&header, SPENT).unwrap_or_default();
    let others = header.split("; ").filter(|pair| !pair.trim_start().starts_with(&*name));
    let header = others.map(str::to_owned).chain([format!("{name}={spent}")]);
    let header = header.filter(|pair| !pair.is_empty()).collect::<Vec<_>>().join("; ");
    if let Ok(header) = HeaderValue::try_from(header) {
        request.headers_mut().insert(COOKIE, header);
    }
    *request.uri_mut() = Uri::from_static(REFRESH);
    auth.oneshot(request).await.into_response()
}

fn cookies(headers: &HeaderMap) -> String {
    let headers = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    headers.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::header::{COOKIE, SET_COOKIE};
    use axum::http::{HeaderMap, Request};
    use axum::routing::post;
    use tower::ServiceExt as _;

    use super::{cookies, with_replay};

    #[tokio::test]
    async fn the_token_that_the_last_refresh_has_replaced_comes_again() {
        let refresh = post(|headers: HeaderMap| async move { cookies(&headers) });
        let auth = with_replay(Router::new().route("/api/auth/refresh/", refresh), "r");
        let request = |path: &str, cookie: &str| {
            Request::post(path).header(COOKIE, cookie).body(Body::empty()).expect("it is one")
        };
        let answer = auth.clone().oneshot(request("/api/auth/refresh/", "c=1; r=old")).await;
        let answer = answer.expect("it never fails");
        let kept = answer.headers()[SET_COOKIE].to_str().expect("text").to_owned();
        assert_eq!(kept, "demo_spent_token=old; HttpOnly; Path=/api/auth/; SameSite=Lax");

        let cookie = "c=1; r=new; demo_spent_token=old";
        let answer = auth.oneshot(request("/api/auth/replay/", cookie)).await.expect("never fails");
        let body = to_bytes(answer.into_body(), 1000).await.expect("it is short");
        assert_eq!(body, "c=1; demo_spent_token=old; r=old");
    }
}
