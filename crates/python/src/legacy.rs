use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tegata::{KeySet, LegacyClaimNames, LegacyTokens};

use crate::convert::Moment;
use crate::jose::PyKey;

#[pyclass(frozen, name = "LegacyTokens", module = "tegata._tegata")]
pub(crate) struct PyLegacyTokens(pub(crate) LegacyTokens);

#[pymethods]
impl PyLegacyTokens {
    #[new]
    #[pyo3(signature = (
        keys, *, access_typ, refresh_typ, issuer, audience, token_type_claim, user_id_claim,
        session_id_claim, jti_claim, password_claim, until
    ))]
    #[expect(clippy::too_many_arguments, reason = "one argument a setting, all by name")]
    fn new(
        keys: Vec<PyRef<'_, PyKey>>,
        access_typ: Option<String>,
        refresh_typ: Option<String>,
        issuer: Option<String>,
        audience: Option<String>,
        token_type_claim: String,
        user_id_claim: String,
        session_id_claim: Option<String>,
        jti_claim: Option<String>,
        password_claim: Option<String>,
        until: Moment,
    ) -> PyResult<Self> {
        let keys = KeySet::new(keys.iter().map(|key| key.key().clone()).collect())
            .map_err(|error| PyValueError::new_err(("ACCEPT_LEGACY", error.to_string())))?;
        Ok(Self(LegacyTokens {
            keys,
            access_typ,
            refresh_typ,
            issuer,
            audience,
            claim_names: LegacyClaimNames {
                token_type: token_type_claim,
                user_id: user_id_claim,
                session_id: session_id_claim,
                token_id: jti_claim,
                password: password_claim,
            },
            until: until.0,
        }))
    }
}
