//! Tokens made by hand: what is drafted, what is signed, and that nothing else is read.

mod common;

use std::time::Duration;

use common::{
    Counter, DAY, LOGIN, SECOND, after, alice, engine, engine_with, header, open, other_key,
    payload, policy, resign, sign,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use tegata::{
    Algorithm, Device, Draft, DraftError, EndReason, EndSessions, Ending, Engine, Key, KeySet,
    Lifetimes, Refusal, SessionCheck, Tenant, TokenType, Unread, UserState,
};

const FIVE_MINUTES: Duration = Duration::from_secs(300);

fn own() -> TokenType {
    TokenType::from_name("invitation").unwrap()
}

fn types() -> [TokenType; 4] {
    [TokenType::ACCESS, TokenType::REFRESH, TokenType::SLIDING, own()]
}

fn draft(engine: &Engine, token_type: &TokenType, user: Option<&UserState>) -> Draft {
    let lifetimes = Lifetimes { token: FIVE_MINUTES, refresh: Duration::from_secs(3_600) };
    let random = Counter::default();
    engine.draft(LOGIN, &random, token_type, lifetimes, user, Device::unknown(), None).unwrap()
}

fn drafted(token_type: &TokenType) -> Value {
    serde_json::from_str(&draft(&engine(), token_type, Some(&alice())).claims).unwrap()
}

fn signed(token_type: &TokenType) -> String {
    engine().sign_draft(LOGIN, token_type, &drafted(token_type).to_string()).unwrap()
}

fn refused(token_type: &TokenType, change: impl FnOnce(&mut Value)) -> DraftError {
    let mut claims = drafted(token_type);
    change(&mut claims);
    engine().sign_draft(LOGIN, token_type, &claims.to_string()).unwrap_err()
}

#[test]
fn a_draft_says_what_a_login_would_say() {
    let opened = payload(&open(&engine()).tokens.access_token);
    assert_eq!(drafted(&TokenType::ACCESS), opened);
    let row = draft(&engine(), &TokenType::ACCESS, Some(&alice())).row.unwrap();
    assert_eq!(row.session, open(&engine()).session);

    let off = engine_with(|policy| policy.session_check = SessionCheck::Off);
    assert_eq!(draft(&off, &TokenType::ACCESS, Some(&alice())).row, None);
}

#[test]
fn each_type_is_told_by_its_typ_and_its_claim() {
    let typs = types().map(|each| header(&signed(&each))["typ"].clone());
    assert_eq!(typs, ["at+jwt", "rt+jwt", "st+jwt", "own+jwt"]);
    for each in types() {
        let claims =
            engine().read_typed(LOGIN, &signed(&each), Some(std::slice::from_ref(&each)), None);
        assert_eq!(claims.unwrap().token_type(), &each);
        for other in types().into_iter().filter(|other| *other != each) {
            let unread =
                engine().read_typed(LOGIN, &signed(&each), Some(&[other]), None).unwrap_err();
            assert_eq!(unread.refusal, Refusal::InvalidTokenType);
            // Another gate of the site may take it, but for a refresh token.
            assert_eq!(unread.ours, each == TokenType::REFRESH);
        }
    }
}

#[test]
fn the_engine_reads_its_own_kinds_of_what_was_made_by_hand_and_nothing_else() {
    let engine = engine();
    assert!(engine.read_access(LOGIN, &signed(&TokenType::ACCESS), None).is_ok());
    assert!(engine.read_refresh(LOGIN, &signed(&TokenType::REFRESH), None).is_ok());
    for each in [TokenType::SLIDING, own()] {
        let Unread { refusal, ours, .. } = engine.read(LOGIN, &signed(&each), None).unwrap_err();
        // Another gate of the site may take it.
        assert_eq!((refusal, ours), (Refusal::InvalidToken, false));
    }
}

#[test]
fn no_name_passes_for_one_of_the_three_types() {
    for name in ["", "Access token", "access ", "at+jwt", "ä", &"x".repeat(65)] {
        assert_eq!(TokenType::from_name(name), None, "{name:?}");
    }
    for (typ, claim) in [
        ("own+jwt", "access"),
        ("own+jwt", "refresh"),
        ("own+jwt", "sliding"),
        ("at+jwt", "sliding"),
        ("st+jwt", "access"),
        ("st+jwt", "invitation"),
        ("at+jwt", "Access"),
        ("JWT", "access"),
    ] {
        let mut claims = drafted(&TokenType::SLIDING);
        claims["type"] = claim.into();
        let token = sign(Some(typ), &claims.to_string());
        let unread = engine().read_typed(LOGIN, &token, None, None).unwrap_err();
        assert_eq!(unread.refusal, Refusal::InvalidToken, "{typ} {claim}");
    }
}

#[test]
fn a_refresh_token_never_stands_in_for_an_access_token() {
    let read = |token_type| engine().read_typed(LOGIN, &signed(&token_type), None, None).unwrap();

    assert!(read(TokenType::REFRESH).into_access().is_none());
    assert!(read(TokenType::REFRESH).into_refresh().is_some());
    for each in [TokenType::ACCESS, TokenType::SLIDING, own()] {
        assert!(read(each.clone()).into_refresh().is_none());
        let access = read(each).into_access().unwrap();
        assert_eq!((access.subject(), access.generation()), ("1", 1));
        assert!(!access.payload().is_empty());
    }
}

#[test]
fn a_type_of_ones_own_need_be_nobodys() {
    let claims = draft(&engine(), &own(), None).claims;
    let said: Value = serde_json::from_str(&claims).unwrap();
    let names: Vec<_> = said.as_object().unwrap().keys().collect();
    assert_eq!(names, ["aud", "client_id", "exp", "iat", "iss", "jti", "type"]);

    let token = engine().sign_draft(LOGIN, &own(), &claims).unwrap();
    let read = engine().read_typed(LOGIN, &token, None, None).unwrap();
    assert!(read.login().is_none());
    assert_eq!(engine().end_of(LOGIN, &read), Err(Refusal::InvalidTokenType));
    assert!(read.into_access().is_none());
}

#[test]
fn a_token_of_nobody_is_signed_once_it_names_a_user() {
    let mut claims: Value =
        serde_json::from_str(&draft(&engine(), &TokenType::ACCESS, None).claims).unwrap();
    let unsigned = engine().sign_draft(LOGIN, &TokenType::ACCESS, &claims.to_string());
    assert!(matches!(unsigned, Err(DraftError::Claims(why)) if why.contains("for_user")));

    claims["user_id"] = "5f8c".into();
    let token = engine().sign_draft(LOGIN, &TokenType::ACCESS, &claims.to_string()).unwrap();
    assert_eq!(engine().read_access(LOGIN, &token, None).unwrap().subject(), "5f8c");
}

#[test]
fn nothing_is_signed_that_would_not_be_read() {
    type Change = fn(&mut Value);
    let changes: [(Change, &str); 14] = [
        (|claims| claims["iss"] = "https://elsewhere.example".into(), "`iss` is not ours"),
        (|claims| claims["aud"] = "others".into(), "`aud` does not name us"),
        (|claims| claims["aud"] = json!([]), "`aud` does not name us"),
        (|claims| claims["type"] = "refresh".into(), "disagree"),
        (|claims| claims["type"] = 1.into(), "disagree"),
        (|claims| claims["sub"] = "2".into(), "`sub` is not"),
        (|claims| claims["user_id"] = json!([1]), "missing or of a wrong type"),
        (|claims| claims["user_id"] = 1.5.into(), "missing or of a wrong type"),
        (|claims| claims["exp"] = "later".into(), "missing or of a wrong type"),
        (|claims| claims["nbf"] = "later".into(), "missing or of a wrong type"),
        (|claims| claims["session_id"] = "x".into(), "missing or of a wrong type"),
        (|claims| claims["generation"] = Value::Null, "missing or of a wrong type"),
        (|claims| claims["auth_time"] = Value::Null, "missing or of a wrong type"),
        (|claims| claims["exp"] = 99_999_999_999_i64.into(), "outlive its session"),
    ];
    for (change, expected) in changes {
        let error = refused(&TokenType::ACCESS, change).to_string();
        assert!(error.contains(expected), "{error} is not {expected}");
    }
    for bad in ["[]", "{", "{\"a\":1,\"a\":2}", "null", ""] {
        assert!(matches!(
            engine().sign_draft(LOGIN, &TokenType::ACCESS, bad),
            Err(DraftError::Claims(_))
        ));
    }
    let long = refused(&TokenType::ACCESS, |claims| claims["x"] = "y".repeat(8_192).into());
    assert_eq!(long, DraftError::TooLong { limit: 8_192 });
}

#[test]
fn a_token_that_is_refreshed_ends_with_its_row() {
    let limit = policy().refresh_token_lifetime.as_secs();
    let last = LOGIN.seconds() + i64::try_from(limit).unwrap();
    for (token_type, claim) in [(TokenType::REFRESH, "exp"), (TokenType::SLIDING, "refresh_exp")] {
        let mut claims = drafted(&token_type);
        claims[claim] = last.into();
        assert!(engine().sign_draft(LOGIN, &token_type, &claims.to_string()).is_ok());
        let error = refused(&token_type, |claims| claims[claim] = (last + 1).into()).to_string();
        assert!(error.contains("REFRESH_TOKEN_LIFETIME"), "{error}");
    }
    let without = refused(&TokenType::SLIDING, |claims| {
        claims.as_object_mut().unwrap().remove("refresh_exp");
    });
    assert!(without.to_string().contains("missing"));
}

#[test]
fn another_token_of_the_same_login() {
    let engine = engine();
    let mut parent = drafted(&TokenType::REFRESH);
    parent["team"] = 7.into();
    parent["device"] = "phone".into();
    let leave_out = ["device".to_owned()];
    let from = |now, lifetime| -> Value {
        let random = Counter::default();
        let claims = parent.to_string();
        let made =
            engine.draft_from(now, &random, &TokenType::ACCESS, lifetime, &claims, &leave_out);
        serde_json::from_str(&made.unwrap()).unwrap()
    };

    let made = from(after(10 * SECOND), Duration::from_secs(60));
    assert_eq!(made["exp"], LOGIN.seconds() + 70);
    assert_eq!(made["team"], 7);
    assert!(made.get("device").is_none());
    for same in ["session_id", "generation", "auth_time", "user_id", "sub"] {
        assert_eq!(made[same], parent[same]);
    }
    let token = engine.sign_draft(LOGIN, &TokenType::ACCESS, &made.to_string()).unwrap();
    assert!(engine.read_access(after(60 * SECOND), &token, None).is_ok());
    // No later than the token that it comes from.
    assert_eq!(from(LOGIN, Duration::from_secs(9_000))["exp"], parent["exp"]);
}

#[test]
fn what_has_expired_can_still_be_looked_at_and_ended() {
    let engine = engine();
    let token = signed(&TokenType::SLIDING);
    let late = after(DAY);
    let unread = engine.read_typed(late, &token, None, None).unwrap_err();
    assert_eq!(unread.refusal, Refusal::ExpiredToken);

    let claims = engine.read_typed_undated(LOGIN, &token, None, None).unwrap();
    let login = claims.login().unwrap();
    let sessions =
        Ending::Own { user: login.user_id().clone(), session: login.session_id().clone() };
    let end = EndSessions { sessions, at: late, reason: EndReason::LogOut };
    assert_eq!(engine.end_of(late, &claims), Ok(end));

    let off = engine_with(|policy| policy.session_check = SessionCheck::Off);
    assert_eq!(off.end_of(late, &claims), Err(Refusal::SessionNotFound));
}

#[test]
fn a_token_signed_by_another_key_is_read_as_no_type() {
    let keys = KeySet::new(vec![other_key()]).unwrap();
    let other = Engine::new(policy(), keys).unwrap();
    let asymmetric = Key::generate(Algorithm::EdDsa).unwrap();
    let third = Engine::new(policy(), KeySet::new(vec![asymmetric]).unwrap()).unwrap();
    for each in types() {
        for engine in [&other, &third] {
            let token = engine.sign_draft(LOGIN, &each, &drafted(&each).to_string()).unwrap();
            let unread = self::engine().read_typed_undated(LOGIN, &token, None, None).unwrap_err();
            assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidToken, false));
        }
    }
}

