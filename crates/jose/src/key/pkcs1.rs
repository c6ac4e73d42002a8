use zeroize::Zeroizing;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;

/// The integers of an `RSAPrivateKey` (RFC 8017 appendix A.1.2) inside PKCS#8 (RFC 5208), without
/// leading zeros: version, n, e, d, p, q, dP, dQ, qInv.
///
/// It reads what the cryptography library wrote, so all it does about anything else is to stop.
pub(super) fn integers(pkcs8: &[u8]) -> Option<Vec<Zeroizing<Vec<u8>>>> {
    let (info, _) = element(pkcs8, SEQUENCE)?;
    let (_version, rest) = element(info, INTEGER)?;
    let (_algorithm, rest) = element(rest, SEQUENCE)?;
    let (key, _) = element(rest, OCTET_STRING)?;
    let (mut rest, _) = element(key, SEQUENCE)?;
    let mut integers = Vec::new();
    while !rest.is_empty() {
        let (integer, after) = element(rest, INTEGER)?;
        let zeros = integer.iter().take_while(|byte| **byte == 0).count();
        integers.push(Zeroizing::new(integer[zeros..].to_vec()));
        rest = after;
    }
    Some(integers)
}

/// The contents of a DER element of this tag (ITU-T X.690 section 8.1), and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = bytes.iter().try_fold(0_usize, |length, byte| {
            length.checked_mul(256)?.checked_add(usize::from(*byte))
        })?;
        (length, rest)
    };
    if *found == tag { rest.split_at_checked(length) } else { None }
}
