use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tegata::{Begin, Issuer, KeyRotation, KeySchedule, KeyTimes, MetadataPaths, RotationPlan};

use crate::authorization::scopes;
use crate::convert::Moment;
use crate::jose::PyKey;

#[pyclass(frozen, eq, name = "KeyTimes", module = "tegata._tegata")]
#[derive(PartialEq)]
pub(crate) struct PyKeyTimes(pub(crate) KeyTimes);

#[pymethods]
impl PyKeyTimes {
    #[new]
    #[pyo3(signature = (jwk = "{}"))]
    fn new(jwk: &str) -> PyResult<Self> {
        let times = KeyTimes::from_jwk(jwk);
        times.map(Self).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn members(&self) -> Vec<(&'static str, i64)> {
        let KeyTimes { made_at, signs_from, ends_at } = self.0;
        let all = [("iat", made_at), ("nbf", signs_from), ("exp", ends_at)];
        all.into_iter().filter_map(|(name, at)| Some((name, at?.seconds()))).collect()
    }

    fn __repr__(&self) -> String {
        format!("<KeyTimes {:?}>", self.members())
    }
}

#[pyclass(frozen, name = "KeySchedule", module = "tegata._tegata")]
pub(crate) struct PyKeySchedule(pub(crate) KeySchedule);

#[pymethods]
impl PyKeySchedule {
    #[new]
    fn new(
        keys: Vec<(PyRef<'_, PyKey>, PyRef<'_, PyKeyTimes>)>,
        retention: Duration,
    ) -> PyResult<Self> {
        let keys = keys.iter().map(|(key, times)| (key.key().clone(), times.0)).collect();
        let schedule = KeySchedule::new(keys, retention);
        schedule.map(Self).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn lives_at(&self, now: Moment) -> Vec<(&'static str, Option<Moment>, Option<Moment>)> {
        let lives = self.0.lives_at(now.0).into_iter();
        lives
            .map(|life| (life.state.name(), life.since.map(Moment), life.until.map(Moment)))
            .collect()
    }
}

#[pyclass(frozen, name = "KeyRotation", module = "tegata._tegata")]
pub(crate) struct PyKeyRotation(KeyRotation);

#[pymethods]
impl PyKeyRotation {
    #[new]
    #[pyo3(signature = (
        *, period, lead, retention, longest_lifetime, jwks_max_age, reload_interval, leeway
    ))]
    fn new(
        period: Duration,
        lead: Duration,
        retention: Duration,
        longest_lifetime: Duration,
        jwks_max_age: Duration,
        reload_interval: Duration,
        leeway: Duration,
    ) -> PyResult<Self> {
        let rotation = KeyRotation {
            period,
            lead,
            retention,
            longest_lifetime,
            jwks_max_age,
            reload_interval,
            leeway,
        };
        rotation
            .validate()
            .map(|()| Self(rotation))
            .map_err(|error| PyValueError::new_err((error.setting, error.problem)))
    }

    fn plan(
        &self,
        keys: Vec<PyRef<'_, PyKeyTimes>>,
        now: Moment,
        begin: &str,
    ) -> PyResult<PyRotationPlan> {
        let begin = Begin::from_name(begin)
            .ok_or_else(|| PyValueError::new_err("is no way in which a new key begins"))?;
        let keys: Vec<KeyTimes> = keys.iter().map(|times| times.0).collect();
        let plan = self.0.plan(&keys, now.0, begin);
        let has_changes = plan.changes(&keys);
        Ok(PyRotationPlan { plan, has_changes })
    }
}

#[pyclass(frozen, name = "RotationPlan", module = "tegata._tegata")]
pub(crate) struct PyRotationPlan {
    plan: RotationPlan,
    has_changes: bool,
}

#[pymethods]
impl PyRotationPlan {
    #[getter]
    fn has_changes(&self) -> bool {
        self.has_changes
    }

    #[getter]
    fn added(&self) -> Option<PyKeyTimes> {
        self.plan.new.map(PyKeyTimes)
    }

    #[getter]
    fn kept(&self) -> Vec<(usize, PyKeyTimes)> {
        self.plan.kept.iter().map(|(index, times)| (*index, PyKeyTimes(*times))).collect()
    }

    #[getter]
    fn dropped(&self) -> Vec<usize> {
        self.plan.dropped.clone()
    }

    #[getter]
    fn due_at(&self) -> Moment {
        Moment(self.plan.due_at)
    }
}

#[pyclass(frozen, name = "Issuer", module = "tegata._tegata")]
pub(crate) struct PyIssuer(Issuer);

#[pymethods]
impl PyIssuer {
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        let issuer = text.parse::<Issuer>();
        issuer.map(Self).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    #[getter]
    fn metadata_path(&self) -> String {
        self.0.metadata_path()
    }

    #[pyo3(signature = (*, jwks_path, token_path, scope_names))]
    fn metadata(
        &self,
        jwks_path: &str,
        token_path: Option<&str>,
        scope_names: Vec<String>,
    ) -> PyResult<String> {
        let paths =
            MetadataPaths { jwks: jwks_path, token: token_path, ..MetadataPaths::default() };
        let scopes = scopes(&scope_names)?;
        Ok(self.0.metadata(paths, Some(&scopes).filter(|scopes| !scopes.is_empty())))
    }

    fn __repr__(&self) -> String {
        format!("<Issuer {}>", self.0.as_str())
    }
}
