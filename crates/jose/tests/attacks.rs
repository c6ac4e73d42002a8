//! The attacks that other libraries fell to, by name (RFC 8725 section 2).

mod common;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use common::{
    SECRET, decode, der, encode, forge, forge_with, hmac_sha256, jwk, pem, private_key, public_jwk,
    secret_key, secret_keys, verifier, verify,
};
use serde_json::json;
use tegata_jose::{Algorithm, Key, KeySet, TokenError, jws};

const CLAIMS: &str = r#"{"sub":"admin"}"#;

fn public_key(algorithm: Algorithm) -> Key {
    let name = match algorithm {
        Algorithm::Rs256 => "rsa2048.spki.pem",
        Algorithm::Es256 => "p256.spki.pem",
        _ => "ed25519.spki.pem",
    };
    Key::from_pem(&pem(name), algorithm).unwrap()
}

/// Keys of every algorithm, as a site has them in the middle of a change of algorithms.
fn all_keys() -> KeySet {
    KeySet::new(Algorithm::ALL.into_iter().map(private_key).collect()).unwrap()
}

fn with_signature(header: &str, signature: impl AsRef<[u8]>) -> String {
    format!("{}.{}.{}", encode(header), encode(CLAIMS), encode(signature))
}

#[test]
fn alg_none_in_every_spelling() {
    for alg in ["none", "None", "NONE", "nOnE", "none ", " none", "no\u{0}ne", "", "null", "0"] {
        let header = json!({ "alg": alg }).to_string();
        let signed = forge(&header, CLAIMS);
        let (signing_input, _) = signed.rsplit_once('.').unwrap();
        for token in [format!("{signing_input}."), format!("{signing_input}.AA"), signed.clone()] {
            let refusal = verify(&token, &all_keys());
            assert_eq!(refusal, Err(TokenError::UnsupportedAlgorithm), "{alg:?}");
        }
        assert!(verify(signing_input, &all_keys()).is_err());
    }
}

#[test]
fn algorithms_that_are_not_known_or_spelt_otherwise() {
    for alg in ["HS384", "HS512", "RS384", "PS256", "ES384", "ES256K", "RS1", "hs256", "Hs256"] {
        let token = forge(json!({ "alg": alg }).to_string(), CLAIMS);
        assert_eq!(verify(&token, &all_keys()), Err(TokenError::UnsupportedAlgorithm), "{alg}");
    }
}

