use std::borrow::Cow;

/// A string, and where the text after its closing quote begins.
pub(super) struct Text<'j> {
    pub(super) text: Cow<'j, str>,
    pub(super) end: usize,
}

/// The text of `json` if it is a string, as a reader has found it.
pub(crate) fn quoted(json: &str) -> Option<Cow<'_, str>> {
    if json.starts_with('"') { read_text(json, 1).map(|text| text.text) } else { None }
}

/// Writes `text` as a JSON string (RFC 8259 section 7).
///
/// ```
/// let mut json = Vec::new();
/// tegata_jose::write_text("a \"b\"", &mut json);
/// assert_eq!(json, br#""a \"b\"""#);
/// ```
pub fn write_text(text: &str, json: &mut Vec<u8>) {
    if end_of_plain(text.as_bytes(), 0) == text.len() {
        json.reserve(text.len() + 2);
        json.push(b'"');
        json.extend_from_slice(text.as_bytes());
        json.push(b'"');
    } else {
        json.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}

/// The string (RFC 8259 section 7) whose opening quote stands ahead of `start`.
///
/// Half of a surrogate pair is no text, so `None`; so is anything else that is not well formed.
pub(super) fn read_text(json: &str, start: usize) -> Option<Text<'_>> {
    let mut at = end_of_plain(json.as_bytes(), start);
    let plain = json.get(start..at)?;
    if json.as_bytes().get(at) == Some(&b'"') {
        return Some(Text { text: Cow::Borrowed(plain), end: at + 1 });
    }
    let mut text = plain.to_owned();
    loop {
        match json.as_bytes().get(at)? {
            b'"' => return Some(Text { text: Cow::Owned(text), end: at + 1 }),
            b'\\' => at = unescape(json, at + 1, &mut text)?,
            // A control character.
            _ => return None,
        }
        let end = end_of_plain(json.as_bytes(), at);
        text.push_str(json.get(at..end)?);
        at = end;
    }
}

/// Takes the escape at `at`, its backslash left behind, and says where it ends.
fn unescape(json: &str, at: usize, text: &mut String) -> Option<usize> {
    let plain = match json.as_bytes().get(at)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unescape_code_unit(json, at + 1, text),
        _ => return None,
    };
    text.push(plain);
    Some(at + 1)
}

fn unescape_code_unit(json: &str, at: usize, text: &mut String) -> Option<usize> {
    let first = code_unit(json, at)?;
    if let Some(letter) = char::from_u32(first) {
        text.push(letter);
        return Some(at + 4);
    }
    let rest = json.get(at + 4..)?.strip_prefix("\\u")?;
    let second = code_unit(rest, 0)?;
    let pair = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    text.push_str(&String::from_utf16(&pair).ok()?);
    Some(at + 10)
}

fn code_unit(json: &str, at: usize) -> Option<u32> {
    let digits = json.get(at..at + 4)?;
    let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if all_hex { u32::from_str_radix(digits, 16).ok() } else { None }
}

/// Where the next quote, backslash or control character stands, or the end.
#[inline]
pub(super) fn end_of_plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let special = special_bytes(u64::from_le_bytes(*chunk));
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// The high bit of each byte that ends plain text. A borrow may set bits above the lowest one that
/// is set, so only the lowest counts.
const fn special_bytes(word: u64) -> u64 {
    const LOW: u64 = u64::MAX / 255;
    const HIGH: u64 = LOW << 7;
    let quote = word ^ (LOW * b'"' as u64);
    let backslash = word ^ (LOW * b'\\' as u64);
    ((quote.wrapping_sub(LOW) & !quote)
        | (backslash.wrapping_sub(LOW) & !backslash)
        | (word.wrapping_sub(LOW * 0x20) & !word))
        & HIGH
}

#[cfg(test)]
mod tests {
    use super::end_of_plain;

    #[test]
    fn finds_the_first_special_byte_wherever_it_stands() {
        for length in 0..40 {
            for special in [b'"', b'\\', 0, 0x1f] {
                for at in 0..length {
                    for filler in [b'a', b' ', 0x7f, 0x80, 0xff, b'!', b'#', b'[', b']'] {
                        let mut bytes = vec![filler; length];
                        bytes[at] = special;
                        assert_eq!(end_of_plain(&bytes, 0), at, "{special} at {at} of {length}");
                        // Whatever follows must not move it.
                        bytes[at..].fill(special);
                        assert_eq!(end_of_plain(&bytes, 0), at);
                    }
                }
            }
            assert_eq!(end_of_plain(&vec![b'a'; length], 0), length);
        }
    }
}
