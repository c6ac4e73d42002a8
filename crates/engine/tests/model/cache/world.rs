//! A session, its entries in a cache, and who reads and ends it.

use super::properties::Property;

/// A point in time, in steps of the smallest span that matters.
pub(crate) type Tick = u8;

/// The number of a token's generation: 1 or 2.
pub(crate) type Generation = u8;

/// Which value a user's epoch has; there is no entry at first.
pub(crate) type Epoch = u8;
pub(crate) const NO_EPOCH: Epoch = 0;

/// The whole world at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    /// The true time, and that of the cache.
    pub(crate) clock: Tick,
    pub(crate) row: Row,
    pub(crate) entries: Entries,
    pub(crate) readers: [Reader; 2],
    pub(crate) ender: Ender,
}

/// The session's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) is_ended: bool,
    pub(crate) generation: Generation,
    /// Whether the first use of its generation was noted.
    pub(crate) is_noted: bool,
}

/// What the cache holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Entries {
    /// By generation, counted from 1.
    pub(crate) snapshots: [Option<Entry<Taken>>; 2],
    pub(crate) tombstone: Option<Entry<()>>,
    pub(crate) epoch: Option<Entry<Epoch>>,
}

/// A value, and when the cache forgets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Entry<T> {
    pub(crate) value: T,
    pub(crate) expires: Tick,
}

/// What a snapshot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Taken {
    pub(crate) at: Tick,
    pub(crate) epoch: Epoch,
    /// For the properties alone: whether the ender had not begun when its reader looked.
    pub(crate) is_from_before: bool,
}

/// A request with an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Reader {
    /// There is none.
    None,
    /// Asks the cache for its entries, one after the other in any order.
    Looking { request: Request, looked: Looked },
    /// No snapshot has let it in, so it is about to load the rows; if a tombstone stood, it keeps
    /// nothing of them.
    Loading { generation: Generation, taken: Option<Taken> },
    /// The rows have let it in, and the use of its generation is about to be noted.
    Noting { generation: Generation, taken: Option<Taken> },
    /// The rows have let it in, and it is about to keep what they said.
    Keeping { generation: Generation, taken: Taken },
}

/// What a reader brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Request {
    pub(crate) generation: Generation,
    /// How far its machine's clock is ahead.
    pub(crate) ahead: Tick,
    /// What that said when it began.
    pub(crate) before: Tick,
    /// What the cache must not let it in by.
    pub(crate) forbidden: Forbidden,
}

/// Snapshots that must let nobody in who begins now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Forbidden {
    None,
    /// Those whose reader looked before the ender began.
    FromBefore,
    All(Property),
}

/// What a reader has found so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Looked {
    pub(crate) has_tombstone: Option<bool>,
    pub(crate) epoch: Option<Epoch>,
    /// Whether the ender had not begun when the epoch was looked at.
    pub(crate) is_from_before: bool,
    pub(crate) snapshot: Option<Sight>,
}

/// What was there when a reader looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Sight {
    Nothing,
    Snapshot(Taken),
}

/// Who ends the session, alone or with all others of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ender {
    /// Has not begun.
    Waiting,
    /// Has told the cache, and is about to commit.
    Announced { at: Tick },
    /// Has committed, and is about to tell the cache again.
    Committed { at: Tick, was_quick: bool },
    /// Crashed between the two.
    Crashed { at: Tick, was_quick: bool },
    /// Has told the cache again, and may answer.
    Finished,
}
