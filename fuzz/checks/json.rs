//! JSON: this crate and `serde_json` read the same objects, apart from what this crate refuses.

use tegata_jose::{TokenError, check_object, read_members};

use crate::value;

const DEPTH: usize = 16;

/// `data` is the text of what may be an object.
pub(crate) fn check(data: &[u8]) {
    let ours = value::compare(data, DEPTH);
    assert_eq!(check_object(data, DEPTH), ours.as_ref().map(|_| ()).map_err(|error| *error));

    let mut members = Vec::new();
    let outcome = read_members(data, DEPTH, |name, text| {
        members.push((name.to_owned(), text));
    });
    if let (Ok(()), Ok(object)) = (outcome, &ours) {
        assert_eq!(members.len(), object.len());
        for (name, text) in members {
            assert!(object.contains_key(&name));
            let alone = format!(r#"{{"":{text}}}"#);
            assert_eq!(text.trim_ascii(), text, "white space around a value");
            assert_eq!(value::compare(alone.as_bytes(), DEPTH).unwrap()[""], object[&name]);
        }
    }

    if let Ok(object) = ours {
        // One level less is one too few for something, and what is read as no object is one level.
        let least = (0..=DEPTH).find(|depth| check_object(data, *depth).is_ok()).unwrap();
        assert!(least >= 1);
        assert_eq!(check_object(data, least - 1), Err(TokenError::TooDeep));
        let written = serde_json::to_vec(&object).unwrap();
        assert_eq!(check_object(&written, least), Ok(()));
    }
}
