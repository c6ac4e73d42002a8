use std::borrow::Cow;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use tegata_jose::{Algorithm, Key, KeyError, KeySet, legacy};

use super::arguments::text;
use super::error::{INVALID_ARGUMENT, key_error, raise};
use super::json_text::{json_text, parsed};

#[pyclass(frozen, name = "Key", module = "tegata.jose")]
pub(crate) struct PyKey(Arc<KeySet>);

impl PyKey {
    pub(crate) fn new(key: Key) -> Self {
        Self(Arc::new(KeySet::new(vec![key]).expect("one key is a set")))
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0.keys()[0]
    }

    /// The set of this key alone.
    pub(super) fn alone(&self) -> &Arc<KeySet> {
        &self.0
    }

    fn made(py: Python<'_>, made: Result<Key, KeyError>) -> PyResult<Self> {
        made.map(Self::new).map_err(|error| key_error(py, &error))
    }
}

fn algorithm(name: &Bound<'_, PyAny>) -> PyResult<Algorithm> {
    let unknown = |error: KeyError| key_error(name.py(), &error);
    text("alg", name)?.parse().map_err(unknown)
}

/// Key material as `bytes`, or as `str` for its UTF-8.
fn material<'a>(value: &'a Bound<'_, PyAny>, what: &str) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(text) = value.cast::<PyString>()
        && let Ok(text) = text.to_str()
    {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    Err(raise(value.py(), INVALID_ARGUMENT, &format!("{what}: give str or bytes")))
}

fn pem_text<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, str>> {
    // What is not UTF-8 is no PEM either.
    Ok(match material(value, "text")? {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    })
}

#[pymethods]
impl PyKey {
    #[staticmethod]
    #[pyo3(signature = (raw, alg, *, legacy = false))]
    fn from_secret(raw: &Bound<'_, PyAny>, alg: &Bound<'_, PyAny>, legacy: bool) -> PyResult<Self> {
        let py = raw.py();
        let read = if legacy { legacy::from_secret } else { Key::from_secret };
        Self::made(py, read(&material(raw, "raw")?, algorithm(alg)?))
    }

    #[staticmethod]
    fn derive(
        py: Python<'_>,
        secret: &[u8],
        label: &[u8],
        alg: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        Self::made(py, Key::derive(secret, label, algorithm(alg)?))
    }

    #[staticmethod]
    #[pyo3(signature = (text, alg, *, legacy = false))]
    fn from_pem(text: &Bound<'_, PyAny>, alg: &Bound<'_, PyAny>, legacy: bool) -> PyResult<Self> {
        let py = text.py();
        let read = if legacy { legacy::from_pem } else { Key::from_pem };
        Self::made(py, read(&pem_text(text)?, algorithm(alg)?))
    }

    #[staticmethod]
    #[pyo3(signature = (raw, alg, *, legacy = false))]
    fn from_der(raw: &Bound<'_, PyAny>, alg: &Bound<'_, PyAny>, legacy: bool) -> PyResult<Self> {
        let py = raw.py();
        let read = if legacy { legacy::from_der } else { Key::from_der };
        Self::made(py, read(&material(raw, "raw")?, algorithm(alg)?))
    }

    #[staticmethod]
    #[pyo3(signature = (jwk, alg = None, *, legacy = false))]
    fn from_jwk(
        jwk: &Bound<'_, PyAny>,
        alg: Option<&Bound<'_, PyAny>>,
        legacy: bool,
    ) -> PyResult<Self> {
        let py = jwk.py();
        let alg = alg.map(algorithm).transpose()?;
        let read = if legacy { legacy::from_jwk } else { Key::from_jwk };
        Self::made(py, read(&json_text(jwk)?, alg))
    }

    #[staticmethod]
    fn generate(py: Python<'_>, alg: &Bound<'_, PyAny>) -> PyResult<Self> {
        let alg = algorithm(alg)?;
        // An RSA key takes a second to find.
        Self::made(py, py.detach(|| Key::generate(alg)))
    }

    #[getter]
    fn algorithm(&self) -> &'static str {
        self.key().algorithm().name()
    }

    #[getter]
    fn kid(&self) -> Option<&str> {
        self.key().kid()
    }

    #[getter]
    fn can_sign(&self) -> bool {
        self.key().can_sign()
    }

    fn with_kid(&self, kid: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let kid = kid.map(|kid| text("kid", kid)).transpose()?;
        Ok(Self::new(self.key().clone().with_kid(kid.map(str::to_owned))))
    }

    fn public(&self, py: Python<'_>) -> PyResult<Self> {
        Self::made(py, self.key().public())
    }

    fn thumbprint(&self, py: Python<'_>) -> PyResult<String> {
        self.key().thumbprint().map_err(|error| key_error(py, &error))
    }

    fn to_jwk<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let jwk = self.key().to_jwk().map_err(|error| key_error(py, &error))?;
        parsed(py, &jwk)
    }

    fn to_pem<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let pem = self.key().to_pem().map_err(|error| key_error(py, &error))?;
        Ok(PyString::new(py, &pem))
    }

    fn to_der<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let der = self.key().to_der().map_err(|error| key_error(py, &error))?;
        Ok(PyBytes::new(py, &der))
    }

    fn __repr__(&self) -> String {
        format!("<Key {}>", shown(self.key()))
    }
}

/// What of a key may be shown.
pub(super) fn shown(key: &Key) -> String {
    match key.kid() {
        Some(kid) => format!("{} kid={kid:?}", key.algorithm()),
        None => key.algorithm().to_string(),
    }
}
