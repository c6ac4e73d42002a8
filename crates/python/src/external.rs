use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tegata::{ExternalClaims, ExternalIssuer, ExternalPolicy, ExternalUnread};
use tegata_jose::{Algorithm, Limits};

use crate::authorization::{PyRequirement, names};
use crate::claims::dict;
use crate::convert::Moment;
use crate::jose::{PyKeySet, detached};
use crate::refusal::PyRefusal;

#[pyclass(frozen, name = "ExternalIssuer", module = "tegata._tegata")]
pub(crate) struct PyExternalIssuer(ExternalIssuer);

#[pymethods]
impl PyExternalIssuer {
    #[new]
    #[pyo3(signature = (
        issuer, *, tenants, audience, client_claim, clients, algorithms, types, untyped, token_type,
        absent, require, require_any, claims, scopes
    ))]
    #[expect(clippy::too_many_arguments, reason = "one argument a rule, all by name")]
    fn new(
        issuer: String,
        tenants: Vec<String>,
        audience: Vec<String>,
        client_claim: String,
        clients: Vec<String>,
        algorithms: Vec<String>,
        types: Vec<String>,
        untyped: bool,
        token_type: Option<(String, Vec<String>)>,
        absent: Vec<String>,
        require: Vec<String>,
        require_any: Vec<String>,
        claims: Vec<(String, String)>,
        scopes: Vec<Vec<String>>,
    ) -> PyResult<Self> {
        let algorithms: Result<Vec<Algorithm>, _> =
            algorithms.iter().map(|name| name.parse()).collect();
        let claims =
            claims.into_iter().map(|(name, values)| Ok((name, serde_json::from_str(&values)?)));
        let claims: Result<Vec<_>, serde_json::Error> = claims.collect();
        let policy = ExternalPolicy {
            issuer,
            tenants,
            audience,
            client_claim,
            clients,
            algorithms: algorithms.map_err(value_error)?,
            types,
            untyped,
            token_type,
            absent,
            require,
            require_any,
            claims: claims.map_err(value_error)?,
            scopes,
        };
        ExternalIssuer::new(policy).map(Self).map_err(value_error)
    }

    fn is_named(&self, iss: &str) -> bool {
        self.0.is_named(iss)
    }

    fn read<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        leeway: Duration,
        token: &str,
        keys: &PyKeySet,
        max_token_length: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let limits = Limits { max_token_length, ..Limits::DEFAULT };
        let keys = keys.keys();
        match detached(py, keys.keys(), || self.0.read(now.0, leeway, token, keys, &limits)) {
            Ok(claims) => Ok(Bound::new(py, PyExternalClaims(claims))?.into_any()),
            Err(unread) => Ok(Bound::new(py, PyExternalUnread(unread))?.into_any()),
        }
    }
}

#[pyclass(frozen, name = "ExternalClaims", module = "tegata._tegata")]
pub(crate) struct PyExternalClaims(ExternalClaims);

#[pymethods]
impl PyExternalClaims {
    #[getter]
    fn issuer(&self) -> &str {
        self.0.issuer()
    }

    #[getter]
    fn subject(&self) -> &str {
        self.0.subject()
    }

    #[getter]
    fn scopes(&self) -> Vec<String> {
        names(self.0.scopes())
    }

    #[getter]
    fn expires_at(&self) -> Moment {
        Moment(self.0.expires_at())
    }

    fn require<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        requirement: &PyRequirement,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let met = self.0.require(now.0, &requirement.0);
        met.err().map(|refusal| PyRefusal(refusal).into_bound(py)).transpose()
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dict(py, self.0.payload())
    }
}

#[pyclass(frozen, name = "ExternalUnread", module = "tegata._tegata")]
pub(crate) struct PyExternalUnread(ExternalUnread);

#[pymethods]
impl PyExternalUnread {
    #[getter]
    fn refusal(&self) -> PyRefusal {
        PyRefusal(self.0.refusal)
    }

    #[getter]
    fn theirs(&self) -> bool {
        self.0.theirs
    }

    #[getter]
    fn misses_key(&self) -> bool {
        self.0.misses_key
    }

    #[getter]
    fn reason(&self) -> &str {
        &self.0.reason
    }
}

#[pyfunction]
pub(crate) fn unverified_issuer(token: &str, max_token_length: usize) -> Option<String> {
    let limits = Limits { max_token_length, ..Limits::DEFAULT };
    tegata::unverified_issuer(token, &limits)
}

#[pyfunction]
pub(crate) fn external_username(issuer: &str, subject: &str) -> String {
    tegata::external_username(issuer, subject)
}

fn value_error(error: impl ToString) -> PyErr {
    PyValueError::new_err(error.to_string())
}
