use serde::Deserialize;
use tegata_jose::{ClaimError, Header, RegisteredClaims, Times, jws, read_members};

use crate::custom::parse_scopes;
use crate::legacy::Origin;
use crate::policy::{REFRESH_EXP, SCOPE_CLAIM};
use crate::{
    AccessClaims, Bounds, Claims, Engine, Policy, RefreshClaims, Refusal, Tenant, Timestamp,
    TokenKind, TokenType, UserId,
};

/// Why a token was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What the client is told.
    pub refusal: Refusal,
    /// Whether a key of ours signed it for us. If not, another authenticator may know it.
    pub ours: bool,
    /// What a developer reads in a log; never a part of the token.
    pub reason: &'static str,
}

impl Unread {
    pub(crate) const OF_ANOTHER_TENANT: Self =
        Self::ours(Refusal::InvalidToken, "it is of another tenant");

    // Another authenticator may take it.
    pub(crate) const OF_ANOTHER_TYPE: Self = Self {
        refusal: Refusal::InvalidTokenType,
        ours: false,
        reason: "the token is of another type",
    };

    pub(crate) const fn foreign(reason: &'static str) -> Self {
        Self { refusal: Refusal::InvalidToken, ours: false, reason }
    }

    pub(crate) const fn ours(refusal: Refusal, reason: &'static str) -> Self {
        Self { refusal, ours: true, reason }
    }
}

/// The claims of a token of either kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyClaims {
    /// Of an access token.
    Access(AccessClaims),
    /// Of a refresh token.
    Refresh(RefreshClaims),
}

impl Engine {
    /// Reads an access token: its signature first, then its type, issuer, audience, tenant and times
    /// (RFC 9068 section 4, RFC 8725 section 3). `tenant` is that of the request, which the token
    /// must be bound to, or to none if it is `None`.
    ///
    /// # Errors
    /// [`Unread`] with [`Refusal::InvalidToken`], [`Refusal::InvalidTokenType`] or
    /// [`Refusal::ExpiredToken`].
    pub fn read_access(
        &self,
        now: Timestamp,
        token: &str,
        tenant: Option<&Tenant>,
    ) -> Result<AccessClaims, Unread> {
        if let Some(claims) = self.recall_access(now, token.as_bytes(), tenant) {
            return Ok(claims);
        }
        let read = self.read_either(now, token, tenant)?;
        let claims = AccessClaims::new(self.check_kind(TokenKind::Access, now, read)?);
        self.keep_reading(now, token, &claims);
        Ok(claims)
    }

