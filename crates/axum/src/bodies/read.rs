//! Reading a body: what is wrong with it is said by the name of the member, and without its value.

use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;
use serde_path_to_error::Track;
use tegata::Refusal;

use crate::Failure;

const NOT_AN_OBJECT: &str = "The body must be a JSON object in UTF-8.";

/// A body as a type.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    // A sequence would do for a struct, too.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(invalid(NOT_AN_OBJECT));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = read_from(None, &mut reader)?;
    reader.end().map_err(|_| invalid(NOT_AN_OBJECT))?;
    Ok(read)
}

/// A member of a body as a type.
pub(crate) fn read_member<T: DeserializeOwned>(name: &str, value: Value) -> Result<T, Failure> {
    read_from(Some(name), value)
}

fn read_from<'de, T: DeserializeOwned, D>(below: Option<&str>, reader: D) -> Result<T, Failure>
where
    D: Deserializer<'de, Error = serde_json::Error>,
{
    let mut track = Track::new();
    let tracked = serde_path_to_error::Deserializer::new(reader, &mut track);
    T::deserialize(tracked).map_err(|error| {
        if !error.is_data() {
            return invalid(NOT_AN_OBJECT);
        }
        let path = track.path().to_string();
        let mut path: Vec<&str> =
            below.into_iter().chain((path != ".").then_some(&*path)).collect();
        let said = error.to_string();
        let problem =
            match said.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
                Some(field) => {
                    path.push(field);
                    "Field required".to_owned()
                }
                None => problem(&said),
            };
        let path = if path.is_empty() { "body".to_owned() } else { path.join(".") };
        invalid(format!("{path}: {problem}"))
    })
}

/// Of what a reader says only what cannot hold a part of the body.
fn problem(said: &str) -> String {
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    let is_of_a_rule = said.starts_with("must ");
    let expected = said.rsplit_once(", expected ").map(|(_, expected)| expected);
    match expected {
        _ if is_of_a_rule => said.to_owned(),
        Some(expected) => format!("must be {expected}"),
        None => "is not what this takes".to_owned(),
    }
}

fn invalid(detail: impl Into<std::borrow::Cow<'static, str>>) -> Failure {
    Failure::endpoint(Refusal::InvalidRequest).with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::bodies::{ChallengeAnswerSchema, LoginSchema, RefreshTokenSchema};

    fn detail<T: serde::de::DeserializeOwned>(body: &[u8]) -> String {
        let Err(failure) = read::<T>(body) else { panic!("it was read") };
        assert_eq!(failure.status(), 422);
        failure.detail().to_owned()
    }

    #[test]
    fn what_is_wrong_is_said_by_name_and_without_the_value() {
        for (body, said) in [
            ("{}", "username: Field required"),
            (r#"{"username": "demo"}"#, "password: Field required"),
            (r#"{"username": 5, "password": "x"}"#, "username: must be a string"),
            (r#"{"username": "demo", "password": 71077345}"#, "password: must be a string"),
            (r#"{"username": "", "password": "x"}"#, "username: must have 1 to 1024 characters"),
            (
                r#"{"username": "a\u0000b", "password": "x"}"#,
                "username: must not contain a NUL character",
            ),
        ] {
            assert_eq!(detail::<LoginSchema>(body.as_bytes()), said, "{body}");
        }
        let long = format!(r#"{{"username": "demo", "password": "{}"}}"#, "x".repeat(4097));
        assert_eq!(
            detail::<LoginSchema>(long.as_bytes()),
            "password: must have 1 to 4096 characters"
        );
        let nul = br#"{"challenge_token": "x", "answer": {"a": [{"b\u0000": 1}]}}"#;
        assert_eq!(
            detail::<ChallengeAnswerSchema>(nul),
            "answer: must not contain a NUL character"
        );
    }

    #[test]
    fn what_is_no_object_is_no_body() {
        let deep = format!(r#"{{"refresh_token":{}"#, "[".repeat(100_000));
        let bodies: [&[u8]; 12] = [
            b"",
            b"[]",
            b"null",
            b"\"demo\"",
            b"5",
            b"NaN",
            b"{",
            b"{}{}",
            b"{\"refresh_token\": \"\xff\"}",
            b"{\"refresh_token\": \"\\ud800\"}",
            b"{\"refresh_token\": \"\\udc00\\ud800\"}",
            deep.as_bytes(),
        ];
        for body in bodies {
            let said = detail::<RefreshTokenSchema>(body);
            let is_known =
                said == super::NOT_AN_OBJECT || said == "refresh_token: must be a string";
            assert!(is_known, "{said}");
        }
        assert!(read::<RefreshTokenSchema>(b"{}").unwrap().refresh_token.is_none());
        assert!(read::<RefreshTokenSchema>(b"{\"refresh_token\": null}").is_ok());
    }
}
