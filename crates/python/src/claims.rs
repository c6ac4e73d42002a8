use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tegata::{AccessClaims, Claims, RefreshClaims, SessionCheck, Unread};

use crate::authorization::names;
use crate::convert::{Moment, Pk};
use crate::objects::{self, ObjectError};
use crate::refusal::PyRefusal;

fn to_dict<'py>(py: Python<'py>, claims: &Claims) -> PyResult<Bound<'py, PyDict>> {
    dict(py, claims.payload())
}

pub(crate) fn dict<'py>(py: Python<'py>, payload: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    objects::dict(py, payload).map_err(|error| match error {
        ObjectError::Json(error) => PyValueError::new_err(error.to_string()),
        ObjectError::Python(error) => error,
    })
}

#[pyclass(frozen, name = "AccessClaims", module = "tegata._tegata")]
pub(crate) struct PyAccessClaims(pub(crate) AccessClaims);

#[pyclass(frozen, name = "RefreshClaims", module = "tegata._tegata")]
pub(crate) struct PyRefreshClaims(pub(crate) RefreshClaims);

macro_rules! claims_methods {
    ($class:ident, $kind:literal) => {
        #[pymethods]
        impl $class {
            #[classattr]
            fn kind() -> &'static str {
                $kind
            }

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
            fn issued_at(&self) -> Moment {
                Moment(self.0.issued_at())
            }

            #[getter]
            fn expires_at(&self) -> Moment {
                Moment(self.0.expires_at())
            }

            #[getter]
            fn auth_time(&self) -> Option<Moment> {
                self.0.auth_time().map(Moment)
            }

            #[getter]
            fn scopes(&self) -> Vec<String> {
                self.0.scopes().map(names).unwrap_or_default()
            }

            #[getter]
            fn tenant(&self) -> Option<&str> {
                self.0.tenant().map(tegata::Tenant::as_str)
            }

            #[getter]
            fn is_legacy(&self) -> bool {
                self.0.is_legacy()
            }

            #[getter]
            fn opens_session(&self) -> bool {
                self.0.opens_session()
            }

            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                to_dict(py, &self.0)
            }
        }
    };
}

claims_methods!(PyAccessClaims, "access");
claims_methods!(PyRefreshClaims, "refresh");

#[pyfunction]
pub(crate) fn session_check(claims: &PyAccessClaims, check: &str) -> PyResult<&'static str> {
    let check = SessionCheck::from_name(check)
        .ok_or_else(|| PyValueError::new_err("check: there is none of that name"))?;
    Ok(claims.0.session_check(check).name())
}

#[pyclass(frozen, name = "Unread", module = "tegata._tegata")]
pub(crate) struct PyUnread(pub(crate) Unread);

#[pymethods]
impl PyUnread {
    #[getter]
    fn refusal(&self) -> PyRefusal {
        PyRefusal(self.0.refusal)
    }

    #[getter]
    fn ours(&self) -> bool {
        self.0.ours
    }

    #[getter]
    fn reason(&self) -> &'static str {
        self.0.reason
    }
}
