//! What becomes a key from a JWK, and what does not.

mod common;

use common::{
    FAMILIES, SECRET, asymmetric, is_unusable, jwk, key_name, public_jwk, secret_jwk, secret_key,
    verify,
};
use serde_json::{Value, json};
use tegata_jose::{Algorithm, Key, KeyError, KeySet, jws};

fn from_jwk(jwk: &Value, algorithm: Algorithm) -> Result<Key, KeyError> {
    Key::from_jwk(&jwk.to_string(), Some(algorithm))
}

/// The private key of the fixtures for `algorithm`, or the secret.
fn private_jwk(algorithm: Algorithm) -> Value {
    if algorithm.is_symmetric() {
        return secret_jwk();
    }
    jwk(&format!("{}.jwk.json", key_name(algorithm)))
}

fn jwk_problem(jwk: &Value, algorithm: Algorithm) -> (&'static str, &'static str) {
    match from_jwk(jwk, algorithm) {
        Err(KeyError::Jwk { member, problem }) => (member, problem),
        Err(KeyError::UnsupportedJwk { member }) => (member, "is not supported"),
        other => panic!("{other:?}"),
    }
}

fn rsa_public_jwk(modulus: &[u8], exponent: &[u8]) -> Value {
    json!({"kty": "RSA", "n": common::encode(modulus), "e": common::encode(exponent)})
}

#[test]
fn rsa_moduli_below_2048_and_above_8192_bits_are_refused() {
    for algorithm in FAMILIES[0].1.iter().copied() {
        let modulus = |first: u8, bytes: usize| {
            let mut modulus = vec![0xff; bytes];
            modulus[0] = first;
            from_jwk(&rsa_public_jwk(&modulus, &[1, 0, 1]), algorithm)
        };
        for (first, bytes) in [(0x80, 256), (0xff, 256), (0xff, 1_024)] {
            assert!(modulus(first, bytes).is_ok(), "{algorithm} {first} {bytes}");
        }
        for (first, bytes) in [(0xff, 1), (0xff, 255), (0x7f, 256), (1, 1_025), (0xff, 2_048)] {
            let key = modulus(first, bytes);
            assert!(is_unusable(key, algorithm), "{algorithm} {first} {bytes}");
        }
    }
}

// With an exponent of 1 the message's own padding is its signature.
#[test]
fn rsa_exponents_that_prove_nothing_are_refused() {
    for algorithm in FAMILIES[0].1.iter().copied() {
        for exponent in [&[1][..], &[2], &[0, 1]] {
            let key = from_jwk(&rsa_public_jwk(&[0xff; 256], exponent), algorithm);
            assert!(is_unusable(key, algorithm), "{algorithm} {exponent:?}");
        }
    }
}

#[test]
fn jwk_use_key_ops_and_alg_are_honoured() {
    for algorithm in Algorithm::ALL {
        let plain = private_jwk(algorithm);
        let with = |member: &str, value: Value| {
            let mut jwk = plain.clone();
            jwk[member] = value;
            jwk
        };
        for (member, value) in [
            ("use", json!("sig")),
            ("key_ops", json!(["sign"])),
            ("key_ops", json!(["verify", "sign"])),
            ("alg", json!(algorithm.name())),
        ] {
            assert!(from_jwk(&with(member, value.clone()), algorithm).is_ok(), "{member} {value}");
        }
        for (member, value) in [
            ("use", json!("enc")),
            ("use", json!("")),
            ("key_ops", json!([])),
            ("key_ops", json!(["encrypt", "wrapKey"])),
            ("alg", json!("A256KW")),
            ("alg", json!("none")),
            ("alg", json!(algorithm.name().to_lowercase())),
        ] {
            assert_eq!(jwk_problem(&with(member, value), algorithm).0, member);
        }
        // A family shares its keys until the JWK itself says otherwise.
        for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            let jwk = with("alg", json!(other.name()));
            assert_eq!(jwk_problem(&jwk, algorithm).0, "alg", "{algorithm} {other}");
        }
    }
}

