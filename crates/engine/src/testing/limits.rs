use std::fmt::Debug;

use super::bench::{Bench, after, aged, all, id, session};
use crate::{EndReason, LiveSince, NewSession, Session, SessionLimit, SessionStore};

pub(super) async fn a_limit_ends_the_oldest<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    for (letter, age) in [('b', 2), ('d', 4), ('a', 1), ('c', 3)] {
        bench.insert_row(aged(letter, age, &bench.alice)).await;
    }
    let bobs = bench.insert_row(aged('x', 9, &bench.bob)).await;
    let kept = bench.row(&id('a')).await;
    bench.log_in(session('n', &bench.alice), 3).await;
    assert_eq!(bench.live("abcdn").await, "abn", "a limit ends the oldest sessions");
    for letter in ['c', 'd'] {
        let is_ended = bench.is_ended(&id(letter), after(9), EndReason::SessionLimit).await;
        assert!(is_ended, "a limit ends as it says");
    }
    assert_eq!(bench.row(&kept.id).await, kept, "a limit must leave what stays as it is");
    assert_eq!(bench.row(&bobs.id).await, bobs, "a limit must leave other users alone");

    bench.log_in(aged('o', -1, &bench.alice), 3).await;
    let is_ended = bench.is_ended(&id('b'), after(9), EndReason::SessionLimit).await;
    assert!(is_ended, "a limit ends what the next login leaves no room for");
    bench.log_in(aged('p', -2, &bench.alice), 1).await;
    assert_eq!(bench.live("abcdnop").await, "p", "a limit of one leaves the new session");
}

// Its own clock may be behind that of the machine which opened the others.
pub(super) async fn a_limit_spares_the_new_one<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    for (letter, age) in [('a', -1), ('b', -2), ('c', -3)] {
        bench.insert_row(aged(letter, age, &bench.alice)).await;
    }
    bench.log_in(session('n', &bench.alice), 2).await;
    let live = bench.live("abcn").await;
    assert_eq!(live, "cn", "a limit keeps the new session, whatever its time");
}

pub(super) async fn a_limit_counts_what_is_live<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let over = after(-50);
    let made = |letter: char| session(letter, &bench.alice);
    for session in [
        Session { created_at: over, ..made('a') },
        Session { minted_at: over, ..made('b') },
        Session { refreshed_at: over, ..made('c') },
    ] {
        bench.insert_row(session).await;
    }
    bench.insert('d', &bench.alice).await;
    bench.end_one(&id('d'), after(1), EndReason::LogOut).await;
    bench.insert_row(aged('e', 1, &bench.alice)).await;
    let live = LiveSince { created_at: over, minted_at: over, refreshed_at: over };
    let limit = Some(SessionLimit { at_most: 2, live, at: after(9) });
    let row = NewSession { session: made('n'), limit };
    bench.store.insert(row).await.expect("insert with a limit");

    let live = bench.row(&id('e')).await;
    assert_eq!(live.expired_at, None, "a limit counts only sessions that can be used");
    for letter in ['a', 'b', 'c'] {
        let row = bench.row(&id(letter)).await;
        assert_eq!(row.expired_at, None, "a limit leaves what is over by its times");
    }
    let early = bench.is_ended(&id('d'), after(1), EndReason::LogOut).await;
    assert!(early, "a limit must leave an earlier end");
}

pub(super) async fn logins_of_one_user_take_turns<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let mut letters = String::new();
    for round in ["abcd", "efgh", "ijkl"] {
        let log_in = |letter| bench.log_in(session(letter, &bench.alice), 2);
        all(round.chars().map(log_in).collect()).await;
        letters.push_str(round);
        let live = bench.live(&letters).await.len();
        assert_eq!(live, 2, "logins at once must leave as many as one by one");
    }
}
