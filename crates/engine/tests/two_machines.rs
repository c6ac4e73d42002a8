//! Two machines on one store whose clocks disagree by a minute, under a leeway of a minute.

mod common;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use common::{Pair, UNBOUND, alice, engine_with, memory_store};
use proptest::collection::vec;
use proptest::prelude::*;
use tegata::host;
use tegata::{
    CustomClaims, Device, Engine, MemoryStore, Session, SessionCheck, SystemRandomness, Timestamp,
    UserState,
};

const MILLIS: i64 = 1_000;
const SECOND: i64 = 1_000;
const SKEW: i64 = 60 * SECOND;
const LEEWAY: i64 = 60 * SECOND;
const ACCESS: i64 = 120 * SECOND;
const REFRESH: i64 = 1_200 * SECOND;
const IDLE: i64 = 900 * SECOND;
const SESSION: i64 = 3_600 * SECOND;
const CACHED: i64 = 60 * SECOND;

fn span(millis: i64) -> Duration {
    Duration::from_millis(millis.unsigned_abs())
}

fn engine(check: SessionCheck) -> Engine {
    engine_with(|policy| {
        policy.leeway = span(LEEWAY);
        policy.access_token_lifetime = span(ACCESS);
        policy.refresh_token_lifetime = span(REFRESH);
        policy.session_idle_timeout = Some(span(IDLE));
        policy.session_lifetime = span(SESSION);
        policy.session_cache_lifetime = span(CACHED);
        policy.session_check = check;
    })
}

/// The memory store answers at once, so no runtime is needed.
fn now_or_never<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the memory store never waits"),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Machine {
    Slow,
    Fast,
}

struct Site {
    engine: Engine,
    store: MemoryStore,
    /// How far the fast machine is ahead of the slow one, in milliseconds.
    skew: i64,
    /// Milliseconds of true time.
    clock: i64,
}

impl Site {
    fn now(&self, machine: Machine) -> Timestamp {
        let ahead = if machine == Machine::Fast { self.skew } else { 0 };
        common::after((self.clock + ahead) * MILLIS)
    }

    fn log_in(&self, machine: Machine) -> Pair {
        let (engine, store, now) = (&self.engine, &self.store, self.now(machine));
        let (random, custom) = (SystemRandomness, CustomClaims::none());
        let user = alice();
        let login =
            host::log_in(engine, store, now, &random, &user, Device::unknown(), &UNBOUND, &custom);
        now_or_never(login).unwrap().into()
    }

    fn request(&self, machine: Machine, pair: &Pair) -> bool {
        let (now, token) = (self.now(machine), &pair.access_token);
        now_or_never(host::authenticate(&self.engine, &self.store, now, token, None)).is_ok()
    }