#[test]
fn jwk_of_another_type_or_curve_is_refused_by_the_members_name() {
    let kty = |algorithm| match algorithm {
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => "oct",
        _ => match key_name(algorithm) {
            "rsa2048" => "RSA",
            "ed25519" => "OKP",
            "mldsa44" | "mldsa65" | "mldsa87" => "AKP",
            _ => "EC",
        },
    };
    let pairs = FAMILIES.map(|(name, own)| (jwk(&format!("{name}.jwk.json")), own));
    let secrets = [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];
    for (jwk, own) in pairs.into_iter().chain([(secret_jwk(), &secrets[..])]) {
        for asked_for in Algorithm::ALL {
            if own.contains(&asked_for) {
                assert_eq!(from_jwk(&jwk, asked_for).unwrap().algorithm(), asked_for);
            } else {
                let wrong = match jwk.get("alg") {
                    Some(_) => "alg",
                    None if jwk["kty"] == kty(asked_for) => "crv",
                    None => "kty",
                };
                assert_eq!(jwk_problem(&jwk, asked_for).0, wrong, "{asked_for}");
            }
        }
    }
    let curves = ["P-224", "P-256", "P-384", "P-521", "secp256k1", "X25519", "Ed448", "p-256", ""];
    for (name, algorithms) in FAMILIES {
        let mut jwk = jwk(&format!("{name}.jwk.json"));
        let Some(own) = jwk.get("crv").cloned() else { continue };
        let others = curves.map(|curve| json!(curve)).into_iter().filter(|curve| *curve != own);
        for curve in others.chain([Value::Null]) {
            jwk["crv"] = curve;
            for algorithm in algorithms.iter().copied() {
                assert_eq!(jwk_problem(&jwk, algorithm).0, "crv", "{algorithm}");
            }
        }
    }
}

#[test]
fn missing_jwk_members_are_named() {
    for algorithm in Algorithm::ALL {
        let (jwk, members) = if algorithm.is_symmetric() {
            (secret_jwk(), &["k"][..])
        } else {
            let name = key_name(algorithm);
            let members = match name {
                "rsa2048" => &["n", "e", "p", "q", "dp", "dq", "qi"][..],
                "ed25519" => &["x"],
                "mldsa44" | "mldsa65" | "mldsa87" => &["pub"],
                _ => &["x", "y"],
            };
            (jwk(&format!("{name}.jwk.json")), members)
        };
        for member in members {
            let mut lacking = jwk.clone();
            lacking.as_object_mut().unwrap().remove(*member).unwrap();
            assert_eq!(jwk_problem(&lacking, algorithm), (*member, "is missing"));

            for bad in ["", "A", "AQ==", "+/", "\u{e9}"] {
                let mut malformed = jwk.clone();
                malformed[*member] = json!(bad);
                assert_eq!(jwk_problem(&malformed, algorithm), (*member, "is not base64url"));
            }
        }
    }
}

