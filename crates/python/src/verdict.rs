use pyo3::prelude::*;
use tegata::{EndReason, EndSessions, Ended, Ending, FirstUse, LogOut, NewSession, Revoke, Tokens};

use crate::claims::PyRefreshClaims;
use crate::convert::{Moment, Pk};
use crate::refusal::PyRefusal;
use crate::rows::PySessionRow;

#[pyclass(frozen, name = "Tokens", module = "tegata._tegata", get_all)]
pub(crate) struct PyTokens {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: u64,
    refresh_expires_in: Option<u64>,
    scope: Option<String>,
}

impl PyTokens {
    fn of(tokens: &Tokens) -> Self {
        Self {
            access_token: tokens.access_token.clone(),
            refresh_token: tokens.refresh_token.clone(),
            expires_in: tokens.expires_in.as_secs(),
            refresh_expires_in: tokens.refresh_expires_in.map(|span| span.as_secs()),
            scope: tokens.scopes.as_ref().map(ToString::to_string),
        }
    }
}

#[pymethods]
impl PyTokens {
    #[expect(clippy::unused_self, reason = "the tokens are what must not be shown")]
    fn __repr__(&self) -> &'static str {
        "<Tokens>"
    }
}

#[pyclass(frozen, name = "Opened", module = "tegata._tegata")]
pub(crate) struct PyOpened(tegata::Opened);

impl PyOpened {
    pub(crate) fn new(opened: tegata::Opened) -> Self {
        Self(opened)
    }
}

#[pymethods]
impl PyOpened {
    #[getter]
    fn row(&self) -> Option<PyNewSession> {
        self.0.row.clone().map(PyNewSession)
    }

    #[getter]
    fn tokens(&self) -> PyTokens {
        PyTokens::of(&self.0.tokens)
    }
}

#[pyclass(frozen, name = "NewSession", module = "tegata._tegata")]
pub(crate) struct PyNewSession(pub(crate) NewSession);

#[pymethods]
impl PyNewSession {
    #[getter]
    fn session_id(&self) -> &str {
        self.0.session.id.as_str()
    }

    #[getter]
    fn created_at(&self) -> Moment {
        Moment(self.0.session.created_at)
    }

    #[getter]
    fn expired_at(&self) -> Option<Moment> {
        self.0.session.expired_at.map(Moment)
    }

    #[getter]
    fn end_reason(&self) -> Option<&'static str> {
        self.0.session.end_reason.map(EndReason::name)
    }

    #[getter]
    fn generation(&self) -> u64 {
        self.0.session.generation
    }

    #[getter]
    fn legacy_jti(&self) -> Option<&str> {
        self.0.session.legacy_jti.as_deref()
    }

    fn as_inserted(&self) -> PySessionRow {
        PySessionRow(self.0.session.clone())
    }

    #[getter]
    fn security_stamp(&self) -> &str {
        &self.0.session.security_stamp
    }

    #[getter]
    fn ip_address(&self) -> Option<String> {
        self.0.session.device.ip_address.map(|address| address.to_string())
    }

    #[getter]
    fn user_agent(&self) -> &str {
        &self.0.session.device.user_agent
    }

    #[getter]
    fn at_most(&self) -> Option<u32> {
        self.0.limit.as_ref().map(|limit| limit.at_most)
    }
}

#[pyclass(frozen, name = "Admit", module = "tegata._tegata")]
pub(crate) struct PyAdmit;

#[pyclass(frozen, name = "FirstUse", module = "tegata._tegata")]
pub(crate) struct PyFirstUse(pub(crate) FirstUse);

#[pymethods]
impl PyFirstUse {
    #[getter]
    fn generation(&self) -> u64 {
        self.0.generation
    }

    #[getter]
    fn at(&self) -> Moment {
        Moment(self.0.at)
    }
}

#[pyclass(frozen, name = "Revoke", module = "tegata._tegata")]
pub(crate) struct PyRevoke(pub(crate) Revoke);

#[pymethods]
impl PyRevoke {
    fn carry_out(&self, write: &Bound<'_, PyAny>) -> PyResult<PyRefusal> {
        let count: u64 = write.call1((PyEndSessions(self.0.end().clone()),))?.extract()?;
        Ok(PyRefusal(self.0.clone().refusal(Ended::committed(count))))
    }
}

