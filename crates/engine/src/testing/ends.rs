use std::fmt::Debug;

use super::bench::{Bench, after, count, id, session};
use crate::{EndReason, Ending, Session, SessionId, SessionStore, UserState, security_stamp};

pub(super) async fn end_keeps_the_first_end<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    for (letter, reason) in ('a'..).zip(EndReason::ALL) {
        let session = bench.insert(letter, &bench.alice).await;
        assert_eq!(bench.end_one(&session.id, after(1), reason).await, 1, "an end counts");
        let count = bench.end_one(&session.id, after(2), EndReason::LogOut).await;
        let row = bench.row(&session.id).await;
        assert_eq!(row.expired_at, Some(after(1)), "an end must leave an earlier one");
        assert_eq!(row.end_reason, Some(reason), "an end must leave an earlier reason");
        assert_eq!(count, 0, "an end counts nothing where there was one before");
    }
}

pub(super) async fn an_end_is_final<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let another_login = session('n', &bench.alice);
    let session = bench.insert('a', &bench.alice).await;
    assert!(bench.advance(&session.id, 1, after(1)).await);
    bench.end_one(&session.id, after(2), EndReason::TokenReuse).await;
    let ended = bench.row(&session.id).await;

    assert!(!bench.advance(&session.id, 2, after(3)).await, "an ended session must not advance");
    let hit = bench.count_repeat(&count(&session.id, 2, after(3))).await;
    assert!(!hit, "an ended session must not count a repeat");
    assert!(!bench.touch(&session.id, after(3)).await, "an ended session must not be touched");
    bench.note_first_use(&session.id, 2, after(3)).await;
    let user = bench.alice.id.clone();
    for sessions in [
        Ending::Session(session.id.clone()),
        Ending::Own { user: user.clone(), session: session.id.clone() },
        Ending::User(user.clone()),
        Ending::Others { user: user.clone(), except: id('z') },
        Ending::Stamped { user, security_stamp: session.security_stamp.clone() },
    ] {
        let count = bench.end(sessions, after(3), EndReason::Administrator).await;
        assert_eq!(count, 0, "an ended session does not count again");
    }
    bench.log_in(another_login, 1).await;
    assert_eq!(bench.row(&session.id).await, ended, "nothing may write to an ended session");
}

pub(super) async fn end_reaches_one_session<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let meant = bench.insert('a', &bench.alice).await;
    let other = bench.insert('b', &bench.alice).await;
    let count = bench.end_one(&meant.id, after(2), EndReason::LogOut).await;
    assert!(bench.is_ended(&meant.id, after(2), EndReason::LogOut).await);
    assert_eq!(bench.row(&other.id).await, other, "another session's row must stay as it is");
    assert_eq!(count, 1, "an end counts the session that it ended");
}

pub(super) async fn end_asks_for_the_owner<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    let other = bench.insert('b', &bench.alice).await;
    let own = |user: &UserState| Ending::Own { user: user.id.clone(), session: session.id.clone() };
    let count = bench.end(own(&bench.bob), after(2), EndReason::EndedByOwner).await;
    assert_eq!(bench.row(&session.id).await, session, "nobody may end another user's session");
    assert_eq!(count, 0, "an end counts no session of another user");
    let count = bench.end(own(&bench.alice), after(2), EndReason::EndedByOwner).await;
    assert_eq!(count, 1, "its owner may end a session");
    assert!(bench.is_ended(&session.id, after(2), EndReason::EndedByOwner).await);
    assert_eq!(bench.row(&other.id).await, other, "the owner's other session was not meant");
}

pub(super) async fn end_reaches_all_of_one_user<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let alices = [bench.insert('a', &bench.alice).await, bench.insert('b', &bench.alice).await];
    let bobs = bench.insert('x', &bench.bob).await;
    bench.insert('c', &bench.alice).await;
    bench.end_one(&id('c'), after(1), EndReason::LogOut).await;

    let all = Ending::User(bench.alice.id.clone());
    let count = bench.end(all, after(2), EndReason::LogOutAll).await;
    for session in alices {
        assert!(bench.is_ended(&session.id, after(2), EndReason::LogOutAll).await);
    }
    let early = bench.is_ended(&id('c'), after(1), EndReason::LogOut).await;
    assert!(early, "an end of all must leave an earlier end");
    assert_eq!(bench.row(&bobs.id).await, bobs, "an end of all must leave other users alone");
    assert_eq!(count, 2, "an end of all counts the sessions that it ended");
}

pub(super) async fn end_reaches_the_others_of_one_user<S: SessionStore<Error: Debug>>(
    bench: &Bench<S>,
) {
    let kept = bench.insert('a', &bench.alice).await;
    let others = [bench.insert('b', &bench.alice).await, bench.insert('c', &bench.alice).await];
    let bobs = bench.insert('x', &bench.bob).await;

    let user = &bench.alice.id;
    let but = |except: &SessionId| Ending::Others { user: user.clone(), except: except.clone() };
    let count = bench.end(but(&kept.id), after(2), EndReason::LogOutOthers).await;
    for session in others {
        assert!(bench.is_ended(&session.id, after(2), EndReason::LogOutOthers).await);
    }
    assert_eq!(bench.row(&kept.id).await, kept, "an end of the others must spare the one");
    let untouched = bench.row(&bobs.id).await;
    assert_eq!(untouched, bobs, "an end of the others must leave other users alone");
    assert_eq!(count, 2, "an end of the others counts the sessions that it ended");
    let count = bench.end(but(&bobs.id), after(2), EndReason::LogOutOthers).await;
    assert_eq!(count, 1, "another user's session is no exception");
}

pub(super) async fn end_reaches_those_of_one_stamp<S: SessionStore<Error: Debug>>(
    bench: &Bench<S>,
) {
    let outdated = security_stamp(&bench.alice.id, &["outdated"]);
    let stamped = |letter: char, user: &UserState| Session {
        security_stamp: outdated.clone(),
        ..session(letter, user)
    };
    let meant = bench.insert_row(stamped('a', &bench.alice)).await;
    let also = bench.insert_row(stamped('b', &bench.alice)).await;
    let good = bench.insert('c', &bench.alice).await;
    let bobs = bench.insert_row(stamped('x', &bench.bob)).await;

    let sessions =
        Ending::Stamped { user: bench.alice.id.clone(), security_stamp: outdated.clone() };
    let count = bench.end(sessions, after(2), EndReason::PasswordChanged).await;
    for session in [meant, also] {
        assert!(bench.is_ended(&session.id, after(2), EndReason::PasswordChanged).await);
    }
    assert_eq!(bench.row(&good.id).await, good, "an end by stamp must spare every other stamp");
    assert_eq!(bench.row(&bobs.id).await, bobs, "an end by stamp must leave other users alone");
    assert_eq!(count, 2, "an end by stamp counts the sessions that it ended");
}
