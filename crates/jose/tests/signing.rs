//! What is signed: the header of a token, and the claims that a strict reader will take.

mod common;

use std::collections::BTreeMap;

use common::{forge, private_key, public_key, secret_key, secret_keys, verifier, verify};
use serde_json::{Map, Value, json};
use tegata_jose::{
    Algorithm, ClaimError, JwtError, Key, KeyError, KeySet, Limits, SignError, TokenError, jws, jwt,
};

fn header_of(token: &str) -> Value {
    let (header, _) = jws::read_unverified(token, &Limits::default()).unwrap();
    serde_json::from_slice(&header).unwrap()
}

fn parameters(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(parameters) => parameters,
        other => panic!("{other} is no object"),
    }
}

fn sign_with(key: &Key, value: Value) -> Result<String, SignError> {
    jws::sign_with_header(key, Some("JWT"), &parameters(value), b"{}")
}

fn named() -> Key {
    secret_key().with_kid(Some("one".to_owned()))
}

#[test]
fn the_header_has_alg_typ_and_kid() {
    let key = secret_key();
    let sign = |key: &Key, typ| header_of(&jws::sign(key, typ, b"{}").unwrap());
    assert_eq!(sign(&key, None), json!({"alg": "HS256"}));
    assert_eq!(sign(&key, Some("JWT")), json!({"alg": "HS256", "typ": "JWT"}));
    assert_eq!(sign(&named(), None), json!({"alg": "HS256", "kid": "one"}));
    let all = json!({"alg": "HS256", "typ": "at+jwt", "kid": "one"});
    assert_eq!(sign(&named(), Some("at+jwt")), all);
}

// A key keeps the segments of its first four; the fifth is written anew each time.
#[test]
fn every_typ_gets_its_own_header_however_many_there_are() {
    let key = named();
    let types =
        [None, Some(""), Some("JWT"), Some("at+jwt"), Some("jwt"), Some("\"\\é\n"), Some("x")];
    for _ in 0..3 {
        for typ in types {
            let token = jws::sign(&key, typ, b"{}").unwrap();
            let verified = verify(&token, &verifier(key.clone())).unwrap();
            assert_eq!(verified.header().typ.as_deref(), typ);
            assert_eq!(verified.header().kid.as_deref(), Some("one"));
        }
    }
}

#[test]
fn a_clone_under_another_kid_writes_its_own_name() {
    let kids = [None, Some("one"), Some(""), Some("two"), Some("\"quoted\"\n")];
    let key = secret_key();
    assert_eq!(header_of(&jws::sign(&key, Some("JWT"), b"{}").unwrap()).get("kid"), None);
    for typ in [Some("JWT"), None] {
        for kid in kids {
            let renamed = key.clone().with_kid(kid.map(str::to_owned));
            for signer in [&renamed, &renamed.clone()] {
                let header = header_of(&jws::sign(signer, typ, b"{}").unwrap());
                assert_eq!(header.get("kid").and_then(Value::as_str), kid);
                assert_eq!(header.get("typ").and_then(Value::as_str), typ);
            }
        }
    }
    // The first is as it was.
    assert_eq!(header_of(&jws::sign(&key, Some("JWT"), b"{}").unwrap()).get("kid"), None);
}

#[test]
fn clones_share_what_they_sign() {
    let key = Key::generate(Algorithm::Es256).unwrap();
    let clone = key.clone();
    let token = jws::sign(&clone, None, b"{}").unwrap();
    assert!(verify(&token, &KeySet::new(vec![key]).unwrap()).is_ok());
    assert_eq!(header_of(&token)["kid"], clone.kid().unwrap());
}

