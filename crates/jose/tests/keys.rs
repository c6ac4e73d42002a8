//! What becomes a key, for which algorithm, and what does not.

mod common;

use common::{
    SECRET, asymmetric, der, jwk, key_name, pem, private_key, public_jwk, secret_key, verifier,
    verify,
};
use serde_json::{Value, json};
use tegata_jose::{Algorithm, Key, KeyError, KeySet, TokenError, jws};

/// The algorithms that take one key: another of them imports it just as well.
const FAMILIES: [(&str, &[Algorithm]); 6] = [
    (
        "rsa2048",
        &[
            Algorithm::Ps256,
            Algorithm::Ps384,
            Algorithm::Ps512,
            Algorithm::Rs256,
            Algorithm::Rs384,
            Algorithm::Rs512,
        ],
    ),
    ("p256", &[Algorithm::Es256]),
    ("p384", &[Algorithm::Es384]),
    ("p521", &[Algorithm::Es512]),
    ("secp256k1", &[Algorithm::Es256k]),
    ("ed25519", &[Algorithm::EdDsa, Algorithm::Ed25519]),
];

const SECRETS: [(Algorithm, usize); 3] =
    [(Algorithm::Hs256, 32), (Algorithm::Hs384, 48), (Algorithm::Hs512, 64)];

fn secret_jwk() -> Value {
    json!({"kty": "oct", "k": common::encode(SECRET)})
}

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

fn from_jwk(jwk: &Value, algorithm: Algorithm) -> Result<Key, KeyError> {
    Key::from_jwk(&jwk.to_string(), algorithm)
}

fn jwk_problem(jwk: &Value, algorithm: Algorithm) -> (&'static str, &'static str) {
    match from_jwk(jwk, algorithm) {
        Err(KeyError::Jwk { member, problem }) => (member, problem),
        other => panic!("{other:?}"),
    }
}

fn is_unusable(key: Result<Key, KeyError>, asked_for: Algorithm) -> bool {
    key.is_err_and(
        |error| matches!(error, KeyError::Unusable { algorithm, .. } if algorithm == asked_for),
    )
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
            "ed25519" => (&["pkcs8"][..], &["spki"][..]),
            _ => (&["pkcs8", "sec1", "parameters.sec1"][..], &["spki", "compressed.spki"][..]),
        };
        for algorithm in algorithms.iter().copied() {
            let read = |encodings: &[&str], jwk| {
                let read =
                    |encoding| from_pem(&format!("{name}.{encoding}.pem"), algorithm).unwrap();
                let mut keys: Vec<_> = encodings.iter().map(read).collect();
                keys.push(from_jwk(&jwk, algorithm).unwrap());
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
            "ed25519" => "pkcs8",
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
        "rsa2048.certificate.pem",
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
        let plain = if algorithm.is_symmetric() {
            secret_jwk()
        } else {
            jwk(&format!("{}.jwk.json", key_name(algorithm)))
        };
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
                let wrong = if jwk["kty"] == kty(asked_for) { "crv" } else { "kty" };
                assert_eq!(jwk_problem(&jwk, asked_for).0, wrong, "{asked_for}");
            }
        }
    }
    let curves = ["P-224", "P-256", "P-384", "P-521", "secp256k1", "X25519", "Ed448", "p-256", ""];
    for (name, algorithms) in FAMILIES.into_iter().skip(1) {
        let mut jwk = jwk(&format!("{name}.jwk.json"));
        let own = jwk["crv"].clone();
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
    for text in [
        "",
        "[]",
        "null",
        "\"kty\"",
        "{}",
        r#"{"kty":1}"#,
        r#"{"kty":null}"#,
        r#"{"kty":"oct","k":[1]}"#,
        r#"{"kty":"oct","kty":"RSA"}"#,
        r#"{"kty":"oct","key_ops":"sign"}"#,
        r#"{"keys":[]}"#,
        "-----BEGIN PUBLIC KEY-----",
    ] {
        for algorithm in Algorithm::ALL {
            let refusal = Key::from_jwk(text, algorithm).unwrap_err();
            assert!(matches!(refusal, KeyError::Jwk { member: "kty", .. }), "{text} {refusal:?}");
        }
    }
}

