use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::key::jwk::Jwk;
use crate::{Key, KeyError, KeySet, check_object};

// The largest sets of identity servers, with a certificate chain for every key, stay far below.
const MOST_BYTES: usize = 512 * 1_024;
const MOST_KEYS: usize = 100;
const MAX_DEPTH: usize = 10;

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

type Entry<'a> = Result<Jwk<'a>, KeyError>;

impl KeySet {
    /// The public keys of a JWK Set (RFC 7517 section 5), as an identity server publishes it. Each
    /// key has the algorithm that [`Key::from_jwk`] finds without being told.
    ///
    /// Whatever is no usable signature key is passed over, as that section asks: a key of an unknown
    /// type, curve or algorithm, one for encryption, but also one that is malformed or too weak, so
    /// that another's mistake in one key leaves the rest at work. A private part is an error, since
    /// such a key proves nothing any more.
    ///
    /// # Errors
    /// [`KeyError::PrivateInPublicSet`] names the first key that has a private part;
    /// [`KeyError::EmptyKeySet`] if there are no keys, [`KeyError::NoUsableKey`] says what is wrong
    /// with one of them if all were passed over; [`KeyError::NotJwks`], and [`KeyError::TooLargeKeySet`]
    /// beyond 100 keys or 512 KiB.
    ///
    /// ```
    /// use tegata_jose::KeySet;
    ///
    /// let keys = KeySet::from_jwks(r#"{"keys":[
    ///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///     {"kty":"OKP","crv":"X25519","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}
    /// ]}"#)?;
    /// assert_eq!(keys.keys().len(), 1);
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn from_jwks(json: &str) -> Result<Self, KeyError> {
        let entries = entries(json)?;
        refuse_private(&entries)?;
        usable(&entries, |_| false)
    }

    /// As [`KeySet::from_jwks`], of a set that several issuers may share: a key with a member `issuer`
    /// is passed over unless that is this issuer, byte for byte. Entra ID writes it, with
    /// `{tenantid}` where a key signs for every tenant.
    ///
    /// # Errors
    /// As [`KeySet::from_jwks`].
    ///
    /// ```
    /// use tegata_jose::KeySet;
    ///
    /// let jwks = r#"{"keys":[{
    ///     "kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    ///     "issuer":"https://login.example/{tenantid}/v2.0"
    /// }]}"#;
    /// assert!(KeySet::from_jwks_of(jwks, "https://login.example/one/v2.0").is_ok());
    /// assert!(KeySet::from_jwks_of(jwks, "https://login.example/one/v1.0").is_err());
    /// ```
    pub fn from_jwks_of(json: &str, issuer: &str) -> Result<Self, KeyError> {
        let mut entries = entries(json)?;
        refuse_private(&entries)?;
        for entry in &mut entries {
            if entry.as_ref().is_ok_and(|jwk| !jwk.is_of(issuer)) {
                *entry = Err(KeyError::UnsupportedJwk { member: "issuer" });
            }
        }
        usable(&entries, |_| false)
    }

    /// The keys of a JWK Set of one's own, private, secret or public; the first signs.
    ///
    /// Keys of an unknown type, curve or algorithm and keys for encryption are passed over (RFC 7517
    /// section 5), and a key that is wrong in any other way is an error: it was meant to be used.
    ///
    /// # Errors
    /// [`KeyError::InKeySet`] for such a key, [`KeyError::EmptyKeySet`] if there are none,
    /// [`KeyError::NoUsableKey`] if all were passed over; [`KeyError::NotJwks`], and
    /// [`KeyError::TooLargeKeySet`] beyond 100 keys or 512 KiB.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key, KeySet};
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::Hs256)?])?;
    /// let again = KeySet::from_private_jwks(&keys.to_private_jwks()?)?;
    /// assert!(again.signing_key()?.can_sign());
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn from_private_jwks(json: &str) -> Result<Self, KeyError> {
        usable(&entries(json)?, |refusal| !matches!(refusal, KeyError::UnsupportedJwk { .. }))
    }

    /// The set as a JWK Set for everybody to read: the public halves of all keys. Secrets have none
    /// and stay out, so the result may have no keys, which is a set still.
    ///
    /// # Errors
    /// [`KeyError::SigningFailed`] if the cryptography library does not give a key away.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key, KeySet};
    ///
    /// let keys = [Algorithm::Es256, Algorithm::Hs256].map(Key::generate);
    /// let keys = KeySet::new(keys.into_iter().collect::<Result<_, _>>()?)?;
    /// let published = KeySet::from_jwks(&keys.to_jwks()?)?;
    /// assert_eq!(published.keys()[0].kid(), keys.keys()[0].kid());
    /// assert_eq!(published.keys().len(), 1);
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn to_jwks(&self) -> Result<String, KeyError> {
        let public = self.keys().iter().filter(|key| !key.algorithm().is_symmetric());
        let jwks = written(public.map(|key| key.public()?.to_jwk()))?;
        Ok((*jwks).clone())
    }

    /// The set as a JWK Set with the private parts and the secrets.
    ///
    /// # Errors
    /// [`KeyError::SigningFailed`] if the cryptography library does not give a key away.
    ///
    /// ```
    /// use tegata_jose::{Algorithm, Key, KeySet};
    ///
    /// let keys = KeySet::new(vec![Key::generate(Algorithm::Es256)?])?;
    /// assert!(keys.to_private_jwks()?.contains(r#""d":"#));
    /// assert!(!keys.to_jwks()?.contains(r#""d":"#));
    /// # Ok::<(), tegata_jose::KeyError>(())
    /// ```
    pub fn to_private_jwks(&self) -> Result<Zeroizing<String>, KeyError> {
        written(self.keys().iter().map(Key::to_jwk))
    }
}

