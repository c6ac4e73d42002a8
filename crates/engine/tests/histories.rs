//! Random histories of one session: what holds whatever happens, in whatever order.

mod common;

use common::{LOGIN, Pair, UNBOUND, alice, engine_with, generation, memory_store, payload, row};
use proptest::collection::vec;
use proptest::prelude::*;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tegata::host::{self, HostError};
use tegata::{
    CustomClaims, Device, EndReason, Engine, MemoryStore, Refusal, Session, SessionId,
    SystemRandomness, Timestamp, UserState,
};

const MILLIS: i64 = 1_000;
const REPEATS: u32 = 4;
const GRACE: i64 = 10_000;
const ACCESS: i64 = 60_000;
const REFRESH: i64 = 600_000;
const SESSION: i64 = 3_600_000;
const LEEWAY: i64 = 10_000;

fn millis(span: i64) -> Duration {
    Duration::from_millis(span.unsigned_abs())
}

/// The memory store answers at once, so no runtime is needed.
fn now_or_never<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the memory store never waits"),
    }
}

struct World {
    engine: Engine,
    store: MemoryStore,
    id: SessionId,
    /// Milliseconds since the login.
    clock: i64,
}

impl World {
    fn new(max_refresh_repeats: u32) -> (Self, Pair) {
        let engine = engine_with(|policy| {
            policy.max_refresh_repeats = max_refresh_repeats;
            policy.refresh_grace = millis(GRACE);
            policy.access_token_lifetime = millis(ACCESS);
            policy.refresh_token_lifetime = millis(REFRESH);
            policy.session_lifetime = millis(SESSION);
            policy.leeway = millis(LEEWAY);
        });
        let store = memory_store();
        let (random, custom) = (SystemRandomness, CustomClaims::none());
        let user = alice();
        let login = host::log_in(
            &engine,
            &store,
            LOGIN,
            &random,
            &user,
            Device::unknown(),
            &UNBOUND,
            &custom,
        );
        let pair: Pair = now_or_never(login).unwrap().into();
        let claims = engine.read_access(LOGIN, &pair.access_token, None).unwrap();
        let id = claims.session_id().clone();
        (Self { engine, store, id, clock: 0 }, pair)
    }

    fn now(&self) -> Timestamp {
        common::after(self.clock * MILLIS)
    }

    fn refresh(&self, token: &str) -> Result<Pair, Refusal> {
        let custom = |_: &UserState, _: Option<&Session>| CustomClaims::none();
        let answer = host::refresh(
            &self.engine,
            &self.store,
            self.now(),
            &SystemRandomness,
            token,
            None,
            custom,
        );
        now_or_never(answer).map(Pair::from).map_err(refusal)
    }

    fn request(&self, token: &str) -> Result<(), Refusal> {
        let answer = host::authenticate(&self.engine, &self.store, self.now(), token, None);
        now_or_never(answer).map(|_| ()).map_err(refusal)
    }

    fn log_out(&self, pair: &Pair) {
        let body = Some(pair.refresh_token.as_str());
        let nobody = Err(Refusal::MissingToken);
        let answer = host::log_out(&self.engine, &self.store, self.now(), nobody, body, None);
        now_or_never(answer).unwrap();
    }

    fn row(&self) -> Session {
        now_or_never(row(&self.store, &self.id))
    }
}

