//! The advisories of other libraries, by number: what they let in, this crate does not.
//!
//! Some are at home elsewhere:
//!
//! | advisory | test |
//! |---|---|
//! | CVE-2017-11424, CVE-2022-29217, CVE-2024-37568 | `attacks::algorithm_confusion_…` |
//! | CVE-2024-53861, CVE-2026-75509 | `claims::parties::cve_…` |
//! | CVE-2026-25537 | `claims::types::cve_…` |
//! | CVE-2025-59420, CVE-2026-32597 | `attacks::crit_is_refused_whatever_it_holds` |
//! | CVE-2026-27962, CVE-2026-48522 | `attacks::a_key_that_the_token_brings_along_is_not_used` |
//! | CVE-2026-48523 | `attacks::kid_of_a_key_of_another_algorithm` |
//! | CVE-2026-48525 | `attacks::b64_false_with_and_without_crit` |
//! | CVE-2022-21449 | `attacks::psychic_signature_of_zeros` |

mod common;

use common::{
    FAMILIES, SECRETS, armoured, asymmetric, der, encode, forge, forge_with, pem, private_key,
    public_jwk, public_key, secret_jwk, secret_keys, verifier, verify,
};
use serde_json::{Value, json};
use tegata_jose::{
    Algorithm, JwtError, Key, KeyError, KeySet, Limits, Timestamp, TokenError, Validation, jws,
    jwt, legacy,
};

const HEADER: &str = r#"{"alg":"HS256"}"#;

/// Every refusal of one token, by each way to read it.
fn refusals(token: &str, keys: &KeySet, limits: Limits) -> [Result<(), TokenError>; 5] {
    let validation = Validation::new().limits(limits);
    let decoded = jwt::decode(token, keys, &validation, Timestamp::from_seconds(0));
    [
        jws::verify(token, keys, &limits).map(|_| ()),
        jwt::verify(token, keys, &limits).map(|_| ()),
        decoded.map(|_| ()).map_err(|refusal| match refusal {
            JwtError::Token(refusal) => refusal,
            JwtError::Claim(refusal) => panic!("{refusal}"),
        }),
        jws::read_unverified(token, &limits).map(|_| ()),
        jws::read_unverified_header(token, &limits).map(|_| ()),
    ]
}

fn jwks(keys: impl IntoIterator<Item = Value>) -> String {
    json!({"keys": keys.into_iter().collect::<Vec<_>>()}).to_string()
}

// CVE-2026-49852, CVE-2026-120459 and CVE-2026-45363 are the same in other libraries.
#[test]
fn cve_2026_102266_an_empty_hmac_key_in_every_constructor() {
    for (algorithm, _) in SECRETS {
        let short = |refusal: Result<Key, KeyError>| {
            let refusal = refusal.unwrap_err();
            assert!(matches!(refusal, KeyError::ShortSecret { actual: 0, .. }), "{refusal}");
        };
        short(Key::from_secret(b"", algorithm));
        short(Key::derive(b"", b"label", algorithm));
        short(legacy::from_secret(b"", algorithm));

        for k in
            [json!(""), json!(null), json!([]), json!(0), json!("="), json!("AA=="), json!(" ")]
        {
            let jwk = json!({"kty": "oct", "k": k, "alg": algorithm.name()});
            for read in [Key::from_jwk, legacy::from_jwk] {
                let refusal = read(&jwk.to_string(), Some(algorithm)).unwrap_err();
                assert!(matches!(refusal, KeyError::Jwk { member: "k", .. }), "{refusal}");
            }
            for read in [KeySet::from_jwks, KeySet::from_private_jwks] {
                assert!(read(&jwks([jwk.clone()])).is_err());
            }
        }
        let without_k = json!({"kty": "oct", "alg": algorithm.name()}).to_string();
        assert!(Key::from_jwk(&without_k, Some(algorithm)).is_err());
        assert!(Key::from_pem("", algorithm).is_err());
        assert!(Key::from_der(b"", algorithm).is_err());
        assert!(legacy::from_pem("", algorithm).is_err());
        assert!(legacy::from_der(b"", algorithm).is_err());
    }
    let token = forge_with(b"", HEADER, "{}");
    assert_eq!(verify(&token, &secret_keys()), Err(TokenError::BadSignature));
}

#[test]
fn cve_2025_45768_a_short_secret_in_every_constructor_that_signs() {
    for (algorithm, least) in SECRETS {
        let raw = vec![b'x'; least - 1];
        let jwk = json!({"kty": "oct", "k": encode(&raw), "alg": algorithm.name()});
        let expected = KeyError::ShortSecret { algorithm, least, actual: least - 1 };
        assert_eq!(Key::from_secret(&raw, algorithm).unwrap_err(), expected);
        assert_eq!(Key::from_jwk(&jwk.to_string(), None).unwrap_err(), expected);
        let refusal = KeySet::from_private_jwks(&jwks([jwk])).unwrap_err();
        assert!(refusal.to_string().contains("needs a secret of at least"), "{refusal}");
        // Told to, it verifies with it; it never signs.
        assert!(!legacy::from_secret(&raw, algorithm).unwrap().can_sign());
    }
}

