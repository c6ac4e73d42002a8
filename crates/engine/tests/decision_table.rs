//! The decision table of rotation, one test per row: see `Engine::link`.

mod common;

use common::{
    Counter, DAY, LOGIN, Login, Pair, SECOND, advanced, after, alice, are_of_generation, engine,
    engine_with, open, payload, refresh_claims, revokes,
};
use std::time::Duration;
use tegata::{
    Advance, Count, CustomClaims, EndReason, Ending, Engine, Link, Refusal, Repeat, Rotation,
    Session, SessionCheck, Swap, Timestamp, Tokens,
};

const GRACE: i64 = 10 * SECOND;

fn rotate(
    engine: &Engine,
    now: Timestamp,
    opened: &Login,
    generation: u64,
    session: &Session,
) -> Rotation {
    let claims = refresh_claims(engine, opened, generation);
    let (random, custom) = (Counter::default(), CustomClaims::none());
    engine.rotate(now, &random, &claims, Some(session), Some(&alice()), &custom).unwrap()
}

fn advance(rotation: Rotation) -> Advance {
    match rotation {
        Rotation::Advance(advance) => advance,
        other => panic!("{other:?}"),
    }
}

fn repeat(rotation: Rotation) -> Repeat {
    match rotation {
        Rotation::Repeat(repeat) => repeat,
        other => panic!("{other:?}"),
    }
}

fn repeated(rotation: Rotation) -> Tokens {
    repeat(rotation).tokens
}

fn is_reuse(rotation: Rotation, now: Timestamp, session: &Session) -> bool {
    let Rotation::Revoke(revoke) = rotation else { panic!("{rotation:?}") };
    let (sessions, reason) = (Ending::Session(session.id.clone()), EndReason::TokenReuse);
    revokes(revoke, now, sessions, reason, Refusal::TokenReuseDetected)
}

/// A login whose refresh token was replaced a minute later.
fn rotated(engine: &Engine) -> (Login, Session) {
    let opened = open(engine);
    let session = advanced(&opened.session, after(60 * SECOND));
    (opened, session)
}

fn in_use_since(session: &Session, first_used_at: Timestamp) -> Session {
    Session { first_used_at: Some(first_used_at), ..session.clone() }
}

#[test]
fn row_1_of_the_live_generation_advances() {
    let engine = engine();
    let opened = open(&engine);
    let now = after(60 * SECOND);
    let advance = advance(rotate(&engine, now, &opened, 1, &opened.session));
    assert_eq!(advance.swap, Swap { id: opened.session.id.clone(), from: 1, at: now });
    assert_eq!(advance.swap.to(), 2);
    assert!(are_of_generation(&advance.tokens, 2));
}

#[test]
fn row_1_however_long_its_tokens_have_been_in_use() {
    let engine = engine();
    let (opened, session) = rotated(&engine);
    let session = in_use_since(&session, session.minted_at);
    let advance = advance(rotate(&engine, after(13 * DAY), &opened, 2, &session));
    assert_eq!(advance.swap.from, 2);
}

#[test]
fn row_2_of_the_one_before_whose_successor_was_never_seen_repeats_however_late() {
    let engine = engine();
    let (opened, session) = rotated(&engine);
    for now in [session.minted_at, after(60 * SECOND + GRACE + 1), after(13 * DAY)] {
        let tokens = repeated(rotate(&engine, now, &opened, 1, &session));
        assert!(are_of_generation(&tokens, 2));
    }
}

#[test]
fn row_2_a_repeated_refresh_token_lives_no_longer_than_the_lost_one() {
    let engine = engine();
    let (opened, session) = rotated(&engine);
    let tokens: Pair = repeated(rotate(&engine, after(5 * DAY), &opened, 1, &session)).into();
    let lost_one_expires = after(60 * SECOND + 14 * DAY).seconds();
    assert_eq!(payload(&tokens.refresh_token)["exp"], lost_one_expires);
    assert_eq!(payload(&tokens.access_token)["exp"], after(5 * DAY + 300 * SECOND).seconds());
}

#[test]
fn row_3_of_the_one_before_within_the_grace_of_its_successors_first_use_repeats() {
    let engine = engine();
    let (opened, session) = rotated(&engine);
    let first_used_at = after(90 * SECOND);
    let session = in_use_since(&session, first_used_at);
    for since in [0, 1, GRACE - 1, GRACE] {
        let now = Timestamp::from_micros(first_used_at.micros() + since);
        assert!(are_of_generation(&repeated(rotate(&engine, now, &opened, 1, &session)), 2));
    }
}

#[test]
fn row_4_of_the_one_before_after_the_grace_is_reuse() {
    let engine = engine();
    let (opened, session) = rotated(&engine);
    let first_used_at = after(90 * SECOND);
    let session = in_use_since(&session, first_used_at);
    for since in [GRACE + 1, DAY] {
        let now = Timestamp::from_micros(first_used_at.micros() + since);
        assert!(is_reuse(rotate(&engine, now, &opened, 1, &session), now, &session));
    }
}

