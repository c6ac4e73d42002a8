//! Tokens of the library that a site used before: two of jwt-ninja's kinds, and attacks on both.

mod common;

use common::{
    Counter, LOGIN, SECOND, SECRET, advanced, after, alice, are_of_generation, bob, engine_with,
    key, memory_store, open, part, policy, resign, revokes, row, unlimited,
};
use serde_json::{Value, json};
use tegata::{
    Admission, Algorithm, AnyClaims, Bounds, CustomClaims, Device, EndReason, Ending, Engine, Key,
    KeySet, LegacyClaimNames, LegacyTokens, Policy, Refusal, Rotation, Session, SessionCheck,
    SessionStore, Tenant, Timestamp, TokenType, UserState, host,
};
use tegata_jose::{jws, legacy};

const WEAK: &[u8] = b"fake-key";
const UNTIL: Timestamp = Timestamp::from_seconds(LOGIN.seconds() + 86_400);

/// jwt-ninja 0.2: no rotation, no issuer, one `typ`, a key of any length.
fn plain() -> LegacyTokens {
    LegacyTokens {
        keys: KeySet::new(vec![legacy::from_secret(WEAK, Algorithm::Hs256).unwrap()]).unwrap(),
        access_typ: Some("JWT".to_owned()),
        refresh_typ: Some("JWT".to_owned()),
        issuer: None,
        audience: None,
        claim_names: LegacyClaimNames::default(),
        until: UNTIL,
    }
}

/// jwt-ninja 2.0: rotation by `jti`, issuer and audience, a `typ` for each kind; here with the very
/// key of ours.
fn rotating() -> LegacyTokens {
    LegacyTokens {
        keys: KeySet::new(vec![legacy::from_secret(SECRET, Algorithm::Hs256).unwrap()]).unwrap(),
        access_typ: Some("at+jwt".to_owned()),
        refresh_typ: Some("rt+jwt".to_owned()),
        issuer: Some("https://before.example".to_owned()),
        audience: Some("before".to_owned()),
        claim_names: LegacyClaimNames::default(),
        until: UNTIL,
    }
}

fn accepting(legacy: Vec<LegacyTokens>) -> Engine {
    engine_with(|_| ()).accept_legacy(legacy).unwrap()
}

fn engine() -> Engine {
    accepting(vec![plain(), rotating()])
}

