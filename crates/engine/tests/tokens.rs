//! What our tokens say, and every way in which a token can be wrong.

mod common;

use common::{
    DAY, LOGIN, SECOND, UNBOUND, after, alice, engine, engine_with, header, key, open, open_for,
    other_key, payload, policy, resign, sign,
};
use serde_json::{Value, json};
use std::time::Duration;
use tegata::{
    Algorithm, AnyClaims, Engine, Key, KeySet, Refusal, Timestamp, Unread, UserId, UserState,
};

fn without(token: &str, claim: &str) -> String {
    resign(token, |claims| {
        claims.as_object_mut().unwrap().remove(claim).unwrap();
    })
}

fn with(token: &str, claim: &str, value: Value) -> String {
    resign(token, |claims| claims[claim] = value)
}

fn access() -> String {
    open(&engine()).tokens.access_token
}

fn refresh() -> String {
    open(&engine()).tokens.refresh_token
}

fn unread(token: &str) -> (Refusal, bool) {
    let Unread { refusal, ours, .. } = engine().read_access(LOGIN, token, None).unwrap_err();
    (refusal, ours)
}

const FOREIGN: (Refusal, bool) = (Refusal::InvalidToken, false);
const OURS: (Refusal, bool) = (Refusal::InvalidToken, true);

#[test]
fn an_access_token_meets_rfc_9068() {
    let token = access();
    assert_eq!(header(&token), json!({"alg": "HS256", "typ": "at+jwt"}));
    let claims = payload(&token);
    let session_id = "AAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(
        claims,
        json!({
            "iss": "https://issuer.example",
            "aud": "api",
            "sub": "1",
            "client_id": "web",
            "iat": 1_700_000_000,
            "exp": 1_700_000_300,
            "jti": "AAAAAAAAAAIAAAAAAAAAAA",
            "auth_time": 1_700_000_000,
            "type": "access",
            "user_id": 1,
            "session_id": session_id,
            "generation": 1,
        })
    );
}

#[test]
fn a_refresh_token_differs_in_type_identifier_and_life() {
    let token = refresh();
    assert_eq!(header(&token), json!({"alg": "HS256", "typ": "rt+jwt"}));
    let mut expected = payload(&access());
    expected["type"] = json!("refresh");
    expected["jti"] = json!("AAAAAAAAAAMAAAAAAAAAAA");
    expected["exp"] = json!(after(14 * DAY).seconds());
    assert_eq!(payload(&token), expected);
}

#[test]
fn the_header_names_the_key_that_signed() {
    let key = Key::generate(Algorithm::Es256).unwrap();
    let kid = key.kid().unwrap().to_owned();
    let engine = Engine::new(policy(), KeySet::new(vec![key]).unwrap()).unwrap();
    let token = open(&engine).tokens.access_token;
    assert_eq!(header(&token), json!({"alg": "ES256", "typ": "at+jwt", "kid": kid}));
    assert!(engine.read_access(LOGIN, &token, None).is_ok());
}

#[test]
fn the_subject_is_a_string_and_the_user_id_as_the_key_is() {
    let text = UserState { id: UserId::Text("ab-12".to_owned()), ..alice() };
    let token = open_for(&engine(), &common::Counter::default(), &text).tokens.access_token;
    assert_eq!(payload(&token)["sub"], "ab-12");
    assert_eq!(payload(&token)["user_id"], "ab-12");
    assert_eq!(payload(&access())["sub"], "1");
    assert_eq!(payload(&access())["user_id"], 1);
}

#[test]
fn several_audiences_are_a_list() {
    let engine = engine_with(|policy| policy.audience = vec!["one".into(), "two".into()]);
    let token = open(&engine).tokens.access_token;
    assert_eq!(payload(&token)["aud"], json!(["one", "two"]));
    assert!(engine.read_access(LOGIN, &token, None).is_ok());
}

