//! ML-DSA (FIPS 204) as RFC 9964 has it, beyond what the tests of every algorithm say of it.
#![cfg(feature = "ml-dsa")]

mod common;

use aws_lc_rs::encoding::AsRawBytes;
use aws_lc_rs::signature::{
    ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm,
};
use common::{
    armoured, decode, encode, is_unusable, jwk, key_name, pem, private_key, public_jwk, public_key,
    verifier, verify,
};
use serde_json::{Value, json};
use tegata_jose::{Algorithm, Key, KeyError, KeySet, Limits, TokenError, jws, legacy};

/// Each with the bytes of a public key and of a signature (FIPS 204 section 4, table 2).
const SIZES: [(Algorithm, usize, usize); 3] = [
    (Algorithm::MlDsa44, 1_312, 2_420),
    (Algorithm::MlDsa65, 1_952, 3_309),
    (Algorithm::MlDsa87, 2_592, 4_627),
];
const ALL: [Algorithm; 3] = [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87];

fn private_jwk(algorithm: Algorithm) -> Value {
    jwk(&format!("{}.jwk.json", key_name(algorithm)))
}

fn from_jwk(jwk: &Value) -> Result<Key, KeyError> {
    Key::from_jwk(&jwk.to_string(), None)
}

fn means(algorithm: Algorithm) -> &'static PqdsaSigningAlgorithm {
    match algorithm {
        Algorithm::MlDsa44 => &ML_DSA_44_SIGNING,
        Algorithm::MlDsa65 => &ML_DSA_65_SIGNING,
        _ => &ML_DSA_87_SIGNING,
    }
}

#[test]
fn the_sizes_are_those_of_fips_204_and_fit_the_default_limit() {
    for (algorithm, public, signature) in SIZES {
        let key = Key::generate(algorithm).unwrap();
        let jwk: Value = serde_json::from_str(&key.to_jwk().unwrap()).unwrap();
        assert_eq!(decode(jwk["pub"].as_str().unwrap()).len(), public, "{algorithm}");
        assert_eq!(decode(jwk["priv"].as_str().unwrap()).len(), 32, "{algorithm}");

        let token = jws::sign(&key, Some("JWT"), &[b' '; 1_300]).unwrap();
        let (_, text) = token.rsplit_once('.').unwrap();
        assert_eq!(decode(text).len(), signature, "{algorithm}");
        let keys = KeySet::new(vec![key]).unwrap();
        assert!(jws::verify(&token, &keys, &Limits::default()).is_ok(), "{algorithm}");
    }
}

#[test]
fn a_jwk_has_the_members_of_rfc_9964_and_no_others() {
    for algorithm in ALL {
        let key = private_key(algorithm);
        let given = private_jwk(algorithm);
        for (key, names) in [
            (&key, &["alg", "kid", "kty", "priv", "pub", "use"][..]),
            (&key.public().unwrap(), &["alg", "kid", "kty", "pub", "use"]),
        ] {
            let written: Value = serde_json::from_str(&key.to_jwk().unwrap()).unwrap();
            let mut members: Vec<_> = written.as_object().unwrap().keys().cloned().collect();
            members.sort();
            assert_eq!(members, names, "{algorithm}");
            for member in ["alg", "kty", "pub"] {
                assert_eq!(written[member], given[member], "{algorithm} {member}");
            }
            let again = from_jwk(&written).unwrap();
            assert_eq!((again.kid(), again.can_sign()), (key.kid(), key.can_sign()));
            assert_eq!(again.to_der(), key.to_der(), "{algorithm}");
        }
        let written: Value = serde_json::from_str(&key.to_jwk().unwrap()).unwrap();
        assert_eq!(written["priv"], given["priv"]);
    }
}

// OpenSSL wrote the fixtures.
#[test]
fn pem_is_that_of_another_library() {
    for algorithm in ALL {
        let name = key_name(algorithm);
        let (private, public) = (private_key(algorithm), public_key(algorithm));
        assert_eq!(*private.to_pem().unwrap(), pem(&format!("{name}.pkcs8.pem")));
        assert_eq!(*public.to_pem().unwrap(), pem(&format!("{name}.spki.pem")));
        assert_eq!(*private.public().unwrap().to_pem().unwrap(), *public.to_pem().unwrap());
        assert_eq!(private.thumbprint().unwrap(), pem(&format!("{name}.thumbprint")).trim_end());
    }
}

