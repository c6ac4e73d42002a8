use std::time::Duration;

use serde::ser::{SerializeMap, Serializer};
use tegata_jose::{KeyError, jws};
use thiserror::Error;

use crate::policy::SCOPE_CLAIM;
use crate::randomness::identifier;
use crate::{
    Bounds, CustomClaims, CustomClaimsError, Engine, Randomness, RandomnessError, Scopes, Session,
    Timestamp, TokenType,
};

/// The tokens to hand out.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// The refresh token of the same generation; `None` if the client keeps the one that it has.
    pub refresh_token: Option<String>,
    /// How long the access token lives from now, as `expires_in` of RFC 6749 section 5.1 has it.
    pub expires_in: Duration,
    /// How long the refresh token can be used from now, or the sliding token that is its own;
    /// `None` without one.
    pub refresh_expires_in: Option<Duration>,
    /// What the access token covers, as `scope` of RFC 6749 section 5.1 has it; `None` for nothing.
    pub scopes: Option<Scopes>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tokens").finish_non_exhaustive()
    }
}

/// Why no token could be made. The session is as it was.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MintError {
    /// The custom claims cannot go into a token.
    #[error(transparent)]
    CustomClaims(#[from] CustomClaimsError),
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Scopes were asked for at a login, and the site grants none of them.
    #[error("none of the scopes that were asked for is granted")]
    NoScope,
    /// No identifier could be drawn.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

impl Engine {
    /// Tokens of the session's live generation. The refresh token expires by when that generation
    /// was minted, so repeating an answer does not lengthen its life.
    pub(crate) fn mint_pair(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        session: &Session,
        bounds: &Bounds,
        custom: &CustomClaims,
    ) -> Result<Tokens, MintError> {
        let tokens = self.mint_access(now, random, session, bounds, custom)?;
        let expires_at = session.minted_at.plus(self.policy.refresh_token_lifetime);
        // Without rotation the token outlasts many refreshes, each of which moves the idle end.
        let expires_at = if self.policy.rotate_refresh_tokens {
            expires_at.min(session.idle_end(&self.policy))
        } else {
            expires_at
        };
        let nothing = CustomClaims::none();
        let refresh_token =
            self.mint(&TokenType::REFRESH, now, expires_at, random, session, bounds, &nothing)?;
        let lives = expires_at.min(session.absolute_end(&self.policy)).since(now);
        Ok(Tokens { refresh_token: Some(refresh_token), refresh_expires_in: Some(lives), ..tokens })
    }

    pub(crate) fn mint_access(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        session: &Session,
        bounds: &Bounds,
        custom: &CustomClaims,
    ) -> Result<Tokens, MintError> {
        self.check_custom(custom)?;
        // No longer than its refresh token: a session that counts as idle has no token that works.
        let expires_at = now
            .plus(self.policy.access_token_lifetime)
            .min(session.minted_at.plus(self.policy.refresh_token_lifetime))
            .min(session.idle_end(&self.policy));
        let scopes = custom.scopes_within(bounds.scopes.as_ref());
        let bounds = Bounds { tenant: bounds.tenant.clone(), scopes };
        let access_token =
            self.mint(&TokenType::ACCESS, now, expires_at, random, session, &bounds, custom)?;
        let expires_in = expires_at.since(now);
        Ok(Tokens {
            access_token,
            refresh_token: None,
            expires_in,
            refresh_expires_in: None,
            scopes: bounds.scopes,
        })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "all that a token is made of, each of a type of its own"
    )]
    pub(crate) fn mint(
        &self,
        token_type: &TokenType,
        now: Timestamp,
        expires_at: Timestamp,
        random: &dyn Randomness,
        session: &Session,
        bounds: &Bounds,
        custom: &CustomClaims,
    ) -> Result<String, MintError> {
        let jti = identifier::<16>(random)?;
        let expires_at = expires_at.min(session.absolute_end(&self.policy));
        let payload = self
            .payload(token_type, now, expires_at, &jti, session, bounds, custom)
            .expect("claims made of text and numbers serialize");
        let token = jws::sign(self.keys_at(now).signing_key()?, Some(token_type.typ()), &payload)?;
        let limit = self.policy.max_token_length;
        if token.len() > limit {
            return Err(CustomClaimsError::TooLong { limit }.into());
        }
        Ok(token)
    }

    #[expect(clippy::too_many_arguments, reason = "as of `mint`")]
    pub(crate) fn payload(
        &self,
        token_type: &TokenType,
        now: Timestamp,
        expires_at: Timestamp,
        jti: &str,
        session: &Session,
        bounds: &Bounds,
        custom: &CustomClaims,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let policy = &self.policy;
        let names = &policy.claim_names;
        let mut json = Vec::with_capacity(512);
        let mut serializer = serde_json::Serializer::new(&mut json);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iss", &policy.issuer)?;
        match policy.audience.as_slice() {
            [one] => map.serialize_entry("aud", one)?,
            several => map.serialize_entry("aud", several)?,
        }
        map.serialize_entry("sub", &session.user_id.to_string())?;
        map.serialize_entry("client_id", &policy.client_id)?;
        map.serialize_entry("iat", &now)?;
        map.serialize_entry("exp", &expires_at)?;
        map.serialize_entry("jti", jti)?;
        if !session.is_of_legacy_token() {
            map.serialize_entry("auth_time", &session.created_at)?;
        }
        map.serialize_entry(&names.token_type, token_type.name())?;
        map.serialize_entry(&names.user_id, &session.user_id)?;
        map.serialize_entry(&names.session_id, &session.id)?;
        map.serialize_entry(&names.generation, &session.generation)?;
        if let Some(tenant) = &bounds.tenant {
            map.serialize_entry(&names.tenant, tenant.as_str())?;
        }
        if let Some(scopes) = &bounds.scopes {
            map.serialize_entry(SCOPE_CLAIM, scopes.as_str())?;
        }
        for (name, value) in custom.members() {
            map.serialize_entry(name, value)?;
        }
        map.end()?;
        Ok(json)
    }
}
