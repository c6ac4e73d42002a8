use std::borrow::Cow;

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::error::token_error;
use tegata_jose::TokenError;

/// A token as `str`, `bytes` or anything else that holds bytes, such as a `memoryview`.
pub(super) fn token_text<'a>(token: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, str>> {
    let py = token.py();
    let malformed = |what| token_error(py, TokenError::Malformed(what));
    if let Ok(text) = token.cast::<PyString>() {
        return text.to_str().map(Cow::Borrowed).map_err(|_| malformed("it is not ASCII"));
    }
    if let Ok(bytes) = token.cast::<PyBytes>() {
        let text = str::from_utf8(bytes.as_bytes());
        return text.map(Cow::Borrowed).map_err(|_| malformed("it is not ASCII"));
    }
    let bytes = PyBuffer::<u8>::get(token)
        .and_then(|buffer| buffer.to_vec(py))
        .map_err(|_| malformed("it is neither str, bytes nor a buffer of bytes"))?;
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| malformed("it is not ASCII"))
}
