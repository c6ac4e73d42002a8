//! What the properties are about besides the present.

use std::cmp::Ordering;

use super::world::{Generation, Tick};

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
