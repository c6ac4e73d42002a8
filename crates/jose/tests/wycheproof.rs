//! The JOSE vectors of Project Wycheproof, which are not part of this repository: they are read
//! from the folder that `TEGATA_VECTORS` names, else from `../shared/vectors` beside the checkout.
//! Where they are missing a test says so and passes, or fails if `CI` is set.
//!
//! Of the vectors of single primitives only the keys are read here: their messages are not the
//! signing input of a compact JWS. `src/key/primitives.rs` holds their signatures against the keys.

mod common;
#[path = "common/wycheproof.rs"]
mod wycheproof;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::{asymmetric, key_name};
use serde_json::Value;
use tegata_jose::{Algorithm, Key, KeyError, KeySet, Limits, jws};
use wycheproof::folder;

const OTHER_ALG: &str = "the `alg` of the JWK is not that of the token (RFC 8725 section 3.1)";
const FOREIGN_LETTER: &str = "base64url with a letter outside its alphabet (RFC 7515 section 2)";
const MIXED_SET: &str = "keys of several types in one set: each verifies its own algorithm alone";
const SHARED_KID: &str = "two secrets of one `kid`: either may verify, as while one is exchanged";
const ROCA: &str = "a weakness in how the key was drawn, which its size and type do not show";
const PADDING_LOST: &str = "said to be padded, but the very token of case 357, which is valid";

/// Where the private JWK of a group is malformed: its `key_ops` are the one text `sign, verify`.
const KEY_OPS_IN_ONE_TEXT: (&str, u64) = ("json_web_signature_test.json", 349);

/// The cases whose verdict differs from Wycheproof's, by `tcId`, and why.
type Exceptions = BTreeMap<u64, &'static str>;

fn read(folder: &Path, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join(file)).unwrap()).unwrap()
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().unwrap()
}

/// How far an import went before it was refused: of many refusals the last one tells most.
fn progress(refusal: &KeyError) -> usize {
    let steps = ["use", "key_ops", "alg", "kty", "crv"];
    match refusal {
        KeyError::Jwk { member, .. } => {
            steps.iter().position(|step| step == member).unwrap_or(steps.len())
        }
        _ => steps.len() + 1,
    }
}

/// A JWK or a set of them under every algorithm that takes them, so that a token is refused only
/// if no choice of an algorithm makes it good; or why none takes them.
fn import(jwks: &Value) -> Result<KeySet, KeyError> {
    let jwks = jwks.get("keys").map_or(std::slice::from_ref(jwks), |_| list(jwks, "keys"));
    let imported = jwks.iter().flat_map(|jwk| {
        Algorithm::ALL.into_iter().map(|algorithm| Key::from_jwk(&jwk.to_string(), Some(algorithm)))
    });
    let (keys, refusals): (Vec<_>, Vec<_>) = imported.partition(Result::is_ok);
    if keys.is_empty() {
        let refusals = refusals.into_iter().filter_map(Result::err);
        return Err(refusals.max_by_key(progress).unwrap());
    }
    // A set signs with its first key, and these may be public.
    let unrelated = Key::from_secret(&[0xa5; 32], Algorithm::Hs256).unwrap();
    KeySet::new([unrelated].into_iter().chain(keys.into_iter().flatten()).collect())
}

fn verdict(jwks: &Value, token: &str) -> Result<(), String> {
    let keys = import(jwks).map_err(|refusal| format!("key: {refusal}"))?;
    let verified = jws::verify(token, &keys, &Limits::default());
    verified.map(drop).map_err(|refusal| format!("token: {refusal}"))
}

#[derive(Default)]
struct Report {
    run: u64,
    verified: u64,
    refused: BTreeMap<String, u64>,
    encrypted: u64,
    excepted: BTreeMap<&'static str, Vec<u64>>,
    wrong: Vec<String>,
}

