//! The claims of a JWT (RFC 7519 section 4): what they are and what they must say.

mod check;
mod error;
mod registered;
mod rule;
mod times;
mod validation;

pub use error::ClaimError;
pub use registered::RegisteredClaims;
pub use rule::Rule;
pub use times::Times;
pub use validation::Validation;
