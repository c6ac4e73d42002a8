use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use tegata_jose::{Header, jwt};

use crate::{
    AccessClaims, Claims, Engine, Policy, RefreshClaims, Refusal, SessionId, Timestamp, TokenKind,
    UserId,
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
    const fn foreign(reason: &'static str) -> Self {
        Self { refusal: Refusal::InvalidToken, ours: false, reason }
    }

    const fn ours(refusal: Refusal, reason: &'static str) -> Self {
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
    /// Reads an access token: its signature first, then its type, issuer, audience and times
    /// (RFC 9068 section 4, RFC 8725 section 3).
    ///
    /// # Errors
    /// [`Unread`] with [`Refusal::InvalidToken`], [`Refusal::InvalidTokenType`] or
    /// [`Refusal::ExpiredToken`].
    pub fn read_access(&self, now: Timestamp, token: &str) -> Result<AccessClaims, Unread> {
        let claims = self.read_undated(TokenKind::Access, token)?;
        self.check_times(now, &claims).map(|()| AccessClaims(claims))
    }

    /// Reads a refresh token, as [`Engine::read_access`] reads an access token.
    ///
    /// # Errors
    /// As [`Engine::read_access`].
    pub fn read_refresh(&self, now: Timestamp, token: &str) -> Result<RefreshClaims, Unread> {
        let claims = self.read_refresh_undated(token)?;
        self.check_times(now, &claims).map(|()| claims)
    }

    /// Reads a token of either kind.
    ///
    /// # Errors
    /// As [`Engine::read_access`], but for the type.
    pub fn read(&self, now: Timestamp, token: &str) -> Result<AnyClaims, Unread> {
        let (kind, claims) = self.read_either(token)?;
        self.check_times(now, &claims)?;
        Ok(match kind {
            TokenKind::Access => AnyClaims::Access(AccessClaims(claims)),
            TokenKind::Refresh => AnyClaims::Refresh(RefreshClaims(claims)),
        })
    }

    /// Reads a refresh token for logging out: what has expired can still be ended.
    pub(crate) fn read_refresh_undated(&self, token: &str) -> Result<RefreshClaims, Unread> {
        self.read_undated(TokenKind::Refresh, token).map(RefreshClaims)
    }

    fn read_undated(&self, expected: TokenKind, token: &str) -> Result<Claims, Unread> {
        let (kind, claims) = self.read_either(token)?;
        if kind == expected {
            Ok(claims)
        } else {
            Err(Unread::ours(Refusal::InvalidTokenType, "the token is of the other type"))
        }
    }

    fn check_times(&self, now: Timestamp, claims: &Claims) -> Result<(), Unread> {
        let leeway = self.policy.leeway;
        if claims.expires_at.plus(leeway) <= now {
            return Err(Unread::ours(Refusal::ExpiredToken, "`exp` is in the past"));
        }
        let begins_at = claims.not_before.unwrap_or(claims.issued_at).max(claims.issued_at);
        if begins_at.minus(leeway) > now {
            return Err(Unread::ours(Refusal::InvalidToken, "`iat` or `nbf` is in the future"));
        }
        Ok(())
    }

    fn read_either(&self, token: &str) -> Result<(TokenKind, Claims), Unread> {
        let verified = jwt::verify(token, &self.keys, &self.limits())
            .map_err(|_| Unread::foreign("no key of ours signed it"))?;
        let kind = kind_of(verified.header())?;
        let payload = verified.into_payload();
        let wire = Wire::parse(&payload, &self.policy)
            .ok_or(Unread::ours(Refusal::InvalidToken, "a claim is missing or of a wrong type"))?;
        if wire.issuer != self.policy.issuer {
            return Err(Unread::foreign("`iss` is not ours"));
        }
        if !wire.audience.iter().any(|name| self.policy.audience.contains(name)) {
            return Err(Unread::foreign("`aud` does not name us"));
        }
        if wire.token_type != kind.name() {
            return Err(Unread::ours(Refusal::InvalidToken, "`typ` and the type claim disagree"));
        }
        if wire.subject != wire.user_id.to_string() {
            return Err(Unread::ours(Refusal::InvalidToken, "`sub` is not the user of the token"));
        }
        let claims = Claims {
            subject: wire.subject,
            user_id: wire.user_id,
            session_id: wire.session_id,
            generation: wire.generation,
            issued_at: wire.issued_at,
            expires_at: wire.expires_at,
            not_before: wire.not_before,
            payload,
        };
        Ok((kind, claims))
    }
}

fn kind_of(header: &Header) -> Result<TokenKind, Unread> {
    [TokenKind::Access, TokenKind::Refresh]
        .into_iter()
        .find(|kind| header.has_typ(kind.typ()))
        .ok_or(Unread::foreign("`typ` is none of ours"))
}

struct Wire {
    issuer: String,
    audience: Vec<String>,
    subject: String,
    token_type: String,
    user_id: UserId,
    session_id: SessionId,
    generation: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    not_before: Option<Timestamp>,
}

impl Wire {
    fn parse(payload: &[u8], policy: &Policy) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_slice(payload);
        deserializer.deserialize_map(Reader(policy)).ok()
    }
}

struct Reader<'a>(&'a Policy);

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Wire;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the claims of a token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Wire, A::Error> {
        let names = &self.0.claim_names;
        let (mut issuer, mut audience, mut subject, mut token_type) = (None, None, None, None);
        let (mut user_id, mut session_id, mut generation) = (None, None, None);
        let (mut issued_at, mut expires_at, mut not_before) = (None, None, None);
        let (mut client_id, mut jti) = (None, None);
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "iss" => issuer = Some(members.next_value::<String>()?),
                "aud" => audience = Some(members.next_value::<Audience>()?.0),
                "sub" => subject = Some(members.next_value::<String>()?),
                "client_id" => client_id = Some(members.next_value::<String>()?),
                "jti" => jti = Some(members.next_value::<String>()?),
                "iat" => issued_at = Some(members.next_value()?),
                "exp" => expires_at = Some(members.next_value()?),
                "nbf" => not_before = Some(members.next_value()?),
                name if name == names.token_type => token_type = Some(members.next_value()?),
                name if name == names.user_id => user_id = Some(members.next_value()?),
                name if name == names.session_id => session_id = Some(members.next_value()?),
                name if name == names.generation => generation = Some(members.next_value()?),
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        let missing = A::Error::missing_field;
        client_id.ok_or_else(|| missing("client_id"))?;
        jti.ok_or_else(|| missing("jti"))?;
        Ok(Wire {
            issuer: issuer.ok_or_else(|| missing("iss"))?,
            audience: audience.ok_or_else(|| missing("aud"))?,
            subject: subject.ok_or_else(|| missing("sub"))?,
            token_type: token_type.ok_or_else(|| missing("type"))?,
            user_id: user_id.ok_or_else(|| missing("user_id"))?,
            session_id: session_id.ok_or_else(|| missing("session_id"))?,
            generation: generation.ok_or_else(|| missing("generation"))?,
            issued_at: issued_at.ok_or_else(|| missing("iat"))?,
            expires_at: expires_at.ok_or_else(|| missing("exp"))?,
            not_before,
        })
    }
}

/// `aud` is one string or a list of them (RFC 7519 section 4.1.3).
struct Audience(Vec<String>);

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Wire {
            One(String),
            Several(Vec<String>),
        }
        Wire::deserialize(deserializer).map(|wire| match wire {
            Wire::One(name) => Self(vec![name]),
            Wire::Several(names) => Self(names),
        })
    }
}
