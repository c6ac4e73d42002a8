//! The limits hold, whoever tries at the same time and however many names there are.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::response::IntoResponse;
use tegata::{Refusal, SessionId, Timestamp, UserId};
use tegata_axum::Failure;
use tegata_axum::throttle::{
    CounterKey, Counters, Guess, GuessRates, MemoryCounters, RefreshRates, Throttle,
};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

#[expect(clippy::unnecessary_wraps, reason = "as the throttle takes it")]
fn address(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([203, 0, 113, last]))
}

fn retry_after(failure: Failure) -> u64 {
    assert_eq!((failure.refusal(), failure.status().as_u16()), (Refusal::RateLimited, 429));
    let detail = failure.detail().to_owned();
    let response = failure.into_response();
    let seconds = response.headers()[RETRY_AFTER].to_str().unwrap().to_owned();
    assert!(detail.contains(&seconds), "{detail}");
    seconds.parse().unwrap()
}

async fn fail(throttle: &Throttle, times: u32, name: &str, from: Option<IpAddr>) {
    for _ in 0..times {
        throttle.login(NOW, name, from).await.unwrap().failed().await;
    }
}

#[tokio::test]
async fn one_client_at_one_account_has_five_guesses_in_five_minutes() {
    let throttle = Throttle::default();
    fail(&throttle, 5, "alice", address(1)).await;
    let wait = retry_after(throttle.login(NOW, "ALICE ", address(1)).await.unwrap_err());
    assert!((1..=300).contains(&wait), "{wait}");
    // Neither a neighbour nor the owner elsewhere is held up.
    fail(&throttle, 1, "bob", address(1)).await;
    fail(&throttle, 1, "alice", address(2)).await;
    // `Retry-After` is true.
    let before = NOW.plus(Duration::from_secs(wait - 1));
    assert!(throttle.login(before, "alice", address(1)).await.is_err());
    let then = NOW.plus(Duration::from_secs(wait));
    throttle.login(then, "alice", address(1)).await.unwrap().failed().await;
}

#[tokio::test]
async fn a_client_of_ipv6_has_one_network_and_not_every_address_in_it() {
    let throttle = Throttle::default();
    for host in 0..5 {
        let from = format!("2001:db8::{host}").parse().ok();
        fail(&throttle, 1, "alice", from).await;
    }
    let from = "2001:db8::ffff".parse().ok();
    assert!(throttle.login(NOW, "alice", from).await.is_err());
    fail(&throttle, 1, "alice", "2001:db8:0:1::1".parse().ok()).await;
}

#[tokio::test]
async fn guesses_that_were_right_are_given_back_and_a_lost_one_stays_counted() {
    let throttle = Throttle::default();
    for _ in 0..50 {
        throttle.login(NOW, "alice", address(1)).await.unwrap().succeeded().await;
        throttle.login(NOW, "alice", address(1)).await.unwrap().undo().await;
    }
    for _ in 0..5 {
        drop(throttle.login(NOW, "alice", address(1)).await.unwrap());
    }
    let wait = retry_after(throttle.login(NOW, "alice", address(1)).await.unwrap_err());
    assert_eq!(wait, 1, "they may be given back at any moment");
}

#[tokio::test]
async fn many_addresses_at_one_account_lock_out_nobody_who_is_at_home() {
    let throttle = Throttle::default();
    throttle.login(NOW, "alice", address(1)).await.unwrap().succeeded().await;
    for last in 100..200 {
        fail(&throttle, 1, "alice", address(last)).await;
    }
    let wait = retry_after(throttle.login(NOW, "alice", address(2)).await.unwrap_err());
    assert!(wait > 1, "{wait}");
    // At home, the limit of the pair alone holds.
    fail(&throttle, 5, "alice", address(1)).await;
    assert!(throttle.login(NOW, "alice", address(1)).await.is_err());
}

