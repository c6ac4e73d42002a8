use std::collections::HashSet;
use std::hint::black_box;

use jwt_simple::prelude::{
    Duration, ECDSAP256KeyPairLike, ECDSAP256PublicKeyLike, ES256KeyPair, ES256PublicKey,
    Ed25519KeyPair, Ed25519PublicKey, EdDSAKeyPairLike, EdDSAPublicKeyLike, HS256Key, JWTClaims,
    MACLike, RS256KeyPair, RS256PublicKey, RSAKeyPairLike, RSAPublicKeyLike, VerificationOptions,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Call, Peer};
use crate::{Algorithm, Large, Material, Size};

pub(super) const PEER: Peer = Peer {
    name: "jwt-simple",
    package: "jwt-simple",
    note: "pure Rust, by its feature pure-rust; takes the claims by value, so each call clones \
           them",
    encode: |material, algorithm, size| match size {
        Size::Large => encode::<Large>(material, algorithm, size),
        Size::Small => encode::<OwnClaims>(material, algorithm, size),
    },
    decode: |material, algorithm, size, token| match size {
        Size::Large => decode::<Large>(material, algorithm, token),
        Size::Small => decode::<OwnClaims>(material, algorithm, token),
    },
};

/// What [`crate::Small`] has besides the registered claims, which are fields of [`JWTClaims`].
#[derive(Clone, Deserialize, Serialize)]
struct OwnClaims {
    sid: String,
    scope: String,
}

fn encode<T>(material: &Material, algorithm: Algorithm, size: Size) -> Call
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let claims: JWTClaims<T> = material.claims(size);
    if algorithm == Algorithm::Hs256 {
        let key = HS256Key::from_bytes(&material.secret());
        return Box::new(move || key.authenticate(claims.clone()).is_ok());
    }
    let pem = material.private_pem(algorithm);
    match algorithm {
        Algorithm::Es256 => {
            let key = ES256KeyPair::from_pem(&pem).expect("a P-256 key");
            Box::new(move || key.sign(claims.clone()).is_ok())
        }
        Algorithm::EdDsa => {
            let key = Ed25519KeyPair::from_pem(&pem).expect("an Ed25519 key");
            Box::new(move || key.sign(claims.clone()).is_ok())
        }
        _ => {
            let key = RS256KeyPair::from_pem(&pem).expect("an RSA key");
            Box::new(move || key.sign(claims.clone()).is_ok())
        }
    }
}

fn decode<T: DeserializeOwned>(material: &Material, algorithm: Algorithm, token: String) -> Call {
    let options = VerificationOptions {
        allowed_issuers: Some(HashSet::from([material.issuer.clone()])),
        allowed_audiences: Some(HashSet::from([material.audience.clone()])),
        time_tolerance: Some(Duration::from_secs(0)),
        ..VerificationOptions::default()
    };
    let options = move || Some(options.clone());
    if algorithm == Algorithm::Hs256 {
        let key = HS256Key::from_bytes(&material.secret());
        return Box::new(move || black_box(key.verify_token::<T>(&token, options())).is_ok());
    }
    let pem = material.public_pem(algorithm);
    match algorithm {
        Algorithm::Es256 => {
            let key = ES256PublicKey::from_pem(&pem).expect("a P-256 key");
            Box::new(move || black_box(key.verify_token::<T>(&token, options())).is_ok())
        }
        Algorithm::EdDsa => {
            let key = Ed25519PublicKey::from_pem(&pem).expect("an Ed25519 key");
            Box::new(move || black_box(key.verify_token::<T>(&token, options())).is_ok())
        }
        _ => {
            let key = RS256PublicKey::from_pem(&pem).expect("an RSA key");
            Box::new(move || black_box(key.verify_token::<T>(&token, options())).is_ok())
        }
    }
}
