//! Requests of browsers: where a token counts, in which cookies it lies, and whether a request that
//! was let in by a cookie was sent by a page of the site.

mod cookie;
mod cookie_header;
mod guard;
mod origin;
mod transport;

pub use cookie::{CookieError, CookieOptions, Cookies, NameProblem, SameSite, TokenCookie};
pub use cookie_header::cookie_token;
pub use guard::BrowserGuard;
pub use origin::{Origin, OriginError};
pub use transport::{Carrier, Credential, Transport};
