//! What `tegata.jose` is made of.

mod arguments;
mod claim_rules;
mod detached;
mod error;
mod json_text;
mod json_writer;
mod key;
mod key_set;
mod signing;
mod token;
mod token_text;
mod verifying;

pub(crate) use claim_rules::PyHolds;
pub(crate) use detached::detached;
pub(crate) use key::PyKey;
pub(crate) use key_set::PyKeySet;
pub(crate) use signing::encode;
pub(crate) use token::PyToken;
pub(crate) use verifying::{check_claims, decode, decode_unverified, unverified_header};
