use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tegata::{Device, Session, UserState, security_stamp};

use crate::convert::{Moment, Pk};

#[pyclass(frozen, name = "SessionRow", module = "tegata._tegata")]
pub(crate) struct PySessionRow(pub(crate) Session);

#[pymethods]
impl PySessionRow {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "one argument a column")]
    fn new(
        id: &str,
        user_id: Pk,
        created_at: Moment,
        expired_at: Option<Moment>,
        generation: u64,
        minted_at: Moment,
        refreshed_at: Moment,
        repeats: u32,
        first_used_at: Option<Moment>,
        security_stamp: String,
        legacy_jti: Option<String>,
    ) -> PyResult<Self> {
        Ok(Self(Session {
            id: id.parse().map_err(PyValueError::new_err)?,
            user_id: user_id.0,
            created_at: created_at.0,
            // These columns decide nothing, so they stay with Django.
            updated_at: created_at.0,
            end_reason: None,
            device: Device::unknown(),
            expired_at: expired_at.map(|moment| moment.0),
            generation,
            minted_at: minted_at.0,
            refreshed_at: refreshed_at.0,
            repeats,
            first_used_at: first_used_at.map(|moment| moment.0),
            security_stamp,
            legacy_jti,
        }))
    }
}

#[pyclass(frozen, name = "UserRow", module = "tegata._tegata")]
pub(crate) struct PyUserRow(pub(crate) UserState);

#[pymethods]
impl PyUserRow {
    #[new]
    fn new(id: Pk, is_active: bool, security_columns: Vec<String>) -> Self {
        let columns: Vec<&str> = security_columns.iter().map(String::as_str).collect();
        let security_stamp = security_stamp(&id.0, &columns);
        Self(UserState { id: id.0, is_active, security_stamp })
    }
}
