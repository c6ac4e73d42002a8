use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tegata::{Timestamp, UserId};

const MICROS: f64 = 1e6;

/// A timezone-aware `datetime` as a timestamp.
pub(crate) struct Moment(pub(crate) Timestamp);

impl<'py> FromPyObject<'_, 'py> for Moment {
    type Error = PyErr;

    // A double holds the microseconds of this era exactly once rounded.
    #[expect(clippy::cast_possible_truncation, reason = "a datetime ends with the year 9999")]
    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let seconds: f64 = value.call_method0(intern!(value.py(), "timestamp"))?.extract()?;
        Ok(Self(Timestamp::from_micros((seconds * MICROS).round() as i64)))
    }
}

impl<'py> IntoPyObject<'py> for Moment {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    #[expect(clippy::cast_precision_loss, reason = "exact to the microsecond in this era")]
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static FROM_TIMESTAMP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        static UTC: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let from_timestamp = FROM_TIMESTAMP.get_or_try_init(py, || {
            let datetime = py.import("datetime")?.getattr("datetime")?;
            PyResult::Ok(datetime.getattr("fromtimestamp")?.unbind())
        })?;
        let utc = UTC.get_or_try_init(py, || {
            PyResult::Ok(py.import("datetime")?.getattr("UTC")?.unbind())
        })?;
        from_timestamp.bind(py).call1((self.0.micros() as f64 / MICROS, utc.bind(py)))
    }
}

/// A primary key: an `int` as a number, anything else by its text.
pub(crate) struct Pk(pub(crate) UserId);

impl<'py> FromPyObject<'_, 'py> for Pk {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(number) = value.extract::<i64>() {
            return Ok(Self(UserId::Integer(number)));
        }
        Ok(Self(UserId::Text(value.str()?.extract()?)))
    }
}

impl<'py> IntoPyObject<'py> for Pk {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.0 {
            UserId::Integer(number) => Ok(number.into_pyobject(py)?.into_any()),
            UserId::Text(text) => Ok(text.into_pyobject(py)?.into_any()),
        }
    }
}
