use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use tegata_jose::{Key, KeySet};

use super::error::{INVALID_ARGUMENT, key_error, raise};
use super::json_text::{json_text, parsed};
use super::key::PyKey;

#[pyclass(frozen, name = "KeySet", module = "tegata.jose")]
pub(crate) struct PyKeySet(pub(super) Arc<KeySet>);

impl PyKeySet {
    pub(crate) fn keys(&self) -> &KeySet {
        &self.0
    }

    fn made(py: Python<'_>, made: Result<KeySet, tegata_jose::KeyError>) -> PyResult<Self> {
        made.map(|keys| Self(Arc::new(keys))).map_err(|error| key_error(py, &error))
    }
}

#[pymethods]
impl PyKeySet {
    #[new]
    fn new(py: Python<'_>, keys: &Bound<'_, PyAny>) -> PyResult<Self> {
        let no_keys = || raise(py, INVALID_ARGUMENT, "keys: give Key objects");
        let keys: Vec<Key> = keys
            .try_iter()
            .map_err(|_| no_keys())?
            .map(|key| Ok(key?.cast::<PyKey>().map_err(|_| no_keys())?.get().key().clone()))
            .collect::<PyResult<_>>()?;
        Self::made(py, KeySet::new(keys))
    }

    #[staticmethod]
    #[pyo3(signature = (jwks, *, private = false, issuer = None))]
    fn from_jwks(
        py: Python<'_>,
        jwks: &Bound<'_, PyAny>,
        private: bool,
        issuer: Option<&str>,
    ) -> PyResult<Self> {
        let json = json_text(jwks)?;
        let read = match issuer {
            Some(_) if private => {
                let message = "issuer: a private set is one's own; hint: leave one of them out";
                return Err(raise(py, INVALID_ARGUMENT, message));
            }
            Some(issuer) => KeySet::from_jwks_of(&json, issuer),
            None if private => KeySet::from_private_jwks(&json),
            None => KeySet::from_jwks(&json),
        };
        Self::made(py, read)
    }

    #[pyo3(signature = (*, private = false))]
    fn to_jwks<'py>(&self, py: Python<'py>, private: bool) -> PyResult<Bound<'py, PyDict>> {
        if private {
            let jwks = self.0.to_private_jwks().map_err(|error| key_error(py, &error))?;
            parsed(py, &jwks)
        } else {
            let jwks = self.0.to_jwks().map_err(|error| key_error(py, &error))?;
            parsed(py, &jwks)
        }
    }

    #[getter]
    #[pyo3(name = "keys")]
    fn key_tuple<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let keys: Vec<PyKey> = self.0.keys().iter().cloned().map(PyKey::new).collect();
        PyTuple::new(py, keys)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.key_tuple(py)?.try_iter()?.into_any())
    }

    fn __len__(&self) -> usize {
        self.0.keys().len()
    }

    fn __repr__(&self) -> String {
        let keys: Vec<String> = self.0.keys().iter().map(super::key::shown).collect();
        format!("<KeySet [{}]>", keys.join(", "))
    }
}

/// The keys to sign or verify with: a `KeySet`, or one `Key`.
pub(super) fn key_set(keys: &Bound<'_, PyAny>) -> PyResult<Arc<KeySet>> {
    if let Ok(key) = keys.cast_exact::<PyKey>() {
        return Ok(Arc::clone(key.get().alone()));
    }
    if let Ok(keys) = keys.cast_exact::<PyKeySet>() {
        return Ok(Arc::clone(&keys.get().0));
    }
    let message = "keys: give a Key or a KeySet; hint: KeySet([key, …]) makes one of several keys";
    Err(raise(keys.py(), INVALID_ARGUMENT, message))
}
