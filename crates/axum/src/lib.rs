//! JWT authentication with real sessions for axum.
//!
//! [`Auth`] is an engine over a store. [`Auth::router`] has the routes to log in, refresh, log out
//! and see one's sessions; [`Authed`] lets a request in by its access token and tells who it is.
//!
//! ```
//! use axum::routing::get;
//! use axum::{Json, Router};
//! use serde_json::{Value, json};
//! use tegata::{Algorithm, Engine, Key, KeySet, Policy};
//! use tegata_axum::{Auth, Authed, MemoryUsers};
//!
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
//! let engine = Engine::new(Policy::default(), keys)?;
//! let auth = Auth::new(engine, MemoryUsers::default());
//! let app: Router = Router::new()
//!     .route("/profile/", get(profile))
//!     .nest("/auth", auth.router())
//!     .with_state(auth);
//! # Ok(())
//! # }
//!
//! async fn profile(Authed { user, session, .. }: Authed) -> Json<Value> {
//!     Json(json!({ "user_id": user.id, "since": session.created_at }))
//! }
//! # example().unwrap();
//! ```
#![forbid(unsafe_code)]

mod auth;
mod authenticator;
pub mod bodies;
pub mod client_address;
mod clients;
mod clock;
mod cookies;
mod csrf;
mod current_engine;
mod device_name;
mod drain;
mod extract;
mod failure;
mod finished;
mod forward_auth;
mod gate;
mod guard;
#[cfg(doctest)]
mod guides;
mod introspection;
mod layer;
mod limits;
pub mod openapi;
mod options;
pub mod remote;
mod request;
mod revocation;
mod router;
mod routes;
pub mod session_cache;
pub mod spans;
mod steps;
pub mod throttle;
mod transport;
mod users;
mod well_known;

pub use auth::Auth;
pub use authenticator::{Authenticator, ByPassword};
pub use clients::{
    Client, ClientAttempt, ClientError, ClientSecret, ClientThrottle, Clients, SecretDigest,
    SecretDigestError, ThrottleFuture,
};
pub use drain::{DrainLayer, Drained};
pub use extract::{Authed, Caller, CarriesClaims, MaybeAuthed, NoClaims, Rule, Scoped};
pub use failure::Failure;
pub use forward_auth::ForwardAuth;
pub use guard::Guard;
pub use introspection::IntrospectionRoute;
pub use layer::{GuardLayer, Guarded, VaryLayer, Varying};
pub use options::{AuthBuilder, OptionError};
pub use request::LoginRequest;
pub use revocation::RevocationRoute;
pub use steps::{Ask, LoginStep, StepOutcome};
pub use users::{CreateUserError, MemoryUsers, PendingLogin, User, UserStore};
pub use well_known::WellKnown;
