use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use tegata_jose::{ClaimError, KeyError, SignError, TokenError};

use crate::objects::ObjectError;

/// The exception of `tegata.jose.errors` that has this code.
fn class<'py>(py: Python<'py>, code: &str) -> PyResult<Bound<'py, PyAny>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let classes = CLASSES.get_or_try_init(py, || {
        let module = py.import("tegata.jose.errors")?;
        PyResult::Ok(module.getattr("BY_CODE")?.cast_into::<PyDict>()?.unbind())
    })?;
    let classes = classes.bind(py);
    match classes.get_item(code)? {
        Some(class) => Ok(class),
        None => classes.as_any().get_item("jose_error"),
    }
}

/// Makes the exception of this code say `message`.
pub(super) fn raise(py: Python<'_>, code: &str, message: &str) -> PyErr {
    with_arguments(py, code, (message,))
}

fn with_arguments<'py>(
    py: Python<'py>,
    code: &str,
    arguments: impl pyo3::call::PyCallArgs<'py>,
) -> PyErr {
    match class(py, code).and_then(|class| class.call1(arguments)) {
        Ok(exception) => PyErr::from_value(exception),
        Err(failure) => failure,
    }
}

pub(crate) fn key_error(py: Python<'_>, error: &KeyError) -> PyErr {
    raise(py, error.code(), &error.to_string())
}

pub(super) fn token_error(py: Python<'_>, error: TokenError) -> PyErr {
    raise(py, error.code(), &error.to_string())
}

pub(super) fn claim_error(py: Python<'_>, error: &ClaimError) -> PyErr {
    with_arguments(py, error.code(), (error.to_string(), error.claim()))
}

pub(super) fn object_error(py: Python<'_>, error: ObjectError) -> PyErr {
    match error {
        ObjectError::Json(error) => token_error(py, error),
        ObjectError::Python(error) => error,
    }
}

pub(super) fn sign_error(py: Python<'_>, error: &SignError) -> PyErr {
    match error {
        SignError::Header { .. } => raise(py, UNENCODABLE, &error.to_string()),
        SignError::Key(error) => key_error(py, error),
    }
}

/// The code of what cannot go into a token.
pub(super) const UNENCODABLE: &str = "unencodable";

/// The code of an argument that no call may have.
pub(super) const INVALID_ARGUMENT: &str = "invalid_argument";
