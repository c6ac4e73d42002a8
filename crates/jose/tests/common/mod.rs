//! What several of the test files use.
#![allow(dead_code, reason = "each test file is a crate of its own and uses its own part of this")]

pub(crate) mod value;

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tegata_jose::{Algorithm, Key, KeyError, KeySet, Limits, TokenError, Verified, jwt};

/// Long enough for every HMAC, so that only the algorithm tells its keys apart.
pub(crate) const SECRET: &[u8] =
    b"a secret for tests, of 64 bytes and more, as HMAC with SHA-512 asks for";

/// The algorithms that take one key: another of them imports it just as well.
pub(crate) const FAMILIES: [(&str, &[Algorithm]); if cfg!(feature = "ml-dsa") { 9 } else { 6 }] = [
    (
        "rsa2048",
        &[
            Algorithm::Ps256,
            Algorithm::Ps384,
            Algorithm::Ps512,
            Algorithm::Rs256,
            Algorithm::Rs384,
            Algorithm::Rs512,
        ],
    ),
    ("p256", &[Algorithm::Es256]),
    ("p384", &[Algorithm::Es384]),
    ("p521", &[Algorithm::Es512]),
    ("secp256k1", &[Algorithm::Es256k]),
    ("ed25519", &[Algorithm::EdDsa, Algorithm::Ed25519]),
    #[cfg(feature = "ml-dsa")]
    ("mldsa44", &[Algorithm::MlDsa44]),
    #[cfg(feature = "ml-dsa")]
    ("mldsa65", &[Algorithm::MlDsa65]),
    #[cfg(feature = "ml-dsa")]
    ("mldsa87", &[Algorithm::MlDsa87]),
];

/// The algorithms that take a secret, and the least bytes of one.
pub(crate) const SECRETS: [(Algorithm, usize); 3] =
    [(Algorithm::Hs256, 32), (Algorithm::Hs384, 48), (Algorithm::Hs512, 64)];

pub(crate) fn secret_jwk() -> Value {
    json!({"kty": "oct", "k": encode(SECRET)})
}

pub(crate) fn is_unusable(key: Result<Key, KeyError>, asked_for: Algorithm) -> bool {
    key.is_err_and(
        |error| matches!(error, KeyError::Unusable { algorithm, .. } if algorithm == asked_for),
    )
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// A key of `tests/keys`, as text.
pub(crate) fn pem(name: &str) -> String {
    fs::read_to_string(fixture(name)).unwrap()
}

pub(crate) fn der(name: &str) -> Vec<u8> {
    fs::read(fixture(name)).unwrap()
}

pub(crate) fn jwk(name: &str) -> Value {
    serde_json::from_str(&pem(name)).unwrap()
}

/// The same JWK without its private members.
pub(crate) fn public_jwk(name: &str) -> Value {
    let mut jwk = jwk(name);
    let members = jwk.as_object_mut().unwrap();
    members
        .retain(|name, _| !["d", "p", "q", "dp", "dq", "qi", "k", "priv"].contains(&name.as_str()));
    jwk
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys").join(name)
}

/// A file of `vectors` at the root of the repository.
pub(crate) fn vectors(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn secret_key() -> Key {
    Key::from_secret(SECRET, Algorithm::Hs256).unwrap()
}

pub(crate) fn secret_keys() -> KeySet {
    KeySet::new(vec![secret_key()]).unwrap()
}

pub(crate) fn asymmetric() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_symmetric())
}

/// The name of the fixtures' key for `algorithm`. Those of one family share it.
pub(crate) fn key_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Ed25519 | Algorithm::EdDsa => "ed25519",
        Algorithm::Es256 => "p256",
        Algorithm::Es256k => "secp256k1",
        Algorithm::Es384 => "p384",
        Algorithm::Es512 => "p521",
        #[cfg(feature = "ml-dsa")]
        Algorithm::MlDsa44 => "mldsa44",
        #[cfg(feature = "ml-dsa")]
        Algorithm::MlDsa65 => "mldsa65",
        #[cfg(feature = "ml-dsa")]
        Algorithm::MlDsa87 => "mldsa87",
        Algorithm::Ps256
        | Algorithm::Ps384
        | Algorithm::Ps512
        | Algorithm::Rs256
        | Algorithm::Rs384
        | Algorithm::Rs512 => "rsa2048",
        _ => panic!("no key pair for {algorithm}"),
    }
}

/// The private key of the fixtures for `algorithm`, or the secret.
pub(crate) fn private_key(algorithm: Algorithm) -> Key {
    if algorithm.is_symmetric() {
        return Key::from_secret(SECRET, algorithm).unwrap();
    }
    Key::from_pem(&pem(&format!("{}.pkcs8.pem", key_name(algorithm))), algorithm).unwrap()
}

pub(crate) fn public_key(algorithm: Algorithm) -> Key {
    Key::from_pem(&pem(&format!("{}.spki.pem", key_name(algorithm))), algorithm).unwrap()
}

/// A set that verifies with `key`, public or not, and signs with a key that nothing here uses.
pub(crate) fn verifier(key: Key) -> KeySet {
    let unrelated = Key::from_secret(&[0xa5; 32], Algorithm::Hs256).unwrap();
    KeySet::new(vec![unrelated, key]).unwrap()
}

pub(crate) fn verify(token: &str, keys: &KeySet) -> Result<Verified, TokenError> {
    jwt::verify(token, keys, &Limits::default())
}

pub(crate) fn hmac_sha256(secret: &[u8], message: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes()).as_ref().to_vec()
}

/// A token that holds these very bytes and whose HMAC is right under `secret`.
pub(crate) fn forge_with(
    secret: &[u8],
    header: impl AsRef<[u8]>,
    payload: impl AsRef<[u8]>,
) -> String {
    let signing_input = format!("{}.{}", encode(header), encode(payload));
    let signature = encode(hmac_sha256(secret, &signing_input));
    format!("{signing_input}.{signature}")
}

/// A token that holds these very bytes and verifies under [`secret_keys`].
pub(crate) fn forge(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    forge_with(SECRET, header, payload)
}

/// The bytes inside the one PEM block of a fixture.
pub(crate) fn armoured(name: &str) -> Vec<u8> {
    let text = pem(name);
    let base64: String = text.lines().filter(|line| !line.contains("-----")).collect();
    STANDARD.decode(base64).unwrap()
}
