//! Tokens that set a password: once, soon, and for nothing else.

use std::time::Duration;

use tegata::{
    Algorithm, Device, Engine, Key, KeySet, Policy, Refusal, SystemRandomness, Timestamp,
    TokenType, UserId, UserState, security_stamp,
};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
const LIFETIME: Duration = Duration::from_secs(900);

fn engine() -> Engine {
    let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa).expect("a key")]).expect("a set");
    Engine::new(Policy::default(), keys).expect("a policy")
}

fn user(number: i64, hash: &str) -> UserState {
    let id = UserId::Integer(number);
    let security_stamp = security_stamp(&id, &[hash]);
    UserState { id, is_active: true, security_stamp }
}

#[test]
fn it_is_good_for_the_password_that_it_was_made_for() {
    let engine = engine();
    let alice = user(1, "old");
    let token = engine.password_reset(NOW, &SystemRandomness, &alice, LIFETIME).expect("made");
    let reset = engine.read_password_reset(NOW, &token).expect("it is one");
    assert_eq!(reset.user_id(), &alice.id);
    assert!(reset.is_for(&alice));
    assert!(!reset.is_for(&user(1, "new")), "it was used, or the password changed otherwise");
    assert!(!reset.is_for(&user(2, "old")), "another user");
    assert!(!reset.is_for(&UserState { is_active: false, ..alice }), "nobody may log in");
}

#[test]
fn it_expires() {
    let engine = engine();
    let made = engine.password_reset(NOW, &SystemRandomness, &user(1, "old"), LIFETIME);
    let token = made.expect("made");
    let late = NOW.plus(LIFETIME).plus(Duration::from_secs(60));
    assert_eq!(engine.read_password_reset(late, &token), Err(Refusal::ExpiredToken));
}

#[test]
fn it_opens_nothing_else_and_nothing_else_passes_for_it() {
    let engine = engine();
    let alice = user(1, "old");
    let token = engine.password_reset(NOW, &SystemRandomness, &alice, LIFETIME).expect("made");
    assert!(engine.read_access(NOW, &token, None).is_err());
    assert!(engine.read_refresh(NOW, &token, None).is_err());
    assert!(engine.read(NOW, &token, None).is_err());
    for other in [TokenType::ACCESS, TokenType::from_name("invitation").expect("a name")] {
        let draft = engine.draft(
            NOW,
            &SystemRandomness,
            &other,
            LIFETIME.into(),
            Some(&alice),
            Device::unknown(),
            None,
        );
        let token = engine.sign_draft(NOW, &other, &draft.expect("made").claims).expect("signed");
        assert!(engine.read_password_reset(NOW, &token).is_err(), "{other:?}");
    }
    assert_eq!(engine.read_password_reset(NOW, "x"), Err(Refusal::InvalidToken));
}

#[test]
fn the_stamp_of_the_rows_is_not_in_it() {
    let (engine, alice) = (engine(), user(1, "old"));
    let token = engine.password_reset(NOW, &SystemRandomness, &alice, LIFETIME).expect("made");
    let claims = engine.read_typed(NOW, &token, None, None).expect("it is ours");
    let payload = String::from_utf8(claims.payload().to_vec()).expect("JSON");
    assert!(!payload.contains(&alice.security_stamp));
}
