//! Sessions and users on SQLite and PostgreSQL, in Django's own tables.
//!
//! [`SqlxStore`] is the engine's [`tegata::SessionStore`] on a database, and knows the users too:
//! their names, their passwords in Django's forms, and whether they may log in. A Django site and
//! a Rust service on one database honour each other's logins, logouts and password changes, since
//! both write the same bytes: on SQLite a datetime is UTC text, a UUID 32 hex digits.
//!
//! ```
//! use tegata::{Algorithm, Bounds, CustomClaims, Device, Engine, Key, KeySet, Policy};
//! use tegata::{SystemRandomness, Timestamp, host};
//! use tegata_sqlx::{NewUser, SqlxStore};
//! # use tegata_sqlx::{Hasher, StoreOptions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
//! let engine = Engine::new(Policy::default(), keys)?;
//! # let hasher = Some(Hasher::Pbkdf2Sha256 { iterations: 1 });
//! # let options = StoreOptions { hasher, ..StoreOptions::default() };
//! # let store = SqlxStore::connect_with("sqlite::memory:", options).await?;
//! # stringify! {
//! let store = SqlxStore::connect("sqlite://auth.db").await?;
//! # };
//! let now = Timestamp::from_seconds(1_700_000_000);
//! store.create_user(NewUser::new("ada", "a long secret"), now).await?;
//!
//! let user = store.authenticate("ada", "a long secret").await?.expect("it is right");
//! let (device, bounds, custom) = (Device::unknown(), Bounds::none(), CustomClaims::none());
//! let random = SystemRandomness;
//! let tokens =
//!     host::log_in(&engine, &store, now, &random, &user, device, &bounds, &custom).await?;
//! let known = host::authenticate(&engine, &store, now, &tokens.access_token, None).await?;
//! assert_eq!(known.user, Some(user));
//! # Ok(())
//! # }
//! ```
//!
//! # What it is strict about
//! - Every change of state is one statement that commits by itself, but for a login with a session
//!   limit, a change of the password and an upgrade of its hash, each of which is one transaction.
//! - What it does not understand is a [`ConnectError`] at the start that names what and how to
//!   mend it: an unknown column, a newer version's table, times without their zone.
//! - A database that is locked, cut off, full or read-only is [`StoreError::Unavailable`], which
//!   hosts answer with 503.
//! - The time a login takes does not tell who has an account, and its hashing happens away from the
//!   threads that answer requests, few at a time.
#![forbid(unsafe_code)]

mod challenges;
mod data;
mod database;
mod error;
#[cfg(doctest)]
mod guides;
mod layout;
mod names;
mod options;
mod password;
mod purge;
mod row;
mod sessions;
mod statistics;
mod store;
mod survey;
mod time;
mod users;
mod value;

pub use challenges::{LoadedChallenge, OpenChallenge};
pub use data::python_json;
pub use error::{Outage, StoreError, StoreResult};
pub use layout::{ConnectError, Owner};
pub use options::{StoreOptions, UserTable};
pub use password::{HashError, Hasher};
pub use purge::Purge;
pub use statistics::Statistics;
pub use store::SqlxStore;
pub use survey::{ListedSession, SessionFilter};
pub use users::{CreateUserError, NewUser, User, normalized_username};
