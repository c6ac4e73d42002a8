//! Tokens and keys go back and forth between this crate and `jsonwebtoken`, for every algorithm that
//! both have. It has neither ES512 nor ES256K nor Ed25519 under its own name.

mod common;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use common::{SECRET, key_name, pem, private_key, public_key, verify};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{AlgorithmFamily, DecodingKey, EncodingKey, Header};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value};
use tegata_jose::{Algorithm, Key, KeySet, Limits, jws, jwt};

const SHARED: [Algorithm; 12] = [
    Algorithm::Hs256,
    Algorithm::Hs384,
    Algorithm::Hs512,
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];

/// One algorithm, and its key in both libraries.
struct Pair {
    key: Key,
    set: KeySet,
    theirs: jsonwebtoken::Algorithm,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| SHARED.into_iter().map(pair).collect());

fn pair(algorithm: Algorithm) -> Pair {
    let theirs: jsonwebtoken::Algorithm = algorithm.name().parse().unwrap();
    let (encoding, decoding) = match theirs.family() {
        AlgorithmFamily::Hmac => {
            (EncodingKey::from_secret(SECRET), DecodingKey::from_secret(SECRET))
        }
        family => {
            let name = key_name(algorithm);
            let private = pem(&format!("{name}.pkcs8.pem"));
            let public = pem(&format!("{name}.spki.pem"));
            let (private, public) = (private.as_bytes(), public.as_bytes());
            let (encoding, decoding) = match family {
                AlgorithmFamily::Rsa => {
                    (EncodingKey::from_rsa_pem(private), DecodingKey::from_rsa_pem(public))
                }
                AlgorithmFamily::Ec => {
                    (EncodingKey::from_ec_pem(private), DecodingKey::from_ec_pem(public))
                }
                _ => (EncodingKey::from_ed_pem(private), DecodingKey::from_ed_pem(public)),
            };
            (encoding.unwrap(), decoding.unwrap())
        }
    };
    let key = private_key(algorithm);
    let set = KeySet::new(vec![key.clone()]).unwrap();
    Pair { key, set, theirs, encoding, decoding }
}

/// Their reading of a token, its signature checked and nothing else.
fn they_decode(
    token: &str,
    key: &DecodingKey,
    algorithm: jsonwebtoken::Algorithm,
) -> Option<(Header, Map<String, Value>)> {
    let mut validation = jsonwebtoken::Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let read = jsonwebtoken::decode(token, key, &validation).ok()?;
    Some((read.header, read.claims))
}

