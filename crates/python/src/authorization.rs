use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tegata::{Requirement, Scopes, Tenant};

use crate::refusal::PyRefusal;

#[pyclass(frozen, name = "Requirement", module = "tegata._tegata")]
pub(crate) struct PyRequirement(pub(crate) Requirement);

#[pymethods]
impl PyRequirement {
    #[new]
    fn new(names: Vec<String>, max_age: Option<Duration>) -> PyResult<Self> {
        let requirement = Requirement::scopes(scopes(&names)?);
        match max_age {
            None => Ok(Self(requirement)),
            Some(age) => requirement.and_fresh(age).map(Self).map_err(value_error),
        }
    }

    fn challenge(&self, refusal: &PyRefusal) -> String {
        self.0.challenge(refusal.0)
    }
}

#[pyfunction]
pub(crate) fn scope_names(text: &str) -> PyResult<Vec<String>> {
    let scopes: Scopes = text.parse().map_err(value_error)?;
    Ok(names(&scopes))
}

pub(crate) fn names(scopes: &Scopes) -> Vec<String> {
    scopes.iter().map(str::to_owned).collect()
}

pub(crate) fn scopes(names: &[String]) -> PyResult<Scopes> {
    Scopes::from_names(names.iter().map(String::as_str)).map_err(value_error)
}

pub(crate) fn tenant(name: Option<&str>) -> PyResult<Option<Tenant>> {
    name.map(Tenant::new).transpose().map_err(value_error)
}

fn value_error(error: impl ToString) -> PyErr {
    PyValueError::new_err(error.to_string())
}
