use super::asymmetric::Asymmetric;
use super::scheme::unusable;
use crate::{Algorithm, KeyError};

pub(super) fn import(text: &str, algorithm: Algorithm) -> Result<Asymmetric, KeyError> {
    let blocks = pem::parse_many(text).map_err(|_| KeyError::NotPem)?;
    let mut keys = blocks
        .iter()
        // OpenSSL writes the curve in a block of its own ahead of an EC key.
        .filter(|block| block.tag() != "EC PARAMETERS");
    let block = keys.next().ok_or(KeyError::NotPem)?;
    if keys.next().is_some() {
        return Err(KeyError::SeveralKeys);
    }
    if block.headers().get("Proc-Type").is_some_and(|value| value.contains("ENCRYPTED")) {
        return Err(KeyError::EncryptedPem);
    }
    match block.tag() {
        "ENCRYPTED PRIVATE KEY" => Err(KeyError::EncryptedPem),
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
            Asymmetric::from_private_der(block.contents(), algorithm)
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Asymmetric::from_public(block.contents(), algorithm),
        _ => Err(unusable(algorithm)),
    }
}