#[test]
fn private_claims_take_their_configured_names() {
    let engine = engine_with(|policy| {
        policy.claim_names.token_type = "token_type".to_owned();
        policy.claim_names.user_id = "uid".to_owned();
        policy.claim_names.session_id = "sid".to_owned();
        policy.claim_names.generation = "gen".to_owned();
    });
    let opened = open(&engine);
    let claims = payload(&opened.tokens.access_token);
    assert_eq!(claims["token_type"], "access");
    assert_eq!(claims["uid"], 1);
    assert_eq!(claims["sid"], opened.session.id.as_str());
    assert_eq!(claims["gen"], 1);
    for name in ["type", "user_id", "session_id", "generation"] {
        assert_eq!(claims.get(name), None);
    }
    assert!(engine.read_access(LOGIN, &opened.tokens.access_token, None).is_ok());
    // Tokens from before the change lack the new names.
    let unread = engine.read_access(LOGIN, &access(), None).unwrap_err();
    assert_eq!((unread.refusal, unread.ours), OURS);
}

#[test]
fn times_are_whole_seconds_and_never_later_than_the_truth() {
    let now = Timestamp::from_micros(LOGIN.micros() + 999_999);
    let opened = engine()
        .open_session(
            now,
            &common::Counter::default(),
            &alice(),
            tegata::Device::unknown(),
            &UNBOUND,
            &tegata::CustomClaims::none(),
        )
        .unwrap();
    let claims = payload(&opened.tokens.access_token);
    assert_eq!(claims["iat"], 1_700_000_000);
    assert_eq!(claims["exp"], 1_700_000_300);
}

#[test]
fn what_was_read_is_what_was_signed() {
    let token = with(&access(), "nbf", json!(1_700_000_000.5));
    let claims = engine().read_access(LOGIN, &token, None).unwrap();
    assert_eq!(claims.issued_at(), LOGIN);
    assert_eq!(claims.expires_at(), after(300 * SECOND));
    assert_eq!(claims.auth_time(), Some(LOGIN));
    assert_eq!(claims.generation(), 1);
    assert_eq!(serde_json::from_slice::<Value>(claims.payload()).unwrap(), payload(&token));
}

#[test]
fn claims_that_we_do_not_know_are_left_alone() {
    let token = resign(&access(), |claims| {
        claims["acr"] = Value::Null;
        claims["scopes"] = json!(7);
        claims["https://example.com/x"] = json!({"exp": "never", "deep": [[[null]]]});
    });
    assert!(engine().read_access(LOGIN, &token, None).is_ok());
}

#[test]
fn what_is_no_token_is_foreign() {
    for text in ["", " ", ".", "..", "...", "null", "Bearer", "é", "{}", "a.b.c", "e30.e30.e30"] {
        assert_eq!(unread(text), FOREIGN, "{text:?}");
    }
    assert_eq!(unread(&"A".repeat(1_000_000)), FOREIGN);
    assert_eq!(unread(&format!("{} ", access())), FOREIGN);
}

#[test]
fn a_token_cut_short_anywhere_is_foreign() {
    let token = access();
    for length in 0..token.len() {
        assert_eq!(unread(&token[..length]), FOREIGN, "{length}");
    }
}

#[test]
fn a_token_signed_again_by_another_key_is_foreign() {
    let claims = payload(&access()).to_string();
    for key in [other_key(), Key::generate(Algorithm::EdDsa).unwrap()] {
        let token = tegata_jose::jws::sign(&key, Some("at+jwt"), claims.as_bytes()).unwrap();
        assert_eq!(unread(&token), FOREIGN);
    }
}

#[test]
fn a_token_with_claims_changed_and_not_signed_again_is_foreign() {
    let token = access();
    let changed = with(&token, "user_id", json!(2));
    let parts: Vec<_> = token.split('.').collect();
    let payload = changed.split('.').nth(1).unwrap();
    assert_eq!(unread(&format!("{}.{payload}.{}", parts[0], parts[2])), FOREIGN);
}

#[test]
fn the_longest_token_is_the_configured_one() {
    let token = with(&access(), "note", json!("x".repeat(200)));
    let limit = token.len();
    let engine = engine_with(|policy| policy.max_token_length = limit);
    assert!(engine.read_access(LOGIN, &token, None).is_ok());
    let engine = engine_with(|policy| policy.max_token_length = limit - 1);
    let unread = engine.read_access(LOGIN, &token, None).unwrap_err();
    assert_eq!((unread.refusal, unread.ours), FOREIGN);
}

