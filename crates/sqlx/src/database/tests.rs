use tegata::{
    Device, LiveSince, NewSession, Session, SessionLimit, SessionStore, Timestamp, UserState,
};

use crate::{Hasher, NewUser, Outage, SqlxStore, StoreError, StoreOptions};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

async fn store() -> (SqlxStore, UserState) {
    let hasher = Some(Hasher::Pbkdf2Sha256 { iterations: 1 });
    let options = StoreOptions { hasher, ..StoreOptions::default() };
    let store = SqlxStore::connect_with("sqlite::memory:", options).await.expect("a store");
    let ada = store.create_user(NewUser::new("ada", "a secret"), NOW).await.expect("a user");
    (store, ada)
}

fn session(number: usize, user: &UserState) -> Session {
    Session {
        id: format!("{number:0>43}").parse().expect("43 digits are an id"),
        user_id: user.id.clone(),
        created_at: NOW,
        updated_at: NOW,
        expired_at: None,
        end_reason: None,
        device: Device::new(None, &"a long name ".repeat(40)),
        generation: 1,
        minted_at: NOW,
        refreshed_at: NOW,
        repeats: 0,
        first_used_at: None,
        security_stamp: user.security_stamp.clone(),
        legacy_jti: None,
    }
}

#[tokio::test]
async fn a_full_disk_is_an_outage_and_loses_nothing_that_was_written() {
    let (store, ada) = store().await;
    let pages = store.inner.database.read(&"PRAGMA page_count".into(), &[]).await.expect("read");
    let pages = pages[0].integer(0, "page_count").expect("a number");
    let limit = format!("PRAGMA max_page_count = {}", pages + 10);
    store.inner.database.read(&limit.into(), &[]).await.expect("limit the file");
    let live = LiveSince { created_at: NOW, minted_at: NOW, refreshed_at: NOW };
    let limit = Some(SessionLimit { at_most: 1000, live, at: NOW });
    let mut written = 0;
    let outage = loop {
        let row = NewSession { session: session(written, &ada), limit: limit.clone() };
        match store.insert(row).await {
            Ok(()) => written += 1,
            Err(StoreError::Unavailable { outage, .. }) => break outage,
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(outage, Outage::Full);
    assert!(written > 5);
    for number in 0..written {
        let loaded = store.load(&session(number, &ada).id).await.expect("reading works");
        assert!(loaded.is_some());
    }
    let lost = store.load(&session(written, &ada).id).await.expect("reading works");
    assert!(lost.is_none(), "what was refused is not there by half");
}

#[tokio::test]
async fn what_stands_on_the_path_of_requests_goes_by_an_index() {
    let (store, _) = store().await;
    let statements = &store.inner.sessions;
    for (statement, index) in [
        (&statements.load, "sqlite_autoindex_tegata_session_1"),
        (&statements.advance, "sqlite_autoindex_tegata_session_1"),
        (&statements.list, "tegata_session_unended"),
        (&statements.limit, "tegata_session_unended"),
        (&statements.end_user, "tegata_session_unended"),
    ] {
        let explain = format!("EXPLAIN QUERY PLAN {}", statement.text());
        let plan = store.inner.database.read(&explain.into(), &[]).await.expect("a plan");
        let steps: Vec<_> = plan.iter().map(|row| row.text(3, "detail").expect("text")).collect();
        let plan = steps.join("\n");
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}
