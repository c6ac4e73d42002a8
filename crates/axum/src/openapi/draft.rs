//! Writing down an operation.

use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::response::{Response, ResponsesBuilder};
use utoipa::openapi::{RefOr, Schema, SecurityRequirement};

use super::refusals::{self, Refusals, answer};
use super::{Components, security};
use crate::options::Site;

/// A route and what is said of it.
pub(super) struct Route {
    pub(super) method: HttpMethod,
    /// Below that of the router.
    pub(super) path: &'static str,
    pub(super) operation: Operation,
}

/// An operation that is being written down.
pub(super) struct Draft {
    method: HttpMethod,
    path: &'static str,
    operation: OperationBuilder,
    responses: ResponsesBuilder,
    gives: Option<RefOr<Schema>>,
    security: Vec<SecurityRequirement>,
    by_cookie: bool,
}

impl Draft {
    fn new(method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Self {
        let operation =
            OperationBuilder::new().operation_id(Some(id)).summary(Some(summary)).tag("auth");
        let (responses, security) = (ResponsesBuilder::new(), Vec::new());
        Self { method, path, operation, responses, gives: None, security, by_cookie: false }
    }

    pub(super) fn get(path: &'static str, id: &str, summary: &str) -> Self {
        Self::new(HttpMethod::Get, path, id, summary)
    }

    pub(super) fn post(path: &'static str, id: &str, summary: &str) -> Self {
        Self::new(HttpMethod::Post, path, id, summary)
    }

    pub(super) fn delete(path: &'static str, id: &str, summary: &str) -> Self {
        Self::new(HttpMethod::Delete, path, id, summary)
    }

    pub(super) fn saying(self, description: &str) -> Self {
        Self { operation: self.operation.description(Some(description)), ..self }
    }

    pub(super) fn taking(self, body: RequestBody) -> Self {
        Self { operation: self.operation.request_body(Some(body)), ..self }
    }

    /// With a parameter in its path.
    pub(super) fn of(self, parameter: ParameterBuilder) -> Self {
        Self { operation: self.operation.parameter(parameter), ..self }
    }

    /// With a body in the answer.
    pub(super) fn giving(self, schema: RefOr<Schema>) -> Self {
        Self { gives: Some(schema), ..self }
    }

    /// With an answer that asks for more.
    pub(super) fn asking(self, schema: RefOr<Schema>) -> Self {
        Self { responses: self.responses.response("202", answer(202, Some(schema))), ..self }
    }

    /// With refusals in another form than all others.
    pub(super) fn refusing(mut self, refused: impl IntoIterator<Item = (u16, Response)>) -> Self {
        let refused = refused.into_iter().map(|(status, answer)| (status.to_string(), answer));
        self.responses = self.responses.responses_from_iter(refused);
        self
    }

    /// Behind the gate.
    pub(super) fn guarded(self, site: &Site) -> Self {
        let by_cookie = site.transport.takes_cookies();
        Self { by_cookie, ..self.secured(site) }
    }

    /// Behind the gate, with a 403 of its own.
    pub(super) fn secured(self, site: &Site) -> Self {
        Self { security: security::requirements(site, &[]), ..self }
    }

    /// Or without a token.
    pub(super) fn or_not(mut self) -> Self {
        self.security.push(SecurityRequirement::default());
        self
    }

    pub(super) fn route(mut self, components: &mut Components, refused: &[Refusals]) -> Route {
        self.responses = self.responses.response("200", answer(200, self.gives));
        let of_cookie =
            (self.by_cookie && self.method != HttpMethod::Get).then_some(refusals::COOKIE);
        for refusals in refused.iter().copied().chain(of_cookie) {
            let response = refusals.response(components);
            self.responses = self.responses.response(refusals.status.to_string(), response);
        }
        let mut operation = self.operation.responses(self.responses.build());
        if !self.security.is_empty() {
            operation = operation.securities(Some(self.security));
        }
        Route { method: self.method, path: self.path, operation: operation.build() }
    }
}