#[test]
fn a_token_expires_after_the_leeway_and_not_before() {
    let (engine, token) = (engine(), access());
    let refusal =
        |now| engine.read_access(now, &token, None).map(|_| ()).map_err(|unread| unread.refusal);
    assert_eq!(refusal(after(300 * SECOND)), Ok(()));
    assert_eq!(refusal(after(310 * SECOND - 1)), Ok(()));
    assert_eq!(refusal(after(310 * SECOND)), Err(Refusal::ExpiredToken));
    assert_eq!(refusal(after(100 * 365 * DAY)), Err(Refusal::ExpiredToken));
    assert!(engine.read_access(after(310 * SECOND), &token, None).unwrap_err().ours);
}

#[test]
fn a_token_is_not_valid_before_its_issue_less_the_leeway() {
    let (engine, token) = (engine(), access());
    assert!(engine.read_access(after(-10 * SECOND), &token, None).is_ok());
    let unread = engine.read_access(after(-10 * SECOND - 1), &token, None).unwrap_err();
    assert_eq!((unread.refusal, unread.ours), OURS);
}

#[test]
fn a_token_is_not_valid_before_nbf_less_the_leeway() {
    let engine = engine();
    let token = with(&access(), "nbf", json!(after(60 * SECOND).seconds()));
    assert!(engine.read_access(after(50 * SECOND), &token, None).is_ok());
    let unread = engine.read_access(after(50 * SECOND - 1), &token, None).unwrap_err();
    assert_eq!((unread.refusal, unread.ours), OURS);

    // An early `nbf` does not make up for an `iat` to come.
    let token = with(&access(), "nbf", json!(0));
    assert!(engine.read_access(after(-11 * SECOND), &token, None).is_err());
}

#[test]
fn without_leeway_the_times_are_exact() {
    let engine = engine_with(|policy| policy.leeway = Duration::ZERO);
    let token = access();
    assert!(engine.read_access(after(-1), &token, None).is_err());
    assert!(engine.read_access(LOGIN, &token, None).is_ok());
    assert!(engine.read_access(after(300 * SECOND - 1), &token, None).is_ok());
    let unread = engine.read_access(after(300 * SECOND), &token, None).unwrap_err();
    assert_eq!(unread.refusal, Refusal::ExpiredToken);
}

#[test]
fn a_fraction_of_a_second_counts() {
    let engine = engine_with(|policy| policy.leeway = Duration::ZERO);
    let token = with(&access(), "exp", json!(1_700_000_300.5));
    assert!(engine.read_access(after(300 * SECOND + 499_999), &token, None).is_ok());
    assert!(engine.read_access(after(300 * SECOND + 500_000), &token, None).is_err());
}

#[test]
fn a_refresh_token_opens_no_gate_and_an_access_token_refreshes_nothing() {
    let wrong_type = (Refusal::InvalidTokenType, true);
    assert_eq!(unread(&refresh()), wrong_type);
    let unread = engine().read_refresh(LOGIN, &access(), None).unwrap_err();
    assert_eq!((unread.refusal, unread.ours), wrong_type);
}

#[test]
fn of_the_wrong_type_and_expired_is_of_the_wrong_type() {
    let unread = engine().read_refresh(after(DAY), &access(), None).unwrap_err();
    assert_eq!(unread.refusal, Refusal::InvalidTokenType);
}

#[test]
fn either_type_is_told_apart_where_both_are_taken() {
    let engine = engine();
    assert!(matches!(engine.read(LOGIN, &access(), None), Ok(AnyClaims::Access(_))));
    assert!(matches!(engine.read(LOGIN, &refresh(), None), Ok(AnyClaims::Refresh(_))));
    let unread = engine.read(after(DAY), &access(), None).unwrap_err();
    assert_eq!(unread.refusal, Refusal::ExpiredToken);
}

#[test]
fn typ_and_the_type_claim_have_to_agree() {
    let claims = |token: &str| payload(token).to_string();
    assert_eq!(unread(&sign(Some("at+jwt"), &claims(&refresh()))), OURS);
    let relabelled = sign(Some("rt+jwt"), &claims(&access()));
    let refusal = engine().read_refresh(LOGIN, &relabelled, None).unwrap_err();
    assert_eq!((refusal.refusal, refusal.ours), OURS);
    for kind in ["Access", "", "at+jwt", "access "] {
        assert_eq!(unread(&with(&access(), "type", json!(kind))), OURS, "{kind}");
    }
}

