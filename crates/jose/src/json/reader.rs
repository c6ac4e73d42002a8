use std::borrow::Cow;

use super::names::Names;
use super::sink::Sink;
use super::text::{Text, end_of_plain, read_text};
use crate::TokenError;

const INVALID: TokenError = TokenError::Malformed("a part is not valid JSON");

/// Reads JSON (RFC 8259) from the left to the right, once.
pub(super) struct Reader<'j> {
    json: &'j str,
    at: usize,
}

impl<'j> Reader<'j> {
    pub(super) fn new(json: &'j str) -> Self {
        Self { json, at: 0 }
    }

    /// Reads an object whose members may be nested `levels` deep, the object itself included.
    ///
    /// `member` is shown each member, its value as it is written.
    pub(super) fn object<S: Sink<'j>>(
        &mut self,
        levels: usize,
        sink: &mut S,
        mut member: impl FnMut(&str, &'j str),
    ) -> Result<S::Object, S::Error> {
        let below = levels.checked_sub(1).ok_or(TokenError::TooDeep)?;
        self.at += 1;
        let mut object = sink.object()?;
        let mut names = Names::new();
        let mut next = self.next_token();
        if next == Some(b'}') {
            self.at += 1;
            return Ok(object);
        }
        loop {
            if next != Some(b'"') {
                return Err(INVALID.into());
            }
            let name = self.text()?;
            if !names.insert(&name) {
                return Err(TokenError::DuplicateMember.into());
            }
            self.expect(b':')?;
            self.next_token();
            let start = self.at;
            let value = self.value(below, sink)?;
            member(&name, &self.json[start..self.at]);
            sink.insert(&mut object, name, value)?;
            if self.another(b'}')? {
                next = self.next_token();
            } else {
                return Ok(object);
            }
        }
    }

    /// Only white space may follow.
    pub(super) fn end(&mut self) -> Result<(), TokenError> {
        if self.next_token().is_none() { Ok(()) } else { Err(INVALID) }
    }

    fn value<S: Sink<'j>>(&mut self, levels: usize, sink: &mut S) -> Result<S::Value, S::Error> {
        match self.next_token() {
            Some(b'"') => {
                let text = self.text()?;
                sink.text(text)
            }
            Some(b'{') => {
                let object = self.object(levels, sink, |_, _| ())?;
                sink.end_object(object)
            }
            Some(b'[') => self.array(levels, sink),
            Some(b'-' | b'0'..=b'9') => self.number(sink),
            Some(b't') => self.literal("true").and_then(|()| sink.boolean(true)),
            Some(b'f') => self.literal("false").and_then(|()| sink.boolean(false)),
            Some(b'n') => self.literal("null").and_then(|()| sink.null()),
            _ => Err(INVALID.into()),
        }
    }

    fn array<S: Sink<'j>>(&mut self, levels: usize, sink: &mut S) -> Result<S::Value, S::Error> {
        let below = levels.checked_sub(1).ok_or(TokenError::TooDeep)?;
        self.at += 1;
        let mut array = sink.array()?;
        if self.next_token() == Some(b']') {
            self.at += 1;
            return sink.end_array(array);
        }
        loop {
            let item = self.value(below, sink)?;
            sink.push(&mut array, item)?;
            if !self.another(b']')? {
                return sink.end_array(array);
            }
        }
    }

    /// Whether a comma follows, and not the end.
    fn another(&mut self, end: u8) -> Result<bool, TokenError> {
        let next = self.next_token();
        self.at += 1;
        match next {
            Some(b',') => Ok(true),
            Some(byte) if byte == end => Ok(false),
            _ => Err(INVALID),
        }
    }

    fn literal<E: From<TokenError>>(&mut self, word: &str) -> Result<(), E> {
        if !self.json[self.at..].starts_with(word) {
            return Err(INVALID.into());
        }
        self.at += word.len();
        Ok(())
    }

    fn number<S: Sink<'j>>(&mut self, sink: &mut S) -> Result<S::Value, S::Error> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.byte() == Some(b'0');
        let digits = self.digits()?;
        if leading_zero && digits > 1 {
            return Err(INVALID.into());
        }
        let mut integer = true;
        if self.byte() == Some(b'.') {
            integer = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            integer = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = &self.json[start..self.at];
        if integer {
            return sink.integer(text);
        }
        let value: f64 = text.parse().map_err(|_| INVALID)?;
        if value.is_finite() { sink.fraction(value) } else { Err(INVALID.into()) }
    }

    /// How many digits follow; there must be one.
    fn digits(&mut self) -> Result<usize, TokenError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at > start { Ok(self.at - start) } else { Err(INVALID) }
    }

    #[inline]
    fn text(&mut self) -> Result<Cow<'j, str>, TokenError> {
        let start = self.at + 1;
        let end = end_of_plain(self.json.as_bytes(), start);
        if self.json.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(&self.json[start..end]));
        }
        self.escaped_text()
    }

    #[cold]
    fn escaped_text(&mut self) -> Result<Cow<'j, str>, TokenError> {
        let Text { text, end } = read_text(self.json, self.at + 1).ok_or(INVALID)?;
        self.at = end;
        Ok(text)
    }

    fn expect(&mut self, byte: u8) -> Result<(), TokenError> {
        if self.next_token() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(INVALID)
        }
    }

    /// The next byte that is no white space, without taking it.
    fn next_token(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    fn byte(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }
}
