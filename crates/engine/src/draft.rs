use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::value::RawValue;
use tegata_jose::{KeyError, jws};
use thiserror::Error;

use crate::open::new_session;
use crate::policy::REFRESH_EXP;
use crate::randomness::identifier;
use crate::typed::TypedClaims;
use crate::{
    Bounds, CustomClaims, Device, Engine, Lifetimes, MintError, NewSession, Randomness,
    RandomnessError, Tenant, Timestamp, TokenType, UserId, UserState,
};

type Members = BTreeMap<String, Box<RawValue>>;

/// What a token that is made by hand begins with, for its maker to change before it is signed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The claims: a JSON object.
    pub claims: String,
    /// The row of the session that the claims name, for those who want it to have one. Without it
    /// the token is good only where no row is looked at.
    pub row: Option<NewSession>,
}

/// Why a draft was not signed, or not made. No token has come of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DraftError {
    /// [`Engine::read_typed`] would not take a token of these claims, or it would outlive its
    /// session.
    #[error("the token cannot be signed: {0}")]
    Claims(&'static str),
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No identifier could be drawn.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// The token would be longer than the site itself reads.
    #[error("the token would be longer than {limit} bytes; hint: give it fewer claims")]
    TooLong {
        /// [`crate::Policy::max_token_length`].
        limit: usize,
    },
}

const NO_OBJECT: DraftError =
    DraftError::Claims("its claims are no JSON object with unique names, at most 15 levels deep");

impl Engine {
    /// The claims of a new token for `user`, or for nobody yet, and the row of its session. With a
    /// `tenant` it is bound to that, and good for no request of another or of none.
    ///
    /// # Errors
    /// [`MintError`]; nothing has happened then.
    ///
    /// # Panics
    /// Never: numbers and text serialize.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tegata::{Device, Engine, Policy, SystemRandomness, TokenType, UserId, UserState};
    /// use tegata_jose::{Algorithm, Key, KeySet, Timestamp};
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// let engine = Engine::new(Policy::default(), keys)?;
    /// let alice =
    ///     UserState { id: UserId::Integer(1), is_active: true, security_stamp: String::new() };
    /// let now = Timestamp::from_seconds(1_700_000_000);
    /// let lifetimes = Duration::from_secs(60).into();
    ///
    /// let draft = engine.draft(
    ///     now,
    ///     &SystemRandomness,
    ///     &TokenType::ACCESS,
    ///     lifetimes,
    ///     Some(&alice),
    ///     Device::unknown(),
    ///     None,
    /// )?;
    /// let token = engine.sign_draft(now, &TokenType::ACCESS, &draft.claims)?;
    /// assert_eq!(engine.read_access(now, &token, None).unwrap().subject(), "1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::too_many_arguments, reason = "all that a token begins with")]
    pub fn draft(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        token_type: &TokenType,
        lifetimes: Lifetimes,
        user: Option<&UserState>,
        device: Device,
        tenant: Option<&Tenant>,
    ) -> Result<Draft, MintError> {
        let nobody =
            UserState { id: UserId::Integer(0), is_active: false, security_stamp: String::new() };
        let session = new_session(now, random, user.unwrap_or(&nobody), device)?;
        let expires_at = now.plus(lifetimes.token);
        let custom = if *token_type == TokenType::SLIDING {
            let deadline = self.sliding_deadline(&session, lifetimes);
            CustomClaims::none().with(REFRESH_EXP, &deadline)?
        } else {
            CustomClaims::none()
        };
        let jti = identifier::<16>(random)?;
        let bounds = Bounds { tenant: tenant.cloned(), scopes: None };
        let claims = self
            .payload(token_type, now, expires_at, &jti, &session, &bounds, &custom)
            .expect("claims made of text and numbers serialize");
        let claims = String::from_utf8(claims).expect("JSON is UTF-8");
        if user.is_some() {
            return Ok(Draft { claims, row: self.row_to_insert(now, session) });
        }
        let mut members: Members =
            serde_json::from_str(&claims).expect("what was serialized is an object");
        let names = &self.policy.claim_names;
        let of_the_user = ["sub", &names.user_id];
        let of_the_login = ["auth_time", &names.session_id, &names.generation];
        let is_nobodys = |name: &str| {
            of_the_user.contains(&name) || (token_type.is_own() && of_the_login.contains(&name))
        };
        members.retain(|name, _| !is_nobodys(name));
        Ok(Draft { claims: text_of(&members), row: None })
    }

