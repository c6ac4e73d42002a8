//! Who sends a request, for handlers.

mod authed;
mod caller;
mod maybe;
mod scoped;

use serde::{Deserialize, Deserializer};

pub use authed::Authed;
pub use caller::Caller;
pub use maybe::MaybeAuthed;
pub use scoped::{CarriesClaims, Rule, Scoped};

/// The custom claims of who asks for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoClaims {}

// Looks at none, so that nobody waits for the reading of what nobody asked for.
impl<'de> Deserialize<'de> for NoClaims {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self {})
    }
}
