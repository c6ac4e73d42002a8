//! What becomes a key, for which algorithm, and what does not.

mod common;

use common::{
    FAMILIES, SECRETS, asymmetric, is_unusable, jwk, key_name, pem, private_key, public_jwk,
    secret_key, verifier, verify,
};
use serde_json::Value;
use tegata_jose::{Algorithm, Key, KeyError, KeySet, jws};

#[test]
fn the_tables_of_these_tests_name_every_algorithm() {
    let pairs = FAMILIES.into_iter().flat_map(|(_, algorithms)| algorithms).copied();
    let mut named: Vec<_> = pairs.chain(SECRETS.map(|(algorithm, _)| algorithm)).collect();
    named.sort_by_key(|algorithm| algorithm.name());
    let mut all = Algorithm::ALL.to_vec();
    all.sort_by_key(|algorithm| algorithm.name());
    assert_eq!(named, all);
}

fn from_pem(name: &str, algorithm: Algorithm) -> Result<Key, KeyError> {
    Key::from_pem(&pem(name), algorithm)
}

/// Every private encoding signs for every public one, and all have the thumbprint that another
/// library computed.
fn are_one_key(name: &str, private: &[Key], public: &[Key]) {
    let thumbprint = pem(&format!("{name}.thumbprint"));
    for key in private.iter().chain(public) {
        assert_eq!(key.kid(), Some(thumbprint.trim_end()));
    }
    assert!(private.iter().all(Key::can_sign));
    assert!(!public.iter().any(Key::can_sign));
    for signer in private {
        let token = jws::sign(signer, None, b"{}").unwrap();
        for key in private.iter().chain(public) {
            assert!(verify(&token, &verifier(key.clone())).is_ok());
        }
    }
}

#[test]
fn every_encoding_of_a_key_is_one_key() {
    for (name, algorithms) in FAMILIES {
        let (private, public) = match name {
            "rsa2048" => (&["pkcs8", "pkcs1"][..], &["spki", "public.pkcs1"][..]),
            "ed25519" | "mldsa44" | "mldsa65" | "mldsa87" => (&["pkcs8"][..], &["spki"][..]),
            _ => (&["pkcs8", "sec1", "parameters.sec1"][..], &["spki", "compressed.spki"][..]),
        };
        for algorithm in algorithms.iter().copied() {
            let read = |encodings: &[&str], jwk: Value| {
                let read =
                    |encoding| from_pem(&format!("{name}.{encoding}.pem"), algorithm).unwrap();
                let mut keys: Vec<_> = encodings.iter().map(read).collect();
                keys.push(Key::from_jwk(&jwk.to_string(), Some(algorithm)).unwrap());
                keys
            };
            let jwk_name = format!("{name}.jwk.json");
            are_one_key(name, &read(private, jwk(&jwk_name)), &read(public, public_jwk(&jwk_name)));
        }
    }
}

#[test]
fn pem_may_have_text_around_it_and_any_line_ends() {
    let text = pem("p256.pkcs8.pem");
    let kid = private_key(Algorithm::Es256).kid().unwrap().to_owned();
    for text in [
        format!("Bag Attributes\n    friendlyName: key\n{text}\ntrailing text\n"),
        text.replace('\n', "\r\n"),
        text.trim_end().to_owned(),
    ] {
        assert_eq!(Key::from_pem(&text, Algorithm::Es256).unwrap().kid(), Some(kid.as_str()));
    }
}

#[test]
fn encrypted_pem_is_refused_as_that() {
    for name in ["rsa2048.encrypted.pkcs8.pem", "rsa2048.encrypted.pkcs1.pem"] {
        let refusal = from_pem(name, Algorithm::Rs256).unwrap_err();
        assert_eq!(refusal, KeyError::EncryptedPem, "{name}");
    }
}

#[test]
fn pem_with_two_keys_is_refused() {
    let private = pem("ed25519.pkcs8.pem");
    for second in [&private, &pem("ed25519.spki.pem"), &pem("p256.pkcs8.pem")] {
        let both = format!("{private}{second}");
        let refusal = Key::from_pem(&both, Algorithm::EdDsa).unwrap_err();
        assert_eq!(refusal, KeyError::SeveralKeys);
    }
}

#[test]
fn text_without_a_pem_block_is_refused() {
    let cut_short = pem("p256.pkcs8.pem").replace("-----END PRIVATE KEY-----", "");
    let parameters = pem("p256.parameters.sec1.pem");
    let (parameters, _) = parameters.split_once("-----BEGIN EC PRIVATE").unwrap();
    for text in ["", "secret", "{}", &pem("p256.jwk.json"), &cut_short, parameters] {
        let refusal = Key::from_pem(text, Algorithm::Es256).unwrap_err();
        assert_eq!(refusal, KeyError::NotPem, "{text}");
    }
}

#[test]
fn a_key_of_another_kind_than_the_algorithm_is_refused() {
    for (name, own) in FAMILIES {
        let traditional = match name {
            "rsa2048" => "pkcs1",
            "ed25519" | "mldsa44" | "mldsa65" | "mldsa87" => "pkcs8",
            _ => "sec1",
        };
        for encoding in ["pkcs8", "spki", traditional] {
            let name = format!("{name}.{encoding}.pem");
            for asked_for in Algorithm::ALL {
                let key = from_pem(&name, asked_for);
                if own.contains(&asked_for) {
                    assert_eq!(key.unwrap().algorithm(), asked_for, "{name}");
                } else {
                    assert!(is_unusable(key, asked_for), "{name} {asked_for}");
                }
            }
        }
    }
}

