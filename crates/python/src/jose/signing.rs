use pyo3::prelude::*;
use tegata_jose::jws;

use super::arguments::{dict, names};
use super::detached::detached;
use super::error::{UNENCODABLE, key_error, sign_error};
use super::json_writer::JsonWriter;
use super::key_set::key_set;

#[pyfunction]
#[pyo3(signature = (claims, key, *, headers = None, skip = None))]
pub(crate) fn encode(
    py: Python<'_>,
    claims: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    headers: Option<&Bound<'_, PyAny>>,
    skip: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    let keys = key_set(key)?;
    let key = keys.signing_key().map_err(|error| key_error(py, &error))?;
    let payload = JsonWriter::claims(&dict("claims", claims)?, &names("skip", skip)?)?;
    let Some(headers) = headers else {
        return detached(py, std::slice::from_ref(key), || jws::sign(key, Some("JWT"), &payload))
            .map_err(|error| key_error(py, &error));
    };
    let mut writer = JsonWriter::of_64_bits(UNENCODABLE);
    writer.dict(&dict("headers", headers)?)?;
    let headers = serde_json::from_str(&writer.into_text()).expect("the writer writes JSON");
    detached(py, std::slice::from_ref(key), || {
        jws::sign_with_header(key, Some("JWT"), &headers, &payload)
    })
    .map_err(|error| sign_error(py, &error))
}
