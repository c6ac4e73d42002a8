use crate::Refusal;

/// The token of an `Authorization` header (RFC 6750 section 2.1): `Bearer`, in any case, one or
/// more spaces, one token.
///
/// # Errors
/// [`Refusal::MissingToken`] without a header or with another scheme; [`Refusal::InvalidToken`]
/// for an empty token, a tab, or what two joined headers leave.
///
/// ```
/// use tegata::{bearer_token, Refusal};
///
/// assert_eq!(bearer_token(Some("bearer  abc.def.ghi")), Ok("abc.def.ghi"));
/// assert_eq!(bearer_token(Some("Basic YTpi")), Err(Refusal::MissingToken));
/// assert_eq!(bearer_token(Some("Bearer abc,Bearer def")), Err(Refusal::InvalidToken));
/// ```
pub fn bearer_token(header: Option<&str>) -> Result<&str, Refusal> {
    scheme_token(header, &["Bearer"])
}

/// As [`bearer_token`], for a site whose clients say something else than `Bearer`.
///
/// # Errors
/// As [`bearer_token`].
///
/// ```
/// use tegata::{scheme_token, Refusal};
///
/// assert_eq!(scheme_token(Some("jwt abc.def.ghi"), &["Bearer", "JWT"]), Ok("abc.def.ghi"));
/// assert_eq!(scheme_token(Some("Bearer abc"), &["JWT"]), Err(Refusal::MissingToken));
/// ```
pub fn scheme_token<'a>(
    header: Option<&'a str>,
    schemes: &[impl AsRef<str>],
) -> Result<&'a str, Refusal> {
    let token = scheme_credentials(header.map(str::as_bytes), schemes)?;
    let token = std::str::from_utf8(token).map_err(|_| Refusal::InvalidToken)?;
    if !token.is_empty() && is_token68(token) { Ok(token) } else { Err(Refusal::InvalidToken) }
}

/// As [`scheme_token`], whatever follows the scheme: for a host that has it read as a JWT at once,
/// and so hears [`Refusal::InvalidToken`] of what is no token.
///
/// # Errors
/// [`Refusal::MissingToken`] without a header or with another scheme.
///
/// ```
/// use tegata::{scheme_credentials, Refusal};
///
/// assert_eq!(scheme_credentials(Some(b"Bearer abc, def"), &["Bearer"]), Ok(&b"abc, def"[..]));
/// assert_eq!(scheme_credentials(Some(b"Basic YTpi"), &["Bearer"]), Err(Refusal::MissingToken));
/// ```
#[inline]
pub fn scheme_credentials<'a>(
    header: Option<&'a [u8]>,
    schemes: &[impl AsRef<str>],
) -> Result<&'a [u8], Refusal> {
    let header = trim_spaces(header.unwrap_or_default());
    let mut told = schemes.iter().filter_map(|scheme| after(scheme.as_ref().as_bytes(), header));
    told.next().map(trim_spaces).ok_or(Refusal::MissingToken)
}

/// What stands after a scheme in a header that is of it.
#[inline]
fn after<'a>(scheme: &[u8], header: &'a [u8]) -> Option<&'a [u8]> {
    let (begin, rest) = header.split_at_checked(scheme.len())?;
    let is_whole = matches!(rest, [] | [b' ' | b'\t', ..]);
    // Nearly all write it as the site does.
    let is_it = begin == scheme || begin.eq_ignore_ascii_case(scheme);
    (is_whole && is_it).then_some(rest)
}

#[inline]
fn trim_spaces(mut bytes: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = bytes {
        bytes = rest;
    }
    bytes
}

/// RFC 9110 section 11.2, of a padding anywhere.
#[expect(clippy::needless_bitwise_bool, reason = "without branches many bytes are one step")]
fn is_token68(text: &str) -> bool {
    text.bytes().fold(true, |so_far, byte| {
        let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let is_digit = byte.wrapping_sub(b'0') < 10;
        let is_mark = (byte == b'-')
            | (byte == b'.')
            | (byte == b'_')
            | (byte == b'~')
            | (byte == b'+')
            | (byte == b'/')
            | (byte == b'=');
        so_far & (is_letter | is_digit | is_mark)
    })
}

#[cfg(test)]
mod tests {
    use super::{bearer_token, is_token68, scheme_token};
    use crate::Refusal;

    #[test]
    fn every_letter_of_a_token() {
        let good = |letter: char| letter.is_ascii_alphanumeric() || "-._~+/=".contains(letter);
        for letter in (0..=255).map(char::from) {
            assert_eq!(is_token68(&format!("{letter}")), good(letter), "{letter:?}");
        }
    }

    #[test]
    fn schemes_one_of_which_begins_as_another() {
        for schemes in [["JW", "JWT"], ["JWT", "JW"]] {
            assert_eq!(scheme_token(Some("JWT x"), &schemes), Ok("x"));
            assert_eq!(scheme_token(Some("jw x"), &schemes), Ok("x"));
            assert_eq!(scheme_token(Some("JWTX y"), &schemes), Err(Refusal::MissingToken));
        }
    }

    #[test]
    fn headers_that_are_no_bearer_token() {
        for missing in [
            None,
            Some(""),
            Some(" "),
            Some("Basic x"),
            Some("Bearerx"),
            Some("Token Bearer x"),
            Some("Basic x, Bearer y"),
        ] {
            assert_eq!(bearer_token(missing), Err(Refusal::MissingToken), "{missing:?}");
        }
        for bad in [
            "Bearer",
            "Bearer ",
            "Bearer\tx",
            "Bearer x y",
            "Bearer x\ty",
            "Bearer x,Bearer y",
            "Bearer \u{e9}",
            "Bearer x, Basic y",
        ] {
            assert_eq!(bearer_token(Some(bad)), Err(Refusal::InvalidToken), "{bad:?}");
        }
        assert_eq!(bearer_token(Some("BEARER   x.y.z  ")), Ok("x.y.z"));
    }
}
