//! Weak keys: refused everywhere but in `legacy`, and there they never sign.

mod common;

use common::{
    FAMILIES, SECRET, SECRETS, armoured, asymmetric, encode, forge_with, is_unusable, jwk,
    key_name, pem, private_key, public_jwk, verify,
};
use serde_json::json;
use tegata_jose::{Algorithm, Key, KeyError, KeySet, TokenError, jws, legacy};

const WEAK_RSA: [(Algorithm, &str); 2] =
    [(Algorithm::Rs256, "rsa1024.rs256.jws"), (Algorithm::Rs512, "rsa1024.rs512.jws")];

fn set(key: Key) -> KeySet {
    KeySet::new(vec![key]).unwrap()
}

/// Every way to the fixtures' RSA key of 1024 bits.
fn weak_rsa(algorithm: Algorithm) -> Vec<Result<Key, KeyError>> {
    let mut keys = Vec::new();
    for form in ["pkcs8", "pkcs1", "spki", "certificate"] {
        let name = format!("rsa1024.{form}.pem");
        keys.push(legacy::from_pem(&pem(&name), algorithm));
        keys.push(legacy::from_der(&armoured(&name), algorithm));
    }
    for jwk in [jwk("rsa1024.jwk.json"), public_jwk("rsa1024.jwk.json")] {
        keys.push(legacy::from_jwk(&jwk.to_string(), Some(algorithm)));
    }
    keys
}

