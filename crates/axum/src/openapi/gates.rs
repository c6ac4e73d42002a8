//! What guarded operations of a site say of their gate.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use tegata::BrowserGuard;
use utoipa::IntoResponses;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::Response;
use utoipa::openapi::{OpenApi, RefOr};

use super::refusals::{COOKIE, COOKIE_SCOPE, FRESH_GATE, GATE, Refusals, SCOPE, UNAVAILABLE};
use super::{Components, security};
use crate::Rule;
use crate::options::Site;

/// The refusals of a gate, for `responses(…)` of an operation: 401, 403 and 503.
///
/// With the [`Rule`] of a [`crate::Scoped`] handler, `GateRefusals::<WriteReports>`, those of the
/// rule besides. Which of the 403 a site gives hangs on its options; where those are known, at the
/// start, [`crate::Auth::document_gates`] says it more exactly.
///
/// ```
/// use tegata_axum::openapi::GateRefusals;
/// use tegata_axum::{Authed, Failure};
/// use utoipa::OpenApi;
///
/// /// Says who asks.
/// #[utoipa::path(
///     get,
///     path = "/profile/",
///     security(("JWTAuth" = [])),
///     responses((status = 200, body = String), GateRefusals)
/// )]
/// async fn profile(caller: Authed) -> String {
///     caller.user.id.to_string()
/// }
///
/// #[derive(OpenApi)]
/// #[openapi(paths(profile))]
/// struct Site;
///
/// let document = serde_json::to_value(Site::openapi()).unwrap();
/// let refused = &document["paths"]["/profile/"]["get"]["responses"]["401"];
/// assert_eq!(refused["description"], "Unauthorized");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GateRefusals<R = ()>(PhantomData<R>);

impl<R: Rule> IntoResponses for GateRefusals<R> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let unauthorized = if R::FRESH.is_some() { FRESH_GATE } else { GATE };
        let forbidden = if R::SCOPES.is_empty() { COOKIE } else { COOKIE_SCOPE };
        let all = [unauthorized, forbidden, UNAVAILABLE].into_iter();
        all.map(|each| (each.status.to_string(), each.response_inline().into())).collect()
    }
}

/// Completes the operations that ask for [`super::JWT_AUTH`].
pub(super) fn document(site: &Site, document: &mut OpenApi) {
    let mut components = Components::default();
    for item in document.paths.paths.values_mut() {
        for (method, operation) in operations(item) {
            complete(site, method, operation, &mut components);
        }
    }
    let known = document.components.get_or_insert_default();
    for (name, schema) in components.into_schemas() {
        known.schemas.entry(name).or_insert(schema);
    }
}

fn complete(site: &Site, method: &str, operation: &mut Operation, components: &mut Components) {
    let Some(asked) = &operation.security else { return };
    let Some(scopes) = asked.iter().find_map(security::scopes_of) else { return };
    let wanted = security::requirements(site, &scopes);
    let missing: Vec<_> = wanted.into_iter().filter(|each| !asked.contains(each)).collect();
    operation.security.get_or_insert_default().extend(missing);

    let by_cookie = site.transport.takes_cookies() && !BrowserGuard::is_safe(method);
    let forbidden = match (by_cookie, scopes.is_empty()) {
        (true, true) => Some(COOKIE),
        (true, false) => Some(COOKIE_SCOPE),
        (false, true) => None,
        (false, false) => Some(SCOPE),
    };
    let all: [Option<Refusals>; 3] = [Some(GATE), forbidden, Some(UNAVAILABLE)];
    for refusals in all.into_iter().flatten() {
        let answers = &mut operation.responses.responses;
        let answer = answers.entry(refusals.status.to_string());
        answer.or_insert_with(|| refusals.response(components).into());
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    let named = [
        ("GET", get),
        ("PUT", put),
        ("POST", post),
        ("DELETE", delete),
        ("OPTIONS", options),
        ("HEAD", head),
        ("PATCH", patch),
        ("TRACE", trace),
    ];
    named.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