// CVE-2024-33663, CVE-2026-48526 and the DER bypass after it: each format of a public key that the
// last block-list had forgotten.
#[test]
fn cve_2022_29217_a_key_as_a_secret_in_every_format_and_constructor() {
    let mut keys: Vec<Vec<u8>> = Vec::new();
    for (name, _) in FAMILIES {
        keys.push(pem(&format!("{name}.spki.pem")).into());
        keys.push(pem(&format!("{name}.pkcs8.pem")).into());
        keys.push(der(&format!("{name}.spki.der")));
        keys.push(armoured(&format!("{name}.pkcs8.pem")));
        keys.push(public_jwk(&format!("{name}.jwk.json")).to_string().into());
        keys.push(jwks([public_jwk(&format!("{name}.jwk.json"))]).into());
    }
    for name in ["rsa2048", "p256", "ed25519"] {
        keys.push(pem(&format!("{name}.certificate.pem")).into());
        keys.push(armoured(&format!("{name}.certificate.pem")));
    }
    keys.push(secret_jwk().to_string().into());
    for raw in keys {
        for (algorithm, _) in SECRETS {
            let wrapped = json!({"kty": "oct", "k": encode(&raw)}).to_string();
            for refusal in [
                Key::from_secret(&raw, algorithm),
                Key::derive(&raw, b"label", algorithm),
                Key::from_jwk(&wrapped, Some(algorithm)),
                legacy::from_secret(&raw, algorithm),
                legacy::from_jwk(&wrapped, Some(algorithm)),
            ] {
                let refusal = refusal.unwrap_err();
                assert!(matches!(refusal, KeyError::NotSecret { .. }), "{refusal}");
            }
            let text = String::from_utf8_lossy(&raw);
            assert!(Key::from_pem(&text, algorithm).is_err());
            assert!(Key::from_der(&raw, algorithm).is_err());
        }
    }
}

#[test]
fn cve_2024_33663_no_key_is_without_its_one_algorithm() {
    for own in asymmetric() {
        let keys = verifier(public_key(own));
        for alg in Algorithm::ALL.into_iter().filter(|alg| *alg != own) {
            let token = jws::sign(&private_key(alg).with_kid(None), None, b"{}").unwrap();
            assert!(verify(&token, &keys).is_err(), "{own} {alg}");
        }
    }
    let refusal = Key::from_jwk(&secret_jwk().to_string(), None).unwrap_err();
    assert!(matches!(refusal, KeyError::Jwk { member: "alg", .. }), "{refusal}");
}

#[test]
fn cve_2025_65015_an_over_long_token_is_in_no_error() {
    let token = forge(HEADER, json!({"secret": "hunter2".repeat(10_000)}).to_string());
    for refusal in refusals(&token, &secret_keys(), Limits::default()) {
        let refusal = refusal.unwrap_err();
        assert_eq!(refusal, TokenError::TooLong { limit: 8_192 });
        assert_eq!(refusal.to_string(), "the token is longer than 8192 bytes");
        assert!(format!("{refusal:?}").len() < 100);
    }
}