/// Signs as `PyJWT` does: a secret of any length, any header.
fn hmac(secret: &[u8], header: &Value, claims: &Value) -> String {
    use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    let message =
        format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
    let signature = sign(&Key::new(HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", BASE64.encode(signature))
}

/// A row that was taken over; its token's `jti` was that.
fn taken_over(jti: Option<&str>) -> Session {
    let session = open(&engine_with(|_| ())).session;
    Session { generation: Session::TAKEN_OVER, legacy_jti: jti.map(ToOwned::to_owned), ..session }
}

fn plain_claims(kind: &str) -> Value {
    let exp = LOGIN.seconds() + 3_600;
    json!({"type": kind, "exp": exp, "user_id": 1, "session_id": taken_over(None).id, "team": 7})
}

fn plain_token(kind: &str) -> String {
    hmac(WEAK, &json!({"alg": "HS256", "typ": "JWT"}), &plain_claims(kind))
}

fn rotating_claims(kind: &str, jti: &str) -> Value {
    let mut claims = plain_claims(kind);
    let now = LOGIN.seconds();
    claims["iss"] = json!("https://before.example");
    claims["aud"] = json!("before");
    claims["iat"] = json!(now);
    claims["nbf"] = json!(now);
    if kind == "refresh" {
        claims["jti"] = json!(jti);
    }
    claims
}

fn rotating_token(kind: &str, jti: &str) -> String {
    let typ = if kind == "access" { "at+jwt" } else { "rt+jwt" };
    hmac(SECRET, &json!({"alg": "HS256", "typ": typ}), &rotating_claims(kind, jti))
}

fn rotate(engine: &Engine, now: Timestamp, token: &str, session: &Session) -> Rotation {
    let claims = engine.read_refresh(now, token, None).unwrap();
    let (random, custom) = (Counter::default(), CustomClaims::none());
    engine.rotate(now, &random, &claims, Some(session), Some(&alice()), &custom).unwrap()
}

fn refused(engine: &Engine, token: &str) -> (Refusal, bool) {
    let read = engine.read(LOGIN, token, None).unwrap_err();
    (read.refusal, read.ours)
}

#[test]
fn access_tokens_of_both_kinds_are_admitted_for_a_row_that_was_taken_over() {
    for (token, jti) in [(plain_token("access"), ""), (rotating_token("access", ""), "live")] {
        let claims = engine().read_access(LOGIN, &token, None).unwrap();
        assert!(claims.is_legacy());
        let session = taken_over(Some(jti));
        let admission = engine().admit(LOGIN, &claims, Some(&session), Some(&alice()));
        assert_eq!(admission, Admission::Admit);
        let later = advanced(&session, after(SECOND));
        let admission = engine().admit(LOGIN, &claims, Some(&later), Some(&alice()));
        assert_eq!(admission, Admission::Admit, "a token of before a rotation lives on");
    }
}

#[test]
fn an_old_key_opens_no_session_that_was_not_taken_over() {
    let ours = taken_over(None);
    for token in [plain_token("access"), rotating_token("access", "")] {
        let claims = engine().read_access(LOGIN, &token, None).unwrap();
        let admission = engine().admit(LOGIN, &claims, Some(&ours), Some(&alice()));
        assert_eq!(admission, Admission::Refuse(Refusal::SessionNotFound));
    }
    for token in [plain_token("refresh"), rotating_token("refresh", "live")] {
        let answer = rotate(&engine(), LOGIN, &token, &ours);
        assert_eq!(answer, Rotation::Refuse(Refusal::SessionNotFound));
    }
}

#[test]
fn nothing_passes_from_one_tenant_to_another_as_an_old_token() {
    // With one key, issuer and audience for both, nothing tells them apart.
    let Policy { issuer, audience, .. } = policy();
    let (issuer, audience) = (Some(issuer), audience.first().cloned());
    let same = LegacyTokens { issuer, audience, ..rotating() };
    let engine = accepting(vec![same, rotating(), plain()]);
    let acme = Tenant::new("acme").unwrap();
    let bounds = Bounds { tenant: Some(acme.clone()), scopes: None };
    let (random, device, custom) = (Counter::default(), Device::unknown(), CustomClaims::none());
    let opened = engine.open_session(LOGIN, &random, &alice(), device, &bounds, &custom).unwrap();
    let own = opened.tokens.access_token;
    assert!(engine.read_access(LOGIN, &own, Some(&acme)).is_ok());
    for other in [None, Some(Tenant::new("beta").unwrap())] {
        let unread = engine.read_access(LOGIN, &own, other.as_ref()).unwrap_err();
        assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidToken, true));
    }
    for old in [plain_token("access"), rotating_token("access", "")] {
        assert!(engine.read_access(LOGIN, &old, None).is_ok());
        assert!(engine.read_access(LOGIN, &old, Some(&acme)).is_err());
    }
}

#[test]
fn an_old_token_is_checked_against_its_row_whatever_the_check() {
    let old = engine().read_access(LOGIN, &plain_token("access"), None).unwrap();
    let own = engine().read_access(LOGIN, &open(&engine()).tokens.access_token, None).unwrap();
    for check in SessionCheck::ALL {
        assert_eq!(old.session_check(check), SessionCheck::Request);
        assert_eq!(own.session_check(check), check);
    }
}

#[tokio::test]
async fn a_host_that_checks_nothing_still_checks_an_old_token() {
    let engine = engine_with(|policy| policy.session_check = SessionCheck::Refresh);
    let engine = engine.accept_legacy(vec![plain()]).unwrap();
    let store = memory_store();
    let known = host::authenticate(&engine, &store, LOGIN, &plain_token("access"), None).await;
    assert!(matches!(known, Err(host::HostError::Refused(Refusal::SessionNotFound))));
    let Ok(()) = store.insert(unlimited(taken_over(Some("")))).await;
    assert!(host::authenticate(&engine, &store, LOGIN, &plain_token("access"), None).await.is_ok());
}

