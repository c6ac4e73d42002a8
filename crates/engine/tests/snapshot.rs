//! What a cache may keep of a session, and for how long it may stand in for the rows.

mod common;

use std::time::Duration;

use common::{
    Counter, LOGIN, Login, SECOND, after, alice, bob, engine_with, open, open_for, resign,
};
use tegata::{
    AccessClaims, Engine, Policy, Session, SessionCheck, Snapshot, Timestamp, UserId, UserState,
};

const LIFETIME: i64 = 60 * SECOND;
const LEEWAY: i64 = 10 * SECOND;

fn caching(change: impl FnOnce(&mut Policy)) -> Engine {
    engine_with(|policy| {
        policy.session_check = SessionCheck::Cache;
        policy.access_token_lifetime = Duration::from_secs(600);
        change(policy);
    })
}

/// A login and its snapshot, taken at once.
fn snapshot(engine: &Engine) -> (Login, AccessClaims, Snapshot) {
    let login = open(engine);
    let claims = engine.read_access(LOGIN, &login.tokens.access_token, None).unwrap();
    let snapshot = engine.snapshot(LOGIN, &login.session, "epoch");
    (login, claims, snapshot)
}

#[test]
fn a_fresh_one_admits() {
    let engine = caching(|_| ());
    let (_, claims, snapshot) = snapshot(&engine);
    for now in [LOGIN, after(1), after(LIFETIME - 1)] {
        assert!(engine.admit_by_snapshot(now, &claims, &snapshot, "epoch"));
    }
}

#[test]
fn it_admits_no_longer_than_it_may_stand_in() {
    let engine = caching(|_| ());
    let (_, claims, snapshot) = snapshot(&engine);
    for now in [after(LIFETIME), after(LIFETIME + LEEWAY), after(100 * LIFETIME)] {
        assert!(!engine.admit_by_snapshot(now, &claims, &snapshot, "epoch"));
    }
    let engine = caching(|policy| policy.session_cache_lifetime = Duration::from_secs(1));
    assert!(engine.admit_by_snapshot(after(SECOND - 1), &claims, &snapshot, "epoch"));
    assert!(!engine.admit_by_snapshot(after(SECOND), &claims, &snapshot, "epoch"));
}

#[test]
fn it_counts_from_before_the_rows_were_read() {
    let engine = caching(|_| ());
    let (login, claims, _) = snapshot(&engine);
    let slow = engine.snapshot(after(-59 * SECOND), &login.session, "epoch");
    assert!(engine.admit_by_snapshot(LOGIN, &claims, &slow, "epoch"));
    assert!(!engine.admit_by_snapshot(after(SECOND), &claims, &slow, "epoch"));
}

#[test]
fn it_is_good_under_its_epoch_only() {
    let engine = caching(|_| ());
    let (_, claims, snapshot) = snapshot(&engine);
    for epoch in ["", "epoch ", "Epoch", "another"] {
        assert!(!engine.admit_by_snapshot(LOGIN, &claims, &snapshot, epoch), "{epoch:?}");
    }
}

#[test]
fn it_admits_its_own_user_only() {
    let engine = caching(|_| ());
    let (_, claims, taken) = snapshot(&engine);
    for user in [bob(), UserState { id: UserId::Text("1".to_owned()), ..alice() }] {
        let other = open_for(&engine, &Counter::default(), &user);
        let theirs = engine.snapshot(LOGIN, &other.session, "epoch");
        assert!(!engine.admit_by_snapshot(LOGIN, &claims, &theirs, "epoch"));
        let posing = resign(&other.tokens.access_token, |_| ());
        let posing = engine.read_access(LOGIN, &posing, None).unwrap();
        assert!(!engine.admit_by_snapshot(LOGIN, &posing, &taken, "epoch"));
    }
}

// Another machine's clock may be ahead, but only so far.
#[test]
fn one_that_is_dated_ahead_is_taken_within_the_leeway() {
    let engine = caching(|_| ());
    let (login, claims, _) = snapshot(&engine);
    let dated = |at: Timestamp| {
        let snapshot = engine.snapshot(at, &login.session, "epoch");
        engine.admit_by_snapshot(LOGIN, &claims, &snapshot, "epoch")
    };
    assert!(dated(after(LEEWAY)));
    assert!(!dated(after(LEEWAY + 1)));
    assert!(!dated(after(1_000_000 * SECOND)));
}

#[test]
fn it_ends_with_its_session() {
    let engine = caching(|policy| {
        policy.refresh_token_lifetime = Duration::from_secs(600);
        policy.session_lifetime = Duration::from_secs(700);
    });
    let (login, claims, _) = snapshot(&engine);
    let end = after(700 * SECOND);
    let late = engine.snapshot(after(690 * SECOND), &login.session, "epoch");
    let last = Timestamp::from_micros(end.micros() - 1);
    assert!(engine.admit_by_snapshot(last, &claims, &late, "epoch"));
    assert!(!engine.admit_by_snapshot(end, &claims, &late, "epoch"));
}

#[test]
fn it_ends_with_the_patience_for_an_idle_session() {
    let engine = caching(|policy| policy.session_idle_timeout = Some(Duration::from_secs(30)));
    let (login, claims, early) = snapshot(&engine);
    assert!(engine.admit_by_snapshot(after(30 * SECOND - 1), &claims, &early, "epoch"));
    assert!(!engine.admit_by_snapshot(after(30 * SECOND), &claims, &early, "epoch"));
    let refreshed = Session { refreshed_at: after(20 * SECOND), ..login.session };
    let later = engine.snapshot(after(20 * SECOND), &refreshed, "epoch");
    assert!(engine.admit_by_snapshot(after(50 * SECOND - 1), &claims, &later, "epoch"));
    assert!(!engine.admit_by_snapshot(after(50 * SECOND), &claims, &later, "epoch"));
}

#[test]
fn it_goes_through_a_cache_as_text() {
    let engine = caching(|_| ());
    for key in [UserId::Integer(i64::MIN), UserId::Text("é\"\\\u{0}".to_owned())] {
        let user = UserState { id: key, ..alice() };
        let session = open_for(&engine, &Counter::default(), &user).session;
        let snapshot = engine.snapshot(after(123_456), &session, "e\"\u{1F600}");
        assert_eq!(Snapshot::from_text(&snapshot.to_text()), Some(snapshot));
    }
}

#[test]
fn what_is_no_snapshot_is_none() {
    let engine = caching(|_| ());
    let (_, _, snapshot) = snapshot(&engine);
    let text = snapshot.to_text();
    for broken in ["", "null", "{}", "[]", "1", &text[1..], &text.replace("epoch", "epoc")] {
        assert_eq!(Snapshot::from_text(broken), None, "{broken}");
    }
    let fractions = text.replace("000,", "000.5,");
    assert_eq!(Snapshot::from_text(&fractions), None);
}

#[test]
fn a_tombstone_outlives_every_snapshot_of_before() {
    let engine = caching(|_| ());
    let (login, claims, _) = snapshot(&engine);
    let lifetime = engine.policy().tombstone_lifetime();
    assert_eq!(lifetime, Duration::from_secs(60 + 10));
    // Taken just before the end by a machine that is ahead, asked for by the one that is not.
    let taken = engine.snapshot(after(LEEWAY), &login.session, "epoch");
    let expired = LOGIN.plus(lifetime);
    assert!(!engine.admit_by_snapshot(expired, &claims, &taken, "epoch"));
    // And no longer than it must.
    let just_before = LOGIN.plus(lifetime).minus(Duration::from_micros(1));
    assert!(engine.admit_by_snapshot(just_before, &claims, &taken, "epoch"));
}
