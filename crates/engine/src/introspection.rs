use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{AnyClaims, Claims, Refusal, Scopes, Tenant, Timestamp};

/// What a service is told that asks about a token (RFC 7662 section 2.2).
///
/// Of a token that is not good it says that and nothing else, so nobody learns from it whether a
/// token was ever good, of another tenant, or is only of the other type.
///
/// ```
/// use tegata::{Introspection, IntrospectionView, Refusal};
///
/// let view = IntrospectionView::default();
/// let told = Introspection::of(Err(Refusal::ExpiredToken), view, None)?;
/// assert_eq!(told.to_json(), r#"{"active":false}"#);
/// # Ok::<(), Refusal>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Introspection {
    json: String,
}

/// What the service that asks may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntrospectionView {
    /// Whether refresh tokens are active for it. A service that guards routes is sent access tokens,
    /// and would let a refresh token in if it were told that it is good.
    pub refresh_tokens: bool,
}

impl Introspection {
    /// What is told about a token, by what [`crate::host::verify`] says of it.
    ///
    /// `username` is what people call the user of the token, if the host can say.
    ///
    /// # Errors
    /// [`Refusal::ServiceUnavailable`] where `verdict` is that: then nobody knows.
    pub fn of(
        verdict: Result<&AnyClaims, Refusal>,
        view: IntrospectionView,
        username: Option<&str>,
    ) -> Result<Self, Refusal> {
        match verdict {
            Err(Refusal::ServiceUnavailable) => Err(Refusal::ServiceUnavailable),
            Ok(AnyClaims::Access(claims)) => Ok(Self::active(claims, "access", username)),
            Ok(AnyClaims::Refresh(claims)) if view.refresh_tokens => {
                Ok(Self::active(claims, "refresh", username))
            }
            Ok(AnyClaims::Refresh(_)) | Err(_) => Ok(Self::inactive()),
        }
    }

    /// That a token is not good.
    #[must_use]
    pub fn inactive() -> Self {
        Self { json: r#"{"active":false}"#.to_owned() }
    }

    /// As the answer's body.
    #[must_use]
    pub fn to_json(&self) -> &str {
        &self.json
    }

    fn active(claims: &Claims, kind: &'static str, username: Option<&str>) -> Self {
        let is_access = kind == "access";
        // They were read once, under the signature.
        let Ok(signed) = serde_json::from_slice::<Signed<'_>>(claims.payload()) else {
            return Self::inactive();
        };
        let scope = claims.scopes().map(Scopes::as_str).filter(|scope| !scope.is_empty());
        let told = Members {
            active: true,
            // What a refresh token has is a limit, and no grant that a route could go by.
            scope: scope.filter(|_| is_access),
            client_id: signed.client_id,
            username,
            // RFC 8693 section 2.2.1: what is no access token has no such type.
            token_type: if is_access { "Bearer" } else { "N_A" },
            r#type: kind,
            exp: claims.expires_at().seconds(),
            iat: Some(claims.issued_at())
                .filter(|at| *at != Claims::NEVER_ISSUED)
                .map(Timestamp::seconds),
            nbf: claims.not_before.map(Timestamp::seconds),
            auth_time: claims.auth_time().map(Timestamp::seconds),
            sub: claims.subject(),
            aud: signed.aud,
            iss: signed.iss,
            jti: signed.jti,
            session_id: claims.session_id().as_str(),
            tenant: claims.tenant().map(Tenant::as_str),
        };
        Self { json: serde_json::to_string(&told).expect("texts and numbers serialize") }
    }
}

// What is told about a token is about a person.
impl std::fmt::Debug for Introspection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_active = *self != Self::inactive();
        formatter.debug_struct("Introspection").field("active", &is_active).finish_non_exhaustive()
    }
}

/// Claims that are told just as they were signed.
#[derive(Deserialize)]
struct Signed<'a> {
    #[serde(borrow)]
    client_id: Option<&'a RawValue>,
    #[serde(borrow)]
    aud: Option<&'a RawValue>,
    #[serde(borrow)]
    iss: Option<&'a RawValue>,
    #[serde(borrow)]
    jti: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Members<'a> {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    token_type: &'static str,
    r#type: &'static str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a RawValue>,
    session_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
}
