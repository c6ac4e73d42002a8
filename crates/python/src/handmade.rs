//! Tokens of any type, made and read by hand.

use std::time::Duration;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tegata::{
    Claims, Device, Draft, DraftError, Lifetimes, SystemRandomness, TokenType, TypedClaims,
};

use crate::authorization::tenant;
use crate::claims::{PyAccessClaims, PyRefreshClaims, dict};
use crate::convert::{Moment, Pk};
use crate::engine::{PyEngine, mint_error, object, unread};
use crate::refusal::PyRefusal;
use crate::rows::PyUserRow;
use crate::verdict::{PyEndSessions, PyNewSession};

#[pyclass(frozen, name = "Draft", module = "tegata._tegata")]
pub(crate) struct PyDraft(Draft);

#[pymethods]
impl PyDraft {
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dict(py, self.0.claims.as_bytes())
    }

    #[getter]
    fn row(&self) -> Option<PyNewSession> {
        self.0.row.clone().map(PyNewSession)
    }
}

#[pyclass(frozen, name = "TypedClaims", module = "tegata._tegata")]
pub(crate) struct PyTypedClaims(pub(crate) TypedClaims);

#[pymethods]
impl PyTypedClaims {
    #[getter]
    fn token_type(&self) -> &str {
        self.0.token_type().name()
    }

    #[getter]
    fn issued_at(&self) -> Moment {
        Moment(self.0.issued_at())
    }

    #[getter]
    fn expires_at(&self) -> Moment {
        Moment(self.0.expires_at())
    }

    #[getter]
    fn refresh_expires_at(&self) -> Option<Moment> {
        self.0.login().and_then(Claims::refresh_expires_at).map(Moment)
    }

    #[getter]
    fn user_id(&self) -> Option<Pk> {
        self.0.login().map(|login| Pk(login.user_id().clone()))
    }

    #[getter]
    fn session_id(&self) -> Option<&str> {
        self.0.login().map(|login| login.session_id().as_str())
    }

    #[getter]
    fn is_legacy(&self) -> bool {
        self.0.login().is_some_and(Claims::is_legacy)
    }

    #[getter]
    fn opens_session(&self) -> bool {
        self.0.login().is_some_and(Claims::opens_session)
    }

    fn access(&self) -> Option<PyAccessClaims> {
        self.0.clone().into_access().map(PyAccessClaims)
    }

    fn refresh(&self) -> Option<PyRefreshClaims> {
        self.0.clone().into_refresh().map(PyRefreshClaims)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dict(py, self.0.payload())
    }
}

#[pyfunction]
pub(crate) fn is_token_type(name: &str) -> bool {
    TokenType::from_name(name).is_some()
}

#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "those of the engine's call, in its order")]
pub(crate) fn draft_token(
    py: Python<'_>,
    engine: &PyEngine,
    now: Moment,
    token_type: &str,
    lifetime: Duration,
    refresh_lifetime: Duration,
    user: Option<&PyUserRow>,
    ip_address: Option<&str>,
    user_agent: &str,
    tenant: Option<&str>,
) -> PyResult<PyDraft> {
    let tenant = self::tenant(tenant)?;
    let token_type = self::token_type(token_type)?;
    let lifetimes = Lifetimes { token: lifetime, refresh: refresh_lifetime };
    let user = user.map(|row| &row.0);
    let device = Device::new(ip_address, user_agent);
    engine
        .detached(py, || {
            let (random, tenant) = (&SystemRandomness, tenant.as_ref());
            engine.0.draft(now.0, random, &token_type, lifetimes, user, device, tenant)
        })
        .map(PyDraft)
        .map_err(|error| mint_error(&error))
}

#[pyfunction]
pub(crate) fn draft_token_from<'py>(
    py: Python<'py>,
    engine: &PyEngine,
    now: Moment,
    token_type: &str,
    lifetime: Duration,
    claims: &str,
    leave_out: Vec<String>,
) -> PyResult<Bound<'py, PyDict>> {
    let token_type = self::token_type(token_type)?;
    let claims = engine
        .0
        .draft_from(now.0, &SystemRandomness, &token_type, lifetime, claims, &leave_out)
        .map_err(|error| draft_error(&error))?;
    dict(py, claims.as_bytes())
}

#[pyfunction]
pub(crate) fn sign_token(
    py: Python<'_>,
    engine: &PyEngine,
    now: Moment,
    token_type: &str,
    claims: &str,
) -> PyResult<String> {
    let token_type = self::token_type(token_type)?;
    engine
        .detached(py, || engine.0.sign_draft(now.0, &token_type, claims))
        .map_err(|error| draft_error(&error))
}

#[pyfunction]
pub(crate) fn read_token<'py>(
    py: Python<'py>,
    engine: &PyEngine,
    now: Moment,
    token: &str,
    token_types: Option<Vec<String>>,
    allow_expired: bool,
    tenant: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let accepted = token_types.map(self::token_types).transpose()?;
    let tenant = self::tenant(tenant)?;
    let read = engine.detached(py, || {
        let (accepted, tenant) = (accepted.as_deref(), tenant.as_ref());
        if allow_expired {
            engine.0.read_typed_undated(now.0, token, accepted, tenant)
        } else {
            engine.0.read_typed(now.0, token, accepted, tenant)
        }
    });
    match read {
        Ok(claims) => object(py, PyTypedClaims(claims)),
        Err(why) => unread(py, why),
    }
}

#[pyfunction]
pub(crate) fn read_opening_token<'py>(
    py: Python<'py>,
    engine: &PyEngine,
    now: Moment,
    token: &str,
    token_types: Vec<String>,
    tenant: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let accepted = self::token_types(token_types)?;
    let tenant = self::tenant(tenant)?;
    match engine.detached(py, || engine.0.read_opening(now.0, token, &accepted, tenant.as_ref())) {
        Ok(claims) => object(py, PyAccessClaims(claims)),
        Err(why) => unread(py, why),
    }
}

#[pyfunction]
pub(crate) fn end_of_token<'py>(
    py: Python<'py>,
    engine: &PyEngine,
    now: Moment,
    claims: &PyTypedClaims,
) -> PyResult<Bound<'py, PyAny>> {
    match engine.0.end_of(now.0, &claims.0) {
        Ok(end) => object(py, PyEndSessions(end)),
        Err(refusal) => PyRefusal(refusal).into_bound(py),
    }
}

fn token_type(name: &str) -> PyResult<TokenType> {
    TokenType::from_name(name).ok_or_else(|| {
        PyValueError::new_err("a token type is 1 to 64 letters, digits, `-`, `_` or `.`")
    })
}

fn token_types(names: Vec<String>) -> PyResult<Vec<TokenType>> {
    names.iter().map(|name| token_type(name)).collect()
}

fn draft_error(error: &DraftError) -> PyErr {
    match error {
        DraftError::Claims(_) | DraftError::TooLong { .. } => {
            PyValueError::new_err(error.to_string())
        }
        DraftError::Key(_) | DraftError::Randomness(_) => {
            PyRuntimeError::new_err(error.to_string())
        }
    }
}
