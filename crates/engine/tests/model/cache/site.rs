//! What a model is about: who ends the session, the clocks, and how far the search goes.

use std::fmt;
use std::time::Duration;

use tegata::{Engine, SessionCheck, Timestamp};

use super::mutants::Mutant;
use super::world::Tick;
use crate::common::{LOGIN, engine_with};

/// The shortest span in a model.
const TICK: Duration = Duration::from_secs(10);

/// A site, its cache and the bounds of the search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    /// What it is about.
    pub(crate) name: &'static str,
    /// How long a snapshot may stand in for the rows.
    pub(crate) lifetime: Tick,
    /// How far the clocks of two machines are apart, which is the leeway as well; with 0 there is
    /// one.
    pub(crate) skew: Tick,
    /// Whether all sessions of the user are ended at once.
    pub(crate) in_bulk: bool,
    /// Whether a snapshot replaces one that is there.
    pub(crate) replaces: bool,
    /// Whether the session is refreshed meanwhile.
    pub(crate) rotates: bool,
    /// The last tick.
    pub(crate) ticks: Tick,
    pub(crate) mutant: Option<Mutant>,
}

impl Site {
    /// Under a fault.
    pub(crate) const fn with(self, mutant: Mutant) -> Self {
        Self { mutant: Some(mutant), ..self }
    }

    pub(crate) fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    pub(crate) fn engine(&self) -> Engine {
        engine_with(|policy| {
            policy.session_check = SessionCheck::Cache;
            policy.session_cache_lifetime = TICK * u32::from(self.lifetime);
            if self.has(Mutant::StandsInTooLong) {
                policy.session_cache_lifetime += TICK;
            }
            policy.leeway = TICK * u32::from(self.skew);
            policy.access_token_lifetime = policy.refresh_token_lifetime;
        })
    }

    /// How far the clock of each machine is ahead.
    pub(crate) fn machines(&self) -> impl Iterator<Item = Tick> {
        [0].into_iter().chain((self.skew > 0).then_some(self.skew))
    }
}

pub(crate) fn at(tick: Tick) -> Timestamp {
    LOGIN.plus(TICK * u32::from(tick))
}

pub(crate) fn ticks(span: Duration) -> Tick {
    Tick::try_from(span.as_secs() / TICK.as_secs()).expect("spans of the model are short")
}

impl fmt::Display for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, lifetime, skew, ticks, .. } = self;
        write!(formatter, "{name}: {ticks} ticks, 2 readers, lifetime {lifetime}, skew {skew}")
    }
}
