//! The paths of the auth routes.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{delete, get, post};

use crate::finished::finished;
use crate::routes::call::{Call, Outcome, answer};
use crate::routes::{challenge, csrf, login, logout, password, refresh, sessions, token, verify};
use crate::{Auth, UserStore};

pub(crate) fn router<S: UserStore, T: Clone + Send + Sync + 'static>(auth: Auth<S>) -> Router<T> {
    Router::new()
        .route("/csrf/", get(route(1, csrf::csrf_token)))
        .route("/login/", post(route(1, login::log_in)))
        .route("/login/challenge/", post(route(2, challenge::answer_challenge)))
        .route("/refresh/", post(to_the_end(1, refresh::refresh)))
        .route("/sessions/", get(route(1, sessions::list_sessions)))
        .route("/sessions/{id}/", delete(to_the_end(2, sessions::end_session)))
        .route("/logout/", post(to_the_end(1, logout::log_out)))
        .route("/logout/all/", post(to_the_end(2, logout::log_out_all)))
        .route("/logout/others/", post(to_the_end(2, logout::log_out_others)))
        .route("/password/", post(route(1, password::change_password)))
        .route("/verify/", post(route(1, verify::verify)))
        .route("/token/", post(route(1, token::token)))
        .layer(map_response(no_store))
        .with_state(auth)
}

/// A handler for axum; `depth` is how many segments its path has below that of the router.
fn route<S: UserStore, F>(
    depth: usize,
    handler: impl Fn(Call<S>) -> F + Clone + Send + Sync + 'static,
) -> impl Fn(State<Auth<S>>, Request) -> Answering + Clone + Send + Sync + 'static
where
    F: Future<Output = Outcome> + Send + 'static,
{
    move |State(auth), request| Box::pin(answer(auth, request, depth, handler.clone()))
}

/// As [`route`], for one that ends sessions or finds a thief out: once it has begun, it is carried out
/// whether or not the client waits for the answer. A page that logs out may be closed at once.
fn to_the_end<S: UserStore, F>(
    depth: usize,
    handler: impl Fn(Call<S>) -> F + Clone + Send + Sync + 'static,
) -> impl Fn(State<Auth<S>>, Request) -> Answering + Clone + Send + Sync + 'static
where
    F: Future<Output = Outcome> + Send + 'static,
{
    route(depth, move |call| finished(handler(call)))
}

type Answering = std::pin::Pin<Box<dyn Future<Output = Response> + Send>>;

async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
