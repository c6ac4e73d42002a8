//! JWK Sets, from others and of one's own.

mod common;

use common::{
    FAMILIES, SECRET, asymmetric, encode, jwk, private_key, public_jwk, public_key, secret_jwk,
    verify,
};
use serde_json::{Value, json};
use tegata_jose::{Algorithm, Key, KeyError, KeySet, jws};

fn set(keys: impl IntoIterator<Item = Value>) -> String {
    json!({ "keys": keys.into_iter().collect::<Vec<_>>() }).to_string()
}

fn public(name: &str) -> Value {
    public_jwk(&format!("{name}.jwk.json"))
}

fn private(name: &str) -> Value {
    jwk(&format!("{name}.jwk.json"))
}

fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
    jwk[member] = value.into();
    jwk
}

fn all() -> KeySet {
    KeySet::new(Algorithm::ALL.into_iter().map(private_key).collect()).unwrap()
}

/// Keys that are not for the signatures of this crate, each with the member that says so.
fn unsupported() -> Vec<(Value, &'static str)> {
    vec![
        (
            json!({"kty": "AKP", "alg": "FN-DSA-512", "pub": "AA", "kid": "pq"}),
            if cfg!(feature = "ml-dsa") { "alg" } else { "kty" },
        ),
        (json!({"kty": "OKP", "crv": "X25519", "x": "AA"}), "crv"),
        (json!({"kty": "OKP", "crv": "Ed448", "x": "AA", "alg": "EdDSA"}), "crv"),
        (with(public("rsa2048"), "use", "enc"), "use"),
        (with(public("rsa2048"), "alg", "RSA-OAEP-256"), "alg"),
        (with(public("p256"), "key_ops", json!(["deriveKey"])), "key_ops"),
    ]
}

/// Keys that were meant for signatures, and are wrong.
fn broken() -> Vec<Value> {
    let mut rsa = public("rsa2048");
    rsa.as_object_mut().unwrap().remove("n");
    vec![
        rsa,
        public("rsa1024"),
        with(public("p256"), "y", public("p256")["x"].clone()),
        with(public("p256"), "x", "AA"),
        with(public("p256"), "alg", "RS256"),
        with(public("p256"), "kid", 1),
        with(public("p256"), "kid", Value::Null),
        json!({"kid": "no type"}),
        json!("text"),
        json!(1),
        Value::Null,
        json!([]),
    ]
}

#[test]
fn a_public_set_holds_the_public_halves_and_no_secret() {
    let text = all().to_jwks().unwrap();
    let parsed: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(parsed["keys"].as_array().unwrap().len(), asymmetric().count());
    for private in ["d", "p", "q", "dp", "dq", "qi", "k", "priv"] {
        assert!(parsed["keys"].as_array().unwrap().iter().all(|key| key.get(private).is_none()));
    }
    assert!(!text.contains(&encode(SECRET)));

    let keys = KeySet::from_jwks(&text).unwrap();
    assert_eq!(keys.signing_key().unwrap_err(), KeyError::NotForSigning);
    for (key, algorithm) in keys.keys().iter().zip(asymmetric()) {
        assert_eq!(key.algorithm(), algorithm);
        let token = jws::sign(&private_key(algorithm), None, b"{}").unwrap();
        assert!(verify(&token, &keys).is_ok(), "{algorithm}");
    }
}

