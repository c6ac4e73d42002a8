//! The signature alone: prebuilt bytes, a parsed key, and the operation of `aws-lc-rs`.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;

use super::{Call, Peer};
use crate::{Algorithm, Material, Size};

pub(super) const PEER: Peer = Peer {
    name: "bare",
    package: "aws-lc-rs",
    note: "the signature alone, made or checked over prebuilt bytes with a parsed key",
    encode: |material, algorithm, size| {
        let sign = signer(material, algorithm);
        let input = signing_input(material, algorithm, size.name());
        Box::new(move || !sign(input.as_bytes()).is_empty())
    },
    decode,
};

/// The token of some claims of the material.
#[must_use]
pub fn sign(material: &Material, algorithm: Algorithm, name: &str) -> String {
    let input = signing_input(material, algorithm, name);
    let signature = signer(material, algorithm)(input.as_bytes());
    format!("{input}.{}", BASE64URL.encode(signature))
}

type Signer = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

fn signing_input(material: &Material, algorithm: Algorithm, name: &str) -> String {
    let header = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, algorithm.name());
    let claims = material.claims_text(name);
    format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims))
}

fn signer(material: &Material, algorithm: Algorithm) -> Signer {
    if algorithm == Algorithm::Hs256 {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &material.secret());
        return Box::new(move |input| hmac::sign(&key, input).as_ref().to_vec());
    }
    let der = der(&material.private_pem(algorithm));
    match algorithm {
        Algorithm::Es256 => {
            let scheme = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let key = EcdsaKeyPair::from_pkcs8(scheme, &der).expect("a P-256 key");
            let random = SystemRandom::new();
            Box::new(move |input| key.sign(&random, input).expect("signed").as_ref().to_vec())
        }
        Algorithm::EdDsa => {
            let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).expect("an Ed25519 key");
            Box::new(move |input| key.sign(input).as_ref().to_vec())
        }
        _ => {
            let key = RsaKeyPair::from_pkcs8(&der).expect("an RSA key");
            let random = SystemRandom::new();
            Box::new(move |input| {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature).expect("signed");
                signature
            })
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that every peer has")]
fn decode(material: &Material, algorithm: Algorithm, _size: Size, token: String) -> Call {
    let (input, signature) = token.rsplit_once('.').expect("a compact token");
    let input = input.as_bytes().to_vec();
    let signature = BASE64URL.decode(signature).expect("base64url");
    if algorithm == Algorithm::Hs256 {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &material.secret());
        return Box::new(move || hmac::verify(&key, &input, &signature).is_ok());
    }
    let spki = der(&material.public_pem(algorithm));
    let key = match algorithm {
        Algorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, spki),
        Algorithm::EdDsa => ParsedPublicKey::new(&ED25519, spki),
        _ => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, spki),
    };
    let key = key.expect("a public key");
    Box::new(move || key.verify_sig(&input, &signature).is_ok())
}

fn der(text: &str) -> Vec<u8> {
    pem::parse(text).expect("PEM").into_contents()
}
