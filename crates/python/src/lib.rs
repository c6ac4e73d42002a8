//! The module `tegata._tegata`: JOSE, and the engine's questions and answers, as Python values;
//! nothing but translation. Its documentation is the stub `_tegata.pyi`.

mod authorization;
mod browser;
mod challenge;
mod claims;
mod convert;
mod engine;
mod external;
mod handmade;
mod handshake;
mod jose;
mod keys;
mod legacy;
mod limits;
mod objects;
mod peer;
mod refusal;
mod rows;
mod sliding;
mod take_over;
mod verdict;

use pyo3::prelude::*;
use tegata::{Algorithm, Device, EndReason, Session, SessionCheck, SessionId};

// Nothing here relies on the interpreter's lock: every class is frozen, and what is shared is locked
// or written once.
#[pymodule(gil_used = false)]
mod _tegata {
    #[pymodule_export]
    use super::{
        algorithms, authorization::PyRequirement, authorization::scope_names, bearer_token,
        browser::PyBrowserGuard, browser::PyCookies, browser::PyTokenCookie, browser::cookie_token,
        browser::credential, browser::is_origin, browser::login_sets_cookies, browser::same_sites,
        browser::transports, challenge::PyChallengeAttempt, challenge::PyChallengeRow,
        challenge::PyOpenedChallenge, challenge::challenge_id, claims::PyAccessClaims,
        claims::PyRefreshClaims, claims::PyUnread, claims::session_check, device, end_reasons,
        engine::PyEngine, external::PyExternalClaims, external::PyExternalIssuer,
        external::PyExternalUnread, external::external_username, external::unverified_issuer,
        handmade::PyDraft, handmade::PyTypedClaims, handmade::draft_token,
        handmade::draft_token_from, handmade::end_of_token, handmade::is_token_type,
        handmade::read_opening_token, handmade::read_token, handmade::sign_token,
        handshake::handshake_protocol, handshake::handshake_token, handshake::is_allowed_origin,
        is_session_id, jose::PyHolds, jose::PyKey, jose::PyKeySet, jose::PyToken,
        jose::check_claims, jose::decode, jose::decode_unverified, jose::encode,
        jose::unverified_header, keys::PyIssuer, keys::PyKeyRotation, keys::PyKeySchedule,
        keys::PyKeyTimes, keys::PyRotationPlan, legacy::PyLegacyTokens, limits::PyRate,
        limits::PyTrustedProxies, limits::client_network, limits::forwarded_headers,
        peer::PyPeerTokens, peer::read_peer_token, refusal::PyRefusal, rows::PySessionRow,
        rows::PyUserRow, scheme_token, security_stamp, session_checks, sliding::PySlidingClaims,
        sliding::check_sliding, sliding::open_sliding, sliding::read_sliding,
        sliding::rotate_sliding, take_over::give_up_legacy, take_over::given_up_legacy_id,
        take_over::is_of_a_password, take_over::keeps_legacy_rows, take_over::take_over,
        take_over::take_over_ended, taken_over_generation, verdict::PyAdmit, verdict::PyAdvance,
        verdict::PyEndSessions, verdict::PyFirstUse, verdict::PyLogOut, verdict::PyNewSession,
        verdict::PyOpened, verdict::PyReissue, verdict::PyRenew, verdict::PyRepeat,
        verdict::PyRevoke, verdict::PyTokens,
    };
}

#[pyfunction]
fn algorithms() -> Vec<&'static str> {
    Algorithm::ALL.map(Algorithm::name).to_vec()
}

#[pyfunction]
fn bearer_token<'py>(py: Python<'py>, header: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
    match tegata::bearer_token(header) {
        Ok(token) => Ok(token.into_pyobject(py)?.into_any()),
        Err(refusal) => refusal::PyRefusal(refusal).into_bound(py),
    }
}

#[pyfunction]
fn scheme_token<'py>(
    py: Python<'py>,
    header: Option<&str>,
    schemes: Vec<String>,
) -> PyResult<Bound<'py, PyAny>> {
    let schemes: Vec<&str> = schemes.iter().map(String::as_str).collect();
    match tegata::scheme_token(header, &schemes) {
        Ok(token) => Ok(token.into_pyobject(py)?.into_any()),
        Err(refusal) => refusal::PyRefusal(refusal).into_bound(py),
    }
}

#[pyfunction]
fn device(ip_address: Option<&str>, user_agent: &str) -> (Option<String>, String) {
    let device = Device::new(ip_address, user_agent);
    (device.ip_address.map(|address| address.to_string()), device.user_agent)
}

#[pyfunction]
fn end_reasons() -> Vec<&'static str> {
    EndReason::ALL.map(EndReason::name).to_vec()
}

#[pyfunction]
fn is_session_id(text: &str) -> bool {
    text.parse::<SessionId>().is_ok()
}

#[pyfunction]
fn security_stamp(user: &rows::PyUserRow) -> &str {
    &user.0.security_stamp
}

#[pyfunction]
fn taken_over_generation() -> u64 {
    Session::TAKEN_OVER
}

#[pyfunction]
fn session_checks() -> Vec<&'static str> {
    SessionCheck::ALL.map(SessionCheck::name).to_vec()
}
