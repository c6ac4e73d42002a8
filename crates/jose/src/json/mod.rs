mod names;
mod reader;
mod sink;
mod text;

use crate::TokenError;
use reader::Reader;
pub(crate) use sink::Discard;
pub use sink::Sink;
pub(crate) use text::quoted;
pub use text::write_text;

// What is nested costs stack, whatever limit a caller sets.
const DEEPEST: usize = 128;

/// Checks that `json` is one JSON object in UTF-8 whose member names are unique at every level and
/// whose nesting stays within `max_depth` (the object itself is the first level; no more than 128
/// whatever the limit).
///
/// Parsers disagree on repeated names; RFC 7515 section 4 and RFC 7519 section 4 let a strict
/// reader refuse them, and this one does.
///
/// # Errors
/// [`TokenError::DuplicateMember`], [`TokenError::TooDeep`], or [`TokenError::Malformed`].
///
/// ```
/// use tegata_jose::{check_object, TokenError};
///
/// assert_eq!(check_object(br#"{"a":[{"b":1}]}"#, 8), Ok(()));
/// assert_eq!(check_object(br#"{"a":1,"a":2}"#, 8), Err(TokenError::DuplicateMember));
/// ```
pub fn check_object(json: &[u8], max_depth: usize) -> Result<(), TokenError> {
    read_object(json, max_depth, &mut Discard, |_, _| ())
}

/// Reads a JSON object once, as strictly as [`check_object`], into whatever `sink` makes of it.
///
/// `member` is shown each member of the object itself: its name, and its value as it is written.
///
/// # Errors
/// As [`check_object`], and what `sink` gives.
pub fn read_object<'j, S: Sink<'j>>(
    json: &'j [u8],
    max_depth: usize,
    sink: &mut S,
    member: impl FnMut(&str, &'j str),
) -> Result<S::Object, S::Error> {
    let no_object = TokenError::Malformed("a part is not a JSON object");
    let json = str::from_utf8(json).map_err(|_| no_object)?;
    let white_space = [' ', '\t', '\n', '\r'];
    let json = json.trim_start_matches(white_space);
    if !json.starts_with('{') {
        return Err(no_object.into());
    }
    let mut reader = Reader::new(json);
    let object = reader.object(max_depth.min(DEEPEST), sink, member)?;
    reader.end()?;
    Ok(object)
}

/// As [`read_object`] for a caller that is after the members alone.
///
/// # Errors
/// As [`check_object`].
///
/// ```
/// use tegata_jose::read_members;
///
/// let mut names = Vec::new();
/// read_members(br#"{"a":1,"b":[2]}"#, 8, |name, value| names.push(format!("{name}={value}")))?;
/// assert_eq!(names, ["a=1", "b=[2]"]);
/// # Ok::<(), tegata_jose::TokenError>(())
/// ```
pub fn read_members<'j>(
    json: &'j [u8],
    max_depth: usize,
    member: impl FnMut(&str, &'j str),
) -> Result<(), TokenError> {
    read_object(json, max_depth, &mut Discard, member)
}

#[cfg(test)]
mod tests {
    use super::check_object;
    use crate::TokenError;

    #[test]
    fn unique_names_at_every_level() {
        assert_eq!(check_object(br#"{"a":{"b":1,"c":{"b":2}},"b":3}"#, 8), Ok(()));
        for bad in [
            &br#"{"a":1,"a":1}"#[..],
            br#"{"x":{"a":1,"a":1}}"#,
            br#"{"x":[{"a":1,"a":1}]}"#,
            br#"{"a":1,"\u0061":1}"#,
        ] {
            assert_eq!(check_object(bad, 8), Err(TokenError::DuplicateMember));
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(check_object(br#"{"a":[[1]]}"#, 3), Ok(()));
        assert_eq!(check_object(br#"{"a":[[1]]}"#, 2), Err(TokenError::TooDeep));
        let deep = format!("{{\"a\":{}", "[".repeat(1_000_000));
        assert_eq!(check_object(deep.as_bytes(), 1_000), Err(TokenError::TooDeep));
    }

    #[test]
    fn only_whole_objects_in_utf8() {
        for bad in [
            &b""[..],
            b"[]",
            b"1",
            b"null",
            b"{",
            b"{} {}",
            b"{\"a\":1}x",
            b"{\"a\":\"\xff\"}",
            b"{\"a\":NaN}",
            b"{\"a\":1e999}",
            br#"{"a":"\ud800"}"#,
        ] {
            assert!(matches!(check_object(bad, 8), Err(TokenError::Malformed(_))), "{bad:?}");
        }
    }
}