#[test]
fn the_chain_goes_on_with_our_tokens() {
    for (token, jti) in [(plain_token("refresh"), ""), (rotating_token("refresh", "live"), "live")]
    {
        let session = taken_over(Some(jti));
        let Rotation::Advance(advance) = rotate(&engine(), LOGIN, &token, &session) else {
            panic!("the live token must advance");
        };
        assert_eq!((advance.swap.from, advance.swap.to()), (2, 3));
        assert!(are_of_generation(&advance.tokens, 3));

        let lost = advanced(&session, LOGIN);
        let again = rotate(&engine(), after(3_000 * SECOND), &token, &lost);
        assert!(matches!(again, Rotation::Repeat(_)), "its answer may have been lost");

        let used = Session { first_used_at: Some(after(SECOND)), ..lost };
        let at = after(60 * SECOND);
        let Rotation::Revoke(revoke) = rotate(&engine(), at, &token, &used) else {
            panic!("a replay must end the session");
        };
        let (ending, reason) = (Ending::Session(used.id), EndReason::TokenReuse);
        assert!(revokes(revoke, at, ending, reason, Refusal::TokenReuseDetected));
    }
}

#[test]
fn a_token_that_was_replaced_before_the_move_is_reuse() {
    let session = taken_over(Some("live"));
    let token = rotating_token("refresh", "replaced");
    assert!(matches!(rotate(&engine(), LOGIN, &token, &session), Rotation::Revoke(_)));
    // Also while nobody was seen using the live one, and after any number of rotations.
    for session in [advanced(&session, LOGIN), advanced(&advanced(&session, LOGIN), LOGIN)] {
        assert!(matches!(rotate(&engine(), LOGIN, &token, &session), Rotation::Revoke(_)));
    }
    let claims = engine().read_refresh(LOGIN, &token, None).unwrap();
    let asked = engine().check_refresh(LOGIN, &claims, Some(&session), Some(&alice()));
    assert_eq!(asked, Admission::Refuse(Refusal::TokenReuseDetected));
}

#[test]
fn a_token_without_an_identifier_is_not_the_live_one_of_a_library_that_rotates() {
    let session = taken_over(Some("live"));
    let answer = rotate(&engine(), LOGIN, &plain_token("refresh"), &session);
    assert!(matches!(answer, Rotation::Revoke(_)));
    let mut claims = rotating_claims("refresh", "live");
    claims.as_object_mut().unwrap().remove("jti");
    let token = hmac(SECRET, &json!({"alg": "HS256", "typ": "rt+jwt"}), &claims);
    assert!(matches!(rotate(&engine(), LOGIN, &token, &session), Rotation::Revoke(_)));
}

#[test]
fn without_rotation_the_old_refresh_token_stays_until_its_generation_is_old() {
    let engine = engine_with(|policy| policy.rotate_refresh_tokens = false);
    let engine =
        engine.accept_legacy(vec![LegacyTokens { until: after(99 * 86_400 * SECOND), ..plain() }]);
    let engine = engine.unwrap();
    let mut claims = plain_claims("refresh");
    claims["exp"] = json!(LOGIN.seconds() + 90 * 86_400);
    let token = hmac(WEAK, &json!({"alg": "HS256", "typ": "JWT"}), &claims);
    let session = taken_over(Some(""));
    for _ in 0..2 {
        let Rotation::Renew(renew) = rotate(&engine, after(SECOND), &token, &session) else {
            panic!("the old token must stay live");
        };
        assert_eq!(renew.tokens.refresh_token, None);
        assert!(engine.read_access(after(SECOND), &renew.tokens.access_token, None).is_ok());
    }
    // It says that it lives for 90 days, and REFRESH_TOKEN_LIFETIME is 14.
    let late = after((14 * 86_400 + 10) * SECOND);
    let refusal = Rotation::Refuse(Refusal::SessionExpired);
    assert_eq!(rotate(&engine, late, &token, &session), refusal);
    let read = engine.read_refresh(late, &token, None).unwrap();
    let asked = engine.check_refresh(late, &read, Some(&session), Some(&alice()));
    assert_eq!(asked, Admission::Refuse(Refusal::SessionExpired));
}

