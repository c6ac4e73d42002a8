use tegata_jose::{Times, jws, read_members};

use crate::read::Found;
use crate::{
    AccessClaims, Claims, EndReason, EndSessions, Ending, Engine, RefreshClaims, Refusal, Tenant,
    Timestamp, TokenType, Unread,
};

/// The claims of a token of any type whose signature, type, issuer, audience, tenant and times were
/// checked, as [`Engine::read_typed`] gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedClaims {
    token_type: TokenType,
    issued_at: Timestamp,
    expires_at: Timestamp,
    not_before: Option<Timestamp>,
    tenant: Option<Tenant>,
    login: Option<Claims>,
    payload: Vec<u8>,
}

impl TypedClaims {
    /// What the token is for.
    #[must_use]
    pub fn token_type(&self) -> &TokenType {
        &self.token_type
    }

    /// `iat`.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// `exp`.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The tenant that the token is bound to.
    #[must_use]
    pub fn tenant(&self) -> Option<&Tenant> {
        self.tenant.as_ref()
    }

    /// Whose token it is and of which session; `None` for a token of the site's own type that has
    /// none.
    #[must_use]
    pub fn login(&self) -> Option<&Claims> {
        self.login.as_ref()
    }

    /// The whole payload as it was signed: a JSON object in UTF-8.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The claims of a token that the host takes in place of an access token; `None` for a refresh
    /// token, which opens nothing, and for a token without a session.
    #[must_use]
    pub fn into_access(self) -> Option<AccessClaims> {
        let is_refresh = self.token_type == TokenType::REFRESH;
        self.login
            .filter(|_| !is_refresh)
            .map(|login| AccessClaims::new(Claims { payload: self.payload, ..login }))
    }

    /// The claims of a refresh token; `None` for any other.
    #[must_use]
    pub fn into_refresh(self) -> Option<RefreshClaims> {
        let is_refresh = self.token_type == TokenType::REFRESH;
        self.login
            .filter(|_| is_refresh)
            .map(|login| RefreshClaims::new(Claims { payload: self.payload, ..login }))
    }
}

