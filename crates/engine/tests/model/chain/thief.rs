//! A thief, as strong as one can be: whatever was ever handed out is his at once, answers that got
//! lost too, and his requests may take as long as they like.

use std::ops::Range;

use super::history::History;
use super::request::{Ask, Flight};
use super::world::World;
use super::{Chain, Step, Who};
use crate::search::Found;

impl Chain {
    pub(super) fn thief_steps(
        &self,
        world: &World,
        hands: Range<usize>,
        found: &mut Found<'_, Self>,
    ) {
        for hand in hands {
            if hand > 0 && world.thief[hand] == world.thief[hand - 1] {
                continue;
            }
            let who = Who::Thief(hand);
            match world.thief[hand] {
                Flight::None => {
                    let history = History { has_thief_acted: true, ..world.history };
                    let acting = World { history, ..*world };
                    for ask in self.temptations(world) {
                        for now in self.site.clocks(world.clock..=world.clock) {
                            let arrived = Flight::Arrived { ask, sent: 0, now };
                            found(Step::Send(who, ask), Ok(acting.with(who, arrived)));
                        }
                    }
                }
                flight => self.server_steps(world, who, flight, found),
            }
        }
    }

    fn temptations(&self, world: &World) -> impl Iterator<Item = Ask> {
        let enters = self.site.check.sees_use();
        (1..=world.history.handed_out).flat_map(move |stolen| {
            [Some(Ask::Refresh(stolen)), enters.then_some(Ask::Enter(stolen))].into_iter().flatten()
        })
    }
}
