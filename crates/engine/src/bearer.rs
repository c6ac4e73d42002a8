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
pub fn scheme_token<'a>(header: Option<&'a str>, schemes: &[&str]) -> Result<&'a str, Refusal> {
    let header = header.map_or("", |value| value.trim_matches(' '));
    let (scheme, rest) = header.split_at(header.find([' ', '\t']).unwrap_or(header.len()));
    if !schemes.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(Refusal::MissingToken);
    }
    let token = rest.trim_start_matches(' ');
    let is_token68 = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if !token.is_empty() && token.bytes().all(is_token68) {
        Ok(token)
    } else {
        Err(Refusal::InvalidToken)
    }
}

#[cfg(test)]
mod tests {
    use super::bearer_token;
    use crate::Refusal;

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
