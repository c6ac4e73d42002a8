use std::borrow::Cow;
use std::ops::Range;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::type_object::PyTypeInfo;
use pyo3::types::{
    PyBool, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyString, PyTimeAccess, PyTuple,
};
use tegata_jose::{Limits, RegisteredClaims, write_text};

use super::error::{UNENCODABLE, raise};

// As deep as a token is read by default; it also ends what holds itself.
const MAX_DEPTH: usize = Limits::DEFAULT.max_depth;

/// Writes Python's objects as JSON.
pub(super) struct JsonWriter {
    json: Vec<u8>,
    depth: usize,
    /// The code of the refusal.
    refusal: &'static str,
    /// Whether integers may have more than 64 bits.
    any_integer: bool,
}

impl JsonWriter {
    pub(super) fn new(refusal: &'static str) -> Self {
        Self { json: Vec::new(), depth: 0, refusal, any_integer: true }
    }

    /// For what `serde_json` reads again, where a larger integer would lose digits.
    pub(super) fn of_64_bits(refusal: &'static str) -> Self {
        Self { any_integer: false, ..Self::new(refusal) }
    }

    pub(super) fn into_text(self) -> String {
        String::from_utf8(self.json).expect("text, digits and punctuation are UTF-8")
    }

    /// The claims of a token, every registered one of its type but for those in `skip`.
    pub(super) fn claims(dict: &Bound<'_, PyDict>, skip: &[Cow<'_, str>]) -> PyResult<Vec<u8>> {
        let mut writer = Self { json: Vec::with_capacity(512), ..Self::new(UNENCODABLE) };
        let mut members = Vec::with_capacity(dict.len());
        writer.members(dict, |name, value| members.push((name, value)))?;
        let json = str::from_utf8(&writer.json).expect("text, digits and punctuation are UTF-8");
        let mut registered = RegisteredClaims::default();
        for (name, value) in members {
            // A name begins and ends with a quote.
            let name = &json[name.start + 1..name.end - 1];
            if !skip.iter().any(|skipped| skipped == name) {
                registered.note(name, &json[value]);
            }
        }
        let checked = registered.check_types();
        checked.map_err(|error| raise(dict.py(), UNENCODABLE, &error.to_string()))?;
        Ok(writer.json)
    }

    pub(super) fn value(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(text) = value.cast_exact::<PyString>() {
            self.text(text)
        } else if let Ok(number) = value.cast_exact::<PyInt>() {
            self.integer(number)
        } else if value.is_none() {
            self.json.extend(b"null");
            Ok(())
        } else if let Ok(truth) = value.cast_exact::<PyBool>() {
            self.json.extend(if truth.is_true() { &b"true"[..] } else { b"false" });
            Ok(())
        } else if let Ok(dict) = value.cast::<PyDict>() {
            self.dict(dict)
        } else if let Ok(list) = value.cast::<PyList>() {
            self.array(list.py(), list.iter())
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            self.array(tuple.py(), tuple.iter())
        } else if let Ok(number) = value.cast::<PyFloat>() {
            self.float(number)
        } else {
            self.other(value)
        }
    }

    // Kinds of the types above, and what JSON has no type for.
    fn other(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        if let Ok(text) = value.cast::<PyString>() {
            self.text(text)
        } else if let Ok(number) = value.cast::<PyInt>() {
            self.integer(number)
        } else if let Ok(moment) = value.cast::<PyDateTime>() {
            self.numeric_date(moment)
        } else if value.is_instance(uuid_class(py)?)? || value.is_instance(decimal_class(py)?)? {
            self.text(&value.str()?)
        } else {
            let kind = value.get_type();
            let message = format!("{} has no form in JSON; hint: convert it", kind.name()?);
            Err(self.refuse(py, &message))
        }
    }

    fn refuse(&self, py: Python<'_>, message: &str) -> PyErr {
        raise(py, self.refusal, message)
    }

    fn text(&mut self, text: &Bound<'_, PyString>) -> PyResult<()> {
        let plain = text
            .to_str()
            .map_err(|_| self.refuse(text.py(), "a string holds half of a surrogate pair"))?;
        write_text(plain, &mut self.json);
        Ok(())
    }

    fn integer(&mut self, number: &Bound<'_, PyInt>) -> PyResult<()> {
        if let Ok(small) = number.extract::<i64>() {
            serde_json::to_writer(&mut self.json, &small).expect("a number is written into memory");
            return Ok(());
        }
        let py = number.py();
        if !self.any_integer && number.extract::<u64>().is_err() {
            return Err(self.refuse(py, "an integer has more than 64 bits; hint: use a string"));
        }
        // `str()` of a kind of `int` may say anything.
        let digits = PyInt::type_object(py)
            .call_method1(intern!(py, "__repr__"), (number,))
            .map_err(|_| self.refuse(py, "an integer has too many digits"))?;
        self.json.extend(digits.extract::<&str>()?.bytes());
        Ok(())
    }

    fn float(&mut self, number: &Bound<'_, PyFloat>) -> PyResult<()> {
        let number_value = number.value();
        if !number_value.is_finite() {
            return Err(self.refuse(number.py(), "a float is not finite"));
        }
        serde_json::to_writer(&mut self.json, &number_value)
            .expect("a number is written into memory");
        Ok(())
    }

    fn numeric_date(&mut self, moment: &Bound<'_, PyDateTime>) -> PyResult<()> {
        let py = moment.py();
        // A timezone that gives no offset leaves a datetime as naive as none does.
        if moment.call_method0(intern!(py, "utcoffset"))?.is_none() {
            return Err(self.refuse(py, "a datetime has no timezone; hint: datetime.now(UTC)"));
        }
        let seconds: f64 = moment.call_method0(intern!(py, "timestamp"))?.extract()?;
        // The last microseconds of a far year are lost in a double, so they must not round it up.
        let whole = seconds - f64::from(moment.get_microsecond()) / 1e6;
        #[expect(clippy::cast_possible_truncation, reason = "a datetime ends with the year 9999")]
        let seconds = whole.round() as i64;
        serde_json::to_writer(&mut self.json, &seconds).expect("a number is written into memory");
        Ok(())
    }

    fn array<'py>(
        &mut self,
        py: Python<'py>,
        items: impl Iterator<Item = Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        self.go_deeper(py)?;
        self.json.push(b'[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.json.push(b',');
            }
            self.value(&item)?;
        }
        self.json.push(b']');
        self.depth -= 1;
        Ok(())
    }

    pub(super) fn dict(&mut self, dict: &Bound<'_, PyDict>) -> PyResult<()> {
        self.members(dict, |_, _| ())
    }

    /// Writes an object and says where each member of it stands.
    fn members(
        &mut self,
        dict: &Bound<'_, PyDict>,
        mut written: impl FnMut(Range<usize>, Range<usize>),
    ) -> PyResult<()> {
        let py = dict.py();
        self.go_deeper(py)?;
        self.json.push(b'{');
        // Without a GIL, another thread may change the dict between any two steps.
        #[cfg(Py_GIL_DISABLED)]
        let dict = &dict.copy()?;
        let (mut entries, length) = (dict.iter(), dict.len());
        for index in 0..length {
            // A member's own code, or another thread, may have changed what is gone through.
            if dict.len() != length {
                return Err(self.refuse(py, "a dict was changed while it was written"));
            }
            let Some((name, member)) = entries.next() else { break };
            if index > 0 {
                self.json.push(b',');
            }
            let name = name
                .cast::<PyString>()
                .map_err(|_| self.refuse(py, "the name of a member is not a string"))?;
            let start = self.json.len();
            self.text(name)?;
            let end = self.json.len();
            self.json.push(b':');
            self.value(&member)?;
            written(start..end, end + 1..self.json.len());
        }
        self.json.push(b'}');
        self.depth -= 1;
        Ok(())
    }

    fn go_deeper(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.depth == MAX_DEPTH {
            let message = format!("the JSON would be nested deeper than {MAX_DEPTH} levels");
            return Err(self.refuse(py, &message));
        }
        self.depth += 1;
        Ok(())
    }
}

fn uuid_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    imported(py, &CLASS, "uuid", "UUID")
}

fn decimal_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    imported(py, &CLASS, "decimal", "Decimal")
}

fn imported<'py>(
    py: Python<'py>,
    class: &'static PyOnceLock<Py<PyAny>>,
    module: &str,
    name: &str,
) -> PyResult<&'py Bound<'py, PyAny>> {
    let class =
        class.get_or_try_init(py, || PyResult::Ok(py.import(module)?.getattr(name)?.unbind()))?;
    Ok(class.bind(py))
}
