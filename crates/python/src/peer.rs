//! The tokens of a library that signs for the same site.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tegata::{KeySet, PeerTokens};

use crate::authorization::tenant;
use crate::claims::dict;
use crate::convert::Moment;
use crate::engine::PyEngine;
use crate::jose::{PyKey, detached};

#[pyclass(frozen, name = "PeerTokens", module = "tegata._tegata")]
pub(crate) struct PyPeerTokens(PeerTokens);

#[pymethods]
impl PyPeerTokens {
    #[new]
    #[pyo3(signature = (keys, *, typ, issuer, audience))]
    fn new(
        keys: Vec<PyRef<'_, PyKey>>,
        typ: String,
        issuer: Option<String>,
        audience: Vec<String>,
    ) -> PyResult<Self> {
        let keys = KeySet::new(keys.iter().map(|key| key.key().clone()).collect())
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self(PeerTokens { keys, typ, issuer, audience }))
    }
}

#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "those of the engine's call, in its order")]
pub(crate) fn read_peer_token<'py>(
    py: Python<'py>,
    engine: &PyEngine,
    now: Moment,
    peer: &PyPeerTokens,
    token: &str,
    token_types: Option<Vec<String>>,
    tenant: Option<&str>,
    allow_expired: bool,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let tenant = self::tenant(tenant)?;
    let types: Option<Vec<&str>> =
        token_types.as_ref().map(|types| types.iter().map(String::as_str).collect());
    let payload = detached(py, peer.0.keys.keys(), || {
        let (accepted, tenant) = (types.as_deref(), tenant.as_ref());
        engine.0.read_peer(now.0, &peer.0, token, accepted, tenant, allow_expired)
    });
    payload.map(|payload| dict(py, &payload)).transpose()
}
