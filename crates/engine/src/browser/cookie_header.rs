use crate::Refusal;

/// The token that a `Cookie` header (RFC 6265 section 4.2.1) carries under a name.
///
/// The name counts byte for byte. Readers that are kinder, and take a no-break space for a blank,
/// read `__Host-` into a cookie that a browser let a subdomain plant, since to the browser it has
/// another name. Two cookies of the very name come from different paths or domains, and nobody can
/// tell which one the site has set: unless they say the same, neither counts.
///
/// `header` holds the whole request's, joined by `; ` (RFC 9113 section 8.2.3).
///
/// # Errors
/// [`Refusal::MissingToken`] without such a cookie, or with an empty one; [`Refusal::InvalidToken`]
/// for several of different values.
///
/// ```
/// use tegata::{cookie_token, Refusal};
///
/// assert_eq!(cookie_token("a=1; t=abc.def.ghi", "t"), Ok("abc.def.ghi"));
/// assert_eq!(cookie_token("a=1", "t"), Err(Refusal::MissingToken));
/// assert_eq!(cookie_token("t=of.alice.x; t=of.mallory.x", "t"), Err(Refusal::InvalidToken));
/// assert_eq!(cookie_token("\u{a0}t=of.mallory.x; t=of.alice.x", "t"), Ok("of.alice.x"));
/// ```
pub fn cookie_token<'h>(header: &'h str, name: &str) -> Result<&'h str, Refusal> {
    let mut values = header
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(of, _)| of.trim_matches(BLANK) == name)
        .map(|(_, value)| unquoted(value.trim_matches(BLANK)));
    let value = values.next().ok_or(Refusal::MissingToken)?;
    if values.any(|other| other != value) {
        return Err(Refusal::InvalidToken);
    }
    if value.is_empty() { Err(Refusal::MissingToken) } else { Ok(value) }
}

/// What browsers strip, and no more (RFC 6265 section 5.2).
const BLANK: [char; 2] = [' ', '\t'];

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)
}
