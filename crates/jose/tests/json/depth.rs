//! How deep JSON may be nested, and that no depth costs more than a refusal.

use tegata_jose::{TokenError, check_object};

fn lists(levels: usize) -> String {
    format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
}

fn objects(levels: usize) -> String {
    format!("{}{{}}{}", r#"{"a":"#.repeat(levels - 1), "}".repeat(levels - 1))
}

fn both(levels: usize) -> String {
    let (open, close) = (r#"{"a":[1,"#, "]}");
    let pairs = levels / 2;
    if levels.is_multiple_of(2) {
        format!("{}2{}", open.repeat(pairs), close.repeat(pairs))
    } else {
        format!("{}{{}}{}", open.repeat(pairs), close.repeat(pairs))
    }
}

#[test]
fn the_limit_is_the_deepest_level_that_is_read() {
    for nested in [lists, objects, both] {
        for limit in [2, 3, 8, 16, 100, 127, 128] {
            assert_eq!(check_object(nested(limit).as_bytes(), limit), Ok(()), "{limit}");
            let deeper = check_object(nested(limit + 1).as_bytes(), limit);
            assert_eq!(deeper, Err(TokenError::TooDeep), "{limit}");
        }
    }
    assert_eq!(check_object(b"{}", 1), Ok(()));
    assert_eq!(check_object(br#"{"a":1}"#, 1), Ok(()));
    assert_eq!(check_object(br#"{"a":[]}"#, 1), Err(TokenError::TooDeep));
    assert_eq!(check_object(br#"{"a":{}}"#, 1), Err(TokenError::TooDeep));
}

#[test]
fn nothing_fits_into_no_level() {
    assert_eq!(check_object(b"{}", 0), Err(TokenError::TooDeep));
    assert!(matches!(check_object(b"1", 0), Err(TokenError::Malformed(_))));
}

#[test]
fn no_limit_goes_beyond_128_levels() {
    for limit in [128, 129, 1_000, usize::MAX] {
        assert_eq!(check_object(lists(128).as_bytes(), limit), Ok(()));
        assert_eq!(check_object(lists(129).as_bytes(), limit), Err(TokenError::TooDeep));
    }
}

#[test]
fn a_million_levels_are_refused_like_one_too_many() {
    let million = 1_000_000;
    for json in [
        lists(million),
        objects(million),
        both(million),
        format!("{{\"a\":{}", "[".repeat(million)),
        r#"{"a":"#.repeat(million),
        r#"{"a":[{"a":1},"#.repeat(million),
    ] {
        for limit in [16, usize::MAX] {
            assert_eq!(check_object(json.as_bytes(), limit), Err(TokenError::TooDeep));
        }
    }
}

#[test]
fn width_is_no_depth() {
    let wide = format!("{{\"a\":[{}[]]}}", "[],{},[1],".repeat(10_000));
    assert_eq!(check_object(wide.as_bytes(), 3), Ok(()));
    // Brackets in a text are text.
    let text = format!("{{\"{0}\":\"{0}\"}}", "[{".repeat(10_000));
    assert_eq!(check_object(text.as_bytes(), 1), Ok(()));
}
