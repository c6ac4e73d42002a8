//! Keys that the checks share: those of the tests of `tegata-jose`.
#![allow(dead_code, reason = "each target uses its own part of this")]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tegata_jose::{Algorithm, Key, KeySet};

pub(crate) const SECRET: &[u8] =
    b"a secret for tests, of 64 bytes and more, as HMAC with SHA-512 asks for";

const RSA: &str = include_str!("../../crates/jose/tests/keys/rsa2048.jwk.json");
const P256: &str = include_str!("../../crates/jose/tests/keys/p256.jwk.json");
const P384: &str = include_str!("../../crates/jose/tests/keys/p384.jwk.json");
const P521: &str = include_str!("../../crates/jose/tests/keys/p521.jwk.json");
const SECP256K1: &str = include_str!("../../crates/jose/tests/keys/secp256k1.jwk.json");
const ED25519: &str = include_str!("../../crates/jose/tests/keys/ed25519.jwk.json");
const MLDSA44: &str = include_str!("../../crates/jose/tests/keys/mldsa44.jwk.json");
const MLDSA65: &str = include_str!("../../crates/jose/tests/keys/mldsa65.jwk.json");
const MLDSA87: &str = include_str!("../../crates/jose/tests/keys/mldsa87.jwk.json");

/// A key of every algorithm, the secrets without a `kid`.
pub(crate) static ALL: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::new(Algorithm::ALL.into_iter().map(key).collect()).unwrap());

fn key(algorithm: Algorithm) -> Key {
    let jwk = match algorithm {
        Algorithm::Es256 => P256,
        Algorithm::Es256k => SECP256K1,
        Algorithm::Es384 => P384,
        Algorithm::Es512 => P521,
        Algorithm::Ed25519 | Algorithm::EdDsa => ED25519,
        _ if algorithm.is_symmetric() => return Key::from_secret(SECRET, algorithm).unwrap(),
        // By name, since without the feature `ml-dsa` these are no values.
        _ => match algorithm.name() {
            "ML-DSA-44" => MLDSA44,
            "ML-DSA-65" => MLDSA65,
            "ML-DSA-87" => MLDSA87,
            _ => RSA,
        },
    };
    Key::from_jwk(jwk, Some(algorithm)).unwrap()
}

/// The secret for HS256, without a `kid`.
pub(crate) static HMAC: LazyLock<Key> = LazyLock::new(|| key(Algorithm::Hs256));

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
