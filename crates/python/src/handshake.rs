//! The handshake of a WebSocket.

use pyo3::prelude::*;

use crate::refusal::PyRefusal;

#[pyfunction]
pub(crate) fn handshake_token(py: Python<'_>, offered: Vec<String>) -> PyResult<Bound<'_, PyAny>> {
    match tegata::handshake_token(&texts(&offered)) {
        Ok(token) => Ok(token.into_pyobject(py)?.into_any()),
        Err(refusal) => PyRefusal(refusal).into_bound(py),
    }
}

#[pyfunction]
pub(crate) fn handshake_protocol(offered: Vec<String>) -> Option<String> {
    tegata::handshake_protocol(&texts(&offered)).map(str::to_owned)
}

#[pyfunction]
pub(crate) fn is_allowed_origin(origin: Option<&str>, own: &str, allowed: Vec<String>) -> bool {
    tegata::is_allowed_origin(origin, own, &texts(&allowed))
}

fn texts(strings: &[String]) -> Vec<&str> {
    strings.iter().map(String::as_str).collect()
}
