//! Rows for the tokens of a library that kept no sessions.

use std::time::Duration;

use pyo3::prelude::*;
use tegata::{
    Claims, Device, EndReason, EndSessions, Ending, Engine, NewSession, Session, SessionId,
};

use crate::claims::{PyAccessClaims, PyRefreshClaims};
use crate::convert::{Moment, Pk};
use crate::engine::{PyEngine, object};
use crate::handmade::PyTypedClaims;
use crate::refusal::PyRefusal;
use crate::rows::PyUserRow;
use crate::sliding::PySlidingClaims;
use crate::verdict::PyNewSession;

/// Claims of a token of whatever kind.
#[derive(FromPyObject)]
pub(crate) enum AnyClaims<'py> {
    Access(PyRef<'py, PyAccessClaims>),
    Refresh(PyRef<'py, PyRefreshClaims>),
    Sliding(PyRef<'py, PySlidingClaims>),
    Typed(PyRef<'py, PyTypedClaims>),
}

impl AnyClaims<'_> {
    fn claims(&self) -> Option<&Claims> {
        match self {
            Self::Access(claims) => Some(&claims.0),
            Self::Refresh(claims) => Some(&claims.0),
            Self::Sliding(claims) => Some(&claims.0),
            Self::Typed(claims) => claims.0.login(),
        }
    }
}

#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "those of the engine's call, in its order")]
pub(crate) fn take_over<'py>(
    py: Python<'py>,
    engine: &PyEngine,
    now: Moment,
    claims: AnyClaims<'py>,
    user: Option<&PyUserRow>,
    given_up: bool,
    password_digest: Option<&str>,
    ip_address: Option<&str>,
    user_agent: &str,
    refresh_lifetime: Option<Duration>,
) -> PyResult<Bound<'py, PyAny>> {
    let (user, device) = (user.map(|row| &row.0), Device::new(ip_address, user_agent));
    let Some(claims) = claims.claims() else {
        return PyRefusal(tegata::Refusal::SessionNotFound).into_bound(py);
    };
    let digest = password_digest;
    match engine.0.take_over(now.0, claims, user, given_up, digest, device, refresh_lifetime) {
        Ok(row) => object(py, PyNewSession(row)),
        Err(refusal) => PyRefusal(refusal).into_bound(py),
    }
}

#[pyfunction]
pub(crate) fn is_of_a_password(claims: AnyClaims<'_>) -> bool {
    claims.claims().is_some_and(Claims::is_of_a_password)
}

#[pyfunction]
pub(crate) fn take_over_ended(
    user_id: Pk,
    token_id: &str,
    begun: Moment,
    ended: Moment,
) -> PyNewSession {
    row(Engine::take_over_ended(user_id.0, token_id, begun.0, ended.0))
}

#[pyfunction]
pub(crate) fn give_up_legacy(
    engine: &PyEngine,
    now: Moment,
    user_id: Pk,
    reason: &str,
) -> Option<PyNewSession> {
    let reason = EndReason::from_name(reason).unwrap_or(EndReason::Administrator);
    let end = EndSessions { sessions: Ending::User(user_id.0), at: now.0, reason };
    engine.0.give_up_legacy(&end).map(row)
}

#[pyfunction]
pub(crate) fn given_up_legacy_id(user_id: Pk) -> String {
    SessionId::of_given_up_legacy(&user_id.0).to_string()
}

#[pyfunction]
pub(crate) fn keeps_legacy_rows(engine: &PyEngine, now: Moment) -> bool {
    engine.0.keeps_legacy_rows(now.0)
}

fn row(session: Session) -> PyNewSession {
    PyNewSession(NewSession { session, limit: None })
}
