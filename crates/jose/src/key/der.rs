use x509_cert::Certificate;
use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};

use super::asymmetric::Asymmetric;
use super::purpose::Purpose;
use crate::KeyError;

/// What the outermost elements of a DER structure tell about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A certificate (RFC 5280); requests and revocation lists begin alike.
    Certificate,
    /// `EncryptedPrivateKeyInfo` (RFC 5958 section 3).
    EncryptedPrivateKey,
    /// PFX (RFC 7292 section 4).
    Pkcs12,
    /// PKCS#8, PKCS#1 or SEC 1.
    PrivateKey,
    /// SPKI or PKCS#1.
    PublicKey,
}

impl Form {
    /// The form of `bytes` if they are one whole structure of a known form, with nothing after it.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let tags: Vec<Tag> = sequence(bytes)?.iter().map(Tagged::tag).collect();
        match tags.as_slice() {
            [Tag::Sequence, Tag::Sequence, Tag::BitString] => Some(Self::Certificate),
            [Tag::Sequence, Tag::OctetString] => Some(Self::EncryptedPrivateKey),
            [Tag::Integer, Tag::Sequence] | [Tag::Integer, Tag::Sequence, Tag::Sequence] => {
                Some(Self::Pkcs12)
            }
            [Tag::Integer, Tag::Sequence, Tag::OctetString, ..]
            | [Tag::Integer, Tag::OctetString, ..]
            | [Tag::Integer, Tag::Integer, Tag::Integer, ..] => Some(Self::PrivateKey),
            [Tag::Sequence, Tag::BitString] | [Tag::Integer, Tag::Integer] => Some(Self::PublicKey),
            _ => None,
        }
    }
}

pub(super) fn import(bytes: &[u8], purpose: Purpose) -> Result<Asymmetric, KeyError> {
    match Form::of(bytes).ok_or(KeyError::NotDer)? {
        Form::Certificate => {
            let public = certified_key(bytes).ok_or(KeyError::NotDer)?;
            Asymmetric::from_public(&public, purpose)
        }
        Form::EncryptedPrivateKey => Err(KeyError::EncryptedPem),
        Form::Pkcs12 => Err(KeyError::NotDer),
        Form::PrivateKey => Asymmetric::from_private_der(bytes, purpose),
        Form::PublicKey => Asymmetric::from_public(bytes, purpose),
    }
}

/// The SPKI that a certificate carries.
fn certified_key(certificate: &[u8]) -> Option<Vec<u8>> {
    let certificate = Certificate::from_der(certificate).ok()?;
    certificate.tbs_certificate().subject_public_key_info().to_der().ok()
}

/// The elements of the one sequence that `bytes` are.
pub(super) fn sequence(bytes: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let whole = AnyRef::from_der(bytes).ok().filter(|whole| whole.tag() == Tag::Sequence)?;
    let mut reader = SliceReader::new(whole.value()).ok()?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(elements)
}
