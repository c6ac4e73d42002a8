use super::asymmetric::Asymmetric;
use super::der::{self, Form};
use super::purpose::Purpose;
use crate::KeyError;

pub(super) fn import(text: &str, purpose: Purpose) -> Result<Asymmetric, KeyError> {
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
    let labelled = match block.tag() {
        "CERTIFICATE" => Form::Certificate,
        "ENCRYPTED PRIVATE KEY" => return Err(KeyError::EncryptedPem),
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => Form::PrivateKey,
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Form::PublicKey,
        _ => return Err(purpose.unusable()),
    };
    if Form::of(block.contents()) != Some(labelled) {
        return Err(purpose.unusable());
    }
    der::import(block.contents(), purpose)
}
