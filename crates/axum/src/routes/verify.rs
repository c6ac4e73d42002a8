//! `POST verify/`.

use tegata::{AnyClaims, Claims, Place, TokenKind, host};

use super::call::{Call, Outcome, Reply};
use crate::bodies::{VerifiedSchema, VerifySchema, utc};
use crate::{Failure, UserStore};

/// Says what a token is and until when, or why it is not good. It is not consumed.
pub(crate) async fn verify<S: UserStore>(mut call: Call<S>) -> Outcome {
    let body: VerifySchema = call.required_json()?;
    let tenant = call.tenant()?;
    let (engine, token) = (&call.engine, body.token.as_str());
    let claims = host::verify(engine, call.store(), call.now, token, tenant.as_ref()).await;
    let claims = claims.map_err(Failure::of_host(Place::Endpoint))?;
    let (kind, claims): (_, &Claims) = match &claims {
        AnyClaims::Access(claims) => (TokenKind::Access, claims),
        AnyClaims::Refresh(claims) => (TokenKind::Refresh, claims),
    };
    Ok(Reply::json(VerifiedSchema {
        r#type: kind.name(),
        user_id: claims.user_id().clone(),
        session_id: claims.session_id().to_string(),
        issued_at: utc(claims.issued_at()),
        expires_at: utc(claims.expires_at()),
    }))
}