    /// The claims of an access token that this engine has read before and keeps in mind, if it is
    /// still good: what [`Engine::read_access`] begins with, and as sure. `None` if it has to be
    /// read, be it to tell why it is not good any more.
    ///
    /// `token` may be any bytes, as a header has them. A clock that takes less and lags behind a
    /// little will do for `now`: the token is good for as much longer after its `exp`, or after its
    /// key is over, and never too early.
    ///
    /// ```
    /// use tegata::{AccessClaims, Engine, Timestamp, Unread};
    ///
    /// fn claims(engine: &Engine, now: Timestamp, header: &[u8]) -> Result<AccessClaims, Unread> {
    ///     match engine.recall_access(now, header, None) {
    ///         Some(claims) => Ok(claims),
    ///         None => engine.read_access(now, &String::from_utf8_lossy(header), None),
    ///     }
    /// }
    /// # use tegata::{Algorithm, Key, KeySet, Policy};
    /// # let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// # let engine = Engine::new(Policy::default(), keys)?;
    /// # assert!(claims(&engine, Timestamp::from_seconds(1_700_000_000), b"\xff").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn recall_access(
        &self,
        now: Timestamp,
        token: &[u8],
        tenant: Option<&Tenant>,
    ) -> Option<AccessClaims> {
        let claims = self.readings.get(token, self.keys.span_at(now))?;
        // It is as good as it was when it was read, but for what hangs on the request.
        match self.check_times(now, &claims) {
            Ok(()) => (claims.tenant() == tenant).then_some(claims),
            Err(unread) => {
                if unread.refusal == Refusal::ExpiredToken {
                    self.readings.forget(token);
                }
                None
            }
        }
    }

    /// Keeps an access token in mind that was read by the keys of this instant.
    pub(crate) fn keep_reading(&self, now: Timestamp, token: &str, claims: &AccessClaims) {
        // One of another library is good for as long as the site takes those.
        if claims.origin == Origin::Ours {
            self.readings.keep(token.as_bytes(), self.keys.span_at(now), claims);
        }
    }

    /// Reads a refresh token, as [`Engine::read_access`] reads an access token.
    ///
    /// # Errors
    /// As [`Engine::read_access`].
    pub fn read_refresh(
        &self,
        now: Timestamp,
        token: &str,
        tenant: Option<&Tenant>,
    ) -> Result<RefreshClaims, Unread> {
        let read = self.read_either(now, token, tenant)?;
        self.check_kind(TokenKind::Refresh, now, read).map(RefreshClaims::new)
    }

    /// Reads a token of either kind.
    ///
    /// # Errors
    /// As [`Engine::read_access`], but for the type.
    pub fn read(
        &self,
        now: Timestamp,
        token: &str,
        tenant: Option<&Tenant>,
    ) -> Result<AnyClaims, Unread> {
        let (kind, claims) = self.read_either(now, token, tenant)?;
        self.check_times(now, &claims)?;
        Ok(match kind {
            TokenKind::Access => AnyClaims::Access(AccessClaims::new(claims)),
            TokenKind::Refresh => AnyClaims::Refresh(RefreshClaims::new(claims)),
        })
    }

    /// Reads a refresh token for logging out: what has expired can still be ended.
    pub(crate) fn read_refresh_undated(
        &self,
        now: Timestamp,
        token: &str,
        tenant: Option<&Tenant>,
    ) -> Result<RefreshClaims, Unread> {
        of_kind(TokenKind::Refresh, self.read_either(now, token, tenant)?).map(RefreshClaims::new)
    }

    /// The claims of a token that is of this kind, and good now by its times.
    pub(crate) fn check_kind(
        &self,
        expected: TokenKind,
        now: Timestamp,
        read: (TokenKind, Claims),
    ) -> Result<Claims, Unread> {
        let claims = of_kind(expected, read)?;
        self.check_times(now, &claims).map(|()| claims)
    }

    fn check_times(&self, now: Timestamp, claims: &Claims) -> Result<(), Unread> {
        let times = Times {
            exp: Some(claims.expires_at),
            nbf: claims.not_before,
            iat: Some(claims.issued_at),
        };
        self.check_moments(now, times)
    }

    pub(crate) fn check_moments(&self, now: Timestamp, times: Times) -> Result<(), Unread> {
        times.check(now, self.policy.leeway).map_err(|error| match error {
            ClaimError::Expired => Unread::ours(Refusal::ExpiredToken, "`exp` is in the past"),
            _ => Unread::ours(Refusal::InvalidToken, "`iat` or `nbf` is in the future"),
        })
    }

    /// A token of ours or, failing that, of a library that the site used before.
    fn read_either(
        &self,
        now: Timestamp,
        token: &str,
        tenant: Option<&Tenant>,
    ) -> Result<(TokenKind, Claims), Unread> {
        let unread = match self.read_own(now, token) {
            Ok(read) if read.1.bounds.tenant.as_ref() == tenant => return Ok(read),
            Ok(_) => return Err(Unread::OF_ANOTHER_TENANT),
            Err(unread) => unread,
        };
        let (token_type, claims) = self.read_theirs(now, token, tenant, unread)?;
        let kind = TokenKind::of(&token_type).ok_or(Unread::OF_ANOTHER_TYPE)?;
        Ok((kind, claims))
    }

    /// A token that is none of ours, for the reason `unread`.
    pub(crate) fn read_theirs(
        &self,
        now: Timestamp,
        token: &str,
        tenant: Option<&Tenant>,
        unread: Unread,
    ) -> Result<(TokenType, Claims), Unread> {
        // Those of another library are of no tenant.
        if tenant.is_some() {
            return Err(unread);
        }
        match self.read_legacy(now, token) {
            // With one key for both, a token may be ours by its signature and theirs by its claims.
            Some(Err(_)) if unread.ours => Err(unread),
            Some(read) => read,
            None => Err(unread),
        }
    }

    fn read_own(&self, now: Timestamp, token: &str) -> Result<(TokenKind, Claims), Unread> {
        let verified = jws::verify(token, self.keys_at(now), &self.limits())
            .map_err(|_| Unread::foreign("no key of ours signed it"))?;
        let kind = kind_of(verified.header())?;
        let mut found = Found::default();
        let depth = self.limits().max_depth;
        read_members(verified.payload(), depth, |name, json| found.note(&self.policy, name, json))
            .map_err(|_| Unread::foreign("its payload is no JSON object"))?;
        let (token_type, mut claims) = found
            .claims()
            .ok_or(Unread::ours(Refusal::InvalidToken, "a claim is missing or of a wrong type"))?;
        self.check_parties(&found)?;
        if token_type != kind.name() {
            return Err(Unread::ours(Refusal::InvalidToken, "`typ` and the type claim disagree"));
        }
        if claims.subject != claims.user_id.to_string() {
            return Err(Unread::ours(Refusal::InvalidToken, "`sub` is not the user of the token"));
        }
        claims.payload = verified.into_payload();
        Ok((kind, claims))
    }

    /// Whether a token of these claims is from us and for us.
    pub(crate) fn check_parties(&self, found: &Found<'_>) -> Result<(), Unread> {
        if found.registered.issuer().as_deref() != Some(&self.policy.issuer) {
            return Err(Unread::foreign("`iss` is not ours"));
        }
        if !self.policy.audience.iter().any(|name| found.registered.is_for(name)) {
            return Err(Unread::foreign("`aud` does not name us"));
        }
        Ok(())
    }
}

