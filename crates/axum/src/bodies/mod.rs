//! What goes over the wire: the bodies of the auth routes, by the names that a document
//! of the API has for them.

mod answers;
mod challenges;
mod read;
mod requests;
mod text;
mod time;

pub use answers::{
    CookieSchema, CsrfTokenSchema, ErrorSchema, OAuth2ErrorSchema, OAuth2TokenSchema,
    SessionSchema, TokenSchema, VerifiedSchema,
};
pub use challenges::{ChallengeAnswerSchema, ChallengeSchema};
pub(crate) use read::{read, read_member};
pub use requests::{LoginSchema, LogoutSchema, PasswordSchema, RefreshTokenSchema, VerifySchema};
pub use text::Secret;
pub(crate) use time::utc;
