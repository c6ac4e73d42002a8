//! What becomes a key, for which algorithm, and what does not.

mod common;

use common::{SECRET, der, jwk, pem, private_key, public_jwk, secret_key, verifier, verify};
use serde_json::{Value, json};
use tegata_jose::{Algorithm, Key, KeyError, KeySet, TokenError, jws};

const ASYMMETRIC: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

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
fn every_encoding_of_an_rsa_key_is_one_key() {
    let read = |name| from_pem(name, Algorithm::Rs256).unwrap();
    are_one_key(
        "rsa2048",
        &[
            read("rsa2048.pkcs8.pem"),
            read("rsa2048.pkcs1.pem"),
            from_jwk(&jwk("rsa2048.jwk.json"), Algorithm::Rs256).unwrap(),
        ],
        &[
            read("rsa2048.spki.pem"),
            read("rsa2048.public.pkcs1.pem"),
            from_jwk(&public_jwk("rsa2048.jwk.json"), Algorithm::Rs256).unwrap(),
        ],
    );
}

#[test]
fn every_encoding_of_an_ec_key_is_one_key() {
    let read = |name| from_pem(name, Algorithm::Es256).unwrap();
    are_one_key(
        "p256",
        &[
            read("p256.pkcs8.pem"),
            read("p256.sec1.pem"),
            read("p256.parameters.sec1.pem"),
            from_jwk(&jwk("p256.jwk.json"), Algorithm::Es256).unwrap(),
        ],
        &[
            read("p256.spki.pem"),
            read("p256.compressed.spki.pem"),
            from_jwk(&public_jwk("p256.jwk.json"), Algorithm::Es256).unwrap(),
        ],
    );
}

#[test]
fn every_encoding_of_an_ed25519_key_is_one_key() {
    let read = |name| from_pem(name, Algorithm::EdDsa).unwrap();
    are_one_key(
        "ed25519",
        &[read("ed25519.pkcs8.pem"), from_jwk(&jwk("ed25519.jwk.json"), Algorithm::EdDsa).unwrap()],
        &[
            read("ed25519.spki.pem"),
            from_jwk(&public_jwk("ed25519.jwk.json"), Algorithm::EdDsa).unwrap(),
        ],
    );
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
    let kinds = [
        (Algorithm::Rs256, ["rsa2048.pkcs8.pem", "rsa2048.spki.pem", "rsa2048.pkcs1.pem"]),
        (Algorithm::Es256, ["p256.pkcs8.pem", "p256.spki.pem", "p256.sec1.pem"]),
        (Algorithm::EdDsa, ["ed25519.pkcs8.pem", "ed25519.spki.pem", "ed25519.spki.pem"]),
    ];
    for (own, names) in kinds {
        for name in names {
            for asked_for in Algorithm::ALL.into_iter().filter(|asked_for| *asked_for != own) {
                assert!(is_unusable(from_pem(name, asked_for), asked_for), "{name} {asked_for}");
            }
        }
    }
}

#[test]
fn weak_and_foreign_keys_are_refused_for_every_algorithm() {
    for name in [
        "rsa1024.pkcs8.pem",
        "rsa1024.spki.pem",
        "rsa2048.pss.pkcs8.pem",
        "rsa2048.certificate.pem",
        "p384.pkcs8.pem",
        "p384.spki.pem",
        "secp256k1.pkcs8.pem",
        "secp256k1.spki.pem",
        "ed448.pkcs8.pem",
    ] {
        for algorithm in ASYMMETRIC {
            assert!(is_unusable(from_pem(name, algorithm), algorithm), "{name} {algorithm}");
        }
    }
}

fn rsa_public_jwk(modulus: &[u8], exponent: &[u8]) -> Value {
    json!({"kty": "RSA", "n": common::encode(modulus), "e": common::encode(exponent)})
}

#[test]
fn rsa_moduli_below_2048_and_above_8192_bits_are_refused() {
    let modulus = |first: u8, bytes: usize| {
        let mut modulus = vec![0xff; bytes];
        modulus[0] = first;
        from_jwk(&rsa_public_jwk(&modulus, &[1, 0, 1]), Algorithm::Rs256)
    };
    for (first, bytes) in [(0x80, 256), (0xff, 256), (0xff, 1_024)] {
        assert!(modulus(first, bytes).is_ok(), "{first} {bytes}");
    }
    for (first, bytes) in [(0xff, 1), (0xff, 255), (0x7f, 256), (1, 1_025), (0xff, 2_048)] {
        assert!(is_unusable(modulus(first, bytes), Algorithm::Rs256), "{first} {bytes}");
    }
}

