use std::borrow::Cow;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use tegata_jose::{Sink, TokenError, read_object};

/// Makes Python's objects of JSON, in the pass in which it is checked.
pub(crate) struct Objects<'py>(pub(crate) Python<'py>);

/// Why there are no objects.
pub(crate) enum ObjectError {
    Json(TokenError),
    Python(PyErr),
}

impl From<TokenError> for ObjectError {
    fn from(error: TokenError) -> Self {
        Self::Json(error)
    }
}

impl From<PyErr> for ObjectError {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl<'j, 'py> Sink<'j> for Objects<'py> {
    type Value = Bound<'py, PyAny>;
    type Array = Bound<'py, PyList>;
    type Object = Bound<'py, PyDict>;
    type Error = ObjectError;

    fn null(&mut self) -> Result<Self::Value, ObjectError> {
        Ok(self.0.None().into_bound(self.0))
    }

    fn boolean(&mut self, value: bool) -> Result<Self::Value, ObjectError> {
        Ok(PyBool::new(self.0, value).to_owned().into_any())
    }

    fn integer(&mut self, digits: &'j str) -> Result<Self::Value, ObjectError> {
        match digits.parse::<i64>() {
            Ok(small) => Ok(PyInt::new(self.0, small).into_any()),
            // Python refuses to read integers of some thousand digits.
            Err(_) => self
                .0
                .get_type::<PyInt>()
                .call1((digits,))
                .map_err(|_| TokenError::Malformed("an integer has too many digits").into()),
        }
    }

    fn fraction(&mut self, value: f64) -> Result<Self::Value, ObjectError> {
        Ok(PyFloat::new(self.0, value).into_any())
    }

    fn text(&mut self, text: Cow<'j, str>) -> Result<Self::Value, ObjectError> {
        Ok(PyString::new(self.0, &text).into_any())
    }

    fn array(&mut self) -> Result<Self::Array, ObjectError> {
        Ok(PyList::empty(self.0))
    }

    fn push(&mut self, array: &mut Self::Array, value: Self::Value) -> Result<(), ObjectError> {
        Ok(array.append(value)?)
    }

    fn end_array(&mut self, array: Self::Array) -> Result<Self::Value, ObjectError> {
        Ok(array.into_any())
    }

    fn object(&mut self) -> Result<Self::Object, ObjectError> {
        Ok(PyDict::new(self.0))
    }

    fn insert(
        &mut self,
        object: &mut Self::Object,
        name: Cow<'j, str>,
        value: Self::Value,
    ) -> Result<(), ObjectError> {
        match common_name(self.0, &name) {
            Some(common) => object.set_item(common, value)?,
            None => object.set_item(PyString::new(self.0, &name), value)?,
        }
        Ok(())
    }

    fn end_object(&mut self, object: Self::Object) -> Result<Self::Value, ObjectError> {
        Ok(object.into_any())
    }
}

/// The one string of a name that most tokens have, its hash known already.
fn common_name<'py>(py: Python<'py>, name: &str) -> Option<&'py Bound<'py, PyString>> {
    Some(match name {
        "iss" => intern!(py, "iss"),
        "sub" => intern!(py, "sub"),
        "aud" => intern!(py, "aud"),
        "exp" => intern!(py, "exp"),
        "nbf" => intern!(py, "nbf"),
        "iat" => intern!(py, "iat"),
        "jti" => intern!(py, "jti"),
        "alg" => intern!(py, "alg"),
        "typ" => intern!(py, "typ"),
        "kid" => intern!(py, "kid"),
        "type" => intern!(py, "type"),
        "scope" => intern!(py, "scope"),
        "user_id" => intern!(py, "user_id"),
        "session_id" => intern!(py, "session_id"),
        "generation" => intern!(py, "generation"),
        "client_id" => intern!(py, "client_id"),
        "auth_time" => intern!(py, "auth_time"),
        _ => return None,
    })
}

/// A dict of a JSON object that was checked already.
pub(crate) fn dict<'py>(py: Python<'py>, json: &[u8]) -> Result<Bound<'py, PyDict>, ObjectError> {
    read_object(json, usize::MAX, &mut Objects(py), |_, _| ())
}
