//! A session that is read by way of a cache while somebody ends it.
//!
//! A snapshot has its key under session and generation, a tombstone under the session, an epoch
//! under the user; where there is no epoch, that is one, too. The cache keeps what it is given
//! until that expires: it evicts nothing. Any process may stop between any two steps for as long as
//! it likes, or for good.

mod ender;
mod mutants;
mod oracle;
mod properties;
mod reader;
mod site;
mod world;

use std::cell::RefCell;
use std::collections::BTreeSet;

pub(crate) use mutants::Mutant;
use oracle::Oracle;
pub(crate) use properties::Property;
pub(crate) use site::Site;
use world::{Ender, Entries, Generation, Reader, Row, Tick, World};

use crate::search::{Found, Model};

/// The model of one [`Site`].
pub(crate) struct Cache {
    site: Site,
    oracle: Oracle,
    events: RefCell<BTreeSet<Event>>,
}

/// What can happen in one step.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "they are read in the trace of a counterexample")]
pub(crate) enum Step {
    Tick,
    /// A reader sets out with a token of that generation, its machine's clock ahead by so much.
    Begin(usize, Generation, Tick),
    Look(usize, Key),
    Load(usize),
    Note(usize),
    Keep(usize),
    Announce,
    Commit,
    Finish,
    Crash,
    Rotate,
}

/// Which entry of the cache.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    Tombstone,
    Epoch,
    Snapshot,
}

/// What a search must have come by to mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    LetInByCache,
    RefusedByRows,
    Kept,
    /// Another reader was first.
    KeptBefore,
    /// A tombstone stood.
    NotKept,
}

impl Cache {
    pub(crate) fn new(site: Site) -> Self {
        Self { oracle: Oracle::new(&site), site, events: RefCell::default() }
    }

    /// What the search has come by so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.borrow().iter().copied().collect()
    }

    fn note(&self, event: Event) {
        self.events.borrow_mut().insert(event);
    }
}

impl World {
    /// The world with one reader elsewhere. It does not matter which of them is where, so they are
    /// kept in order.
    fn with(&self, reader: usize, next: Reader) -> Self {
        let mut world = *self;
        world.readers[reader] = next;
        world.readers.sort_unstable();
        world
    }

    fn after_a_tick(&self) -> Self {
        let clock = self.clock + 1;
        let Entries { snapshots, tombstone, epoch } = self.entries;
        let entries = Entries {
            snapshots: snapshots.map(|entry| entry.filter(|entry| clock < entry.expires)),
            tombstone: tombstone.filter(|entry| clock < entry.expires),
            epoch: epoch.filter(|entry| clock < entry.expires),
        };
        Self { clock, entries, ..*self }
    }
}

impl Model for Cache {
    type State = World;
    type Step = Step;
    type Property = Property;

    fn start(&self) -> World {
        World {
            clock: 0,
            row: Row { is_ended: false, generation: 1, is_noted: false },
            entries: Entries { snapshots: [None; 2], tombstone: None, epoch: None },
            readers: [Reader::None; 2],
            ender: Ender::Waiting,
        }
    }

    fn steps(&self, world: &World, found: &mut Found<'_, Self>) {
        if world.clock < self.site.ticks {
            found(Step::Tick, Ok(world.after_a_tick()));
        }
        let [one, other] = world.readers;
        for reader in 0..if one == other { 1 } else { 2 } {
            self.reader_steps(world, reader, found);
        }
        self.ender_steps(world, found);
        if self.site.rotates && world.row.generation == 1 && !world.row.is_ended {
            let row = Row { generation: 2, is_noted: false, ..world.row };
            found(Step::Rotate, Ok(World { row, ..*world }));
        }
    }
}
