//! The engine under a model checker.
//!
//! Two small worlds are searched exhaustively: one of a session's refresh chain ([`chain`]), one of
//! the cache that may stand in for its rows ([`cache`]). Whatever decides in them is the engine,
//! with tokens that it has minted and read; what is modelled is everything around it: clients, the
//! network, servers whose requests interleave, clocks, and the store, statement by statement. Each
//! property must hold of every step, and each [`chain::Mutant`] and [`cache::Mutant`], a fault that
//! an engine, a store or a host could have, must break one.

#[path = "../common/mod.rs"]
mod common;

mod cache;
mod chain;
mod rotation;
mod search;
mod snapshots;
