use std::iter;

/// The header in which proxies say for whom they speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ForwardedHeader {
    /// `Forwarded` ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239)).
    Forwarded,
    /// `X-Forwarded-For`: addresses, separated by commas.
    #[default]
    XForwardedFor,
}

impl ForwardedHeader {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Forwarded, Self::XForwardedFor];

    /// Its name, as RFC 7239 and the field write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forwarded => "Forwarded",
            Self::XForwardedFor => "X-Forwarded-For",
        }
    }

    /// The one of that name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|header| header.name().eq_ignore_ascii_case(name))
    }

    /// The nodes of one line, the last first; `None` for an element that names none.
    ///
    /// What a client put in front may be malformed in any way, so no element is judged by what
    /// stands to the left of it.
    pub(super) fn reversed_nodes(self, line: &str) -> impl Iterator<Item = Option<&str>> {
        let mut left = Some(line);
        iter::from_fn(move || {
            let line = left?;
            let (rest, element) = match self {
                Self::Forwarded => last_element(line),
                Self::XForwardedFor => line.rsplit_once(',').map_or_else(
                    || (None, Some(line)),
                    |(rest, element)| (Some(rest), Some(element)),
                ),
            };
            left = rest;
            Some(match self {
                Self::Forwarded => element.and_then(for_node),
                Self::XForwardedFor => element.map(without_spaces),
            })
        })
    }
}

/// What stands before the last comma that is in no quoted string, and what stands after it; no
/// element if the quotes do not match.
///
/// An open quote further left cannot swallow the comma, since nothing further left is looked at.
fn last_element(line: &str) -> (Option<&str>, Option<&str>) {
    let bytes = line.as_bytes();
    let mut at = bytes.len();
    while at > 0 {
        at -= 1;
        match bytes[at] {
            b',' => return (Some(&line[..at]), Some(&line[at + 1..])),
            b'"' => match opening_quote(&bytes[..at]) {
                Some(opening) => at = opening,
                None => return (None, None),
            },
            _ => {}
        }
    }
    (None, Some(line))
}

/// Where the quoted string begins whose closing quote follows `before`.
fn opening_quote(before: &[u8]) -> Option<usize> {
    let mut end = before.len();
    loop {
        let quote = before[..end].iter().rposition(|byte| *byte == b'"')?;
        let escapes = before[..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        // A backslash makes the quote a part of the string; nothing else stands in front of one.
        if escapes == 0 {
            return (quote > 0 && before[quote - 1] == b'=').then_some(quote);
        }
        if escapes % 2 == 0 {
            return None;
        }
        end = quote - escapes;
    }
}

/// The node of the one `for` of an element (RFC 7239 section 4), out of its quotes.
fn for_node(element: &str) -> Option<&str> {
    let mut found = None;
    for pair in Pairs(element) {
        let (name, value) = pair?;
        if name.eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            // Each parameter once at most.
            return None;
        }
    }
    found
}

/// The `name=value` pairs of an element; `None` for what is no pair.
struct Pairs<'a>(&'a str);

impl<'a> Iterator for Pairs<'a> {
    type Item = Option<(&'a str, &'a str)>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = without_spaces(self.0);
        self.0 = "";
        if rest.is_empty() {
            return None;
        }
        Some(self.pair(rest))
    }
}

impl<'a> Pairs<'a> {
    fn pair(&mut self, rest: &'a str) -> Option<(&'a str, &'a str)> {
        let (name, rest) = rest.split_once('=')?;
        let (value, rest) = if let Some(quoted) = rest.strip_prefix('"') {
            let closing = closing_quote(quoted)?;
            (&quoted[..closing], &quoted[closing + 1..])
        } else {
            rest.split_at(rest.find(';').unwrap_or(rest.len()))
        };
        let rest = without_spaces(rest);
        self.0 = if rest.is_empty() { rest } else { rest.strip_prefix(';')? };
        Some((without_spaces(name), without_spaces(value)))
    }
}

fn closing_quote(quoted: &str) -> Option<usize> {
    let mut is_escaped = false;
    quoted.bytes().position(|byte| {
        let closes = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes
    })
}

/// Without the optional white space of RFC 9110 section 5.6.3.
fn without_spaces(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
