use pyo3::prelude::*;
use pyo3::types::PyDict;
use tegata_jose::jws;

use super::arguments::{Asked, limits, media_type, moment};
use super::claim_rules::ClaimRules;
use super::detached::detached;
use super::error::{claim_error, object_error, token_error};
use super::json_text::json_text;
use super::key_set::key_set;
use super::token::PyToken;
use super::token_text::token_text;
use crate::objects::{self, Objects};

#[pyfunction]
#[pyo3(signature = (
    token, keys, *, issuer = None, audience = None, leeway = None, require = None, claims = None,
    typ = None, max_age = None, now = None, skip = None, max_token_length = None, max_depth = None
))]
#[expect(clippy::too_many_arguments, reason = "one argument a check, all by name")]
pub(crate) fn decode(
    py: Python<'_>,
    token: &Bound<'_, PyAny>,
    keys: &Bound<'_, PyAny>,
    issuer: Option<&Bound<'_, PyAny>>,
    audience: Option<&Bound<'_, PyAny>>,
    leeway: Option<&Bound<'_, PyAny>>,
    require: Option<&Bound<'_, PyAny>>,
    claims: Option<&Bound<'_, PyAny>>,
    typ: Option<&Bound<'_, PyAny>>,
    max_age: Option<&Bound<'_, PyAny>>,
    now: Option<&Bound<'_, PyAny>>,
    skip: Option<&Bound<'_, PyAny>>,
    max_token_length: Option<&Bound<'_, PyAny>>,
    max_depth: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyToken> {
    let keys = key_set(keys)?;
    let limits = limits(max_token_length, max_depth)?;
    let asked = Asked { issuer, audience, leeway, require, max_age, skip };
    let mut validation = asked.validation()?.limits(limits);
    if let Some(typ) = typ {
        validation = validation.typ(media_type(typ)?);
    }
    let mut rules = ClaimRules::default();
    if let Some(claims) = claims {
        validation = rules.add_to(validation, claims)?;
    }
    let now = moment(py, now)?;
    let text = token_text(token)?;
    let verified = detached(py, keys.keys(), || jws::verify(&text, &keys, &limits))
        .map_err(|error| token_error(py, error))?;
    let claims = validation
        .read(&verified, now, &mut Objects(py))
        .map_err(|error| object_error(py, error))?
        .map_err(|error| claim_error(py, &error))?;
    rules.check(&claims)?;
    Ok(PyToken::new(verified.header().as_json().clone(), claims))
}

#[pyfunction]
#[pyo3(signature = (
    claims, *, issuer = None, audience = None, leeway = None, require = None, rules = None,
    max_age = None, now = None, skip = None
))]
#[expect(clippy::too_many_arguments, reason = "one argument a check, all by name")]
pub(crate) fn check_claims(
    py: Python<'_>,
    claims: &Bound<'_, PyAny>,
    issuer: Option<&Bound<'_, PyAny>>,
    audience: Option<&Bound<'_, PyAny>>,
    leeway: Option<&Bound<'_, PyAny>>,
    require: Option<&Bound<'_, PyAny>>,
    rules: Option<&Bound<'_, PyAny>>,
    max_age: Option<&Bound<'_, PyAny>>,
    now: Option<&Bound<'_, PyAny>>,
    skip: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let asked = Asked { issuer, audience, leeway, require, max_age, skip };
    let mut validation = asked.validation()?;
    let mut predicates = ClaimRules::default();
    if let Some(rules) = rules {
        validation = predicates.add_to(validation, rules)?;
    }
    let json = json_text(claims)?;
    let claims = validation
        .read_payload(json.as_bytes(), moment(py, now)?, &mut Objects(py))
        .map_err(|error| object_error(py, error))?
        .map_err(|error| claim_error(py, &error))?;
    predicates.check(&claims)
}

#[pyfunction]
#[pyo3(signature = (token, *, max_token_length = None, max_depth = None))]
pub(crate) fn decode_unverified(
    py: Python<'_>,
    token: &Bound<'_, PyAny>,
    max_token_length: Option<&Bound<'_, PyAny>>,
    max_depth: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyToken> {
    let limits = limits(max_token_length, max_depth)?;
    let (header, payload) = jws::read_unverified(&token_text(token)?, &limits)
        .map_err(|error| token_error(py, error))?;
    let claims = objects::dict(py, &payload).map_err(|error| object_error(py, error))?;
    Ok(PyToken::new(header.into(), claims))
}

#[pyfunction]
#[pyo3(signature = (token, *, max_token_length = None, max_depth = None))]
pub(crate) fn unverified_header<'py>(
    py: Python<'py>,
    token: &Bound<'py, PyAny>,
    max_token_length: Option<&Bound<'_, PyAny>>,
    max_depth: Option<&Bound<'_, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let limits = limits(max_token_length, max_depth)?;
    let header = jws::read_unverified_header(&token_text(token)?, &limits)
        .map_err(|error| token_error(py, error))?;
    objects::dict(py, &header).map_err(|error| object_error(py, error))
}