// The RSA key below `pss` is bound to PSS with parameters of its own (RFC 4055); JOSE fixes them by
// the algorithm, and the cryptography library reads plain RSA keys only.
#[test]
fn weak_and_foreign_keys_are_refused_for_every_algorithm() {
    for name in [
        "rsa1024.pkcs8.pem",
        "rsa1024.spki.pem",
        "rsa2048.pss.pkcs8.pem",
        "rsa1024.certificate.pem",
        "p256.request.pem",
        "p224.pkcs8.pem",
        "p224.spki.pem",
        "ed448.pkcs8.pem",
        "x25519.pkcs8.pem",
        "x25519.spki.pem",
    ] {
        for algorithm in Algorithm::ALL {
            assert!(is_unusable(from_pem(name, algorithm), algorithm), "{name} {algorithm}");
        }
    }
}

#[test]
fn generated_keys_sign_for_themselves_only() {
    for algorithm in Algorithm::ALL {
        let [own, other] = [(); 2].map(|()| Key::generate(algorithm).unwrap());
        let token = jws::sign(&own, None, b"{}").unwrap();
        assert_eq!(verify(&token, &verifier(own)).unwrap().header().alg, algorithm);
        assert!(verify(&token, &verifier(other)).is_err(), "{algorithm}");
    }
}

#[test]
fn public_keys_verify_in_first_place_and_do_not_sign() {
    let public = from_pem("p256.spki.pem", Algorithm::Es256).unwrap();
    assert_eq!(jws::sign(&public, None, b"{}").unwrap_err(), KeyError::NotForSigning);
    let token = jws::sign(&private_key(Algorithm::Es256), None, b"{}").unwrap();
    for rest in [None, Some(private_key(Algorithm::Es256))] {
        let keys: Vec<_> = [public.clone()].into_iter().chain(rest).collect();
        let set = KeySet::new(keys).unwrap();
        assert!(verify(&token, &set).is_ok());
        assert_eq!(set.signing_key().unwrap_err(), KeyError::NotForSigning);
    }
    assert_eq!(KeySet::new(vec![]).unwrap_err(), KeyError::EmptyKeySet);
}

#[test]
fn the_first_key_signs_and_all_verify() {
    let keys: Vec<_> = Algorithm::ALL.into_iter().map(private_key).collect();
    let set = KeySet::new(keys.clone()).unwrap();
    assert_eq!(set.signing_key().unwrap().algorithm(), keys[0].algorithm());
    assert_eq!(set.keys().len(), keys.len());
    for key in &keys {
        let token = jws::sign(key, None, b"{}").unwrap();
        assert_eq!(verify(&token, &set).unwrap().header().alg, key.algorithm());
    }
}

#[test]
fn debug_output_shows_no_key_material() {
    let shown = format!("{:?}", secret_key());
    assert_eq!(shown, "Key { algorithm: HS256, kid: None, .. }");
    for algorithm in asymmetric() {
        let thumbprint = pem(&format!("{}.thumbprint", key_name(algorithm)));
        let expected =
            format!("Key {{ algorithm: {algorithm}, kid: Some({:?}), .. }}", thumbprint.trim_end());
        let key = private_key(algorithm);
        assert_eq!(format!("{key:?}"), expected);
        let set = KeySet::new(vec![key]).unwrap();
        assert_eq!(format!("{set:?}"), format!("KeySet {{ keys: [{expected}], .. }}"));
    }
}

#[test]
fn key_errors_repeat_nothing_of_what_was_given() {
    let marker = "hunter2hunter2";
    let errors = [
        Key::from_secret(marker.as_bytes(), Algorithm::Hs256),
        Key::from_pem(marker, Algorithm::Rs256),
        Key::from_pem(
            &format!("-----BEGIN {marker}-----\naHVudGVyMg==\n-----END {marker}-----"),
            Algorithm::Rs256,
        ),
        Key::from_jwk(&format!(r#"{{"kty":"{marker}"}}"#), Some(Algorithm::Es256)),
        Key::from_jwk(&format!(r#"{{"kty":"oct","k":"{marker}"}}"#), Some(Algorithm::Hs256)),
    ];
    for error in errors.map(Result::unwrap_err) {
        assert!(!format!("{error} {error:?}").contains(marker), "{error}");
    }
}

#[test]
fn only_the_exact_names_are_algorithms() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
    }
    for name in [
        "", "none", "None", "hs256", "HS256 ", "HS1", "RS1", "PS1", "ES224", "ES521", "es256k",
        "ES512K", "ESP256", "Ed448", "eddsa", "EDDSA", "ed25519",
    ] {
        assert_eq!(name.parse::<Algorithm>(), Err(KeyError::UnknownAlgorithm), "{name}");
    }
}

#[test]
fn a_key_takes_another_kid_and_stays_the_same_key() {
    for algorithm in Algorithm::ALL {
        let key = private_key(algorithm);
        let token = jws::sign(&key.clone().with_kid(Some("new".to_owned())), None, b"{}").unwrap();
        let verified = verify(&token, &verifier(key.clone().with_kid(Some("new".to_owned()))));
        assert_eq!(verified.unwrap().header().kid.as_deref(), Some("new"));

        let unnamed = key.clone().with_kid(None);
        assert_eq!((unnamed.kid(), unnamed.can_sign()), (None, true));
        let token = jws::sign(&unnamed, None, b"{}").unwrap();
        assert_eq!(verify(&token, &verifier(key.clone())).unwrap().header().kid, None);
        assert_eq!(unnamed.thumbprint(), key.thumbprint());
        if let Ok(public) = unnamed.public() {
            assert_eq!(public.kid(), None);
            assert!(!public.to_jwk().unwrap().contains("kid"));
        }
    }
}
