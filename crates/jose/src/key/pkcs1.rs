use x509_cert::der::Tagged;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode, Tag};
use zeroize::Zeroizing;

use super::der::sequence;

// `rsaEncryption` (RFC 8017 appendix A.1).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The integers of an `RSAPrivateKey` (RFC 8017 appendix A.1.2), inside PKCS#8 (RFC 5958) or not,
/// without leading zeros: version, n, e, d, p, q, dP, dQ, qInv.
pub(super) fn integers(private_key: &[u8]) -> Option<Vec<Zeroizing<Vec<u8>>>> {
    let mut elements = sequence(private_key)?;
    if let [_, algorithm, key, ..] = elements.as_slice()
        && key.tag() == Tag::OctetString
    {
        let (oid, _) = ObjectIdentifier::from_der_partial(algorithm.value()).ok()?;
        elements = (oid == RSA).then(|| sequence(key.value()))??;
    }
    // A key of more than two primes has them in a sequence of their own.
    let integers = elements.into_iter().map(|element| {
        let bytes = element.value();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        (element.tag() == Tag::Integer).then(|| Zeroizing::new(bytes[zeros..].to_vec()))
    });
    integers.collect::<Option<Vec<_>>>().filter(|integers| integers.len() == 9)
}
