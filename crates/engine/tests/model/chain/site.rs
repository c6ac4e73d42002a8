//! What a model is about: the site's settings, who is there, and how far the search goes.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use tegata::{Engine, Policy, SessionCheck, Timestamp};

use super::mutants::Mutant;
use super::world::{Generation, Row, Tick};
use crate::common::{LOGIN, engine_with};

/// The shortest span in a model.
pub(crate) const TICK: Duration = Duration::from_secs(10);

/// A site, its clients and the bounds of the search.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "things that are there or are not")]
pub(crate) struct Site {
    /// What it is about.
    pub(crate) name: &'static str,
    /// As the policy has it.
    pub(crate) grace: Tick,
    pub(crate) check: SessionCheck,
    pub(crate) rotates: bool,
    pub(crate) max_repeats: u8,
    pub(crate) idle_timeout: Option<Tick>,
    pub(crate) lifetime: Option<Tick>,
    /// How far the clocks of two machines are apart; with 0 there is one.
    pub(crate) skew: Tick,
    /// The longest that a request of the browser is under way before its tab gives it up.
    pub(crate) flight: Tick,
    /// The browser refreshes tokens that are older than this.
    pub(crate) refresh_after: Tick,
    /// How many tabs the browser has open, and how many requests the thief makes at a time.
    pub(crate) tabs: usize,
    pub(crate) thieves: usize,
    /// Whether answers get lost and processes crash.
    pub(crate) losses: bool,
    /// Whether the tabs log out.
    pub(crate) log_outs: bool,
    /// Whether the user is switched off and on, and the password changed and changed back.
    pub(crate) user_changes: bool,
    /// The generation that is live at the start; the browser holds the first.
    pub(crate) start: Generation,
    /// Whether the site promises that no honest client is logged out.
    pub(crate) spares_the_honest: bool,
    /// The last tick, and the last generation.
    pub(crate) ticks: Tick,
    pub(crate) generations: Generation,
    pub(crate) mutant: Option<Mutant>,
}

/// Longer than any search: what is not looked at never ends.
const NEVER: Duration = Duration::from_secs(10_000);

impl Site {
    /// One tab, nobody else, and nothing goes wrong.
    pub(crate) const QUIET: Self = Self {
        name: "quiet",
        grace: 1,
        check: SessionCheck::Request,
        rotates: true,
        max_repeats: u8::MAX,
        idle_timeout: None,
        lifetime: None,
        skew: 0,
        flight: 1,
        refresh_after: 1,
        tabs: 1,
        thieves: 0,
        losses: false,
        log_outs: false,
        user_changes: false,
        start: 1,
        spares_the_honest: true,
        ticks: 6,
        generations: 4,
        mutant: None,
    };

    /// Under a fault.
    pub(crate) const fn with(self, mutant: Mutant) -> Self {
        Self { mutant: Some(mutant), ..self }
    }

    pub(crate) fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    pub(crate) fn engine(&self) -> Engine {
        engine_with(|policy: &mut Policy| {
            policy.refresh_grace = TICK * u32::from(self.grace);
            policy.session_check = self.check;
            policy.rotate_refresh_tokens = self.rotates;
            policy.max_refresh_repeats = u32::from(self.max_repeats);
            policy.session_idle_timeout = self.idle_timeout.map(|ticks| TICK * u32::from(ticks));
            policy.session_lifetime = self.lifetime.map_or(NEVER, |ticks| TICK * u32::from(ticks));
            policy.refresh_token_lifetime = policy.session_lifetime;
            policy.access_token_lifetime = policy.session_lifetime;
            if self.has(Mutant::GraceTooLong) {
                policy.refresh_grace += TICK;
            }
            if self.has(Mutant::SessionTooLong) {
                policy.session_lifetime += TICK;
            }
        })
    }

    /// When nobody gets in any more, by the row of a session that was last refreshed at that time.
    pub(crate) fn end(&self, refreshed_at: Tick) -> Tick {
        let idle = self.idle_timeout.map_or(Tick::MAX, |timeout| refreshed_at + timeout);
        self.lifetime.unwrap_or(Tick::MAX).min(idle)
    }

    /// One more repeat, counted only where the number may matter.
    pub(crate) fn one_more(&self, repeats: u8) -> u8 {
        if self.max_repeats == u8::MAX { repeats } else { repeats + 1 }
    }

    /// The row as far as a rule of the site looks at it, so that there are fewer states: times that
    /// decide nothing stay at their first value, and of an ended session only the end is left.
    pub(crate) fn kept(&self, row: Row) -> Row {
        let is_live = row.end.is_none();
        let kept = |tick, matters: bool| if is_live && matters { tick } else { 0 };
        Row {
            minted_at: kept(row.minted_at, !self.check.sees_use()),
            refreshed_at: kept(self.refreshed(row.refreshed_at), true),
            first_used_at: row.first_used_at.filter(|_| is_live),
            repeats: kept(row.repeats, true),
            ..row
        }
    }

    /// The time of a refresh, if the site looks at it.
    pub(crate) fn refreshed(&self, at: Tick) -> Tick {
        if self.idle_timeout.is_some() { at } else { 0 }
    }

    /// Whether a token that was superseded at `since` comes too late at `now`, whichever machine's
    /// clocks say so.
    pub(crate) fn is_out_of_grace(&self, since: Tick, now: Tick) -> bool {
        self.grace == 0 || now > since + self.grace + self.skew
    }

    /// Whether a rotation alone makes the earlier token one that was used.
    pub(crate) fn counts_from_the_rotation(&self) -> bool {
        self.grace == 0 || !self.check.sees_use()
    }

    /// What the clocks of the machines say during that time.
    pub(crate) fn clocks(&self, time: RangeInclusive<Tick>) -> impl Iterator<Item = Tick> {
        let ahead = (self.skew > 0).then_some(self.skew);
        time.flat_map(move |tick| [Some(tick), ahead.map(|skew| tick + skew)].into_iter().flatten())
    }
}

pub(crate) fn at(tick: Tick) -> Timestamp {
    LOGIN.plus(TICK * u32::from(tick))
}

impl fmt::Display for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, ticks, generations, tabs, thieves, grace, flight, skew, .. } = self;
        write!(
            formatter,
            "{name}: {ticks} ticks, {generations} generations, {tabs} tabs, {thieves} requests of \
             a thief, grace {grace}, flight {flight}, skew {skew}"
        )
    }
}
