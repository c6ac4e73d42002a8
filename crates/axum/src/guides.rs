//! The Rust of the guides, run with the other examples.

#[doc = include_str!("../../../docs/guides/introspection.md")]
struct Introspection;

#[doc = include_str!("../../../docs/guides/reverse-proxies.md")]
struct ReverseProxies;

#[doc = include_str!("../../../docs/guides/axum.md")]
struct Axum;

#[doc = include_str!("../../../README.md")]
struct Readme;
