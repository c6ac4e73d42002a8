use std::time::Duration;

use pyo3::PyClass;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use tegata::{
    Admission, AnyClaims, Bounds, ChallengeClient, ChallengeToken, ClaimNames, CustomClaims,
    CustomClaimsError, Device, Engine, MintError, Opened, Policy, Refusal, Rotation, SessionCheck,
    Snapshot, SystemRandomness, Unread,
};

use crate::authorization::{PyRequirement, scopes, tenant};
use crate::challenge::{PyChallengeAttempt, PyChallengeRow, PyOpenedChallenge};
use crate::claims::{PyAccessClaims, PyRefreshClaims, PyUnread};
use crate::convert::Moment;
use crate::jose::{PyKey, detached};
use crate::keys::PyKeySchedule;
use crate::legacy::PyLegacyTokens;
use crate::refusal::PyRefusal;
use crate::rows::{PySessionRow, PyUserRow};
use crate::verdict::{
    PyAdmit, PyAdvance, PyFirstUse, PyLogOut, PyOpened, PyReissue, PyRenew, PyRepeat, PyRevoke,
};

#[pyclass(frozen, name = "Engine", module = "tegata._tegata")]
pub(crate) struct PyEngine(pub(crate) Engine);

#[pymethods]
impl PyEngine {
    #[new]
    #[pyo3(signature = (
        keys, *, issuer, audience, client_id, leeway, access_token_lifetime,
        refresh_token_lifetime, session_lifetime, session_idle_timeout, max_sessions_per_user,
        rotate_refresh_tokens, refresh_grace, max_refresh_repeats, session_check,
        session_cache_lifetime, challenge_lifetime, token_type_claim, user_id_claim, session_id_claim,
        generation_claim, tenant_claim, max_token_length, legacy
    ))]
    #[expect(clippy::too_many_arguments, reason = "one argument a setting, all by name")]
    fn new(
        keys: &PyKeySchedule,
        issuer: String,
        audience: Vec<String>,
        client_id: String,
        leeway: Duration,
        access_token_lifetime: Duration,
        refresh_token_lifetime: Duration,
        session_lifetime: Duration,
        session_idle_timeout: Option<Duration>,
        max_sessions_per_user: Option<u32>,
        rotate_refresh_tokens: bool,
        refresh_grace: Duration,
        max_refresh_repeats: u32,
        session_check: &str,
        session_cache_lifetime: Duration,
        challenge_lifetime: Duration,
        token_type_claim: String,
        user_id_claim: String,
        session_id_claim: String,
        generation_claim: String,
        tenant_claim: String,
        max_token_length: usize,
        legacy: Vec<PyRef<'_, PyLegacyTokens>>,
    ) -> PyResult<Self> {
        let session_check = SessionCheck::from_name(session_check)
            .ok_or_else(|| PyValueError::new_err(("SESSION_CHECK", "is none of the checks")))?;
        let policy = Policy {
            issuer,
            audience,
            client_id,
            leeway,
            access_token_lifetime,
            refresh_token_lifetime,
            session_lifetime,
            session_idle_timeout,
            max_sessions_per_user,
            rotate_refresh_tokens,
            refresh_grace,
            max_refresh_repeats,
            session_check,
            session_cache_lifetime,
            challenge_lifetime,
            claim_names: ClaimNames {
                token_type: token_type_claim,
                user_id: user_id_claim,
                session_id: session_id_claim,
                generation: generation_claim,
                tenant: tenant_claim,
            },
            max_token_length,
        };
        let legacy = legacy.iter().map(|tokens| tokens.0.clone()).collect();
        Engine::new(policy, keys.0.clone())
            .and_then(|engine| engine.accept_legacy(legacy))
            .map(Self)
            .map_err(|error| PyValueError::new_err((error.setting, error.problem)))
    }

    #[expect(clippy::too_many_arguments, reason = "what a login is, in plain values")]
    fn open_session<'py>(
        &self,
        py: Python<'py>,
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
        let bounds = self::bounds(tenant, asked_scopes)?;
        let device = Device::new(ip_address, user_agent);
        opened(
            py,
            self.detached(py, || {
                self.0.open_session(now.0, &SystemRandomness, &user.0, device, &bounds, &custom)
            }),
        )
    }

    fn read_access<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        token: &str,
        tenant: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let tenant = self::tenant(tenant)?;
        match self.detached(py, || self.0.read_access(now.0, token, tenant.as_ref())) {
            Ok(claims) => object(py, PyAccessClaims(claims)),
            Err(unread) => self::unread(py, unread),
        }
    }

    fn read_refresh<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        token: &str,
        tenant: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let tenant = self::tenant(tenant)?;
        match self.detached(py, || self.0.read_refresh(now.0, token, tenant.as_ref())) {
            Ok(claims) => object(py, PyRefreshClaims(claims)),
            Err(unread) => self::unread(py, unread),
        }
    }

    fn read<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        token: &str,
        tenant: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let tenant = self::tenant(tenant)?;
        match self.detached(py, || self.0.read(now.0, token, tenant.as_ref())) {
            Ok(AnyClaims::Access(claims)) => object(py, PyAccessClaims(claims)),
            Ok(AnyClaims::Refresh(claims)) => object(py, PyRefreshClaims(claims)),
            Err(unread) => self::unread(py, unread),
        }
    }

    fn admit<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        claims: &PyAccessClaims,
        session: Option<&PySessionRow>,
        user: Option<&PyUserRow>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let session = session.map(|row| &row.0);
        admission(py, self.0.admit(now.0, &claims.0, session, user.map(|row| &row.0)))
    }

    fn admit_user<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        claims: &PyAccessClaims,
        user: Option<&PyUserRow>,
    ) -> PyResult<Bound<'py, PyAny>> {
        admission(py, self.0.admit_user(now.0, &claims.0, user.map(|row| &row.0)))
    }

    fn require<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        claims: &PyAccessClaims,
        requirement: &PyRequirement,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let met = self.0.require(now.0, &claims.0, &requirement.0);
        met.err().map(|refusal| PyRefusal(refusal).into_bound(py)).transpose()
    }

    fn snapshot(&self, before: Moment, session: &PySessionRow, epoch: &str) -> String {
        self.0.snapshot(before.0, &session.0, epoch).to_text()
    }

    fn admit_by_snapshot(
        &self,
        now: Moment,
        claims: &PyAccessClaims,
        snapshot: &str,
        epoch: &str,
    ) -> bool {
        Snapshot::from_text(snapshot)
            .is_some_and(|snapshot| self.0.admit_by_snapshot(now.0, &claims.0, &snapshot, epoch))
    }

    fn check_refresh<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        claims: &PyRefreshClaims,
        session: Option<&PySessionRow>,
        user: Option<&PyUserRow>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let session = session.map(|row| &row.0);
        admission(py, self.0.check_refresh(now.0, &claims.0, session, user.map(|row| &row.0)))
    }

    #[expect(clippy::too_many_arguments, reason = "the rows and what goes into the tokens")]
    fn rotate<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        claims: &PyRefreshClaims,
        session: Option<&PySessionRow>,
        user: Option<&PyUserRow>,
        granted_scopes: Option<Vec<String>>,
        custom_claims: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let custom = custom(granted_scopes, custom_claims)?;
        let (session, user) = (session.map(|row| &row.0), user.map(|row| &row.0));
        let rotation = self.detached(py, || {
            self.0.rotate(now.0, &SystemRandomness, &claims.0, session, user, &custom)
        });
        self::rotation(py, rotation.map_err(|error| mint_error(&error))?)
    }

    fn log_out<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        authorization: Option<&str>,
        refresh_token: Option<&str>,
        tenant: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let access_token: Result<&str, Refusal> = tegata::bearer_token(authorization);
        let tenant = self::tenant(tenant)?;
        let decide = || self.0.log_out(now.0, access_token, refresh_token, tenant.as_ref());
        match self.detached(py, decide) {
            Ok(log_out) => object(py, PyLogOut(log_out)),
            Err(refusal) => PyRefusal(refusal).into_bound(py),
        }
    }

    fn open_challenge(
        &self,
        now: Moment,
        user: &PyUserRow,
        step: &str,
        user_agent: &str,
        tenant: Option<&str>,
    ) -> PyResult<PyOpenedChallenge> {
        let tenant = self::tenant(tenant)?;
        let client = ChallengeClient { user_agent, tenant: tenant.as_ref() };
        self.0
            .open_challenge(now.0, &SystemRandomness, &user.0, step, client)
            .map(PyOpenedChallenge)
            .map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    #[expect(clippy::too_many_arguments, reason = "what a decision needs")]
    fn try_challenge<'py>(
        &self,
        py: Python<'py>,
        now: Moment,
        token: &str,
        challenge: Option<&PyChallengeRow>,
        user: Option<&PyUserRow>,
        user_agent: &str,
        tenant: Option<&str>,
        steps: Vec<String>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let tenant = self::tenant(tenant)?;
        let client = ChallengeClient { user_agent, tenant: tenant.as_ref() };
        let Ok(token) = token.parse::<ChallengeToken>() else {
            return PyRefusal(Refusal::InvalidChallenge).into_bound(py);
        };
        let (challenge, user) = (challenge.map(|row| &row.0), user.map(|row| &row.0));
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        match self.0.try_challenge(now.0, &token, challenge, user, client, &steps) {
            Ok(attempt) => object(py, PyChallengeAttempt(attempt)),
            Err(refusal) => PyRefusal(refusal).into_bound(py),
        }
    }

    #[getter]
    fn tombstone_lifetime(&self) -> Duration {
        self.0.policy().tombstone_lifetime()
    }

    fn signing_key(&self, now: Moment) -> PyResult<PyKey> {
        let key = self.0.keys_at(now.0).signing_key();
        key.map(|key| PyKey::new(key.clone()))
            .map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    fn jwks(&self, now: Moment) -> PyResult<String> {
        let jwks = self.0.keys_at(now.0).to_jwks();
        jwks.map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    fn __repr__(&self) -> String {
        format!("<Engine {}>", self.0.policy().issuer)
    }
}

impl PyEngine {
    pub(crate) fn detached<T: Send>(&self, py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
        detached(py, self.0.keys().keys(), work)
    }
}

pub(crate) fn bounds(tenant: Option<&str>, asked: Option<Vec<String>>) -> PyResult<Bounds> {
    let scopes = asked.map(|names| scopes(&names)).transpose()?;
    Ok(Bounds { tenant: self::tenant(tenant)?, scopes })
}

pub(crate) fn opened(
    py: Python<'_>,
    opened: Result<Opened, MintError>,
) -> PyResult<Bound<'_, PyAny>> {
    match opened {
        Ok(opened) => object(py, PyOpened::new(opened)),
        Err(MintError::NoScope) => PyRefusal(Refusal::InsufficientScope).into_bound(py),
        Err(error) => Err(mint_error(&error)),
    }
}

