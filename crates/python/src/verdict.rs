use pyo3::prelude::*;
use tegata::{Ended, FirstUse, LogOut, Opened, Revoke, TokenPair};

use crate::convert::{Moment, Pk};
use crate::refusal::PyRefusal;

#[pyclass(frozen, name = "Tokens", module = "tegata._tegata", get_all)]
pub(crate) struct PyTokens {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: u64,
}

impl PyTokens {
    pub(crate) fn pair(tokens: TokenPair) -> Self {
        Self {
            access_token: tokens.access_token,
            refresh_token: Some(tokens.refresh_token),
            expires_in: tokens.expires_in.as_secs(),
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
pub(crate) struct PyOpened(Opened);

impl PyOpened {
    pub(crate) fn new(opened: Opened) -> Self {
        Self(opened)
    }
}

#[pymethods]
impl PyOpened {
    #[getter]
    fn session_id(&self) -> &str {
        self.0.session.id.as_str()
    }

    #[getter]
    fn created_at(&self) -> Moment {
        Moment(self.0.session.created_at)
    }

    #[getter]
    fn generation(&self) -> u64 {
        self.0.session.generation
    }

    #[getter]
    fn minted_at(&self) -> Moment {
        Moment(self.0.session.minted_at)
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
    fn tokens(&self) -> PyTokens {
        PyTokens::pair(self.0.tokens.clone())
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
        let end = self.0.end();
        write.call1((end.id.as_str(), end.reason.name(), Moment(end.at)))?;
        Ok(PyRefusal(self.0.clone().refusal(Ended::committed())))
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
        PyTokens::pair(self.0.tokens.clone())
    }
}

#[pyclass(frozen, name = "Repeat", module = "tegata._tegata")]
pub(crate) struct PyRepeat(pub(crate) TokenPair);

#[pymethods]
impl PyRepeat {
    #[getter]
    fn tokens(&self) -> PyTokens {
        PyTokens::pair(self.0.clone())
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
        PyTokens {
            access_token: self.0.access_token.clone(),
            refresh_token: None,
            expires_in: self.0.expires_in.as_secs(),
        }
    }
}

#[pyclass(frozen, name = "LogOut", module = "tegata._tegata")]
pub(crate) struct PyLogOut(pub(crate) LogOut);

#[pymethods]
impl PyLogOut {
    #[getter]
    fn user_id(&self) -> Pk {
        Pk(self.0.user_id.clone())
    }

    #[getter]
    fn ends(&self) -> Vec<(String, &'static str, Moment)> {
        let end =
            |end: &tegata::EndSession| (end.id.to_string(), end.reason.name(), Moment(end.at));
        self.0.ends.iter().map(end).collect()
    }
}
