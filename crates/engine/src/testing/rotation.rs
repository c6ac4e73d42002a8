use std::fmt::Debug;

use super::bench::{Bench, after, all, count};
use crate::{Count, Session, SessionStore};

pub(super) async fn advance_swaps_once<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let first = bench.insert('a', &bench.alice).await;
    let other = bench.insert('b', &bench.alice).await;
    bench.note_first_use(&first.id, 1, after(1)).await;
    assert!(bench.count_repeat(&count(&first.id, 1, after(1))).await);
    for from in [0, 2, 3] {
        assert!(!bench.advance(&first.id, from, after(2)).await, "`from` must be live");
    }
    assert!(bench.advance(&first.id, 1, after(3)).await, "a swap of the live generation hits");
    let expected = Session {
        generation: 2,
        minted_at: after(3),
        refreshed_at: after(3),
        updated_at: after(3),
        repeats: 0,
        first_used_at: None,
        ..first.clone()
    };
    assert_eq!(bench.row(&first.id).await, expected, "a swap writes its six columns only");
    assert!(!bench.advance(&first.id, 1, after(4)).await, "a swap hits once");
    assert_eq!(bench.row(&first.id).await, expected, "a swap that misses writes nothing");
    assert!(bench.advance(&first.id, 2, after(5)).await, "the next swap hits again");
    assert_eq!(bench.row(&other.id).await, other, "another session's row must stay as it is");
}

pub(super) async fn advance_has_one_winner<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    for from in 1..=8 {
        let swaps = (0..16).map(|_| bench.advance(&session.id, from, after(1))).collect();
        let hits = all(swaps).await.into_iter().filter(|hit| *hit).count();
        assert_eq!(hits, 1, "of many swaps of one generation exactly one hits");
        assert_eq!(bench.row(&session.id).await.generation, from + 1);
    }
}

pub(super) async fn a_repeat_is_counted_where_it_may_be<S: SessionStore<Error: Debug>>(
    bench: &Bench<S>,
) {
    let first = bench.insert('a', &bench.alice).await;
    let other = bench.insert('b', &bench.alice).await;
    assert!(bench.advance(&first.id, 1, after(1)).await);
    let before = bench.row(&first.id).await;
    for stale in [0, 1, 3] {
        let hit = bench.count_repeat(&count(&first.id, stale, after(2))).await;
        assert!(!hit, "a repeat counts for the live generation only");
    }
    assert_eq!(bench.row(&first.id).await, before, "a count that misses writes nothing");

    let unused = Count { unused: true, ..count(&first.id, 2, after(3)) };
    assert!(bench.count_repeat(&unused).await, "a repeat of an unused generation counts");
    let expected = Session { repeats: 1, updated_at: after(3), ..before };
    assert_eq!(bench.row(&first.id).await, expected, "a count writes its two columns only");

    bench.note_first_use(&first.id, 2, after(4)).await;
    assert!(!bench.count_repeat(&unused).await, "a repeat of an unused generation, in use by now");
    let hit = bench.count_repeat(&count(&first.id, 2, after(5))).await;
    assert!(hit, "a repeat that may be of a used generation counts");
    assert_eq!(bench.row(&first.id).await.repeats, 2);
    assert_eq!(bench.row(&other.id).await, other, "another session's row must stay as it is");
}

pub(super) async fn repeats_stop_at_their_limit<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    let repeat = Count { limit: 5, ..count(&session.id, 1, after(1)) };
    let hits = all((0..16).map(|_| bench.count_repeat(&repeat)).collect()).await;
    let hits = hits.into_iter().filter(|hit| *hit).count();
    assert_eq!(hits, 5, "of many repeats as many count as the limit allows");
    assert_eq!(bench.row(&session.id).await.repeats, 5, "each repeat that counts adds one");
    let wider = Count { limit: 6, ..repeat };
    assert!(bench.count_repeat(&wider).await, "a wider limit leaves room again");
}

pub(super) async fn touch_writes_two_columns<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    assert!(bench.touch(&session.id, after(7)).await, "a touch of a live session hits");
    let expected = Session { refreshed_at: after(7), updated_at: after(7), ..session.clone() };
    assert_eq!(bench.row(&session.id).await, expected, "a touch writes its two columns only");
    assert!(bench.touch(&session.id, after(7)).await, "a touch that changes nothing hits too");
    assert!(bench.touch(&session.id, after(5)).await, "a touch that comes late hits too");
    let refreshed_at = bench.row(&session.id).await.refreshed_at;
    assert_eq!(refreshed_at, after(7), "a touch that comes late moves nothing back");
}

pub(super) async fn first_use_is_noted_once<S: SessionStore<Error: Debug>>(bench: &Bench<S>) {
    let session = bench.insert('a', &bench.alice).await;
    assert!(bench.advance(&session.id, 1, after(1)).await);
    for stale in [0, 1, 3] {
        bench.note_first_use(&session.id, stale, after(2)).await;
        let noted = bench.row(&session.id).await.first_used_at;
        assert_eq!(noted, None, "a first use counts for the live generation only");
    }
    bench.note_first_use(&session.id, 2, after(3)).await;
    bench.note_first_use(&session.id, 2, after(4)).await;
    let noted = bench.row(&session.id).await.first_used_at;
    assert_eq!(noted, Some(after(3)), "the first use stays the first");
}