fn claims() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        vec(any::<char>(), 0..8).prop_map(|text| String::from_iter(text).into()),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-z\"\\\\é]{0,6}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    // Registered claims must be of their types to both, so these are others.
    btree_map("x[a-z\"\\\\é]{0,6}", value, 0..6).prop_map(|members| members.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_this_crate_signs_they_verify(which in 0..SHARED.len(), claims in claims()) {
        let Pair { key, decoding, theirs, .. } = &PAIRS[which];
        let token = jwt::encode(&claims, key).unwrap();
        let (header, read) = they_decode(&token, decoding, *theirs).unwrap();
        prop_assert_eq!(read, claims);
        prop_assert_eq!(header.alg, *theirs);
        prop_assert_eq!(header.typ.as_deref(), Some("JWT"));
        prop_assert_eq!(header.kid.as_deref(), key.kid());
    }

    #[test]
    fn what_they_sign_this_crate_verifies(
        which in 0..SHARED.len(),
        claims in claims(),
        typ in proptest::option::of("[a-z+]{1,8}"),
        named in any::<bool>(),
    ) {
        let Pair { key, set, theirs, encoding, .. } = &PAIRS[which];
        let mut header = Header::new(*theirs);
        header.typ = typ;
        header.kid = if named { key.kid().map(str::to_owned) } else { None };
        let token = jsonwebtoken::encode(&header, &claims, encoding).unwrap();
        let limits = Limits { max_token_length: 100_000, ..Limits::default() };
        let verified = jwt::verify(&token, set, &limits).unwrap();
        prop_assert_eq!(verified.claims::<Map<String, Value>>().unwrap(), claims);
        prop_assert_eq!(verified.header().alg, key.algorithm());
        prop_assert_eq!(&verified.header().typ, &header.typ);
        prop_assert_eq!(&verified.header().kid, &header.kid);
    }

    #[test]
    fn a_flipped_bit_is_refused_by_both(which in 0..SHARED.len(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let Pair { key, set, decoding, theirs, .. } = &PAIRS[which];
        let token = jws::sign(key, None, br#"{"sub":"alice"}"#).unwrap();
        let mut parts: Vec<_> = token.split('.').map(common::decode).collect();
        let at = at.index(parts.iter().map(Vec::len).sum());
        *parts.iter_mut().flatten().nth(at).unwrap() ^= 1_u8 << bit;
        let bad = parts.iter().map(common::encode).collect::<Vec<_>>().join(".");
        prop_assert!(verify(&bad, set).is_err());
        prop_assert!(they_decode(&bad, decoding, *theirs).is_none());
    }

    #[test]
    fn a_token_of_one_algorithm_is_refused_under_another_by_both(which in 0..SHARED.len(), other in 0..SHARED.len()) {
        prop_assume!(which != other);
        let token = jws::sign(&PAIRS[which].key.clone().with_kid(None), None, b"{}").unwrap();
        prop_assert!(verify(&token, &PAIRS[other].set).is_err());
        prop_assert!(they_decode(&token, &PAIRS[other].decoding, PAIRS[other].theirs).is_none());
    }
}

#[test]
fn they_read_the_jwk_that_this_crate_writes() {
    for (algorithm, pair) in SHARED.into_iter().zip(PAIRS.iter()) {
        let jwk = match pair.key.public() {
            Ok(public) => public.to_jwk().unwrap(),
            Err(_) => pair.key.to_jwk().unwrap(),
        };
        let theirs: Jwk = serde_json::from_str(&jwk).unwrap();
        assert_eq!(theirs.common.key_id.as_deref(), pair.key.kid(), "{algorithm}");
        let token = jws::sign(&pair.key, None, b"{}").unwrap();
        let decoding = DecodingKey::from_jwk(&theirs).unwrap();
        assert!(they_decode(&token, &decoding, pair.theirs).is_some(), "{algorithm}");
    }
}

#[test]
fn this_crate_reads_the_jwk_that_they_write() {
    for (algorithm, pair) in SHARED.into_iter().zip(PAIRS.iter()) {
        let jwk = Jwk::from_encoding_key(&pair.encoding, pair.theirs).unwrap();
        let jwk = serde_json::to_string(&jwk).unwrap();
        let key = Key::from_jwk(&jwk, Some(algorithm)).unwrap();
        let token = jws::sign(&pair.key.clone().with_kid(None), None, b"{}").unwrap();
        assert!(verify(&token, &KeySet::new(vec![key]).unwrap()).is_ok(), "{algorithm}");
    }
}

#[test]
fn they_read_the_pem_that_this_crate_writes() {
    for (algorithm, pair) in SHARED.into_iter().zip(PAIRS.iter()) {
        let Ok(public) = pair.key.public() else { continue };
        let (private, public) = (pair.key.to_pem().unwrap(), public.to_pem().unwrap());
        let (private, public) = (private.as_bytes(), public.as_bytes());
        let (encoding, decoding) = match pair.theirs.family() {
            AlgorithmFamily::Rsa => {
                (EncodingKey::from_rsa_pem(private), DecodingKey::from_rsa_pem(public))
            }
            AlgorithmFamily::Ec => {
                (EncodingKey::from_ec_pem(private), DecodingKey::from_ec_pem(public))
            }
            _ => (EncodingKey::from_ed_pem(private), DecodingKey::from_ed_pem(public)),
        };
        let claims = BTreeMap::from([("sub", "alice")]);
        let token =
            jsonwebtoken::encode(&Header::new(pair.theirs), &claims, &encoding.unwrap()).unwrap();
        assert!(they_decode(&token, &decoding.unwrap(), pair.theirs).is_some(), "{algorithm}");
        let set = KeySet::new(vec![public_key(algorithm)]).unwrap();
        assert_eq!(verify(&token, &set).unwrap().payload(), br#"{"sub":"alice"}"#);
    }
}

#[test]
fn both_make_the_same_thumbprint() {
    for (algorithm, pair) in SHARED.into_iter().zip(PAIRS.iter()) {
        let Ok(ours) = pair.key.thumbprint() else { continue };
        let jwk = Jwk::from_encoding_key(&pair.encoding, pair.theirs).unwrap();
        let theirs = jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
        assert_eq!(ours, theirs, "{algorithm}");
    }
}

#[test]
fn the_two_deterministic_signatures_are_the_same_to_the_byte() {
    for (algorithm, pair) in SHARED.into_iter().zip(PAIRS.iter()) {
        if algorithm.name().starts_with("PS") || algorithm.name().starts_with("ES") {
            continue;
        }
        let token = jws::sign(&pair.key, Some("JWT"), br#"{"sub":"alice"}"#).unwrap();
        let (signing_input, signature) = token.rsplit_once('.').unwrap();
        let theirs =
            jsonwebtoken::crypto::sign(signing_input.as_bytes(), &pair.encoding, pair.theirs);
        assert_eq!(signature, theirs.unwrap(), "{algorithm}");
    }
}