// Section 3: nothing else says what the key is for, so even a caller who knows it is not enough.
#[test]
fn alg_is_mandatory() {
    for algorithm in ALL {
        for mut jwk in
            [private_jwk(algorithm), public_jwk(&format!("{}.jwk.json", key_name(algorithm)))]
        {
            jwk.as_object_mut().unwrap().remove("alg").unwrap();
            let missing = KeyError::Jwk { member: "alg", problem: "is missing" };
            assert_eq!(from_jwk(&jwk).unwrap_err(), missing);
            let asked = Key::from_jwk(&jwk.to_string(), Some(algorithm)).unwrap_err();
            assert_eq!(asked, missing, "{algorithm}");
            for unknown in ["ML-DSA", "ml-dsa-44", "ML-DSA-44-ES256", "FN-DSA-512"] {
                jwk["alg"] = json!(unknown);
                let refusal = from_jwk(&jwk).unwrap_err();
                assert_eq!(refusal, KeyError::UnsupportedJwk { member: "alg" }, "{unknown}");
            }
        }
    }
}

#[test]
fn a_jwk_of_another_algorithm_or_type_is_refused() {
    for own in ALL {
        let mut jwk = private_jwk(own);
        for other in Algorithm::ALL.into_iter().filter(|other| *other != own) {
            jwk["alg"] = json!(other.name());
            let member = if ALL.contains(&other) { "pub" } else { "kty" };
            let refusal = from_jwk(&jwk).unwrap_err();
            assert!(matches!(refusal, KeyError::Jwk { member: named, .. } if named == member));
        }
        jwk["alg"] = json!(own.name());
        for kty in ["OKP", "EC", "RSA", "oct"] {
            jwk["kty"] = json!(kty);
            let refusal = Key::from_jwk(&jwk.to_string(), Some(own)).unwrap_err();
            assert!(matches!(refusal, KeyError::Jwk { member: "kty", .. }), "{refusal}");
        }
    }
}

#[test]
fn keys_of_a_wrong_length_are_refused() {
    let problem = "has not the length that its algorithm asks for";
    for algorithm in ALL {
        let plain = private_jwk(algorithm);
        let expanded = PqdsaKeyPair::from_seed(means(algorithm), &[7; 32]).unwrap();
        let expanded = expanded.private_key().as_raw_bytes().unwrap();
        for (member, wrong) in [
            ("pub", vec![1; 32]),
            ("pub", vec![1; 1_311]),
            ("pub", vec![1; 2_593]),
            ("priv", vec![1; 31]),
            ("priv", vec![1; 33]),
            ("priv", vec![1; 64]),
            // Section 4: the seed alone, and not what it expands to.
            ("priv", expanded.as_ref().to_vec()),
        ] {
            let mut jwk = plain.clone();
            jwk[member] = json!(encode(wrong));
            assert_eq!(from_jwk(&jwk).unwrap_err(), KeyError::Jwk { member, problem });
        }
        for (member, problem) in [("pub", "is missing"), ("pub", "is not base64url")] {
            let mut jwk = plain.clone();
            jwk[member] = json!("not base64url");
            if problem == "is missing" {
                jwk.as_object_mut().unwrap().remove(member);
            }
            assert_eq!(from_jwk(&jwk).unwrap_err(), KeyError::Jwk { member, problem });
        }
    }
}

#[test]
fn a_seed_of_another_public_key_is_refused() {
    for algorithm in ALL {
        let other = Key::generate(algorithm).unwrap();
        let other: Value = serde_json::from_str(&other.to_jwk().unwrap()).unwrap();
        for member in ["pub", "priv"] {
            let mut jwk = private_jwk(algorithm);
            jwk[member] = other[member].clone();
            assert!(is_unusable(from_jwk(&jwk), algorithm), "{algorithm} {member}");
        }
    }
}

#[test]
fn any_changed_bit_of_a_signature_is_refused() {
    for algorithm in ALL {
        let keys = verifier(public_key(algorithm));
        let token = jws::sign(&private_key(algorithm), None, b"{}").unwrap();
        assert!(verify(&token, &keys).is_ok());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = decode(signature);
        // Challenge, response and hint, each at both of its ends and between.
        let last = signature.len() - 1;
        for at in
            (0..signature.len()).step_by(97).chain([1, 31, 32, 63, 64, last - 90, last - 1, last])
        {
            for bit in [0, 7] {
                let mut changed = signature.clone();
                changed[at] ^= 1 << bit;
                let token = format!("{signed}.{}", encode(changed));
                assert_eq!(verify(&token, &keys), Err(TokenError::BadSignature), "{at} {bit}");
            }
        }
    }
}

// Hedged (FIPS 204 section 3.4), as the library signs.
#[test]
fn two_signatures_of_one_message_differ_and_verify() {
    for algorithm in ALL {
        let key = private_key(algorithm);
        let [one, other] = [(); 2].map(|()| jws::sign(&key, None, b"{}").unwrap());
        assert_ne!(one, other, "{algorithm}");
        let keys = verifier(public_key(algorithm));
        assert!([one, other].iter().all(|token| verify(token, &keys).is_ok()));
    }
}

