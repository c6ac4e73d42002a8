//! What `make bench` measures from Rust, and the tokens that every side of it reads.
//!
//! Everything here is for programs that stop at the first fault, so it panics instead of returning
//! errors.

mod algorithm;
mod claims;
mod material;
pub mod peers;
pub mod timing;

pub use algorithm::Algorithm;
pub use claims::{Large, Size, Small};
pub use material::Material;
