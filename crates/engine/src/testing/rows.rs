use std::fmt::Debug;

use super::bench::{ALWAYS, Bench, OPENED, after, aged, count, id, session};
use crate::{Device, EndReason, LiveSince, NewSession, Session, SessionId, SessionStore};

pub(super) async fn rows_come_back_as_they_were<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let plain = bench.insert('p', &bench.alice).await;
    let loaded = bench.loaded(&plain.id).await.expect("the row is there");
    assert_eq!(loaded.session, plain, "a row must come back as it was inserted");
    assert_eq!(loaded.user.as_ref(), Some(&bench.alice), "load must give the session's user");

    let bobs = Session { device: Device::unknown(), ..session('q', &bench.bob) };
    bench.insert_row(bobs.clone()).await;
    let loaded = bench.loaded(&bobs.id).await.expect("the row is there");
    assert_eq!(loaded.session, bobs, "an unknown device must come back as that");
    assert_eq!(loaded.user.as_ref(), Some(&bench.bob), "load must give the session's own user");

    // No two columns alike, so that none can stand in for another.
    let columns = Session {
        created_at: after(-5),
        updated_at: after(-4),
        generation: 7,
        minted_at: after(-3),
        refreshed_at: after(-2),
        repeats: 3,
        first_used_at: Some(after(-1)),
        legacy_jti: Some("a live one".to_owned()),
        ..session('r', &bench.alice)
    };
    bench.insert_row(columns.clone()).await;
    assert_eq!(bench.row(&columns.id).await, columns, "every column must come back as it was");

    for user in [&bench.alice, &bench.bob] {
        let loaded = bench.store.load_user(&user.id).await.expect("load_user");
        assert_eq!(loaded.as_ref(), Some(user), "load_user must give the user's row");
    }
}

pub(super) async fn unknown_ids_hit_nothing<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    for unknown in [id('A'), id('b'), id('_')] {
        assert_eq!(bench.loaded(&unknown).await, None, "ids are compared exactly");
        assert!(!bench.advance(&unknown, 1, after(1)).await, "no row to advance");
        let repeat = count(&unknown, 1, after(1));
        assert!(!bench.count_repeat(&repeat).await, "no row to count a repeat in");
        assert!(!bench.touch(&unknown, after(1)).await, "no row to touch");
        bench.note_first_use(&unknown, 1, after(1)).await;
        let ended = bench.end_one(&unknown, after(1), EndReason::LogOut).await;
        assert_eq!(ended, 0, "no row to end");
    }
    assert_eq!(bench.row(&session.id).await, session, "another id's row must stay as it is");
}

pub(super) async fn insert_replaces_nothing<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let first = bench.insert('a', &bench.alice).await;
    bench.end_one(&first.id, after(1), EndReason::LogOut).await;
    let ended = bench.row(&first.id).await;
    // Whether a store says so or not is its own affair.
    let row = NewSession { session: session('a', &bench.bob), limit: None };
    let _ = bench.store.insert(row).await;
    assert_eq!(bench.row(&first.id).await, ended, "an insert must not replace a row");
}

pub(super) async fn list_is_live_and_newest_first<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    for (letter, age) in [('b', 2), ('a', 1), ('d', 4), ('c', 3)] {
        bench.insert_row(aged(letter, age, &bench.alice)).await;
    }
    bench.insert('x', &bench.bob).await;
    let ids = async |since: &LiveSince| -> Vec<SessionId> {
        let sessions = bench.store.list(&bench.alice.id, since).await.expect("list");
        sessions.into_iter().map(|session| session.id).collect()
    };
    let all = ['a', 'b', 'c', 'd'].map(id);
    assert_eq!(ids(&ALWAYS).await, all, "a list holds one user's sessions, newest first");
    let since = LiveSince { created_at: after(-3), ..ALWAYS };
    assert_eq!(ids(&since).await, all[..2], "a list begins after `created_at`");

    assert!(bench.advance(&id('a'), 1, after(5)).await);
    assert!(bench.touch(&id('b'), after(5)).await);
    let since = LiveSince { minted_at: OPENED, ..ALWAYS };
    assert_eq!(ids(&since).await, [id('a')], "a list begins after `minted_at`");
    let since = LiveSince { refreshed_at: OPENED, ..ALWAYS };
    assert_eq!(ids(&since).await, [id('a'), id('b')], "a list begins after `refreshed_at`");

    bench.end_one(&id('b'), after(6), EndReason::LogOut).await;
    assert_eq!(ids(&ALWAYS).await, ['a', 'c', 'd'].map(id), "ended sessions are not listed");
    let listed = bench.store.list(&bench.alice.id, &ALWAYS).await.expect("list");
    assert_eq!(listed[0], bench.row(&id('a')).await, "a list gives whole rows");
}
