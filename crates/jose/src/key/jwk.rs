use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair};
#[cfg(feature = "ml-dsa")]
use aws_lc_rs::signature::{KeyPair, PqdsaKeyPair};

use super::asymmetric::{Asymmetric, Private};
use super::members::Members;
#[cfg(feature = "ml-dsa")]
use super::ml_dsa::ParameterSet;
use super::purpose::Purpose;
use super::scheme::{AKP, Curve, Scheme};
use super::secret::Secret;
use super::{Key, Material};
use crate::{Algorithm, KeyError};

const ED25519_SIZE: usize = 32;

/// A JWK (RFC 7517) whose members have not been looked at yet.
pub(crate) struct Jwk<'a>(Members<'a>);

impl<'a> Jwk<'a> {
    pub(crate) fn parse(json: &'a str) -> Result<Self, KeyError> {
        Members::parse(json).map(Self)
    }

    /// From a part of a text whose objects are known to have unique names.
    pub(crate) fn of_strict_json(json: &'a str) -> Result<Self, KeyError> {
        Members::of_strict_json(json).map(Self)
    }

    pub(crate) fn kid(&self) -> Result<Option<String>, KeyError> {
        Ok(self.0.text("kid")?.map(|kid| (*kid).clone()))
    }

    /// Whether it has something that is for its owner only (RFC 7518 sections 6.2.2, 6.3.2, 6.4,
    /// RFC 9964 section 3).
    pub(crate) fn is_private(&self) -> bool {
        ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"]
            .iter()
            .any(|member| self.0.has(member))
            || self.0.text("kty").is_ok_and(|kty| kty.is_some_and(|kty| *kty == "oct"))
    }

    /// Whether it may sign for this issuer: it names none, or that one, a tenant's place filled in.
    pub(crate) fn is_of(&self, issuer: &str) -> bool {
        match self.0.text("issuer") {
            Ok(None) => true,
            Ok(Some(named)) if *named == issuer => true,
            Ok(Some(named)) => named.split_once("{tenantid}").is_some_and(|(before, after)| {
                let rest = issuer.strip_prefix(before);
                let tenant = rest.and_then(|rest| rest.strip_suffix(after));
                tenant.is_some_and(|tenant| !tenant.is_empty() && !tenant.contains('/'))
            }),
            Err(_) => false,
        }
    }

    /// The key, for the algorithm asked for or else for that of the JWK.
    pub(crate) fn key(
        &self,
        asked_for: Option<Algorithm>,
        is_legacy: bool,
    ) -> Result<Key, KeyError> {
        if !self.0.has("kty") && self.0.has("keys") {
            return Err(KeyError::NotJwk { problem: "it is a JWK Set; hint: read it as that" });
        }
        let kty = self.0.required_text("kty")?;
        let kid = self.kid()?;
        self.check_use()?;
        let may_sign = self.may_sign()?;
        let algorithm = match asked_for {
            Some(algorithm) => self.agrees(algorithm)?,
            None => self.algorithm(&kty)?,
        };
        let purpose = Purpose { algorithm, is_legacy };
        self.check_type(&kty, purpose.scheme())?;
        let pair = match purpose.scheme() {
            Scheme::Rsa { .. } => self.rsa(purpose)?,
            Scheme::Ec(curve) => self.ec(curve, purpose)?,
            Scheme::Ed25519 => self.ed25519(purpose)?,
            #[cfg(feature = "ml-dsa")]
            Scheme::MlDsa(set) => self.ml_dsa(set, purpose)?,
            Scheme::Hmac(_) => {
                let secret = Secret::new(&self.0.bytes("k")?, purpose)?;
                let secret = if may_sign { secret } else { secret.for_verifying() };
                return Ok(Key::of(algorithm, kid, Material::secret(secret)));
            }
        };
        Ok(Key::asymmetric(algorithm, kid, if may_sign { pair } else { pair.without_private() }))
    }

    fn check_use(&self) -> Result<(), KeyError> {
        match self.0.text("use")? {
            Some(usage) if *usage != "sig" => Err(KeyError::UnsupportedJwk { member: "use" }),
            _ => Ok(()),
        }
    }

    // Whoever may sign may verify too: a key that makes a signature can make the same one again.
    // `sign` on a public key allows nothing at all.
    fn may_sign(&self) -> Result<bool, KeyError> {
        let Some(operations) = self.0.texts("key_ops")? else { return Ok(true) };
        let allows = |operation| operations.iter().any(|allowed| allowed == operation);
        if operations.iter().enumerate().any(|(index, name)| operations[..index].contains(name)) {
            return Err(KeyError::Jwk { member: "key_ops", problem: "names an operation twice" });
        }
        match (allows("sign"), allows("verify")) {
            (false, false) => Err(KeyError::UnsupportedJwk { member: "key_ops" }),
            (true, false) if !self.is_private() => {
                let problem = "has no `verify`, the one thing that a public key can do";
                Err(KeyError::Jwk { member: "key_ops", problem })
            }
            (signs, _) => Ok(signs),
        }
    }

