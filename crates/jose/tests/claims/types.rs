//! Registered claims of another type than RFC 7519 section 4.1 gives them.

use tegata_jose::{ClaimError, JwtError, Limits, RegisteredClaims, Timestamp, Validation, jwt};

use crate::check;

const TEXTS: [&str; 3] = ["iss", "sub", "jti"];
const TIMES: [&str; 3] = ["exp", "nbf", "iat"];

const OF_ANOTHER_TYPE: [&str; 9] = [
    "null",
    "true",
    "false",
    "{}",
    "[1]",
    "[null]",
    "[[\"a\"]]",
    r#"{"exp":1700000001}"#,
    r#"[{"a":[1700000001]}]"#,
];

fn wrong_type(claim: &'static str) -> ClaimError {
    let expected = match claim {
        "aud" => "a string or a list of strings",
        "exp" | "nbf" | "iat" => "a NumericDate between the years 1970 and 9999",
        _ => "a string",
    };
    ClaimError::WrongType { claim, expected }
}

/// However the claim is looked at, it is not of its type; nowhere does it count as absent.
fn is_of_a_wrong_type(claim: &'static str, value: &str) {
    let claims = format!(r#"{{"{claim}":{value}}}"#);
    for validation in [Validation::new(), Validation::new().require(claim)] {
        assert_eq!(check(&claims, &validation), Err(wrong_type(claim)), "{claims}");
    }
    let refusal = jwt::check_claims(claims.as_bytes(), &Limits::default());
    assert_eq!(refusal, Err(JwtError::Claim(wrong_type(claim))), "{claims}");

    let registered = RegisteredClaims::parse(claims.as_bytes(), 16).unwrap();
    assert_eq!(registered.has(claim), Some(true), "{claims}");
    assert_eq!(registered.check_types(), Err(wrong_type(claim)), "{claims}");
}

#[test]
fn texts_are_strings() {
    for claim in TEXTS {
        for value in OF_ANOTHER_TYPE.into_iter().chain(["0", "1", "-1", "1.5", "[]", "[\"a\"]"]) {
            is_of_a_wrong_type(claim, value);
        }
    }
}

#[test]
fn times_are_numbers() {
    for claim in TIMES {
        for value in OF_ANOTHER_TYPE.into_iter().chain([
            "[]",
            "\"\"",
            "\"1700000001\"",
            "\"2030-01-01T00:00:00Z\"",
            "\"never\"",
            "[1700000001]",
        ]) {
            is_of_a_wrong_type(claim, value);
        }
    }
}

#[test]
fn audiences_are_a_string_or_a_list_of_strings() {
    for value in OF_ANOTHER_TYPE.into_iter().chain([
        "0",
        "1",
        "[\"a\",1]",
        "[\"a\",null]",
        "[\"a\",[\"b\"]]",
        r#"{"a":1}"#,
    ]) {
        is_of_a_wrong_type("aud", value);
        // The right one among them makes the list no better.
        let claims = format!(r#"{{"aud":{value}}}"#);
        let refusal = check(&claims, &Validation::new().audience("a"));
        assert_eq!(refusal, Err(wrong_type("aud")), "{value}");
    }
}

// jsonwebtoken: a claim of a wrong type was treated as absent, and so as one to leave unchecked.
#[test]
fn cve_2026_25537_a_claim_of_a_wrong_type_is_not_an_absent_one() {
    for claims in [
        r#"{"nbf":"9999999999"}"#,
        r#"{"nbf":[9999999999]}"#,
        r#"{"nbf":{"seconds":9999999999}}"#,
        r#"{"nbf":true}"#,
        r#"{"nbf":null}"#,
        r#"{"nbf":-1}"#,
        r#"{"nbf":1e999999999}"#,
    ] {
        let refusal = crate::check_at(claims, &Validation::new(), crate::NOW);
        // The last is no number at all, so not even the JSON is in order.
        assert!(matches!(refusal, Err(None | Some(ClaimError::WrongType { .. }))), "{claims}");
    }
    is_of_a_wrong_type("exp", "\"1\"");
}

#[test]
fn a_wrong_type_is_seen_behind_an_escaped_name() {
    let refusal = check(r#"{"\u0065x\u0070":"1700000001"}"#, &Validation::new());
    assert_eq!(refusal, Err(wrong_type("exp")));
}

#[test]
fn names_that_only_look_like_registered_ones_are_others() {
    let claims = r#"{"EXP":"x","Iss":1,"exp ":null,"aud\u0000":7,"ex":1,"x":{"exp":1,"nbf":"y"}}"#;
    assert_eq!(check(claims, &Validation::new()), Ok(()));
}

#[test]
fn texts_may_be_any_string() {
    for value in [r#""""#, r#"" ""#, r#""a\u0000b""#, r#""\ud83d\ude00""#, "\"日本\""] {
        for claim in TEXTS {
            assert_eq!(check(&format!(r#"{{"{claim}":{value}}}"#), &Validation::new()), Ok(()));
        }
    }
}

#[test]
fn registered_claims_come_out_as_they_are_meant() {
    let claims = br#"{
        "iss": "https:\/\/login.example", "sub": "\u0061lice", "aud": ["x", "\u0079"],
        "exp": 1700000000, "nbf": 1.5, "iat": 0, "jti": "", "other": [1]
    }"#;
    let registered = RegisteredClaims::parse(claims, 16).unwrap();
    assert_eq!(registered.check_types(), Ok(()));
    assert_eq!(registered.issuer().as_deref(), Some("https://login.example"));
    assert_eq!(registered.subject().as_deref(), Some("alice"));
    assert_eq!(registered.token_id().as_deref(), Some(""));
    assert_eq!(registered.expires_at(), Some(Timestamp::from_seconds(1_700_000_000)));
    assert_eq!(registered.not_before(), Some(Timestamp::from_micros(1_500_000)));
    assert_eq!(registered.issued_at(), Some(Timestamp::from_seconds(0)));
    assert!(registered.is_for("x") && registered.is_for("y"));
    assert!(!registered.is_for("") && !registered.is_for("xy"));
    assert_eq!(registered.has("other"), None);
}

#[test]
fn registered_claims_that_are_not_there_are_none() {
    let registered = RegisteredClaims::parse(b"{}", 16).unwrap();
    assert_eq!(registered.check_types(), Ok(()));
    for name in TEXTS.into_iter().chain(TIMES).chain(["aud"]) {
        assert_eq!(registered.has(name), Some(false), "{name}");
    }
    assert_eq!(
        (registered.issuer(), registered.subject(), registered.token_id()),
        Default::default()
    );
    assert_eq!(registered.expires_at(), None);
    assert!(!registered.is_for(""));
}

#[test]
fn note_takes_registered_claims_and_leaves_others() {
    let mut registered = RegisteredClaims::default();
    assert!(registered.note("exp", "1"));
    assert!(!registered.note("role", "\"admin\""));
    assert_eq!(registered.expires_at(), Some(Timestamp::from_seconds(1)));
    assert_eq!(registered.has("role"), None);
}
