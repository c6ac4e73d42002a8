//! A header that verified once is known afterwards: that must never show but in the time it takes.

mod common;

use std::sync::Barrier;
use std::thread;

use common::{SECRET, forge, forge_with, private_key, secret_key, secret_keys, verify};
use tegata_jose::{Algorithm, Key, KeySet, Limits, TokenError, Verified, jws};

// More than the places that the cache has.
const MANY: usize = 9;

/// Headers of different bytes, all of them good under the secret.
fn headers() -> Vec<String> {
    (0..MANY)
        .map(|number| format!(r#"{{"alg":"HS256","typ":"t{number}","n":[[{number}]]}}"#))
        .collect()
}

fn forged(header: &str) -> String {
    forge_with(b"the secret of somebody else", header, "{}")
}

/// The answer to a token does not depend on what the set has seen: a set that saw nothing says the
/// same.
fn verify_as_if_new(token: &str, keys: &KeySet, limits: &Limits) -> Result<Verified, TokenError> {
    let verdict = jws::verify(token, keys, limits);
    let new = KeySet::new(keys.keys().to_vec()).unwrap();
    assert_eq!(verdict, jws::verify(token, &new, limits), "{token}");
    verdict
}

#[test]
fn a_bad_signature_teaches_nothing() {
    let (keys, limits) = (secret_keys(), Limits::default());
    for _ in 0..3 {
        for header in headers() {
            let refusal = verify_as_if_new(&forged(&header), &keys, &limits);
            assert_eq!(refusal, Err(TokenError::BadSignature));
        }
    }
    // Had the forged ones taken the places, these would be parsed anew each time; either way:
    for _ in 0..3 {
        for header in headers() {
            let verified = verify_as_if_new(&forge(&header, "{}"), &keys, &limits).unwrap();
            assert_eq!(**verified.header().as_json(), *header.as_bytes());
        }
    }
}

#[test]
fn a_known_header_makes_no_signature_good() {
    let (keys, limits) = (secret_keys(), Limits::default());
    for header in headers() {
        let token = forge(&header, "{}");
        let (signing_input, signature) = token.rsplit_once('.').unwrap();
        for _ in 0..2 {
            assert!(verify_as_if_new(&token, &keys, &limits).is_ok());
            for bad in [
                forged(&header),
                format!("{signing_input}."),
                format!("{signing_input}.{}", &signature[..signature.len() - 3]),
                format!("{signing_input}.{}", common::encode([0; 32])),
                token.replacen(".e30.", ".e31.", 1),
            ] {
                let refusal = verify_as_if_new(&bad, &keys, &limits);
                assert_eq!(refusal, Err(TokenError::BadSignature), "{bad}");
            }
        }
    }
}

#[test]
fn every_token_has_its_own_header_however_many_came_before() {
    let (keys, limits) = (secret_keys(), Limits::default());
    let tokens: Vec<_> = headers().iter().map(|header| forge(header, "{}")).collect();
    for round in 0..3 {
        for (number, token) in tokens.iter().enumerate() {
            let verified = verify_as_if_new(token, &keys, &limits).unwrap();
            let typ = format!("t{number}");
            assert_eq!(verified.header().typ.as_deref(), Some(typ.as_str()), "{round}");
        }
    }
}

#[test]
fn headers_that_begin_alike_are_told_apart() {
    let keys = secret_keys();
    for kid in [r#""kid":"a""#, r#""kid":"ab""#, r#""kid":"b""#, r#""typ":"a""#, r#""kid":"a" "#] {
        let header = format!(r#"{{"alg":"HS256",{kid}}}"#);
        let verified = verify_as_if_new(&forge(&header, "{}"), &keys, &Limits::default()).unwrap();
        assert_eq!(**verified.header().as_json(), *header.as_bytes());
    }
}

#[test]
fn a_stricter_depth_still_refuses_a_known_header() {
    let keys = secret_keys();
    // Two of the headers fit into three levels, one into one.
    for (header, depth) in [
        (r#"{"alg":"HS256"}"#, 1),
        (r#"{"alg":"HS256","x":[[1]]}"#, 3),
        (r#"{"alg":"HS256","x":{"y":[]}}"#, 3),
    ] {
        let token = forge(header, "{}");
        for max_depth in [16, 3, 16, 2, 1, 16, 0, 3, 100, 0] {
            let limits = Limits { max_depth, ..Limits::default() };
            let verdict = verify_as_if_new(&token, &keys, &limits).map(|_| ());
            let expected = if max_depth < depth { Err(TokenError::TooDeep) } else { Ok(()) };
            assert_eq!(verdict, expected, "{header} {max_depth}");
        }
    }
}

#[test]
fn a_shorter_limit_still_refuses_a_known_header() {
    let (keys, token) = (secret_keys(), forge(r#"{"alg":"HS256"}"#, "{}"));
    assert!(verify(&token, &keys).is_ok());
    let limits = Limits { max_token_length: token.len() - 1, ..Limits::default() };
    let refusal = verify_as_if_new(&token, &keys, &limits);
    assert_eq!(refusal, Err(TokenError::TooLong { limit: token.len() - 1 }));
}

#[test]
fn a_known_header_is_known_to_its_own_set_alone() {
    let token = jws::sign(&private_key(Algorithm::Es256), Some("JWT"), b"{}").unwrap();
    let own = KeySet::new(vec![private_key(Algorithm::Es256)]).unwrap();
    let other = KeySet::new(vec![Key::generate(Algorithm::Es256).unwrap()]).unwrap();
    for _ in 0..2 {
        assert!(verify(&token, &own).is_ok());
        assert_eq!(verify(&token, &other), Err(TokenError::UnknownKey));
    }
}

#[test]
fn a_payload_that_is_no_base64url_spoils_no_header() {
    let keys = secret_keys();
    let header = common::encode(r#"{"alg":"HS256"}"#);
    let signing_input = format!("{header}.AR");
    let signature = common::encode(common::hmac_sha256(SECRET, &signing_input));
    let bad = format!("{signing_input}.{signature}");
    for _ in 0..2 {
        assert!(matches!(verify(&bad, &keys), Err(TokenError::Malformed(_))));
        assert!(verify(&forge(r#"{"alg":"HS256"}"#, "{}"), &keys).is_ok());
    }
}

#[test]
fn many_threads_may_verify_at_once() {
    const THREADS: usize = 8;
    let all: Vec<_> = Algorithm::ALL.into_iter().map(private_key).collect();
    let keys = KeySet::new(all).unwrap();
    let cheap = keys.keys().iter().filter(|key| !matches!(key.algorithm().name(), "ES512"));
    let good: Vec<_> = cheap
        .flat_map(|key| ["JWT", "at+jwt"].map(|typ| (key.algorithm(), typ, key)))
        .map(|(algorithm, typ, key)| (algorithm, typ, jws::sign(key, Some(typ), b"{}").unwrap()))
        .collect();
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (keys, good, start) = (&keys, &good, &start);
            scope.spawn(move || {
                start.wait();
                for round in 0..6 {
                    for at in 0..good.len() {
                        let (algorithm, typ, token) = &good[(at + thread * 5) % good.len()];
                        let verified = verify(token, keys).unwrap();
                        assert_eq!(verified.header().alg, *algorithm);
                        assert_eq!(verified.header().typ.as_deref(), Some(*typ));
                        let bad = token.replacen(".e30.", ".e31.", 1);
                        assert_eq!(verify(&bad, keys), Err(TokenError::BadSignature), "{round}");
                    }
                }
            });
        }
    });
}

#[test]
fn a_key_may_sign_and_a_set_verify_in_many_threads_at_once() {
    let key = secret_key();
    let keys = KeySet::new(vec![key.clone()]).unwrap();
    thread::scope(|scope| {
        for thread in 0..8 {
            let (key, keys) = (&key, &keys);
            scope.spawn(move || {
                for number in 0..200 {
                    let typ = format!("t{}", (number * 7 + thread) % 6);
                    let payload = format!(r#"{{"n":{number}}}"#);
                    let token = jws::sign(key, Some(&typ), payload.as_bytes()).unwrap();
                    let verified = verify(&token, keys).unwrap();
                    assert_eq!(verified.header().typ.as_deref(), Some(typ.as_str()));
                    assert_eq!(verified.payload(), payload.as_bytes());
                }
            });
        }
    });
}
