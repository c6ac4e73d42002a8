use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Base64url without padding (RFC 7515 section 2), the one canonical spelling only.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn encode_onto(bytes: &[u8], text: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn refuses_padding_foreign_letters_and_loose_bits() {
        assert_eq!(decode("AQ"), Some(vec![1]));
        for bad in ["AQ==", "AQ=", "A", "AR", "A+", "A/", "A Q", "AQ\n", "é"] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
    }
}
