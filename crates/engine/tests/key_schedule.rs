//! Which key signs and which ones verify, at every instant of a set's life.

use std::time::Duration;

use tegata::{
    Algorithm, Engine, Key, KeyError, KeySchedule, KeySet, KeyState, KeyTimes, KeyTimesError,
    Policy, Timestamp, TokenType,
};

const RETENTION: Duration = Duration::from_secs(100);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn key(kid: &str) -> Key {
    let secret = format!("{kid}: a secret of more than thirty-two bytes");
    Key::from_secret(secret.as_bytes(), Algorithm::Hs256).unwrap().with_kid(Some(kid.to_owned()))
}

/// A key that signs from then on and, if that is written down, verifies until then.
fn times(signs_from: Option<i64>, ends_at: Option<i64>) -> KeyTimes {
    KeyTimes { made_at: None, signs_from: signs_from.map(at), ends_at: ends_at.map(at) }
}

fn schedule(keys: &[(&str, KeyTimes)]) -> KeySchedule {
    let keys = keys.iter().map(|(kid, times)| (key(kid), *times)).collect();
    KeySchedule::new(keys, RETENTION).unwrap()
}

/// The keys that verify then, the one that signs first.
fn kids(schedule: &KeySchedule, seconds: i64) -> Vec<&str> {
    schedule.at(at(seconds)).keys().iter().map(|key| key.kid().unwrap()).collect()
}

fn states(schedule: &KeySchedule, seconds: i64) -> Vec<KeyState> {
    schedule.lives_at(at(seconds)).iter().map(|life| life.state).collect()
}

#[test]
fn a_key_is_published_signs_is_retired_and_is_over() {
    let set = [("new", times(Some(2_000), None)), ("old", times(Some(1_000), None))];
    let schedule = schedule(&set);

    assert_eq!(kids(&schedule, 1_999), ["old", "new"]);
    assert_eq!(states(&schedule, 1_999), [KeyState::Published, KeyState::Signing]);
    assert_eq!(kids(&schedule, 2_000), ["new", "old"]);
    assert_eq!(states(&schedule, 2_000), [KeyState::Signing, KeyState::Retired]);
    assert_eq!(kids(&schedule, 2_099), ["new", "old"]);
    assert_eq!(kids(&schedule, 2_100), ["new"]);
    assert_eq!(states(&schedule, 2_100), [KeyState::Signing, KeyState::Over]);

    let lives = schedule.lives_at(at(1_999));
    assert_eq!((lives[0].since, lives[0].until), (None, Some(at(2_000))));
    assert_eq!((lives[1].since, lives[1].until), (Some(at(1_000)), Some(at(2_000))));
    let lives = schedule.lives_at(at(2_000));
    assert_eq!((lives[0].since, lives[0].until), (Some(at(2_000)), None));
    assert_eq!((lives[1].since, lives[1].until), (Some(at(2_000)), Some(at(2_100))));
}

#[test]
fn of_the_end_that_was_written_and_the_one_that_is_reckoned_the_later_counts() {
    for (written, end) in [(2_050, 2_100), (2_150, 2_150)] {
        let old = times(Some(1_000), Some(written));
        let schedule = schedule(&[("new", times(Some(2_000), None)), ("old", old)]);
        assert_eq!(kids(&schedule, end - 1).len(), 2);
        assert_eq!(kids(&schedule, end), ["new"]);
    }
}

#[test]
fn without_times_the_first_signs_and_all_verify_for_ever() {
    let set = [("first", KeyTimes::default()), ("second", KeyTimes::default())];
    for schedule in [schedule(&set), KeySet::new(vec![key("first"), key("second")]).unwrap().into()]
    {
        for seconds in [0, 1_000, 250_000_000_000] {
            assert_eq!(kids(&schedule, seconds), ["first", "second"]);
            assert_eq!(states(&schedule, seconds), [KeyState::Signing, KeyState::Verifying]);
        }
    }
}

#[test]
fn a_key_that_somebody_put_behind_the_signing_one_waits_there_for_its_turn() {
    // The first of the three steps by hand: everybody is to know it, and it has signed nothing.
    for waiting in [times(None, None), times(Some(5_000), None)] {
        let schedule = schedule(&[("old", times(Some(1_000), None)), ("new", waiting)]);
        assert_eq!(kids(&schedule, 9_000), ["old", "new"]);
        assert_eq!(states(&schedule, 9_000), [KeyState::Signing, KeyState::Verifying]);
    }
}