#[test]
fn parameters_stand_beside_and_instead_of_the_usual_ones() {
    for (given, expected) in [
        (json!({}), json!({"alg": "HS256", "typ": "JWT", "kid": "one"})),
        (json!({"cty": "x"}), json!({"alg": "HS256", "typ": "JWT", "kid": "one", "cty": "x"})),
        (json!({"typ": "at+jwt"}), json!({"alg": "HS256", "typ": "at+jwt", "kid": "one"})),
        (json!({"typ": null}), json!({"alg": "HS256", "kid": "one"})),
        (json!({"kid": "two"}), json!({"alg": "HS256", "typ": "JWT", "kid": "two"})),
        (json!({"kid": null, "typ": null}), json!({"alg": "HS256"})),
        (json!({"alg": "HS256"}), json!({"alg": "HS256", "typ": "JWT", "kid": "one"})),
        (json!({"x": null}), json!({"alg": "HS256", "typ": "JWT", "kid": "one"})),
        (
            json!({"x": {"crit": [1], "alg": "none"}, "é\"": [null]}),
            json!({"alg": "HS256", "typ": "JWT", "kid": "one",
                   "x": {"crit": [1], "alg": "none"}, "é\"": [null]}),
        ),
    ] {
        let token = sign_with(&named(), given.clone()).unwrap();
        assert_eq!(header_of(&token), expected, "{given}");
        assert!(verify(&token, &secret_keys()).is_ok(), "{given}");
    }
}

#[test]
fn without_parameters_the_token_is_that_of_sign() {
    let token = jws::sign_with_header(&named(), Some("JWT"), &Map::new(), b"{}").unwrap();
    assert_eq!(token, jws::sign(&named(), Some("JWT"), b"{}").unwrap());
}

#[test]
fn parameters_that_cannot_be_are_refused_by_name() {
    for (given, parameter, problem) in [
        (json!({"alg": "HS512"}), "alg", "is not the algorithm of the key"),
        (json!({"alg": "none"}), "alg", "is not the algorithm of the key"),
        (json!({"alg": "hs256"}), "alg", "is not the algorithm of the key"),
        (json!({"alg": null}), "alg", "is not the algorithm of the key"),
        (json!({"alg": ["HS256"]}), "alg", "is not the algorithm of the key"),
        (json!({"crit": ["exp"]}), "crit", "is an extension that is not supported"),
        (json!({"crit": null}), "crit", "is an extension that is not supported"),
        (json!({"b64": true}), "b64", "is an extension that is not supported"),
        (json!({"b64": null}), "b64", "is an extension that is not supported"),
        (json!({"typ": 1}), "typ", "must be a string"),
        (json!({"typ": ["JWT"]}), "typ", "must be a string"),
        (json!({"kid": 1}), "kid", "must be a string"),
        (json!({"kid": {}}), "kid", "must be a string"),
    ] {
        let refusal = sign_with(&named(), given.clone()).unwrap_err();
        let expected = SignError::Header { parameter: parameter.to_owned(), problem };
        assert_eq!(refusal, expected, "{given}");
        assert_eq!(refusal.to_string(), format!("the header parameter `{parameter}` {problem}"));
    }
}

#[test]
fn a_public_key_signs_in_no_way() {
    for algorithm in common::asymmetric() {
        let key = public_key(algorithm);
        assert_eq!(jws::sign(&key, None, b"{}"), Err(KeyError::NotForSigning));
        let refusal = sign_with(&key, json!({"cty": "x"}));
        assert_eq!(refusal, Err(SignError::Key(KeyError::NotForSigning)), "{algorithm}");
        let refusal = jwt::encode(&json!({}), &key);
        assert_eq!(refusal, Err(jwt::EncodeError::Key(KeyError::NotForSigning)), "{algorithm}");
    }
}

#[test]
fn any_bytes_are_signed_and_come_back() {
    for algorithm in Algorithm::ALL {
        let key = private_key(algorithm);
        let keys = KeySet::new(vec![key.clone()]).unwrap();
        // Enough for the longest signature and the longest payload at once.
        let limits = Limits { max_token_length: 16_384, ..Limits::default() };
        for payload in [&b""[..], b"\0", b"\xff\xfe", b"{}", &[0xa5; 5_000]] {
            let token = jws::sign(&key, None, payload).unwrap();
            let verified = jws::verify(&token, &keys, &limits).unwrap();
            assert_eq!(verified.payload(), payload, "{algorithm}");
            let (header, claims) = verified.clone().into_parts();
            assert_eq!((header.alg, claims), (algorithm, verified.into_payload()));
        }
    }
}