    fn refresh(&self, machine: Machine, pair: &Pair) -> Option<Pair> {
        let custom = |_: &UserState, _: Option<&Session>| CustomClaims::none();
        let (now, token) = (self.now(machine), &pair.refresh_token);
        let answer =
            host::refresh(&self.engine, &self.store, now, &SystemRandomness, token, None, custom);
        now_or_never(answer).ok().map(Pair::from)
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(i64),
    Request(Machine),
    Refresh(Machine),
}

fn machine() -> impl Strategy<Value = Machine> {
    prop_oneof![Just(Machine::Slow), Just(Machine::Fast)]
}

/// Spans on both sides of every limit.
fn wait() -> impl Strategy<Value = i64> {
    let limits = vec![ACCESS, ACCESS + LEEWAY, ACCESS + LEEWAY + SKEW, IDLE, IDLE + SKEW];
    let around = vec![-SKEW, -SECOND, -1, 0, 1, SECOND];
    prop_oneof![
        2 => 0..ACCESS,
        2 => (prop::sample::select(limits), prop::sample::select(around)).prop_map(|(a, b)| a + b),
        1 => 0..SESSION,
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => wait().prop_map(Step::Wait),
        2 => machine().prop_map(Step::Request),
        3 => machine().prop_map(Step::Refresh),
    ]
}

fn check() -> impl Strategy<Value = SessionCheck> {
    prop::sample::select(SessionCheck::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    // What has an end is accepted for the disagreement of the clocks and the leeway longer, and no
    // token is refused before the disagreement of the clocks would have it expire.
    #[test]
    fn every_end_holds_up_to_the_disagreement_and_the_leeway(
        check in check(),
        skew in prop_oneof![Just(0), Just(SKEW), 0..SKEW],
        home in machine(),
        steps in vec(step(), 1..40),
    ) {
        let mut site = Site { engine: engine(check), store: memory_store(), skew, clock: 0 };
        let mut pair = site.log_in(home);
        let mut issued = 0;
        for step in steps {
            let age = site.clock - issued;
            let is_over = |lifetime: i64, past: i64| past >= lifetime + skew + LEEWAY;
            // Tokens tell their times in whole seconds.
            let is_good = |lifetime: i64, past: i64| past + skew + SECOND < lifetime;
            let is_over_all = is_over(SESSION, site.clock) || is_over(IDLE, age);
            let is_good_all = is_good(SESSION, site.clock) && is_good(IDLE, age);
            match step {
                Step::Wait(span) => site.clock += span,
                Step::Request(machine) => {
                    let is_admitted = site.request(machine, &pair);
                    prop_assert!(!is_admitted || !(is_over_all || is_over(ACCESS, age)));
                    prop_assert!(is_admitted || !(is_good_all && is_good(ACCESS, age)));
                }
                Step::Refresh(machine) => {
                    let answer = site.refresh(machine, &pair);
                    prop_assert!(answer.is_none() || !(is_over_all || is_over(REFRESH, age)));
                    prop_assert!(answer.is_some() || !(is_good_all && is_good(REFRESH, age)));
                    if let Some(next) = answer {
                        (pair, issued) = (next, site.clock);
                    }
                }
            }
        }
    }

    // Where the rows are asked, they know no leeway.
    #[test]
    fn the_rows_end_a_session_up_to_the_disagreement(
        check in prop::sample::select(vec![SessionCheck::Request, SessionCheck::Cache]),
        skew in prop_oneof![Just(0), Just(SKEW), 0..SKEW],
        home in machine(),
        machine in machine(),
        past in prop_oneof![Just(0), 0..SKEW],
    ) {
        let mut site = Site { engine: engine(check), store: memory_store(), skew, clock: 0 };
        let mut pair = site.log_in(home);
        // The last refresh before the end, so that its tokens would live on.
        while site.clock + IDLE / 2 + skew < SESSION {
            site.clock += IDLE / 2;
            pair = site.refresh(home, &pair).unwrap();
        }
        site.clock = SESSION - skew - SECOND;
        pair = site.refresh(machine, &pair).unwrap();
        site.clock = SESSION + skew + past;
        prop_assert!(!site.request(machine, &pair));
        prop_assert!(site.refresh(machine, &pair).is_none());
    }

    #[test]
    fn what_is_fresh_from_the_fast_machine_is_taken_by_the_slow_one(
        check in check(),
        skew in prop_oneof![Just(0), Just(SKEW), 0..SKEW],
        waits in vec(0..IDLE - SKEW, 0..5),
    ) {
        let mut site = Site { engine: engine(check), store: memory_store(), skew, clock: 0 };
        let mut pair = site.log_in(Machine::Fast);
        prop_assert!(site.request(Machine::Slow, &pair));
        for wait in waits {
            if site.clock + wait + 2 * skew >= SESSION {
                break;
            }
            site.clock += wait;
            pair = site.refresh(Machine::Fast, &pair).unwrap();
            prop_assert!(site.request(Machine::Slow, &pair));
            pair = site.refresh(Machine::Slow, &pair).unwrap();
        }
    }

    #[test]
    fn a_snapshot_stands_in_up_to_the_disagreement_longer(
        skew in prop_oneof![Just(0), Just(SKEW), 0..SKEW],
        from in machine(),
        to in machine(),
        age in prop_oneof![0..CACHED + 2 * SKEW, Just(CACHED), Just(CACHED + SKEW)],
    ) {
        let engine = engine(SessionCheck::Cache);
        let mut site = Site { engine, store: memory_store(), skew, clock: 0 };
        let pair = site.log_in(from);
        let claims = site.engine.read_access(site.now(from), &pair.access_token, None).unwrap();
        let row = now_or_never(common::row(&site.store, claims.session_id()));
        let snapshot = site.engine.snapshot(site.now(from), &row, "epoch");
        site.clock += age;
        let is_admitted = site.engine.admit_by_snapshot(site.now(to), &claims, &snapshot, "epoch");
        prop_assert!(!is_admitted || age < CACHED + skew);
        prop_assert!(is_admitted || age + skew >= CACHED);
    }
}

// The other side of the rule: clocks further apart than the leeway are a fault of the site.
#[test]
fn what_is_fresh_from_a_machine_further_ahead_is_not_taken() {
    for check in SessionCheck::ALL {
        for (skew, is_taken) in [(LEEWAY, true), (LEEWAY + SECOND, false)] {
            let site = Site { engine: engine(check), store: memory_store(), skew, clock: 0 };
            let pair = site.log_in(Machine::Fast);
            assert_eq!(site.request(Machine::Slow, &pair), is_taken);
            assert_eq!(site.refresh(Machine::Slow, &pair).is_some(), is_taken);
        }
    }
}