impl Report {
    fn add(&mut self, file: &str, group: &Value, test: &Value, exceptions: &Exceptions) {
        self.run += 1;
        let id = test["tcId"].as_u64().unwrap();
        let encrypted = test.get("jwe");
        let token = encrypted.unwrap_or(&test["jws"]);
        // Some cases are objects: the JSON serialization.
        let token = token.as_str().map_or_else(|| token.to_string(), str::to_owned);

        let by_private = verdict(&group["private"], &token);
        let verdict = match group.get("public") {
            Some(public) => verdict(public, &token),
            None => by_private.clone(),
        };
        let differ = KEY_OPS_IN_ONE_TEXT == (file, id);
        if differ != (by_private.is_ok() != verdict.is_ok()) {
            self.wrong.push(format!("{id}: public {verdict:?}, private {by_private:?}"));
        }

        let valid = match test["result"].as_str().unwrap() {
            "valid" => true,
            "invalid" => false,
            other => panic!("{id}: {other}"),
        };
        let agrees = verdict.is_ok() == valid;
        match (exceptions.get(&id), verdict) {
            (_, verdict) if encrypted.is_some() => {
                // A good JWE is no JWS, so whatever Wycheproof says of it, here it is refused.
                self.encrypted += 1;
                if verdict.is_ok() {
                    self.wrong.push(format!("{id}: a JWE verified"));
                }
            }
            (Some(reason), _) if !agrees => self.excepted.entry(reason).or_default().push(id),
            (Some(reason), _) => {
                self.wrong.push(format!("{id}: no exception is needed any more for {reason}"));
            }
            (None, verdict) if !agrees => {
                self.wrong.push(format!("{id} ({}): {verdict:?}", test["comment"]));
            }
            (None, Ok(())) => self.verified += 1,
            (None, Err(reason)) => *self.refused.entry(reason).or_default() += 1,
        }
    }

    fn print(&self, file: &str) {
        let refused: u64 = self.refused.values().sum();
        let excepted: usize = self.excepted.values().map(Vec::len).sum();
        println!(
            "{file}: {} run, {} verified, {refused} refused, {} encrypted and refused, {excepted} \
             excepted",
            self.run, self.verified, self.encrypted
        );
        for (reason, count) in &self.refused {
            println!("  refused {count}, {reason}");
        }
        for (reason, ids) in &self.excepted {
            println!("  excepted {ids:?}, {reason}");
        }
    }
}