#[test]
fn row_5_of_the_one_before_whose_successor_was_handed_out_too_often_is_reuse() {
    let engine = engine_with(|policy| policy.max_refresh_repeats = 3);
    let (opened, session) = rotated(&engine);
    let now = session.minted_at;
    for session in [session.clone(), in_use_since(&session, now)] {
        for repeats in 0..3 {
            let session = Session { repeats, ..session.clone() };
            assert!(are_of_generation(&repeated(rotate(&engine, now, &opened, 1, &session)), 2));
        }
        for repeats in [3, 4, u32::MAX] {
            let session = Session { repeats, ..session.clone() };
            assert!(is_reuse(rotate(&engine, now, &opened, 1, &session), now, &session));
        }
    }
}

#[test]
fn row_5_says_nothing_of_the_live_generation() {
    let engine = engine();
    let (opened, session) = rotated(&engine);
    let session = Session { repeats: u32::MAX, ..session };
    let advance = advance(rotate(&engine, after(61 * SECOND), &opened, 2, &session));
    assert_eq!(advance.swap.from, 2);
}

#[test]
fn row_6_of_any_other_generation_is_reuse() {
    let engine = engine();
    let (opened, session) = rotated(&engine);
    let session = advanced(&advanced(&session, after(70 * SECOND)), after(80 * SECOND));
    assert_eq!(session.generation, 4);
    let now = after(81 * SECOND);
    for generation in [0, 1, 2, 5, 6, u64::MAX] {
        assert!(is_reuse(rotate(&engine, now, &opened, generation, &session), now, &session));
    }
    assert!(are_of_generation(&repeated(rotate(&engine, now, &opened, 3, &session)), 4));
}

#[test]
fn row_6_holds_within_the_grace_too() {
    let engine = engine();
    let (opened, session) = rotated(&engine);
    let now = session.minted_at;
    let session = in_use_since(&advanced(&session, now), now);
    assert!(is_reuse(rotate(&engine, now, &opened, 1, &session), now, &session));
}

#[test]
fn grace_zero_is_strict_single_use() {
    let engine = engine_with(|policy| policy.refresh_grace = Duration::ZERO);
    let (opened, session) = rotated(&engine);
    let now = session.minted_at;
    assert_eq!(advance(rotate(&engine, now, &opened, 2, &session)).swap.from, 2);
    for session in [session.clone(), in_use_since(&session, now)] {
        assert!(is_reuse(rotate(&engine, now, &opened, 1, &session), now, &session));
    }
}

#[test]
fn a_repeat_is_counted_under_what_it_was_decided_by() {
    let engine = engine_with(|policy| policy.max_refresh_repeats = 7);
    let (opened, session) = rotated(&engine);
    let now = after(61 * SECOND);
    for (session, unused) in [(session.clone(), true), (in_use_since(&session, now), false)] {
        let repeat = repeat(rotate(&engine, now, &opened, 1, &session));
        let id = session.id.clone();
        assert_eq!(repeat.count, Count { id, generation: 2, limit: 7, unused, at: now });
    }
}

#[test]
fn where_no_use_is_seen_the_grace_counts_from_the_rotation() {
    for check in [SessionCheck::User, SessionCheck::Refresh] {
        let engine = engine_with(|policy| policy.session_check = check);
        let (opened, session) = rotated(&engine);
        let rotated_at = session.minted_at;
        // What a verify may have noted changes nothing.
        for session in [session.clone(), in_use_since(&session, after(3_600 * SECOND))] {
            for since in [0, GRACE] {
                let now = Timestamp::from_micros(rotated_at.micros() + since);
                assert!(are_of_generation(
                    &repeated(rotate(&engine, now, &opened, 1, &session)),
                    2
                ));
            }
            let now = Timestamp::from_micros(rotated_at.micros() + GRACE + 1);
            assert!(is_reuse(rotate(&engine, now, &opened, 1, &session), now, &session));
        }
    }
}

#[test]
fn where_a_cache_is_asked_use_is_seen() {
    let engine = engine_with(|policy| policy.session_check = SessionCheck::Cache);
    let (opened, session) = rotated(&engine);
    let tokens = repeated(rotate(&engine, after(13 * DAY), &opened, 1, &session));
    assert!(are_of_generation(&tokens, 2));
}

#[test]
fn the_grace_is_the_configured_one() {
    let engine = engine_with(|policy| policy.refresh_grace = Duration::from_secs(300));
    let (_, session) = rotated(&engine);
    let session = in_use_since(&session, LOGIN);
    assert_eq!(engine.link(after(300 * SECOND), 1, &session), Link::Repeatable);
    assert_eq!(engine.link(after(300 * SECOND + 1), 1, &session), Link::Reused);
}

// Another machine's clock may be ahead of this one's; that is no reason to log anybody out.
#[test]
fn a_first_use_in_the_future_counts_as_now() {
    let engine = engine();
    let (_, session) = rotated(&engine);
    let session = in_use_since(&session, after(120 * SECOND));
    assert_eq!(engine.link(after(61 * SECOND), 1, &session), Link::Repeatable);
}
