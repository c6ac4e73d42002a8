//! What holds for every token and every text.

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use common::{asymmetric, decode, encode, forge, key_name, pem, private_key, secret_keys, verify};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tegata_jose::{Algorithm, Key, KeySet, TokenError, check_object, jws};

static KEYS: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::new(Algorithm::ALL.into_iter().map(private_key).collect()).unwrap());

static TOKENS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let sign = |key| jws::sign(key, Some("at+jwt"), br#"{"sub":"alice","n":[1,2.5,null]}"#);
    KEYS.keys().iter().map(|key| sign(key).unwrap()).collect()
});

/// Every kind of key in every structure that it can have, whole.
static DAMAGED: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let names: BTreeSet<_> = asymmetric().map(key_name).collect();
    let encodings = |name: &str| match name {
        "rsa2048" => &["pkcs8", "spki", "pkcs1", "public.pkcs1"][..],
        "ed25519" | "mldsa44" | "mldsa65" | "mldsa87" => &["pkcs8", "spki"],
        _ => &["pkcs8", "spki", "sec1", "compressed.spki"],
    };
    let files = names.into_iter().flat_map(|name| {
        encodings(name).iter().map(move |encoding| pem(&format!("{name}.{encoding}.pem")))
    });
    let read = |text| ::pem::parse(text).unwrap();
    files.map(read).map(|pem| (pem.tag().to_owned(), pem.into_contents())).collect()
});

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn json_object() -> impl Strategy<Value = Map<String, Value>> {
    btree_map(any::<String>(), json_value(), 0..6).prop_map(|members| members.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_flipped_bit_of_any_part_is_refused(which in 0..Algorithm::ALL.len(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut parts: Vec<Vec<u8>> = TOKENS[which].split('.').map(decode).collect();
        let at = at.index(parts.iter().map(Vec::len).sum());
        let mut bytes = parts.iter_mut().flatten();
        *bytes.nth(at).unwrap() ^= 1_u8 << bit;
        let token = parts.iter().map(encode).collect::<Vec<_>>().join(".");
        prop_assert!(verify(&token, &KEYS).is_err());
    }

    #[test]
    fn any_other_letter_anywhere_is_refused(which in 0..Algorithm::ALL.len(), at in any::<prop::sample::Index>(), letter in any::<char>()) {
        let token = &TOKENS[which];
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, letter.encode_utf8(&mut [0; 4]));
        prop_assert_eq!(verify(&changed, &KEYS).is_ok(), changed == *token);
    }

    #[test]
    fn any_token_cut_short_is_refused(which in 0..Algorithm::ALL.len(), at in any::<prop::sample::Index>()) {
        let token = &TOKENS[which];
        prop_assert!(verify(&token[..at.index(token.len())], &KEYS).is_err());
    }

    #[test]
    fn no_text_verifies_or_panics(text in any::<String>()) {
        prop_assert!(verify(&text, &KEYS).is_err());
    }

    #[test]
    fn no_text_in_the_shape_of_a_token_verifies_or_panics(text in r"[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){2}") {
        prop_assert!(verify(&text, &KEYS).is_err());
    }

    #[test]
    fn no_header_that_is_signed_makes_a_panic(mut header in json_object(), value in json_value()) {
        for name in ["alg", "kid", "typ", "crit", "b64", "jwk"] {
            header.insert(name.to_owned(), value.clone());
            let _ = verify(&forge(Value::Object(header.clone()).to_string(), "{}"), &KEYS);
        }
        header.insert("alg".to_owned(), json!("HS256"));
        for name in ["crit", "b64"] {
            header.remove(name);
        }
        let outcome = verify(&forge(Value::Object(header).to_string(), "{}"), &secret_keys());
        // `typ` and `kid` may be any text, and the secret goes by no name.
        match outcome {
            Ok(_) => prop_assert!(value.is_string()),
            Err(refusal) => prop_assert!(matches!(refusal, TokenError::Malformed(_))),
        }
    }

    #[test]
    fn every_object_comes_back_byte_for_byte(object in json_object(), which in 0..Algorithm::ALL.len()) {
        let payload = Value::Object(object).to_string();
        let token = jws::sign(&KEYS.keys()[which], Some("JWT"), payload.as_bytes()).unwrap();
        prop_assume!(token.len() <= 8_192);
        let verified = verify(&token, &KEYS).unwrap();
        prop_assert_eq!(verified.payload(), payload.as_bytes());
        prop_assert_eq!(verified.header().alg, KEYS.keys()[which].algorithm());
        prop_assert_eq!(verified.header().typ.as_deref(), Some("JWT"));
    }

    #[test]
    fn a_repeated_member_is_found_however_it_is_escaped(object in json_object(), name in "[a-z]{1,8}", escape in any::<u8>(), value in json_value()) {
        let spelt = name.bytes().enumerate().fold(String::new(), |mut spelt, (at, letter)| {
            if escape & (1 << at) == 0 {
                spelt.push(letter.into());
            } else {
                write!(spelt, "\\u{letter:04x}").unwrap();
            }
            spelt
        });
        let rest: Vec<_> = object
            .iter()
            .filter(|(other, _)| **other != name)
            .map(|(name, value)| format!("{}:{value},", json!(name)))
            .collect();
        let rest = rest.concat();
        let once = format!("{{{rest}\"{spelt}\":{value}}}");
        let twice = format!("{{\"{name}\":0,{rest}\"{spelt}\":{value}}}");
        prop_assert_eq!(check_object(once.as_bytes(), 16), Ok(()));
        prop_assert_eq!(check_object(twice.as_bytes(), 16), Err(TokenError::DuplicateMember));
    }

    #[test]
    fn what_passes_as_an_object_is_one_to_every_parser(bytes in vec(any::<u8>(), 0..40), object in json_object(), cut in any::<prop::sample::Index>()) {
        let text = Value::Object(object).to_string();
        let (front, _) = text.as_bytes().split_at(cut.index(text.len()));
        for json in [bytes.as_slice(), front, &[front, &bytes].concat()] {
            if check_object(json, 16).is_ok() {
                prop_assert!(serde_json::from_slice::<Map<String, Value>>(json).is_ok());
            }
        }
    }

    #[test]
    fn no_text_makes_key_import_panic(text in any::<String>(), object in json_object()) {
        for algorithm in Algorithm::ALL {
            prop_assert!(Key::from_pem(&text, algorithm).is_err());
            prop_assert!(Key::from_jwk(&text, Some(algorithm)).is_err());
            prop_assert!(Key::from_jwk(&Value::Object(object.clone()).to_string(), Some(algorithm)).is_err());
            let _ = Key::from_secret(text.as_bytes(), algorithm);
        }
    }

    #[test]
    fn no_damaged_key_makes_import_panic(which in 0..DAMAGED.len(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (tag, contents) = &DAMAGED[which];
        let mut contents = contents.clone();
        let at = at.index(contents.len());
        contents[at] = byte;
        let text = ::pem::encode(&::pem::Pem::new(tag.as_str(), contents));
        for algorithm in Algorithm::ALL {
            if let Ok(key) = Key::from_pem(&text, algorithm) {
                prop_assert_eq!(key.algorithm(), algorithm);
                prop_assert_eq!(key.kid().map(str::len), Some(43));
            }
        }
    }
}
