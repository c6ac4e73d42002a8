use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMapping, PyString};

use super::error::{INVALID_ARGUMENT, object_error, raise};
use super::json_writer::JsonWriter;
use crate::objects;

/// The JSON text of a mapping, or text that is taken for JSON already.
pub(super) fn json_text<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, str>> {
    let py = value.py();
    if let Ok(text) = value.cast::<PyString>() {
        return text.to_str().map(Cow::Borrowed).map_err(|_| not_json(py));
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return str::from_utf8(bytes.as_bytes()).map(Cow::Borrowed).map_err(|_| not_json(py));
    }
    let mut writer = JsonWriter::new(INVALID_ARGUMENT);
    writer.dict(&mapping(value).ok_or_else(|| not_json(py))??)?;
    Ok(Cow::Owned(writer.into_text()))
}

/// A dict of what the crate below has written.
pub(super) fn parsed<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyDict>> {
    objects::dict(py, json.as_bytes()).map_err(|error| object_error(py, error))
}

/// Any mapping as a dict; `None` for what is no mapping.
pub(super) fn mapping<'py>(value: &Bound<'py, PyAny>) -> Option<PyResult<Bound<'py, PyDict>>> {
    if let Ok(dict) = value.cast::<PyDict>() {
        return Some(Ok(dict.clone()));
    }
    value.cast::<PyMapping>().ok()?;
    let made = value.py().get_type::<PyDict>().call1((value,));
    Some(made.and_then(|dict| Ok(dict.cast_into()?)))
}

fn not_json(py: Python<'_>) -> PyErr {
    raise(py, INVALID_ARGUMENT, "give a mapping, or its JSON as str or bytes")
}
