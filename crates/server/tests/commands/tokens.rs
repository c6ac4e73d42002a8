use std::time::Duration;

use serde_json::Value;

use crate::folder::{Folder, now};

#[test]
fn a_token_is_shown_without_a_word_on_its_truth() {
    let folder = Folder::with_ada();
    let token = folder.log_in("ada", now()).access_token;
    let said = folder.run_with(&["token", "inspect"], &format!("Bearer {token}\n"));
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(
        said.out.starts_with("not verified: anybody could have written this\n"),
        "{}",
        said.out
    );
    assert!(said.out.contains("\"at+jwt\"") && said.out.contains("UTC (in 4m"), "{}", said.out);
    assert!(!said.out.contains('\u{1b}'), "no colour where there is no terminal");

    folder.write("token.txt", &token);
    let shown = folder.json(&["token", "inspect", "token.txt", "--json"]);
    assert_eq!((&shown["verified"], &shown["claims"]["user_id"]), (&false.into(), &1.into()));
    assert_eq!(shown["header"]["alg"], "EdDSA");
}

#[test]
fn a_good_token_is_said_to_be_good_and_a_bad_one_why_not() {
    let folder = Folder::with_ada();
    let tokens = folder.log_in("ada", now());
    for token in [&tokens.access_token, tokens.refresh_token.as_ref().expect("a pair")] {
        let said = folder.run_with(&["token", "verify", "--session"], token);
        assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
        assert!(said.out.starts_with("good "), "{}", said.out);
    }
    let hour = Duration::from_hours(1);
    let old = folder.log_in("ada", now().minus(hour)).access_token;
    let forged = format!("{}A", &tokens.access_token[..tokens.access_token.len() - 2]);
    for (token, code, reason) in [
        (&old, "expired_token", "`exp` is in the past"),
        (&forged, "invalid_token", "no key of ours signed it"),
        (&"nonsense".to_owned(), "invalid_token", "no key of ours signed it"),
    ] {
        let said = folder.run_with(&["token", "verify"], token);
        assert_eq!((said.code, &*said.err), (Some(1), ""));
        assert_eq!(said.out, format!("not good ({code}): {reason}\n"));
        let said = folder.run_with(&["token", "verify", "--json"], token);
        let verdict: Value = serde_json::from_str(&said.out).expect("it is JSON");
        assert_eq!(
            (said.code, &verdict["good"], &verdict["code"]),
            (Some(1), &false.into(), &code.into())
        );
        assert_eq!(verdict["claims"], Value::Null);
    }
    let said =
        folder.run_with(&["token", "verify", "--set", "issuer=another"], &tokens.access_token);
    assert_eq!(said.out, "not good (invalid_token): `iss` is not ours\n");
}

#[test]
fn a_session_that_has_ended_is_seen_in_the_rows_alone() {
    let folder = Folder::with_ada();
    let token = folder.log_in("ada", now()).access_token;
    folder.good(&["session", "end", "--all"]);
    assert_eq!(folder.run_with(&["token", "verify"], &token).code, Some(0));
    let said = folder.run_with(&["token", "verify", "--session"], &token);
    assert_eq!(said.code, Some(1));
    assert!(said.out.starts_with("not good (session_expired)"), "{}", said.out);
}

#[test]
fn to_ask_about_the_token_of_an_inactive_user_ends_nothing() {
    let folder = Folder::with_ada();
    let token = folder.log_in("ada", now()).access_token;
    folder.sql("UPDATE auth_user SET is_active = 0");
    let said = folder.run_with(&["token", "verify", "--session"], &token);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("would end its session"), "{}", said.out);
    assert_eq!(folder.json(&["session", "list", "--json"])[0]["ended_at"], Value::Null);
}

#[test]
fn what_is_no_token_is_an_error() {
    let folder = Folder::with_ada();
    for (input, problem) in
        [("", "there is no token"), ("a.b", "this is no token"), ("a.b.c", "this is no token")]
    {
        let said = folder.run_with(&["token", "inspect"], input);
        assert_eq!(said.code, Some(1));
        assert!(said.err.contains(problem), "{}", said.err);
    }
    let said = folder.run(&["token", "inspect", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"]);
    assert!(said.err.contains("is no argument"), "{}", said.err);
    folder.write("bytes", "");
    std::fs::write(folder.path("bytes"), [0xff, 0xfe]).expect("a file can be written");
    assert!(folder.run(&["token", "inspect", "bytes"]).err.contains("no text in UTF-8"));
}

#[test]
fn what_a_token_says_does_not_act_on_a_terminal() {
    let folder = Folder::new();
    // {"alg":"HS256"} and {"sub":"\u001b[2J"}, in base64url.
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJcdTAwMWJbMkoifQ.AAAA";
    let said = folder.run_with(&["token", "inspect"], token);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(!said.out.contains('\u{1b}'), "{:?}", said.out);
}
