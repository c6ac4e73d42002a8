use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::error::object_error;
use crate::objects;

/// What a token says. The header's dict is made when somebody asks for it.
#[pyclass(frozen, name = "Token", module = "tegata.jose")]
pub(crate) struct PyToken {
    header: Arc<[u8]>,
    header_dict: PyOnceLock<Py<PyDict>>,
    claims: Py<PyDict>,
}

impl PyToken {
    pub(super) fn new(header: Arc<[u8]>, claims: Bound<'_, PyDict>) -> Self {
        Self { header, header_dict: PyOnceLock::new(), claims: claims.unbind() }
    }
}

#[pymethods]
impl PyToken {
    #[getter]
    fn header(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let read = || objects::dict(py, &self.header).map(Bound::unbind);
        let header = self.header_dict.get_or_try_init(py, read);
        Ok(header.map_err(|error| object_error(py, error))?.clone_ref(py))
    }

    #[getter(claims)]
    fn claims_dict(&self, py: Python<'_>) -> Py<PyDict> {
        self.claims.clone_ref(py)
    }

    // The header's dict holds nothing but text unless a caller puts something there.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.claims)
    }

    #[expect(clippy::unused_self, reason = "what a token holds is what must not be shown")]
    fn __repr__(&self) -> &'static str {
        "<Token>"
    }
}