#[test]
fn claims_stand_under_our_names_beside_the_sites_own() {
    let old = policy();
    let claims = engine().read_access(LOGIN, &plain_token("access"), None).unwrap();
    let read: Value = claims.parse().unwrap();
    let expected = json!({
        "iss": old.issuer, "aud": "api", "sub": "1", "client_id": "web", "iat": 0, "jti": "",
        "exp": LOGIN.seconds() + 3_600, "type": "access", "user_id": 1,
        "session_id": taken_over(None).id, "generation": 0, "team": 7,
    });
    assert_eq!(read, expected);
    assert_eq!(claims.auth_time(), None, "a login that nobody saw is not fresh");
    assert_eq!(claims.issued_at(), Timestamp::from_seconds(0));

    let renamed = engine_with(|policy| policy.claim_names.user_id = "uid".to_owned());
    let renamed = renamed.accept_legacy(vec![rotating()]).unwrap();
    let read = renamed.read_refresh(LOGIN, &rotating_token("refresh", "live"), None).unwrap();
    let read: Value = read.parse().unwrap();
    assert_eq!(
        (&read["uid"], &read["user_id"], &read["jti"]),
        (&json!(1), &Value::Null, &json!("live"))
    );
    assert_eq!((&read["iss"], &read["iat"]), (&json!(old.issuer), &json!(LOGIN.seconds())));
}

#[test]
fn a_claim_of_the_old_library_does_not_pass_for_one_of_ours() {
    let mut claims = plain_claims("access");
    claims["auth_time"] = json!(LOGIN.seconds());
    claims["client_id"] = json!("another");
    claims["generation"] = json!(2);
    claims["tenant"] = json!("acme");
    claims["scope"] = json!("invoices:write");
    let token = hmac(WEAK, &json!({"alg": "HS256", "typ": "JWT"}), &claims);
    let read = engine().read_access(LOGIN, &token, None).unwrap();
    assert_eq!((read.auth_time(), read.generation()), (None, 0));
    assert_eq!((read.tenant(), read.scopes()), (None, None));
    let read: Value = read.parse().unwrap();
    assert_eq!((&read["auth_time"], &read["client_id"]), (&Value::Null, &json!("web")));
    // A payload class may declare that field, and take it for what the request was held against.
    assert_eq!(read["tenant"], Value::Null);
}

#[test]
fn none_is_good_from_until_on() {
    let last = Timestamp::from_micros(UNTIL.micros() - 1);
    let mut claims = plain_claims("refresh");
    claims["exp"] = json!(UNTIL.seconds() + 3_600);
    let token = hmac(WEAK, &json!({"alg": "HS256", "typ": "JWT"}), &claims);
    assert!(engine().read(last, &token, None).is_ok());
    let read = engine().read(UNTIL, &token, None).unwrap_err();
    assert_eq!((read.refusal, read.ours), (Refusal::InvalidToken, false));
    assert!(engine().log_out(last, Err(Refusal::MissingToken), Some(&token), None).is_ok());
    let late = engine().log_out(UNTIL, Err(Refusal::MissingToken), Some(&token), None);
    assert_eq!(late, Err(Refusal::InvalidToken));
}

#[test]
fn times_are_as_strict_as_ours() {
    let leeway = 10 * SECOND;
    let expiry = 3_600 * SECOND;
    let read =
        |at, token: &str| engine().read(after(at), token, None).map_err(|unread| unread.refusal);
    for token in [plain_token("access"), rotating_token("refresh", "live")] {
        assert!(read(expiry + leeway - 1, &token).is_ok());
        assert_eq!(read(expiry + leeway, &token), Err(Refusal::ExpiredToken));
    }
    for claim in ["iat", "nbf"] {
        let mut claims = rotating_claims("access", "");
        claims[claim] = json!(LOGIN.seconds() + 11);
        let token = hmac(SECRET, &json!({"alg": "HS256", "typ": "at+jwt"}), &claims);
        assert_eq!(read(0, &token), Err(Refusal::InvalidToken), "{claim}");
        assert!(read(SECOND, &token).is_ok(), "{claim}");
    }
}