#[test]
fn nothing_of_a_token_is_in_any_error() {
    const MARKER: &str = "hunter2hunter2";
    let coded = encode(MARKER);
    let deep = format!(r#"{{"{MARKER}":{}"#, "[".repeat(40));
    for token in [
        MARKER.to_owned(),
        format!("{MARKER}.{MARKER}.{MARKER}"),
        format!("{coded}.{coded}.{coded}"),
        forge(format!(r#"{{"alg":"{MARKER}"}}"#), "{}"),
        forge(format!(r#"{{"alg":"HS256","kid":"{MARKER}","crit":["{MARKER}"]}}"#), "{}"),
        forge(format!(r#"{{"alg":"HS256","typ":{{"{MARKER}":1}}}}"#), "{}"),
        forge(format!(r#"{{"alg":"ES256","kid":"{MARKER}"}}"#), "{}"),
        forge(format!(r#"{{"{MARKER}":1,"{MARKER}":2}}"#), "{}"),
        forge(HEADER, format!(r#"{{"{MARKER}":1,"{MARKER}":2}}"#)),
        forge(HEADER, format!(r#"{{"a":"{MARKER}"#)),
        forge(HEADER, &deep),
        forge(HEADER, MARKER),
        forge_with(b"x", HEADER, format!(r#"{{"a":"{MARKER}"}}"#)),
        MARKER.repeat(1_000),
    ] {
        for refusal in refusals(&token, &secret_keys(), Limits::default()) {
            let Err(refusal) = refusal else { continue };
            let says = format!("{refusal} {refusal:?} {}", refusal.code());
            assert!(!says.contains(MARKER) && !says.contains(&coded), "{says}");
            assert!(says.len() < 300, "{says}");
        }
        assert!(verify(&token, &secret_keys()).is_err(), "{token}");
    }
}

// The limit was skipped on a path of its own for payloads that are not encoded.
#[test]
fn cve_2026_48990_one_limit_for_every_way_to_read() {
    let token = forge(HEADER, r#"{"a":[1]}"#);
    for (limits, refusal) in [
        (Limits { max_token_length: token.len() - 1, ..Limits::default() }, Some(token.len() - 1)),
        (Limits { max_token_length: 0, ..Limits::default() }, Some(0)),
        (Limits { max_token_length: token.len(), ..Limits::default() }, None),
    ] {
        let expected = refusal.map_or(Ok(()), |limit| Err(TokenError::TooLong { limit }));
        assert_eq!(refusals(&token, &secret_keys(), limits), [expected; 5]);
    }
}

#[test]
fn cve_2025_61920_a_part_of_any_size_is_bounded_before_it_is_decoded() {
    let large = "A".repeat(10_000_000);
    for token in [
        format!("{large}.e30.AAAA"),
        format!("e30.{large}.AAAA"),
        format!("e30.e30.{large}"),
        ".".repeat(large.len()),
        large,
    ] {
        let refusals = refusals(&token, &secret_keys(), Limits::default());
        assert_eq!(refusals, [Err(TokenError::TooLong { limit: 8_192 }); 5]);
    }
}

#[test]
fn nested_json_of_any_depth_is_refused_and_no_more() {
    let limits = Limits { max_token_length: usize::MAX, max_depth: usize::MAX };
    for open in ["[", r#"{"a":"#, r#"[{"a":"#] {
        let deep = format!(r#"{{"alg":"HS256","x":{}"#, open.repeat(100_000));
        let verdict = jwt::verify(&forge(&deep, "{}"), &secret_keys(), &limits);
        assert_eq!(verdict, Err(TokenError::TooDeep));
        let verdict = jwt::verify(&forge(HEADER, &deep), &secret_keys(), &limits);
        assert_eq!(verdict, Err(TokenError::TooDeep));
        assert!(Key::from_jwk(&deep, None).is_err());
        assert!(KeySet::from_jwks(&deep).is_err());
    }
}

// A general JSON serialization with no signature at all was "all of them verify".
#[test]
fn cve_2026_102946_zero_signatures_verify_nothing() {
    let signed = forge(HEADER, "{}");
    let (signing_input, signature) = signed.rsplit_once('.').unwrap();
    let (header, payload) = signing_input.split_once('.').unwrap();
    let one = json!({"protected": header, "signature": signature});
    for token in [
        json!({"payload": payload, "signatures": []}),
        json!({"payload": payload, "signatures": null}),
        json!({"payload": payload}),
        json!({"payload": payload, "signatures": [one]}),
        json!({"payload": payload, "protected": header, "signature": signature}),
        json!([]),
    ] {
        let token = token.to_string();
        for token in [token.clone(), format!("{token}.{token}.{token}"), encode(&token)] {
            assert!(matches!(verify(&token, &secret_keys()), Err(TokenError::Malformed(_))));
        }
    }
    for unsigned in
        [format!("{signing_input}."), signing_input.to_owned(), format!("..{signature}")]
    {
        assert!(verify(&unsigned, &secret_keys()).is_err(), "{unsigned}");
    }
    assert_eq!(KeySet::new(Vec::new()).unwrap_err(), KeyError::EmptyKeySet);
    assert_eq!(KeySet::from_jwks(&jwks([])).unwrap_err(), KeyError::EmptyKeySet);
}

// An endless `exp` passed every comparison.
#[test]
fn a_time_that_never_comes_is_no_number() {
    for exp in ["Infinity", "-Infinity", "NaN", "1e999", "-1e999", "inf"] {
        let token = forge(HEADER, format!(r#"{{"exp":{exp}}}"#));
        assert!(matches!(verify(&token, &secret_keys()), Err(TokenError::Malformed(_))), "{exp}");
    }
    for exp in ["1e300", "1e12", "-1"] {
        let token = forge(HEADER, format!(r#"{{"exp":{exp}}}"#));
        let now = Timestamp::from_seconds(0);
        let verdict = jwt::decode(&token, &secret_keys(), &Validation::new(), now);
        assert!(matches!(verdict, Err(JwtError::Claim(_))), "{exp}");
    }
}

// A library that had no provider of its algorithms chosen compiled, and panicked when called.
#[test]
fn every_algorithm_works_in_every_process_from_the_first_call_on() {
    for algorithm in Algorithm::ALL {
        let token = jws::sign(&private_key(algorithm), None, b"{}").unwrap();
        let verified = verify(&token, &KeySet::new(vec![private_key(algorithm)]).unwrap());
        assert_eq!(verified.unwrap().header().alg, algorithm);
    }
}
