use tegata_jose::{KeySet, Times, jws, read_members};

use crate::read::Found;
use crate::{Engine, Tenant, Timestamp};

/// What the tokens of another library are that signs for this site beside us, with the same settings.
///
/// Unlike [`crate::LegacyTokens`] they have no session and open none, and there is no end to them.
#[derive(Clone, Debug)]
pub struct PeerTokens {
    /// The keys that it signs with; they verify nothing but these tokens.
    pub keys: KeySet,
    /// The JOSE `typ` of all of them.
    pub typ: String,
    /// Its `iss`, compared exactly; with `None`, it is not looked at.
    pub issuer: Option<String>,
    /// Names of which its `aud` must hold one; if there are none, a token that has one is refused.
    pub audience: Vec<String>,
}

impl Engine {
    /// Reads a token of a peer: its signature first, then its `typ`, issuer, audience, type, user,
    /// tenant and times. `accepted` names the types that are taken, or with `None` any; `tenant` is that
    /// of the request. With `allow_expired`, its `exp` must be there and is left alone.
    ///
    /// The claims are called as ours are ([`crate::ClaimNames`]). What is given is the payload, a JSON
    /// object in UTF-8; `None` for everything that is no such token.
    ///
    /// ```
    /// use tegata::{Engine, PeerTokens, Policy};
    /// use tegata_jose::{Algorithm, Key, KeySet, Timestamp, jws};
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::EdDsa)?])?;
    /// let engine = Engine::new(Policy::default(), keys.clone())?;
    /// let peer = PeerTokens { keys, typ: "JWT".to_owned(), issuer: None, audience: vec![] };
    /// let claims = br#"{"type":"access","user_id":1,"jti":"5f2c","exp":2000000000}"#;
    /// let token = jws::sign(peer.keys.signing_key()?, Some("JWT"), claims)?;
    /// let now = Timestamp::from_seconds(1_700_000_000);
    /// assert!(engine.read_peer(now, &peer, &token, Some(&["access"]), None, false).is_some());
    /// assert!(engine.read_peer(now, &peer, &token, Some(&["refresh"]), None, false).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn read_peer(
        &self,
        now: Timestamp,
        peer: &PeerTokens,
        token: &str,
        accepted: Option<&[&str]>,
        tenant: Option<&Tenant>,
        allow_expired: bool,
    ) -> Option<Vec<u8>> {
        let limits = self.limits();
        let verified = jws::verify(token, &peer.keys, &limits).ok()?;
        if !verified.header().has_typ(&peer.typ) {
            return None;
        }
        let mut found = Found::default();
        read_members(verified.payload(), limits.max_depth, |name, json| {
            found.note(&self.policy, name, json);
        })
        .ok()?;
        let registered = &found.registered;
        registered.check_types().ok()?;
        registered.token_id()?;
        found.user_id()?;
        let token_type = found.token_type()?;
        let exp = registered.expires_at()?;
        let times = Times {
            exp: (!allow_expired).then_some(exp),
            nbf: registered.not_before(),
            iat: registered.issued_at(),
        };
        let is_from_it =
            peer.issuer.as_deref().is_none_or(|name| registered.issuer().as_deref() == Some(name));
        let is_for_us = if peer.audience.is_empty() {
            registered.has("aud") == Some(false)
        } else {
            peer.audience.iter().any(|name| registered.is_for(name))
        };
        let is_of_type = accepted.is_none_or(|types| types.contains(&token_type.as_str()));
        let is_at_home = found.tenant().ok()?.as_ref() == tenant;
        let is_good = is_from_it
            && is_for_us
            && is_of_type
            && is_at_home
            && self.check_moments(now, times).is_ok();
        is_good.then(|| verified.into_payload())
    }
}
