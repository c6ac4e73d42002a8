use std::time::Duration;

use pyo3::prelude::*;
use tegata::{Attempt, ChallengeId, ChallengeToken, LoginChallenge, MAX_CHALLENGES_PER_USER};

use crate::convert::{Moment, Pk};
use crate::refusal::PyRefusal;

#[pyfunction]
pub(crate) fn challenge_id(token: &str) -> Option<String> {
    token.parse::<ChallengeToken>().ok().map(|token| token.id().as_str().to_owned())
}

#[pyclass(frozen, name = "ChallengeRow", module = "tegata._tegata")]
pub(crate) struct PyChallengeRow(pub(crate) LoginChallenge);

#[pymethods]
impl PyChallengeRow {
    #[new]
    fn new(
        id: String,
        user_id: Pk,
        step: String,
        security_stamp: String,
        client: String,
        created_at: Moment,
        attempts: u32,
    ) -> Self {
        Self(LoginChallenge {
            id: ChallengeId::of_row(id),
            user_id: user_id.0,
            step,
            security_stamp,
            client,
            created_at: created_at.0,
            attempts,
        })
    }
}

#[pyclass(frozen, name = "OpenedChallenge", module = "tegata._tegata")]
pub(crate) struct PyOpenedChallenge(pub(crate) tegata::OpenedChallenge);

#[pymethods]
impl PyOpenedChallenge {
    #[getter]
    fn id(&self) -> &str {
        self.0.row.id.as_str()
    }

    #[getter]
    fn security_stamp(&self) -> &str {
        &self.0.row.security_stamp
    }

    #[getter]
    fn client(&self) -> &str {
        &self.0.row.client
    }

    #[getter]
    fn created_at(&self) -> Moment {
        Moment(self.0.row.created_at)
    }

    #[getter]
    fn token(&self) -> &str {
        self.0.token.as_str()
    }

    #[getter]
    fn expires_in(&self) -> Duration {
        self.0.expires_in
    }

    #[getter]
    #[expect(clippy::unused_self, reason = "it stands beside the row that it bounds")]
    fn at_most(&self) -> u32 {
        MAX_CHALLENGES_PER_USER
    }

    #[expect(clippy::unused_self, reason = "the token is what must not be shown")]
    fn __repr__(&self) -> &'static str {
        "<OpenedChallenge>"
    }
}

#[pyclass(frozen, name = "ChallengeAttempt", module = "tegata._tegata")]
pub(crate) struct PyChallengeAttempt(pub(crate) Attempt);

#[pymethods]
impl PyChallengeAttempt {
    #[getter]
    fn id(&self) -> &str {
        self.0.count().id.as_str()
    }

    #[getter]
    fn limit(&self) -> u32 {
        self.0.count().limit
    }

    fn carry_out(
        &self,
        count: &Bound<'_, PyAny>,
        ask: &Bound<'_, PyAny>,
        consume: &Bound<'_, PyAny>,
    ) -> PyResult<Option<PyRefusal>> {
        let counted = match self.0.clone().counted(count.call0()?.extract()?) {
            Ok(counted) => counted,
            Err(refusal) => return Ok(Some(PyRefusal(refusal))),
        };
        let consumption = match counted.answered(ask.call0()?.extract()?) {
            Ok(consumption) => consumption,
            Err(refusal) => return Ok(Some(PyRefusal(refusal))),
        };
        Ok(consumption.consumed(consume.call0()?.extract()?).err().map(PyRefusal))
    }
}