#[tokio::test]
async fn one_address_at_many_accounts_is_stopped_and_counts_no_more() {
    let throttle = Throttle::default();
    for number in 0..100 {
        fail(&throttle, 1, &format!("user{number}"), address(1)).await;
    }
    for number in 100..110 {
        assert!(throttle.login(NOW, &format!("user{number}"), address(1)).await.is_err());
    }
    // What was refused did not count for the account.
    fail(&throttle, 1, "user100", address(2)).await;
}

#[tokio::test]
async fn scopes_count_for_themselves() {
    let throttle = Throttle::default();
    fail(&throttle, 5, "alice", address(1)).await;
    for _ in 0..5 {
        throttle.step(NOW, "alice", address(1)).await.unwrap().failed().await;
    }
    assert!(throttle.step(NOW, "alice", address(1)).await.is_err());
    let (alice, session) = (UserId::Integer(1), session('a'));
    for _ in 0..5 {
        throttle.password(NOW, &alice, &session).await.unwrap().failed().await;
    }
    assert!(throttle.password(NOW, &alice, &session).await.is_err());
    // The owner's own session is another one.
    throttle.password(NOW, &alice, &self::session('b')).await.unwrap().succeeded().await;
}

fn session(letter: char) -> SessionId {
    letter.to_string().repeat(43).parse().unwrap()
}

#[tokio::test]
async fn refreshes_count_by_session_and_bad_tokens_by_address() {
    let throttle = Throttle::default();
    for _ in 0..30 {
        throttle.refresh_of_session(NOW, &session('a')).await.unwrap();
    }
    retry_after(throttle.refresh_of_session(NOW, &session('a')).await.unwrap_err());
    throttle.refresh_of_session(NOW, &session('b')).await.unwrap();
    for _ in 0..300 {
        throttle.refresh_of_nobody(NOW, address(1)).await.unwrap();
    }
    retry_after(throttle.refresh_of_nobody(NOW, address(1)).await.unwrap_err());
    throttle.refresh_of_nobody(NOW, address(2)).await.unwrap();
    throttle.refresh_of_nobody(NOW, None).await.unwrap();
}

#[tokio::test]
async fn without_rates_nothing_is_counted() {
    let throttle = Throttle::new(GuessRates::none(), RefreshRates::none());
    for _ in 0..1_000 {
        throttle.login(NOW, "alice", address(1)).await.unwrap().failed().await;
        throttle.refresh_of_session(NOW, &session('a')).await.unwrap();
    }
    assert_eq!(throttle.counters().entries(), 0);
}

#[test]
fn many_threads_at_once_have_no_guess_more_than_the_limit() {
    let throttle = Throttle::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(8).build().unwrap();
    let tasks: Vec<_> = (0..400)
        .map(|_| {
            let throttle = throttle.clone();
            runtime.spawn(async move { throttle.login(NOW, "alice", address(1)).await.ok() })
        })
        .collect();
    let guesses: Vec<Guess<MemoryCounters>> = runtime.block_on(async {
        let mut let_pass = Vec::new();
        for task in tasks {
            let_pass.extend(task.await.unwrap());
        }
        let_pass
    });
    // Some may be refused while another one that is refused too still counts.
    assert!((1..=5).contains(&guesses.len()), "{}", guesses.len());
    // All that were given back are: as many are free as were not let pass.
    runtime.block_on(async {
        let free = 5 - u32::try_from(guesses.len()).unwrap();
        fail(&throttle, free, "alice", address(1)).await;
        assert!(throttle.login(NOW, "alice", address(1)).await.is_err());
    });
}

