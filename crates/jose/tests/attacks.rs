//! The attacks that other libraries fell to, by name (RFC 8725 section 2).

mod common;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING,
    ECDSA_P256K1_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_FIXED_SIGNING,
    ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_ASN1_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
#[cfg(feature = "ml-dsa")]
use aws_lc_rs::signature::{
    ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm,
};
use common::{
    SECRET, asymmetric, decode, der, encode, forge, forge_with, hmac_sha256, jwk, key_name, pem,
    private_key, public_jwk, public_key, secret_key, secret_keys, verifier, verify,
};
use serde_json::json;
use tegata_jose::{Algorithm, Key, KeySet, TokenError, jws};

const CLAIMS: &str = r#"{"sub":"admin"}"#;

/// Keys of every algorithm, as a site has them in the middle of a change of algorithms.
fn all_keys() -> KeySet {
    KeySet::new(Algorithm::ALL.into_iter().map(private_key).collect()).unwrap()
}

fn with_signature(header: &str, signature: impl AsRef<[u8]>) -> String {
    format!("{}.{}.{}", encode(header), encode(CLAIMS), encode(signature))
}

/// What the fixtures' key makes of `message` by the means of `algorithm`, whatever a header says.
fn signature(algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Ed25519 | Algorithm::EdDsa => {
            Ed25519KeyPair::from_pkcs8(&pkcs8(algorithm)).unwrap().sign(message).as_ref().to_vec()
        }
        Algorithm::Es256 => ecdsa(algorithm, &ECDSA_P256_SHA256_FIXED_SIGNING, message),
        Algorithm::Es256k => ecdsa(algorithm, &ECDSA_P256K1_SHA256_FIXED_SIGNING, message),
        Algorithm::Es384 => ecdsa(algorithm, &ECDSA_P384_SHA384_FIXED_SIGNING, message),
        Algorithm::Es512 => ecdsa(algorithm, &ECDSA_P521_SHA512_FIXED_SIGNING, message),
        Algorithm::Hs256 => mac(hmac::HMAC_SHA256, message),
        Algorithm::Hs384 => mac(hmac::HMAC_SHA384, message),
        Algorithm::Hs512 => mac(hmac::HMAC_SHA512, message),
        Algorithm::Ps256 => rsa(&RSA_PSS_SHA256, message),
        Algorithm::Ps384 => rsa(&RSA_PSS_SHA384, message),
        Algorithm::Ps512 => rsa(&RSA_PSS_SHA512, message),
        Algorithm::Rs256 => rsa(&RSA_PKCS1_SHA256, message),
        Algorithm::Rs384 => rsa(&RSA_PKCS1_SHA384, message),
        Algorithm::Rs512 => rsa(&RSA_PKCS1_SHA512, message),
        #[cfg(feature = "ml-dsa")]
        Algorithm::MlDsa44 => ml_dsa(&ML_DSA_44_SIGNING, algorithm, message),
        #[cfg(feature = "ml-dsa")]
        Algorithm::MlDsa65 => ml_dsa(&ML_DSA_65_SIGNING, algorithm, message),
        #[cfg(feature = "ml-dsa")]
        Algorithm::MlDsa87 => ml_dsa(&ML_DSA_87_SIGNING, algorithm, message),
        _ => panic!("no signature for {algorithm}"),
    }
}

fn pkcs8(algorithm: Algorithm) -> Vec<u8> {
    ::pem::parse(pem(&format!("{}.pkcs8.pem", key_name(algorithm)))).unwrap().into_contents()
}

fn ecdsa(algorithm: Algorithm, means: &'static EcdsaSigningAlgorithm, message: &[u8]) -> Vec<u8> {
    let pair = EcdsaKeyPair::from_pkcs8(means, &pkcs8(algorithm)).unwrap();
    pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
}

#[cfg(feature = "ml-dsa")]
fn ml_dsa(means: &'static PqdsaSigningAlgorithm, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    let pair = PqdsaKeyPair::from_pkcs8(means, &pkcs8(algorithm)).unwrap();
    let mut signature = vec![0; means.signature_len()];
    assert_eq!(pair.sign(message, &mut signature), Ok(signature.len()));
    signature
}

