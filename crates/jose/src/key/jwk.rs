use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use serde::Deserialize;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::asymmetric::{Asymmetric, unusable};
use super::secret::Secret;
use super::{Key, Material};
use crate::{Algorithm, KeyError, base64url, check_object};

const MAX_DEPTH: usize = 8;

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
    let material = match algorithm {
        Algorithm::Rs256 => jwk.rsa()?,
        Algorithm::Es256 => jwk.ec()?,
        Algorithm::EdDsa | Algorithm::Hs256 => jwk.ed25519()?,
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
        let (kty, crv) = match algorithm {
            Algorithm::EdDsa => ("OKP", Some("Ed25519")),
            Algorithm::Es256 => ("EC", Some("P-256")),
            Algorithm::Hs256 => ("oct", None),
            Algorithm::Rs256 => ("RSA", None),
        };
        if self.kty != kty {
            return Err(KeyError::Jwk {
                member: "kty",
                problem: "is not that of the algorithm asked for",
            });
        }
        if crv.is_some() && self.crv.as_deref() != crv {
            return Err(KeyError::Jwk {
                member: "crv",
                problem: "is not that of the algorithm asked for",
            });
        }
        Ok(())
    }

    fn rsa(&self) -> Result<Asymmetric, KeyError> {
        let n = required(self.n.as_deref(), "n")?;
        let e = required(self.e.as_deref(), "e")?;
        let public_key = PublicKeyComponents { n: &*n, e: &*e };
        if self.d.is_none() {
            let params = &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
            let public =
                public_key.to_parsed_public_key(params).map_err(|_| unusable(Algorithm::Rs256))?;
            return Asymmetric::from_public(public.as_ref(), Algorithm::Rs256);
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
        RsaKeyPair::from_components(&components)
            .map_err(|_| unusable(Algorithm::Rs256))
            .and_then(Asymmetric::from_rsa)
    }

    fn ec(&self) -> Result<Asymmetric, KeyError> {
        let x = sized(self.x.as_deref(), "x")?;
        let y = sized(self.y.as_deref(), "y")?;
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        let Some(d) = self.d.as_deref() else {
            return Asymmetric::from_public(&point, Algorithm::Es256);
        };
        let d = required(Some(d), "d")?;
        EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &d, &point)
            .map_err(|_| unusable(Algorithm::Es256))
            .and_then(Asymmetric::from_ecdsa)
    }

    fn ed25519(&self) -> Result<Asymmetric, KeyError> {
        let x = sized(self.x.as_deref(), "x")?;
        let Some(d) = self.d.as_deref() else {
            return Asymmetric::from_public(&x, Algorithm::EdDsa);
        };
        let d = required(Some(d), "d")?;
        Ed25519KeyPair::from_seed_and_public_key(&d, &x)
            .map_err(|_| unusable(Algorithm::EdDsa))
            .and_then(Asymmetric::from_ed25519)
    }
}

// Both curves have coordinates of 32 bytes, leading zeros included (RFC 7518 section 6.2.1.2).
fn sized(value: Option<&str>, member: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let bytes = required(value, member)?;
    match bytes.len() {
        32 => Ok(bytes),
        _ => Err(KeyError::Jwk { member, problem: "is not 32 bytes" }),
    }
}

fn required(value: Option<&str>, member: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let text = value.ok_or(KeyError::Jwk { member, problem: "is missing" })?;
    base64url::decode(text)
        .filter(|bytes| !bytes.is_empty())
        .map(Zeroizing::new)
        .ok_or(KeyError::Jwk { member, problem: "is not base64url" })
}