#[test]
fn kinds_are_not_taken_for_each_other() {
    for (access, refresh) in [
        (plain_token("access"), plain_token("refresh")),
        (rotating_token("access", ""), rotating_token("refresh", "live")),
    ] {
        let engine = engine();
        let wrong = engine.read_refresh(LOGIN, &access, None).unwrap_err();
        assert_eq!((wrong.refusal, wrong.ours), (Refusal::InvalidTokenType, true));
        let wrong = engine.read_access(LOGIN, &refresh, None).unwrap_err();
        assert_eq!((wrong.refusal, wrong.ours), (Refusal::InvalidTokenType, true));
        assert!(matches!(engine.read(LOGIN, &access, None), Ok(AnyClaims::Access(_))));
        assert!(matches!(engine.read(LOGIN, &refresh, None), Ok(AnyClaims::Refresh(_))));
    }
    for (typ, kind) in [("at+jwt", "refresh"), ("rt+jwt", "access")] {
        let claims = rotating_claims(kind, "live");
        let token = hmac(SECRET, &json!({"alg": "HS256", "typ": typ}), &claims);
        assert_eq!(refused(&engine(), &token).0, Refusal::InvalidToken, "{typ} {kind}");
    }
}

#[test]
fn headers_that_are_not_the_librarys_own() {
    let claims = plain_claims("access");
    for header in [
        json!({"alg": "HS256"}),
        json!({"alg": "HS256", "typ": "at+jwt"}),
        json!({"alg": "HS256", "typ": "rt+jwt"}),
        json!({"alg": "HS256", "typ": 1}),
        json!({"alg": "HS512", "typ": "JWT"}),
        json!({"alg": "none", "typ": "JWT"}),
        json!({"alg": "HS256", "typ": "JWT", "crit": ["exp"]}),
        json!({"alg": "HS256", "typ": "JWT", "b64": false}),
    ] {
        let token = hmac(WEAK, &header, &claims);
        assert_eq!(refused(&accepting(vec![plain()]), &token), (Refusal::InvalidToken, false));
    }
    let bare = LegacyTokens { access_typ: None, refresh_typ: None, ..plain() };
    let engine = accepting(vec![bare]);
    assert!(engine.read(LOGIN, &hmac(WEAK, &json!({"alg": "HS256"}), &claims), None).is_ok());
    assert_eq!(refused(&engine, &plain_token("access")), (Refusal::InvalidToken, false));
}

#[test]
fn keys_are_not_taken_for_each_other() {
    let engine = accepting(vec![plain(), LegacyTokens { issuer: Some("b".into()), ..plain() }]);
    // The old key signs what ours would look like.
    let own = open(&engine).tokens;
    for token in [&own.access_token, &own.refresh_token] {
        let forged = hmac(WEAK, &part(token, 0), &part(token, 1));
        assert_eq!(refused(&engine, &forged), (Refusal::InvalidToken, false));
    }
    // Our key signs what the old library's would look like.
    let forged = jws::sign(&key(), Some("JWT"), plain_claims("access").to_string().as_bytes());
    assert_eq!(refused(&engine, &forged.unwrap()), (Refusal::InvalidToken, false));
    // The key of one old library signs for another.
    let forged =
        hmac(WEAK, &json!({"alg": "HS256", "typ": "at+jwt"}), &rotating_claims("access", ""));
    let both = accepting(vec![plain(), rotating()]);
    assert_eq!(refused(&both, &forged), (Refusal::InvalidToken, false));
    // A public key of theirs as an HMAC secret.
    let private = Key::generate(Algorithm::Es256).unwrap();
    let public = private.public().unwrap();
    let pem = public.to_pem().unwrap();
    let keys = KeySet::new(vec![public]).unwrap();
    let engine = accepting(vec![LegacyTokens { keys, ..plain() }]);
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let forged = hmac(pem.as_bytes(), &header, &plain_claims("access"));
    assert_eq!(refused(&engine, &forged), (Refusal::InvalidToken, false));
    let claims = plain_claims("access").to_string();
    let signed = jws::sign(&private, Some("JWT"), claims.as_bytes()).unwrap();
    assert!(engine.read_access(LOGIN, &signed, None).is_ok());
}

