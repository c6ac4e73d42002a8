//! The description of the API, and a page to try it on. All of its files are in the program.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::middleware;
use axum::response::Response;
use utoipa::openapi::{Info, OpenApi, Paths};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::App;
use crate::demo;

// Swagger writes styles into its page, and pictures as `data:`.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The page at `docs` and the document at `openapi.json`, beside the API.
pub(crate) fn routes(app: &App) -> Router {
    let (page, document) = if app.config.demo {
        ("/api/docs", "/api/openapi.json")
    } else {
        ("/docs", "/openapi.json")
    };
    let config = Config::new([document]).validator_url("none").persist_authorization(false);
    let page = SwaggerUi::new(page).config(config).url(document, description(app));
    Router::from(page).layer(middleware::map_response(with_policy))
}

fn description(app: &App) -> OpenApi {
    let title = if app.config.demo { "Tegata demo" } else { "Tegata" };
    let mut document = OpenApi::new(Info::new(title, env!("CARGO_PKG_VERSION")), Paths::new());
    if app.config.demo {
        document.merge(demo::description());
    }
    app.auth.document_gates(&mut document);
    document.merge(app.auth.openapi(app.prefix()));
    document
}

async fn with_policy(mut response: Response) -> Response {
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
