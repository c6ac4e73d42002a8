//! A request at a server: load, decide, write, answer; each step of it can come at any time.

use tegata::{EndReason, Refusal};

use super::mutants::Mutant;
use super::properties::Property;
use super::statements::carry_out;
use super::world::{Answer, Ask, Decision, Flight, Row, Superseded, Tick, User, World};
use super::{Chain, Event};

/// One request that has arrived.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    pub(crate) ask: Ask,
    pub(crate) sent: Tick,
    pub(crate) now: Tick,
}

impl Decision {
    /// What it says in the end, whatever has to be written before.
    fn tells(self) -> Telling {
        match self {
            Self::Admit | Self::AdmitFirstUse { .. } => Telling::In,
            Self::Advance { from } => Telling::Tokens(from + 1),
            Self::Repeat { hands_out, .. } | Self::Renew { of: hands_out } => {
                Telling::Tokens(hands_out)
            }
            Self::End { then: Answer::Refused(refusal), .. } | Self::Refuse(refusal) => {
                Telling::Refused(refusal)
            }
            Self::End { .. } => Telling::LoggedOut,
        }
    }

    fn lets_in(self) -> bool {
        matches!(self.tells(), Telling::In | Telling::Tokens(_))
    }

    fn is_reuse(self) -> bool {
        matches!(self, Self::End { reason: EndReason::TokenReuse, .. })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Telling {
    In,
    Tokens(u8),
    LoggedOut,
    Refused(Refusal),
}

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
                after.history.refreshed_at =
                    self.site.kept(Row { refreshed_at, ..row }).refreshed_at;
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

    fn decide(&self, ask: Ask, now: Tick, row: Row, user: User) -> Decision {
        let decision = self.oracle.decide(ask, now, row, user);
        match (self.site.mutant, decision, ask) {
            (Some(Mutant::FirstUseIsNotAskedFor), Decision::AdmitFirstUse { .. }, _) => {
                Decision::Admit
            }
            (Some(Mutant::OlderUseIsNoted), Decision::Admit, Ask::Enter(_))
                if row.first_used_at.is_none() =>
            {
                Decision::AdmitFirstUse { of: row.generation }
            }
            (
                Some(Mutant::RepeatGivesThePresented),
                Decision::Repeat { of, unused, .. },
                Ask::Refresh(presented),
            ) => Decision::Repeat { of, hands_out: presented, unused },
            (Some(Mutant::TwoBehindIsRepeated), decision, Ask::Refresh(presented))
                if decision.is_reuse() && presented + 2 == row.generation =>
            {
                let of = row.generation;
                Decision::Repeat { of, hands_out: of, unused: false }
            }
            (Some(Mutant::ReuseEndsNothing), decision, _) if decision.is_reuse() => {
                Decision::Refuse(Refusal::TokenReuseDetected)
            }
            _ => decision,
        }
    }

    fn check_decision(
        &self,
        world: &World,
        request: Request,
        decision: Decision,
    ) -> Result<(), Property> {
        let World { row, user, history, .. } = world;
        let Request { ask, now, .. } = request;
        let is_over = now >= self.site.end(history.refreshed_at);
        if is_over && decision.lets_in() {
            return Err(Property::NothingOutlivesItsSession);
        }
        if history.is_end_told && decision.lets_in() {
            return Err(Property::NoRevocationIsUndone);
        }
        let is_good = row.end.is_none() && !is_over && *user == User::GOOD;
        let is_refused = !decision.lets_in() && !matches!(ask, Ask::LogOut(_));
        if is_refused && is_good && self.site.spares_the_honest && !history.has_thief_acted {
            return Err(Property::TheHonestStayIn);
        }
        if let Ask::Refresh(presented) = ask {
            let superseded = history.superseded(presented);
            let is_due = superseded.is_some_and(|superseded| match superseded {
                Superseded::LongSince => true,
                Superseded::Since(since) => self.site.is_out_of_grace(since, now),
            });
            if is_due && is_good && !decision.is_reuse() {
                return Err(Property::TheftIsFound);
            }
            let is_worn_out =
                presented + 1 == row.generation && history.repeats >= self.site.max_repeats;
            if decision.is_reuse() && superseded.is_none() && !is_worn_out {
                return Err(Property::ReuseHasACause);
            }
        }
        Ok(())
    }

    fn check_write(
        &self,
        world: &World,
        request: Request,
        decision: Decision,
        after: Row,
    ) -> Result<(), Property> {
        let Request { ask, now, .. } = request;
        let before = world.row;
        if let Decision::Advance { from } = decision
            && (before.generation, after.generation) != (from, from + 1)
        {
            return Err(Property::OneLiveEnd);
        }
        if decision.is_reuse() && self.site.spares_the_honest && !world.history.has_thief_acted {
            return Err(Property::TheHonestStayIn);
        }
        // What only the user's row says was right when it was read.
        let is_users = matches!(
            decision,
            Decision::End { reason: EndReason::UserInactive | EndReason::PasswordChanged, .. }
        );
        if !is_users && self.decide(ask, now, before, User::GOOD).tells() != decision.tells() {
            return Err(Property::AsIfOneAfterTheOther);
        }
        Ok(())
    }
}