    fn agrees(&self, algorithm: Algorithm) -> Result<Algorithm, KeyError> {
        match self.0.text("alg")? {
            Some(alg) if *alg != algorithm.name() => {
                Err(KeyError::Jwk { member: "alg", problem: "is not the algorithm asked for" })
            }
            _ => Ok(algorithm),
        }
    }

    // RS256 for RSA is what OpenID Connect Core 1.0 section 15.1 expects of everybody.
    fn algorithm(&self, kty: &str) -> Result<Algorithm, KeyError> {
        let usual = match kty {
            "EC" | "OKP" => Ok(self.curve_algorithm(kty)?),
            "RSA" => Ok(Algorithm::Rs256),
            "oct" => Err("is missing, and a secret serves several; hint: HS256, HS384 or HS512"),
            AKP if cfg!(feature = "ml-dsa") => Err("is missing"),
            _ => return Err(KeyError::UnsupportedJwk { member: "kty" }),
        };
        match self.0.text("alg")? {
            Some(alg) => {
                Algorithm::from_header(&alg).ok_or(KeyError::UnsupportedJwk { member: "alg" })
            }
            None => usual.map_err(|problem| KeyError::Jwk { member: "alg", problem }),
        }
    }

    fn curve_algorithm(&self, kty: &str) -> Result<Algorithm, KeyError> {
        match (kty, self.0.required_text("crv")?.as_str()) {
            ("EC", "P-256") => Ok(Algorithm::Es256),
            ("EC", "P-384") => Ok(Algorithm::Es384),
            ("EC", "P-521") => Ok(Algorithm::Es512),
            ("EC", "secp256k1") => Ok(Algorithm::Es256k),
            ("OKP", "Ed25519") => Ok(Algorithm::EdDsa),
            _ => Err(KeyError::UnsupportedJwk { member: "crv" }),
        }
    }

    fn check_type(&self, kty: &str, scheme: Scheme) -> Result<(), KeyError> {
        let problem = "is not that of the algorithm";
        if kty != scheme.kty() {
            return Err(KeyError::Jwk { member: "kty", problem });
        }
        if scheme.needs_alg() {
            self.0.required_text("alg")?;
        }
        match scheme.crv() {
            Some(crv) if *self.0.required_text("crv")? != crv => {
                Err(KeyError::Jwk { member: "crv", problem })
            }
            _ => Ok(()),
        }
    }

    fn rsa(&self, purpose: Purpose) -> Result<Asymmetric, KeyError> {
        let (n, e) = (self.0.bytes("n")?, self.0.bytes("e")?);
        if !self.0.has("d") || purpose.is_legacy {
            return Asymmetric::from_rsa_public(&n, &e, purpose);
        }
        if self.0.has("oth") {
            return Err(KeyError::Jwk { member: "oth", problem: "is not supported" });
        }
        let components = KeyPairComponents {
            public_key: PublicKeyComponents { n, e },
            d: self.0.bytes("d")?,
            p: self.0.bytes("p")?,
            q: self.0.bytes("q")?,
            dP: self.0.bytes("dp")?,
            dQ: self.0.bytes("dq")?,
            qInv: self.0.bytes("qi")?,
        };
        let pair = RsaKeyPair::from_components(&components).map_err(|_| purpose.unusable())?;
        Asymmetric::from_private(Private::Rsa(pair), purpose)
    }

    fn ec(&self, curve: Curve, purpose: Purpose) -> Result<Asymmetric, KeyError> {
        let (x, y) = (self.0.sized("x", curve.size)?, self.0.sized("y", curve.size)?);
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        if !self.0.has("d") || purpose.is_legacy {
            return Asymmetric::from_public(&point, purpose);
        }
        let d = self.0.sized("d", curve.size)?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.sign, &d, &point)
            .map_err(|_| purpose.unusable())?;
        Asymmetric::from_private(Private::Ecdsa(pair), purpose)
    }

    fn ed25519(&self, purpose: Purpose) -> Result<Asymmetric, KeyError> {
        let x = self.0.sized("x", ED25519_SIZE)?;
        if !self.0.has("d") || purpose.is_legacy {
            return Asymmetric::from_public(&x, purpose);
        }
        let d = self.0.sized("d", ED25519_SIZE)?;
        let pair =
            Ed25519KeyPair::from_seed_and_public_key(&d, &x).map_err(|_| purpose.unusable())?;
        Asymmetric::from_private(Private::Ed25519(pair), purpose)
    }

    #[cfg(feature = "ml-dsa")]
    fn ml_dsa(&self, set: ParameterSet, purpose: Purpose) -> Result<Asymmetric, KeyError> {
        let public = self.0.sized("pub", set.sign.public_key_len())?;
        if !self.0.has("priv") || purpose.is_legacy {
            return Asymmetric::from_public(&public, purpose);
        }
        let seed = self.0.sized("priv", set.sign.seed_len())?;
        let pair = PqdsaKeyPair::from_seed(set.sign, &seed)
            .ok()
            .filter(|pair| pair.public_key().as_ref() == public.as_slice())
            .ok_or_else(|| purpose.unusable())?;
        Asymmetric::from_private(Private::MlDsa(pair), purpose)
    }
}
