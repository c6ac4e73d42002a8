//! Tegata, its peers, and the bare operation, each asked for the same work.
//!
//! Reading a token means: the signature; `exp`, which must be there; `nbf`; `iat`; `iss`; `aud`;
//! then the claims as a [`Small`](crate::Small) or a [`Large`](crate::Large). Writing one means:
//! such claims in, the compact form out.

mod bare;
mod jsonwebtoken;
mod jwt_simple;
mod tegata;

use crate::{Algorithm, Material, Size};

pub use bare::sign;
pub use tegata::decode_to_payload;

/// One piece of work, prepared as far as the library lets its user prepare it; whether it was done.
pub type Call = Box<dyn Fn() -> bool + Send + Sync>;

/// One library.
pub struct Peer {
    /// Its name, in requests and columns.
    pub name: &'static str,
    /// Its crate, or the one that it measures.
    pub package: &'static str,
    /// What does its cryptography, and what else its times must be read with.
    pub note: &'static str,
    /// Prepares the writing of a token.
    pub encode: fn(&Material, Algorithm, Size) -> Call,
    /// Prepares the reading of a token.
    pub decode: fn(&Material, Algorithm, Size, String) -> Call,
}

/// Every library, and what bounds them all.
pub const PEERS: [Peer; 4] = [tegata::PEER, jsonwebtoken::PEER, jwt_simple::PEER, bare::PEER];
