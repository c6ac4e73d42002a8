//! Which keys of a set are tried for a token, by its `kid` and its `alg`.

mod common;

use std::slice;

use common::{SECRETS, forge_with, verify};
use serde_json::json;
use tegata_jose::{Algorithm, Key, KeySet, TokenError, jws};

use Verdict::{Bad, Good, Mismatch, Unknown};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Bad,
    Mismatch,
    Unknown,
}

fn secret(byte: u8) -> [u8; 64] {
    [byte; 64]
}

/// A key under `kid` whose secret is `byte`, for HS256.
fn key(byte: u8, kid: Option<&str>) -> Key {
    key_for(Algorithm::Hs256, byte, kid)
}

fn key_for(algorithm: Algorithm, byte: u8, kid: Option<&str>) -> Key {
    Key::from_secret(&secret(byte), algorithm).unwrap().with_kid(kid.map(str::to_owned))
}

/// What a set says to a token of HS256 that names `kid` and was signed with the secret `byte`.
fn verdict(keys: &[Key], byte: u8, kid: Option<&str>) -> Verdict {
    let header = match kid {
        Some(kid) => json!({"alg": "HS256", "kid": kid}),
        None => json!({"alg": "HS256"}),
    };
    let token = forge_with(&secret(byte), header.to_string(), "{}");
    let set = KeySet::new(keys.to_vec()).unwrap();
    let verdict = verify(&token, &set);
    assert_eq!(verify(&token, &set), verdict, "a second time");
    match verdict {
        Ok(verified) => {
            assert_eq!(verified.header().kid.as_deref(), kid);
            Good
        }
        Err(TokenError::BadSignature) => Bad,
        Err(TokenError::AlgorithmMismatch) => Mismatch,
        Err(TokenError::UnknownKey) => Unknown,
        Err(other) => panic!("{other}"),
    }
}

/// The verdict does not hang on the order of two keys.
fn either_way(one: &Key, other: &Key, byte: u8, kid: Option<&str>) -> Verdict {
    let verdicts =
        [[one, other], [other, one]].map(|keys| verdict(&keys.map(Clone::clone), byte, kid));
    assert_eq!(verdicts[0], verdicts[1]);
    verdicts[0]
}

#[test]
fn a_named_key_is_tried_for_its_name_and_for_no_name() {
    let keys = [key(1, Some("a"))];
    for (byte, kid, expected) in [
        (1, Some("a"), Good),
        (2, Some("a"), Bad),
        (1, None, Good),
        (2, None, Bad),
        (1, Some("b"), Unknown),
        (1, Some(""), Unknown),
        (1, Some("A"), Unknown),
        (1, Some("a "), Unknown),
    ] {
        assert_eq!(verdict(&keys, byte, kid), expected, "{byte} {kid:?}");
    }
}

#[test]
fn a_nameless_key_is_tried_for_every_name_and_for_none() {
    let keys = [key(1, None)];
    for kid in [None, Some("a"), Some(""), Some("\u{0}")] {
        assert_eq!(verdict(&keys, 1, kid), Good, "{kid:?}");
        assert_eq!(verdict(&keys, 2, kid), Bad, "{kid:?}");
    }
}

#[test]
fn a_name_that_is_somebodys_rules_the_nameless_out() {
    let (named, nameless) = (key(1, Some("a")), key(2, None));
    for (byte, kid, expected) in [
        (1, Some("a"), Good),
        (2, Some("a"), Bad),
        (2, Some("b"), Good),
        (1, Some("b"), Bad),
        (1, None, Good),
        (2, None, Good),
        (3, None, Bad),
    ] {
        assert_eq!(either_way(&named, &nameless, byte, kid), expected, "{byte} {kid:?}");
    }
}

#[test]
fn the_empty_name_is_a_name() {
    let (empty, nameless) = (key(1, Some("")), key(2, None));
    assert_eq!(either_way(&empty, &nameless, 1, Some("")), Good);
    assert_eq!(either_way(&empty, &nameless, 2, Some("")), Bad);
    assert_eq!(either_way(&empty, &nameless, 2, None), Good);
}

#[test]
fn all_keys_of_one_name_are_tried() {
    let (one, other) = (key(1, Some("a")), key(2, Some("a")));
    for (byte, kid, expected) in [
        (1, Some("a"), Good),
        (2, Some("a"), Good),
        (3, Some("a"), Bad),
        (1, None, Good),
        (2, Some("b"), Unknown),
    ] {
        assert_eq!(either_way(&one, &other, byte, kid), expected, "{byte} {kid:?}");
    }
}

#[test]
fn one_key_may_stand_there_twice() {
    let twice = [key(1, Some("a")), key(1, Some("b")), key(1, Some("a"))];
    for kid in [Some("a"), Some("b"), None] {
        assert_eq!(verdict(&twice, 1, kid), Good);
        assert_eq!(verdict(&twice, 2, kid), Bad);
    }
}

#[test]
fn a_name_of_a_key_for_another_algorithm_is_a_mismatch() {
    let other = key_for(Algorithm::Hs512, 1, Some("a"));
    assert_eq!(verdict(slice::from_ref(&other), 1, Some("a")), Mismatch);
    assert_eq!(verdict(slice::from_ref(&other), 1, None), Unknown);
    assert_eq!(verdict(slice::from_ref(&other), 1, Some("b")), Unknown);
    // A nameless key does not step in for the one that is named.
    assert_eq!(either_way(&other, &key(1, None), 1, Some("a")), Mismatch);
    assert_eq!(either_way(&other, &key(1, None), 1, None), Good);
    // One of that name has the algorithm, and that one decides.
    assert_eq!(either_way(&other, &key(1, Some("a")), 1, Some("a")), Good);
    assert_eq!(either_way(&other, &key(2, Some("a")), 1, Some("a")), Bad);
}

#[test]
fn only_keys_of_the_tokens_algorithm_are_tried() {
    let set = |kid: Option<&str>| {
        let keys = SECRETS.map(|(algorithm, _)| key_for(algorithm, 1, kid));
        KeySet::new(keys.to_vec()).unwrap()
    };
    for kid in [None, Some("a")] {
        for (algorithm, _) in SECRETS {
            let token = jws::sign(&key_for(algorithm, 1, kid), None, b"{}").unwrap();
            assert_eq!(verify(&token, &set(kid)).unwrap().header().alg, algorithm);
            let others = set(kid)
                .keys()
                .iter()
                .filter(|key| key.algorithm() != algorithm)
                .cloned()
                .collect();
            let refusal = verify(&token, &KeySet::new(others).unwrap());
            let expected =
                if kid.is_some() { TokenError::AlgorithmMismatch } else { TokenError::UnknownKey };
            assert_eq!(refusal, Err(expected), "{algorithm}");
        }
    }
}

#[test]
fn the_right_key_is_found_among_many() {
    let keys: Vec<_> = (0..100).map(|byte| key(byte, Some(&format!("k{byte}")))).collect();
    for byte in [0, 1, 50, 99] {
        assert_eq!(verdict(&keys, byte, Some(&format!("k{byte}"))), Good);
        assert_eq!(
            verdict(&keys, byte, Some(&format!("k{}", byte + 1))),
            if byte == 99 { Unknown } else { Bad }
        );
        assert_eq!(verdict(&keys, byte, None), Good);
    }
    assert_eq!(verdict(&keys, 200, None), Bad);
}