#[test]
fn a_key_in_front_of_keys_from_elsewhere_leaves_them_at_work_until_its_time_has_come() {
    let set = [("file", times(Some(2_000), None)), ("from elsewhere", KeyTimes::default())];
    let schedule = schedule(&set);

    assert_eq!(kids(&schedule, 1_999), ["from elsewhere", "file"]);
    assert_eq!(kids(&schedule, 2_000), ["file", "from elsewhere"]);
    assert_eq!(kids(&schedule, 9_000_000), ["file", "from elsewhere"]);
}

#[test]
fn somebody_signs_even_before_the_time_of_all_keys() {
    let set = [("new", times(Some(2_000), None)), ("old", times(Some(1_000), None))];
    let schedule = schedule(&set);
    assert_eq!(kids(&schedule, 10), ["old", "new"]);
    assert_eq!(schedule.lives_at(at(10))[1].since, None);
}

#[test]
fn the_end_of_a_key_that_signs_waits_until_another_one_does() {
    let schedule = schedule(&[("only", times(Some(1_000), Some(1_500)))]);
    assert_eq!(kids(&schedule, 9_000), ["only"]);
    assert_eq!(states(&schedule, 9_000), [KeyState::Signing]);
}

#[test]
fn a_key_that_can_only_verify_has_no_turn_to_sign() {
    let (private, public) = (key("private"), Key::generate(Algorithm::EdDsa).unwrap());
    let public = public.public().unwrap().with_kid(Some("public".to_owned()));
    let keys = vec![
        (private, times(Some(2_000), None)),
        (public, times(Some(1_500), None)),
        (key("old"), times(Some(1_000), None)),
    ];
    let schedule = KeySchedule::new(keys, RETENTION).unwrap();
    assert_eq!(kids(&schedule, 1_900), ["old", "private", "public"]);
    assert_eq!(kids(&schedule, 2_100), ["private", "public"]);
}

#[test]
fn no_keys_are_no_schedule() {
    assert_eq!(KeySchedule::new(Vec::new(), RETENTION).unwrap_err(), KeyError::EmptyKeySet);
}

#[test]
fn an_engine_signs_and_verifies_with_the_keys_of_the_instant() {
    let old = (key("old"), times(Some(1_000), None));
    let keys = vec![(key("new"), times(Some(2_000), None)), old];
    let schedule = KeySchedule::new(keys, RETENTION).unwrap();
    let engine = Engine::new(Policy::default(), schedule).unwrap();
    let own = TokenType::from_name("invitation").unwrap();
    let signed = |seconds: i64| {
        let claims = format!(
            r#"{{"iss":"tegata","aud":"tegata","jti":"1","iat":{seconds},"exp":9000,"type":"invitation"}}"#
        );
        engine.sign_draft(at(seconds), &own, &claims).unwrap()
    };
    let is_read = |token: &str, seconds: i64| {
        let accepted = Some(std::slice::from_ref(&own));
        let undated = engine.read_typed_undated(at(seconds), token, accepted, None).is_ok();
        assert_eq!(engine.read_typed(at(seconds), token, accepted, None).is_ok(), undated);
        undated
    };

    let (of_old, of_new) = (signed(1_999), signed(2_000));
    assert!(is_read(&of_old, 2_099));
    assert!(!is_read(&of_old, 2_100), "its key is over, and would prove nothing any more");
    assert!(is_read(&of_new, 2_100));
    // Whoever's clock is ahead signs with the new one first.
    assert!(is_read(&of_new, 1_999 + 1));
}

#[test]
fn times_of_a_jwk() {
    let read = KeyTimes::from_jwk(r#"{"iat":1,"nbf":2.5,"exp":null,"kty":"oct","k":"x"}"#).unwrap();
    assert_eq!(read.made_at, Some(at(1)));
    assert_eq!(read.signs_from, Some(Timestamp::from_micros(2_500_000)));
    assert_eq!(read.ends_at, None);
    assert_eq!(KeyTimes::from_jwk("{}"), Ok(KeyTimes::default()));
    for bad in [r#"{"iat":"1"}"#, r#"{"nbf":-1}"#, r#"{"exp":true}"#, r#"{"exp":1e300}"#, "[", "[]"]
    {
        assert_eq!(KeyTimes::from_jwk(bad), Err(KeyTimesError), "{bad}");
    }
}

#[test]
fn states_have_names_of_their_own() {
    let names: std::collections::HashSet<_> = KeyState::ALL.map(KeyState::name).into();
    assert_eq!(names.len(), KeyState::ALL.len());
}