#[test]
fn algorithm_confusion_hmac_under_the_text_of_a_public_key() {
    let keys = verifier(public_key(Algorithm::Rs256));
    let kid = keys.keys()[1].kid().unwrap();
    let text = pem("rsa2048.spki.pem");
    for secret in [
        text.as_bytes(),
        text.trim_end().as_bytes(),
        pem("rsa2048.public.pkcs1.pem").as_bytes(),
        public_jwk("rsa2048.jwk.json").to_string().as_bytes(),
        &der("rsa2048.spki.der"),
        b"",
    ] {
        let named = json!({"alg": "HS256", "kid": kid}).to_string();
        let token = forge_with(secret, &named, CLAIMS);
        assert_eq!(verify(&token, &keys), Err(TokenError::AlgorithmMismatch));

        let unnamed = forge_with(secret, r#"{"alg":"HS256"}"#, CLAIMS);
        assert_eq!(verify(&unnamed, &keys), Err(TokenError::BadSignature));

        let as_rsa = json!({"alg": "RS256", "kid": kid}).to_string();
        let token = forge_with(secret, &as_rsa, CLAIMS);
        assert_eq!(verify(&token, &keys), Err(TokenError::BadSignature));
    }
}

#[test]
fn algorithm_confusion_a_set_without_a_secret_has_no_key_for_hmac() {
    let keys = KeySet::new(vec![private_key(Algorithm::Rs256)]).unwrap();
    let token = forge_with(pem("rsa2048.spki.pem").as_bytes(), r#"{"alg":"HS256"}"#, CLAIMS);
    assert_eq!(verify(&token, &keys), Err(TokenError::UnknownKey));
}

#[test]
fn a_right_signature_under_another_algorithms_name() {
    for own in Algorithm::ALL {
        for named in Algorithm::ALL.into_iter().filter(|named| *named != own) {
            let token = jws::sign(&private_key(own), None, CLAIMS.as_bytes()).unwrap();
            let signature = decode(token.rsplit_once('.').unwrap().1);
            let token = with_signature(&json!({"alg": named.name()}).to_string(), signature);
            assert_eq!(verify(&token, &all_keys()), Err(TokenError::BadSignature), "{own} {named}");
        }
    }
}

#[test]
fn psychic_signature_of_zeros() {
    let keys = verifier(public_key(Algorithm::Es256));
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&order[at..at + 2], 16).unwrap()).collect();
    let one = [[0; 31].as_slice(), &[1]].concat();
    for (r, s) in [
        (&[0; 32][..], &[0; 32][..]),
        (&order, &order),
        (&[0; 32], &one),
        (&one, &[0; 32]),
        (&order, &one),
        (&[0xff; 32], &[0xff; 32]),
        (&[], &[]),
        (&[0], &[0]),
    ] {
        let token = with_signature(r#"{"alg":"ES256"}"#, [r, s].concat());
        assert_eq!(verify(&token, &keys), Err(TokenError::BadSignature));
    }
    let in_der = [0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00];
    let token = with_signature(r#"{"alg":"ES256"}"#, in_der);
    assert_eq!(verify(&token, &keys), Err(TokenError::BadSignature));
}

// JWS writes the two numbers side by side (RFC 7518 section 3.4), and a second spelling of a
// signature would be a second spelling of the token.
#[test]
fn ecdsa_signature_in_der() {
    let pkcs8 = ::pem::parse(pem("p256.pkcs8.pem")).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.contents()).unwrap();
    let header = r#"{"alg":"ES256"}"#;
    let signing_input = format!("{}.{}", encode(header), encode(CLAIMS));
    let signature = pair.sign(&SystemRandom::new(), signing_input.as_bytes()).unwrap();
    let token = with_signature(header, signature);
    assert_eq!(
        verify(&token, &verifier(public_key(Algorithm::Es256))),
        Err(TokenError::BadSignature)
    );
}

#[test]
fn ed25519_signature_with_a_number_beyond_the_order() {
    let header = r#"{"alg":"EdDSA"}"#;
    let signing_input = format!("{}.{}", encode(header), encode(CLAIMS));
    let pkcs8 = ::pem::parse(pem("ed25519.pkcs8.pem")).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.contents()).unwrap();
    let mut signature = pair.sign(signing_input.as_bytes()).as_ref().to_vec();
    let keys = verifier(public_key(Algorithm::EdDsa));
    assert!(verify(&with_signature(header, &signature), &keys).is_ok());

    // The order of the group, little-endian; the same point comes out (RFC 8032 section 5.1.7).
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(verify(&with_signature(header, &signature), &keys), Err(TokenError::BadSignature));
}

#[test]
fn signatures_cut_short_or_lengthened() {
    for algorithm in Algorithm::ALL {
        let token = jws::sign(&private_key(algorithm), None, CLAIMS.as_bytes()).unwrap();
        let (signing_input, signature) = token.rsplit_once('.').unwrap();
        let signature = decode(signature);
        let longer = [signature.as_slice(), &[0]].concat();
        let shifted = [&[0], signature.as_slice()].concat();
        let half = signature.len() / 2;
        for bad in
            [&[][..], &signature[..1], &signature[..half], &signature[1..], &longer, &shifted]
        {
            let token = format!("{signing_input}.{}", encode(bad));
            assert_eq!(verify(&token, &all_keys()), Err(TokenError::BadSignature), "{algorithm}");
        }
    }
}

