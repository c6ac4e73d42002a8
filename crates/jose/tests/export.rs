//! Keys out, and in again.

mod common;

use serde_json::Value;
use tegata_jose::{Algorithm, Key, KeyError, KeySet, Limits, jws};

fn asymmetric() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_symmetric())
}

fn reads(key: &Key, token: &str) -> bool {
    let signer = Key::generate(key.algorithm()).unwrap();
    let keys = KeySet::new(vec![signer, key.clone()]).unwrap();
    jws::verify(token, &keys, &Limits::default()).is_ok()
}

fn parsed(jwk: &str) -> Value {
    serde_json::from_str(jwk).unwrap()
}

#[test]
fn every_key_comes_back_from_its_jwk() {
    for algorithm in Algorithm::ALL {
        let key = Key::generate(algorithm).unwrap();
        let again = Key::from_jwk(&key.to_jwk().unwrap(), Some(algorithm)).unwrap();
        assert!(again.can_sign(), "{algorithm}");
        assert_eq!(again.kid(), key.kid());
        assert!(reads(&key, &jws::sign(&again, None, b"{}").unwrap()), "{algorithm}");
    }
}

#[test]
fn every_pair_comes_back_from_its_pem() {
    for algorithm in asymmetric() {
        let key = Key::generate(algorithm).unwrap();
        let pem = key.to_pem().unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{algorithm}");
        let again = Key::from_pem(&pem, algorithm).unwrap();
        assert!(reads(&key, &jws::sign(&again, None, b"{}").unwrap()), "{algorithm}");
    }
}

#[test]
fn the_public_half_verifies_and_tells_nothing_more() {
    for algorithm in asymmetric() {
        let key = Key::generate(algorithm).unwrap();
        let public = key.public().unwrap();
        assert_eq!((public.kid(), public.can_sign()), (key.kid(), false));
        let token = jws::sign(&key, None, b"{}").unwrap();
        assert!(reads(&public, &token), "{algorithm}");

        let pem = public.to_pem().unwrap();
        assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        assert!(reads(&Key::from_pem(&pem, algorithm).unwrap(), &token), "{algorithm}");

        let jwk = parsed(&public.to_jwk().unwrap());
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "priv"] {
            assert_eq!(jwk.get(private), None, "{algorithm} {private}");
        }
        assert!(reads(&Key::from_jwk(&jwk.to_string(), Some(algorithm)).unwrap(), &token));
    }
}

#[test]
fn a_jwk_says_what_the_key_is_for() {
    for algorithm in Algorithm::ALL {
        let key = Key::generate(algorithm).unwrap();
        let jwk = parsed(&key.to_jwk().unwrap());
        assert_eq!(jwk["alg"], algorithm.name());
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk.get("kid").and_then(Value::as_str), key.kid());
        assert_eq!(jwk.get("k").is_some(), algorithm.is_symmetric());
    }
}

#[test]
fn a_kid_that_json_escapes_stays_what_it_is() {
    let mut jwk = parsed(&Key::generate(Algorithm::EdDsa).unwrap().to_jwk().unwrap());
    jwk["kid"] = "a \"key\"\n\\ of 手形".into();
    let key = Key::from_jwk(&jwk.to_string(), Some(Algorithm::EdDsa)).unwrap();
    assert_eq!(parsed(&key.to_jwk().unwrap()), jwk);
    assert_eq!(key.public().unwrap().kid(), key.kid());
}

#[test]
fn private_members_are_those_that_came_in() {
    for (name, algorithm) in
        [("rsa2048", Algorithm::Rs256), ("p256", Algorithm::Es256), ("ed25519", Algorithm::EdDsa)]
    {
        let jwk = common::jwk(&format!("{name}.jwk.json"));
        let key = Key::from_jwk(&jwk.to_string(), Some(algorithm)).unwrap();
        let out = parsed(&key.to_jwk().unwrap());
        for (member, value) in jwk.as_object().unwrap() {
            assert_eq!(out.get(member), Some(value), "{name} {member}");
        }
    }
}

#[test]
fn a_secret_has_no_public_half() {
    let secret = Key::from_secret(&[7; 64], Algorithm::Hs512).unwrap();
    assert_eq!(secret.public().unwrap_err(), KeyError::NoPublicPart);
    assert_eq!(secret.to_pem().unwrap_err(), KeyError::NoPublicPart);
    assert_eq!(secret.thumbprint().unwrap_err(), KeyError::NoPublicPart);
}

#[test]
fn a_thumbprint_is_that_of_the_public_half() {
    for algorithm in asymmetric() {
        let key = Key::generate(algorithm).unwrap();
        assert_eq!(key.thumbprint(), key.public().unwrap().thumbprint());
        assert_eq!(key.kid(), key.thumbprint().ok().as_deref());
    }
}
