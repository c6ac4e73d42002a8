use std::hint::black_box;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tegata_jose::{Key, KeySet, Timestamp, Validation, Verified, jws, jwt};

use super::{Call, Peer};
use crate::{Algorithm, Large, Material, Size, Small};

pub(super) const PEER: Peer = Peer {
    name: "tegata",
    package: "tegata-jose",
    note: "aws-lc-rs; the claims through serde_json, after `jwt::decode` has checked them",
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
    let key = private_key(material, algorithm);
    Box::new(move || {
        let payload = serde_json::to_vec(&claims).expect("JSON");
        jws::sign(&key, Some("JWT"), &payload).is_ok()
    })
}

fn decode<T: DeserializeOwned>(material: &Material, algorithm: Algorithm, token: String) -> Call {
    let verify = verifier(material, algorithm, token);
    Box::new(move || verify().is_some_and(|token| black_box(token.claims::<T>()).is_ok()))
}

/// Reads a token as far as to its payload, checked, as bytes.
#[must_use]
pub fn decode_to_payload(material: &Material, algorithm: Algorithm, token: String) -> Call {
    let verify = verifier(material, algorithm, token);
    Box::new(move || verify().is_some())
}

type Verifier = Box<dyn Fn() -> Option<Verified> + Send + Sync>;

fn verifier(material: &Material, algorithm: Algorithm, token: String) -> Verifier {
    let keys = KeySet::new(vec![public_key(material, algorithm)]).expect("a key set");
    let validation = Validation::new()
        .issuer(material.issuer.clone())
        .audience(material.audience.clone())
        .require("exp");
    Box::new(move || jwt::decode(&token, &keys, &validation, now()).ok())
}

fn private_key(material: &Material, algorithm: Algorithm) -> Key {
    let key = match algorithm {
        Algorithm::Hs256 => Key::from_secret(&material.secret(), name(algorithm)),
        _ => Key::from_pem(&material.private_pem(algorithm), name(algorithm)),
    };
    key.expect("a key")
}

fn public_key(material: &Material, algorithm: Algorithm) -> Key {
    match algorithm {
        Algorithm::Hs256 => private_key(material, algorithm),
        _ => Key::from_pem(&material.public_pem(algorithm), name(algorithm)).expect("a key"),
    }
}

fn name(algorithm: Algorithm) -> tegata_jose::Algorithm {
    algorithm.name().parse().expect("an algorithm")
}

fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::from_micros(elapsed.as_micros().try_into().expect("before the year 294000"))
}