fn of_kind(expected: TokenKind, (kind, claims): (TokenKind, Claims)) -> Result<Claims, Unread> {
    if kind == expected {
        Ok(claims)
    } else {
        Err(Unread::ours(Refusal::InvalidTokenType, "the token is of another type"))
    }
}

fn kind_of(header: &Header) -> Result<TokenKind, Unread> {
    TokenKind::ALL
        .into_iter()
        .find(|kind| header.has_typ(kind.typ()))
        .ok_or(Unread::foreign("`typ` is none of ours"))
}

/// The claims that a token of ours has, each as it is written.
#[derive(Default)]
pub(crate) struct Found<'a> {
    pub(crate) registered: RegisteredClaims<'a>,
    client_id: Option<&'a str>,
    token_type: Option<&'a str>,
    user_id: Option<&'a str>,
    session_id: Option<&'a str>,
    generation: Option<&'a str>,
    auth_time: Option<&'a str>,
    refresh_exp: Option<&'a str>,
    scope: Option<&'a str>,
    tenant: Option<&'a str>,
}

impl<'a> Found<'a> {
    pub(crate) fn note(&mut self, policy: &Policy, name: &str, json: &'a str) {
        let names = &policy.claim_names;
        if self.registered.note(name, json) {
            return;
        }
        let own = [
            ("client_id", &mut self.client_id),
            ("auth_time", &mut self.auth_time),
            (REFRESH_EXP, &mut self.refresh_exp),
            (SCOPE_CLAIM, &mut self.scope),
            (&names.token_type, &mut self.token_type),
            (&names.user_id, &mut self.user_id),
            (&names.session_id, &mut self.session_id),
            (&names.generation, &mut self.generation),
            (&names.tenant, &mut self.tenant),
        ];
        if let Some((_, place)) = own.into_iter().find(|(own, _)| *own == name) {
            *place = Some(json);
        }
    }

    /// The type claim and the rest, but for the payload; `None` if one is missing or of a wrong
    /// type.
    pub(crate) fn claims(&self) -> Option<(String, Claims)> {
        if !self.has_the_registered() {
            return None;
        }
        parse::<String>(self.client_id)?;
        let claims = Claims {
            subject: self.registered.subject()?.into_owned(),
            user_id: parse(self.user_id)?,
            session_id: parse(self.session_id)?,
            generation: parse(self.generation)?,
            issued_at: self.registered.issued_at()?,
            expires_at: self.registered.expires_at()?,
            not_before: self.registered.not_before(),
            auth_time: optional(self.auth_time, |json| parse(Some(json))).ok()?,
            refresh_expires_at: None,
            bounds: Bounds {
                tenant: self.tenant().ok()?,
                scopes: optional(self.scope, parse_scopes).ok()?,
            },
            origin: Origin::Ours,
            payload: Vec::new(),
        };
        Some((self.token_type()?, claims))
    }

    /// Whether what every token of ours has is there: `iss`, `aud`, `jti`, and each registered
    /// claim of its type.
    pub(crate) fn has_the_registered(&self) -> bool {
        let registered = &self.registered;
        registered.check_types().is_ok()
            && registered.issuer().is_some()
            && registered.has("aud") == Some(true)
            && registered.token_id().is_some()
    }

    /// The tenant that the token is bound to, if any.
    pub(crate) fn tenant(&self) -> Result<Option<Tenant>, WrongType> {
        optional(self.tenant, |json| Tenant::new(parse::<String>(Some(json))?).ok())
    }

    pub(crate) fn user_id(&self) -> Option<UserId> {
        parse(self.user_id)
    }

    pub(crate) fn token_type(&self) -> Option<String> {
        parse(self.token_type)
    }

    /// Whether the token names no session.
    pub(crate) fn is_of_no_session(&self) -> bool {
        self.session_id.is_none()
    }

    /// Until when a sliding token can be refreshed.
    pub(crate) fn refresh_expires_at(&self) -> Option<Timestamp> {
        parse(self.refresh_exp)
    }
}

fn parse<'a, T: Deserialize<'a>>(json: Option<&'a str>) -> Option<T> {
    serde_json::from_str(json?).ok()
}

/// A claim that may be missing, but not be of a wrong type, for which `read` has nothing.
fn optional<'a, T>(
    json: Option<&'a str>,
    read: impl FnOnce(&'a str) -> Option<T>,
) -> Result<Option<T>, WrongType> {
    json.map(|json| read(json).ok_or(WrongType)).transpose()
}

pub(crate) struct WrongType;
