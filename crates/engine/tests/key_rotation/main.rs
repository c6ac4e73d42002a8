//! Rotating keys: what a plan says, and that no token is ever refused because of one.

mod properties;
mod site;

use std::time::Duration;

use tegata::{Begin, KeyRotation, KeyTimes, PolicyError, Timestamp};

const DAY: i64 = 86_400;
const NOW: i64 = 1_700_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}

fn rotation() -> KeyRotation {
    KeyRotation {
        period: days(90),
        lead: days(1),
        retention: days(14),
        longest_lifetime: days(14),
        jwks_max_age: Duration::from_secs(3_600),
        reload_interval: Duration::from_secs(10),
        leeway: Duration::ZERO,
    }
}

fn times(signs_from: i64) -> KeyTimes {
    KeyTimes { made_at: None, signs_from: Some(at(signs_from)), ends_at: None }
}

#[test]
fn nothing_is_due_before_its_time() {
    let keys = [times(NOW)];
    let plan = rotation().plan(&keys, at(NOW + 89 * DAY - 1), Begin::WhenDue);
    assert!(!plan.changes(&keys));
    assert_eq!((plan.new, plan.due_at), (None, at(NOW + 89 * DAY)));
}

#[test]
fn a_new_key_waits_and_the_one_before_it_gets_its_end() {
    let keys = [times(NOW)];
    let plan = rotation().plan(&keys, at(NOW + 100 * DAY), Begin::WhenDue);
    let new = plan.new.unwrap();
    assert_eq!(new.made_at, Some(at(NOW + 100 * DAY)));
    assert_eq!(new.signs_from, Some(at(NOW + 101 * DAY)));
    assert_eq!(plan.kept, [(0, KeyTimes { ends_at: Some(at(NOW + 115 * DAY)), ..times(NOW) })]);
    assert_eq!(plan.due_at, at(NOW + 190 * DAY));

    // As often as a crontab likes.
    let keys = [new, plan.kept[0].1];
    for begin in [Begin::WhenDue, Begin::Anyway] {
        let again = rotation().plan(&keys, at(NOW + 100 * DAY + 60), begin);
        assert!(!again.changes(&keys));
        assert_eq!(again.due_at, at(NOW + 190 * DAY));
    }
}

#[test]
fn what_is_over_goes_and_what_is_retired_stays() {
    let keys = [times(NOW + 20 * DAY), times(NOW + 10 * DAY), times(NOW)];
    let plan = rotation().plan(&keys, at(NOW + 25 * DAY), Begin::WhenDue);
    assert_eq!((plan.new, plan.dropped), (None, vec![2]));
    let end = Some(at(NOW + 34 * DAY));
    assert_eq!(plan.kept[1], (1, KeyTimes { ends_at: end, ..keys[1] }));
}

#[test]
fn whether_due_or_not_if_asked_to() {
    let plan = rotation().plan(&[times(NOW)], at(NOW + 60), Begin::Anyway);
    assert_eq!(plan.new.unwrap().signs_from, Some(at(NOW + 60 + DAY)));
}

#[test]
fn at_once_the_key_that_is_known_already_signs() {
    let keys = [times(NOW + DAY), times(NOW)];
    let plan = rotation().plan(&keys, at(NOW + 60), Begin::AtOnce);
    assert_eq!(plan.new, None);
    assert_eq!(plan.kept[0], (0, times(NOW + 60)));
    assert_eq!(plan.kept[1].1.ends_at, Some(at(NOW + 60 + 14 * DAY)));
}

#[test]
fn at_once_without_one_a_new_key_signs() {
    let plan = rotation().plan(&[times(NOW)], at(NOW + 60), Begin::AtOnce);
    assert_eq!(plan.new.unwrap().signs_from, Some(at(NOW + 60)));
    assert_eq!(plan.kept[0].1.ends_at, Some(at(NOW + 60 + 14 * DAY)));
}

#[test]
fn of_several_that_wait_one_signs_at_once_and_the_others_never_did() {
    let keys = [times(NOW + 9 * DAY), times(NOW + DAY), times(NOW)];
    let plan = rotation().plan(&keys, at(NOW + 60), Begin::AtOnce);
    assert_eq!(plan.dropped, [0]);
    assert_eq!(plan.kept[0], (1, times(NOW + 60)));
}

#[test]
fn keys_of_which_nothing_is_known_are_rotated_and_kept_for_as_long_as_any() {
    let keys = [KeyTimes::default(), KeyTimes::default()];
    let plan = rotation().plan(&keys, at(NOW), Begin::WhenDue);
    assert!(plan.new.is_some());
    let end = Some(at(NOW + 15 * DAY));
    assert!(plan.kept.iter().all(|(_, times)| times.ends_at == end));
    assert_eq!(rotation().plan(&[], at(NOW), Begin::WhenDue).kept, []);
}

#[test]
fn a_key_says_since_when_it_is_there_if_not_since_when_it_signs() {
    let keys = [KeyTimes { made_at: Some(at(NOW)), ..KeyTimes::default() }];
    assert_eq!(rotation().plan(&keys, at(NOW + DAY), Begin::WhenDue).new, None);
}

#[test]
fn points_in_time_are_whole_seconds_and_never_earlier_than_they_may_be() {
    let now = Timestamp::from_micros(NOW * 1_000_000 + 1);
    let new = rotation().plan(&[times(NOW - DAY)], now, Begin::Anyway).new.unwrap();
    assert_eq!(new.signs_from, Some(at(NOW + DAY + 1)));
}

#[test]
fn rules_by_which_a_token_would_be_refused_cannot_be() {
    type Break = fn(&mut KeyRotation);
    let second = Duration::from_secs(1);
    assert_eq!(rotation().validate(), Ok(()));
    let just = KeyRotation { lead: Duration::from_secs(3_610), ..rotation() };
    assert_eq!(just.validate(), Ok(()));
    let broken: [(&str, Break); 10] = [
        ("JWKS_MAX_AGE", |rules| rules.jwks_max_age = days(8)),
        ("KEY_RELOAD_INTERVAL", |rules| rules.reload_interval = Duration::ZERO),
        ("KEY_RELOAD_INTERVAL", |rules| rules.reload_interval = Duration::from_secs(3_601)),
        ("KEY_LEAD_TIME", |rules| rules.lead = Duration::from_secs(3_609)),
        ("KEY_LEAD_TIME", |rules| rules.leeway = days(1)),
        ("KEY_ROTATION_PERIOD", |rules| rules.period = rules.lead),
        ("KEY_ROTATION_PERIOD", |rules| rules.period = Duration::MAX),
        ("KEY_RETENTION", |rules| rules.longest_lifetime = days(14) + Duration::from_secs(1)),
        ("KEY_RETENTION", |rules| rules.leeway = Duration::from_secs(1)),
        ("KEY_RETENTION", |rules| rules.retention = Duration::MAX),
    ];
    for (setting, break_it) in broken {
        let mut rules = rotation();
        break_it(&mut rules);
        let Err(PolicyError { setting: named, .. }) = rules.validate() else { panic!("{setting}") };
        assert_eq!(named, setting);
    }
    assert_eq!(
        KeyRotation { lead: second, ..rotation() }.validate().unwrap_err().setting,
        "KEY_LEAD_TIME"
    );
}

#[test]
fn ways_to_begin_have_names() {
    for begin in Begin::ALL {
        assert_eq!(Begin::from_name(begin.name()), Some(begin));
    }
    assert_eq!(Begin::from_name("soon"), None);
}
