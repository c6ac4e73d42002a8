use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use tegata_jose::{Header, KeySet, Limits, RegisteredClaims, jws, read_members};

use crate::policy::{REFRESH_EXP, RESERVED_CLAIMS};
use crate::{
    Bounds, Claims, Engine, Policy, PolicyError, Refusal, Session, SessionId, Timestamp, TokenKind,
    TokenType, Unread, UserId,
};

/// The tokens of the library that a site used before, which stay good for a while.
///
/// Those of a library that kept sessions are good only for rows that were taken over from it
/// ([`Session::legacy_jti`]), and are always checked against them. A library that kept none
/// ([`LegacyClaimNames::session_id`]) has its rows made one by one: each refresh token, and each
/// sliding one, gets its own the first time that it is used ([`Engine::take_over`]); its access
/// tokens hang on none. Either way the first refresh with rotation gives tokens of ours, and the chain
/// goes on from there.
///
/// ```
/// use tegata::{Engine, LegacyClaimNames, LegacyTokens, Policy, Timestamp};
/// use tegata_jose::{Algorithm, Key, KeySet, legacy};
///
/// let before = LegacyTokens {
///     keys: KeySet::new(vec![legacy::from_secret(b"as weak as it was", Algorithm::Hs256)?])?,
///     access_typ: Some("JWT".to_owned()),
///     refresh_typ: Some("JWT".to_owned()),
///     issuer: None,
///     audience: None,
///     claim_names: LegacyClaimNames::default(),
///     until: Timestamp::from_seconds(1_800_000_000),
/// };
/// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
/// let engine = Engine::new(Policy::default(), keys)?.accept_legacy(vec![before])?;
/// assert_eq!(engine.legacy().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct LegacyTokens {
    /// The keys that it signed with; [`tegata_jose::legacy`] makes those of weak ones. They verify
    /// nothing but these tokens.
    pub keys: KeySet,
    /// The JOSE `typ` of its access tokens, and of its sliding ones; `None` if they have none.
    pub access_typ: Option<String>,
    /// The JOSE `typ` of its refresh tokens; `None` if they have none.
    pub refresh_typ: Option<String>,
    /// Its `iss`, compared exactly; with `None`, a token that has one is refused.
    pub issuer: Option<String>,
    /// A name that its `aud` must hold; with `None`, a token that has one is refused.
    pub audience: Option<String>,
    /// What its claims are called.
    pub claim_names: LegacyClaimNames,
    /// From when on none of them is good any more.
    pub until: Timestamp,
}

/// The names of claims in another library's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyClaimNames {
    /// `access`, `refresh`, or where no sessions were kept, `sliding`.
    pub token_type: String,
    /// The user's primary key.
    pub user_id: String,
    /// The session's identifier; `None` for a library that kept no sessions.
    pub session_id: Option<String>,
    /// The identifier of a refresh token, by which its library knew the live one: one without it is
    /// live where the row has an empty one. `None` if the library did not look at it. Where no
    /// sessions were kept, every refresh token and every sliding one must have it.
    pub token_id: Option<String>,
    /// Where no sessions were kept: a digest of the stored password that refresh tokens and sliding ones
    /// were held against; `None` if they were not.
    pub password: Option<String>,
}

impl Default for LegacyClaimNames {
    fn default() -> Self {
        Self {
            token_type: "type".to_owned(),
            user_id: "user_id".to_owned(),
            session_id: Some("session_id".to_owned()),
            token_id: Some("jti".to_owned()),
            password: None,
        }
    }
}

/// Says which generation a token is of, now that its session's row is known.
///
/// | the token is | and its generation is |
/// |---|---|
/// | one of ours | the one that it names |
/// | another library's, and was the live one when the row was taken over | [`Session::TAKEN_OVER`] |
/// | another library's, and was replaced before | 0, which is never one before a live one |
/// | the one that its row stands for | [`Session::TAKEN_OVER`] |
pub(crate) fn generation_in(claims: &Claims, session: &Session) -> u64 {
    match &claims.origin {
        Origin::Ours => claims.generation,
        Origin::TakenOver(jti) if session.legacy_jti.as_ref() == Some(jti) => Session::TAKEN_OVER,
        Origin::Opening { .. } => Session::TAKEN_OVER,
        Origin::Sessionless | Origin::TakenOver(_) => 0,
    }
}

/// Whose a token is, and so how it finds its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A refresh or sliding token of a library that kept no sessions: its session's id is made from
    /// its own. `password` is what it says of its user's password, if that was held against it.
    Opening { password: Option<String> },
    /// A token of ours.
    Ours,
    /// An access token of a library that kept no sessions.
    Sessionless,
    /// A token of a library that kept sessions, by its identifier; empty if it has none.
    TakenOver(String),
}