proptest! {
    /// Whatever becomes of a claim, what is signed is read, and as the type that it was signed as.
    #[test]
    fn what_is_signed_is_read(
        kind in 0..4_usize,
        name in "iss|aud|sub|exp|nbf|iat|jti|type|user_id|session_id|generation|auth_time|refresh_exp|x",
        value in prop_oneof![
            any::<i64>().prop_map(Value::from),
            "[a-z]{0,8}".prop_map(Value::from),
            Just(Value::Null),
            Just(json!(["api"])),
            Just(json!({"a": 1})),
            (1_600_000_000..1_800_000_000_i64).prop_map(Value::from),
        ],
    ) {
        let token_type = types()[kind].clone();
        let mut claims = drafted(&token_type);
        claims[name] = value;
        if let Ok(token) = engine().sign_draft(LOGIN, &token_type, &claims.to_string()) {
            let read = engine().read_typed_undated(LOGIN, &token, Some(&[token_type]), None);
            prop_assert!(read.is_ok());
            prop_assert_eq!(payload(&token), claims);
        }
    }

    /// Nor is a token of one type read as another, whatever its claims are changed to.
    #[test]
    fn no_change_makes_another_type_of_it(kind in 0..4_usize, claim in "[a-z]{0,10}|access|refresh|sliding") {
        let token_type = types()[kind].clone();
        let changed = resign(&signed(&token_type), |claims| claims["type"] = claim.clone().into());
        if let Ok(read) = engine().read_typed_undated(LOGIN, &changed, None, None) {
            prop_assert_eq!(read.token_type().typ(), token_type.typ());
        }
    }
}

