use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyFrozenSet, PySet, PyTuple, PyType};
use serde_json::Value;
use tegata_jose::{ClaimError, Rule, Validation};

use super::arguments::dict;
use super::error::{INVALID_ARGUMENT, claim_error, raise};
use super::json_writer::JsonWriter;

/// A rule of `claims=`: one of these values, or a list with one of them.
#[pyclass(frozen, name = "Holds", module = "tegata.jose")]
pub(crate) struct PyHolds(Vec<Value>);

#[pymethods]
impl PyHolds {
    #[new]
    #[pyo3(signature = (*values))]
    fn new(values: &Bound<'_, PyTuple>) -> PyResult<Self> {
        if values.is_empty() {
            return Err(raise(values.py(), INVALID_ARGUMENT, "Holds: give one value or more"));
        }
        values.iter().map(|value| to_json(&value)).collect::<PyResult<_>>().map(Self)
    }
}

/// The rules of `claims=`: values go to the validation, predicates are asked afterwards, since what
/// they look at are Python's objects.
#[derive(Default)]
pub(super) struct ClaimRules<'py> {
    predicates: Vec<(String, Bound<'py, PyAny>)>,
}

impl<'py> ClaimRules<'py> {
    pub(super) fn add_to<'v>(
        &mut self,
        mut validation: Validation<'v>,
        rules: &Bound<'py, PyAny>,
    ) -> PyResult<Validation<'v>> {
        let py = rules.py();
        let rules = dict("claims", rules)?;
        for (name, rule) in &rules {
            let name: String = name
                .extract()
                .map_err(|_| raise(py, INVALID_ARGUMENT, "claims: the name of a claim is a str"))?;
            let rule = if rule.cast::<PyType>().is_ok() {
                // A class says yes to nearly everything that it can be called with.
                let message = format!("claims: the rule for {name:?} is a class");
                return Err(raise(py, INVALID_ARGUMENT, &message));
            } else if let Ok(holds) = rule.cast::<PyHolds>() {
                Rule::Holds(holds.get().0.clone())
            } else if rule.is_callable() {
                self.predicates.push((name.clone(), rule));
                Rule::predicate(|_| true)
            } else if rule.cast::<PySet>().is_ok() || rule.cast::<PyFrozenSet>().is_ok() {
                let values: PyResult<Vec<Value>> =
                    rule.try_iter()?.map(|value| to_json(&value?)).collect();
                Rule::OneOf(values?)
            } else {
                Rule::OneOf(vec![to_json(&rule)?])
            };
            validation = validation.claim(name, rule);
        }
        Ok(validation)
    }

    pub(super) fn check(&self, claims: &Bound<'py, PyDict>) -> PyResult<()> {
        let py = claims.py();
        for (name, predicate) in &self.predicates {
            let value = claims.as_any().get_item(name)?;
            match predicate.call1((value,)) {
                Ok(answer) => match answer.cast_exact::<PyBool>() {
                    Ok(holds) if holds.is_true() => {}
                    Ok(_) => return Err(unmet(py, name)),
                    // What is neither may well count as true, as a coroutine does.
                    Err(_) => return Err(no_answer(&answer, name)),
                },
                // Its own failure is no yes, and a developer wants to see it.
                Err(failure) if failure.is_instance_of::<PyException>(py) => {
                    let exception = unmet(py, name);
                    exception.set_cause(py, Some(failure));
                    return Err(exception);
                }
                // Such as an interrupt: not about the claim.
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }
}

fn unmet(py: Python<'_>, claim: &str) -> PyErr {
    let expected = "what its rule asks for".to_owned();
    claim_error(py, &ClaimError::Unexpected { claim: claim.to_owned(), expected })
}

fn no_answer(answer: &Bound<'_, PyAny>, claim: &str) -> PyErr {
    let kind = answer.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    let message = format!("claims: the rule for {claim:?} gave a {kind}, neither True nor False");
    raise(answer.py(), INVALID_ARGUMENT, &message)
}

// As a claim of this value would be written, so that what is expected is what `encode` makes of it.
fn to_json(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let mut writer = JsonWriter::of_64_bits(INVALID_ARGUMENT);
    writer.value(value)?;
    // From here on, integers that claims may hold have neighbours that are the same float.
    if value.cast::<PyFloat>().is_ok_and(|number| number.value().abs() >= 2_f64.powi(63)) {
        let message = "claims: a rule cannot be so large a float; hint: give a function";
        return Err(raise(value.py(), INVALID_ARGUMENT, message));
    }
    Ok(serde_json::from_str(&writer.into_text()).expect("the writer writes JSON"))
}