    /// The claims of another token of the same login: those of `claims` but for what every token
    /// has of its own, and for `leave_out`. It expires no later than the token that it comes from.
    ///
    /// # Errors
    /// [`DraftError`].
    pub fn draft_from(
        &self,
        now: Timestamp,
        random: &dyn Randomness,
        token_type: &TokenType,
        lifetime: Duration,
        claims: &str,
        leave_out: &[String],
    ) -> Result<String, DraftError> {
        let mut members = members_of(claims)?;
        let type_claim = &self.policy.claim_names.token_type;
        let parent_end: Option<Timestamp> =
            members.get("exp").and_then(|json| serde_json::from_str(json.get()).ok());
        let own = ["iat", "nbf", "exp", "jti", REFRESH_EXP];
        members.retain(|name, _| !own.contains(&name.as_str()) && !leave_out.contains(name));
        let expires_at = now.plus(lifetime);
        let expires_at = parent_end.map_or(expires_at, |end| end.min(expires_at));
        let mut set = |name: &str, json: String| {
            members.insert(name.to_owned(), raw(json));
        };
        set("iat", now.seconds().to_string());
        set("exp", expires_at.seconds().to_string());
        set("jti", quoted(&identifier::<16>(random)?));
        set(type_claim, quoted(token_type.name()));
        Ok(text_of(&members))
    }

    /// Signs claims that began as a draft with the key of `now`, if a token of them would be read
    /// again.
    ///
    /// `sub` is the engine's: where the claims name a user and not yet `sub`, it is written.
    ///
    /// # Errors
    /// [`DraftError`]: among others, a claim is missing or of a wrong type, `iss` or `aud` is not
    /// this site's, or the token would outlive its session.
    pub fn sign_draft(
        &self,
        now: Timestamp,
        token_type: &TokenType,
        claims: &str,
    ) -> Result<String, DraftError> {
        let mut members = members_of(claims)?;
        let user_id = members.get(&self.policy.claim_names.user_id).map(|json| json.get());
        if user_id.is_none() && !token_type.is_own() {
            return Err(DraftError::Claims(
                "it is nobody's; hint: make it with `for_user`, or set the claim of the user's id",
            ));
        }
        if let Some(json) = user_id
            && !members.contains_key("sub")
        {
            let user: UserId = serde_json::from_str(json).map_err(|_| {
                DraftError::Claims("the user's id is neither an integer nor a text")
            })?;
            members.insert("sub".to_owned(), raw(quoted(&user.to_string())));
        }
        let payload = text_of(&members).into_bytes();
        let said = self
            .examine(token_type.typ(), &payload)
            .map_err(|unread| DraftError::Claims(unread.reason))?;
        if said.token_type() != token_type {
            return Err(DraftError::Claims("the type claim is not its own"));
        }
        self.check_ends(&said)?;
        let token = jws::sign(self.keys_at(now).signing_key()?, Some(token_type.typ()), &payload)?;
        let limit = self.policy.max_token_length;
        if token.len() > limit { Err(DraftError::TooLong { limit }) } else { Ok(token) }
    }

    /// No token outlives its session, and no generation its row.
    fn check_ends(&self, said: &TypedClaims) -> Result<(), DraftError> {
        let Some(login) = said.login().filter(|_| !said.token_type().is_own()) else {
            return Ok(());
        };
        // Without `auth_time` it is of a login that nobody saw: see `Session::is_of_legacy_token`.
        let opened_at = login.auth_time.unwrap_or(said.issued_at());
        let end = login.refresh_expires_at.map_or(said.expires_at(), |end| {
            // A sliding token is its own refresh token.
            end.max(said.expires_at())
        });
        if end > opened_at.plus(self.policy.session_lifetime) {
            return Err(DraftError::Claims(
                "it would outlive its session; hint: give it a shorter lifetime, or raise \
                 SESSION_LIFETIME",
            ));
        }
        let is_refreshed = *said.token_type() != TokenType::ACCESS;
        if is_refreshed && end > said.issued_at().plus(self.policy.refresh_token_lifetime) {
            return Err(DraftError::Claims(
                "it could be refreshed for longer than REFRESH_TOKEN_LIFETIME; hint: give it a \
                 shorter lifetime, or raise REFRESH_TOKEN_LIFETIME",
            ));
        }
        Ok(())
    }
}

fn members_of(claims: &str) -> Result<Members, DraftError> {
    let claims = CustomClaims::from_json(claims).map_err(|_| NO_OBJECT)?;
    Ok(claims.members().clone())
}

fn text_of(members: &Members) -> String {
    serde_json::to_string(members).expect("JSON texts under text names serialize")
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text serializes")
}

fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("a number or a quoted text is JSON")
}
