//! One session, its clients and a thief, on the engine itself.

mod clients;
mod history;
mod mutants;
mod oracle;
mod properties;
mod request;
mod server;
mod site;
mod statements;
mod thief;
mod world;

use std::cell::RefCell;
use std::collections::BTreeSet;

use history::History;
pub(crate) use mutants::Mutant;
use oracle::Oracle;
pub(crate) use properties::Property;
use request::{Ask, Decision, Flight};
pub(crate) use site::Site;
use world::{Browser, Row, Tick, User, World};

use crate::search::{Found, Model};

/// The model of one [`Site`].
pub(crate) struct Chain {
    site: Site,
    oracle: Oracle,
    events: RefCell<BTreeSet<Event>>,
}

/// What can happen in one step.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "they are read in the trace of a counterexample")]
pub(crate) enum Step {
    Tick,
    Send(Who, Ask),
    /// A server takes the time, then loads the rows and decides.
    Load(Who, Tick),
    Write(Who),
    Deliver(Who),
    /// The answer gets lost, or the process crashes before it is sent. (One that crashes before its
    /// statement has left nothing behind, as if nobody had asked.)
    Lose(Who),
    /// The user is switched off or on, or the password changed or changed back.
    Change(User),
}

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Tab(usize),
    Thief(usize),
}

/// What a search must have come by to mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    Advanced,
    Repeated,
    Renewed,
    FirstUseNoted,
    /// A statement hit no row, so the host asked again.
    Missed,
    ReuseFound,
    /// Ended for another reason.
    Ended,
    Refused,
    Lost,
}

impl Chain {
    pub(crate) fn new(site: Site) -> Self {
        Self { oracle: Oracle::new(&site), site, events: RefCell::default() }
    }

    pub(crate) fn questions(&self) -> usize {
        self.oracle.questions()
    }

    /// What the search has come by so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.borrow().iter().copied().collect()
    }

    fn note(&self, event: Event) {
        self.events.borrow_mut().insert(event);
    }

    /// Whether it leads to a generation beyond those that are looked at.
    fn is_out_of_bounds(&self, flight: Flight) -> bool {
        let Flight::Decided { decision: Decision::Advance { from }, .. } = flight else {
            return false;
        };
        from >= self.site.generations
    }

    /// Once the session has ended, requests under way have nothing to do with each other: no
    /// statement of theirs may change anything. So it is enough to finish them one by one.
    fn remaining_steps(&self, world: &World, found: &mut Found<'_, Self>) {
        let is_busy = |flight: &Flight| *flight != Flight::None;
        if let Some(tab) = world.tabs.iter().position(is_busy) {
            self.tab_steps(world, tab..tab + 1, found);
        } else if let Some(hand) = world.thief.iter().position(is_busy) {
            self.thief_steps(world, hand..hand + 1, found);
        }
    }

    fn tick(&self, world: &World) -> Option<World> {
        let is_given_up = |flight: &Flight| {
            flight.sent().is_some_and(|sent| world.clock >= sent + self.site.flight)
        };
        let goes_on = world.clock < self.site.ticks
            && world.row.end.is_none()
            && !world.tabs.iter().any(is_given_up);
        goes_on.then_some(World { clock: world.clock + 1, ..*world })
    }
}

impl Model for Chain {
    type State = World;
    type Step = Step;
    type Property = Property;

    fn start(&self) -> World {
        let live = self.site.start;
        let row = Row {
            generation: live,
            minted_at: 0,
            refreshed_at: 0,
            first_used_at: None,
            repeats: 0,
            end: None,
        };
        World {
            clock: 0,
            row,
            user: User::GOOD,
            browser: Browser { holds: Some(1), since: None },
            tabs: [Flight::None; 2],
            thief: [Flight::None; 2],
            history: History {
                handed_out: live,
                replaced: live - 1,
                in_use_since: None,
                refreshed_at: 0,
                repeats: 0,
                is_end_told: false,
                has_thief_acted: false,
            },
        }
    }

    fn steps(&self, world: &World, found: &mut Found<'_, Self>) {
        if world.row.end.is_some() && world.is_busy() {
            self.remaining_steps(world, found);
            return;
        }
        if let Some(later) = self.tick(world) {
            found(Step::Tick, Ok(later));
        }
        self.tab_steps(world, 0..self.site.tabs, found);
        self.thief_steps(world, 0..self.site.thieves, found);
        if self.site.user_changes {
            let User { is_active, is_password_kept } = world.user;
            for user in [
                User { is_active: !is_active, is_password_kept },
                User { is_active, is_password_kept: !is_password_kept },
            ] {
                found(Step::Change(user), Ok(World { user, ..*world }));
            }
        }
    }
}
