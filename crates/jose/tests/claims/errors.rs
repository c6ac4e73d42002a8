//! Every refusal: its name, the claim that it is about, and what it says.

use std::time::Duration;

use tegata_jose::{ClaimError, JwtError, Rule, TokenError, Validation, jwt};

use crate::common::{forge, secret_keys};
use crate::{NOW, check};

/// Stands in every claim of the tokens below, and in no message.
const MARKER: &str = "hunter2";

fn says(refusal: Result<(), ClaimError>, claim: &str, code: &str, message: &str) {
    let refusal = refusal.unwrap_err();
    assert_eq!(refusal.claim(), claim);
    assert_eq!(refusal.code(), code);
    assert_eq!(refusal.to_string(), message);
    let wrapped = JwtError::from(refusal.clone());
    assert_eq!(wrapped.to_string(), message);
    for shown in [format!("{refusal:?}"), format!("{wrapped:?}"), message.to_owned()] {
        assert!(!shown.contains(MARKER) && !shown.contains("1699999999"), "{shown}");
    }
}

fn marked(members: &str) -> String {
    format!(r#"{{"{MARKER}":"{MARKER}","sub":"{MARKER}",{members}}}"#)
}

#[test]
fn expired() {
    says(
        check(&marked(r#""exp":1699999999"#), &Validation::new()),
        "exp",
        "expired_token",
        "`exp`: the token has expired",
    );
}

#[test]
fn issued_in_future() {
    says(
        check(&marked(r#""iat":1799999999"#), &Validation::new()),
        "iat",
        "issued_in_future",
        "`iat`: the token was issued in the future; hint: compare the clocks",
    );
}

#[test]
fn missing() {
    says(
        check(&marked(r#""x":1"#), &Validation::new().require("tenant")),
        "tenant",
        "missing_claim",
        "`tenant`: the token lacks this claim",
    );
}

#[test]
fn not_yet_valid() {
    says(
        check(&marked(r#""nbf":1799999999"#), &Validation::new()),
        "nbf",
        "immature_token",
        "`nbf`: the token is not valid yet",
    );
}

#[test]
fn too_old() {
    let validation = Validation::new().max_age(Duration::from_millis(90_500));
    says(
        check(&marked(r#""iat":1699999900"#), &validation),
        "iat",
        "too_old",
        "`iat`: the token was issued more than 90.5 seconds ago",
    );
}

#[test]
fn unexpected() {
    let set = Rule::one_of(["reader", "writer"]);
    says(
        check(&marked(&format!(r#""role":"{MARKER}""#)), &Validation::new().claim("role", set)),
        "role",
        "unexpected_claim",
        r#"`role`: the claim is not `"reader"` or `"writer"`"#,
    );
    let predicate = Rule::predicate(|value| value == 1);
    says(
        check(
            &marked(&format!(r#""role":"{MARKER}""#)),
            &Validation::new().claim("role", predicate),
        ),
        "role",
        "unexpected_claim",
        "`role`: the claim is not what its rule asks for",
    );
}

#[test]
fn unnamed_audience() {
    says(
        check(&marked(&format!(r#""aud":"{MARKER}""#)), &Validation::new()),
        "aud",
        "wrong_audience",
        "`aud`: the token is for an audience; hint: say which audience you are",
    );
}

#[test]
fn wrong_audience() {
    let validation = Validation::new().audience("api").audience("web");
    says(
        check(&marked(&format!(r#""aud":["{MARKER}"]"#)), &validation),
        "aud",
        "wrong_audience",
        "`aud`: the token is for another audience than `api` or `web`",
    );
}

#[test]
fn wrong_issuer() {
    says(
        check(&marked(&format!(r#""iss":"{MARKER}""#)), &Validation::new().issuer("acme")),
        "iss",
        "wrong_issuer",
        "`iss`: the token is from another issuer than `acme`",
    );
}

#[test]
fn wrong_typ() {
    says(
        check(&marked(r#""x":1"#), &Validation::new().typ("at+jwt")),
        "typ",
        "wrong_typ",
        "`typ`: the token is not of type `at+jwt`",
    );
}

#[test]
fn wrong_type() {
    for (claim, expected) in [
        ("iss", "a string"),
        ("jti", "a string"),
        ("aud", "a string or a list of strings"),
        ("exp", "a NumericDate between the years 1970 and 9999"),
        ("nbf", "a NumericDate between the years 1970 and 9999"),
        ("iat", "a NumericDate between the years 1970 and 9999"),
    ] {
        says(
            check(&marked(&format!(r#""{claim}":{{"{MARKER}":1}}"#)), &Validation::new()),
            claim,
            "claim_wrong_type",
            &format!("`{claim}`: the claim is not {expected}"),
        );
    }
}

#[test]
fn the_type_is_compared_in_its_short_and_long_form() {
    let decode = |header: &str| {
        let validation = Validation::new().typ("at+jwt");
        jwt::decode(&forge(header, "{}"), &secret_keys(), &validation, NOW).map(|_| ())
    };
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        assert_eq!(decode(&format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#)), Ok(()), "{typ}");
    }
    let expected = ClaimError::WrongTyp { expected: "at+jwt".to_owned() };
    for header in [
        r#"{"alg":"HS256"}"#,
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":""}"#,
        r#"{"alg":"HS256","typ":"at+jwt "}"#,
        r#"{"alg":"HS256","cty":"at+jwt"}"#,
    ] {
        assert_eq!(decode(header), Err(JwtError::Claim(expected.clone())), "{header}");
    }
}

#[test]
fn a_rule_shows_what_it_expects_and_no_more() {
    assert_eq!(format!("{:?}", Rule::one_of([1, 2])), "Rule(`1` or `2`)");
    let rule = Rule::predicate(|_| true);
    assert_eq!(format!("{rule:?}"), "Rule(what its rule asks for)");
    assert!(format!("{:?}", Validation::new().claim("x", rule.clone())).contains("Rule("));
    assert!(rule.allows(&1.into()));
}

#[test]
fn the_payload_must_be_an_object_like_any_jwt() {
    for (payload, refusal) in [
        (r#"{"exp":1,"exp":2}"#, TokenError::DuplicateMember),
        (r#"{"exp":1,"e\u0078p":9999999999}"#, TokenError::DuplicateMember),
        (&format!("{{\"a\":{}", "[".repeat(17)), TokenError::TooDeep),
        ("[]", TokenError::Malformed("a part is not a JSON object")),
        ("{\"exp\":1e999}", TokenError::Malformed("a part is not valid JSON")),
        ("", TokenError::Malformed("a part is not a JSON object")),
    ] {
        let token = forge(r#"{"alg":"HS256"}"#, payload);
        let verdict = jwt::decode(&token, &secret_keys(), &Validation::new(), NOW);
        assert_eq!(verdict, Err(JwtError::Token(refusal)), "{payload}");
    }
}
