//! The owner's browser: tabs that share one storage, retry, race each other and log out.

use std::ops::Range;

use super::request::{Answer, Ask, Flight, Request};
use super::world::{Browser, World};
use super::{Chain, Event, Step, Who};
use crate::search::Found;

impl Chain {
    pub(super) fn tab_steps(&self, world: &World, tabs: Range<usize>, found: &mut Found<'_, Self>) {
        for tab in tabs {
            if tab > 0 && world.tabs[tab] == world.tabs[tab - 1] {
                continue;
            }
            let who = Who::Tab(tab);
            match world.tabs[tab] {
                Flight::None => {
                    for ask in self.wishes(world) {
                        let sent = Flight::Sent { ask, sent: world.clock };
                        found(Step::Send(who, ask), Ok(world.with(who, sent)));
                    }
                }
                Flight::Answered { answer, .. } => {
                    let delivered = world.delivered(answer).with(who, Flight::None);
                    found(Step::Deliver(who), Ok(delivered));
                    if self.site.losses {
                        self.note(Event::Lost);
                        found(Step::Lose(who), Ok(world.with(who, Flight::None)));
                    }
                }
                flight => self.server_steps(world, who, flight, found),
            }
        }
    }

    /// What a tab may ask for by what it reads in the storage.
    fn wishes(&self, world: &World) -> impl Iterator<Item = Ask> {
        let Browser { holds, since } = world.browser;
        let age = since.map(|since| world.clock - since);
        let is_stale = age.is_none_or(|age| age > self.site.refresh_after);
        let (enters, logs_out) = (self.site.check.sees_use(), self.site.log_outs);
        let wishes = move |held| {
            [
                enters.then_some(Ask::Enter(held)),
                is_stale.then_some(Ask::Refresh(held)),
                logs_out.then_some(Ask::LogOut(held)),
            ]
        };
        holds.map(wishes).into_iter().flatten().flatten()
    }

    /// What happens to a request under way.
    pub(super) fn server_steps(
        &self,
        world: &World,
        who: Who,
        flight: Flight,
        found: &mut Found<'_, Self>,
    ) {
        match flight {
            Flight::Sent { ask, sent } => {
                for now in self.site.clocks(sent..=world.clock) {
                    self.load_steps(world, who, Request { ask, sent, now }, found);
                }
            }
            Flight::Arrived { ask, sent, now } => {
                self.load_steps(world, who, Request { ask, sent, now }, found);
            }
            Flight::Decided { ask, sent, now, decision } => {
                let written = self.write(world, Request { ask, sent, now }, decision);
                found(Step::Write(who), written.map(|(world, flight)| world.with(who, flight)));
            }
            Flight::None | Flight::Answered { .. } => (),
        }
    }

    fn load_steps(&self, world: &World, who: Who, request: Request, found: &mut Found<'_, Self>) {
        let loaded = self.load(world, request);
        if !loaded.as_ref().is_ok_and(|(_, flight)| self.is_out_of_bounds(*flight)) {
            let loaded = loaded.map(|(world, flight)| world.with(who, flight));
            found(Step::Load(who, request.now), loaded);
        }
    }
}

impl World {
    /// The browser after an answer has come: it takes newer tokens only, and forgets them when it
    /// is told that they are over.
    fn delivered(&self, answer: Answer) -> Self {
        let browser = match answer {
            Answer::Tokens(generation)
                if self.browser.holds.is_some_and(|held| held < generation) =>
            {
                Browser { holds: Some(generation), since: Some(self.clock) }
            }
            Answer::Tokens(_) => self.browser,
            Answer::LoggedOut | Answer::Refused(_) => Browser { holds: None, since: None },
        };
        Self { browser, ..*self }
    }
}
