use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::signature::{PqdsaKeyPair, PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm};
use zeroize::Zeroizing;

/// A parameter set of FIPS 204 section 4. The library signs and verifies with the empty context,
/// the one that RFC 9964 section 5 allows.
#[derive(Clone, Copy)]
pub(super) struct ParameterSet {
    pub(super) sign: &'static PqdsaSigningAlgorithm,
    pub(super) verify: &'static PqdsaVerificationAlgorithm,
}

// A key expanded from a seed that is gone can be written neither as a JWK (RFC 9964 section 4) nor,
// by the library, as PKCS#8.
pub(super) fn from_pkcs8(set: ParameterSet, der: &[u8]) -> Result<PqdsaKeyPair, KeyRejected> {
    let pair = PqdsaKeyPair::from_pkcs8(set.sign, der)?;
    seed(&pair)?;
    Ok(pair)
}

pub(super) fn sign(pair: &PqdsaKeyPair, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let mut signature = vec![0; pair.algorithm().signature_len()];
    let length = pair.sign(message, &mut signature)?;
    signature.truncate(length);
    Ok(signature)
}

// Of the seed the library writes no form but PKCS#8, and there it comes last, as the one thing in an
// octet string (RFC 9881 section 6).
pub(super) fn seed(pair: &PqdsaKeyPair) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    const SIZE: usize = 32;
    const BEFORE: [u8; 4] = [0x04, 2 + 32, 0x80, 32];
    let der = pair.to_pkcs8v1()?;
    let parts = der.as_ref().split_last_chunk::<SIZE>();
    let (_, seed) = parts.filter(|(before, _)| before.ends_with(&BEFORE)).ok_or(Unspecified)?;
    Ok(seed.to_vec().into())
}
