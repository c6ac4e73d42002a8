//! The Rust of the guides, run with the other examples.

#[doc = include_str!("../../../docs/guides/rust-store.md")]
struct RustStore;