impl Origin {
    /// Whether a session may be that of such a token.
    pub(crate) fn may_hang_on(&self, session: &Session) -> bool {
        match self {
            Self::Opening { .. } | Self::Sessionless => session.is_of_legacy_token(),
            Self::Ours => true,
            Self::TakenOver(_) => session.legacy_jti.is_some() && !session.is_of_legacy_token(),
        }
    }
}

impl Engine {
    /// Has the engine read the tokens of other libraries besides its own.
    ///
    /// # Errors
    /// [`PolicyError`] for `ACCEPT_LEGACY`: a name that cannot be, or no rows to check them against.
    pub fn accept_legacy(self, legacy: Vec<LegacyTokens>) -> Result<Self, PolicyError> {
        let refused = |problem| Err(PolicyError { setting: "ACCEPT_LEGACY", problem });
        if !legacy.is_empty() && !self.policy.session_check.keeps_sessions() {
            return refused("needs rows of sessions, and SESSION_CHECK is \"off\"");
        }
        if let Some(problem) = legacy.iter().find_map(LegacyTokens::problem) {
            return refused(problem);
        }
        // With one key for two libraries, a token that names its session must not open another one.
        let mut legacy = legacy;
        legacy.sort_by_key(|each| each.claim_names.session_id.is_none());
        Ok(Self { legacy, ..self })
    }

    /// The tokens of other libraries that are read, first those of libraries that kept sessions.
    #[must_use]
    pub fn legacy(&self) -> &[LegacyTokens] {
        &self.legacy
    }

    /// Reads a token that is none of ours; `None` if it is nobody else's either.
    pub(crate) fn read_legacy(
        &self,
        now: Timestamp,
        token: &str,
    ) -> Option<Result<(TokenType, Claims), Unread>> {
        let limits = self.limits();
        let mut unread = None;
        // Two libraries may have had one key, and other names for their claims.
        for legacy in &self.legacy {
            match legacy.read(now, token, &limits, &self.policy) {
                Some(Ok(read)) => return Some(Ok(read)),
                Some(Err(why)) => unread = unread.or(Some(why)),
                None => {}
            }
        }
        unread.map(Err)
    }
}

