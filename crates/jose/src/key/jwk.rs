use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaParameters};
use serde::Deserialize;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::asymmetric::{Asymmetric, Private};
use super::scheme::{Curve, Scheme, unusable};
use super::secret::Secret;
use super::{Key, Material};
use crate::{Algorithm, KeyError, base64url, check_object};

const MAX_DEPTH: usize = 8;
const ED25519_SIZE: usize = 32;

#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
struct Jwk {
    kty: String,
    alg: Option<String>,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    k: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<String>,
    p: Option<String>,
    q: Option<String>,
    dp: Option<String>,
    dq: Option<String>,
    qi: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

pub(super) fn import(json: &str, algorithm: Algorithm) -> Result<Key, KeyError> {
    let not_json = KeyError::Jwk {
        member: "kty",
        problem: "is missing, or this is not a JSON object of strings",
    };
    check_object(json.as_bytes(), MAX_DEPTH).map_err(|_| not_json.clone())?;
    let jwk: Jwk = serde_json::from_str(json).map_err(|_| not_json)?;
    jwk.check_purpose(algorithm)?;
    jwk.check_type(algorithm)?;
    let kid = jwk.kid.clone();
    if algorithm.is_symmetric() {
        let secret = Secret::new(&required(jwk.k.as_deref(), "k")?, algorithm)?;
        return Ok(Key { algorithm, kid, material: Material::secret(secret) });
    }
    let material = match Scheme::of(algorithm) {
        Scheme::Rsa { verify, .. } => jwk.rsa(algorithm, verify)?,
        Scheme::Ec(curve) => jwk.ec(algorithm, curve)?,
        Scheme::Ed25519 | Scheme::Hmac(_) => jwk.ed25519(algorithm)?,
    };
    Ok(Key::asymmetric(algorithm, kid, material))
}

impl Jwk {
    fn check_purpose(&self, algorithm: Algorithm) -> Result<(), KeyError> {
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(KeyError::Jwk { member: "use", problem: "is not `sig`" });
        }
        let signs = |ops: &Vec<String>| ops.iter().any(|op| op == "sign" || op == "verify");
        if self.key_ops.as_ref().is_some_and(|ops| !signs(ops)) {
            return Err(KeyError::Jwk {
                member: "key_ops",
                problem: "has neither `sign` nor `verify`",
            });
        }
        if self.alg.as_deref().is_some_and(|alg| alg != algorithm.name()) {
            return Err(KeyError::Jwk { member: "alg", problem: "is not the algorithm asked for" });
        }
        Ok(())
    }

    fn check_type(&self, algorithm: Algorithm) -> Result<(), KeyError> {
        let scheme = Scheme::of(algorithm);
        if self.kty != scheme.kty() {
            return Err(KeyError::Jwk {
                member: "kty",
                problem: "is not that of the algorithm asked for",
            });
        }
        if scheme.crv().is_some() && self.crv.as_deref() != scheme.crv() {
            return Err(KeyError::Jwk {
                member: "crv",
                problem: "is not that of the algorithm asked for",
            });
        }
        Ok(())
    }

    fn rsa(
        &self,
        algorithm: Algorithm,
        verify: &'static RsaParameters,
    ) -> Result<Asymmetric, KeyError> {
        let n = required(self.n.as_deref(), "n")?;
        let e = required(self.e.as_deref(), "e")?;
        let public_key = PublicKeyComponents { n: &*n, e: &*e };
        if self.d.is_none() {
            let public =
                public_key.to_parsed_public_key(verify).map_err(|_| unusable(algorithm))?;
            return Asymmetric::from_public(public.as_ref(), algorithm);
        }
        let components = KeyPairComponents {
            public_key,
            d: required(self.d.as_deref(), "d")?,
            p: required(self.p.as_deref(), "p")?,
            q: required(self.q.as_deref(), "q")?,
            dP: required(self.dp.as_deref(), "dp")?,
            dQ: required(self.dq.as_deref(), "dq")?,
            qInv: required(self.qi.as_deref(), "qi")?,
        };
        let pair = RsaKeyPair::from_components(&components).map_err(|_| unusable(algorithm))?;
        Asymmetric::from_private(algorithm, Private::Rsa(pair))
    }

    fn ec(&self, algorithm: Algorithm, curve: Curve) -> Result<Asymmetric, KeyError> {
        let x = sized(self.x.as_deref(), "x", curve.size)?;
        let y = sized(self.y.as_deref(), "y", curve.size)?;
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        if self.d.is_none() {
            return Asymmetric::from_public(&point, algorithm);
        }
        let d = sized(self.d.as_deref(), "d", curve.size)?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.sign, &d, &point)
            .map_err(|_| unusable(algorithm))?;
        Asymmetric::from_private(algorithm, Private::Ecdsa(pair))
    }

    fn ed25519(&self, algorithm: Algorithm) -> Result<Asymmetric, KeyError> {
        let x = sized(self.x.as_deref(), "x", ED25519_SIZE)?;
        if self.d.is_none() {
            return Asymmetric::from_public(&x, algorithm);
        }
        let d = sized(self.d.as_deref(), "d", ED25519_SIZE)?;
        let pair =
            Ed25519KeyPair::from_seed_and_public_key(&d, &x).map_err(|_| unusable(algorithm))?;
        Asymmetric::from_private(algorithm, Private::Ed25519(pair))
    }
}

// Leading zeros included (RFC 7518 section 6.2.1.2): otherwise bytes could move from one
// coordinate to the other, and one key would have two spellings.
fn sized(
    value: Option<&str>,
    member: &'static str,
    size: usize,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let bytes = required(value, member)?;
    if bytes.len() == size {
        Ok(bytes)
    } else {
        Err(KeyError::Jwk { member, problem: "has not the length that its curve asks for" })
    }
}

fn required(value: Option<&str>, member: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text = value.ok_or(KeyError::Jwk { member, problem: "is missing" })?;
    base64url::decode(text)
        .filter(|bytes| !bytes.is_empty())
        .map(Zeroizing::new)
        .ok_or(KeyError::Jwk { member, problem: "is not base64url" })
}