// With an exponent of 1 the message's own padding is its signature.
#[test]
fn rsa_exponents_that_prove_nothing_are_refused() {
    for exponent in [&[1][..], &[2], &[0, 1]] {
        let key = from_jwk(&rsa_public_jwk(&[0xff; 256], exponent), Algorithm::Rs256);
        assert!(is_unusable(key, Algorithm::Rs256), "{exponent:?}");
    }
}

#[test]
fn jwk_use_key_ops_and_alg_are_honoured() {
    for name in ["rsa2048", "p256", "ed25519"] {
        let algorithm = match name {
            "rsa2048" => Algorithm::Rs256,
            "p256" => Algorithm::Es256,
            _ => Algorithm::EdDsa,
        };
        let with = |member: &str, value: Value| {
            let mut jwk = jwk(&format!("{name}.jwk.json"));
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
            ("alg", json!("HS256")),
            ("alg", json!("none")),
            ("alg", json!(algorithm.name().to_lowercase())),
        ] {
            assert_eq!(jwk_problem(&with(member, value), algorithm).0, member);
        }
    }
}

#[test]
fn jwk_of_another_type_or_curve_is_refused_by_the_members_name() {
    let secret = json!({"kty": "oct", "k": common::encode(SECRET)});
    let names = ["rsa2048.jwk.json", "p256.jwk.json", "ed25519.jwk.json"];
    let jwks = names.map(jwk).into_iter().chain([secret]);
    for (own, jwk) in ASYMMETRIC.into_iter().chain([Algorithm::Hs256]).zip(jwks) {
        assert!(from_jwk(&jwk, own).is_ok());
        for other in Algorithm::ALL.into_iter().filter(|other| *other != own) {
            assert_eq!(jwk_problem(&jwk, other).0, "kty", "{own} as {other}");
        }
    }
    for (name, algorithm, curve) in [
        ("p256.jwk.json", Algorithm::Es256, json!("P-384")),
        ("p256.jwk.json", Algorithm::Es256, json!("secp256k1")),
        ("p256.jwk.json", Algorithm::Es256, Value::Null),
        ("ed25519.jwk.json", Algorithm::EdDsa, json!("X25519")),
        ("ed25519.jwk.json", Algorithm::EdDsa, json!("Ed448")),
    ] {
        let mut jwk = jwk(name);
        jwk["crv"] = curve;
        assert_eq!(jwk_problem(&jwk, algorithm).0, "crv");
    }
}

