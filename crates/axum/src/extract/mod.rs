//! Who sends a request, for handlers.

mod authed;
mod caller;
mod maybe;
mod scoped;

use serde::Deserialize;

pub use authed::Authed;
pub use caller::Caller;
pub use maybe::MaybeAuthed;
pub use scoped::{CarriesClaims, Rule, Scoped};

/// The custom claims of who asks for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct NoClaims {}