// Another system that signs with the same key makes tokens for itself.
#[test]
fn a_typ_that_is_none_of_ours_is_foreign() {
    let claims = payload(&access()).to_string();
    for typ in [None, Some("JWT"), Some("jwt"), Some("id+jwt"), Some(""), Some("access")] {
        assert_eq!(unread(&sign(typ, &claims)), FOREIGN, "{typ:?}");
    }
    for typ in ["application/at+jwt", "AT+JWT"] {
        assert!(engine().read_access(LOGIN, &sign(Some(typ), &claims), None).is_ok(), "{typ}");
    }
}

#[test]
fn another_issuer_is_foreign() {
    for issuer in [
        "",
        "https://issuer.example/",
        "https://issuer.exampl",
        "https://issuer.example.attacker.example",
        "HTTPS://ISSUER.EXAMPLE",
        " https://issuer.example",
    ] {
        assert_eq!(unread(&with(&access(), "iss", json!(issuer))), FOREIGN, "{issuer}");
    }
}

#[test]
fn an_audience_without_us_is_foreign() {
    for audience in [json!("apis"), json!("ap"), json!("API"), json!(""), json!([]), json!(["web"])]
    {
        assert_eq!(unread(&with(&access(), "aud", audience.clone())), FOREIGN, "{audience}");
    }
}

#[test]
fn an_audience_that_names_us_among_others_is_ours() {
    for audience in [json!(["web", "api"]), json!(["api"])] {
        assert!(engine().read_access(LOGIN, &with(&access(), "aud", audience), None).is_ok());
    }
    let engine = engine_with(|policy| policy.audience = vec!["mobile".into(), "api".into()]);
    assert!(engine.read_access(LOGIN, &access(), None).is_ok());
}

const REQUIRED: [&str; 11] = [
    "iss",
    "aud",
    "sub",
    "client_id",
    "iat",
    "exp",
    "jti",
    "type",
    "user_id",
    "session_id",
    "generation",
];

#[test]
fn every_claim_is_required() {
    for claim in REQUIRED {
        assert_eq!(unread(&without(&access(), claim)), OURS, "{claim}");
    }
}

// Tokens of another issuer under our keys need not say when the user logged in.
#[test]
fn the_time_of_the_login_may_be_missing() {
    let claims = engine().read_access(LOGIN, &without(&access(), "auth_time"), None).unwrap();
    assert_eq!(claims.auth_time(), None);
}

#[test]
fn no_claim_may_be_null_or_of_a_wrong_type() {
    let wrong = |claim: &str| {
        let mut values = vec![Value::Null, json!(true), json!({}), json!([1]), json!([null])];
        match claim {
            "aud" => values.extend([json!(1), json!(["api", 1]), json!({"api": 1})]),
            "exp" | "iat" | "nbf" | "auth_time" | "generation" => {
                values.extend([json!("1700000000"), json!(""), json!([1_700_000_000])]);
            }
            "user_id" => values.extend([json!(1.0), json!(1.5), json!([1]), json!(u64::MAX)]),
            "iss" => values.extend([json!(1), json!(["https://issuer.example"])]),
            _ => values.extend([json!(1), json!(1.5), json!(["1"])]),
        }
        values
    };
    for claim in REQUIRED.into_iter().chain(["nbf", "auth_time"]) {
        for value in wrong(claim) {
            assert_eq!(unread(&with(&access(), claim, value.clone())), OURS, "{claim} {value}");
        }
    }
}

#[test]
fn times_out_of_all_range_are_refused() {
    for claim in ["exp", "iat", "nbf", "auth_time"] {
        for time in ["1e300", "-1", "-0.5", "-1e300", "253402300800", "9223372036854775807", "1e19"]
        {
            let marked = with(&access(), claim, json!("@"));
            let text = payload(&marked).to_string().replace("\"@\"", time);
            assert_eq!(unread(&sign(Some("at+jwt"), &text)), OURS, "{claim} {time}");
        }
    }
    // Infinity is no JSON.
    let text = payload(&access()).to_string().replace("1700000300", "1e999");
    assert_eq!(unread(&sign(Some("at+jwt"), &text)), FOREIGN);
}