pub(crate) fn rotation(py: Python<'_>, rotation: Rotation) -> PyResult<Bound<'_, PyAny>> {
    match rotation {
        Rotation::Advance(advance) => object(py, PyAdvance(advance)),
        Rotation::Repeat(repeat) => object(py, PyRepeat(repeat)),
        Rotation::Reissue(tokens) => object(py, PyReissue(tokens)),
        Rotation::Renew(renew) => object(py, PyRenew(renew)),
        Rotation::Revoke(revoke) => object(py, PyRevoke(revoke)),
        Rotation::Refuse(refusal) => PyRefusal(refusal).into_bound(py),
    }
}

pub(crate) fn admission(py: Python<'_>, admission: Admission) -> PyResult<Bound<'_, PyAny>> {
    match admission {
        Admission::Admit => object(py, PyAdmit),
        Admission::AdmitFirstUse(first_use) => object(py, PyFirstUse(first_use)),
        Admission::Revoke(revoke) => object(py, PyRevoke(revoke)),
        Admission::Refuse(refusal) => PyRefusal(refusal).into_bound(py),
    }
}

pub(crate) fn unread(py: Python<'_>, unread: Unread) -> PyResult<Bound<'_, PyAny>> {
    object(py, PyUnread(unread))
}

pub(crate) fn object<T: PyClass>(
    py: Python<'_>,
    value: impl Into<PyClassInitializer<T>>,
) -> PyResult<Bound<'_, PyAny>> {
    Ok(Bound::new(py, value)?.into_any())
}

pub(crate) fn custom(granted: Option<Vec<String>>, json: Option<&str>) -> PyResult<CustomClaims> {
    let custom = json
        .map_or_else(|| Ok(CustomClaims::none()), CustomClaims::from_json)
        .map_err(|error: CustomClaimsError| PyValueError::new_err(error.to_string()))?;
    match granted {
        None => Ok(custom),
        Some(names) => Ok(custom.with_scopes(scopes(&names)?)),
    }
}

pub(crate) fn mint_error(error: &MintError) -> PyErr {
    match error {
        MintError::CustomClaims(error) => PyValueError::new_err(error.to_string()),
        MintError::Key(_) | MintError::NoScope | MintError::Randomness(_) => {
            PyRuntimeError::new_err(error.to_string())
        }
    }
}
