use std::collections::HashMap;

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;

use super::OAuthError;

/// More than the longest token that an engine reads, and what stands beside it.
const MAX_BYTES: usize = 128 * 1024;

/// The parameters of a request (RFC 6749 section 3.2), each once; one without a value is none.
///
/// They stand in the body. What an address holds ends up in logs, so none may stand there.
pub(crate) struct Form(HashMap<String, String>);

impl Form {
    /// Reads the body of a request.
    pub(crate) async fn read(parts: &Parts, body: Body) -> Result<Self, OAuthError> {
        if parts.uri.query().is_some_and(|query| !query.is_empty()) {
            return Err(OAuthError::InvalidRequest("Parameters belong into the body."));
        }
        let mut types = parts.headers.get_all(CONTENT_TYPE).iter();
        let is_form = types.next().is_some_and(|value| is_form(value.as_bytes()));
        if !is_form || types.next().is_some() {
            return Err(OAuthError::InvalidRequest(
                "The body must be of the type application/x-www-form-urlencoded.",
            ));
        }
        // A client that gives up while it sends does not read the answer.
        let bytes = to_bytes(body, MAX_BYTES).await.map_err(|_| OAuthError::TooLarge)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| NO_FORM)?;
        Self::parse(text)
    }

    fn parse(text: &str) -> Result<Self, OAuthError> {
        let mut parameters = HashMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) =
                (form_decoded(name).ok_or(NO_FORM)?, form_decoded(value).ok_or(NO_FORM)?);
            if parameters.insert(name, value).is_some() {
                return Err(OAuthError::InvalidRequest("A parameter stands there twice."));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// A parameter, if it is there.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The token that the request is about.
    pub(crate) fn token(&self) -> Result<&str, OAuthError> {
        self.get("token").ok_or(OAuthError::InvalidRequest("The form must have a `token`."))
    }
}

const NO_FORM: OAuthError = OAuthError::InvalidRequest("The body is no form in UTF-8.");

/// A name or a value of a form; `None` if it is no text.
pub(crate) fn form_decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn is_form(content_type: &[u8]) -> bool {
    let end = content_type.iter().position(|byte| *byte == b';').unwrap_or(content_type.len());
    content_type[..end].trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Form, OAuthError, is_form};

    proptest! {
        #[test]
        fn whatever_a_browser_would_write_is_read_again(
            pairs in prop::collection::hash_map(".{0,8}", ".{1,8}", 0..5),
        ) {
            let text =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let form = Form::parse(&text).ok().unwrap();
            prop_assert_eq!(form.0, pairs);
        }

        #[test]
        fn no_form_is_an_error_of_the_server(text in "[a-c%&=+0-9é]{0,20}|\\PC{0,20}") {
            if let Err(refused) = Form::parse(&text) {
                prop_assert!(matches!(refused, OAuthError::InvalidRequest(_)));
            }
        }
    }

    #[test]
    fn parameters_are_decoded_and_count_once() {
        let form = Form::parse("token=a%2Eb+c&&hint=&x").ok().unwrap();
        assert_eq!((form.token(), form.get("hint"), form.get("x")), (Ok("a.b c"), None, None));
        for twice in ["token=a&token=b", "token=a&token=a", "token=&%74oken=b", "x&x"] {
            let refused = Form::parse(twice).err().unwrap();
            assert!(matches!(refused, OAuthError::InvalidRequest(_)), "{twice}");
        }
        assert!(Form::parse("token=%ff").is_err());
    }

    #[test]
    fn a_form_by_its_media_type() {
        for good in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded ; a"] {
            assert!(is_form(good.as_bytes()), "{good}");
        }
        for bad in ["", "application/json", "application/x-www-form-urlencodedx"] {
            assert!(!is_form(bad.as_bytes()), "{bad}");
        }
    }
}