#[test]
fn counting_loses_nothing_between_threads() {
    let rates = GuessRates { account: "8000/d".parse().ok(), ..GuessRates::none() };
    let throttle = Throttle::new(rates, RefreshRates::none());
    let count = |throttle: Throttle| async move {
        for _ in 0..2_000 {
            drop(throttle.login(NOW, "alice", address(1)).await.unwrap());
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let tasks: Vec<_> = (0..4).map(|_| runtime.spawn(count(throttle.clone()))).collect();
    for task in tasks {
        runtime.block_on(task).unwrap();
    }
    assert!(runtime.block_on(throttle.login(NOW, "alice", address(1))).is_err());
}

#[tokio::test]
async fn a_flood_of_names_takes_no_more_memory_and_frees_no_limit_that_is_tried_at() {
    let rates =
        GuessRates { account_and_address: "5/5m".parse().ok(), account: None, address: None };
    let counters = MemoryCounters::with_capacity(1_000);
    let throttle = Throttle::with_counters(rates, RefreshRates::none(), &[7; 32], counters);
    for _ in 0..5 {
        throttle.login(NOW, "alice", address(1)).await.unwrap().failed().await;
    }
    for number in 0..20_000 {
        throttle.login(NOW, &format!("user{number}"), address(2)).await.unwrap().failed().await;
        if number % 100 == 0 {
            assert!(throttle.login(NOW, "alice", address(1)).await.is_err(), "{number}");
        }
    }
    assert!(throttle.counters().entries() <= 2_000, "{}", throttle.counters().entries());
}

#[tokio::test]
async fn a_flood_of_bad_refresh_tokens_frees_no_guesses() {
    let counters = MemoryCounters::with_capacity(100);
    let (guesses, refreshes) = (GuessRates::default(), RefreshRates::default());
    let throttle = Throttle::with_counters(guesses, refreshes, &[7; 32], counters);
    fail(&throttle, 5, "alice", address(1)).await;
    // Of an allocation of IPv6, each network of which counts for itself.
    for network in 0..5_000 {
        let from = IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, 1]);
        throttle.refresh_of_nobody(NOW, Some(from)).await.unwrap();
    }
    assert!(throttle.login(NOW, "alice", address(1)).await.is_err());
}

struct Down;

impl Counters for Down {
    type Error = &'static str;

    async fn count(&self, _: &CounterKey, _: Duration) -> Result<u32, &'static str> {
        Err("no connection")
    }

    async fn counts(&self, _: &[CounterKey]) -> Result<Vec<u32>, &'static str> {
        Err("no connection")
    }

    async fn take_back(&self, _: &[CounterKey]) -> Result<(), &'static str> {
        Err("no connection")
    }

    async fn remember(&self, _: &CounterKey, _: Duration) -> Result<(), &'static str> {
        Err("no connection")
    }
}

#[tokio::test]
async fn while_nothing_can_be_counted_nobody_may_guess() {
    let (guesses, refreshes) = (GuessRates::default(), RefreshRates::default());
    let throttle = Throttle::with_counters(guesses, refreshes, &[7; 32], Down);
    let failure = throttle.login(NOW, "alice", address(1)).await.unwrap_err();
    assert_eq!(failure.refusal(), Refusal::ServiceUnavailable);
    let failure = throttle.refresh_of_session(NOW, &session('a')).await.unwrap_err();
    assert_eq!(failure.into_response().headers()[RETRY_AFTER], "1");
}

/// A store of somebody else's that forgets some of its keys.
struct Short;

impl Counters for Short {
    type Error = &'static str;

    async fn count(&self, _: &CounterKey, _: Duration) -> Result<u32, &'static str> {
        Ok(1)
    }

    async fn counts(&self, keys: &[CounterKey]) -> Result<Vec<u32>, &'static str> {
        Ok(vec![0; keys.len() - 2])
    }

    async fn take_back(&self, _: &[CounterKey]) -> Result<(), &'static str> {
        Ok(())
    }

    async fn remember(&self, _: &CounterKey, _: Duration) -> Result<(), &'static str> {
        Ok(())
    }
}

#[tokio::test]
async fn counters_that_leave_some_out_are_as_none() {
    let (guesses, refreshes) = (GuessRates::default(), RefreshRates::default());
    let throttle = Throttle::with_counters(guesses, refreshes, &[7; 32], Short);
    let failure = throttle.login(NOW, "alice", address(1)).await.unwrap_err();
    assert_eq!(failure.refusal(), Refusal::ServiceUnavailable);
}
