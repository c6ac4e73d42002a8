//! Sliding tokens: one token that is both of a pair.

use std::time::Duration;

use pyo3::prelude::*;
use tegata::{Device, Lifetimes, SlidingClaims, SystemRandomness};

use crate::authorization::{names, tenant};
use crate::convert::{Moment, Pk};
use crate::engine::{
    PyEngine, admission, bounds, custom, mint_error, object, opened, rotation, unread,
};
use crate::rows::{PySessionRow, PyUserRow};

#[pyclass(frozen, name = "SlidingClaims", module = "tegata._tegata")]
pub(crate) struct PySlidingClaims(pub(crate) SlidingClaims);

#[pymethods]
impl PySlidingClaims {
    #[getter]
    fn session_id(&self) -> &str {
        self.0.session_id().as_str()
    }

    #[getter]
    fn user_id(&self) -> Pk {
        Pk(self.0.user_id().clone())
    }

    #[getter]
    fn generation(&self) -> u64 {
        self.0.generation()
    }

    #[getter]
    fn opens_session(&self) -> bool {
        self.0.opens_session()
    }

    #[getter]
    fn tenant(&self) -> Option<&str> {
        self.0.tenant().map(tegata::Tenant::as_str)
    }

    #[getter]
    fn scopes(&self) -> Vec<String> {
        self.0.scopes().map(names).unwrap_or_default()
    }
}

#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "those of the engine's call, in its order")]
pub(crate) fn open_sliding<'py>(
    py: Python<'py>,
    engine: &PyEngine,
    lifetimes: (Duration, Duration),
    now: Moment,
    user: &PyUserRow,
    ip_address: Option<&str>,
    user_agent: &str,
    tenant: Option<&str>,
    asked_scopes: Option<Vec<String>>,
    granted_scopes: Option<Vec<String>>,
    custom_claims: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let custom = custom(granted_scopes, custom_claims)?;
    let bounds = bounds(tenant, asked_scopes)?;
    let device = Device::new(ip_address, user_agent);
    let lifetimes = self::lifetimes(lifetimes);
    let made = engine.detached(py, || {
        let (random, user) = (&SystemRandomness, &user.0);
        engine.0.open_sliding(now.0, random, user, device, &bounds, &custom, lifetimes)
    });
    opened(py, made)
}

#[pyfunction]
pub(crate) fn read_sliding<'py>(
    py: Python<'py>,
    engine: &PyEngine,
    now: Moment,
    token: &str,
    tenant: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let tenant = self::tenant(tenant)?;
    match engine.detached(py, || engine.0.read_sliding(now.0, token, tenant.as_ref())) {
        Ok(claims) => object(py, PySlidingClaims(claims)),
        Err(why) => unread(py, why),
    }
}

#[pyfunction]
pub(crate) fn check_sliding<'py>(
    py: Python<'py>,
    engine: &PyEngine,
    now: Moment,
    claims: &PySlidingClaims,
    session: Option<&PySessionRow>,
    user: Option<&PyUserRow>,
) -> PyResult<Bound<'py, PyAny>> {
    let (session, user) = (session.map(|row| &row.0), user.map(|row| &row.0));
    admission(py, engine.0.check_sliding(now.0, &claims.0, session, user))
}

#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "those of the engine's call, in its order")]
pub(crate) fn rotate_sliding<'py>(
    py: Python<'py>,
    engine: &PyEngine,
    lifetimes: (Duration, Duration),
    now: Moment,
    claims: &PySlidingClaims,
    session: Option<&PySessionRow>,
    user: Option<&PyUserRow>,
    granted_scopes: Option<Vec<String>>,
    custom_claims: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let custom = custom(granted_scopes, custom_claims)?;
    let (session, user) = (session.map(|row| &row.0), user.map(|row| &row.0));
    let lifetimes = self::lifetimes(lifetimes);
    let next = engine.detached(py, || {
        let (random, claims) = (&SystemRandomness, &claims.0);
        engine.0.rotate_sliding(now.0, random, claims, session, user, &custom, lifetimes)
    });
    rotation(py, next.map_err(|error| mint_error(&error))?)
}

fn lifetimes((token, refresh): (Duration, Duration)) -> Lifetimes {
    Lifetimes { token, refresh }
}
