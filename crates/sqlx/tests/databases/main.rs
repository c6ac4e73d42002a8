//! The store on both databases: each scenario is a test on SQLite, and all of them together are
//! one test on PostgreSQL, which starts one server.
#![cfg(unix)]

use std::sync::Arc;

mod challenges;
mod conformance;
mod layouts;
mod outages;
mod passwords;
mod postgres;
mod purge;
mod races;
mod site;
mod survey;
mod user_tables;
mod users;

macro_rules! scenarios {
    ($($module:ident: $($name:ident),+;)+) => {
        mod on_sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::$module::$name(crate::site::Place::Sqlite).await;
                }
            )+)+
        }

        #[test]
        fn on_postgres() {
            let Some(server) = postgres::Server::start() else { return };
            let place = site::Place::Postgres(Arc::new(server));
            let mut failed = Vec::new();
            $($(
                // Each in a thread of its own, so that the others are told of too.
                let place_of_one = place.clone();
                let scenario = std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_multi_thread()
                        .worker_threads(2)
                        .enable_all()
                        .build()
                        .expect("a runtime");
                    runtime.block_on(crate::$module::$name(place_of_one));
                });
                if scenario.join().is_err() {
                    failed.push(stringify!($module::$name));
                }
            )+)+
            assert!(failed.is_empty(), "failed on PostgreSQL: {failed:?}");
        }
    };
}

scenarios! {
    conformance: the_store_conforms, rows_hold_the_bytes_of_django, data_and_location_are_kept;
    layouts:
        own_tables_are_made_once,
        tables_of_django_are_taken_as_they_are,
        a_site_that_is_not_migrated_is_refused,
        tables_of_a_newer_version_are_refused,
        columns_that_are_not_understood_are_refused,
        local_times_are_refused,
        missing_tables_are_refused;
    user_tables:
        users_are_named_by_uuids,
        users_are_named_by_text,
        users_are_named_by_another_column,
        columns_can_have_other_names,
        further_columns_count_for_the_stamp;
    users:
        users_are_made_and_found,
        a_name_is_taken_once,
        unfit_names_are_refused,
        columns_that_only_a_site_knows_are_named,
        who_is_deactivated_is_out,
        old_tokens_of_other_libraries_are_given_up,
        the_last_login_is_noted;
    passwords:
        only_the_right_password_lets_in,
        an_upgrade_takes_the_sessions_along,
        an_upgrade_undoes_no_change_of_the_password,
        a_change_ends_the_other_sessions,
        a_change_needs_the_present_password,
        beside_django_hashes_stay_as_the_site_makes_them,
        a_flood_of_logins_lets_others_through,
        the_time_does_not_tell_who_has_an_account;
    challenges: challenges_are_kept_and_counted, a_challenge_is_answered_once, the_oldest_make_room;
    races:
        refreshes_of_two_processes_have_one_winner,
        repeats_of_two_processes_stop_at_their_limit,
        logins_of_two_processes_keep_to_the_limit,
        logins_at_once_upgrade_a_hash_once;
    purge:
        what_nothing_can_use_goes_in_batches,
        what_other_tables_hold_on_to_stays,
        what_legacy_tokens_are_known_by_stays,
        purges_at_once_delete_each_row_once;
    survey:
        sessions_of_the_whole_site_are_listed,
        every_session_is_ended_once,
        as_many_rows_are_counted_as_a_purge_removes,
        the_clock_of_the_database_is_told;
    outages:
        a_database_that_takes_no_writes,
        a_lock_that_is_held,
        an_error_shows_no_secret,
        a_connection_that_is_cut;
}