#[test]
fn a_part_of_another_token_of_the_same_key() {
    for algorithm in Algorithm::ALL {
        let key = private_key(algorithm);
        let [mine, admins] = [br#"{"sub":"eve"}"#, br#"{"sub":"bob"}"#]
            .map(|claims| jws::sign(&key, Some("rt+jwt"), claims).unwrap());
        let [mine, admins]: [Vec<_>; 2] = [&mine, &admins].map(|token| token.split('.').collect());
        let mixed = [mine[0], admins[1], mine[2]].join(".");
        assert_eq!(verify(&mixed, &all_keys()), Err(TokenError::BadSignature));

        let retyped = jws::sign(&key, Some("at+jwt"), b"{}").unwrap();
        let (header, _) = retyped.split_once('.').unwrap();
        let mixed = [header, mine[1], mine[2]].join(".");
        assert_eq!(verify(&mixed, &all_keys()), Err(TokenError::BadSignature));
    }
}

#[test]
fn empty_and_short_secrets() {
    for secret in [&b""[..], b"\0", b"secret", b"null", b"undefined", &[0; 32], &[0; 64]] {
        let token = forge_with(secret, r#"{"alg":"HS256"}"#, CLAIMS);
        assert_eq!(verify(&token, &all_keys()), Err(TokenError::BadSignature));
    }
}

#[test]
fn crit_is_refused_whatever_it_holds() {
    for crit in [
        r#"["b64"]"#,
        r#"["exp"]"#,
        r#"["alg"]"#,
        r#"["http://example.com/UNDEFINED"]"#,
        "[]",
        "null",
        "1",
        "true",
        r#""b64""#,
        "{}",
    ] {
        for rest in ["", r#","b64":true"#, r#","exp":1"#] {
            let token = forge(format!(r#"{{"alg":"HS256","crit":{crit}{rest}}}"#), CLAIMS);
            assert_eq!(verify(&token, &secret_keys()), Err(TokenError::CriticalHeader), "{crit}");
        }
    }
    // A header that nobody signed, with a key that does not fit, is no fault of the server's.
    let token = with_signature(r#"{"alg":"RS256","crit":1}"#, b"x");
    assert_eq!(verify(&token, &secret_keys()), Err(TokenError::CriticalHeader));
}

#[test]
fn b64_false_with_and_without_crit() {
    let header = r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#;
    let signing_input = format!("{}.{CLAIMS}", encode(header));
    let unencoded = format!("{signing_input}.{}", encode(hmac_sha256(SECRET, &signing_input)));
    assert_eq!(verify(&unencoded, &secret_keys()), Err(TokenError::CriticalHeader));

    for b64 in ["false", "true", "null", "0"] {
        let token = forge(format!(r#"{{"alg":"HS256","b64":{b64}}}"#), CLAIMS);
        assert_eq!(verify(&token, &secret_keys()), Err(TokenError::CriticalHeader), "{b64}");
    }
}

#[test]
fn a_key_that_the_token_brings_along_is_not_used() {
    let attacker = Key::from_jwk(&jwk("p256.jwk.json").to_string(), Algorithm::Es256).unwrap();
    let keys = KeySet::new(vec![Key::generate(Algorithm::Es256).unwrap()]).unwrap();
    let certificate = ::pem::parse(pem("rsa2048.certificate.pem")).unwrap();
    let certificate =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, certificate.contents());
    let pkcs8 = ::pem::parse(pem("p256.pkcs8.pem")).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(
        &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        pkcs8.contents(),
    )
    .unwrap();

    for (member, value) in [
        ("jwk", public_jwk("p256.jwk.json")),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("jku", json!("file:///etc/passwd")),
        ("x5u", json!("https://attacker.example/cert.pem")),
        ("x5c", json!([certificate])),
        ("x5t#S256", json!("AAAA")),
    ] {
        for kid in [None, attacker.kid(), keys.keys()[0].kid()] {
            let mut header = json!({"alg": "ES256"});
            header[member] = value.clone();
            if let Some(kid) = kid {
                header["kid"] = kid.into();
            }
            let signing_input = format!("{}.{}", encode(header.to_string()), encode(CLAIMS));
            let signature = pair.sign(&SystemRandom::new(), signing_input.as_bytes()).unwrap();
            let token = format!("{signing_input}.{}", encode(signature));

            // It verifies where the key is configured, so only the key is against it.
            assert!(verify(&token, &verifier(attacker.clone())).is_ok() || kid != attacker.kid());
            let expected = if kid == attacker.kid() {
                TokenError::UnknownKey
            } else {
                TokenError::BadSignature
            };
            assert_eq!(verify(&token, &keys), Err(expected), "{member} {kid:?}");
        }
    }
}

#[test]
fn links_in_the_header_are_not_even_read() {
    for member in [r#""jku":7"#, r#""jwk":"x""#, r#""x5u":null"#, r#""x5c":{}"#] {
        let token = forge(format!(r#"{{"alg":"HS256",{member}}}"#), CLAIMS);
        assert!(verify(&token, &secret_keys()).is_ok(), "{member}");
    }
}

#[test]
fn unknown_kid() {
    let key = private_key(Algorithm::Es256);
    let own = key.kid().unwrap().to_owned();
    let keys = KeySet::new(vec![key, secret_key()]).unwrap();
    let long = "A".repeat(4_000);
    for kid in [
        "",
        "1",
        "../../../../dev/null",
        "' OR 1=1 --",
        "http://attacker.example/key",
        "\u{0}",
        &own.to_lowercase(),
        &own[1..],
        &format!("{own} "),
        &long,
    ] {
        for alg in ["ES256", "HS256"] {
            let token = forge(json!({"alg": alg, "kid": kid}).to_string(), CLAIMS);
            assert_eq!(verify(&token, &keys), Err(TokenError::UnknownKey), "{kid}");
        }
    }
}

#[test]
fn kid_of_a_key_of_another_algorithm() {
    let keys = all_keys();
    for named in keys.keys().iter().filter(|key| key.kid().is_some()) {
        for alg in Algorithm::ALL.into_iter().filter(|alg| *alg != named.algorithm()) {
            let header = json!({"alg": alg.name(), "kid": named.kid()}).to_string();
            let refusal = verify(&forge(header, CLAIMS), &keys);
            assert_eq!(refusal, Err(TokenError::AlgorithmMismatch), "{alg}");
        }
    }
}

#[test]
fn kid_that_two_keys_share_tries_the_one_of_the_right_algorithm() {
    let named = |mut jwk: serde_json::Value, algorithm| {
        jwk["kid"] = json!("main");
        Key::from_jwk(&jwk.to_string(), algorithm).unwrap()
    };
    let secret = json!({"kty": "oct", "k": encode(SECRET)});
    let keys = KeySet::new(vec![
        named(jwk("p256.jwk.json"), Algorithm::Es256),
        named(secret, Algorithm::Hs256),
    ])
    .unwrap();
    for key in keys.keys() {
        let token = jws::sign(key, None, b"{}").unwrap();
        assert_eq!(verify(&token, &keys).unwrap().header().alg, key.algorithm());
    }
    let confused = forge_with(
        public_jwk("p256.jwk.json").to_string().as_bytes(),
        r#"{"alg":"HS256","kid":"main"}"#,
        CLAIMS,
    );
    assert_eq!(verify(&confused, &keys), Err(TokenError::BadSignature));
}

#[test]
fn a_key_taken_out_of_the_set_verifies_nothing_any_more() {
    let (old, new) = (private_key(Algorithm::Es256), Key::generate(Algorithm::Es256).unwrap());
    let token = jws::sign(&old, None, b"{}").unwrap();
    let overlap = KeySet::new(vec![new.clone(), old]).unwrap();
    assert!(verify(&token, &overlap).is_ok());
    let after = KeySet::new(vec![new]).unwrap();
    assert_eq!(verify(&token, &after), Err(TokenError::UnknownKey));
}
