use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tegata::{Algorithm, Key, KeyError};

#[pyclass(frozen, name = "Key", module = "tegata._tegata")]
pub(crate) struct PyKey(pub(crate) Key);

fn key(made: Result<Key, KeyError>) -> PyResult<PyKey> {
    made.map(PyKey).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn algorithm(name: &str) -> PyResult<Algorithm> {
    name.parse().map_err(|error: KeyError| PyValueError::new_err(error.to_string()))
}

#[pymethods]
impl PyKey {
    #[staticmethod]
    fn from_secret(raw: &[u8], alg: &str) -> PyResult<Self> {
        key(Key::from_secret(raw, algorithm(alg)?))
    }

    #[staticmethod]
    fn derive(secret: &[u8], label: &[u8], alg: &str) -> PyResult<Self> {
        key(Key::derive(secret, label, algorithm(alg)?))
    }

    #[staticmethod]
    fn from_pem(text: &str, alg: &str) -> PyResult<Self> {
        key(Key::from_pem(text, algorithm(alg)?))
    }

    #[staticmethod]
    fn from_jwk(json: &str, alg: &str) -> PyResult<Self> {
        key(Key::from_jwk(json, algorithm(alg)?))
    }

    #[getter]
    fn algorithm(&self) -> &'static str {
        self.0.algorithm().name()
    }

    #[getter]
    fn kid(&self) -> Option<&str> {
        self.0.kid()
    }

    #[getter]
    fn can_sign(&self) -> bool {
        self.0.can_sign()
    }

    fn __repr__(&self) -> String {
        format!("<Key {} kid={:?}>", self.0.algorithm(), self.0.kid())
    }
}