fn judge(file: &str, exceptions: &[(u64, &'static str)]) {
    let Some(folder) = folder("wycheproof") else { return };
    let vectors = read(&folder, file);
    let exceptions: Exceptions = exceptions.iter().copied().collect();
    let mut report = Report::default();
    for group in list(&vectors, "testGroups") {
        for test in list(group, "tests") {
            report.add(file, group, test, &exceptions);
        }
    }
    report.print(file);
    assert!(report.wrong.is_empty(), "{file}: {:#?}", report.wrong);
    assert_eq!(Some(report.run), vectors["numberOfTests"].as_u64());
    let mut met: Vec<u64> = report.excepted.into_values().flatten().collect();
    met.sort_unstable();
    assert!(met.iter().eq(exceptions.keys()), "{file}: of {exceptions:?} only {met:?} are there");
    assert!(report.verified > 0);
}

#[test]
fn json_web_signature() {
    judge(
        "json_web_signature_test.json",
        &[
            (346, OTHER_ALG),
            (347, OTHER_ALG),
            (350, OTHER_ALG),
            (351, OTHER_ALG),
            (367, PADDING_LOST),
            (370, PADDING_LOST),
            (372, FOREIGN_LETTER),
            (373, FOREIGN_LETTER),
        ],
    );
}

#[test]
fn json_web_key() {
    judge("json_web_key_test.json", &[(1, MIXED_SET), (4, SHARED_KID), (7, ROCA)]);
}

#[test]
fn json_web_crypto() {
    judge("json_web_crypto_test.json", &[(46, ROCA), (47, MIXED_SET)]);
}

#[test]
fn the_cases_whose_padding_is_lost_are_the_valid_one() {
    let Some(folder) = folder("wycheproof") else { return };
    let vectors = read(&folder, "json_web_signature_test.json");
    let token = |id: u64| {
        let tests = list(&vectors, "testGroups").iter().flat_map(|group| list(group, "tests"));
        let found = tests.into_iter().find(|test| test["tcId"] == id).unwrap();
        found["jws"].as_str().unwrap().to_owned()
    };
    assert_eq!((token(367), token(370)), (token(357), token(357)));
}

// So it is the `alg` of the JWK that was against them, and nothing else.
#[test]
fn the_excepted_tokens_verify_without_the_alg_of_the_jwk() {
    let Some(folder) = folder("wycheproof") else { return };
    let vectors = read(&folder, "json_web_signature_test.json");
    let mut met = 0;
    for group in list(&vectors, "testGroups") {
        for test in list(group, "tests") {
            if [346, 347, 350, 351].contains(&test["tcId"].as_u64().unwrap()) {
                let mut jwk = group["public"].clone();
                jwk.as_object_mut().unwrap().remove("alg").unwrap();
                assert_eq!(verdict(&jwk, test["jws"].as_str().unwrap()), Ok(()));
                met += 1;
            }
        }
    }
    assert_eq!(met, 4);
}

#[test]
fn the_keys_of_the_primitives() {
    let Some(folder) = folder("wycheproof_primitives") else { return };
    for (file, own) in [
        ("ecdsa_secp256r1_sha256_p1363_test.json", Algorithm::Es256),
        ("ecdsa_secp384r1_sha384_p1363_test.json", Algorithm::Es384),
        ("ecdsa_secp521r1_sha512_p1363_test.json", Algorithm::Es512),
        ("ed25519_test.json", Algorithm::EdDsa),
        ("rsa_pss_2048_sha256_mgf1_32_test.json", Algorithm::Ps256),
        ("rsa_signature_2048_sha256_test.json", Algorithm::Rs256),
    ] {
        let vectors = read(&folder, file);
        let groups = list(&vectors, "testGroups");
        let mut jwks = 0;
        for group in groups {
            let pem = group["publicKeyPem"].as_str().unwrap();
            let key = Key::from_pem(pem, own).unwrap();
            for other in asymmetric() {
                let takes = key_name(other) == key_name(own);
                assert_eq!(Key::from_pem(pem, other).is_ok(), takes, "{file} {other}");
            }
            if let Some(jwk) = group.get("publicKeyJwk").or(group.get("keyJwk")) {
                jwks += 1;
                let mut jwk = jwk.clone();
                jwk.as_object_mut().unwrap().remove("kid").unwrap();
                let again = Key::from_jwk(&jwk.to_string(), Some(own)).unwrap();
                assert_eq!(again.kid(), key.kid(), "{file}");
            }
        }
        println!("{file}: {} keys as PEM, {jwks} as JWK", groups.len());
        assert!(jwks > 0, "{file}");
    }
}

#[test]
fn the_secrets_of_the_primitives() {
    let Some(folder) = folder("wycheproof_primitives") else { return };
    let vectors = read(&folder, "hmac_sha256_test.json");
    let (mut taken, mut short) = (0, 0);
    for test in list(&vectors, "testGroups").iter().flat_map(|group| list(group, "tests")) {
        let hex = test["key"].as_str().unwrap();
        let raw: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();
        let (algorithm, least, actual) = (Algorithm::Hs256, 32, raw.len());
        match Key::from_secret(&raw, algorithm) {
            Ok(_) if actual >= least => taken += 1,
            Err(refusal) if actual < least => {
                assert_eq!(refusal, KeyError::ShortSecret { algorithm, least, actual });
                short += 1;
            }
            other => panic!("{} bytes: {other:?}", raw.len()),
        }
    }
    println!("hmac_sha256_test.json: {taken} secrets taken, {short} too short");
    assert!(taken > 0 && short > 0);
}
