//! What is checked before what: nothing that nobody signed is judged by its claims.

use std::time::Duration;

use serde_json::{Value, json};
use tegata_jose::{
    ClaimError, JwtError, Limits, Rule, Timestamp, TokenError, Validation, jws, jwt,
};

use crate::common::value::ToValue;
use crate::common::{forge_with, secret_keys};
use crate::{NOW, SECOND, check, missing, signed};

#[test]
fn a_forged_token_is_refused_for_its_signature_whatever_it_claims() {
    let asked = Rule::predicate(|_| panic!("asked about a claim that nobody signed"));
    let validation = Validation::new()
        .issuer("a")
        .audience("a")
        .require("jti")
        .typ("at+jwt")
        .max_age(Duration::from_secs(1))
        .claim("x", asked);
    for claims in [
        "{}",
        r#"{"exp":1}"#,
        r#"{"nbf":9999999999,"x":1}"#,
        r#"{"exp":"x"}"#,
        r#"{"iss":["a"]}"#,
        r#"{"exp":1,"exp":2}"#,
        "no json",
        "",
    ] {
        let token = forge_with(b"another secret", r#"{"alg":"HS256"}"#, claims);
        let verdict = jwt::decode(&token, &secret_keys(), &validation, NOW);
        assert_eq!(verdict, Err(JwtError::Token(TokenError::BadSignature)), "{claims}");
    }
}

#[test]
fn a_token_beyond_the_limits_is_refused_for_that() {
    let token = signed(r#"{"exp":1,"a":[[1]]}"#);
    let decode = |limits| {
        let validation = Validation::new().limits(limits);
        assert_eq!(*validation.size_limits(), limits);
        jwt::decode(&token, &secret_keys(), &validation, NOW).unwrap_err()
    };
    let short = Limits { max_token_length: 10, ..Limits::default() };
    assert_eq!(decode(short), JwtError::Token(TokenError::TooLong { limit: 10 }));
    let flat = Limits { max_depth: 2, ..Limits::default() };
    assert_eq!(decode(flat), JwtError::Token(TokenError::TooDeep));
    let enough = Limits { max_token_length: token.len(), max_depth: 3 };
    assert_eq!(decode(enough), JwtError::Claim(ClaimError::Expired));
}

// Each mistake is found as long as it is the first one; take it away, and the next shows.
#[test]
fn the_first_of_several_mistakes_is_named() {
    let all = Validation::new()
        .typ("JWT")
        .require("tenant")
        .issuer("a")
        .audience("a")
        .max_age(Duration::from_secs(60))
        .claim("role", Rule::value("admin"));
    let is = |claims: &str, expected: &str| {
        let refusal = check(claims, &all.clone().typ("JWT")).unwrap_err();
        assert_eq!(format!("{} {}", refusal.claim(), refusal.code()), expected, "{claims}");
    };
    let refusal = check("{}", &all.clone().typ("at+jwt"));
    assert_eq!(refusal, Err(ClaimError::WrongTyp { expected: "at+jwt".to_owned() }));
    is(r#"{"iss":1,"exp":1}"#, "tenant missing_claim");
    is(r#"{"tenant":1,"jti":1,"exp":1,"iss":"b"}"#, "jti claim_wrong_type");
    is(r#"{"tenant":1,"exp":1,"iss":"b"}"#, "iss wrong_issuer");
    is(r#"{"tenant":1,"exp":1,"iss":"a","aud":"b"}"#, "aud wrong_audience");
    is(r#"{"tenant":1,"exp":1,"nbf":9999999999,"iss":"a","aud":"a"}"#, "exp expired_token");
    is(
        r#"{"tenant":1,"nbf":9999999999,"iat":9999999999,"iss":"a","aud":"a"}"#,
        "nbf immature_token",
    );
    is(r#"{"tenant":1,"iat":9999999999,"iss":"a","aud":"a"}"#, "iat issued_in_future");
    is(r#"{"tenant":1,"iss":"a","aud":"a"}"#, "iat missing_claim");
    is(r#"{"tenant":1,"iat":1,"iss":"a","aud":"a"}"#, "iat too_old");
    is(r#"{"tenant":1,"iat":1700000000,"iss":"a","aud":"a"}"#, "role missing_claim");
    is(r#"{"tenant":1,"iat":1700000000,"iss":"a","aud":"a","role":1}"#, "role unexpected_claim");
    let good = r#"{"tenant":1,"iat":1700000000,"iss":"a","aud":"a","role":"admin"}"#;
    assert_eq!(check(good, &all), Ok(()));
}

#[test]
fn check_says_of_a_verified_token_what_decode_says() {
    for claims in [r#"{"exp":1700000001}"#, r#"{"exp":1700000000}"#, r#"{"exp":null}"#] {
        let token = signed(claims);
        let verified = jws::verify(&token, &secret_keys(), &Limits::default()).unwrap();
        let decoded = jwt::decode(&token, &secret_keys(), &Validation::new(), NOW);
        assert_eq!(Validation::new().check(&verified, NOW), decoded.map(|_| ()), "{claims}");
    }
    assert_eq!(check("{}", &Validation::default().require("x")), Err(missing("x")));
}

// It has the header no more, so the type of the token is for its caller to check.
#[test]
fn claims_are_judged_apart_from_their_token_as_well() {
    let validation = Validation::new().typ("at+jwt").audience("api");
    let mut sink = ToValue::default();
    let claims = br#"{"aud":"api","exp":1700000001}"#;
    let object = validation.read_payload(claims, NOW, &mut sink).unwrap().unwrap();
    assert_eq!(Value::Object(object), json!({"aud": "api", "exp": 1_700_000_001}));

    let later = Timestamp::from_seconds(SECOND + 1);
    let refusal = validation.read_payload(claims, later, &mut sink).unwrap();
    assert_eq!(refusal, Err(ClaimError::Expired));
    let refusal = validation.read_payload(br#"{"a":1,"a":1}"#, NOW, &mut sink);
    assert_eq!(refusal, Err(TokenError::DuplicateMember));

    let token = signed(r#"{"aud":"api","exp":1700000001}"#);
    let verified = jws::verify(&token, &secret_keys(), &Limits::default()).unwrap();
    let refusal = validation.read(&verified, NOW, &mut sink).unwrap();
    assert_eq!(refusal, Err(ClaimError::WrongTyp { expected: "at+jwt".to_owned() }));
}
