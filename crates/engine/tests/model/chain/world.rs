//! Everything that can differ between two moments.

use std::cmp::Reverse;

use tegata::EndReason;

use super::Who;
use super::history::History;
use super::request::Flight;

/// A point in time, in steps of the smallest span that matters.
pub(crate) type Tick = u8;

/// The number of a token's generation.
pub(crate) type Generation = u8;

/// The whole world at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) clock: Tick,
    pub(crate) row: Row,
    pub(crate) user: User,
    pub(crate) browser: Browser,
    /// The requests of the browser's tabs, one of each at a time.
    pub(crate) tabs: [Flight; 2],
    /// Those of the thief.
    pub(crate) thief: [Flight; 2],
    pub(crate) history: History,
}

/// The session's row, as far as it can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) generation: Generation,
    pub(crate) minted_at: Tick,
    pub(crate) refreshed_at: Tick,
    pub(crate) first_used_at: Option<Tick>,
    pub(crate) repeats: u8,
    pub(crate) end: Option<(Tick, EndReason)>,
}

/// The user's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct User {
    pub(crate) is_active: bool,
    /// Whether the password is still that of the login.
    pub(crate) is_password_kept: bool,
}

impl User {
    pub(crate) const GOOD: Self = Self { is_active: true, is_password_kept: true };
}

/// What the tabs share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Browser {
    /// The generation of the tokens in its storage, if it is logged in.
    pub(crate) holds: Option<Generation>,
    /// When they came, unless that was long ago.
    pub(crate) since: Option<Tick>,
}

impl World {
    /// Whether a request is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.tabs.iter().chain(&self.thief).any(|flight| *flight != Flight::None)
    }

    /// The world with another request of one client. It does not matter which of the tabs makes
    /// which of the requests, so they are kept in order.
    pub(crate) fn with(&self, who: Who, flight: Flight) -> Self {
        let mut world = *self;
        match who {
            Who::Tab(tab) => {
                world.tabs[tab] = flight;
                world.tabs.sort_unstable_by_key(|flight| Reverse(flight.rank()));
            }
            Who::Thief(hand) => {
                // What he is told is his anyway.
                let is_over = matches!(flight, Flight::Answered { .. });
                world.thief[hand] = if is_over { Flight::None } else { flight };
                world.thief.sort_unstable_by_key(|flight| Reverse(flight.rank()));
            }
        }
        world
    }
}
