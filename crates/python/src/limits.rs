use std::net::IpAddr;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tegata::{ForwardedHeader, Rate, TrustedProxies};

use crate::convert::Moment;

#[pyclass(frozen, name = "TrustedProxies", module = "tegata._tegata")]
pub(crate) struct PyTrustedProxies(TrustedProxies);

#[pymethods]
impl PyTrustedProxies {
    #[new]
    fn new(proxies: Vec<String>, header: &str) -> PyResult<Self> {
        let header = ForwardedHeader::from_name(header)
            .ok_or_else(|| PyValueError::new_err("is no header that proxies set"))?;
        let mut trusted = TrustedProxies { header, ..TrustedProxies::default() };
        for proxy in proxies {
            if proxy == "unix" {
                trusted.unix_socket = true;
                continue;
            }
            let network = proxy.parse();
            let network =
                network.map_err(|error| PyValueError::new_err(format!("'{proxy}' {error}")))?;
            trusted.networks.push(network);
        }
        Ok(Self(trusted))
    }

    fn client_address(&self, peer: Option<&str>, lines: Vec<String>) -> Option<String> {
        let address = self.0.client_address(peer, lines.iter().map(String::as_str))?;
        Some(address.to_string())
    }
}

#[pyclass(frozen, eq, hash, name = "Rate", module = "tegata._tegata")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct PyRate(Rate);

#[pymethods]
impl PyRate {
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        text.parse().map(Self).map_err(|error| PyValueError::new_err(format!("{error}")))
    }

    #[getter]
    fn limit(&self) -> u32 {
        self.0.limit()
    }

    #[getter]
    fn seconds(&self) -> u64 {
        self.0.window().as_secs()
    }

    fn window_at(&self, now: Moment, phase: u64) -> (i64, u64) {
        let window = self.0.window_at(now.0, phase);
        (window.number, window.retry_after(now.0))
    }

    fn __repr__(&self) -> String {
        format!("<Rate {}>", self.0)
    }
}

#[pyfunction]
pub(crate) fn client_network(address: &str) -> Option<String> {
    let address: IpAddr = address.parse().ok()?;
    Some(tegata::client_network(address).to_string())
}

#[pyfunction]
pub(crate) fn forwarded_headers() -> Vec<&'static str> {
    ForwardedHeader::ALL.map(ForwardedHeader::name).to_vec()
}
