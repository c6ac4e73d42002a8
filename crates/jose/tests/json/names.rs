//! Member names: unique in each object, however they are spelt and however many there are.

use std::fmt::Write as _;

use tegata_jose::{TokenError, read_members};

use crate::read;

fn is_repeated(json: &str) -> bool {
    read(json) == Err(TokenError::DuplicateMember)
}

/// An object of `count` members `n0`, `n1`, …, followed by `last` (with its comma) as written.
fn members(count: usize, last: &str) -> String {
    let mut json = String::from("{");
    for number in 0..count {
        write!(json, "\"n{number}\":{number},").unwrap();
    }
    json.pop();
    json + last + "}"
}

#[test]
fn a_name_spelt_differently_is_the_same_name() {
    for (one, other) in [
        ("a", "a"),
        ("a", r"\u0061"),
        (r"\u0061", "a"),
        (r"\u0061", r"\u0061"),
        ("", ""),
        ("/", r"\/"),
        (r"\/", r"\u002f"),
        (r"\u002F", r"\u002f"),
        (r"\n", r"\u000a"),
        (r"\t", r"\u0009"),
        ("\\\"", r"\u0022"),
        (r"\\", r"\u005c"),
        ("é", r"\u00e9"),
        ("\u{1f600}", r"\ud83d\ude00"),
        ("abc", r"\u0061b\u0063"),
        ("a long name of more than eight bytes", r"a long name of more than eight byte\u0073"),
    ] {
        for values in [("1", "2"), ("{}", "[]"), (r#"{"x":1}"#, r#"{"x":1}"#)] {
            let json = format!(r#"{{"{one}":{},"{other}":{}}}"#, values.0, values.1);
            assert!(is_repeated(&json), "{json}");
            assert!(is_repeated(&format!(r#"{{"x":[0,{json}]}}"#)), "{json}");
            let far = format!(r#"{{"{one}":{},"between":1,"{other}":{}}}"#, values.0, values.1);
            assert!(is_repeated(&far), "{far}");
        }
    }
}

#[test]
fn names_that_only_look_alike_are_others() {
    let json = "{\"a\":1,\"A\":2,\"a \":3,\" a\":4,\"\u{e9}\":5,\"e\u{301}\":6,\"\u{ff41}\":7,\
                \"a\\u0000\":8,\"aa\":9,\"\":10,\"\\\\u0061\":11}";
    assert_eq!(read(json).unwrap().len(), 11);
}

#[test]
fn one_name_in_several_objects_is_no_repetition() {
    let json = r#"{"a":{"a":{"a":1},"b":[{"a":1},{"a":2},{"b":{"a":1}}]},"b":2}"#;
    assert_eq!(read(json).unwrap().len(), 2);
}

// The first sixteen names are compared one by one, all beyond them by a hash.
#[test]
fn a_repetition_is_found_among_few_names_and_among_many() {
    for count in [1, 2, 8, 15, 16, 17, 18, 33, 64, 100, 1_000] {
        assert_eq!(read(members(count, "")).unwrap().len(), count);
        for repeated in [0, count / 2, count - 1] {
            assert!(is_repeated(&members(count, &format!(r#","n{repeated}":1"#))), "{count}");
            let escaped = format!(r#","\u006e{repeated}":1"#);
            assert!(is_repeated(&members(count, &escaped)), "{count}");
        }
        assert!(read(members(count, r#","N0":1,"n":2"#)).is_ok(), "{count}");
    }
}

// A name with an escape goes to the hash at once, and with it all that come after.
#[test]
fn a_repetition_is_found_across_an_escaped_name() {
    for at in 0..20 {
        let escaped = |name: &str| {
            format!(r#"{{{}"\u0078":0,"{name}":1}}"#, {
                (0..at).fold(String::new(), |mut names, number| {
                    write!(names, "\"n{number}\":{number},").unwrap();
                    names
                })
            })
        };
        assert!(read(escaped("y")).is_ok(), "{at}");
        assert!(is_repeated(&escaped("x")), "{at}");
        assert!(is_repeated(&escaped(r"\u0078")), "{at}");
        if at > 0 {
            assert!(is_repeated(&escaped("n0")), "{at}");
            assert!(is_repeated(&escaped(r"\u006e0")), "{at}");
        }
    }
}

#[test]
fn names_of_one_length_and_one_kind_are_told_apart() {
    let names: Vec<String> = (0..60).map(|number| format!("\"a{number:02}z\":0")).collect();
    assert_eq!(read(format!("{{{}}}", names.join(","))).unwrap().len(), 60);
    for repeated in &names {
        assert!(is_repeated(&format!("{{{},{repeated}}}", names.join(","))), "{repeated}");
    }
}

#[test]
fn a_great_many_names_take_no_great_time() {
    let many = 200_000;
    assert_eq!(read_members(members(many, "").as_bytes(), 2, |_, _| ()), Ok(()));
    let repeated = read_members(members(many, r#","n7":1"#).as_bytes(), 2, |_, _| ());
    assert_eq!(repeated, Err(TokenError::DuplicateMember));
}

#[test]
fn members_are_shown_as_they_are_written() {
    let json =
        br#" { "a" : 1.50 , "\u0062":[ 1 , 2 ] ,"c": "\u0078" , "d":{"e" : 1}, "e" :null } "#;
    let mut seen = Vec::new();
    read_members(json, 4, |name, value| seen.push(format!("{name}={value}"))).unwrap();
    assert_eq!(seen, ["a=1.50", "b=[ 1 , 2 ]", r#"c="\u0078""#, r#"d={"e" : 1}"#, "e=null"]);
}