#[test]
fn a_set_of_secrets_is_published_as_an_empty_one() {
    let keys = KeySet::new(vec![private_key(Algorithm::Hs256)]).unwrap();
    assert_eq!(keys.to_jwks().unwrap(), r#"{"keys":[]}"#);
}

#[test]
fn a_private_set_comes_back_as_it_was() {
    let text = all().to_private_jwks().unwrap();
    let again = KeySet::from_private_jwks(&text).unwrap();
    assert_eq!(again.signing_key().unwrap().algorithm(), Algorithm::ALL[0]);
    for (key, algorithm) in again.keys().iter().zip(Algorithm::ALL) {
        assert_eq!((key.algorithm(), key.can_sign()), (algorithm, true));
        assert_eq!(key.kid(), private_key(algorithm).kid());
        let token = jws::sign(key, None, b"{}").unwrap();
        assert!(verify(&token, &all()).is_ok(), "{algorithm}");
    }
    assert_eq!(again.to_private_jwks().unwrap(), text);
}

#[test]
fn a_private_set_may_hold_public_keys() {
    let retired = public_key(Algorithm::Rs256);
    let keys = KeySet::new(vec![private_key(Algorithm::EdDsa), retired]).unwrap();
    let again = KeySet::from_private_jwks(&keys.to_private_jwks().unwrap()).unwrap();
    assert_eq!(again.keys().iter().map(Key::can_sign).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_private_part_in_a_public_set_is_an_error() {
    let named = |jwk: Value| with(jwk, "kid", "the \"leak\"\n");
    let mut leaks: Vec<_> = FAMILIES.into_iter().map(|(name, _)| private(name)).collect();
    leaks.push(with(secret_jwk(), "alg", "HS256"));
    leaks.push(json!({"kty": "oct", "kid": "empty"}));
    // A leak is one whatever the key is for, and whatever else is wrong with it.
    leaks.push(with(private("rsa2048"), "use", "enc"));
    leaks.push(with(public("rsa2048"), "p", "AA"));
    leaks.push(with(public("p256"), "d", 1));
    leaks.push(json!({"kty": "OKP", "crv": "X25519", "x": "AA", "d": "AA"}));
    leaks.push(json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "priv": "AA"}));
    leaks.push(json!({"kty": "unheard of", "d": "AA"}));
    for leak in leaks {
        let refusal = KeySet::from_jwks(&set([public("p384"), named(leak.clone())])).unwrap_err();
        let kid = Some("the \"leak\"\n".to_owned());
        assert_eq!(refusal, KeyError::PrivateInPublicSet { index: 1, kid }, "{leak}");
        let says = refusal.to_string();
        assert!(says.contains("`keys[1]` (kid \"the \\\"leak\\\"\\n\")"), "{says}");
        assert!(says.contains("; hint: publish public keys only, and replace this one"), "{says}");
    }
    let refusal = KeySet::from_jwks(&set([private("p256")])).unwrap_err();
    assert_eq!(refusal, KeyError::PrivateInPublicSet { index: 0, kid: None });
}

#[test]
fn a_public_set_passes_over_what_it_cannot_use() {
    let others = unsupported().into_iter().map(|(jwk, _)| jwk).chain(broken());
    let keys = KeySet::from_jwks(&set(others.chain([public("p256"), public("ed25519")]))).unwrap();
    let algorithms: Vec<_> = keys.keys().iter().map(Key::algorithm).collect();
    assert_eq!(algorithms, [Algorithm::Es256, Algorithm::EdDsa]);
}

#[test]
fn a_private_set_passes_over_what_is_not_for_it_and_refuses_what_is_broken() {
    let others = unsupported().into_iter().map(|(jwk, _)| jwk);
    let keys = KeySet::from_private_jwks(&set(others.chain([private("p256")]))).unwrap();
    assert_eq!(keys.keys().len(), 1);

    let short = json!({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"});
    for jwk in broken().into_iter().chain([short, secret_jwk()]) {
        let refusal = KeySet::from_private_jwks(&set([private("p256"), jwk.clone()])).unwrap_err();
        assert!(matches!(refusal, KeyError::InKeySet { index: 1, .. }), "{jwk} {refusal}");
    }
}

#[test]
fn a_set_without_a_usable_key_says_why() {
    for (jwk, member) in unsupported() {
        let kid = jwk["kid"].as_str().map(str::to_owned);
        for read in [KeySet::from_jwks, KeySet::from_private_jwks] {
            let reason = Box::new(KeyError::UnsupportedJwk { member });
            let first = Box::new(KeyError::InKeySet { index: 0, kid: kid.clone(), reason });
            let expected = KeyError::NoUsableKey { first };
            assert_eq!(read(&set([jwk.clone()])).unwrap_err(), expected, "{jwk}");
        }
    }
    // The broken one tells more than the one for encryption.
    let weak = with(public("rsa1024"), "kid", "weak");
    let refusal = KeySet::from_jwks(&set([with(weak.clone(), "use", "enc"), weak])).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the JWK Set has no usable key: `keys[1]` (kid \"weak\") cannot be used: not a usable key \
         for RS256, which needs an RSA key of 2048 to 8192 bits"
    );
}

#[test]
fn a_set_without_keys_is_empty() {
    for read in [KeySet::from_jwks, KeySet::from_private_jwks] {
        assert_eq!(read(r#"{"keys":[]}"#).unwrap_err(), KeyError::EmptyKeySet);
    }
}

#[test]
fn a_text_that_is_no_set_is_refused() {
    let (no_object, repeated) = ("it is not a JSON object", "a member name is repeated");
    let no_keys = "it has no array `keys`; hint: a single JWK is read as that";
    let twice = set([with(public("p256"), "kid", "a")]).replace(r#""kid":"#, r#""kid":"b","kid":"#);
    for (text, problem) in [
        ("", no_object),
        ("[]", no_object),
        (r#"{"keys":["#, no_object),
        ("{}", no_keys),
        (r#"{"keys":{}}"#, no_keys),
        (r#"{"keys":null}"#, no_keys),
        (&public("p256").to_string(), no_keys),
        (r#"{"keys":[],"keys":[]}"#, repeated),
        (twice.as_str(), repeated),
        (&format!(r#"{{"keys":{}{}}}"#, "[".repeat(20), "]".repeat(20)), "it is nested too deeply"),
    ] {
        for read in [KeySet::from_jwks, KeySet::from_private_jwks] {
            assert_eq!(read(text).unwrap_err(), KeyError::NotJwks { problem }, "{text}");
        }
    }
}

#[test]
fn the_size_of_a_set_is_bounded() {
    let many = |count| set(std::iter::repeat_n(public("ed25519"), count));
    let large = |size| format!("{}{}", many(1), " ".repeat(size - many(1).len()));
    for read in [KeySet::from_jwks, KeySet::from_private_jwks] {
        assert_eq!(read(&many(100)).unwrap().keys().len(), 100);
        let expected = KeyError::TooLargeKeySet { most: 100, unit: "keys" };
        assert_eq!(read(&many(101)).unwrap_err(), expected);

        assert!(read(&large(524_288)).is_ok());
        let expected = KeyError::TooLargeKeySet { most: 524_288, unit: "bytes" };
        assert_eq!(read(&large(524_289)).unwrap_err(), expected);
    }
}

#[test]
fn keys_without_an_algorithm_have_the_usual_one() {
    let names = ["rsa2048", "p256", "p384", "p521", "secp256k1", "ed25519"];
    let keys = KeySet::from_jwks(&set(names.map(public))).unwrap();
    let algorithms: Vec<_> = keys.keys().iter().map(|key| key.algorithm().name()).collect();
    assert_eq!(algorithms, ["RS256", "ES256", "ES384", "ES512", "ES256K", "EdDSA"]);
}

#[test]
fn no_error_of_a_set_repeats_a_private_part() {
    let marker = "aHVudGVyMmh1bnRlcjI";
    for jwk in [
        json!({"kty": "oct", "k": marker, "alg": "HS256"}),
        with(private("p256"), "d", marker),
        with(private("rsa2048"), "p", marker),
    ] {
        for read in [KeySet::from_jwks, KeySet::from_private_jwks] {
            let refusal = read(&set([jwk.clone()])).unwrap_err();
            assert!(!format!("{refusal} {refusal:?}").contains(marker), "{refusal}");
        }
    }
}

#[test]
fn a_long_kid_is_cut_in_messages() {
    let leak = with(private("p256"), "kid", "k".repeat(100_000));
    let says = KeySet::from_jwks(&set([leak])).unwrap_err().to_string();
    assert!(says.len() < 500, "{}", says.len());
}

#[test]
fn of_a_shared_set_only_keys_of_the_issuer_count() {
    let of = |issuer: Value| with(public("ed25519"), "issuer", issuer);
    let template = "https://login.example/{tenantid}/v2.0";
    for (named, issuer, is_taken) in [
        (json!("https://login.example/one/v2.0"), "https://login.example/one/v2.0", true),
        (json!("https://login.example/two/v2.0"), "https://login.example/one/v2.0", false),
        (json!("https://login.example/one/v2.0/"), "https://login.example/one/v2.0", false),
        (json!(template), "https://login.example/one/v2.0", true),
        (json!(template), template, true),
        // A key of one tenant alone signs for no other.
        (json!("https://login.example/one/v2.0"), template, false),
        (json!(template), "https://login.example/one/two/v2.0", false),
        (json!(template), "https://login.example//v2.0", false),
        (json!(template), "https://login.example/v2.0", false),
        (json!(template), "https://evil.example/one/v2.0", false),
        (json!(null), "https://login.example/one/v2.0", false),
        (json!([template]), "https://login.example/one/v2.0", false),
    ] {
        let read = KeySet::from_jwks_of(&set([of(named.clone())]), issuer);
        assert_eq!(read.is_ok(), is_taken, "{named} {issuer}");
    }
    let read = KeySet::from_jwks_of(&set([public("ed25519")]), "https://login.example/one/v2.0");
    assert_eq!(read.unwrap().keys().len(), 1);
    // Whoever's it is, a private part has been published.
    let leak = with(private("ed25519"), "issuer", "https://login.example/two/v2.0");
    let refusal = KeySet::from_jwks_of(&set([leak]), template).unwrap_err();
    assert!(matches!(refusal, KeyError::PrivateInPublicSet { .. }), "{refusal}");
}