impl Engine {
    /// Reads a token of any of the types in `accepted`, or of any type at all without them: its
    /// signature first, then its type, issuer, audience, tenant and times (RFC 8725 section 3).
    /// `tenant` is that of the request, as for [`Engine::read_access`].
    ///
    /// # Errors
    /// As [`Engine::read_access`].
    ///
    /// ```
    /// use tegata::{Engine, Policy, Refusal, TokenType};
    /// use tegata_jose::{Algorithm, Key, KeySet, Timestamp};
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// let engine = Engine::new(Policy::default(), keys)?;
    /// let now = Timestamp::from_seconds(1_700_000_000);
    /// let unread = engine.read_typed(now, "x", Some(&[TokenType::SLIDING]), None).unwrap_err();
    /// assert_eq!(unread.refusal, Refusal::InvalidToken);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_typed(
        &self,
        now: Timestamp,
        token: &str,
        accepted: Option<&[TokenType]>,
        tenant: Option<&Tenant>,
    ) -> Result<TypedClaims, Unread> {
        let claims = self.read_typed_undated(now, token, accepted, tenant)?;
        self.check_moments(now, claims.times())?;
        Ok(claims)
    }

    /// As [`Engine::read_typed`], but for the times of the token: what has expired can still be
    /// looked at, and its session ended, as long as its key is there.
    ///
    /// # Errors
    /// As [`Engine::read_typed`], but for [`Refusal::ExpiredToken`].
    pub fn read_typed_undated(
        &self,
        now: Timestamp,
        token: &str,
        accepted: Option<&[TokenType]>,
        tenant: Option<&Tenant>,
    ) -> Result<TypedClaims, Unread> {
        let read = match self.read_own_typed(now, token) {
            Ok(claims) => claims,
            Err(unread) => TypedClaims::of_legacy(self.read_theirs(now, token, tenant, unread)?),
        };
        accept(read, accepted, tenant)
    }

    /// Reads the token of a request to a gate that takes tokens of the types in `accepted`, be they
    /// ours or of a library that the site used before.
    ///
    /// # Errors
    /// As [`Engine::read_access`].
    ///
    /// ```
    /// use tegata::{Engine, Policy, TokenType};
    /// use tegata_jose::{Algorithm, Key, KeySet, Timestamp};
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// let engine = Engine::new(Policy::default(), keys)?;
    /// let now = Timestamp::from_seconds(1_700_000_000);
    /// let accepted = [TokenType::ACCESS, TokenType::SLIDING];
    /// assert!(!engine.read_opening(now, "x", &accepted, None).unwrap_err().ours);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_opening(
        &self,
        now: Timestamp,
        token: &str,
        accepted: &[TokenType],
        tenant: Option<&Tenant>,
    ) -> Result<AccessClaims, Unread> {
        let takes_access = accepted.contains(&TokenType::ACCESS);
        if takes_access && let Some(claims) = self.recall_access(now, token.as_bytes(), tenant) {
            return Ok(claims);
        }
        let typed = self.read_typed(now, token, Some(accepted), tenant)?;
        let is_access = typed.token_type == TokenType::ACCESS;
        let nobodys = Unread::ours(Refusal::InvalidToken, "it is of no session");
        let claims = typed.into_access().ok_or(nobodys)?;
        if is_access {
            self.keep_reading(now, token, &claims);
        }
        Ok(claims)
    }

    fn read_own_typed(&self, now: Timestamp, token: &str) -> Result<TypedClaims, Unread> {
        let verified = jws::verify(token, self.keys_at(now), &self.limits())
            .map_err(|_| Unread::foreign("no key of ours signed it"))?;
        let typ = TokenType::typs()
            .into_iter()
            .find(|typ| verified.header().has_typ(typ))
            .ok_or(Unread::foreign("`typ` is none of ours"))?;
        let claims = self.examine(typ, verified.payload())?;
        Ok(TypedClaims { payload: verified.into_payload(), ..claims })
    }

    /// The end of the session that a token hangs on, because its holder, or the site, gives it up.
    ///
    /// # Errors
    /// [`Refusal::SessionNotFound`] where no rows of sessions are kept, [`Refusal::InvalidTokenType`]
    /// for a token without a session.
    pub fn end_of(&self, now: Timestamp, claims: &TypedClaims) -> Result<EndSessions, Refusal> {
        if !self.policy.session_check.keeps_sessions() {
            return Err(Refusal::SessionNotFound);
        }
        let login = claims.login().ok_or(Refusal::InvalidTokenType)?;
        let (user, session) = (login.user_id.clone(), login.session_id.clone());
        Ok(EndSessions {
            sessions: Ending::Own { user, session },
            at: now,
            reason: EndReason::LogOut,
        })
    }

    /// What a payload says under a `typ`, if it is one that a token of ours may have; without the
    /// payload itself.
    pub(crate) fn examine(&self, typ: &str, payload: &[u8]) -> Result<TypedClaims, Unread> {
        let bad = |reason| Unread::ours(Refusal::InvalidToken, reason);
        let mut found = Found::default();
        let depth = self.limits().max_depth;
        read_members(payload, depth, |name, json| found.note(&self.policy, name, json))
            .map_err(|_| Unread::foreign("its payload is no JSON object"))?;
        let incomplete = bad("a claim is missing or of a wrong type");
        if !found.has_the_registered() {
            return Err(incomplete);
        }
        self.check_parties(&found)?;
        let token_type = found
            .token_type()
            .and_then(|name| TokenType::from_name(&name))
            .filter(|token_type| token_type.typ() == typ)
            .ok_or(bad("`typ` and the type claim disagree"))?;
        let login = if token_type.is_own() && found.is_of_no_session() {
            None
        } else {
            let (_, mut login) = found.claims().ok_or(incomplete)?;
            if login.subject != login.user_id.to_string() {
                return Err(bad("`sub` is not the user of the token"));
            }
            if token_type == TokenType::SLIDING {
                let deadline = found.refresh_expires_at();
                login.refresh_expires_at = Some(deadline.ok_or(incomplete)?);
            }
            Some(login)
        };
        let tenant = found.tenant().map_err(|_| incomplete)?;
        let registered = &found.registered;
        Ok(TypedClaims {
            token_type,
            issued_at: registered.issued_at().ok_or(incomplete)?,
            expires_at: registered.expires_at().ok_or(incomplete)?,
            not_before: registered.not_before(),
            tenant,
            login,
            payload: Vec::new(),
        })
    }
}

impl TypedClaims {
    fn of_legacy((token_type, mut login): (TokenType, Claims)) -> Self {
        Self {
            token_type,
            issued_at: login.issued_at,
            expires_at: login.expires_at,
            not_before: login.not_before,
            tenant: None,
            payload: std::mem::take(&mut login.payload),
            login: Some(login),
        }
    }

    pub(crate) fn times(&self) -> Times {
        Times { exp: Some(self.expires_at), nbf: self.not_before, iat: Some(self.issued_at) }
    }
}

fn accept(
    claims: TypedClaims,
    accepted: Option<&[TokenType]>,
    tenant: Option<&Tenant>,
) -> Result<TypedClaims, Unread> {
    if claims.tenant() != tenant {
        return Err(Unread::OF_ANOTHER_TENANT);
    }
    if accepted.is_some_and(|accepted| !accepted.contains(&claims.token_type)) {
        // Another authenticator may take it, unless it is one that opens nothing anywhere.
        let ours = claims.token_type == TokenType::REFRESH;
        return Err(Unread { ours, ..Unread::OF_ANOTHER_TYPE });
    }
    Ok(claims)
}
