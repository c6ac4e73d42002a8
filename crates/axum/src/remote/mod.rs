//! Tokens from elsewhere: of other issuers, verified by the keys that they publish.
//!
//! Nothing is fetched before the first token comes. A set of keys is fresh for as long as its
//! answer says, and then one fetch gets the next one, however many requests need it. While an
//! issuer is down, the last good set stays in use, and there are growing pauses between the
//! attempts. A token that names an unknown key has the set fetched anew, but not often.
//!
//! A fetch fails if it is not HTTPS, is redirected, answers with another status than 200, takes too
//! long or is too large, or brings anything but a set of public keys; and so does one of metadata
//! that is not exactly this issuer's. What a token's header says about where its key is (`jku`,
//! `x5u`, `jwk`) is never looked at.

mod address;
mod cache;
mod discovery;
mod extract;
mod freshness;
mod http;
mod issuer;
mod issuers;
mod options;
mod source;

pub use address::AddressError;
pub use discovery::Discovery;
pub use extract::External;
pub use issuer::{KeySource, KeysUnavailable, RemoteIssuer, RemoteIssuerError, RemoteUnread};
pub use issuers::{RemoteIssuers, RemoteIssuersError};
pub use options::{Clock, Configure, FetchOptions};
