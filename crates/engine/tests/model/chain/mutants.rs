//! Faults that an engine, a store or a host could have; each must break a property.

use tegata::Refusal;

use super::Chain;
use super::request::{Ask, Decision};
use super::world::{Row, Tick, User};

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    // Of the engine.
    /// A grace that is longer than the site's.
    GraceTooLong,
    /// A session that lives longer than the site's.
    SessionTooLong,
    /// The first use of a generation is let in without a note.
    FirstUseIsNotAskedFor,
    /// An access token of an earlier generation counts as a use of the live one.
    OlderUseIsNoted,
    /// A repeat hands out the generation that was presented.
    RepeatGivesThePresented,
    /// A token that is two generations behind is answered like one of the generation before.
    TwoBehindIsRepeated,
    /// A reuse is refused and no session ended.
    ReuseEndsNothing,

    // Of the store.
    SwapForgetsTheGeneration,
    SwapForgetsTheEnd,
    SwapKeepsTheFirstUse,
    SwapKeepsTheRepeats,
    /// The swap says that it hit, and is undone.
    SwapIsRolledBack,
    CountForgetsTheGeneration,
    CountForgetsTheEnd,
    CountForgetsTheUse,
    CountForgetsTheLimit,
    /// The count says that it hit, and is undone.
    CountIsRolledBack,
    TouchForgetsTheEnd,
    TouchGoesBack,
    /// The touch says that it hit, and is undone.
    TouchIsRolledBack,
    FirstUseForgetsTheGeneration,
    FirstUseForgetsTheFirst,
    FirstUseForgetsTheEnd,
    /// The first use is said to be noted, and is undone.
    FirstUseIsRolledBack,
    /// The end is said to be written, and is undone.
    EndIsRolledBack,
    EndOverwrites,
    /// What is loaded comes from a replica that has not heard of the end.
    LoadMissesTheEnd,

    // Of the host.
    /// A swap or a count that hits no row is answered with the tokens all the same.
    MissIsAnswered,
    /// A swap that hits no row is taken for a reuse.
    MissIsReuse,
    /// The first use is noted after the request was let in.
    NotesAfterwards,
}

impl Chain {
    /// What the engine decides, under its faults.
    pub(super) fn decide(&self, ask: Ask, now: Tick, row: Row, user: User) -> Decision {
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
}
