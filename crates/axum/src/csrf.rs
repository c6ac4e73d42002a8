//! Whether a request that a cookie speaks for was sent by a page of the site (CSRF).
//!
//! Two proofs are asked for, whenever a cookie counts and the method may change something: the
//! engine's verdict on who the browser says has sent it, and a token that the page repeats. That
//! token and its cookie are as Django makes them, so that a page may speak to both.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::http::Method;
use axum::http::header::{HeaderName, ORIGIN, REFERER};
use axum::http::request::Parts;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use tegata::{BrowserGuard, Origin, Place, Randomness, RandomnessError, Refusal, cookie_token};

use crate::Failure;
use crate::client_address::Scheme;
use crate::options::Site;
use crate::request::{cookie_header, is_handshake, single};

const COOKIE: &str = "csrftoken";
const HEADER: HeaderName = HeaderName::from_static("x-csrftoken");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SECRET_LENGTH: usize = 32;
/// A mask, and the secret that it hides: so that no two answers hold the same bytes, which an
/// observer of compressed answers could find out bit by bit (BREACH).
const TOKEN_LENGTH: usize = 2 * SECRET_LENGTH;
const YEAR: Duration = Duration::weeks(52);

/// Whether the token came in its header, which no form and no plain link can send.
pub(crate) fn has_token(parts: &Parts) -> bool {
    parts.headers.get(HEADER).is_some_and(|token| !token.is_empty())
}

/// Makes sure that a page of the site has sent a request; safe methods pass, but for the handshake of
/// a WebSocket, which any page can have a browser send with its cookies.
#[inline(never)]
pub(crate) fn require(site: &Site, parts: &Parts, place: Place) -> Result<(), Failure> {
    let method = parts.method.as_str();
    let changes_nothing = BrowserGuard::is_safe(method);
    // RFC 8441 section 4.
    if parts.method == Method::CONNECT || (changes_nothing && is_handshake(&parts.headers)) {
        return if is_of_own_page(site, parts) {
            Ok(())
        } else {
            let refused = Failure::new(Refusal::CsrfFailed, place);
            Err(refused.with_detail("The Origin of the request is none of this site."))
        };
    }
    if changes_nothing {
        return Ok(());
    }
    let refused = |refusal| Failure::new(refusal, place);
    let origin = single(&parts.headers, &ORIGIN);
    let fetch_site = single(&parts.headers, &FETCH_SITE);
    let (scheme, own) = site.own_origin(parts);
    let checked =
        site.browser.check(method, origin.as_deref(), fetch_site.as_deref(), own.as_ref());
    checked.map_err(|refusal| {
        if let (Some(origin), Some(own)) = (&origin, &own)
            && !origin.eq_ignore_ascii_case(&own.to_string())
        {
            // Behind a proxy that is not known, this server takes itself for another one.
            tracing::info!(?origin, %own, "a page of another origin than this server's");
        }
        refused(refusal)
    })?;
    if origin.is_none() && scheme == Scheme::Https && !is_referred(site, parts, own.as_ref()) {
        return Err(
            refused(Refusal::CsrfFailed).with_detail("No page of this site is the referer.")
        );
    }
    let secret = secret_of(parts).ok_or_else(|| {
        refused(Refusal::CsrfFailed).with_detail("The CSRF cookie is missing or of another form.")
    })?;
    let token = single(&parts.headers, &HEADER);
    let is_same = token
        .as_deref()
        .and_then(unmasked)
        .is_some_and(|token| verify_slices_are_equal(token.as_bytes(), secret.as_bytes()).is_ok());
    if is_same {
        return Ok(());
    }
    Err(refused(Refusal::CsrfFailed).with_detail("The CSRF token is missing or not the cookie's."))
}

/// In a handshake there is no room for a token, so its `Origin` has to be there.
fn is_of_own_page(site: &Site, parts: &Parts) -> bool {
    let origin = single(&parts.headers, &ORIGIN).and_then(|origin| origin.parse::<Origin>().ok());
    origin.is_some_and(|origin| {
        site.own_origin(parts).1.as_ref() == Some(&origin) || site.trusted_origins.contains(&origin)
    })
}