impl LegacyTokens {
    fn problem(&self) -> Option<&'static str> {
        let texts = [&self.access_typ, &self.refresh_typ, &self.issuer, &self.audience];
        if texts.into_iter().flatten().any(String::is_empty) {
            return Some(
                "must have no empty TYP, ISSUER or AUDIENCE; leave out what there is none of",
            );
        }
        let names = &self.claim_names;
        if names.session_id.is_none() && names.token_id.is_none() {
            return Some(
                "must say in JTI_CLAIM what tokens are told apart by, since SESSION_ID_CLAIM is \
                 None",
            );
        }
        let own = [&names.token_type, &names.user_id];
        let token_id = names.token_id.as_ref().filter(|name| *name != "jti");
        let mut seen: Vec<&str> = RESERVED_CLAIMS.into();
        for name in own.into_iter().chain(&names.session_id).chain(token_id).chain(&names.password)
        {
            if name.is_empty() || seen.contains(&name.as_str()) {
                return Some("must name each claim by a name of its own, and not one of RFC 7519");
            }
            seen.push(name);
        }
        None
    }

    fn read(
        &self,
        now: Timestamp,
        token: &str,
        limits: &Limits,
        policy: &Policy,
    ) -> Option<Result<(TokenType, Claims), Unread>> {
        if now >= self.until {
            return None;
        }
        let verified = jws::verify(token, &self.keys, limits).ok()?;
        let header = verified.header();
        if ![TokenType::ACCESS, TokenType::REFRESH].iter().any(|kind| self.has_typ_of(header, kind))
        {
            return None;
        }
        let mut found = Found::default();
        read_members(verified.payload(), limits.max_depth, |name, json| {
            found.note(&self.claim_names, name, json);
        })
        .ok()?;
        if found.registered.issuer().as_deref() != self.issuer.as_deref() || !self.is_for_us(&found)
        {
            return None;
        }
        Some(self.claims(&found, header, verified.payload(), policy).ok_or(Unread::ours(
            Refusal::InvalidToken,
            "a claim of another library's token is missing or of a wrong type",
        )))
    }

    fn has_typ_of(&self, header: &Header, token_type: &TokenType) -> bool {
        let is_refresh = *token_type == TokenType::REFRESH;
        match if is_refresh { &self.refresh_typ } else { &self.access_typ } {
            Some(typ) => header.has_typ(typ),
            None => header.typ.is_none(),
        }
    }

    fn is_for_us(&self, found: &Found<'_>) -> bool {
        match &self.audience {
            Some(name) => found.registered.is_for(name),
            None => found.registered.has("aud") == Some(false),
        }
    }

    fn claims(
        &self,
        found: &Found<'_>,
        header: &Header,
        payload: &[u8],
        policy: &Policy,
    ) -> Option<(TokenType, Claims)> {
        found.registered.check_types().ok()?;
        let token_type = TokenType::from_name(&parse::<String>(found.token_type)?)?;
        if token_type.is_own() || !self.has_typ_of(header, &token_type) {
            return None;
        }
        let user_id: UserId = parse(found.user_id)?;
        let (session_id, origin) = self.session(found, &token_type, &user_id)?;
        let is_sliding = token_type == TokenType::SLIDING;
        let mut claims = Claims {
            subject: user_id.to_string(),
            user_id,
            session_id,
            generation: 0,
            issued_at: found.registered.issued_at().unwrap_or(Claims::NEVER_ISSUED),
            expires_at: found.registered.expires_at()?,
            not_before: found.registered.not_before(),
            auth_time: None,
            refresh_expires_at: if is_sliding { Some(parse(found.refresh_exp)?) } else { None },
            bounds: Bounds::none(),
            origin,
            payload: Vec::new(),
        };
        claims.payload = self.payload(&token_type, &claims, payload, policy)?;
        Some((token_type, claims))
    }

    fn session(
        &self,
        found: &Found<'_>,
        token_type: &TokenType,
        user_id: &UserId,
    ) -> Option<(SessionId, Origin)> {
        let token_id = || parse::<String>(found.token_id);
        if self.claim_names.session_id.is_none() {
            let is_access = *token_type == TokenType::ACCESS;
            let token_id = match found.token_id {
                None if is_access => String::new(),
                _ => token_id().filter(|token_id| !token_id.is_empty())?,
            };
            // One that does not say is of no password there is.
            let password = self.claim_names.password.is_some();
            let password = password.then(|| parse(found.password).unwrap_or_default());
            let origin = if is_access { Origin::Sessionless } else { Origin::Opening { password } };
            return Some((SessionId::of_legacy_token(user_id, &token_id), origin));
        }
        let token_id = match TokenKind::of(token_type)? {
            TokenKind::Refresh if found.token_id.is_some() => token_id()?,
            TokenKind::Access | TokenKind::Refresh => String::new(),
        };
        Some((parse(found.session_id)?, Origin::TakenOver(token_id)))
    }

    /// The claims as ours have them: what every token of ours has stands under our names, beside
    /// whatever the site had put in.
    fn payload(
        &self,
        token_type: &TokenType,
        claims: &Claims,
        payload: &[u8],
        policy: &Policy,
    ) -> Option<Vec<u8>> {
        let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(payload).ok()?;
        let theirs = &self.claim_names;
        let named = [&theirs.token_type, &theirs.user_id].into_iter();
        for name in named.chain(&theirs.session_id).chain(&theirs.password) {
            members.remove(name);
        }
        let ours = &policy.claim_names;
        // What a view would take for something that was seen here, or held against the request.
        for name in ["auth_time", &ours.tenant] {
            members.remove(name);
        }
        let jti = members.remove(theirs.token_id.as_deref().unwrap_or("jti"));
        let audience = match policy.audience.as_slice() {
            [one] => to_raw_value(one),
            several => to_raw_value(several),
        };
        let written = [
            ("iss", to_raw_value(&policy.issuer)),
            ("aud", audience),
            ("sub", to_raw_value(&claims.subject)),
            ("client_id", to_raw_value(&policy.client_id)),
            ("iat", to_raw_value(&claims.issued_at)),
            ("jti", jti.map_or_else(|| to_raw_value(""), Ok)),
            (&ours.token_type, to_raw_value(token_type.name())),
            (&ours.user_id, to_raw_value(&claims.user_id)),
            (&ours.session_id, to_raw_value(&claims.session_id)),
            (&ours.generation, to_raw_value(&claims.generation)),
        ];
        for (name, value) in written {
            members.insert(name.to_owned(), value.ok()?);
        }
        serde_json::to_vec(&members).ok()
    }
}

/// The claims that decide, each as it is written.
#[derive(Default)]
struct Found<'a> {
    registered: RegisteredClaims<'a>,
    token_type: Option<&'a str>,
    user_id: Option<&'a str>,
    session_id: Option<&'a str>,
    token_id: Option<&'a str>,
    password: Option<&'a str>,
    refresh_exp: Option<&'a str>,
}

impl<'a> Found<'a> {
    fn note(&mut self, names: &LegacyClaimNames, name: &str, json: &'a str) {
        self.registered.note(name, json);
        let own = [
            (Some(&names.token_type), &mut self.token_type),
            (Some(&names.user_id), &mut self.user_id),
            (names.session_id.as_ref(), &mut self.session_id),
            (names.token_id.as_ref(), &mut self.token_id),
            (names.password.as_ref(), &mut self.password),
        ];
        if name == REFRESH_EXP {
            self.refresh_exp = Some(json);
        }
        if let Some((_, place)) =
            own.into_iter().find(|(own, _)| own.is_some_and(|own| own == name))
        {
            *place = Some(json);
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(json: Option<&'a str>) -> Option<T> {
    serde_json::from_str(json?).ok()
}
