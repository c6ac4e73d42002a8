//! The span of a request, for whoever follows requests by `tracing`.

use axum::extract::MatchedPath;
use axum::http::{Method, Request};
use tegata::{SessionId, UserId};
use tracing::field::{Empty, display};
use tracing::level_filters::LevelFilter;
use tracing::{Span, info_span};

/// A span with the method and the route of a request, and with empty fields for what is known later:
/// `user` and `session`, which this crate fills in once a token or a login has said whose request it
/// is, and `request_id`, `status` and `microseconds` for the host. Nothing else of a request is in it:
/// no path, query, header or body.
///
/// Have the `TraceLayer` of `tower-http` make it, in a layer of the
/// router, or instrument the handlers yourself:
///
/// ```
/// use axum::{Router, extract::Request, middleware::{Next, from_fn}, response::Response};
/// use tegata_axum::spans::request_span;
/// use tracing::Instrument as _;
///
/// async fn traced(request: Request, next: Next) -> Response {
///     let span = request_span(&request);
///     let response = next.run(request).instrument(span.clone()).await;
///     span.record("status", response.status().as_u16());
///     response
/// }
/// let app: Router = Router::new().layer(from_fn(traced));
/// ```
#[must_use]
pub fn request_span<B>(request: &Request<B>) -> Span {
    info_span!(
        "request",
        method = method_name(request.method()),
        route = route_of(request),
        request_id = Empty,
        status = Empty,
        microseconds = Empty,
        user = Empty,
        session = Empty,
    )
}

/// The route that answers, as it was written: `/sessions/{id}/`. All paths without one are
/// `unmatched`.
#[must_use]
pub fn route_of<B>(request: &Request<B>) -> &str {
    request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str)
}

/// The method, or `OTHER`: clients can make up any.
///
/// ```
/// use axum::http::Method;
/// use tegata_axum::spans::method_name;
///
/// assert_eq!(method_name(&Method::GET), "GET");
/// assert_eq!(method_name(&Method::from_bytes(b"BREW")?), "OTHER");
/// # Ok::<(), axum::http::method::InvalidMethod>(())
/// ```
#[must_use]
pub fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}

/// Says in the span of the request whose it is, if that has a place for it.
pub(crate) fn identify(user: &UserId, session: &SessionId) {
    // Where nobody listens there is no span to be looked for.
    if LevelFilter::current() >= LevelFilter::INFO {
        Span::current().record("user", display(user)).record("session", display(session));
    }
}
