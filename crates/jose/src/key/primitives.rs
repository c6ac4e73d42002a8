//! Project Wycheproof's vectors of the single primitives: their messages are no signing inputs of a
//! JWS, so what is asked is the key itself. `vectors/README.md` says where they are.

#[path = "../../tests/common/wycheproof.rs"]
mod wycheproof;

use serde_json::Value;

use super::Key;
use crate::{Algorithm, legacy};
use wycheproof::folder;

fn groups(file: &str) -> Vec<Value> {
    let Some(folder) = folder("wycheproof_primitives") else { return Vec::new() };
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let mut vectors: Value = serde_json::from_str(&text).unwrap();
    let Value::Array(groups) = vectors["testGroups"].take() else { panic!("{file}: no groups") };
    groups
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digits).collect()
}

/// Holds every test of `group` against `key`, and says how many were valid and how many not.
fn judge(key: &Key, group: &Value, signature: &str) -> (usize, usize) {
    let (mut valid, mut invalid) = (0, 0);
    for test in group["tests"].as_array().unwrap() {
        let is_valid = match test["result"].as_str().unwrap() {
            "valid" => true,
            "invalid" => false,
            // Left to the implementation.
            _ => continue,
        };
        let verifies = key.verifies(&bytes(&test["msg"]), &bytes(&test[signature]));
        assert_eq!(verifies, is_valid, "{} {}", test["tcId"], test["comment"]);
        *(if is_valid { &mut valid } else { &mut invalid }) += 1;
    }
    (valid, invalid)
}

fn signatures(file: &str, algorithm: Algorithm) {
    let mut total = (0, 0);
    let groups = groups(file);
    for group in &groups {
        let key = Key::from_pem(group["publicKeyPem"].as_str().unwrap(), algorithm).unwrap();
        let (valid, invalid) = judge(&key, group, "sig");
        total = (total.0 + valid, total.1 + invalid);
    }
    println!("{file}: {} valid, {} invalid", total.0, total.1);
    assert!(groups.is_empty() || (total.0 > 0 && total.1 > 0));
}

#[test]
fn ecdsa() {
    signatures("ecdsa_secp256r1_sha256_p1363_test.json", Algorithm::Es256);
    signatures("ecdsa_secp384r1_sha384_p1363_test.json", Algorithm::Es384);
    signatures("ecdsa_secp521r1_sha512_p1363_test.json", Algorithm::Es512);
}

#[test]
fn ed25519() {
    signatures("ed25519_test.json", Algorithm::EdDsa);
}

#[test]
fn rsa() {
    signatures("rsa_signature_2048_sha256_test.json", Algorithm::Rs256);
    signatures("rsa_pss_2048_sha256_mgf1_32_test.json", Algorithm::Ps256);
}

#[test]
fn hmac() {
    let mut whole = 0;
    for group in groups("hmac_sha256_test.json") {
        // JOSE has no tags cut short.
        if group["tagSize"] != 256 {
            continue;
        }
        for test in group["tests"].as_array().unwrap() {
            let key = legacy::from_secret(&bytes(&test["key"]), Algorithm::Hs256).unwrap();
            let alone = serde_json::json!({ "tests": [test] });
            let (valid, invalid) = judge(&key, &alone, "tag");
            whole += valid + invalid;
        }
    }
    println!("hmac_sha256_test.json: {whole} tags");
    assert!(whole > 0 || folder("wycheproof_primitives").is_none());
}