#[test]
fn issuers_and_audiences_that_are_not_the_librarys_own() {
    let header = json!({"alg": "HS256", "typ": "at+jwt"});
    for (claim, values) in [
        ("iss", [json!("https://before.example/"), json!(["https://before.example"]), json!(1)]),
        ("aud", [json!("befor"), json!(["api"]), json!({"before": 1})]),
    ] {
        for value in values {
            let mut claims = rotating_claims("access", "");
            claims[claim] = value;
            let token = hmac(SECRET, &header, &claims);
            assert_eq!(refused(&engine(), &token).0, Refusal::InvalidToken, "{claims}");
            claims.as_object_mut().unwrap().remove(claim);
            let token = hmac(SECRET, &header, &claims);
            assert_eq!(refused(&engine(), &token).0, Refusal::InvalidToken, "{claims}");
        }
    }
    // A site that set none was the issuer of no token that names one.
    for claim in ["iss", "aud"] {
        let mut claims = plain_claims("access");
        claims[claim] = json!("somebody");
        let token = hmac(WEAK, &json!({"alg": "HS256", "typ": "JWT"}), &claims);
        assert_eq!(refused(&engine(), &token), (Refusal::InvalidToken, false));
    }
}

#[test]
fn claims_that_are_missing_or_of_a_wrong_type() {
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let cases = [
        ("type", vec![json!("both"), json!(1), json!(["access"])]),
        ("exp", vec![json!("2030"), json!(-1), json!(1e300), json!(true)]),
        ("user_id", vec![json!(1.5), json!([1]), json!({}), json!(true)]),
        ("session_id", vec![json!(1), json!(""), json!("x".repeat(42)), json!("é".repeat(43))]),
    ];
    for (claim, values) in cases {
        let mut claims = plain_claims("access");
        claims.as_object_mut().unwrap().remove(claim).unwrap();
        let refusal = refused(&engine(), &hmac(WEAK, &header, &claims));
        assert_eq!(refusal, (Refusal::InvalidToken, true), "{claim}");
        for value in values.into_iter().chain([Value::Null]) {
            claims[claim] = value;
            let refusal = refused(&engine(), &hmac(WEAK, &header, &claims));
            assert_eq!(refusal, (Refusal::InvalidToken, true), "{claims}");
        }
    }
    for claim in ["iat", "nbf", "sub", "jti"] {
        let mut claims = plain_claims("access");
        claims[claim] = json!([]);
        let refusal = refused(&engine(), &hmac(WEAK, &header, &claims));
        assert_eq!(refusal, (Refusal::InvalidToken, true), "{claim}");
    }
    let twice = r#"{"type":"access","type":"refresh","exp":1800000000}"#;
    let token = tegata_jose::jws::sign(&key(), Some("JWT"), twice.as_bytes()).unwrap();
    assert_eq!(refused(&engine(), &token), (Refusal::InvalidToken, false));
}

#[test]
fn the_row_decides_about_users_and_ends_as_for_ours() {
    let token = plain_token("access");
    let claims = engine().read_access(LOGIN, &token, None).unwrap();
    let admit = |session: &Session, user: UserState| {
        engine().admit(LOGIN, &claims, Some(session), Some(&user))
    };
    let session = taken_over(Some(""));
    let ended = Session { expired_at: Some(LOGIN), ..session.clone() };
    assert_eq!(admit(&ended, alice()), Admission::Refuse(Refusal::SessionExpired));
    let of_bob = Session { user_id: bob().id, ..session.clone() };
    assert_eq!(admit(&of_bob, bob()), Admission::Refuse(Refusal::InvalidToken));
    let mut changed = alice();
    changed.security_stamp = "another".to_owned();
    assert!(matches!(admit(&session, changed), Admission::Revoke(_)));
    let mut inactive = alice();
    inactive.is_active = false;
    assert!(matches!(admit(&session, inactive), Admission::Revoke(_)));
}