#[test]
fn an_rsa_key_of_1024_bits_verifies_and_does_not_sign() {
    for (algorithm, token) in WEAK_RSA {
        let token = pem(token);
        for key in weak_rsa(algorithm) {
            let key = key.unwrap();
            assert_eq!(key.kid(), Some(pem("rsa1024.thumbprint").trim_end()));
            assert!(!key.can_sign());
            assert_eq!(jws::sign(&key, None, b"{}").unwrap_err(), KeyError::NotForSigning);
            assert!(!key.to_jwk().unwrap().contains(r#""d":"#));
            assert_eq!(key.public().unwrap().to_der(), key.to_der());
            assert_eq!(verify(&token, &set(key.clone())).unwrap().payload(), b"{}");
            let changed = token.replacen(".e30.", ".e31.", 1);
            assert_eq!(verify(&changed, &set(key)), Err(TokenError::BadSignature));
        }
    }
}

#[test]
fn weak_rsa_is_for_rs256_and_rs512_only() {
    for algorithm in Algorithm::ALL {
        if WEAK_RSA.iter().any(|(weak, _)| *weak == algorithm) {
            continue;
        }
        for key in weak_rsa(algorithm) {
            let refusal = key.unwrap_err();
            let says = refusal.to_string();
            match algorithm {
                Algorithm::Ps256 | Algorithm::Ps384 | Algorithm::Ps512 | Algorithm::Rs384 => {
                    assert!(says.contains("only RS256 and RS512"), "{says}");
                }
                _ => assert!(!says.contains("legacy"), "{says}"),
            }
        }
    }
}

#[test]
fn the_same_key_is_refused_elsewhere() {
    for (algorithm, _) in WEAK_RSA {
        let json = jwk("rsa1024.jwk.json").to_string();
        assert!(is_unusable(Key::from_pem(&pem("rsa1024.pkcs1.pem"), algorithm), algorithm));
        assert!(is_unusable(Key::from_der(&armoured("rsa1024.spki.pem"), algorithm), algorithm));
        assert!(is_unusable(Key::from_jwk(&json, Some(algorithm)), algorithm));
    }
}

#[test]
fn rsa_below_1024_and_above_8192_bits_is_refused() {
    for (algorithm, _) in WEAK_RSA {
        for (first, bytes, is_taken) in [
            (0x7f, 128, false),
            (0x80, 128, true),
            (0xff, 255, true),
            (0xff, 1_024, true),
            (1, 1_025, false),
        ] {
            let mut modulus = vec![0xff; bytes];
            modulus[0] = first;
            let jwk = json!({"kty": "RSA", "n": encode(modulus), "e": "AQAB"});
            let key = legacy::from_jwk(&jwk.to_string(), Some(algorithm));
            assert_eq!(key.is_ok(), is_taken, "{first} {bytes}");
        }
    }
}

#[test]
fn a_key_bound_to_pss_is_no_legacy_key_either() {
    for algorithm in asymmetric() {
        let key = legacy::from_pem(&pem("rsa2048.pss.pkcs8.pem"), algorithm);
        assert!(is_unusable(key, algorithm), "{algorithm}");
    }
}

#[test]
fn a_strong_private_key_becomes_one_that_verifies() {
    for algorithm in asymmetric() {
        let name = key_name(algorithm);
        let private = private_key(algorithm);
        let token = jws::sign(&private, None, b"{}").unwrap();
        let file = format!("{name}.pkcs8.pem");
        for key in [
            legacy::from_pem(&pem(&file), algorithm),
            legacy::from_der(&armoured(&file), algorithm),
            legacy::from_jwk(&jwk(&format!("{name}.jwk.json")).to_string(), Some(algorithm)),
        ] {
            let key = key.unwrap();
            assert_eq!((key.kid(), key.can_sign()), (private.kid(), false), "{algorithm}");
            assert_eq!(key.to_der(), private.public().unwrap().to_der());
            assert!(verify(&token, &set(key)).is_ok(), "{algorithm}");
        }
    }
}

#[test]
fn short_secrets_verify_and_do_not_sign() {
    for secret in [b"x".as_slice(), b"secret", SECRET] {
        let json = json!({"kty": "oct", "k": encode(secret), "alg": "HS256"}).to_string();
        let token = forge_with(secret, r#"{"alg":"HS256"}"#, "{}");
        for key in [
            legacy::from_secret(secret, Algorithm::Hs256),
            legacy::from_jwk(&json, None),
            legacy::from_jwk(&json, Some(Algorithm::Hs256)),
        ] {
            let key = key.unwrap();
            assert!(!key.can_sign());
            assert_eq!(jws::sign(&key, None, b"{}").unwrap_err(), KeyError::NotForSigning);
            assert!(verify(&token, &set(key.clone())).is_ok());

            let again = legacy::from_jwk(&key.to_jwk().unwrap(), None).unwrap();
            assert!(verify(&token, &set(again)).is_ok());
            let forged = forge_with(b"y", r#"{"alg":"HS256"}"#, "{}");
            assert_eq!(verify(&forged, &set(key)), Err(TokenError::BadSignature));
        }
    }
}

#[test]
fn an_empty_secret_is_refused() {
    for (algorithm, _) in SECRETS {
        let expected = KeyError::ShortSecret { algorithm, least: 1, actual: 0 };
        assert_eq!(legacy::from_secret(b"", algorithm).unwrap_err(), expected);
        let empty = r#"{"kty":"oct","k":""}"#;
        assert!(legacy::from_jwk(empty, Some(algorithm)).is_err());
    }
}

#[test]
fn other_keys_are_no_legacy_secret() {
    for (name, _) in FAMILIES {
        for raw in [
            pem(&format!("{name}.spki.pem")).into_bytes(),
            armoured(&format!("{name}.spki.pem")),
            armoured(&format!("{name}.pkcs8.pem")),
            public_jwk(&format!("{name}.jwk.json")).to_string().into_bytes(),
        ] {
            let refusal = legacy::from_secret(&raw, Algorithm::Hs256).unwrap_err();
            assert!(matches!(refusal, KeyError::NotSecret { .. }), "{name} {refusal}");
        }
    }
    let certificate = armoured("rsa1024.certificate.pem");
    let refusal = legacy::from_secret(&certificate, Algorithm::Hs256).unwrap_err();
    assert_eq!(refusal, KeyError::NotSecret { found: "DER certificate" });
}

#[test]
fn what_is_broken_stays_refused() {
    let rsa = Algorithm::Rs256;
    assert_eq!(legacy::from_pem("", rsa).unwrap_err(), KeyError::NotPem);
    assert_eq!(legacy::from_der(b"", rsa).unwrap_err(), KeyError::NotDer);
    let encrypted = pem("rsa2048.encrypted.pkcs8.pem");
    assert_eq!(legacy::from_pem(&encrypted, rsa).unwrap_err(), KeyError::EncryptedPem);
    let both = format!("{}{}", pem("rsa1024.spki.pem"), pem("rsa1024.certificate.pem"));
    assert_eq!(legacy::from_pem(&both, rsa).unwrap_err(), KeyError::SeveralKeys);
    for exponent in ["AQ", "Ag"] {
        let jwk = json!({"kty": "RSA", "n": encode([0xff; 128]), "e": exponent});
        assert!(is_unusable(legacy::from_jwk(&jwk.to_string(), None), rsa));
    }
    assert!(is_unusable(legacy::from_secret(b"secret", rsa), rsa));
}