#[test]
fn jwk_that_is_no_object_of_unique_members_is_refused() {
    let (no_object, repeated) = ("it is not a JSON object", "a member name is repeated");
    for (text, problem) in [
        ("", no_object),
        ("[]", no_object),
        ("null", no_object),
        ("\"kty\"", no_object),
        (r#"{"kty":"#, no_object),
        ("-----BEGIN PUBLIC KEY-----", no_object),
        (r#"{"kty":"oct","kty":"RSA"}"#, repeated),
        (r#"{"kty":"oct","more":{"a":1,"a":1}}"#, repeated),
        (r#"{"kty":[[[[[[[[]]]]]]]]}"#, "it is nested too deeply"),
        (r#"{"keys":[]}"#, "it is a JWK Set; hint: read it as that"),
    ] {
        for algorithm in Algorithm::ALL.map(Some).into_iter().chain([None]) {
            let refusal = Key::from_jwk(text, algorithm).unwrap_err();
            assert_eq!(refusal, KeyError::NotJwk { problem }, "{text}");
        }
    }
}

#[test]
fn a_member_of_the_wrong_type_is_named() {
    for algorithm in Algorithm::ALL {
        let plain = private_jwk(algorithm);
        let own = plain.as_object().unwrap().keys().map(String::as_str);
        for member in own.chain(["alg", "use", "kid"]) {
            for wrong in [Value::Null, json!(1), json!(true), json!(["sig"]), json!({"a": 1})] {
                let mut changed = plain.clone();
                changed[member] = wrong;
                assert_eq!(jwk_problem(&changed, algorithm), (member, "is not a string"));
            }
        }
        for wrong in [Value::Null, json!("sign"), json!(["sign", 1]), json!({})] {
            let mut changed = plain.clone();
            changed["key_ops"] = wrong;
            let expected = ("key_ops", "is not an array of strings");
            assert_eq!(jwk_problem(&changed, algorithm), expected);
        }
    }
    assert_eq!(jwk_problem(&json!({}), Algorithm::Es256), ("kty", "is missing"));
}

fn unasked(jwk: &Value) -> Result<Key, KeyError> {
    Key::from_jwk(&jwk.to_string(), None)
}

#[test]
fn without_an_algorithm_the_type_of_the_key_says_it() {
    for (name, expected) in [
        ("rsa2048", Algorithm::Rs256),
        ("p256", Algorithm::Es256),
        ("p384", Algorithm::Es384),
        ("p521", Algorithm::Es512),
        ("secp256k1", Algorithm::Es256k),
        ("ed25519", Algorithm::EdDsa),
    ] {
        let name = format!("{name}.jwk.json");
        for jwk in [jwk(&name), public_jwk(&name)] {
            assert_eq!(unasked(&jwk).unwrap().algorithm(), expected, "{name}");
        }
    }
    let refusal = unasked(&secret_jwk()).unwrap_err();
    assert!(matches!(refusal, KeyError::Jwk { member: "alg", .. }), "{refusal}");
}

#[test]
fn the_algorithm_of_a_jwk_is_its_own() {
    for algorithm in Algorithm::ALL {
        let mut jwk = private_jwk(algorithm);
        jwk["alg"] = json!(algorithm.name());
        assert_eq!(unasked(&jwk).unwrap().algorithm(), algorithm);
        for unknown in ["none", "", "RSA-OAEP", "A256KW", "FN-DSA-512", "hs256"] {
            jwk["alg"] = json!(unknown);
            let refusal = unasked(&jwk).unwrap_err();
            assert_eq!(refusal, KeyError::UnsupportedJwk { member: "alg" }, "{unknown}");
        }
        // The type still has to fit.
        for other in Algorithm::ALL {
            jwk["alg"] = json!(other.name());
            let key = unasked(&jwk);
            assert_eq!(key.is_ok(), from_jwk(&jwk, other).is_ok(), "{algorithm} {other}");
        }
    }
}

#[test]
fn an_unknown_type_or_curve_is_unsupported() {
    for (jwk, member) in [
        #[cfg(not(feature = "ml-dsa"))]
        (json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}), "kty"),
        (json!({"kty": "ec", "crv": "P-256"}), "kty"),
        (json!({"kty": ""}), "kty"),
        (json!({"kty": "EC", "crv": "P-224", "x": "AA", "y": "AA"}), "crv"),
        (json!({"kty": "EC", "crv": "Ed25519", "x": "AA", "y": "AA"}), "crv"),
        (json!({"kty": "OKP", "crv": "X25519", "x": "AA"}), "crv"),
        (json!({"kty": "OKP", "crv": "Ed448", "x": "AA", "alg": "EdDSA"}), "crv"),
    ] {
        assert_eq!(unasked(&jwk).unwrap_err(), KeyError::UnsupportedJwk { member }, "{jwk}");
    }
}

#[test]
fn key_ops_say_whether_a_private_key_signs() {
    for algorithm in Algorithm::ALL {
        let mut jwk = private_jwk(algorithm);
        let token = jws::sign(&from_jwk(&jwk, algorithm).unwrap(), None, b"{}").unwrap();
        for (operations, signs) in [
            (json!(["sign"]), true),
            (json!(["sign", "verify"]), true),
            (json!(["verify"]), false),
            (json!(["verify", "decrypt"]), false),
        ] {
            jwk["key_ops"] = operations;
            let key = from_jwk(&jwk, algorithm).unwrap();
            assert_eq!(key.can_sign(), signs, "{algorithm} {jwk}");
            let signed = jws::sign(&key, None, b"{}");
            assert_eq!(signed.err(), (!signs).then_some(KeyError::NotForSigning));
            assert!(verify(&token, &KeySet::new(vec![key]).unwrap()).is_ok());
        }
        jwk["key_ops"] = json!(["verify", "sign", "verify"]);
        assert_eq!(jwk_problem(&jwk, algorithm), ("key_ops", "names an operation twice"));
    }
}

#[test]
fn a_key_that_only_verifies_does_not_sign_after_a_detour() {
    for algorithm in Algorithm::ALL {
        let mut jwk = private_jwk(algorithm);
        jwk["key_ops"] = json!(["verify"]);
        let text = from_jwk(&jwk, algorithm).unwrap().to_jwk().unwrap();
        let again = Key::from_jwk(&text, None).unwrap();
        assert_eq!((again.algorithm(), again.can_sign()), (algorithm, false));
        assert!(
            [r#""d":"#, r#""priv":"#].iter().all(|member| !text.contains(member)),
            "{algorithm}"
        );
    }
}

#[test]
fn a_public_key_is_for_verifying_or_for_nothing() {
    for algorithm in asymmetric() {
        let mut jwk = public_jwk(&format!("{}.jwk.json", key_name(algorithm)));
        jwk["key_ops"] = json!(["verify"]);
        assert!(from_jwk(&jwk, algorithm).is_ok());
        jwk["key_ops"] = json!(["sign"]);
        assert_eq!(jwk_problem(&jwk, algorithm).0, "key_ops");
    }
}

#[test]
fn rsa_of_more_than_two_primes_is_refused() {
    let mut jwk = jwk("rsa2048.jwk.json");
    jwk["oth"] = json!([]);
    assert_eq!(jwk_problem(&jwk, Algorithm::Rs256), ("oth", "is not supported"));
}

#[test]
fn a_private_jwk_whose_halves_do_not_belong_together_is_refused() {
    for algorithm in asymmetric() {
        let mut jwk = jwk(&format!("{}.jwk.json", key_name(algorithm)));
        let private = if jwk["kty"] == "AKP" { "priv" } else { "d" };
        let mut bytes = common::decode(jwk[private].as_str().unwrap());
        bytes[1] ^= 4;
        jwk[private] = json!(common::encode(bytes));
        assert!(is_unusable(from_jwk(&jwk, algorithm), algorithm), "{algorithm}");
    }
}

// RFC 7518 section 6.2.1.2: a coordinate has the full size. Read without that rule, bytes can move
// from one coordinate to the other and the key stays the same.
#[test]
fn jwk_members_have_the_size_that_the_algorithm_says() {
    let problem = "has not the length that its algorithm asks for";
    for (name, algorithms) in FAMILIES.into_iter().skip(1) {
        for algorithm in algorithms.iter().copied() {
            let jwk = jwk(&format!("{name}.jwk.json"));
            for member in ["x", "y", "d", "pub", "priv"]
                .into_iter()
                .filter(|member| jwk.get(member).is_some())
            {
                let bytes = common::decode(jwk[member].as_str().unwrap());
                for wrong in [&bytes[1..], &[&[0], bytes.as_slice()].concat()] {
                    let mut changed = jwk.clone();
                    changed[member] = json!(common::encode(wrong));
                    assert_eq!(jwk_problem(&changed, algorithm), (member, problem), "{algorithm}");
                }
            }
            let Some(y) = jwk["y"].as_str() else { continue };
            let x = common::decode(jwk["x"].as_str().unwrap());
            let (size, point) = (x.len(), [x, common::decode(y)].concat());
            for split in [1, size - 1, size + 1, 2 * size - 1] {
                let mut moved = public_jwk(&format!("{name}.jwk.json"));
                moved["x"] = json!(common::encode(&point[..split]));
                moved["y"] = json!(common::encode(&point[split..]));
                assert_eq!(jwk_problem(&moved, algorithm), ("x", problem), "{algorithm}");
            }
        }
    }
}

#[test]
fn a_point_off_the_curve_is_refused() {
    for (name, algorithms) in &FAMILIES[1..5] {
        let mut jwk = public_jwk(&format!("{name}.jwk.json"));
        let mut y = common::decode(jwk["y"].as_str().unwrap());
        *y.last_mut().unwrap() ^= 1;
        for y in [&y, &vec![0; y.len()]] {
            jwk["y"] = json!(common::encode(y));
            assert!(is_unusable(from_jwk(&jwk, algorithms[0]), algorithms[0]), "{name}");
        }
    }
}

#[test]
fn the_kid_of_a_jwk_is_kept_and_a_secret_has_none_by_itself() {
    let mut named = jwk("p256.jwk.json");
    named["kid"] = json!("2024-01");
    assert_eq!(from_jwk(&named, Algorithm::Es256).unwrap().kid(), Some("2024-01"));

    let mut secret = json!({"kty": "oct", "k": common::encode(SECRET)});
    assert_eq!(from_jwk(&secret, Algorithm::Hs256).unwrap().kid(), None);
    secret["kid"] = json!("main");
    let key = from_jwk(&secret, Algorithm::Hs256).unwrap();
    assert_eq!(key.kid(), Some("main"));

    let token = jws::sign(&key, None, b"{}").unwrap();
    let keys = KeySet::new(vec![key]).unwrap();
    assert_eq!(verify(&token, &keys).unwrap().header().kid.as_deref(), Some("main"));
    assert_eq!(secret_key().kid(), None);
}