fn refusal(error: HostError<std::convert::Infallible>) -> Refusal {
    match error {
        HostError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn has_expired(token: &str, clock: i64) -> bool {
    let expires = (payload(token)["exp"].as_i64().unwrap() - LOGIN.seconds()) * 1_000;
    expires + LEEWAY <= clock
}

/// The manual's decision table in terms of its own, to compare the hosts' loop with.
struct Chain {
    live: u64,
    first_used: Option<i64>,
    repeats: u32,
    ended: bool,
}

impl Chain {
    fn is_over(&self, clock: i64) -> bool {
        self.ended || clock >= SESSION
    }

    fn refresh(&mut self, token: &str, clock: i64) -> Result<u64, Refusal> {
        let presented = generation(token);
        if has_expired(token, clock) {
            return Err(Refusal::ExpiredToken);
        }
        if self.is_over(clock) {
            return Err(Refusal::SessionExpired);
        }
        if presented == self.live {
            self.live += 1;
            self.first_used = None;
            self.repeats = 0;
            return Ok(self.live);
        }
        let within_grace = self.first_used.is_none_or(|used| clock - used <= GRACE);
        if presented + 1 == self.live && within_grace && self.repeats < REPEATS {
            self.repeats += 1;
            return Ok(self.live);
        }
        self.ended = true;
        Err(Refusal::TokenReuseDetected)
    }

    fn request(&mut self, token: &str, clock: i64) -> Result<(), Refusal> {
        if has_expired(token, clock) {
            return Err(Refusal::ExpiredToken);
        }
        if self.is_over(clock) {
            return Err(Refusal::SessionExpired);
        }
        if generation(token) == self.live && self.live > 1 {
            self.first_used.get_or_insert(clock);
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug)]
enum Actor {
    Owner,
    Tab,
    Thief,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Time goes by.
    Wait(i64),
    /// A protected route.
    Request(Actor),
    /// A refresh whose answer may get lost.
    Refresh(Actor, bool),
    /// One takes over what another holds: tabs share a store, thieves steal.
    Copy(Actor, Actor),
    /// An old refresh token that somebody kept.
    Replay(prop::sample::Index),
    LogOut(Actor),
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![Just(Actor::Owner), Just(Actor::Tab), Just(Actor::Thief)]
}

/// Spans on both sides of every limit.
fn span() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => prop::sample::select(vec![0, 1, 500, GRACE / 2, GRACE - 1, GRACE, GRACE + 1]),
        3 => prop::sample::select(vec![ACCESS, ACCESS + LEEWAY - 1, ACCESS + LEEWAY]),
        1 => prop::sample::select(vec![REFRESH - 1, REFRESH, REFRESH + LEEWAY, SESSION / 2]),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => span().prop_map(Step::Wait),
        6 => actor().prop_map(Step::Request),
        8 => (actor(), any::<bool>()).prop_map(|(actor, lost)| Step::Refresh(actor, lost)),
        4 => (actor(), actor()).prop_map(|(from, to)| Step::Copy(from, to)),
        1 => any::<prop::sample::Index>().prop_map(Step::Replay),
        1 => actor().prop_map(Step::LogOut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_history_follows_the_table_and_an_end_is_final(steps in vec(step(), 1..40)) {
        let (mut world, pair) = World::new(REPEATS);
        let mut chain = Chain { live: 1, first_used: None, repeats: 0, ended: false };
        let mut issued = vec![pair.clone()];
        let mut held = [pair.clone(), pair.clone(), pair];
        let mut end = None;
        for step in steps {
            match step {
                Step::Wait(span) => world.clock += span,
                Step::Request(actor) => {
                    let token = &held[actor as usize].access_token;
                    prop_assert_eq!(world.request(token), chain.request(token, world.clock));
                }
                Step::Refresh(actor, lost) => {
                    let token = &held[actor as usize].refresh_token;
                    let expected = chain.refresh(token, world.clock);
                    let answer = world.refresh(token);
                    let generations = answer.as_ref().map(|pair| generation(&pair.refresh_token));
                    prop_assert_eq!(generations.map_err(|refusal| *refusal), expected);
                    if let Ok(pair) = answer {
                        issued.push(pair.clone());
                        if !lost {
                            held[actor as usize] = pair;
                        }
                    }
                }
                Step::Copy(from, to) => held[to as usize] = held[from as usize].clone(),
                Step::Replay(which) => {
                    let token = &which.get(&issued).refresh_token;
                    let expected = chain.refresh(token, world.clock);
                    let answer = world.refresh(token);
                    let generations = answer.map(|pair| generation(&pair.refresh_token));
                    prop_assert_eq!(generations, expected);
                }
                Step::LogOut(actor) => {
                    world.log_out(&held[actor as usize]);
                    chain.ended = true;
                }
            }

            let row = world.row();
            prop_assert_eq!(row.generation, chain.live);
            prop_assert_eq!(row.repeats, chain.repeats);
            prop_assert_eq!(row.expired_at.is_some(), chain.ended);
            if row.expired_at.is_some() {
                let end = end.get_or_insert_with(|| row.clone());
                prop_assert_eq!(&row, &*end);
            }
            if chain.is_over(world.clock) {
                for pair in &issued {
                    prop_assert!(world.request(&pair.access_token).is_err());
                    prop_assert!(world.refresh(&pair.refresh_token).is_err());
                }
            }
        }
    }

    // Whoever may advance the chain holds the one live generation; a refresh token of the one
    // before can only be answered with that generation again.
    #[test]
    fn there_are_never_two_live_ends(steps in vec(step(), 1..40)) {
        let (mut world, pair) = World::new(REPEATS);
        let mut issued = vec![pair.clone()];
        let mut held = [pair.clone(), pair.clone(), pair];
        for step in steps {
            match step {
                Step::Wait(span) => world.clock += span,
                Step::Request(actor) => {
                    let _ = world.request(&held[actor as usize].access_token);
                }
                Step::Refresh(actor, lost) => {
                    if let Ok(pair) = world.refresh(&held[actor as usize].refresh_token) {
                        issued.push(pair.clone());
                        if !lost {
                            held[actor as usize] = pair;
                        }
                    }
                }
                Step::Copy(from, to) => held[to as usize] = held[from as usize].clone(),
                Step::Replay(which) => {
                    let _ = world.refresh(&which.get(&issued).refresh_token);
                }
                Step::LogOut(actor) => world.log_out(&held[actor as usize]),
            }
            let row = world.row();
            let newest = issued.iter().map(|pair| generation(&pair.refresh_token)).max().unwrap();
            prop_assert!(newest <= row.generation);
            let mut may_advance = issued
                .iter()
                .filter_map(|pair| {
                    let claims = world.engine.read_refresh(world.now(), &pair.refresh_token, None).ok()?;
                    let (random, custom) = (SystemRandomness, CustomClaims::none());
                    let (row, user) = (world.row(), alice());
                    let now = world.now();
                    let rotation =
                        world.engine.rotate(now, &random, &claims, Some(&row), Some(&user), &custom);
                    match rotation.unwrap() {
                        tegata::Rotation::Advance(advance) => Some(advance.swap.to()),
                        tegata::Rotation::Repeat(repeat) => {
                            Some(generation(&repeat.tokens.access_token) + 1)
                        }
                        _ => None,
                    }
                })
                .collect::<Vec<_>>();
            may_advance.dedup();
            prop_assert!(may_advance.len() <= 1, "{:?}", may_advance);
            prop_assert!(may_advance.first().is_none_or(|next| *next == row.generation + 1));
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum HonestStep {
    Wait(i64),
    Request,
    /// A refresh, asked again until an answer arrives; so many get lost on the way.
    Refresh(u8, i64),
    /// Two tabs at once, the second within the grace; whose answers get lost.
    TwoTabs {
        pause: i64,
        first_lost: bool,
        second_lost: bool,
        used_between: bool,
    },
}

fn honest_step() -> impl Strategy<Value = HonestStep> {
    let short = prop::sample::select(vec![0, 1, 999, GRACE, ACCESS, REFRESH / 4]);
    let pause = prop::sample::select(vec![0, 1, GRACE - 1, GRACE]);
    prop_oneof![
        3 => short.clone().prop_map(HonestStep::Wait),
        3 => Just(HonestStep::Request),
        3 => (0..4_u8, short).prop_map(|(lost, pause)| HonestStep::Refresh(lost, pause)),
        3 => (pause, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
            |(pause, first_lost, second_lost, used_between)| HonestStep::TwoTabs {
                pause,
                first_lost,
                second_lost,
                used_between,
            }
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_honest_client_is_never_logged_out_but_by_time(steps in vec(honest_step(), 1..40)) {
        // More often than the longest history asks.
        let (mut world, mut jar) = World::new(1_000);
        let by_time = |world: &World, jar: &Pair| {
            world.clock >= SESSION || has_expired(&jar.refresh_token, world.clock)
        };
        for step in steps {
            match step {
                HonestStep::Wait(span) => world.clock += span,
                HonestStep::Request => {
                    let answer = world.request(&jar.access_token);
                    let late = world.clock >= SESSION || has_expired(&jar.access_token, world.clock);
                    prop_assert!(answer.is_ok() || late, "{:?}", answer);
                }
                HonestStep::Refresh(lost, pause) => {
                    for attempt in 0..=lost {
                        let answer = world.refresh(&jar.refresh_token);
                        prop_assert!(answer.is_ok() || by_time(&world, &jar), "{:?}", answer);
                        match answer {
                            Ok(pair) if attempt == lost => jar = pair,
                            _ => world.clock += pause,
                        }
                    }
                }
                HonestStep::TwoTabs { pause, first_lost, second_lost, used_between } => {
                    let shared = jar.clone();
                    let first = world.refresh(&shared.refresh_token);
                    prop_assert!(first.is_ok() || by_time(&world, &shared), "{:?}", first);
                    if let (Ok(pair), false) = (first, first_lost) {
                        jar = pair;
                        if used_between {
                            let used = world.request(&jar.access_token);
                            prop_assert!(used.is_ok() || world.clock >= SESSION);
                        }
                    }
                    world.clock += pause;
                    let second = world.refresh(&shared.refresh_token);
                    prop_assert!(second.is_ok() || by_time(&world, &shared), "{:?}", second);
                    if let (Ok(pair), false) = (second, second_lost) {
                        jar = pair;
                    }
                }
            }
            prop_assert_ne!(world.row().end_reason, Some(EndReason::TokenReuse));
        }
    }
}
