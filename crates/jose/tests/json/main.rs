//! The JSON reader (RFC 8259), and what RFC 7515 section 4 has it refuse beyond that.

#[path = "../common/mod.rs"]
mod common;

mod depth;
mod differential;
mod names;
mod suite;
mod texts;

use serde_json::{Map, Value};
use tegata_jose::TokenError;

/// The object that both readers see in `json`.
fn read(json: impl AsRef<[u8]>) -> Result<Map<String, Value>, TokenError> {
    common::value::compare(json.as_ref(), 64)
}

fn is_malformed(json: impl AsRef<[u8]>) -> bool {
    matches!(read(json), Err(TokenError::Malformed(_)))
}
