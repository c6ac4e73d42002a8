use std::time::Duration;

use tegata::{EndReason, EndSessions, Ending, SessionStore as _};
use tegata_sqlx::{Purge, SessionFilter};

use crate::site::{NOW, Place, end_reason, engine, insert, session, user};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

pub(crate) async fn sessions_of_the_whole_site_are_listed(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let (ada, bob) = (user(&store, "ada").await, user(&store, "bob").await);
    let (old, mut new, ended) = (session(1, &ada), session(2, &bob), session(3, &bob));
    new.created_at = NOW.plus(MINUTE);
    for each in [&old, &new, &ended] {
        insert(&store, each).await;
    }
    let sessions = Ending::Session(ended.id.clone());
    let end = EndSessions { sessions, at: NOW, reason: EndReason::LogOut };
    assert_eq!(store.end(&end).await.expect("end").count(), 1);

    let engine = engine();
    let list = async |filter: SessionFilter, at_most| {
        let listed = store.list_sessions(&filter, engine.policy(), NOW.plus(MINUTE), at_most).await;
        let listed = listed.expect("list");
        listed
            .into_iter()
            .map(|each| (each.username, each.session.id, each.is_live))
            .collect::<Vec<_>>()
    };
    let all = list(SessionFilter::default(), 9).await;
    assert_eq!(all.len(), 3);
    assert_eq!(all[0], ("bob".to_owned(), new.id.clone(), true), "the newest comes first");
    assert_eq!(list(SessionFilter::default(), 1).await.len(), 1);
    let live = SessionFilter { is_live: Some(true), ..SessionFilter::default() };
    assert_eq!(list(live, 9).await.len(), 2);
    let over = SessionFilter { is_live: Some(false), ..SessionFilter::default() };
    assert_eq!(list(over, 9).await, [("bob".to_owned(), ended.id, false)]);
    let of_ada = SessionFilter { user: Some(ada.id), ..SessionFilter::default() };
    assert_eq!(list(of_ada, 9).await, [("ada".to_owned(), old.id, true)]);
    let since = SessionFilter { since: Some(NOW.plus(MINUTE / 2)), ..SessionFilter::default() };
    assert_eq!(list(since, 9).await.len(), 1);

    let names: Vec<_> = store
        .list_users("", 9)
        .await
        .expect("list")
        .into_iter()
        .map(|each| each.username)
        .collect();
    assert_eq!(names, ["ada", "bob"]);
    assert_eq!(store.list_users("ada\0", 9).await.expect("list").len(), 1);
}

pub(crate) async fn every_session_is_ended_once(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    let (one, other) = (session(1, &ada), session(2, &ada));
    insert(&store, &one).await;
    insert(&store, &other).await;
    let sessions = Ending::Session(one.id.clone());
    let end = EndSessions { sessions, at: NOW, reason: EndReason::LogOut };
    assert_eq!(store.end(&end).await.expect("end").count(), 1);
    assert_eq!(store.count_unended().await.expect("count"), 1);
    let mut batches = Vec::new();
    let ended = store.end_all(NOW, EndReason::Administrator, |count| batches.push(count)).await;
    assert_eq!((ended.expect("end"), batches), (1, vec![1]));
    assert_eq!(end_reason(&store, 1).await, Some(EndReason::LogOut), "it keeps its reason");
    assert_eq!(end_reason(&store, 2).await, Some(EndReason::Administrator));
}

pub(crate) async fn as_many_rows_are_counted_as_a_purge_removes(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    let (kept, ended) = (session(1, &ada), session(2, &ada));
    insert(&store, &kept).await;
    insert(&store, &ended).await;
    let sessions = Ending::Session(ended.id.clone());
    let end = EndSessions { sessions, at: NOW, reason: EndReason::LogOut };
    assert_eq!(store.end(&end).await.expect("end").count(), 1);
    let engine = engine();
    for (days, count) in [(1, 0), (3, 1), (800, 1)] {
        let now = NOW.plus(days * DAY);
        let retention = 2 * DAY;
        let purge = Purge { engine: &engine, now, retention, pauses: false };
        assert_eq!(store.count_purgeable(purge).await.expect("count"), count, "{days}");
        assert_eq!(store.purge(purge, |_| ()).await.expect("purge"), count, "{days}");
    }
}

#[expect(clippy::disallowed_methods, reason = "it is compared with the machine's")]
pub(crate) async fn the_clock_of_the_database_is_told(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let here = tegata::Timestamp::from_seconds(0).plus(since_1970.expect("it is later"));
    let there = store.clock().await.expect("it answers");
    let off = here.since(there).max(there.since(here));
    assert!(off < Duration::from_secs(30), "{off:?}");
}