#[test]
fn encode_writes_a_jwt_that_decodes() {
    #[derive(serde::Serialize)]
    struct Claims<'a> {
        sub: &'a str,
        exp: u64,
        roles: [&'a str; 2],
        #[serde(skip_serializing_if = "Option::is_none")]
        jti: Option<&'a str>,
    }

    let claims = Claims { sub: "alice", exp: 1_700_000_000, roles: ["a", "b"], jti: None };
    for algorithm in Algorithm::ALL {
        let key = private_key(algorithm);
        let token = jwt::encode(&claims, &key).unwrap();
        let verified = verify(&token, &KeySet::new(vec![key]).unwrap()).unwrap();
        assert_eq!(verified.header().typ.as_deref(), Some("JWT"));
        let expected = json!({"sub": "alice", "exp": 1_700_000_000, "roles": ["a", "b"]});
        assert_eq!(verified.claims::<Value>().unwrap(), expected, "{algorithm}");
    }
    assert!(jwt::encode(&Map::new(), &secret_key()).is_ok());
    assert!(jwt::encode(&BTreeMap::from([("a", 1)]), &secret_key()).is_ok());
}

#[test]
fn encode_refuses_what_no_reader_would_take() {
    let no_object = JwtError::Token(TokenError::Malformed("a part is not a JSON object"));
    for claims in [json!(null), json!(true), json!(1), json!("{}"), json!([]), json!([{}])] {
        let refusal = jwt::encode(&claims, &secret_key());
        assert_eq!(refusal, Err(jwt::EncodeError::Claims(no_object.clone())), "{claims}");
    }
    for (claims, claim) in [
        (json!({"exp": "tomorrow"}), "exp"),
        (json!({"exp": -1}), "exp"),
        (json!({"exp": 1e300}), "exp"),
        (json!({"nbf": null}), "nbf"),
        (json!({"iat": [1]}), "iat"),
        (json!({"sub": 1}), "sub"),
        (json!({"iss": {}}), "iss"),
        (json!({"aud": [1]}), "aud"),
        (json!({"jti": false}), "jti"),
    ] {
        let refusal = jwt::encode(&claims, &secret_key()).unwrap_err();
        let jwt::EncodeError::Claims(JwtError::Claim(ClaimError::WrongType {
            claim: named, ..
        })) = refusal
        else {
            panic!("{claims}: {refusal}")
        };
        assert_eq!(named, claim);
    }
    let deep = (0..16).fold(json!(1), |inner, _| json!([inner]));
    let refusal = jwt::encode(&json!({"a": deep}), &secret_key());
    let too_deep = JwtError::Token(TokenError::TooDeep);
    assert_eq!(refusal, Err(jwt::EncodeError::Claims(too_deep)));

    let refusal = jwt::encode(&BTreeMap::from([((1, 2), 3)]), &secret_key());
    assert_eq!(refusal, Err(jwt::EncodeError::NotJson));
    assert!(refusal.unwrap_err().to_string().contains("; hint: "));
}

// `serde` writes what it is told to, twice if so.
#[test]
fn encode_refuses_a_member_that_would_stand_there_twice() {
    #[derive(serde::Serialize)]
    struct Claims {
        sub: &'static str,
        #[serde(flatten)]
        more: BTreeMap<&'static str, &'static str>,
    }

    let claims = Claims { sub: "alice", more: BTreeMap::from([("sub", "admin")]) };
    let refusal = jwt::encode(&claims, &secret_key());
    let twice = JwtError::Token(TokenError::DuplicateMember);
    assert_eq!(refusal, Err(jwt::EncodeError::Claims(twice)));
}

