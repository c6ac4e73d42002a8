//! A request at a server: load, decide, write, answer; each step of it can come at any time.

use tegata::{EndReason, Refusal};

use super::mutants::Mutant;
use super::properties::Property;
use super::request::{Answer, Ask, Decision, Flight, Request};
use super::statements::carry_out;
use super::world::{Row, World};
use super::{Chain, Event};

impl Chain {
    /// Loads the rows and asks the engine about them. Nothing can come between the two, for the
    /// engine looks at nothing else.
    pub(crate) fn load(
        &self,
        world: &World,
        request: Request,
    ) -> Result<(World, Flight), Property> {
        let Request { ask, sent, now } = request;
        let end = world.row.end.filter(|_| !self.site.has(Mutant::LoadMissesTheEnd));
        let row = Row { end, ..world.row };
        let decision = self.decide(ask, now, row, world.user);
        self.check_decision(world, request, decision)?;
        let mut after = *world;
        let flight = match (decision, ask) {
            (Decision::Admit, Ask::Enter(generation)) => {
                after.history.note_use(generation, world.clock);
                Flight::None
            }
            (Decision::Refuse(refusal), _) => {
                self.note(Event::Refused);
                Flight::Answered { answer: Answer::Refused(refusal), sent }
            }
            (_, Ask::Enter(generation)) if self.site.has(Mutant::NotesAfterwards) => {
                after.history.note_use(generation, world.clock);
                Flight::Decided { ask, sent, now, decision }
            }
            _ => Flight::Decided { ask, sent, now, decision },
        };
        Ok((after, flight))
    }

    /// Carries out the statement that was decided, and answers if it hit.
    pub(crate) fn write(
        &self,
        world: &World,
        request: Request,
        decision: Decision,
    ) -> Result<(World, Flight), Property> {
        let Request { ask, sent, now } = request;
        let written = carry_out(&self.site, world.row, decision, now);
        let row = written.unwrap_or(world.row);
        if world.row.end.is_some() && written.is_some() {
            return Err(Property::AnEndIsFinal);
        }
        let mut after = World { row, ..*world };
        let tokens = |generation| Flight::Answered { answer: Answer::Tokens(generation), sent };
        let is_refresh = matches!(ask, Ask::Refresh(_));
        let is_hit = written.is_some() || is_refresh && self.site.has(Mutant::MissIsAnswered);
        if is_hit {
            self.check_write(world, request, decision, row)?;
        }
        let flight = match decision {
            Decision::Advance { from } if is_hit => {
                self.note(Event::Advanced);
                (after.history.refreshed_at, after.history.repeats) = (row.refreshed_at, 0);
                after.history.replaced = from;
                after.history.in_use_since =
                    self.site.counts_from_the_rotation().then_some(world.clock);
                tokens(from + 1)
            }
            Decision::Repeat { hands_out, .. } if is_hit => {
                self.note(Event::Repeated);
                after.history.repeats = self.site.one_more(world.history.repeats);
                tokens(hands_out)
            }
            Decision::Renew { of } if is_hit => {
                self.note(Event::Renewed);
                let refreshed_at = world.history.refreshed_at.max(now);
                after.history.refreshed_at = self.site.refreshed(refreshed_at);
                tokens(of)
            }
            Decision::Advance { .. } if self.site.has(Mutant::MissIsReuse) => {
                let then = Answer::Refused(Refusal::TokenReuseDetected);
                let decision = Decision::End { reason: EndReason::TokenReuse, then };
                Flight::Decided { ask, sent, now, decision }
            }
            Decision::Advance { .. } | Decision::Repeat { .. } | Decision::Renew { .. } => {
                self.note(Event::Missed);
                Flight::Arrived { ask, sent, now }
            }
            // Whether it hits a row does not matter.
            Decision::AdmitFirstUse { of } => {
                self.note(Event::FirstUseNoted);
                after.history.note_use(of, world.clock);
                Flight::None
            }
            Decision::End { reason, then } => {
                self.note(if reason == EndReason::TokenReuse {
                    Event::ReuseFound
                } else {
                    Event::Ended
                });
                after.history.is_end_told = true;
                (after.history.in_use_since, after.history.repeats) = (None, 0);
                Flight::Answered { answer: then, sent }
            }
            Decision::Admit | Decision::Refuse(_) => unreachable!("there is nothing to write"),
        };
        if let Flight::Answered { answer: Answer::Tokens(generation), .. } = flight {
            if generation != row.generation {
                return Err(Property::OneLiveEnd);
            }
            after.history.handed_out = after.history.handed_out.max(generation);
        }
        if after.history.repeats > self.site.max_repeats {
            return Err(Property::RepeatsAreBounded);
        }
        if after.history.is_end_told && row.end.is_none() {
            return Err(Property::NoRevocationIsUndone);
        }
        Ok((after, flight))
    }
}
