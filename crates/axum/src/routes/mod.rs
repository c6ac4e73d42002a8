//! What the auth routes do.

pub(crate) mod call;
pub(crate) mod challenge;
pub(crate) mod csrf;
mod location;
pub(crate) mod login;
mod login_flow;
pub(crate) mod logout;
mod own;
pub(crate) mod password;
pub(crate) mod refresh;
pub(crate) mod sessions;
pub(crate) mod token;
pub(crate) mod verify;
