//! Faults that a host's use of its cache could have; each must break a property.

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    // Of the ender.
    TellsNothingBefore,
    TellsNothingAfter,
    /// The epoch after the commit is the one from before it.
    EpochIsNotFresh,
    /// Tombstones and epochs stand for a shorter time than the engine says.
    EntriesExpireTooSoon,

    // Of the reader.
    TombstoneIsNotLookedAt,
    /// The time to judge a snapshot by is taken before it is looked at.
    TakesTheTimeTooEarly,
    /// A snapshot is kept while a tombstone stands.
    KeepsBesideATombstone,
    /// A snapshot is set over the tombstone, both being under one key.
    KeepsOverTheTombstone,
    /// The epoch is looked at after the rows were loaded.
    LooksAtTheEpochTooLate,
    /// A snapshot is dated when it is kept, not before the rows were loaded.
    DatesTooLate,
    /// A snapshot stands in for the rows for longer than the site says.
    StandsInTooLong,
    /// A snapshot of one generation is taken for another.
    KeyLacksTheGeneration,
    /// A snapshot is kept before the first use is noted.
    KeepsBeforeNoting,
}
