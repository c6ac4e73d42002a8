use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tegata::{Place, Refusal};

#[pyclass(frozen, eq, hash, name = "Refusal", module = "tegata._tegata")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PyRefusal(pub(crate) Refusal);

impl PyRefusal {
    pub(crate) fn into_bound(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        Ok(Bound::new(py, self)?.into_any())
    }
}

#[pymethods]
impl PyRefusal {
    #[new]
    fn new(code: &str) -> PyResult<Self> {
        let known = Refusal::ALL.into_iter().find(|refusal| refusal.code() == code);
        known.map(Self).ok_or_else(|| PyValueError::new_err(format!("no refusal is named {code}")))
    }

    #[staticmethod]
    fn all() -> Vec<Self> {
        Refusal::ALL.map(Self).to_vec()
    }

    #[getter]
    fn code(&self) -> &'static str {
        self.0.code()
    }

    #[getter]
    fn detail(&self) -> &'static str {
        self.0.detail()
    }

    #[getter]
    fn challenge(&self) -> &'static str {
        self.0.challenge()
    }

    fn status(&self, place: &str) -> PyResult<u16> {
        let place = match place {
            "gate" => Place::Gate,
            "endpoint" => Place::Endpoint,
            "resource" => Place::Resource,
            _ => return Err(PyValueError::new_err("a place is gate, endpoint or resource")),
        };
        Ok(self.0.status(place))
    }

    fn __repr__(&self) -> String {
        format!("<Refusal {}>", self.0.code())
    }
}
