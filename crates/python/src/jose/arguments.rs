use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDateTime, PyDelta, PyDict, PyInt, PyString, PyTuple, PyTzInfoAccess};
use tegata_jose::{Limits, Timestamp, Validation};

use super::error::{INVALID_ARGUMENT, raise};
use super::json_text::mapping;
use crate::convert::Moment;

/// What a caller asks of the registered claims.
pub(super) struct Asked<'a, 'py> {
    pub(super) issuer: Option<&'a Bound<'py, PyAny>>,
    pub(super) audience: Option<&'a Bound<'py, PyAny>>,
    pub(super) leeway: Option<&'a Bound<'py, PyAny>>,
    pub(super) require: Option<&'a Bound<'py, PyAny>>,
    pub(super) max_age: Option<&'a Bound<'py, PyAny>>,
    pub(super) skip: Option<&'a Bound<'py, PyAny>>,
}

impl<'a> Asked<'a, '_> {
    pub(super) fn validation(&self) -> PyResult<Validation<'a>> {
        let mut validation = Validation::new();
        for issuer in names("issuer", self.issuer)? {
            validation = validation.issuer(issuer);
        }
        for audience in names("audience", self.audience)? {
            validation = validation.audience(audience);
        }
        for name in names("require", self.require)? {
            validation = validation.require(name);
        }
        if let Some(skip) = self.skip {
            for name in names("skip", self.skip)? {
                self.refuse_contradiction(skip.py(), &name)?;
                validation = validation.ignore(name);
            }
        }
        if let Some(leeway) = self.leeway {
            validation = validation.leeway(span("leeway", leeway)?);
        }
        if let Some(max_age) = self.max_age {
            validation = validation.max_age(span("max_age", max_age)?);
        }
        Ok(validation)
    }

    fn refuse_contradiction(&self, py: Python<'_>, skipped: &str) -> PyResult<()> {
        let asked = match skipped {
            "iss" if self.issuer.is_some() => "issuer",
            "aud" if self.audience.is_some() => "audience",
            "iat" if self.max_age.is_some() => "max_age",
            _ => return Ok(()),
        };
        let message = format!("skip: leaves out {skipped:?}, which {asked} asks for");
        Err(raise(py, INVALID_ARGUMENT, &message))
    }
}

/// One name, or each name of a collection.
pub(super) fn names<'a>(
    argument: &str,
    value: Option<&'a Bound<'_, PyAny>>,
) -> PyResult<Vec<Cow<'a, str>>> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let no_name = || {
        let message = format!("{argument}: give a str, or a collection of them");
        raise(value.py(), INVALID_ARGUMENT, &message)
    };
    if let Ok(name) = value.cast::<PyString>() {
        return Ok(vec![Cow::Borrowed(name.to_str().map_err(|_| no_name())?)]);
    }
    let mut names = Vec::new();
    let mut add = |name: &Bound<'_, PyAny>| {
        let name = name.cast::<PyString>().map_err(|_| no_name())?;
        names.push(Cow::Owned(name.to_str().map_err(|_| no_name())?.to_owned()));
        PyResult::Ok(())
    };
    if let Ok(tuple) = value.cast::<PyTuple>() {
        // The usual one, and gone through without an iterator.
        tuple.iter_borrowed().try_for_each(|name| add(&name))?;
    } else {
        // Not collected: that would ask the collection for its length, which takes longer.
        for name in value.try_iter().map_err(|_| no_name())? {
            add(&name?)?;
        }
    }
    // An empty list of those accepted must not come to mean that all are.
    if names.is_empty() && matches!(argument, "issuer" | "audience") {
        return Err(no_name());
    }
    Ok(names)
}

/// Seconds or a `timedelta`, not negative.
fn span(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds = if value.cast::<PyDelta>().is_ok() {
        value.call_method0(intern!(value.py(), "total_seconds"))?.extract().ok()
    } else {
        number(value)
    };
    let span = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    span.ok_or_else(|| {
        let message = format!("{argument}: give seconds or a timedelta, not negative");
        raise(value.py(), INVALID_ARGUMENT, &message)
    })
}

/// The moment that is asked for, or the present one.
pub(super) fn moment(py: Python<'_>, now: Option<&Bound<'_, PyAny>>) -> PyResult<Timestamp> {
    let Some(now) = now else {
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        return Ok(Timestamp::from_seconds(0).plus(since_1970));
    };
    let moment = match now.cast::<PyDateTime>() {
        Ok(moment) if moment.get_tzinfo().is_none() => None,
        Ok(moment) => moment.extract::<Moment>().ok().map(|moment| moment.0),
        Err(_) => number(now).and_then(Timestamp::from_fraction),
    };
    moment.ok_or_else(|| {
        let message = "now: give a datetime with a timezone, or seconds since 1970";
        raise(py, INVALID_ARGUMENT, message)
    })
}

/// A number; `True` is none.
fn number(value: &Bound<'_, PyAny>) -> Option<f64> {
    if value.cast::<PyBool>().is_ok() { None } else { value.extract().ok() }
}

/// How large a token may be, the defaults for what is not said.
pub(super) fn limits(
    max_token_length: Option<&Bound<'_, PyAny>>,
    max_depth: Option<&Bound<'_, PyAny>>,
) -> PyResult<Limits> {
    let mut limits = Limits::default();
    if let Some(length) = max_token_length {
        limits.max_token_length = size("max_token_length", length)?;
    }
    if let Some(depth) = max_depth {
        limits.max_depth = size("max_depth", depth)?;
    }
    Ok(limits)
}

fn size(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<usize> {
    let number = value.cast_exact::<PyInt>().ok().and_then(|number| number.extract().ok());
    number.ok_or_else(|| {
        let message = format!("{argument}: give an int, not negative");
        raise(value.py(), INVALID_ARGUMENT, &message)
    })
}

/// The media type that `typ` is to be, without `application/`.
pub(super) fn media_type<'a>(typ: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    let subtype = typ.cast::<PyString>().ok().and_then(|typ| typ.to_str().ok());
    subtype.filter(|typ| !typ.is_empty() && !typ.contains('/')).ok_or_else(|| {
        let message = "typ: give a media type as str, without `application/`";
        raise(typ.py(), INVALID_ARGUMENT, message)
    })
}

/// A mapping as a dict.
pub(super) fn dict<'py>(argument: &str, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let no_mapping = || {
        let message = format!("{argument}: give a mapping with str as names");
        raise(value.py(), INVALID_ARGUMENT, &message)
    };
    mapping(value).ok_or_else(no_mapping)?
}

/// A `str` that holds no half of a surrogate pair.
pub(super) fn text<'a>(argument: &str, value: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    let text = value.cast::<PyString>().ok().and_then(|text| text.to_str().ok());
    text.ok_or_else(|| raise(value.py(), INVALID_ARGUMENT, &format!("{argument}: give a str")))
}
