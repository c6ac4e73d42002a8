//! `iss` and `aud`: who signed a token, and for whom.

use tegata_jose::{ClaimError, Validation};

use crate::{check, missing};

fn wrong_issuer(expected: &[&str]) -> ClaimError {
    ClaimError::WrongIssuer { expected: expected.iter().map(ToString::to_string).collect() }
}

fn wrong_audience(expected: &[&str]) -> ClaimError {
    ClaimError::WrongAudience { expected: expected.iter().map(ToString::to_string).collect() }
}

#[test]
fn an_issuer_is_compared_exactly() {
    let validation = Validation::new().issuer("https://login.example");
    assert_eq!(check(r#"{"iss":"https://login.example"}"#, &validation), Ok(()));
    assert_eq!(check(r#"{"iss":"https:\/\/login.\u0065xample"}"#, &validation), Ok(()));
    for iss in [
        "",
        "https://login.example/",
        "https://login.example ",
        " https://login.example",
        "https://LOGIN.example",
        "http://login.example",
        "https://login.example\\u0000",
        "https://login.example.attacker.example",
        "attacker",
    ] {
        let refusal = check(&format!(r#"{{"iss":"{iss}"}}"#), &validation);
        assert_eq!(refusal, Err(wrong_issuer(&["https://login.example"])), "{iss}");
    }
    assert_eq!(check("{}", &validation), Err(missing("iss")));
}

// PyJWT: the issuer was looked for in the expected one as in a list.
#[test]
fn cve_2024_53861_a_part_of_the_issuer_is_not_the_issuer() {
    let validation = Validation::new().issuer("acme.example");
    for iss in ["", "a", "acme", "example", "acme.exampl", ".", "cme.example"] {
        let refusal = check(&format!(r#"{{"iss":"{iss}"}}"#), &validation);
        assert_eq!(refusal, Err(wrong_issuer(&["acme.example"])), "{iss}");
    }
}

// joserfc: a list with the right issuer in it was as good as the issuer.
#[test]
fn cve_2026_75509_a_list_of_issuers_is_no_issuer() {
    let validation = Validation::new().issuer("acme");
    for iss in [r#"["acme"]"#, r#"["acme","evil"]"#, r#"["evil","acme"]"#, r#"{"acme":1}"#, "[]"] {
        let refusal = check(&format!(r#"{{"iss":{iss}}}"#), &validation);
        assert_eq!(refusal, Err(ClaimError::WrongType { claim: "iss", expected: "a string" }));
        let refusal = check(&format!(r#"{{"sub":{iss}}}"#), &Validation::new());
        assert_eq!(refusal, Err(ClaimError::WrongType { claim: "sub", expected: "a string" }));
    }
}

#[test]
fn any_of_several_issuers_is_accepted() {
    let validation = Validation::new().issuer("a").issuer("b");
    for iss in ["a", "b"] {
        assert_eq!(check(&format!(r#"{{"iss":"{iss}"}}"#), &validation), Ok(()));
    }
    for iss in ["", "c", "ab", "a,b", "a b", "`a` or `b`"] {
        let refusal = check(&format!(r#"{{"iss":"{iss}"}}"#), &validation);
        assert_eq!(refusal, Err(wrong_issuer(&["a", "b"])), "{iss}");
    }
}

#[test]
fn an_issuer_that_nobody_asked_for_is_left_alone() {
    assert_eq!(check(r#"{"iss":"anybody"}"#, &Validation::new()), Ok(()));
    assert_eq!(check(r#"{"iss":""}"#, &Validation::new().issuer("")), Ok(()));
}

#[test]
fn an_audience_is_named_alone_or_in_a_list() {
    let validation = Validation::new().audience("api");
    for aud in
        [r#""api""#, r#"["api"]"#, r#"["x","api"]"#, r#"["api","api"]"#, r#"["a","\u0061pi"]"#]
    {
        assert_eq!(check(&format!(r#"{{"aud":{aud}}}"#), &validation), Ok(()), "{aud}");
    }
    for aud in [
        "[]",
        r#""""#,
        r#""ap""#,
        r#""apis""#,
        r#""API""#,
        r#""x api""#,
        r#""[\"api\"]""#,
        r#"["x"]"#,
        r#"["ap","i"]"#,
        r#"["x api"]"#,
        r#"[""]"#,
    ] {
        let refusal = check(&format!(r#"{{"aud":{aud}}}"#), &validation);
        assert_eq!(refusal, Err(wrong_audience(&["api"])), "{aud}");
    }
    assert_eq!(check("{}", &validation), Err(missing("aud")));
}

#[test]
fn any_of_several_audiences_is_enough() {
    let validation = Validation::new().audience("a").audience("b");
    for aud in [r#""a""#, r#""b""#, r#"["b","c"]"#, r#"["a","b"]"#] {
        assert_eq!(check(&format!(r#"{{"aud":{aud}}}"#), &validation), Ok(()), "{aud}");
    }
    for aud in ["[]", r#""c""#, r#""ab""#, r#"["c","ab"]"#] {
        let refusal = check(&format!(r#"{{"aud":{aud}}}"#), &validation);
        assert_eq!(refusal, Err(wrong_audience(&["a", "b"])), "{aud}");
    }
}

#[test]
fn a_token_for_an_audience_is_refused_where_none_is_named() {
    for aud in [r#""api""#, r#"["api"]"#, "[]", r#""""#, r#"[""]"#] {
        let claims = format!(r#"{{"aud":{aud}}}"#);
        for validation in [Validation::new(), Validation::new().require("aud")] {
            assert_eq!(check(&claims, &validation), Err(ClaimError::UnnamedAudience), "{aud}");
        }
    }
    assert_eq!(check("{}", &Validation::new()), Ok(()));
}
