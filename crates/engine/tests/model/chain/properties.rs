//! What must hold, whatever happens in whatever order.

/// A property of every step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Property {
    /// Each generation is made by one swap, and nobody holds another than the live one or an
    /// earlier one: the chain never forks.
    OneLiveEnd,
    /// No honest client is logged out by a retry, by a lost answer or by a second tab.
    TheHonestStayIn,
    /// Once a generation was seen in use, whoever presents an earlier one out of the grace ends the
    /// session: of owner and thief, the one who refreshes second finds the theft.
    TheftIsFound,
    /// A session ends by a reuse only if somebody was seen using a later generation.
    ReuseHasACause,
    /// No statement hits a row that has an end.
    AnEndIsFinal,
    /// An end that somebody was told of is in the row, and nobody is let in any more.
    NoRevocationIsUndone,
    /// Nobody is let in at the end of a session's life.
    NothingOutlivesItsSession,
    /// Each answer is the one that the engine gives for the row as its statement finds it: requests
    /// that interleave end as if one had come after the other.
    AsIfOneAfterTheOther,
    /// No answer is repeated more often than the site allows.
    RepeatsAreBounded,
}