#[test]
fn missing_jwk_members_are_named() {
    let secret = json!({"kty": "oct", "k": common::encode(SECRET)});
    let cases = [
        (Algorithm::Hs256, secret, &["k"][..]),
        (Algorithm::Rs256, jwk("rsa2048.jwk.json"), &["n", "e", "p", "q", "dp", "dq", "qi"]),
        (Algorithm::Es256, jwk("p256.jwk.json"), &["x", "y"]),
        (Algorithm::EdDsa, jwk("ed25519.jwk.json"), &["x"]),
    ];
    for (algorithm, jwk, members) in cases {
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
    for (name, algorithm) in
        [("rsa2048", Algorithm::Rs256), ("p256", Algorithm::Es256), ("ed25519", Algorithm::EdDsa)]
    {
        let mut jwk = jwk(&format!("{name}.jwk.json"));
        let mut d = common::decode(jwk["d"].as_str().unwrap());
        d[1] ^= 4;
        jwk["d"] = json!(common::encode(d));
        assert!(is_unusable(from_jwk(&jwk, algorithm), algorithm), "{name}");
    }
}

// RFC 7518 section 6.2.1.2: a coordinate has the full size. Read without that rule, bytes can move
// from one coordinate to the other and the key stays the same.
#[test]
fn jwk_coordinates_have_the_size_of_the_curve() {
    let jwk = public_jwk("p256.jwk.json");
    let [x, y] = ["x", "y"].map(|member| common::decode(jwk[member].as_str().unwrap()));
    let point = [x, y].concat();
    for split in [1, 31, 33, 63] {
        let mut moved = jwk.clone();
        moved["x"] = json!(common::encode(&point[..split]));
        moved["y"] = json!(common::encode(&point[split..]));
        assert_eq!(jwk_problem(&moved, Algorithm::Es256), ("x", "is not 32 bytes"));
    }
    let mut short = public_jwk("ed25519.jwk.json");
    short["x"] = json!(common::encode([1; 31]));
    assert_eq!(jwk_problem(&short, Algorithm::EdDsa), ("x", "is not 32 bytes"));
}

#[test]
fn a_point_off_the_curve_is_refused() {
    let mut jwk = public_jwk("p256.jwk.json");
    jwk["y"] = json!(common::encode([1; 32]));
    assert!(is_unusable(from_jwk(&jwk, Algorithm::Es256), Algorithm::Es256));
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
    for actual in [0, 1, 31] {
        let expected = KeyError::ShortSecret { algorithm: Algorithm::Hs256, least: 32, actual };
        let raw = vec![b'x'; actual];
        assert_eq!(Key::from_secret(&raw, Algorithm::Hs256).unwrap_err(), expected);
        if actual > 0 {
            let jwk = json!({"kty": "oct", "k": common::encode(&raw)});
            assert_eq!(from_jwk(&jwk, Algorithm::Hs256).unwrap_err(), expected);
        }
    }
    assert!(Key::from_secret(&[b'x'; 32], Algorithm::Hs256).is_ok());
}

#[test]
fn a_secret_is_no_key_for_an_asymmetric_algorithm() {
    for algorithm in ASYMMETRIC {
        assert!(is_unusable(Key::from_secret(SECRET, algorithm), algorithm));
        assert!(is_unusable(Key::derive(SECRET, b"label", algorithm), algorithm));
    }
}

// Made with Python's hmac and hashlib from the formulas of RFC 5869 and RFC 7515: a change of the
// derivation would log everybody out, so it must not happen unnoticed.
#[test]
fn derived_keys_never_change() {
    let key =
        Key::derive(b"django-insecure-example", b"example label v1", Algorithm::Hs256).unwrap();
    assert_eq!(
        jws::sign(&key, None, b"{}").unwrap(),
        "eyJhbGciOiJIUzI1NiJ9.e30.cinkN9WXYGujB0MThqW3hMmsYzkUwh73U6pwc0tvry0"
    );
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
    for (name, algorithm) in
        [("rsa2048", Algorithm::Rs256), ("p256", Algorithm::Es256), ("ed25519", Algorithm::EdDsa)]
    {
        let thumbprint = pem(&format!("{name}.thumbprint"));
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
    for name in ["", "none", "None", "hs256", "HS256 ", "HS1", "RS1", "ES256K", "Ed25519", "eddsa"]
    {
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
    let jwks = format!(r#"{{"keys":[{}]}}"#, public_jwk("p256.jwk.json"));
    let bom = format!("\u{feff}{}", public_jwk("p256.jwk.json"));
    let offered: Vec<(Vec<u8>, &str)> = vec![
        (pem("rsa2048.spki.pem").into(), "PEM"),
        (pem("rsa2048.public.pkcs1.pem").into(), "PEM"),
        (pem("p256.spki.pem").into(), "PEM"),
        (pem("ed25519.spki.pem").into(), "PEM"),
        (pem("rsa2048.certificate.pem").into(), "PEM"),
        (format!("\n  note\n{}", pem("p256.spki.pem")).into(), "PEM"),
        (public_jwk("rsa2048.jwk.json").to_string().into(), "JWK"),
        (public_jwk("p256.jwk.json").to_string().into(), "JWK"),
        (public_jwk("ed25519.jwk.json").to_string().into(), "JWK"),
        (format!(" {:#}\n", public_jwk("p256.jwk.json")).into(), "JWK"),
        (jwks.into(), "JWK"),
        (bom.into(), "JWK"),
        (without_armour("rsa2048.spki.pem").into(), "DER public key"),
        (without_armour("p256.spki.pem").replace('\n', "").into(), "DER public key"),
        (without_armour("p384.spki.pem").into(), "DER public key"),
        (der("rsa2048.spki.der"), "DER public key"),
        (der("p256.spki.der"), "DER public key"),
        (der("ed25519.spki.der"), "DER public key"),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMfG4L9nCl92".to_vec(), "SSH public key"),
        (b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7".to_vec(), "SSH public key"),
    ];
    for (raw, found) in offered {
        let refusal = Key::from_secret(&raw, Algorithm::Hs256).unwrap_err();
        assert_eq!(refusal, KeyError::NotSecret { found });
        let wrapped = json!({"kty": "oct", "k": common::encode(&raw)});
        let refusal = from_jwk(&wrapped, Algorithm::Hs256).unwrap_err();
        assert_eq!(refusal, KeyError::NotSecret { found });
    }
}
