//! A request with an access token: asks the cache, then the rows, then keeps what they said.

use super::mutants::Mutant;
use super::oracle::ByRows;
use super::properties::Property;
use super::world::{
    Ender, Entry, Forbidden, Generation, Looked, NO_EPOCH, Reader, Request, Sight, Taken, World,
};
use super::{Cache, Event, Key, Step};
use crate::search::Found;

impl Cache {
    pub(super) fn reader_steps(&self, world: &World, reader: usize, found: &mut Found<'_, Self>) {
        match world.readers[reader] {
            Reader::None => {
                for generation in 1..=world.row.generation {
                    for ahead in self.site.machines() {
                        let (before, forbidden) = (world.clock + ahead, self.forbidden(world));
                        let request = Request { generation, ahead, before, forbidden };
                        let looked = self.nothing_to_see();
                        let began = Reader::Looking { request, looked };
                        found(
                            Step::Begin(reader, generation, ahead),
                            Ok(world.with(reader, began)),
                        );
                    }
                }
            }
            Reader::Looking { request, looked } => {
                for key in [Key::Tombstone, Key::Epoch, Key::Snapshot] {
                    if let Some(looked) = self.look(world, request, looked, key) {
                        let next = self.by_cache(world, request, looked);
                        let next = next.map(|next| world.with(reader, next));
                        found(Step::Look(reader, key), next);
                    }
                }
            }
            Reader::Loading { generation, taken } => {
                let loaded = self.by_rows(world, reader, generation, taken);
                found(Step::Load(reader), Ok(loaded));
            }
            Reader::Noting { generation, taken } => {
                let mut after = *world;
                let row = &mut after.row;
                if row.generation == generation && !row.is_ended {
                    row.is_noted = true;
                }
                let next =
                    taken.map_or(Reader::None, |taken| Reader::Keeping { generation, taken });
                found(Step::Note(reader), Ok(after.with(reader, next)));
            }
            Reader::Keeping { generation, taken } => {
                let kept = self.keep(world, generation, taken);
                found(Step::Keep(reader), Ok(kept.with(reader, Reader::None)));
            }
        }
    }

    /// One end needs a tombstone and one in bulk an epoch; the other entry is never there.
    fn nothing_to_see(&self) -> Looked {
        if self.site.in_bulk {
            Looked { has_tombstone: Some(false), ..Looked::default() }
        } else {
            Looked { epoch: Some(NO_EPOCH), ..Looked::default() }
        }
    }

    /// One more entry, if it was not looked at before.
    fn look(&self, world: &World, request: Request, looked: Looked, key: Key) -> Option<Looked> {
        let entries = &world.entries;
        let epoch = entries.epoch.map_or(NO_EPOCH, |entry| entry.value);
        match key {
            Key::Tombstone => looked
                .has_tombstone
                .is_none()
                .then(|| Looked { has_tombstone: Some(entries.tombstone.is_some()), ..looked }),
            Key::Epoch => looked.epoch.is_none().then(|| Looked {
                epoch: Some(epoch),
                is_from_before: world.ender == Ender::Waiting,
                ..looked
            }),
            Key::Snapshot => looked.snapshot.is_none().then(|| {
                let entry = entries.snapshots[self.key(request.generation)];
                let sight = entry.map_or(Sight::Nothing, |entry| Sight::Snapshot(entry.value));
                Looked { snapshot: Some(sight), ..looked }
            }),
        }
    }

    /// Lets a request in by what the cache has said, once that is complete, or sends it on.
    fn by_cache(
        &self,
        world: &World,
        request: Request,
        looked: Looked,
    ) -> Result<Reader, Property> {
        let Looked {
            has_tombstone: Some(has_tombstone),
            epoch: Some(epoch),
            snapshot: Some(snapshot),
            is_from_before,
        } = looked
        else {
            return Ok(Reader::Looking { request, looked });
        };
        let Request { generation, ahead, before, forbidden } = request;
        let may_look = !has_tombstone || self.site.has(Mutant::TombstoneIsNotLookedAt);
        let is_early = self.site.has(Mutant::TakesTheTimeTooEarly);
        let now = if is_early { before } else { world.clock + ahead };
        let taken = match snapshot {
            Sight::Snapshot(taken) if may_look && self.oracle.by_snapshot(now, taken, epoch) => {
                Some(taken)
            }
            _ => None,
        };
        let Some(taken) = taken else {
            let may_keep = !has_tombstone || self.site.has(Mutant::KeepsBesideATombstone);
            let taken = may_keep.then_some(Taken { at: before, epoch, is_from_before });
            return Ok(Reader::Loading { generation, taken });
        };
        self.note(Event::LetInByCache);
        match forbidden {
            Forbidden::All(property) => return Err(property),
            Forbidden::FromBefore if taken.is_from_before => {
                return Err(Property::AnEndOutlivesItsEnder);
            }
            Forbidden::FromBefore | Forbidden::None => (),
        }
        let row = world.row;
        let is_live = row.generation > 1 && row.generation == generation && !row.is_ended;
        if is_live && !row.is_noted {
            return Err(Property::EveryUseIsNoted);
        }
        Ok(Reader::None)
    }

    fn by_rows(
        &self,
        world: &World,
        reader: usize,
        generation: Generation,
        taken: Option<Taken>,
    ) -> World {
        let next = match (self.oracle.by_rows(generation, world.row), taken) {
            (ByRows::Refused, _) => {
                self.note(Event::RefusedByRows);
                Reader::None
            }
            (ByRows::In, Some(taken)) => Reader::Keeping { generation, taken },
            (ByRows::In, None) => {
                self.note(Event::NotKept);
                Reader::None
            }
            (ByRows::InForTheFirstTime, Some(taken))
                if self.site.has(Mutant::KeepsBeforeNoting) =>
            {
                let kept = self.keep(world, generation, taken);
                return kept.with(reader, Reader::Noting { generation, taken: None });
            }
            (ByRows::InForTheFirstTime, taken) => Reader::Noting { generation, taken },
        };
        world.with(reader, next)
    }

    fn keep(&self, world: &World, generation: Generation, taken: Taken) -> World {
        let mut after = *world;
        let entries = &mut after.entries;
        let place = &mut entries.snapshots[self.key(generation)];
        let over_the_tombstone = self.site.has(Mutant::KeepsOverTheTombstone);
        if place.is_some() && !self.site.replaces && !over_the_tombstone {
            self.note(Event::KeptBefore);
            return after;
        }
        self.note(Event::Kept);
        let mut value = taken;
        if self.site.has(Mutant::LooksAtTheEpochTooLate) {
            value.epoch = entries.epoch.map_or(NO_EPOCH, |entry| entry.value);
        }
        if self.site.has(Mutant::DatesTooLate) {
            value.at = world.clock;
        }
        *place = Some(Entry { value, expires: world.clock + self.site.lifetime });
        if over_the_tombstone {
            entries.tombstone = None;
        }
        after
    }

    fn key(&self, generation: Generation) -> usize {
        if self.site.has(Mutant::KeyLacksTheGeneration) { 0 } else { usize::from(generation) - 1 }
    }
}
