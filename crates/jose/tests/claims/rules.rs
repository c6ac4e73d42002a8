//! Rules for single claims, claims that must be there, and claims that are left alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tegata_jose::{ClaimError, Rule, Validation};

use crate::{SECOND, check, missing};

fn unexpected(claim: &str, expected: &str) -> ClaimError {
    ClaimError::Unexpected { claim: claim.to_owned(), expected: expected.to_owned() }
}

#[test]
fn a_value_is_compared_as_json() {
    for (value, same, others) in [
        (
            json!("a"),
            &[r#""a""#, r#""\u0061""#][..],
            &[r#""A""#, r#""""#, r#"["a"]"#, r#""ab""#, "null", r#"{"a":1}"#][..],
        ),
        (json!(1), &["1", " 1 "], &["1.0", "1e0", r#""1""#, "true", "[1]", "2", "-1"]),
        (json!(true), &["true"], &["1", r#""true""#, "false", "[true]"]),
        (json!(null), &["null"], &["0", r#""""#, "false", "[]", "{}"]),
        (json!(["a", 1]), &[r#"["a",1]"#, r#"[ "a" , 1 ]"#], &[r#"[1,"a"]"#, r#"["a"]"#]),
        (
            json!({"a": 1, "b": 2}),
            &[r#"{"b":2,"a":1}"#],
            &[r#"{"a":1}"#, r#"{"a":1,"b":2,"c":3}"#, r#"{"a":1,"b":"2"}"#],
        ),
        (json!(1.5), &["1.5", "15e-1"], &["1", "2", r#""1.5""#]),
        (json!(u64::MAX), &["18446744073709551615"], &["18446744073709551616", "-1"]),
    ] {
        let expected = unexpected("x", &format!("`{value}`"));
        let validation = Validation::new().claim("x", Rule::value(value));
        for text in same {
            assert_eq!(check(&format!(r#"{{"x":{text}}}"#), &validation), Ok(()), "{text}");
        }
        for text in others {
            let refusal = check(&format!(r#"{{"x":{text}}}"#), &validation);
            assert_eq!(refusal, Err(expected.clone()), "{text}");
        }
        assert_eq!(check("{}", &validation), Err(missing("x")));
    }
}

#[test]
fn one_of_a_set() {
    let validation = Validation::new().claim("role", Rule::one_of(["read", "write"]));
    for role in ["read", "write"] {
        assert_eq!(check(&format!(r#"{{"role":"{role}"}}"#), &validation), Ok(()));
    }
    let expected = unexpected("role", r#"`"read"` or `"write"`"#);
    for role in [r#""delete""#, r#""rea""#, r#"["read"]"#, r#"["read","write"]"#, "null", "0"] {
        let refusal = check(&format!(r#"{{"role":{role}}}"#), &validation);
        assert_eq!(refusal, Err(expected.clone()), "{role}");
    }
}

#[test]
fn a_list_may_hold_the_value() {
    let validation = Validation::new().claim("roles", Rule::holds([json!("admin"), json!(1)]));
    for roles in [r#""admin""#, r#"["admin"]"#, r#"["a","admin"]"#, "1", "[1]", "[[],1]"] {
        assert_eq!(check(&format!(r#"{{"roles":{roles}}}"#), &validation), Ok(()), "{roles}");
    }
    let expected = unexpected("roles", r#"`"admin"` or `1`, or a list with it"#);
    for roles in [
        "[]",
        "null",
        r#""""#,
        r#""Admin""#,
        r#""administrator""#,
        r#"["administrator"]"#,
        r#"[["admin"]]"#,
        r#"{"admin":1}"#,
        r#"[{"admin":1}]"#,
        "true",
        "1.0",
        "[true,1.0]",
    ] {
        let refusal = check(&format!(r#"{{"roles":{roles}}}"#), &validation);
        assert_eq!(refusal, Err(expected.clone()), "{roles}");
    }
    assert_eq!(check("{}", &validation), Err(missing("roles")));
}

#[test]
fn an_issuer_is_no_list_whatever_a_rule_would_take() {
    for claim in ["iss", "sub", "jti"] {
        let validation = Validation::new().claim(claim, Rule::holds(["good"]));
        assert_eq!(check(&format!(r#"{{"{claim}":"good"}}"#), &validation), Ok(()));
        let listed = check(&format!(r#"{{"{claim}":["good"]}}"#), &validation);
        assert!(matches!(listed, Err(ClaimError::WrongType { .. })), "{listed:?}");
    }
}

#[test]
fn none_of_an_empty_set() {
    let validation = Validation::new().claim("x", Rule::one_of(Vec::<Value>::new()));
    for claims in [r#"{"x":null}"#, r#"{"x":""}"#, r#"{"x":[]}"#] {
        assert!(matches!(check(claims, &validation), Err(ClaimError::Unexpected { .. })));
    }
    assert_eq!(check("{}", &validation), Err(missing("x")));
}

#[test]
fn a_predicate_sees_the_value() {
    let scopes = |value: &Value| {
        value.as_str().is_some_and(|scopes| scopes.split(' ').any(|scope| scope == "admin"))
    };
    let validation = Validation::new().claim("scope", Rule::predicate(scopes));
    assert_eq!(check(r#"{"scope":"read admin"}"#, &validation), Ok(()));
    for scope in [r#""administrator""#, r#""""#, r#"["admin"]"#, "null"] {
        let refusal = check(&format!(r#"{{"scope":{scope}}}"#), &validation);
        assert_eq!(refusal, Err(unexpected("scope", "what its rule asks for")), "{scope}");
    }
}

// No value can be made of it, so no predicate can say yes to it.
#[test]
fn a_number_beyond_any_value_meets_no_rule() {
    let validation = Validation::new().claim("x", Rule::predicate(|_| true));
    let claims = |digits| format!(r#"{{"x":{}}}"#, "9".repeat(digits));
    assert_eq!(check(&claims(300), &validation), Ok(()));
    assert!(matches!(check(&claims(400), &validation), Err(ClaimError::Unexpected { .. })));
}

#[test]
fn several_rules_for_one_claim_must_all_hold() {
    let validation = Validation::new()
        .claim("age", Rule::predicate(|age| age.as_u64() >= Some(18)))
        .claim("age", Rule::predicate(|age| age.as_u64() < Some(65)));
    assert_eq!(check(r#"{"age":18}"#, &validation), Ok(()));
    for age in ["17", "65", "-1", "18.5", r#""18""#] {
        let refusal = check(&format!(r#"{{"age":{age}}}"#), &validation);
        assert_eq!(refusal, Err(unexpected("age", "what its rule asks for")), "{age}");
    }
}

#[test]
fn a_predicate_is_asked_once_for_its_own_claim_alone() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let rule = Rule::predicate(move |value| {
        count.fetch_add(1, Ordering::Relaxed);
        *value == 1
    });
    let validation = Validation::new().claim("a", rule);
    assert_eq!(check(r#"{"b":2,"a":1,"c":{"a":3}}"#, &validation), Ok(()));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn rules_find_a_claim_however_its_name_is_spelt() {
    let validation = Validation::new()
        .claim("role", Rule::value("admin"))
        .claim("a\"b\\c/d", Rule::value(1))
        .claim("\u{1f600}", Rule::value(2))
        .claim("", Rule::value(3));
    let claims =
        r#"{"\u0072\u006F\u006cE":0,"r\u006fle":"admin","a\"b\\c\/d":1,"\ud83d\ude00":2,"":3}"#;
    assert_eq!(check(claims, &validation), Ok(()));
}

#[test]
fn a_member_of_an_inner_object_is_no_claim() {
    let validation = Validation::new().claim("role", Rule::value("admin")).require("x");
    let refusal = check(r#"{"a":{"role":"admin"},"x":1}"#, &validation);
    assert_eq!(refusal, Err(missing("role")));
    let refusal = check(r#"{"a":[{"x":1}],"role":"admin"}"#, &validation);
    assert_eq!(refusal, Err(missing("x")));
}

#[test]
fn a_rule_on_a_registered_claim_comes_on_top() {
    let validation = Validation::new()
        .claim("sub", Rule::predicate(|sub| sub.as_str().is_some_and(|sub| sub.len() == 5)))
        .claim("exp", Rule::predicate(|exp| exp.as_i64() < Some(SECOND + 100)));
    let claims = |sub, exp| format!(r#"{{"sub":{sub},"exp":{exp}}}"#);
    assert_eq!(check(&claims(r#""alice""#, SECOND + 99), &validation), Ok(()));
    for (sub, exp, expected) in [
        (r#""bob""#, SECOND + 99, unexpected("sub", "what its rule asks for")),
        (r#""alice""#, SECOND + 100, unexpected("exp", "what its rule asks for")),
        (r#""alice""#, SECOND, ClaimError::Expired),
        ("12345", SECOND + 99, ClaimError::WrongType { claim: "sub", expected: "a string" }),
    ] {
        assert_eq!(check(&claims(sub, exp), &validation), Err(expected), "{sub} {exp}");
    }
    assert_eq!(check(r#"{"sub":"alice"}"#, &validation), Err(missing("exp")));
}

#[test]
fn a_rule_for_aud_takes_the_audience_over() {
    let all = Rule::predicate(|aud| *aud == json!(["a", "b"]));
    let validation = Validation::new().claim("aud", all);
    assert_eq!(check(r#"{"aud":["a","b"]}"#, &validation), Ok(()));
    let refusal = check(r#"{"aud":["a"]}"#, &validation);
    assert_eq!(refusal, Err(unexpected("aud", "what its rule asks for")));
    let refusal = check(r#"{"aud":[1]}"#, &validation);
    let expected = "a string or a list of strings";
    assert_eq!(refusal, Err(ClaimError::WrongType { claim: "aud", expected }));

    // With an audience named as well, both count.
    let both = validation.audience("c");
    assert!(matches!(check(r#"{"aud":["a","b"]}"#, &both), Err(ClaimError::WrongAudience { .. })));
}

#[test]
fn required_claims_are_there_whatever_they_say() {
    let validation = Validation::new().require("sub").require("tenant").require("");
    assert_eq!(check(r#"{"sub":"","tenant":null,"":[]}"#, &validation), Ok(()));
    assert_eq!(check(r#"{"s\u0075b":"","\u0074enant":0,"":{}}"#, &validation), Ok(()));
    for (claims, name) in [
        (r#"{"tenant":1,"":1}"#, "sub"),
        (r#"{"sub":"a","":1}"#, "tenant"),
        (r#"{"sub":"a","tenant":1}"#, ""),
        (r#"{"sub":"a","Tenant":1,"tenant ":1,"":1}"#, "tenant"),
    ] {
        assert_eq!(check(claims, &validation), Err(missing(name)), "{claims}");
    }
}

#[test]
fn every_registered_claim_can_be_required() {
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"] {
        let validation = Validation::new().require(name).audience("a");
        let validation = if name == "aud" { validation } else { validation.ignore("aud") };
        let rest = [("iss", r#""i""#), ("sub", r#""s""#), ("aud", r#""a""#), ("exp", "1700000001")]
            .into_iter()
            .chain([("nbf", "1"), ("iat", "1"), ("jti", r#""j""#)]);
        let (with, without): (Vec<_>, Vec<_>) = rest.partition(|(claim, _)| *claim == name);
        let text = |members: &[(&str, &str)]| {
            let members: Vec<_> =
                members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert_eq!(check(&text(&with), &validation), Ok(()), "{name}");
        assert_eq!(check(&text(&without), &validation), Err(missing(name)));
    }
}

#[test]
fn an_ignored_claim_is_not_even_of_its_type() {
    for (name, value) in [
        ("iss", "1"),
        ("sub", "1"),
        ("aud", "[1]"),
        ("aud", r#""api""#),
        ("exp", "1"),
        ("exp", r#""soon""#),
        ("nbf", "9999999999"),
        ("iat", "9999999999"),
        ("jti", "null"),
    ] {
        let claims = format!(r#"{{"{name}":{value}}}"#);
        assert!(check(&claims, &Validation::new()).is_err(), "{claims}");
        assert_eq!(check(&claims, &Validation::new().ignore(name)), Ok(()), "{claims}");
        let required = Validation::new().ignore(name).require(name);
        assert_eq!(check(&claims, &required), Ok(()), "{claims}");
        assert_eq!(check("{}", &required), Err(missing(name)));
    }
}

#[test]
fn ignoring_one_claim_leaves_the_others_checked() {
    let validation = Validation::new().ignore("exp").ignore("role");
    assert_eq!(check(r#"{"exp":1,"role":7}"#, &validation), Ok(()));
    assert_eq!(check(r#"{"exp":1,"nbf":9999999999}"#, &validation), Err(ClaimError::NotYetValid));
    assert!(check(r#"{"exp":1,"sub":7}"#, &validation).is_err());
    // A rule is asked for by name, so it is not ignored.
    let ruled = validation.claim("exp", Rule::value(2));
    assert_eq!(check(r#"{"exp":1}"#, &ruled), Err(unexpected("exp", "`2`")));
}

#[test]
fn an_ignored_claim_cannot_meet_what_needs_it() {
    let validation = Validation::new().ignore("iat").max_age(Duration::from_secs(60));
    assert_eq!(check(r#"{"iat":1700000000}"#, &validation), Err(missing("iat")));
    let parties = Validation::new().issuer("a").audience("a").ignore("iss").ignore("aud");
    assert_eq!(check("{}", &parties), Ok(()));
}
