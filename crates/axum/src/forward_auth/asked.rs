use std::time::Duration;

use axum::http::HeaderMap;
use tegata::{Refusal, Requirement, Scopes};

use super::Author;
use crate::clients::form_decoded;

/// In which a proxy says what a route asks for if it cannot say so in the address: Envoy. What a
/// client says in it can only ask for more.
const HEADER: &str = "x-auth-require";

/// What a route asks for: all that is said anywhere.
#[derive(Default)]
pub(super) struct Asked {
    scopes: Scopes,
    max_age: Option<Duration>,
}

/// A text that says nothing that a route could ask for.
struct Unreadable;

impl Asked {
    /// What a request asks for by its query and its headers.
    ///
    /// # Errors
    /// [`Refusal::InvalidRequest`] for a query of the proxy's that is not understood, so that a
    /// typing error lets nobody in; [`Refusal::InsufficientScope`] where the client can have written
    /// it, since no client may be answered with an error of the server.
    pub(super) fn of(author: Author, query: &str, headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut asked = Self::default();
        match author {
            Author::Proxy => {
                asked.read(query, false).map_err(|_| Refusal::InvalidRequest)?;
            }
            // The query of the first page, or of a proxy that was given a slash too many.
            Author::Either => {
                asked.read(query, true).map_err(|_| Refusal::InsufficientScope)?;
            }
            Author::Client => {}
        }
        for value in headers.get_all(HEADER) {
            let text = value.to_str().map_err(|_| Refusal::InsufficientScope)?;
            asked.read(text, false).map_err(|_| Refusal::InsufficientScope)?;
        }
        Ok(asked)
    }

    pub(super) fn requirement(self) -> Result<Requirement, Refusal> {
        let requirement = Requirement::scopes(self.scopes);
        match self.max_age {
            None => Ok(requirement),
            Some(age) => requirement.and_fresh(age).map_err(|_| Refusal::InvalidRequest),
        }
    }

    fn read(&mut self, text: &str, is_tolerant: bool) -> Result<(), Unreadable> {
        let (mut scope, mut max_age) = (None, None);
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let place = match form_decoded(name).as_deref() {
                Some("scope") => &mut scope,
                Some("max_age") => &mut max_age,
                _ if is_tolerant => continue,
                _ => return Err(Unreadable),
            };
            if place.replace(form_decoded(value).ok_or(Unreadable)?).is_some() {
                return Err(Unreadable);
            }
        }
        if let Some(names) = scope {
            let names: Scopes = names.parse().map_err(|_| Unreadable)?;
            self.scopes = Scopes::from_names(self.scopes.iter().chain(names.iter()))
                .map_err(|_| Unreadable)?;
        }
        if let Some(seconds) = max_age {
            let age = age_of(&seconds).ok_or(Unreadable)?;
            self.max_age = Some(self.max_age.map_or(age, |other| other.min(age)));
        }
        Ok(())
    }
}

/// Whole seconds, from 1 to about a hundred years.
fn age_of(seconds: &str) -> Option<Duration> {
    let is_number = (1..=9).contains(&seconds.len()) && seconds.bytes().all(|b| b.is_ascii_digit());
    let seconds = if is_number { seconds.parse().ok()? } else { 0 };
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;
    use tegata::Refusal;

    use super::{Asked, Author, HEADER};

    const SAID: &str = "(scope|max_age|x|%73cope)?=?[ab0-9%+ ]{0,4}(&scope=[ab]|&max_age=[0-9])?";

    proptest! {
        #[test]
        fn no_header_takes_anything_away(query in "scope=[ab]&max_age=[1-9]", said in SAID) {
            let mut headers = HeaderMap::new();
            let alone = Asked::of(Author::Proxy, &query, &headers).unwrap();
            headers.insert(HEADER, HeaderValue::from_str(&said).unwrap());
            match Asked::of(Author::Proxy, &query, &headers) {
                Ok(both) => {
                    prop_assert!(both.scopes.contain_all(&alone.scopes));
                    prop_assert!(both.max_age.unwrap() <= alone.max_age.unwrap());
                }
                Err(refusal) => prop_assert_eq!(refusal, Refusal::InsufficientScope),
            }
        }

        #[test]
        fn what_a_client_writes_behind_the_path_asks_for_nothing(query in SAID) {
            let asked = Asked::of(Author::Client, &query, &HeaderMap::new()).unwrap();
            prop_assert!(asked.scopes.is_empty() && asked.max_age.is_none());
        }

        #[test]
        fn one_slash_too_many_asks_for_no_less(query in SAID) {
            let none = HeaderMap::new();
            if let Ok(meant) = Asked::of(Author::Proxy, &query, &none) {
                let either = Asked::of(Author::Either, &query, &none).unwrap();
                prop_assert_eq!((either.scopes, either.max_age), (meant.scopes, meant.max_age));
            }
        }
    }
}
