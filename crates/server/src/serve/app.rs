//! Which routes there are, and what stands around all of them.

use axum::routing::get;
use axum::{Router, middleware};
use tegata_axum::DrainLayer;
use tower_http::catch_panic::CatchPanicLayer;

use super::{App, ServeError, answers, docs, health, hooks, metrics, pages, services};
use crate::demo;

/// All routes.
///
/// # Errors
/// [`ServeError`]: a hook or a client cannot be.
pub(crate) fn routes(app: &App) -> Result<Router, ServeError> {
    let mut router = Router::new().route("/healthz", get(health::healthz));
    if app.config.metrics {
        router = router.route("/metrics", get(metrics::metrics));
    }
    let mut router = router.with_state(app.clone());
    if app.config.docs {
        router = router.merge(docs::routes(app));
    }
    let auth = below(app.prefix(), app.auth.router());
    router =
        if app.config.demo { router.merge(demo::routes(app, auth)?) } else { router.merge(auth) };
    let router = router.merge(hooks::routes(app)?).merge(services::routes(app)?);
    Ok(around(app, router.layer(app.auth.vary())))
}

/// Routes below a path that begins and ends with a slash.
pub(super) fn below(prefix: &str, routes: Router) -> Router {
    match prefix.trim_end_matches('/') {
        "" => routes,
        path => Router::new().nest(path, routes),
    }
}

/// Bounds, answers and numbers around `routes`: the first below is the innermost.
pub(super) fn around(app: &App, routes: Router) -> Router {
    let limits = &app.limits;
    routes
        .fallback(answers::not_found)
        .layer(CatchPanicLayer::custom(answers::panicked))
        .layer(middleware::from_fn_with_state(limits.clone(), answers::refuse_unreadable))
        .layer(DrainLayer::new())
        .layer(middleware::from_fn_with_state(limits.clone(), answers::in_time))
        .layer(middleware::from_fn(answers::with_body))
        .layer(middleware::map_response(pages::secure))
        .layer(middleware::from_fn_with_state(app.clone(), metrics::observe))
}
