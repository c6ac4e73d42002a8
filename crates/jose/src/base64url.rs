use base64_simd::{Out, URL_SAFE_NO_PAD};

/// Base64url without padding (RFC 7515 section 2), the one canonical spelling only.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

/// How many bytes `text` spells.
pub(crate) const fn decoded_length(text: &str) -> usize {
    text.len() / 4 * 3 + (text.len() % 4 * 3) / 4
}

/// As [`decode`], into memory of [`decoded_length`] bytes.
pub(crate) fn decode_into<'b>(text: &str, bytes: &'b mut [u8]) -> Option<&'b [u8]> {
    let decoded = URL_SAFE_NO_PAD.decode(text.as_bytes(), Out::from_slice(bytes)).ok()?;
    Some(decoded)
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// How many letters [`encode`] gives.
pub(crate) const fn encoded_length(bytes: &[u8]) -> usize {
    bytes.len().div_ceil(3) * 4
}

pub(crate) fn encode_onto(bytes: &[u8], text: &mut String) {
    URL_SAFE_NO_PAD.encode_append(bytes, text);
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::{decode, decode_into, decoded_length, encode};

    proptest! {
        #[test]
        fn agrees_with_another_library(bytes: Vec<u8>, text in "[A-Za-z0-9_=+/-]{0,80}") {
            prop_assert_eq!(encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes));
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
            prop_assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok());
        }
    }

    #[test]
    fn decodes_into_memory_of_just_the_right_size() {
        for length in 0..=140_u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            let text = encode(&bytes);
            assert_eq!(decoded_length(&text), bytes.len());
            let mut room = vec![0; decoded_length(&text)];
            assert_eq!(decode_into(&text, &mut room), Some(bytes.as_slice()));
            for bad in [format!("{text}="), format!("{text}é"), format!("{text}A*"), text + "A"] {
                let mut room = vec![0; decoded_length(&bad)];
                let decoded = decode_into(&bad, &mut room).map(<[u8]>::to_vec);
                assert_eq!(decoded, URL_SAFE_NO_PAD.decode(&bad).ok(), "{bad}");
            }
        }
    }

    #[test]
    fn refuses_padding_foreign_letters_and_loose_bits() {
        assert_eq!(decode("AQ"), Some(vec![1]));
        // Behind enough letters for the vector instructions, too.
        for ahead in ["", "AAAA", &"AAAA".repeat(40)] {
            assert!(decode(&format!("{ahead}AQ")).is_some_and(|bytes| bytes.ends_with(&[1])));
            for bad in ["AQ==", "AQ=", "A", "AR", "AAB", "A+", "A/", "A Q", "AQ\n", "é", "AAA="] {
                assert_eq!(decode(&format!("{ahead}{bad}")), None, "{ahead}{bad:?}");
            }
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
    }
}