#[pyclass(frozen, name = "EndSessions", module = "tegata._tegata")]
pub(crate) struct PyEndSessions(pub(crate) EndSessions);

#[pymethods]
impl PyEndSessions {
    #[getter]
    fn session_id(&self) -> Option<&str> {
        match &self.0.sessions {
            Ending::Session(session) | Ending::Own { session, .. } => Some(session.as_str()),
            Ending::User(_) | Ending::Others { .. } | Ending::Stamped { .. } => None,
        }
    }

    #[getter]
    fn user_id(&self) -> Option<Pk> {
        match &self.0.sessions {
            Ending::Session(_) => None,
            Ending::User(user)
            | Ending::Own { user, .. }
            | Ending::Others { user, .. }
            | Ending::Stamped { user, .. } => Some(Pk(user.clone())),
        }
    }

    #[getter]
    fn except_session_id(&self) -> Option<&str> {
        match &self.0.sessions {
            Ending::Others { except, .. } => Some(except.as_str()),
            _ => None,
        }
    }

    #[getter]
    fn security_stamp(&self) -> Option<&str> {
        match &self.0.sessions {
            Ending::Stamped { security_stamp, .. } => Some(security_stamp),
            _ => None,
        }
    }

    #[getter]
    fn reason(&self) -> &'static str {
        self.0.reason.name()
    }

    #[getter]
    fn at(&self) -> Moment {
        Moment(self.0.at)
    }
}

#[pyclass(frozen, name = "Advance", module = "tegata._tegata")]
pub(crate) struct PyAdvance(pub(crate) tegata::Advance);

#[pymethods]
impl PyAdvance {
    #[getter]
    fn expected_generation(&self) -> u64 {
        self.0.swap.from
    }

    #[getter]
    fn next_generation(&self) -> u64 {
        self.0.swap.to()
    }

    #[getter]
    fn at(&self) -> Moment {
        Moment(self.0.swap.at)
    }

    #[getter]
    fn tokens(&self) -> PyTokens {
        PyTokens::of(&self.0.tokens)
    }
}

#[pyclass(frozen, name = "Repeat", module = "tegata._tegata")]
pub(crate) struct PyRepeat(pub(crate) tegata::Repeat);

#[pymethods]
impl PyRepeat {
    #[getter]
    fn generation(&self) -> u64 {
        self.0.count.generation
    }

    #[getter]
    fn limit(&self) -> u32 {
        self.0.count.limit
    }

    #[getter]
    fn unused(&self) -> bool {
        self.0.count.unused
    }

    #[getter]
    fn at(&self) -> Moment {
        Moment(self.0.count.at)
    }

    #[getter]
    fn tokens(&self) -> PyTokens {
        PyTokens::of(&self.0.tokens)
    }
}

#[pyclass(frozen, name = "Renew", module = "tegata._tegata")]
pub(crate) struct PyRenew(pub(crate) tegata::Renew);

#[pymethods]
impl PyRenew {
    #[getter]
    fn at(&self) -> Moment {
        Moment(self.0.touch.at)
    }

    #[getter]
    fn tokens(&self) -> PyTokens {
        PyTokens::of(&self.0.tokens)
    }
}

#[pyclass(frozen, name = "Reissue", module = "tegata._tegata")]
pub(crate) struct PyReissue(pub(crate) Tokens);

#[pymethods]
impl PyReissue {
    #[getter]
    fn tokens(&self) -> PyTokens {
        PyTokens::of(&self.0)
    }
}

#[pyclass(frozen, name = "LogOut", module = "tegata._tegata")]
pub(crate) struct PyLogOut(pub(crate) LogOut);

#[pymethods]
impl PyLogOut {
    #[getter]
    fn ends(&self) -> Vec<PyEndSessions> {
        self.0.ends.iter().cloned().map(PyEndSessions).collect()
    }

    #[getter]
    fn opening(&self) -> Option<PyRefreshClaims> {
        self.0.opening.clone().map(PyRefreshClaims)
    }
}