#[test]
fn a_private_jwk_whose_halves_do_not_belong_together_is_refused() {
    for algorithm in asymmetric() {
        let mut jwk = jwk(&format!("{}.jwk.json", key_name(algorithm)));
        let mut d = common::decode(jwk["d"].as_str().unwrap());
        d[1] ^= 4;
        jwk["d"] = json!(common::encode(d));
        assert!(is_unusable(from_jwk(&jwk, algorithm), algorithm), "{algorithm}");
    }
}

// RFC 7518 section 6.2.1.2: a coordinate has the full size. Read without that rule, bytes can move
// from one coordinate to the other and the key stays the same.
#[test]
fn jwk_coordinates_have_the_size_of_the_curve() {
    let problem = "has not the length that its curve asks for";
    for (name, algorithms) in FAMILIES.into_iter().skip(1) {
        for algorithm in algorithms.iter().copied() {
            let jwk = jwk(&format!("{name}.jwk.json"));
            for member in ["x", "y", "d"].into_iter().filter(|member| jwk.get(member).is_some()) {
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

#[test]
fn empty_and_short_secrets_are_refused() {
    for (algorithm, least) in SECRETS {
        for actual in [0, 1, least - 1] {
            let expected = KeyError::ShortSecret { algorithm, least, actual };
            let raw = vec![b'x'; actual];
            assert_eq!(Key::from_secret(&raw, algorithm).unwrap_err(), expected);
            if actual > 0 {
                let jwk = json!({"kty": "oct", "k": common::encode(&raw)});
                assert_eq!(from_jwk(&jwk, algorithm).unwrap_err(), expected);
            }
        }
        assert!(Key::from_secret(&vec![b'x'; least], algorithm).is_ok());
    }
}

#[test]
fn a_secret_is_no_key_for_an_asymmetric_algorithm() {
    for algorithm in asymmetric() {
        assert!(is_unusable(Key::from_secret(SECRET, algorithm), algorithm));
        assert!(is_unusable(Key::derive(SECRET, b"label", algorithm), algorithm));
    }
}

// Made with Python's hmac and hashlib from the formulas of RFC 5869 and RFC 7515: a change of the
// derivation would log everybody out, so it must not happen unnoticed.
#[test]
fn derived_keys_never_change() {
    for (algorithm, token) in [
        (Algorithm::Hs256, "eyJhbGciOiJIUzI1NiJ9.e30.cinkN9WXYGujB0MThqW3hMmsYzkUwh73U6pwc0tvry0"),
        (
            Algorithm::Hs384,
            "eyJhbGciOiJIUzM4NCJ9.e30.MpHysz5H61TahushAjTrVlA-EpFyDdPtzTTng3yWeLLoQrZYRqCnHc9Np0PlehAd",
        ),
        (
            Algorithm::Hs512,
            "eyJhbGciOiJIUzUxMiJ9.e30.qLwdxZ2ujvaUugVmvSM2361tufL5AInJa7hB-c4fZ4_qf9gL_SdOCIU_H-C66dTBg6GmG5_vXc0gBknRGz0W_A",
        ),
    ] {
        let key = Key::derive(b"django-insecure-example", b"example label v1", algorithm).unwrap();
        assert_eq!(jws::sign(&key, None, b"{}").unwrap(), token);
    }
}

#[test]
fn derived_keys_differ_by_secret_and_by_label() {
    let derive =
        |secret: &[u8], label: &[u8]| Key::derive(secret, label, Algorithm::Hs256).unwrap();
    let token = jws::sign(&derive(b"one", b"label"), None, b"{}").unwrap();
    assert!(verify(&token, &verifier(derive(b"one", b"label"))).is_ok());
    for other in [derive(b"two", b"label"), derive(b"one", b"other"), derive(b"onel", b"abel")] {
        assert_eq!(verify(&token, &verifier(other)), Err(TokenError::BadSignature));
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
fn public_keys_neither_sign_nor_lead_a_set() {
    let public = from_pem("p256.spki.pem", Algorithm::Es256).unwrap();
    assert_eq!(jws::sign(&public, None, b"{}").unwrap_err(), KeyError::NotForSigning);
    let refusal = KeySet::new(vec![public, private_key(Algorithm::Es256)]).unwrap_err();
    assert_eq!(refusal, KeyError::NotForSigning);
    assert_eq!(KeySet::new(vec![]).unwrap_err(), KeyError::EmptyKeySet);
}

#[test]
fn the_first_key_signs_and_all_verify() {
    let keys: Vec<_> = Algorithm::ALL.into_iter().map(private_key).collect();
    let set = KeySet::new(keys.clone()).unwrap();
    assert_eq!(set.signing_key().algorithm(), keys[0].algorithm());
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
        assert_eq!(format!("{set:?}"), format!("KeySet {{ keys: [{expected}] }}"));
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
        Key::from_jwk(&format!(r#"{{"kty":"{marker}"}}"#), Algorithm::Es256),
        Key::from_jwk(&format!(r#"{{"kty":"oct","k":"{marker}"}}"#), Algorithm::Hs256),
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

fn without_armour(name: &str) -> String {
    let text = pem(name);
    text.lines().filter(|line| !line.starts_with("-----")).collect::<Vec<_>>().join("\n")
}

// They look a little like keys, and only a little: all of these are good secrets.
#[test]
fn secrets_that_are_no_public_key_are_taken() {
    for secret in [
        "{\"not\": \"a key, merely JSON of 32 letters\"}",
        "my-ssh-passphrase-is-thirty-two-l",
        "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A, or so",
    ] {
        assert!(Key::from_secret(secret.as_bytes(), Algorithm::Hs256).is_ok(), "{secret}");
    }
}

#[test]
fn public_keys_in_any_encoding_are_no_secret() {
    for (name, _) in FAMILIES {
        let jwk = public_jwk(&format!("{name}.jwk.json"));
        for (raw, found) in [
            (pem(&format!("{name}.spki.pem")).into_bytes(), "PEM"),
            (jwk.to_string().into(), "JWK"),
            (der(&format!("{name}.spki.der")), "DER public key"),
            (without_armour(&format!("{name}.spki.pem")).into(), "DER public key"),
        ] {
            is_no_secret(&raw, found);
        }
    }
    let jwks = format!(r#"{{"keys":[{}]}}"#, public_jwk("p256.jwk.json"));
    let bom = format!("\u{feff}{}", public_jwk("p256.jwk.json"));
    let offered: [(Vec<u8>, &str); 10] = [
        (pem("rsa2048.public.pkcs1.pem").into(), "PEM"),
        (pem("rsa2048.certificate.pem").into(), "PEM"),
        (format!("\n  note\n{}", pem("p256.spki.pem")).into(), "PEM"),
        (format!(" {:#}\n", public_jwk("p256.jwk.json")).into(), "JWK"),
        (jwks.into(), "JWK"),
        (bom.into(), "JWK"),
        (without_armour("rsa1024.spki.pem").into(), "DER public key"),
        (without_armour("p256.spki.pem").replace('\n', "").into(), "DER public key"),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMfG4L9nCl92".to_vec(), "SSH public key"),
        (b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7".to_vec(), "SSH public key"),
    ];
    for (raw, found) in offered {
        is_no_secret(&raw, found);
    }
}

fn is_no_secret(raw: &[u8], found: &'static str) {
    let wrapped = json!({"kty": "oct", "k": common::encode(raw)});
    for (algorithm, _) in SECRETS {
        for refusal in [Key::from_secret(raw, algorithm), from_jwk(&wrapped, algorithm)] {
            assert_eq!(refusal.unwrap_err(), KeyError::NotSecret { found });
        }
    }
}

#[test]
fn nothing_is_derived_from_nothing() {
    let refusal = Key::derive(b"", b"label", Algorithm::Hs256).unwrap_err();
    assert!(matches!(refusal, KeyError::ShortSecret { actual: 0, .. }));
}
