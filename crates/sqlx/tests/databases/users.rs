use tegata::{EndReason, EndSessions, Ending, SessionStore, UserState};
use tegata_sqlx::{CreateUserError, NewUser, User};

use crate::site::{
    NOW, Place, SECRET, after, end_reason, engine, insert, legacy_engine, session, text, user,
};

pub(crate) async fn users_are_made_and_found(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let new = NewUser { email: "ada@example.com", ..NewUser::new("ａda", SECRET) };
    let ada = store.create_user(new, NOW).await.expect("she is made");
    assert!(ada.is_active);
    let found = store.find_user("ada").await.expect("find").expect("the name was normalized");
    let (username, email) = ("ada".to_owned(), Some("ada@example.com".to_owned()));
    let expected =
        User { state: ada.clone(), username, email, last_login: None, has_usable_password: true };
    assert_eq!(found, expected);
    assert_eq!(store.user(&ada.id).await.expect("find"), Some(found));
    for nobody in ["ADA", "ad", "", "ada\0", "%"] {
        assert_eq!(store.find_user(nobody).await.expect("find"), None, "{nobody}");
    }
    let sql = "SELECT email || ' ' || CAST(is_staff OR is_superuser AS text) FROM auth_user";
    let row = site.text(sql).await;
    assert_eq!(row.as_deref(), Some(place.pick("ada@example.com 0", "ada@example.com false")));

    let machine = NewUser { password: None, ..NewUser::new("machine", "") };
    store.create_user(machine, NOW).await.expect("it is made");
    let machine = store.find_user("machine").await.expect("find").expect("it is there");
    assert!(!machine.has_usable_password);
    assert_eq!(store.authenticate("machine", "").await.expect("authenticate"), None);
}

pub(crate) async fn a_name_is_taken_once(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let racing: Vec<_> = (0..6)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.create_user(NewUser::new("ada", SECRET), NOW).await })
        })
        .collect();
    let (mut made, mut taken) = (0, 0);
    for outcome in racing {
        match outcome.await.expect("it ends") {
            Ok(_) => made += 1,
            Err(CreateUserError::Taken) => taken += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((made, taken), (1, 5));
}

pub(crate) async fn unfit_names_are_refused(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    for name in ["", "a\0", &"a".repeat(151)] {
        let refused = store.create_user(NewUser::new(name, SECRET), NOW).await;
        let is_named = matches!(
            &refused, Err(CreateUserError::Invalid { column }) if column == "username"
        );
        assert!(is_named, "{refused:?}");
    }
    store.create_user(NewUser::new(&"é".repeat(150), SECRET), NOW).await.expect("it fits");
}

pub(crate) async fn columns_that_only_a_site_knows_are_named(place: Place) {
    let site = place.site().await;
    site.store().await.close().await;
    site.run("ALTER TABLE auth_user ADD COLUMN nickname varchar(9) NULL").await;
    let store = site.store().await;
    user(&store, "ada").await;
    store.close().await;
    // SQLite adds none that takes no null and has no default, so it is another that is renamed.
    site.run("ALTER TABLE auth_user RENAME COLUMN is_staff TO is_tall").await;
    let store = site.store().await;
    let refused = store.create_user(NewUser::new("bob", SECRET), NOW).await;
    let refused = refused.expect_err("nobody knows how tall he is");
    assert!(matches!(&refused, CreateUserError::Columns { columns } if columns == &["is_tall"]));
    assert!(refused.to_string().contains("`is_tall`"), "{refused}");
    assert!(store.authenticate("ada", SECRET).await.expect("authenticate").is_some());
}

pub(crate) async fn who_is_deactivated_is_out(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let (ada, bob) = (user(&store, "ada").await, user(&store, "bob").await);
    insert(&store, &session(1, &ada)).await;
    insert(&store, &session(2, &bob)).await;
    assert!(store.set_active(&engine(), &ada.id, false, after(1)).await.expect("deactivate"));
    assert_eq!(store.authenticate("ada", SECRET).await.expect("authenticate"), None);
    assert!(store.verify_password(&ada.id, SECRET).await.expect("verify"), "it is still hers");
    assert!(!store.load_user(&ada.id).await.expect("load").expect("she is there").is_active);
    assert_eq!(end_reason(&store, 1).await, Some(EndReason::UserInactive));
    assert_eq!(end_reason(&store, 2).await, None);

    assert!(store.set_active(&engine(), &ada.id, true, after(2)).await.expect("activate"));
    assert!(store.authenticate("ada", SECRET).await.expect("authenticate").is_some());
    assert_eq!(end_reason(&store, 1).await, Some(EndReason::UserInactive), "an end is final");
    assert!(
        !store
            .set_active(&engine(), &tegata::UserId::Integer(99), false, NOW)
            .await
            .expect("nobody")
    );
}

pub(crate) async fn the_last_login_is_noted(place: Place) {
    let site = place.site().await;
    let store = site.store().await;
    let ada = user(&store, "ada").await;
    let last = async || store.user(&ada.id).await.expect("find").expect("she is there").last_login;
    assert_eq!(last().await, None);
    store.note_last_login(&ada.id, NOW).await.expect("note");
    assert_eq!(last().await, Some(NOW));
    assert_eq!(store.parse_user_id(&text(&ada.id)), Some(ada.id.clone()));
}

pub(crate) async fn old_tokens_of_other_libraries_are_given_up(place: Place) {
    let site = place.site().await;
    let (store, engine) = (site.store().await, legacy_engine());
    let (ada, bob) = (user(&store, "ada").await, user(&store, "bob").await);
    let mark = |user: &UserState| {
        let sessions = Ending::User(user.id.clone());
        let end = EndSessions { sessions, at: NOW, reason: EndReason::UserInactive };
        engine.give_up_legacy(&end).expect("there is something to say").id
    };
    for user in [&ada, &bob] {
        assert!(store.load(&mark(user)).await.expect("load").is_none());
    }
    assert!(store.set_password(&engine, &ada.id, "new", None, NOW).await.expect("change"));
    assert!(store.set_active(&engine, &bob.id, false, NOW).await.expect("deactivate"));
    for user in [&ada, &bob] {
        assert!(store.load(&mark(user)).await.expect("load").is_some());
        // It is there already, which is no failure.
        assert!(store.set_active(&engine, &user.id, false, after(1)).await.expect("deactivate"));
    }
}
