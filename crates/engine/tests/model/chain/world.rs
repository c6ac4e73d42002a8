//! Everything that can differ between two moments.

use std::cmp::{Ordering, Reverse};

use tegata::{EndReason, Refusal};

use super::Who;

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

/// What a token is presented for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Ask {
    /// An access token, at a protected route.
    Enter(Generation),
    /// A refresh token.
    Refresh(Generation),
    /// A refresh token, for logging out.
    LogOut(Generation),
}

/// A request, from the client and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Flight {
    /// There is none.
    None,
    /// On its way to a server.
    Sent { ask: Ask, sent: Tick },
    /// A server has taken the time, and is about to load the rows, perhaps again.
    Arrived { ask: Ask, sent: Tick, now: Tick },
    /// The rows were loaded and the engine has decided; the statement is about to be sent.
    Decided { ask: Ask, sent: Tick, now: Tick, decision: Decision },
    /// On its way back.
    Answered { answer: Answer, sent: Tick },
}

/// What the engine has decided about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Decision {
    Admit,
    AdmitFirstUse { of: Generation },
    Advance { from: Generation },
    Repeat { of: Generation, hands_out: Generation, unused: bool },
    Renew { of: Generation },
    End { reason: EndReason, then: Answer },
    Refuse(Refusal),
}

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// Tokens of a generation.
    Tokens(Generation),
    LoggedOut,
    Refused(Refusal),
}

/// What is remembered of the past, for the properties alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct History {
    /// The newest generation that was ever handed out, be it in an answer that got lost.
    pub(crate) handed_out: Generation,
    /// The last generation that made way for the next; 0 if none has.
    pub(crate) replaced: Generation,
    /// Since when its successor has been in use.
    pub(crate) in_use_since: Option<Tick>,
    /// When the session was last refreshed.
    pub(crate) refreshed_at: Tick,
    /// How many times the answer of the last rotation was repeated.
    pub(crate) repeats: u8,
    /// Whether somebody was told that the session has ended.
    pub(crate) is_end_told: bool,
    /// Whether the thief has presented a token.
    pub(crate) has_thief_acted: bool,
}

/// How a generation has become one that nobody may present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Superseded {
    /// A later one was seen in use at that time.
    Since(Tick),
    /// A later one has even made way for the next.
    LongSince,
}

impl History {
    pub(crate) fn superseded(self, generation: Generation) -> Option<Superseded> {
        match generation.cmp(&self.replaced) {
            Ordering::Less => Some(Superseded::LongSince),
            Ordering::Equal => self.in_use_since.map(Superseded::Since),
            Ordering::Greater => None,
        }
    }

    /// Notes that a request was let in with an access token.
    pub(crate) fn note_use(&mut self, generation: Generation, at: Tick) {
        if generation == self.replaced + 1 {
            self.in_use_since.get_or_insert(at);
        }
    }
}

impl Flight {
    /// When it was sent, if there is a request under way.
    pub(crate) fn sent(self) -> Option<Tick> {
        match self {
            Self::None => None,
            Self::Sent { sent, .. }
            | Self::Arrived { sent, .. }
            | Self::Decided { sent, .. }
            | Self::Answered { sent, .. } => Some(sent),
        }
    }

    /// Any order in which no request comes last.
    fn rank(self) -> (u8, Option<Ask>, Tick, Tick, [u8; 4]) {
        match self {
            Self::None => (0, None, 0, 0, [0; 4]),
            Self::Sent { ask, sent } => (1, Some(ask), sent, 0, [0; 4]),
            Self::Arrived { ask, sent, now } => (2, Some(ask), sent, now, [0; 4]),
            Self::Decided { ask, sent, now, decision } => {
                (3, Some(ask), sent, now, decision.rank())
            }
            Self::Answered { answer, sent } => (4, None, sent, 0, answer.rank()),
        }
    }
}

impl Decision {
    fn rank(self) -> [u8; 4] {
        match self {
            Self::Admit => [0; 4],
            Self::AdmitFirstUse { of } => [1, of, 0, 0],
            Self::Advance { from } => [2, from, 0, 0],
            Self::Repeat { of, hands_out, unused } => [3, of, hands_out, unused.into()],
            Self::Renew { of } => [4, of, 0, 0],
            Self::End { reason, then } => [5, reason as u8, then.rank()[0], then.rank()[1]],
            Self::Refuse(refusal) => [6, refusal as u8, 0, 0],
        }
    }
}

impl Answer {
    fn rank(self) -> [u8; 4] {
        match self {
            Self::LoggedOut => [0; 4],
            Self::Tokens(generation) => [1, generation, 0, 0],
            Self::Refused(refusal) => [2, refusal as u8, 0, 0],
        }
    }
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
