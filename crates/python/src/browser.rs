use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tegata::{
    BrowserGuard, Carrier, CookieError, CookieOptions, Cookies, Origin, Refusal, SameSite,
    TokenCookie, Transport,
};

use crate::refusal::PyRefusal;

#[pyclass(frozen, name = "BrowserGuard", module = "tegata._tegata")]
pub(crate) struct PyBrowserGuard(BrowserGuard);

#[pymethods]
impl PyBrowserGuard {
    #[new]
    fn new(trusted: Vec<String>) -> PyResult<Self> {
        let read = |text: &String| {
            text.parse().map_err(|error| PyValueError::new_err(format!("'{text}' {error}")))
        };
        let trusted: Vec<Origin> = trusted.iter().map(read).collect::<PyResult<_>>()?;
        Ok(Self(BrowserGuard::new(trusted)))
    }

    fn check(
        &self,
        method: &str,
        origin: Option<&str>,
        fetch_site: Option<&str>,
        own: &str,
    ) -> Option<PyRefusal> {
        let own = own.parse().ok();
        self.0.check(method, origin, fetch_site, own.as_ref()).err().map(PyRefusal)
    }

    #[staticmethod]
    fn is_safe(method: &str) -> bool {
        BrowserGuard::is_safe(method)
    }
}

#[pyclass(frozen, name = "Cookies", module = "tegata._tegata")]
pub(crate) struct PyCookies(Cookies);

#[pymethods]
impl PyCookies {
    #[new]
    #[pyo3(signature = (*, secure, same_site, domain, access_name, refresh_name))]
    fn new(
        secure: bool,
        same_site: &str,
        domain: Option<String>,
        access_name: Option<String>,
        refresh_name: Option<String>,
    ) -> PyResult<Self> {
        let same_site = SameSite::from_name(same_site)
            .ok_or_else(|| PyValueError::new_err(("COOKIE_SAMESITE", "is no value of SameSite")))?;
        let options = CookieOptions { secure, same_site, domain, access_name, refresh_name };
        Cookies::new(options).map(Self).map_err(|error| {
            let setting = match error {
                CookieError::Domain => "COOKIE_DOMAIN",
                CookieError::AccessName(_) => "ACCESS_COOKIE_NAME",
                CookieError::RefreshName(_) | CookieError::SameName => "REFRESH_COOKIE_NAME",
                CookieError::SameSite => "COOKIE_SAMESITE",
            };
            PyValueError::new_err((setting, error.to_string()))
        })
    }

    fn access(&self) -> PyTokenCookie {
        PyTokenCookie(self.0.access())
    }

    fn refresh(&self, path: &str) -> PyTokenCookie {
        PyTokenCookie(self.0.refresh(path))
    }

    #[staticmethod]
    fn is_path(path: &str) -> bool {
        Cookies::is_path(path)
    }
}

#[pyclass(frozen, name = "TokenCookie", module = "tegata._tegata")]
pub(crate) struct PyTokenCookie(TokenCookie);

#[pymethods]
impl PyTokenCookie {
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    #[getter]
    fn path(&self) -> &str {
        &self.0.path
    }

    #[getter]
    fn domain(&self) -> Option<&str> {
        self.0.domain.as_deref()
    }

    #[getter]
    fn secure(&self) -> bool {
        self.0.secure
    }

    #[getter]
    fn same_site(&self) -> &'static str {
        self.0.same_site.name()
    }

    #[getter]
    fn http_only(&self) -> bool {
        self.0.http_only
    }

    fn fits(&self, value: &str) -> bool {
        self.0.fits(value)
    }
}

#[pyfunction]
pub(crate) fn cookie_token<'py>(
    py: Python<'py>,
    header: &str,
    name: &str,
) -> PyResult<Bound<'py, PyAny>> {
    match tegata::cookie_token(header, name) {
        Ok(token) => Ok(token.into_pyobject(py)?.into_any()),
        Err(refusal) => PyRefusal(refusal).into_bound(py),
    }
}

#[pyfunction]
pub(crate) fn credential<'py>(
    py: Python<'py>,
    transport: &str,
    header: Header<'_>,
    cookie: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let header = match &header {
        Header::Token(token) => Ok(&**token),
        Header::None(None) => Err(Refusal::MissingToken),
        Header::None(Some(refusal)) => Err(refusal.0),
    };
    match by_name(transport)?.credential(header, cookie) {
        Ok(told) => Ok((told.token, told.carrier == Carrier::Cookie).into_pyobject(py)?.into_any()),
        Err(refusal) => PyRefusal(refusal).into_bound(py),
    }
}

#[derive(FromPyObject)]
pub(crate) enum Header<'py> {
    Token(String),
    None(Option<PyRef<'py, PyRefusal>>),
}

#[pyfunction]
pub(crate) fn login_sets_cookies(transport: &str, has_csrf_token: bool) -> PyResult<bool> {
    Ok(by_name(transport)?.carrier_of_login(has_csrf_token) == Carrier::Cookie)
}

#[pyfunction]
pub(crate) fn is_origin(text: &str) -> bool {
    text.parse::<Origin>().is_ok()
}

#[pyfunction]
pub(crate) fn same_sites() -> Vec<&'static str> {
    SameSite::ALL.map(SameSite::name).to_vec()
}

#[pyfunction]
pub(crate) fn transports() -> Vec<&'static str> {
    Transport::ALL.map(Transport::name).to_vec()
}

fn by_name(transport: &str) -> PyResult<Transport> {
    Transport::from_name(transport)
        .ok_or_else(|| PyValueError::new_err("a transport is header, cookie or both"))
}