/// The members of the set, each read as far as that it is an object.
fn entries(json: &str) -> Result<Vec<Entry<'_>>, KeyError> {
    if json.len() > MOST_BYTES {
        return Err(KeyError::TooLargeKeySet { most: MOST_BYTES, unit: "bytes" });
    }
    let not_jwks = |problem| KeyError::NotJwks { problem };
    check_object(json.as_bytes(), MAX_DEPTH)
        .map_err(|error| not_jwks(error.problem_of_an_object()))?;
    let Wire { keys } = serde_json::from_str(json)
        .map_err(|_| not_jwks("it has no array `keys`; hint: a single JWK is read as that"))?;
    if keys.len() > MOST_KEYS {
        return Err(KeyError::TooLargeKeySet { most: MOST_KEYS, unit: "keys" });
    }
    Ok(keys.into_iter().map(|key| Jwk::of_strict_json(key.get())).collect())
}

fn refuse_private(entries: &[Entry<'_>]) -> Result<(), KeyError> {
    let is_private = |entry: &Entry<'_>| entry.as_ref().is_ok_and(Jwk::is_private);
    match entries.iter().enumerate().find(|(_, entry)| is_private(entry)) {
        Some((index, entry)) => Err(KeyError::PrivateInPublicSet { index, kid: kid(entry) }),
        None => Ok(()),
    }
}

/// The keys among the entries, or the first refusal that `is_fatal`.
fn usable(entries: &[Entry<'_>], is_fatal: impl Fn(&KeyError) -> bool) -> Result<KeySet, KeyError> {
    let mut keys = Vec::new();
    let mut refusals = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        match entry.as_ref().map_err(Clone::clone).and_then(|jwk| jwk.key(None, false)) {
            Ok(key) => keys.push(key),
            Err(reason) if is_fatal(&reason) => return Err(refusal(index, entry, reason)),
            Err(reason) => refusals.push((index, entry, reason)),
        }
    }
    // What is broken tells more than what was never meant for us.
    refusals.sort_by_key(|(.., reason)| matches!(reason, KeyError::UnsupportedJwk { .. }));
    match refusals.into_iter().next() {
        Some((index, entry, reason)) if keys.is_empty() => {
            Err(KeyError::NoUsableKey { first: Box::new(refusal(index, entry, reason)) })
        }
        _ => KeySet::new(keys),
    }
}

fn refusal(index: usize, entry: &Entry<'_>, reason: KeyError) -> KeyError {
    KeyError::InKeySet { index, kid: kid(entry), reason: Box::new(reason) }
}

fn kid(entry: &Entry<'_>) -> Option<String> {
    entry.as_ref().ok()?.kid().ok()?
}

// Written by hand, since every copy of a private member must be wiped.
fn written(
    keys: impl Iterator<Item = Result<Zeroizing<String>, KeyError>>,
) -> Result<Zeroizing<String>, KeyError> {
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let size = keys.iter().map(|key| key.len() + 1).sum::<usize>();
    let mut jwks = Zeroizing::new(String::with_capacity(size + r#"{"keys":[]}"#.len()));
    jwks.push_str(r#"{"keys":["#);
    for (index, key) in keys.iter().enumerate() {
        jwks.push_str(if index == 0 { "" } else { "," });
        jwks.push_str(key);
    }
    jwks.push_str("]}");
    Ok(jwks)
}