#[test]
fn the_three_are_kept_apart() {
    for own in ALL {
        let key = private_key(own).with_kid(None);
        let token = jws::sign(&key, None, b"{}").unwrap();
        for other in ALL.into_iter().filter(|other| *other != own) {
            let foreign = public_key(other).with_kid(None);
            assert_eq!(verify(&token, &verifier(foreign)), Err(TokenError::UnknownKey));
            // Under the other's name, too, with a signature of a length that is not the other's.
            let (_, signature) = token.rsplit_once('.').unwrap();
            let header = encode(json!({"alg": other.name()}).to_string());
            let renamed = format!("{header}.{}.{signature}", encode("{}"));
            let keys = KeySet::new(vec![key.clone(), public_key(other)]).unwrap();
            assert_eq!(verify(&renamed, &keys), Err(TokenError::BadSignature), "{own} {other}");

            for form in ["pkcs8", "spki"] {
                let name = format!("{}.{form}.pem", key_name(own));
                assert!(is_unusable(Key::from_pem(&pem(&name), other), other), "{name} {other}");
                assert!(is_unusable(Key::from_der(&armoured(&name), other), other));
            }
        }
    }
}

#[test]
fn what_is_needed_is_said() {
    let refusal = Key::from_pem(&pem("p256.pkcs8.pem"), Algorithm::MlDsa65).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "not a usable key for ML-DSA-65, which needs an ML-DSA-65 key, with its seed if it is private"
    );
    let refusal = Key::from_secret(&[7; 64], Algorithm::MlDsa44).unwrap_err();
    assert!(matches!(refusal, KeyError::Unusable { algorithm: Algorithm::MlDsa44, .. }));
}

/// One element of DER with a length in two bytes, or in one for the short.
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    match length {
        [0, short @ ..0x80] => [&[tag, short], contents].concat(),
        [0, long] => [&[tag, 0x81, long], contents].concat(),
        [high, low] => [&[tag, 0x82, high, low], contents].concat(),
    }
}

/// PKCS#8 around `private_key`, its identifier taken from the fixture of `algorithm`.
fn pkcs8(algorithm: Algorithm, private_key: &[u8]) -> Vec<u8> {
    let fixture = armoured(&format!("{}.pkcs8.pem", key_name(algorithm)));
    // Behind the two bytes of the sequence: the version and the identifier.
    element(0x30, &[&fixture[2..18], &element(0x04, private_key)].concat())
}

// RFC 9881 section 6 has three forms of a private key.
#[test]
fn pkcs8_with_both_forms_is_read_and_without_a_seed_refused() {
    for algorithm in ALL {
        let seed = decode(private_jwk(algorithm)["priv"].as_str().unwrap());
        let pair = PqdsaKeyPair::from_seed(means(algorithm), &seed).unwrap();
        let expanded = pair.private_key().as_raw_bytes().unwrap();
        let both = |seed: &[u8]| {
            element(0x30, &[element(0x04, seed), element(0x04, expanded.as_ref())].concat())
        };
        let of_seed = armoured(&format!("{}.pkcs8.pem", key_name(algorithm)));
        assert_eq!(pkcs8(algorithm, &element(0x80, &seed)), of_seed);

        let key = Key::from_der(&pkcs8(algorithm, &both(&seed)), algorithm).unwrap();
        assert_eq!((key.kid(), key.can_sign()), (private_key(algorithm).kid(), true));
        assert_eq!(**key.to_der().unwrap(), of_seed);

        for private in [element(0x04, expanded.as_ref()), both(&[7; 32]), both(&seed[1..])] {
            let refused = Key::from_der(&pkcs8(algorithm, &private), algorithm);
            assert!(is_unusable(refused, algorithm), "{algorithm}");
        }
    }
}

#[test]
fn legacy_keys_verify_and_do_not_sign() {
    for algorithm in ALL {
        let token = jws::sign(&private_key(algorithm), None, b"{}").unwrap();
        for key in [
            legacy::from_pem(&pem(&format!("{}.pkcs8.pem", key_name(algorithm))), algorithm),
            legacy::from_jwk(&private_jwk(algorithm).to_string(), None),
        ] {
            let key = key.unwrap();
            assert!(!key.can_sign(), "{algorithm}");
            assert!(verify(&token, &KeySet::new(vec![key]).unwrap()).is_ok());
        }
    }
}

#[test]
fn a_set_publishes_public_halves() {
    let keys = KeySet::new(ALL.map(private_key).into()).unwrap();
    let published = keys.to_jwks().unwrap();
    assert!(!published.contains("priv"));
    let read = KeySet::from_jwks(&published).unwrap();
    for key in keys.keys() {
        let token = jws::sign(key, None, b"{}").unwrap();
        assert_eq!(verify(&token, &read).unwrap().header().alg, key.algorithm());
    }
    let refusal = KeySet::from_jwks(&keys.to_private_jwks().unwrap()).unwrap_err();
    assert!(matches!(refusal, KeyError::PrivateInPublicSet { index: 0, .. }), "{refusal}");
}
