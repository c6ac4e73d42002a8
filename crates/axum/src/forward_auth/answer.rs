use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use tegata::{Carrier, Refusal, Requirement, cookie_token};

use super::asked::Asked;
use super::{Author, ForwardAuth, identity, sender};
use crate::options::Schemes;
use crate::request::cookie_header;
use crate::{Failure, UserStore};

const PATH: &str = "/verify";

impl<S: UserStore> ForwardAuth<S> {
    /// The route, for any method: proxies that forward the path forward the method as well.
    pub fn router(self) -> Router {
        let behind = format!("{PATH}/{{*path}}");
        let answer = |author| {
            any(async move |State(route): State<Self>, request: Request| {
                route.answer(author, request.into_parts().0).await
            })
        };
        Router::new()
            .route(PATH, answer(Author::Proxy))
            .route(&format!("{PATH}/"), answer(Author::Either))
            .route(&behind, answer(Author::Client))
            .with_state(self)
    }

    async fn answer(&self, author: Author, parts: Parts) -> Result<Response, Failure> {
        let query = parts.uri.query().unwrap_or("");
        let requirement = Asked::of(author, query, &parts.headers)
            .and_then(Asked::requirement)
            .map_err(unclear)?;
        let refused = |failure: Failure| {
            let challenge = requirement.challenge(failure.refusal());
            let is_challenged = matches!(failure.status().as_u16(), 401 | 403);
            let failure = if is_challenged { failure.with_challenge(challenge) } else { failure };
            failure.by(&self.auth.site().schemes)
        };
        self.check(author, &parts, &requirement).await.map_err(refused)
    }

    async fn check(
        &self,
        author: Author,
        parts: &Parts,
        requirement: &Requirement,
    ) -> Result<Response, Failure> {
        let cookies = cookie_header(parts);
        let token = self.token(author, parts, &cookies).map_err(Failure::gate)?;
        let tenant = (self.tenant_of)(&parts.headers).map_err(Failure::gate)?;
        let claims = self.auth.guard().admit_token(token, tenant.as_ref()).await?;
        let (engine, now) = (self.auth.engine(), self.auth.now());
        engine.require(now, &claims, requirement).map_err(Failure::gate)?;
        let mut headers = identity::headers(&claims);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(headers.into_response())
    }

    /// The token that counts, if it may act.
    fn token<'r>(
        &self,
        author: Author,
        parts: &'r Parts,
        cookies: &'r str,
    ) -> Result<&'r str, Refusal> {
        let header = header_token(&self.auth.site().schemes, &parts.headers);
        let cookie = match &self.cookie {
            Some(name) => cookie_token(cookies, name),
            None => Err(Refusal::MissingToken),
        };
        let credential = match self.transport.credential(header, cookie.ok()) {
            // Two cookies that differ are not the same as none.
            Err(Refusal::MissingToken) if self.transport.takes_cookies() => {
                return Err(cookie.err().unwrap_or(Refusal::MissingToken));
            }
            told => told?,
        };
        if credential.carrier == Carrier::Cookie {
            sender::check(&self.guard, author, parts)?;
        }
        Ok(credential.token)
    }
}

fn unclear(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::InvalidRequest => Failure::gate(refusal).with_detail(
            "The query may have `scope`, names with a space between two, and `max_age`, whole \
             seconds, each once and nothing else.",
        ),
        _ => Failure::gate(refusal),
    }
}

fn header_token<'h>(schemes: &Schemes, headers: &'h HeaderMap) -> Result<&'h str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Refusal::InvalidToken);
    }
    let header = first.map(HeaderValue::to_str).transpose().map_err(|_| Refusal::InvalidToken)?;
    schemes.token(header)
}