#[test]
fn a_generation_is_a_natural_number() {
    for generation in ["-1", "1.0", "1.5", "1e0", "18446744073709551616"] {
        let marked = with(&access(), "generation", json!("@"));
        let text = payload(&marked).to_string().replace("\"@\"", generation);
        assert_eq!(unread(&sign(Some("at+jwt"), &text)), OURS, "{generation}");
    }
}

#[test]
fn a_session_id_has_its_shape() {
    let good = "a".repeat(43);
    for bad in
        ["", "1", &good[1..], &format!("{good}a"), &good.replace('a', "/"), &"é".repeat(43), "' OR"]
    {
        assert_eq!(unread(&with(&access(), "session_id", json!(bad))), OURS, "{bad}");
    }
}

#[test]
fn the_subject_is_the_user_of_the_token() {
    for (subject, user_id) in [("2", json!(1)), ("1", json!("2")), ("01", json!(1)), ("", json!(1))]
    {
        let token = resign(&access(), |claims| {
            claims["sub"] = subject.into();
            claims["user_id"] = user_id.clone();
        });
        assert_eq!(unread(&token), OURS, "{subject} {user_id}");
    }
}

#[test]
fn repeated_claims_are_refused() {
    let text = payload(&access()).to_string();
    for repeated in [r#""user_id":2,"#, r#""user\u005fid":2,"#, r#""exp":1,"#] {
        let text = text.replacen('{', &format!("{{{repeated}"), 1);
        let unread = engine().read_access(LOGIN, &sign(Some("at+jwt"), &text), None).unwrap_err();
        assert_eq!(unread.refusal, Refusal::InvalidToken);
    }
}

#[test]
fn the_order_of_the_claims_does_not_matter() {
    let mut members: Vec<_> = payload(&access()).as_object().unwrap().clone().into_iter().collect();
    for _ in 0..members.len() {
        members.rotate_left(1);
        let text: Vec<_> =
            members.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        let token = sign(Some("at+jwt"), &format!("{{{}}}", text.join(",")));
        assert!(engine().read_access(LOGIN, &token, None).is_ok());
    }
}

#[test]
fn the_reason_for_the_log_tells_the_cases_apart() {
    let token = access();
    let reasons: Vec<_> = [
        "x".to_owned(),
        sign(Some("JWT"), "{}"),
        without(&token, "exp"),
        with(&token, "iss", json!("x")),
        with(&token, "aud", json!("x")),
        with(&token, "type", json!("x")),
        with(&token, "sub", json!("x")),
        with(&token, "exp", json!(1)),
        with(&token, "nbf", json!(1_800_000_000)),
        refresh(),
    ]
    .iter()
    .map(|token| engine().read_access(LOGIN, token, None).unwrap_err().reason)
    .collect();
    let distinct: std::collections::HashSet<_> = reasons.iter().collect();
    assert_eq!(distinct.len(), reasons.len(), "{reasons:?}");
}

#[test]
fn a_key_added_for_reading_reads_and_does_not_sign() {
    let engine = Engine::new(policy(), KeySet::new(vec![other_key(), key()]).unwrap()).unwrap();
    assert!(engine.read_access(LOGIN, &access(), None).is_ok());
    let token = open(&engine).tokens.access_token;
    assert_eq!(unread(&token), FOREIGN);
}

#[test]
fn an_engine_whose_first_key_cannot_sign_names_the_setting() {
    let pair = Key::generate(Algorithm::Es256).unwrap();
    let legacy = tegata_jose::legacy::from_secret(b"short", Algorithm::Hs256).unwrap();
    for first in [pair.public().unwrap(), legacy] {
        let keys = KeySet::new(vec![first.clone(), pair.clone()]).unwrap();
        let refusal = Engine::new(policy(), keys).unwrap_err();
        assert_eq!(refusal.setting, "KEYS");
        assert!(refusal.problem.contains("public"), "{refusal}");

        let keys = KeySet::new(vec![pair.clone(), first]).unwrap();
        assert!(Engine::new(policy(), keys).is_ok());
    }
}
