//! Cookies: the token under a name is told a second time, byte by byte, and nobody plants one.

use tegata::{Refusal, cookie_token};

/// `data` is the value of a `Cookie` header.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let found = values(data);
    let expected = match found.first() {
        Some(first) if found.iter().any(|other| other != first) => Err(Refusal::InvalidToken),
        None | Some([]) => Err(Refusal::MissingToken),
        Some(first) => Ok(*first),
    };
    assert_eq!(cookie_token(text, "t").map(str::as_bytes), expected, "{text:?}");

    // Whatever else a browser sends, its own cookie counts, or none does.
    for both in [format!("{text}; t=own"), format!("t=own; {text}")] {
        assert!(
            matches!(cookie_token(&both, "t"), Ok("own") | Err(Refusal::InvalidToken)),
            "{both:?}"
        );
    }
}

/// What stands behind each `t=`.
fn values(data: &[u8]) -> Vec<&[u8]> {
    let mut values = Vec::new();
    for pair in data.split(|byte| *byte == b';') {
        let pair = past_blanks(pair);
        let Some(rest) = pair.strip_prefix(b"t") else { continue };
        let Some(value) = past_blanks(rest).strip_prefix(b"=") else { continue };
        let mut value = past_blanks(value);
        while let [front @ .., b' ' | b'\t'] = value {
            value = front;
        }
        values.push(match value {
            [b'"', inside @ .., b'"'] => inside,
            _ => value,
        });
    }
    values
}

fn past_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', behind @ ..] = text {
        text = behind;
    }
    text
}