#[test]
fn tokens_of_ours_are_read_as_before() {
    let engine = engine();
    let own = open(&engine).tokens;
    assert!(!engine.read_access(LOGIN, &own.access_token, None).unwrap().is_legacy());
    let expired = resign(&own.access_token, |claims| claims["exp"] = json!(1));
    assert_eq!(refused(&engine, &expired), (Refusal::ExpiredToken, true));
    // By its key and its issuer theirs, by its other claims ours: it is nobody's.
    let theirs = resign(&own.refresh_token, |claims| {
        claims["iss"] = json!("https://before.example");
        claims["aud"] = json!("before");
    });
    let read = engine.read_refresh(LOGIN, &theirs, None).unwrap();
    let session = open(&engine).session;
    let (random, custom) = (Counter::default(), CustomClaims::none());
    let answer = engine.rotate(LOGIN, &random, &read, Some(&session), Some(&alice()), &custom);
    assert_eq!(answer.unwrap(), Rotation::Refuse(Refusal::SessionNotFound));
}

#[tokio::test]
async fn a_host_moves_a_session_over() {
    let (engine, store) = (engine(), memory_store());
    let session = taken_over(Some("live"));
    let Ok(()) = store.insert(unlimited(session.clone())).await;
    let (random, old) = (Counter::default(), rotating_token("refresh", "live"));
    let custom = |_: &_, _: Option<&Session>| CustomClaims::none();
    let refresh = async |at, token: &str| {
        host::refresh(&engine, &store, after(at), &random, token, None, custom).await
    };
    let first = refresh(SECOND, &old).await.unwrap();
    let again = refresh(2 * SECOND, &old).await.unwrap();
    assert!(are_of_generation(&first, 3) && are_of_generation(&again, 3));
    let next = refresh(3 * SECOND, &again.refresh_token.unwrap()).await.unwrap();
    assert!(are_of_generation(&next, 4));
    assert!(refresh(4 * SECOND, &old).await.is_err());
    assert_eq!(row(&store, &session.id).await.end_reason, Some(EndReason::TokenReuse));
}

#[test]
fn profiles_that_cannot_be() {
    let problem = |change: fn(&mut LegacyTokens)| {
        let mut profile = plain();
        change(&mut profile);
        engine_with(|_| ()).accept_legacy(vec![profile]).unwrap_err()
    };
    for change in [
        (|profile| profile.access_typ = Some(String::new())) as fn(&mut LegacyTokens),
        |profile| profile.refresh_typ = Some(String::new()),
        |profile| profile.issuer = Some(String::new()),
        |profile| profile.audience = Some(String::new()),
        |profile| profile.claim_names.token_type = String::new(),
        |profile| profile.claim_names.user_id = "sub".to_owned(),
        |profile| profile.claim_names.session_id = Some("user_id".to_owned()),
        |profile| profile.claim_names.token_id = Some("exp".to_owned()),
        |profile| (profile.claim_names.session_id, profile.claim_names.token_id) = (None, None),
        |profile| profile.claim_names.token_id = Some("type".to_owned()),
    ] {
        assert_eq!(problem(change).setting, "ACCEPT_LEGACY");
    }
    let off = engine_with(|policy| policy.session_check = SessionCheck::Off);
    assert_eq!(off.accept_legacy(vec![plain()]).unwrap_err().setting, "ACCEPT_LEGACY");
    let off = engine_with(|policy| policy.session_check = SessionCheck::Off);
    assert!(off.accept_legacy(vec![]).is_ok());
}

#[test]
fn a_gate_of_several_types_reads_them_as_the_default_one_does() {
    let several = [TokenType::SLIDING, TokenType::ACCESS];
    let read = |token: &str, tenant: Option<&Tenant>| {
        let default = engine().read_access(LOGIN, token, tenant);
        assert_eq!(engine().read_opening(LOGIN, token, &several, tenant), default);
        default
    };
    assert!(read(&plain_token("access"), None).unwrap().is_legacy());
    let unread = read(&plain_token("refresh"), None).unwrap_err();
    assert_eq!((unread.refusal, unread.ours), (Refusal::InvalidTokenType, true));
    let acme = Tenant::new("acme").unwrap();
    assert!(!read(&plain_token("access"), Some(&acme)).unwrap_err().ours);

    let sliding_alone =
        engine().read_opening(LOGIN, &plain_token("access"), &[TokenType::SLIDING], None);
    assert!(!sliding_alone.unwrap_err().ours);
}
