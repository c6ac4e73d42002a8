//! The middleware that is written by hand where there is nothing else.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{ANSWER, Built};
use crate::Outcome;

const SECRET: &[u8] = b"a secret of forty-eight bytes, public as any key";

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    sub: String,
    iss: String,
    aud: String,
    iat: u64,
    exp: u64,
}

struct Verifier {
    key: DecodingKey,
    validation: Validation,
}

pub(super) fn site() -> Outcome<Built> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let (sub, name) = ("1".to_owned(), "tegata".to_owned());
    let claims = Claims { sub, iss: name.clone(), aud: name, iat: now, exp: now + 3600 };
    let header = Header::new(Algorithm::HS256);
    let token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(SECRET))?;

    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&["tegata"]);
    validation.set_issuer(&["tegata"]);
    let verifier = Arc::new(Verifier { key: DecodingKey::from_secret(SECRET), validation });
    let app = Router::new()
        .route("/protected", get(protected))
        .layer(from_fn_with_state(verifier, authenticate));
    Ok((app, vec![format!("Authorization: Bearer {token}")]))
}

async fn authenticate(
    State(verifier): State<Arc<Verifier>>,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token =
        header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
    let read = jsonwebtoken::decode::<Claims>(token, &verifier.key, &verifier.validation);
    let claims = read.map_err(|_| StatusCode::UNAUTHORIZED)?.claims;
    request.extensions_mut().insert(claims);
    Ok(next.run(request).await)
}

async fn protected(Extension(claims): Extension<Claims>) -> &'static str {
    std::hint::black_box(&claims.sub);
    ANSWER
}
