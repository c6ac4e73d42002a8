//! The OpenAPI document of the auth routes, and what guarded operations of a site say of their gate.
//!
//! [`Auth::openapi`] is a document to be merged into that of the site; [`Auth::document_gates`]
//! completes what the site's own operations say, by the security scheme that they name.
//!
//! ```
//! use tegata_axum::{Auth, Authed, MemoryUsers};
//! use utoipa::OpenApi;
//! # use tegata::{Algorithm, Engine, Key, KeySet, Policy};
//!
//! /// Says who asks.
//! #[utoipa::path(
//!     get,
//!     path = "/profile/",
//!     security(("JWTAuth" = [])),
//!     responses((status = 200, body = String))
//! )]
//! async fn profile(caller: Authed) -> String {
//!     caller.user.id.to_string()
//! }
//!
//! #[derive(OpenApi)]
//! #[openapi(paths(profile))]
//! struct Site;
//!
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
//! # let engine = Engine::new(Policy::default(), keys)?;
//! let auth = Auth::new(engine, MemoryUsers::default());
//! let mut document = Site::openapi();
//! auth.document_gates(&mut document);
//! document.merge(auth.openapi("/auth"));
//!
//! let document = serde_json::to_value(&document)?;
//! assert_eq!(document["paths"]["/auth/login/"]["post"]["operationId"], "log_in");
//! let refused = &document["paths"]["/profile/"]["get"]["responses"]["401"];
//! assert_eq!(
//!     refused["content"]["application/json"]["schema"]["$ref"],
//!     "#/components/schemas/GateRefusal"
//! );
//! # Ok(())
//! # }
//! # example().unwrap();
//! ```

mod bodies;
mod components;
mod draft;
mod gates;
mod operations;
mod refusals;
mod security;
pub(crate) mod shapes;

use utoipa::openapi::schema::ComponentsBuilder;
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder, Paths};

pub(crate) use components::Components;
pub use gates::GateRefusals;

use crate::{Auth, UserStore};

/// The name of the security scheme of guarded operations: a token in the header, or in the cookie
/// where that is the only way. The macro of `utoipa` wants it as a literal:
/// `security(("JWTAuth" = []))`.
pub const JWT_AUTH: &str = "JWTAuth";
/// That of the cookie, where tokens come in the header too.
pub const JWT_AUTH_COOKIE: &str = "JWTAuthCookie";

impl<S: UserStore> Auth<S> {
    /// The document of the auth routes below `prefix`, such as `/auth`, by the options of this site:
    /// paths, bodies, answers and security schemes.
    ///
    /// The prefix is the whole path, as clients know it: the form of Swagger posts to the `token/`
    /// below it. Merge the document into that of the site, rather than nesting it.
    ///
    /// ```
    /// # use tegata::{Algorithm, Engine, Key, KeySet, Policy};
    /// # use tegata_axum::{Auth, MemoryUsers};
    /// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa).unwrap()]).unwrap();
    /// # let engine = Engine::new(Policy::default(), keys).unwrap();
    /// # let auth = Auth::new(engine, MemoryUsers::default());
    /// let document = auth.openapi("/api/auth");
    /// assert!(document.paths.paths.contains_key("/api/auth/sessions/{session_id}/"));
    /// ```
    #[must_use]
    pub fn openapi(&self, prefix: &str) -> OpenApi {
        let prefix = prefix.trim_matches('/');
        let base = if prefix.is_empty() { "/".to_owned() } else { format!("/{prefix}/") };
        let options = &self.inner.options;

        let (mut components, mut paths) = (Components::default(), Paths::new());
        for route in operations::all(options, &mut components) {
            let path = format!("{base}{}", route.path);
            paths.add_path_operation(path, vec![route.method], route.operation);
        }
        let schemes = security::schemes(&options.site, &format!("{base}token/"));
        let components = ComponentsBuilder::new().schemas_from_iter(components.into_schemas());
        let components = schemes.into_iter().fold(components, |components, (name, scheme)| {
            components.security_scheme(name, scheme)
        });
        OpenApiBuilder::new()
            .info(Info::new("Tegata", env!("CARGO_PKG_VERSION")))
            .paths(paths)
            .components(Some(components.build()))
            .build()
    }

    /// Completes the operations of a document that ask for [`JWT_AUTH`], by the options of this
    /// site: with the other place where it takes tokens, and with the refusals of the gate. What an
    /// operation says itself of a status is left alone.
    ///
    /// It is for the site's own operations: call it before the auth routes are merged in, which say
    /// it already.
    pub fn document_gates(&self, document: &mut OpenApi) {
        gates::document(self.site(), document);
    }
}
