//! What a cache must not change about an end.

/// A property of every step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Property {
    /// Once an end is committed and its ender has finished, the cache lets nobody in who begins
    /// then.
    AnEndActsAtOnce,
    /// The same if the ender of one session crashes after the commit, for it has told the cache
    /// before, unless that was longer ago than a tombstone stands. Of an end in bulk, the same for
    /// what was cached before it began.
    AnEndOutlivesItsEnder,
    /// Whatever has become of the ender, the cache lets nobody in who begins a snapshot's lifetime
    /// after the commit.
    AnEndActsInTheEnd,
    /// Nobody is let in with a token of the live generation unless its use was noted.
    EveryUseIsNoted,
}
