use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::TokenError;

/// Checks that `json` is one JSON object whose member names are unique at every level and whose
/// nesting stays within `max_depth` (the object itself is the first level).
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
    if json.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(TokenError::Malformed("a part is not a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    Strict { levels: max_depth }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| classify(&error))
}

const DUPLICATE: &str = "repeated member";
const DEEP: &str = "nested too deeply";

// serde_json carries a visitor's own verdict as text only, and has a recursion limit of its own.
fn classify(error: &serde_json::Error) -> TokenError {
    let text = error.to_string();
    if text.starts_with(DUPLICATE) {
        TokenError::DuplicateMember
    } else if text.starts_with(DEEP) || text.starts_with("recursion limit") {
        TokenError::TooDeep
    } else {
        TokenError::Malformed("a part is not valid JSON")
    }
}

#[derive(Clone, Copy)]
struct Strict {
    levels: usize,
}

impl Strict {
    fn below<E: Error>(self) -> Result<Self, E> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(Self { levels }),
            None => Err(E::custom(DEEP)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let below = self.below()?;
        while items.next_element_seed(below)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let below = self.below()?;
        let mut names = HashSet::new();
        while let Some(Name(name)) = members.next_key()? {
            if !names.insert(name) {
                return Err(A::Error::custom(DUPLICATE));
            }
            members.next_value_seed(below)?;
        }
        Ok(())
    }
}

#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

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
