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
//! # Features
//!
//! `ml-dsa`, off by default: the post-quantum algorithms ML-DSA-44, ML-DSA-65 and ML-DSA-87 of FIPS 204
//! under the names and key type of [RFC 9964], as further values of [`Algorithm`]. Their tokens are
//! long, 3 to 6 KiB of signature alone; see [`Limits::max_token_length`].
//!
//! [RFC 7515]: https://www.rfc-editor.org/rfc/rfc7515
//! [RFC 7517]: https://www.rfc-editor.org/rfc/rfc7517
//! [RFC 9964]: https://www.rfc-editor.org/rfc/rfc9964
#![forbid(unsafe_code)]

mod algorithm;
mod base64url;
mod claims;
mod error;
mod header;
mod header_cache;
mod header_segments;
mod json;
mod jwks;
pub mod jws;
pub mod jwt;
mod key;
mod key_set;
mod timestamp;

pub use algorithm::Algorithm;
pub use claims::{ClaimError, RegisteredClaims, Rule, Times, Validation};
pub use error::{JwtError, KeyError, TokenError};
pub use header::Header;
pub use json::{Sink, check_object, read_members, read_object, write_text};
pub use jws::{Limits, SignError, Verified};
pub use jwt::EncodeError;
pub use key::{Key, legacy};
pub use key_set::KeySet;
pub use timestamp::Timestamp;
