//! Who ends the session: tells the cache, commits, and tells the cache again.

use super::mutants::Mutant;
use super::properties::Property;
use super::world::{Ender, Entry, Epoch, Forbidden, Row, Tick, World};
use super::{Cache, Step};
use crate::search::Found;

impl Cache {
    pub(super) fn ender_steps(&self, world: &World, found: &mut Found<'_, Self>) {
        match world.ender {
            Ender::Waiting => {
                let told = self.tell(world, 1, Mutant::TellsNothingBefore);
                let ender = Ender::Announced { at: world.clock };
                found(Step::Announce, Ok(World { ender, ..told }));
            }
            // One that crashes here has ended nothing.
            Ender::Announced { at: announced } => {
                let at = world.clock;
                let was_quick = at < announced + self.standing_time();
                let row = Row { is_ended: true, ..world.row };
                let ender = Ender::Committed { at, was_quick };
                found(Step::Commit, Ok(World { row, ender, ..*world }));
            }
            Ender::Committed { at, was_quick } => {
                let told = self.tell(world, 2, Mutant::TellsNothingAfter);
                found(Step::Finish, Ok(World { ender: Ender::Finished, ..told }));
                let ender = Ender::Crashed { at, was_quick };
                found(Step::Crash, Ok(World { ender, ..*world }));
            }
            Ender::Crashed { .. } | Ender::Finished => (),
        }
    }

    /// The world after the cache was told of an end: a tombstone for one session, the given epoch
    /// for all of a user.
    fn tell(&self, world: &World, epoch: Epoch, unless: Mutant) -> World {
        let mut entries = world.entries;
        if self.site.has(unless) {
            return *world;
        }
        let expires = world.clock + self.standing_time();
        if self.site.in_bulk {
            let value = if self.site.has(Mutant::EpochIsNotFresh) { 1 } else { epoch };
            entries.epoch = Some(Entry { value, expires });
        } else {
            entries.tombstone = Some(Entry { value: (), expires });
            if self.site.has(Mutant::KeepsOverTheTombstone) {
                entries.snapshots = [None; 2];
            }
        }
        World { entries, ..*world }
    }

    /// How long what the ender tells the cache stands there.
    fn standing_time(&self) -> Tick {
        let lifetime = self.oracle.tombstone_lifetime();
        if self.site.has(Mutant::EntriesExpireTooSoon) { lifetime - 1 } else { lifetime }
    }

    /// What the cache must not let anybody in by who begins now.
    pub(super) fn forbidden(&self, world: &World) -> Forbidden {
        let has_expired = |at: Tick| world.clock >= at + self.site.lifetime + self.site.skew;
        match world.ender {
            Ender::Finished => Forbidden::All(Property::AnEndActsAtOnce),
            Ender::Crashed { was_quick: true, .. } if !self.site.in_bulk => {
                Forbidden::All(Property::AnEndOutlivesItsEnder)
            }
            Ender::Committed { at, .. } | Ender::Crashed { at, .. } if has_expired(at) => {
                Forbidden::All(Property::AnEndActsInTheEnd)
            }
            Ender::Crashed { .. } if self.site.in_bulk => Forbidden::FromBefore,
            _ => Forbidden::None,
        }
    }
}
