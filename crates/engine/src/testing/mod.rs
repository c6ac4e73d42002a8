//! The conformance suite for stores (feature `testing`).

mod bench;
mod ends;
mod limits;
mod rotation;
mod rows;

use std::fmt::Debug;

use crate::{SessionStore, UserState};
use bench::Bench;

/// Checks that a store does what [`SessionStore`] asks of it.
///
/// `open` gives a store without sessions and what its rows say of two users; it is called once for
/// every rule. Let the store answer to several connections if it has them: some rules are races.
///
/// ```
/// use tegata::testing::conformance;
/// use tegata::{MemoryStore, UserId, UserState};
///
/// # async fn example() {
/// conformance(async || {
///     let users = [1, 2].map(|key| UserState {
///         id: UserId::Integer(key),
///         is_active: true,
///         security_stamp: "stamp".to_owned(),
///     });
///     let store = MemoryStore::default();
///     users.iter().cloned().for_each(|user| store.put_user(user));
///     (store, users)
/// })
/// .await;
/// # }
/// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// # let mut example = Box::pin(example());
/// # assert!(example.as_mut().poll(&mut context).is_ready());
/// # use std::future::Future;
/// ```
///
/// # Panics
/// If the store breaks a rule, with a message that says which.
pub async fn conformance<S>(open: impl AsyncFn() -> (S, [UserState; 2]))
where
    S: SessionStore,
    S::Error: Debug,
{
    rows::rows_come_back_as_they_were(&Bench::new(open().await)).await;
    rows::unknown_ids_hit_nothing(&Bench::new(open().await)).await;
    rows::insert_replaces_nothing(&Bench::new(open().await)).await;
    limits::a_limit_ends_the_oldest(&Bench::new(open().await)).await;
    limits::a_limit_spares_the_new_one(&Bench::new(open().await)).await;
    limits::a_limit_counts_what_is_live(&Bench::new(open().await)).await;
    limits::logins_of_one_user_take_turns(&Bench::new(open().await)).await;
    rotation::advance_swaps_once(&Bench::new(open().await)).await;
    rotation::advance_has_one_winner(&Bench::new(open().await)).await;
    rotation::a_repeat_is_counted_where_it_may_be(&Bench::new(open().await)).await;
    rotation::repeats_stop_at_their_limit(&Bench::new(open().await)).await;
    rotation::touch_writes_two_columns(&Bench::new(open().await)).await;
    rotation::first_use_is_noted_once(&Bench::new(open().await)).await;
    ends::end_keeps_the_first_end(&Bench::new(open().await)).await;
    ends::an_end_is_final(&Bench::new(open().await)).await;
    ends::end_reaches_one_session(&Bench::new(open().await)).await;
    ends::end_asks_for_the_owner(&Bench::new(open().await)).await;
    ends::end_reaches_all_of_one_user(&Bench::new(open().await)).await;
    ends::end_reaches_the_others_of_one_user(&Bench::new(open().await)).await;
    ends::end_reaches_those_of_one_stamp(&Bench::new(open().await)).await;
    rows::list_is_live_and_newest_first(&Bench::new(open().await)).await;
}
