//! The rows of sessions, with a cache of this process in front of them: what
//! [`tegata::SessionCheck::Cache`] asks for.
//!
//! | the cache keeps | good for | room for |
//! |---|---|---|
//! | a [`tegata::Snapshot`] for each session and generation that was admitted | [`tegata::Policy::session_cache_lifetime`] | its capacity |
//! | a tombstone for a session that ends, and for a user whose sessions end in bulk | [`tegata::Policy::tombstone_lifetime`] | half of that |
//! | epochs, which sessions and users share by their hash | the process | 65,536 |
//!
//! An end is told before it is carried out and again after, even if the request that asked for it
//! is given up in between. It puts up the tombstone and moves the epoch on. So whoever has read the
//! row before the end cannot put it back as live: the snapshot is of an epoch that is over. While a
//! tombstone stands, the rows decide and nothing is kept. Epochs are never thrown away, so that a
//! full cache that has no room for a tombstone lets nobody in for it.
//!
//! Of ends by another process, or by SQL, a snapshot knows nothing until it is
//! [`tegata::Policy::session_cache_lifetime`] old.

mod authenticate;
mod cached;
mod entries;
mod epochs;
mod stats;

pub(crate) use authenticate::admit_by;
pub use authenticate::authenticate;
pub use cached::Cached;
pub use entries::SessionCache;
pub use stats::SessionCacheStats;