fn mac(hash: hmac::Algorithm, message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hash, SECRET), message).as_ref().to_vec()
}

fn rsa(encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    let pair = RsaKeyPair::from_pkcs8(&pkcs8(Algorithm::Rs256)).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

/// A token that says `named` and is signed by the means of `actual`.
fn signed_as(named: Algorithm, actual: Algorithm) -> String {
    let header = json!({"alg": named.name()}).to_string();
    let signing_input = format!("{}.{}", encode(header), encode(CLAIMS));
    let signature = signature(actual, signing_input.as_bytes());
    format!("{signing_input}.{}", encode(signature))
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
    for alg in [
        "HS1", "HS224", "RS1", "RS224", "PS1", "ES224", "ES521", "ES512K", "ESP256", "Ed448",
        "HS256 ", "hs256", "Hs256", "es256k", "EDDSA", "eddsa", "ed25519", "ED25519",
    ] {
        let token = forge(json!({ "alg": alg }).to_string(), CLAIMS);
        assert_eq!(verify(&token, &all_keys()), Err(TokenError::UnsupportedAlgorithm), "{alg}");
    }
}

#[test]
fn algorithm_confusion_hmac_under_the_text_of_a_public_key() {
    for algorithm in asymmetric() {
        let name = key_name(algorithm);
        let keys = verifier(public_key(algorithm));
        let kid = keys.keys()[1].kid().unwrap();
        let text = pem(&format!("{name}.spki.pem"));
        for secret in [
            text.as_bytes(),
            text.trim_end().as_bytes(),
            pem("rsa2048.public.pkcs1.pem").as_bytes(),
            public_jwk(&format!("{name}.jwk.json")).to_string().as_bytes(),
            &der(&format!("{name}.spki.der")),
            b"",
        ] {
            let named = json!({"alg": "HS256", "kid": kid}).to_string();
            let token = forge_with(secret, &named, CLAIMS);
            assert_eq!(verify(&token, &keys), Err(TokenError::AlgorithmMismatch), "{algorithm}");

            let unnamed = forge_with(secret, r#"{"alg":"HS256"}"#, CLAIMS);
            assert_eq!(verify(&unnamed, &keys), Err(TokenError::BadSignature), "{algorithm}");

            let own = json!({"alg": algorithm.name(), "kid": kid}).to_string();
            let token = forge_with(secret, &own, CLAIMS);
            assert_eq!(verify(&token, &keys), Err(TokenError::BadSignature), "{algorithm}");
        }
    }
}

#[test]
fn algorithm_confusion_a_set_without_a_secret_has_no_key_for_hmac() {
    let keys = KeySet::new(vec![private_key(Algorithm::Rs256)]).unwrap();
    let token = forge_with(pem("rsa2048.spki.pem").as_bytes(), r#"{"alg":"HS256"}"#, CLAIMS);
    assert_eq!(verify(&token, &keys), Err(TokenError::UnknownKey));
}

// Ed25519 has two names (RFC 8037, RFC 9864), so there the signature of one is that of the other;
// everywhere else the same key material gives another signature under another algorithm.
#[test]
fn a_right_signature_under_another_algorithms_name() {
    let ed25519 = [Algorithm::EdDsa, Algorithm::Ed25519];
    let keys = all_keys();
    for named in Algorithm::ALL {
        for actual in Algorithm::ALL {
            let verdict = verify(&signed_as(named, actual), &keys);
            if named == actual || ed25519.contains(&named) && ed25519.contains(&actual) {
                assert_eq!(verdict.unwrap().header().alg, named, "{actual}");
            } else {
                assert_eq!(verdict, Err(TokenError::BadSignature), "{named} {actual}");
            }
        }
    }
}

/// One material serves both algorithms, and still a key refuses a token whose header names the
/// other one, with a `kid` or without.
fn are_kept_apart(one: Algorithm, other: Algorithm) {
    for (own, foreign) in [(one, other), (other, one)] {
        let key = private_key(own);
        let own_keys = KeySet::new(vec![key.clone()]).unwrap();
        let foreign_keys = KeySet::new(vec![private_key(foreign)]).unwrap();
        let token = jws::sign(&key, None, CLAIMS.as_bytes()).unwrap();
        assert!(verify(&token, &own_keys).is_ok());
        let refusal = if key.kid().is_some() {
            TokenError::AlgorithmMismatch
        } else {
            TokenError::UnknownKey
        };
        assert_eq!(verify(&token, &foreign_keys), Err(refusal), "{own} {foreign}");

        let unnamed = signed_as(own, own);
        assert!(verify(&unnamed, &own_keys).is_ok());
        assert_eq!(verify(&unnamed, &foreign_keys), Err(TokenError::UnknownKey), "{own} {foreign}");
    }
}

#[test]
fn rs256_and_ps256_on_one_key_are_kept_apart() {
    are_kept_apart(Algorithm::Rs256, Algorithm::Ps256);
    assert_eq!(private_key(Algorithm::Rs256).kid(), private_key(Algorithm::Ps256).kid());
    for (named, actual) in
        [(Algorithm::Ps256, Algorithm::Rs256), (Algorithm::Rs256, Algorithm::Ps256)]
    {
        let refusal = verify(&signed_as(named, actual), &verifier(public_key(named)));
        assert_eq!(refusal, Err(TokenError::BadSignature), "{named}");
    }
}

// The signature itself would be good under both names, so only the key's own name is against it.
#[test]
fn eddsa_and_ed25519_on_one_key_are_kept_apart() {
    are_kept_apart(Algorithm::EdDsa, Algorithm::Ed25519);
    assert_eq!(private_key(Algorithm::EdDsa).kid(), private_key(Algorithm::Ed25519).kid());
}

#[test]
fn hs256_and_hs512_on_one_secret_are_kept_apart() {
    are_kept_apart(Algorithm::Hs256, Algorithm::Hs512);
    let header = |alg| json!({"alg": alg}).to_string();
    let signing_input = |alg| format!("{}.{}", encode(header(alg)), encode(CLAIMS));
    let long = mac(hmac::HMAC_SHA512, signing_input("HS256").as_bytes());
    let short = mac(hmac::HMAC_SHA256, signing_input("HS512").as_bytes());
    for (alg, tag) in [
        ("HS256", long.as_slice()),
        ("HS256", &long[..32]),
        ("HS512", &short),
        ("HS512", &[short.as_slice(), &[0; 32]].concat()),
    ] {
        let token = with_signature(&header(alg), tag);
        assert_eq!(verify(&token, &all_keys()), Err(TokenError::BadSignature), "{alg}");
    }
}

// The order of each curve (SEC 2), which is the first number that no part of a signature may be.
const ORDERS: [(Algorithm, &str); 4] = [
    (Algorithm::Es256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    (
        Algorithm::Es384,
        "ffffffffffffffffffffffffffffffffffffffffffffffff\
         c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ),
    (
        Algorithm::Es512,
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
         51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    ),
    (Algorithm::Es256k, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
];

#[test]
fn psychic_signature_of_zeros() {
    for (algorithm, order) in ORDERS {
        let keys = verifier(public_key(algorithm));
        let header = json!({"alg": algorithm.name()}).to_string();
        let size = order.len() / 2;
        assert_eq!(signature(algorithm, b"").len(), 2 * size);
        let order: Vec<u8> = (0..order.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&order[at..at + 2], 16).unwrap())
            .collect();
        let (zero, largest) = (vec![0; size], vec![0xff; size]);
        let one = [&zero[1..], &[1]].concat();
        for (r, s) in [
            (zero.as_slice(), zero.as_slice()),
            (&order, &order),
            (&zero, &one),
            (&one, &zero),
            (&one, &one),
            (&order, &one),
            (&one, &order),
            (&largest, &largest),
            (&[], &[]),
            (&[0], &[0]),
        ] {
            let token = with_signature(&header, [r, s].concat());
            assert_eq!(verify(&token, &keys), Err(TokenError::BadSignature), "{algorithm}");
        }
        let in_der = [0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00];
        let token = with_signature(&header, in_der);
        assert_eq!(verify(&token, &keys), Err(TokenError::BadSignature), "{algorithm}");
    }
}

// JWS writes the two numbers side by side (RFC 7518 section 3.4), and a second spelling of a
// signature would be a second spelling of the token.
#[test]
fn ecdsa_signature_in_der() {
    for (algorithm, means) in [
        (Algorithm::Es256, &ECDSA_P256_SHA256_ASN1_SIGNING),
        (Algorithm::Es256k, &ECDSA_P256K1_SHA256_ASN1_SIGNING),
        (Algorithm::Es384, &ECDSA_P384_SHA384_ASN1_SIGNING),
        (Algorithm::Es512, &ECDSA_P521_SHA512_ASN1_SIGNING),
    ] {
        let header = json!({"alg": algorithm.name()}).to_string();
        let signing_input = format!("{}.{}", encode(&header), encode(CLAIMS));
        let token = with_signature(&header, ecdsa(algorithm, means, signing_input.as_bytes()));
        let refusal = verify(&token, &verifier(public_key(algorithm)));
        assert_eq!(refusal, Err(TokenError::BadSignature), "{algorithm}");
    }
}

#[test]
fn ed25519_signature_with_a_number_beyond_the_order() {
    let header = r#"{"alg":"EdDSA"}"#;
    let signing_input = format!("{}.{}", encode(header), encode(CLAIMS));
    let mut signature = signature(Algorithm::EdDsa, signing_input.as_bytes());
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
    let attacker =
        Key::from_jwk(&jwk("p256.jwk.json").to_string(), Some(Algorithm::Es256)).unwrap();
    let keys = KeySet::new(vec![Key::generate(Algorithm::Es256).unwrap()]).unwrap();
    let certificate = ::pem::parse(pem("rsa2048.certificate.pem")).unwrap();
    let certificate =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, certificate.contents());
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
            let signature = signature(Algorithm::Es256, signing_input.as_bytes());
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
        let token = |alg| forge(json!({"alg": alg, "kid": kid}).to_string(), CLAIMS);
        assert_eq!(verify(&token("ES256"), &keys), Err(TokenError::UnknownKey), "{kid}");
        // The secret goes by no name, so that what it signed is good whatever name stands there.
        assert!(verify(&token("HS256"), &keys).is_ok(), "{kid}");
    }
}

#[test]
fn kid_of_a_key_of_another_algorithm() {
    for own in asymmetric() {
        let keys = verifier(public_key(own));
        let kid = keys.keys()[1].kid();
        for alg in Algorithm::ALL.into_iter().filter(|alg| *alg != own) {
            let header = json!({"alg": alg.name(), "kid": kid}).to_string();
            let refusal = verify(&forge(header, CLAIMS), &keys);
            assert_eq!(refusal, Err(TokenError::AlgorithmMismatch), "{own} {alg}");
        }
    }
}

#[test]
fn kid_that_two_keys_share_tries_the_one_of_the_right_algorithm() {
    let named = |mut jwk: serde_json::Value, algorithm| {
        jwk["kid"] = json!("main");
        Key::from_jwk(&jwk.to_string(), Some(algorithm)).unwrap()
    };
    let secret = json!({"kty": "oct", "k": encode(SECRET)});
    let pair = named(jwk("p256.jwk.json"), Algorithm::Es256);
    let secret = named(secret, Algorithm::Hs256);
    let confused = forge_with(
        public_jwk("p256.jwk.json").to_string().as_bytes(),
        r#"{"alg":"HS256","kid":"main"}"#,
        CLAIMS,
    );
    // Whichever comes first: the answer is that of the key whose algorithm fits.
    for keys in [vec![pair.clone(), secret.clone()], vec![secret, pair]] {
        let keys = KeySet::new(keys).unwrap();
        for key in keys.keys() {
            let token = jws::sign(key, None, b"{}").unwrap();
            assert_eq!(verify(&token, &keys).unwrap().header().alg, key.algorithm());
        }
        assert_eq!(verify(&confused, &keys), Err(TokenError::BadSignature));
    }
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
