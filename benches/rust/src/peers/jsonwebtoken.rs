use std::hint::black_box;

use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Call, Peer};
use crate::{Algorithm, Large, Material, Size, Small};

pub(super) const PEER: Peer = Peer {
    name: "jsonwebtoken",
    package: "jsonwebtoken",
    note: "aws-lc-rs, by its feature aws_lc_rs",
    encode: |material, algorithm, size| match size {
        Size::Large => encode(material, algorithm, material.claims::<Large>(size)),
        Size::Small => encode(material, algorithm, material.claims::<Small>(size)),
    },
    decode: |material, algorithm, size, token| match size {
        Size::Large => decode::<Large>(material, algorithm, token),
        Size::Small => decode::<Small>(material, algorithm, token),
    },
};

fn encode<T: Serialize + Send + Sync + 'static>(
    material: &Material,
    algorithm: Algorithm,
    claims: T,
) -> Call {
    let key = match algorithm {
        Algorithm::Hs256 => Ok(EncodingKey::from_secret(&material.secret())),
        Algorithm::Es256 => EncodingKey::from_ec_pem(material.private_pem(algorithm).as_bytes()),
        Algorithm::EdDsa => EncodingKey::from_ed_pem(material.private_pem(algorithm).as_bytes()),
        Algorithm::Rs256 => EncodingKey::from_rsa_pem(material.private_pem(algorithm).as_bytes()),
    };
    let key = key.expect("a key");
    let header = Header::new(name(algorithm));
    Box::new(move || jsonwebtoken::encode(&header, &claims, &key).is_ok())
}

fn decode<T: DeserializeOwned>(material: &Material, algorithm: Algorithm, token: String) -> Call {
    let key = match algorithm {
        Algorithm::Hs256 => Ok(DecodingKey::from_secret(&material.secret())),
        Algorithm::Es256 => DecodingKey::from_ec_pem(material.public_pem(algorithm).as_bytes()),
        Algorithm::EdDsa => DecodingKey::from_ed_pem(material.public_pem(algorithm).as_bytes()),
        Algorithm::Rs256 => DecodingKey::from_rsa_pem(material.public_pem(algorithm).as_bytes()),
    };
    let key = key.expect("a key");
    let mut validation = Validation::new(name(algorithm));
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_issuer(&[&material.issuer]);
    validation.set_audience(&[&material.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    Box::new(move || black_box(jsonwebtoken::decode::<T>(&token, &key, &validation)).is_ok())
}

fn name(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    algorithm.name().parse().expect("an algorithm")
}
