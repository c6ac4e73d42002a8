//! The store: each statement as the engine's types describe it, and under its faults.

use super::mutants::Mutant;
use super::request::Decision;
use super::site::Site;
use super::world::{Row, Tick};

/// The row after the statement that carries out `decision`, if that hit; `now` is what the request
/// took for the time.
pub(crate) fn carry_out(site: &Site, row: Row, decision: Decision, now: Tick) -> Option<Row> {
    let unless = |forgotten: Mutant, condition: bool| condition || site.has(forgotten);
    let is_live = |forgotten| unless(forgotten, row.end.is_none());
    let goes_back = site.has(Mutant::TouchGoesBack);
    let touched = if goes_back { now } else { row.refreshed_at.max(now) };
    let (hits, undone, after) = match decision {
        Decision::Advance { from } => (
            is_live(Mutant::SwapForgetsTheEnd)
                && unless(Mutant::SwapForgetsTheGeneration, row.generation == from),
            Mutant::SwapIsRolledBack,
            Row {
                generation: from + 1,
                minted_at: now,
                refreshed_at: now,
                repeats: if site.has(Mutant::SwapKeepsTheRepeats) { row.repeats } else { 0 },
                first_used_at: row.first_used_at.filter(|_| site.has(Mutant::SwapKeepsTheFirstUse)),
                ..row
            },
        ),
        Decision::Repeat { of, unused, .. } => (
            is_live(Mutant::CountForgetsTheEnd)
                && unless(Mutant::CountForgetsTheGeneration, row.generation == of)
                && unless(Mutant::CountForgetsTheLimit, row.repeats < site.max_repeats)
                && unless(Mutant::CountForgetsTheUse, !(unused && row.first_used_at.is_some())),
            Mutant::CountIsRolledBack,
            Row { repeats: site.one_more(row.repeats), ..row },
        ),
        Decision::Renew { .. } => (
            is_live(Mutant::TouchForgetsTheEnd),
            Mutant::TouchIsRolledBack,
            Row { refreshed_at: touched, ..row },
        ),
        Decision::AdmitFirstUse { of } => (
            is_live(Mutant::FirstUseForgetsTheEnd)
                && unless(Mutant::FirstUseForgetsTheGeneration, row.generation == of)
                && unless(Mutant::FirstUseForgetsTheFirst, row.first_used_at.is_none()),
            Mutant::FirstUseIsRolledBack,
            Row { first_used_at: Some(now), ..row },
        ),
        Decision::End { reason, .. } => (
            is_live(Mutant::EndOverwrites),
            Mutant::EndIsRolledBack,
            Row { end: Some((now, reason)), ..row },
        ),
        Decision::Admit | Decision::Refuse(_) => unreachable!("there is nothing to write"),
    };
    hits.then_some(if site.has(undone) { row } else { site.kept(after) })
}