#[test]
fn a_token_by_hand_is_read_for_its_own_tenant_alone() {
    let (engine, acme) = (engine(), Tenant::new("acme").unwrap());
    let lifetimes = Lifetimes::from(FIVE_MINUTES);
    let draft = |each: &TokenType, user: Option<&UserState>| {
        let (random, device) = (Counter::default(), Device::unknown());
        engine.draft(LOGIN, &random, each, lifetimes, user, device, Some(&acme)).unwrap().claims
    };
    let alice = alice();
    let mut drafts: Vec<_> =
        types().into_iter().map(|each| (draft(&each, Some(&alice)), each)).collect();
    drafts.push((draft(&own(), None), own()));
    for (claims, each) in drafts {
        let token = engine.sign_draft(LOGIN, &each, &claims).unwrap();
        let read = engine.read_typed(LOGIN, &token, None, Some(&acme)).unwrap();
        assert_eq!(read.tenant(), Some(&acme));
        for tenant in [None, Some(&Tenant::new("beta").unwrap())] {
            let unread = engine.read_typed(LOGIN, &token, None, tenant).unwrap_err();
            assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidToken, true));
            assert!(engine.read_typed_undated(LOGIN, &token, None, tenant).is_err());
        }
        let free = signed(&each);
        assert!(engine.read_typed(LOGIN, &free, None, Some(&acme)).is_err());
    }
}