#[test]
fn check_claims_wants_what_encode_wants() {
    let check = |claims: &str| jwt::check_claims(claims.as_bytes(), &Limits::default());
    for good in ["{}", r#"{"exp":1,"other":{"exp":"x"}}"#, r#" { "aud" : [ ] } "#] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for (bad, refusal) in [
        ("", TokenError::Malformed("a part is not a JSON object")),
        ("[]", TokenError::Malformed("a part is not a JSON object")),
        (r#"{"exp":1"#, TokenError::Malformed("a part is not valid JSON")),
        (r#"{"exp":1,"exp":1}"#, TokenError::DuplicateMember),
        (r#"{"a":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"#, TokenError::TooDeep),
    ] {
        assert_eq!(check(bad), Err(JwtError::Token(refusal)), "{bad}");
    }
    let flat = Limits { max_depth: 1, ..Limits::default() };
    let refusal = jwt::check_claims(br#"{"a":[]}"#, &flat);
    assert_eq!(refusal, Err(JwtError::Token(TokenError::TooDeep)));
    assert!(matches!(check(r#"{"exp":null}"#), Err(JwtError::Claim(ClaimError::WrongType { .. }))));
}

#[test]
fn a_token_that_nobody_checked_can_be_looked_into() {
    let read = |token: &str| jws::read_unverified(token, &Limits::default());
    for token in [
        forge(r#"{"alg":"HS256"}"#, r#"{"exp":1}"#),
        forge(r#"{"alg":"none"}"#, "{}"),
        forge(r#"{"alg":7,"crit":["x"]}"#, r#"{"exp":"x"}"#),
        forge("{}", " {} "),
        "e30.e30.".to_owned(),
        "e30.e30.AAAA".to_owned(),
    ] {
        let (header, payload) = read(&token).unwrap();
        let parts: Vec<_> = token.split('.').map(common::decode).collect();
        assert_eq!(parts[..2], [header, payload], "{token}");
    }
}

#[test]
fn a_token_that_nobody_checked_is_read_as_strictly_as_any() {
    let no_object = TokenError::Malformed("a part is not a JSON object");
    let no_base64url = TokenError::Malformed("a part is not base64url");
    let three_parts = TokenError::Malformed("it has not three parts");
    for (token, refusal) in [
        (String::new(), three_parts),
        ("e30.e30".to_owned(), three_parts),
        ("e30.e30.AA.AA".to_owned(), three_parts),
        ("e30.e30.A".to_owned(), no_base64url),
        ("e30.e30.AQ==".to_owned(), no_base64url),
        ("e30=.e30.AQ".to_owned(), no_base64url),
        ("e30.e31.AQ\n".to_owned(), no_base64url),
        ("..".to_owned(), no_object),
        (forge("{}", ""), no_object),
        (forge("[]", "{}"), no_object),
        (forge("{}", "alice"), no_object),
        (forge("{}", r#"{"a":1,"a":1}"#), TokenError::DuplicateMember),
        (forge(r#"{"alg":1,"alg":2}"#, "{}"), TokenError::DuplicateMember),
        (forge("{}", format!("{{\"a\":{}", "[".repeat(16))), TokenError::TooDeep),
        ("A".repeat(8_193), TokenError::TooLong { limit: 8_192 }),
    ] {
        let verdict = jws::read_unverified(&token, &Limits::default());
        assert_eq!(verdict, Err(refusal), "{token}");
    }
}

// Whatever else is in the token: the header is for choosing a key before anything is known of it.
#[test]
fn the_header_alone_can_be_looked_at() {
    let read = |token: &str| jws::read_unverified_header(token, &Limits::default());
    for token in ["e30.e30.e30", "e30..", "e30.*.*", "e30.e31.A="] {
        assert_eq!(read(token).as_deref(), Ok(&b"{}"[..]), "{token}");
    }
    assert_eq!(read(&forge(r#"{"alg":7}"#, "no json")).as_deref(), Ok(&br#"{"alg":7}"#[..]));
    let no_object = TokenError::Malformed("a part is not a JSON object");
    for (token, refusal) in [
        ("e30.e30".to_owned(), TokenError::Malformed("it has not three parts")),
        ("*.e30.".to_owned(), TokenError::Malformed("a part is not base64url")),
        (".e30.".to_owned(), no_object),
        (forge("[]", "{}"), no_object),
        (forge(r#"{"alg":1,"alg":2}"#, "{}"), TokenError::DuplicateMember),
        (forge(format!("{{\"a\":{}", "[".repeat(16)), "{}"), TokenError::TooDeep),
        ("A".repeat(8_193), TokenError::TooLong { limit: 8_192 }),
    ] {
        assert_eq!(read(&token), Err(refusal), "{token}");
    }
}