/// A token for a page, and the cookie that belongs to it; one that is there stays good.
pub(crate) fn issue(
    site: &Site,
    parts: &Parts,
    random: &dyn Randomness,
) -> Result<(String, Cookie<'static>), RandomnessError> {
    let secret = match secret_of(parts) {
        Some(secret) => secret,
        None => drawn(random)?,
    };
    let token = masked(&secret, &drawn(random)?);
    // A browser that sends the tokens from a page of another site has to send this one, too.
    let same_site = match site.cookies.access().same_site {
        tegata::SameSite::None => SameSite::None,
        tegata::SameSite::Lax | tegata::SameSite::Strict => SameSite::Lax,
    };
    // Scripts of the page need not read it: the token is in the answer.
    let cookie = Cookie::build((COOKIE, secret))
        .path("/")
        .max_age(YEAR)
        .same_site(same_site)
        .secure(site.secure_cookies)
        .build();
    Ok((token, cookie))
}

/// Without an `Origin`, over TLS, the page must be known by its address, or somebody on the way
/// could plant the cookie from a page without TLS.
fn is_referred(site: &Site, parts: &Parts, own: Option<&Origin>) -> bool {
    let Some(referer) = single(&parts.headers, &REFERER) else { return false };
    let Some((scheme, rest)) = referer.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{scheme}://{authority}").parse::<Origin>().is_ok_and(|page| {
        scheme.eq_ignore_ascii_case("https")
            && (own == Some(&page) || site.trusted_origins.contains(&page))
    })
}

fn secret_of(parts: &Parts) -> Option<String> {
    unmasked(cookie_token(&cookie_header(parts), COOKIE).ok()?)
}

/// The secret of a token or of a cookie, which older versions of Django masked too.
fn unmasked(token: &str) -> Option<String> {
    let places: Vec<usize> = token.bytes().map(place).collect::<Option<_>>()?;
    match places.len() {
        SECRET_LENGTH => Some(token.to_owned()),
        TOKEN_LENGTH => {
            let (mask, hidden) = places.split_at(SECRET_LENGTH);
            let letters =
                hidden.iter().zip(mask).map(|(hidden, mask)| hidden + LETTERS.len() - mask);
            Some(letters.map(letter).collect())
        }
        _ => None,
    }
}

fn masked(secret: &str, mask: &str) -> String {
    let places = |text: &str| text.bytes().filter_map(place).collect::<Vec<_>>();
    let hidden = places(secret).into_iter().zip(places(mask)).map(|(secret, mask)| secret + mask);
    mask.chars().chain(hidden.map(letter)).collect()
}

fn place(letter: u8) -> Option<usize> {
    LETTERS.iter().position(|each| *each == letter)
}

fn letter(place: usize) -> char {
    char::from(LETTERS[place % LETTERS.len()])
}

fn drawn(random: &dyn Randomness) -> Result<String, RandomnessError> {
    let mut text = String::with_capacity(SECRET_LENGTH);
    while text.len() < SECRET_LENGTH {
        let mut bytes = [0; TOKEN_LENGTH];
        random.fill(&mut bytes)?;
        // No letter must be likelier than another, so what lies beyond a multiple of 62 is left out.
        let letters = bytes.iter().filter(|byte| **byte < 248).map(|byte| letter((*byte).into()));
        text.extend(letters.take(SECRET_LENGTH - text.len()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use tegata::SystemRandomness;

    use super::{drawn, masked, unmasked};

    // Made by django.middleware.csrf of Django 5.2, `_mask_cipher_secret`.
    const SECRET: &str = "4NlkrZktSkSXdyXCeaGyEFoFWiwnZ1zS";
    const TOKEN: &str = "NyRc12FSQAnJuWxIRYbI1g3d4F0zXNaiHb2miRPbyK5wxkkaVYH6vLhIQNmMMEz0";

    #[test]
    fn a_token_of_django_is_read() {
        assert_eq!(unmasked(TOKEN).as_deref(), Some(SECRET));
        assert_eq!(unmasked(SECRET).as_deref(), Some(SECRET));
    }

    #[test]
    fn a_token_hides_its_secret() {
        let secret = drawn(&SystemRandomness).unwrap();
        let (one, other) = (
            masked(&secret, &drawn(&SystemRandomness).unwrap()),
            masked(&secret, &drawn(&SystemRandomness).unwrap()),
        );
        assert_ne!(one, other);
        for token in [one, other] {
            assert_eq!(token.len(), 64);
            assert_eq!(unmasked(&token).as_ref(), Some(&secret));
        }
    }

    #[test]
    fn other_texts_are_no_token() {
        for text in ["", "x", &"x".repeat(31), &"x".repeat(33), &"x".repeat(65), &"-".repeat(32)] {
            assert_eq!(unmasked(text), None, "{text}");
        }
        assert_eq!(unmasked(&"é".repeat(16)), None);
    }
}
