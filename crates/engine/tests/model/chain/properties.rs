//! What must hold, whatever happens in whatever order.

use tegata::EndReason;

use super::Chain;
use super::history::Superseded;
use super::request::{Ask, Decision, Request};
use super::world::{Row, User, World};

/// A property of every step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Property {
    /// Each generation is made by one swap, and nobody holds another than the live one or an
    /// earlier one: the chain never forks.
    OneLiveEnd,
    /// No honest client is logged out by a retry, by a lost answer or by a second tab.
    TheHonestStayIn,
    /// Once a generation was seen in use, whoever presents an earlier one out of the grace ends the
    /// session: of owner and thief, the one who refreshes second finds the theft.
    TheftIsFound,
    /// A session ends by a reuse only if somebody was seen using a later generation.
    ReuseHasACause,
    /// No statement hits a row that has an end.
    AnEndIsFinal,
    /// An end that somebody was told of is in the row, and nobody is let in any more.
    NoRevocationIsUndone,
    /// Nobody is let in at the end of a session's life.
    NothingOutlivesItsSession,
    /// Each answer is the one that the engine gives for the row as its statement finds it: requests
    /// that interleave end as if one had come after the other.
    AsIfOneAfterTheOther,
    /// No answer is repeated more often than the site allows.
    RepeatsAreBounded,
}

impl Chain {
    /// What must hold of a decision about the rows as they are.
    pub(super) fn check_decision(
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

    /// What must hold of a statement that has hit its row.
    pub(super) fn check_write(
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
