//! Compact JWS ([RFC 7515]) and JWK ([RFC 7517]): bytes in, verdict out.
//!
//! The crate opens nothing, reads no clock and follows no link in a token. A [`Key`] is made for
//! one [`Algorithm`] and verifies nothing else, so the `alg` of a token can only agree with the
//! key or be refused. Only a signature that verified yields a [`Verified`] payload.
//!
//! ```
//! use tegata_jose::{jws, jwt, Algorithm, Key, KeySet, Limits};
//!
//! let key = Key::generate(Algorithm::Es256)?;
//! let token = jws::sign(&key, Some("JWT"), br#"{"sub":"alice"}"#)?;
//!
//! let keys = KeySet::new(vec![key])?;
//! let verified = jwt::verify(&token, &keys, &Limits::default())?;
//! assert_eq!(verified.payload(), br#"{"sub":"alice"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [RFC 7515]: https://www.rfc-editor.org/rfc/rfc7515
//! [RFC 7517]: https://www.rfc-editor.org/rfc/rfc7517
#![forbid(unsafe_code)]

mod algorithm;
mod base64url;
mod error;
mod header;
mod json;
pub mod jws;
pub mod jwt;
mod key;
mod key_set;
mod timestamp;

pub use algorithm::Algorithm;
pub use error::{KeyError, TokenError};
pub use header::Header;
pub use json::check_object;
pub use jws::{Limits, Verified};
pub use key::Key;
pub use key_set::KeySet;
pub use timestamp::Timestamp;
