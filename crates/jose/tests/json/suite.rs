//! Cases in the way of `JSONTestSuite`: what every reader takes, what none does, and what is open.

use serde_json::json;

use crate::{is_malformed, read};

/// As members `"x"` of an object.
const VALUES_TO_TAKE: [&str; 41] = [
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "1.0",
    "0.1",
    "-0.1",
    "-0.0",
    "0e0",
    "0E0",
    "0e+0",
    "0e-0",
    "1e5",
    "1E5",
    "1e+5",
    "1e-5",
    "1e0005",
    "1.5e300",
    "123.456e-7",
    "1e-400",
    "0e999999",
    "0.0000000000000000000000000000000000000000001",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "true",
    "false",
    "null",
    "[]",
    "[ ]",
    "[\n]",
    "[1,2 , 3]",
    "[[],[[]],{}]",
    "[null,true,false]",
    "{}",
    "{ }",
    r#"{"":{}}"#,
    r#"[ { "a" : [ { } ] } ]"#,
];

const VALUES_TO_REFUSE: [&str; 108] = [
    "",
    ",",
    ":",
    "]",
    "}",
    "[",
    "{",
    "\"",
    "\\",
    "+",
    "-",
    ".",
    "e",
    "+1",
    "++1",
    "--1",
    "-+1",
    "- 1",
    "-a",
    "-.5",
    ".5",
    "5.",
    "0.",
    "-0.",
    "1.e1",
    "1.5.5",
    "1..5",
    "1e",
    "1e+",
    "1e-",
    "1E",
    "1e5.5",
    "1ee5",
    "1e+-5",
    "1eE5",
    "e5",
    "1 5",
    "1_000",
    "1,000",
    "00",
    "01",
    "-01",
    "00.5",
    "0x10",
    "0b1",
    "0o7",
    "1f",
    "1a",
    "1n",
    "1e999",
    "-1e999",
    "1e400",
    "NaN",
    "-NaN",
    "nan",
    "Infinity",
    "-Infinity",
    "inf",
    "∞",
    "１",
    "−1",
    "True",
    "TRUE",
    "tru",
    "truee",
    "fals",
    "nul",
    "nulll",
    "None",
    "undefined",
    "true false",
    "truefalse",
    "nu ll",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[,]",
    "[1,,2]",
    "[1 2]",
    "[1;2]",
    "[1:2]",
    "[\"a\": 1]",
    "[1}",
    "[1]]",
    "[[1]",
    "(1)",
    "{1}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\" 1}",
    "{\"a\",1}",
    "{\"a\"::1}",
    "{\"a\":1,}",
    "{,\"a\":1}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1]",
    "{a:1}",
    "{1:1}",
    "{null:1}",
    "{'a':1}",
    "'a'",
    "a",
    "/**/1",
    "1//x",
    "1#x",
    "<1>",
];

const WHOLE_TO_TAKE: [&str; 6] =
    ["{}", " {}", "{} ", "\t\r\n {\t\r\n } \t\r\n", "{\"a\":1}", "\n{\"a\"\n:\n1\n}\n"];

const WHOLE_TO_REFUSE: [&str; 42] = [
    "",
    " ",
    "\n",
    "\0",
    "null",
    "true",
    "1",
    "\"{}\"",
    "[]",
    "[{}]",
    "{",
    "}",
    "{{}",
    "{}}",
    "{}{}",
    "{},",
    ",{}",
    "{};",
    "{}1",
    "{}\0",
    "\0{}",
    "{\0}",
    "{}x",
    "{}[]",
    "{}//",
    "{}/**/",
    "#\n{}",
    "\u{feff}{}",
    "{}\u{feff}",
    "\u{feff}",
    "\u{a0}{}",
    "{}\u{a0}",
    "{\u{a0}}",
    "\u{2028}{}",
    "\u{3000}{}",
    "\u{85}{}",
    "{}\u{c}",
    "\u{b}{}",
    "\u{c}{}",
    "{\u{c}}",
    "\u{200b}{}",
    "{\"a\":1\u{a0}}",
];

fn as_member(value: &str) -> String {
    format!(r#"{{"x":{value}}}"#)
}

#[test]
fn y_values() {
    for value in VALUES_TO_TAKE {
        for json in [as_member(value), format!("{{ \"x\" :\t{value}\r\n}}"), inside_a_list(value)] {
            assert!(read(&json).is_ok(), "{json}");
        }
    }
}

fn inside_a_list(value: &str) -> String {
    as_member(&format!("[{value}]"))
}

#[test]
fn n_values() {
    for value in VALUES_TO_REFUSE {
        assert!(is_malformed(as_member(value)), "{value}");
        // Between other values, where what stands around cannot make it whole.
        assert!(is_malformed(format!(r#"{{"a":1,"x":{value},"b":2}}"#)), "{value}");
        if !["", ",", "]"].contains(&value) {
            assert!(is_malformed(inside_a_list(value)), "{value}");
        }
    }
}

#[test]
fn y_whole() {
    for json in WHOLE_TO_TAKE {
        assert!(read(json).is_ok(), "{json:?}");
    }
}

#[test]
fn n_whole() {
    for json in WHOLE_TO_REFUSE {
        assert!(is_malformed(json), "{json:?}");
    }
}

#[test]
fn every_text_cut_short_is_refused() {
    let json = r#"{"a":[1,-2.5e+3,true,null,"x\n\u00e9\ud83d\ude00"],"b":{"c":false},"d":""}"#;
    assert!(read(json).is_ok());
    for end in 0..json.len() {
        assert!(is_malformed(&json.as_bytes()[..end]), "{end}");
    }
}

#[test]
fn every_byte_instead_of_every_other_is_judged_as_by_serde_json() {
    let json = br#"{"a":[1,-2.5e+3,true,"\u0041\n"],"b":{}}"#;
    for at in 0..json.len() {
        for byte in 0..=255 {
            let mut changed = json.to_vec();
            changed[at] = byte;
            let _ = read(&changed);
        }
    }
}

#[test]
fn numbers_keep_their_value() {
    for (text, value) in [
        ("0", json!(0)),
        ("-0", json!(-0.0)),
        ("-0.0", json!(-0.0)),
        ("1.0", json!(1.0)),
        ("1e2", json!(100.0)),
        ("-1.5E-3", json!(-0.0015)),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("18446744073709551616", json!(18_446_744_073_709_551_616.0)),
        ("1e-400", json!(0.0)),
        ("0e999999", json!(0.0)),
        ("1.7976931348623157e308", json!(f64::MAX)),
        ("5e-324", json!(5e-324)),
    ] {
        assert_eq!(read(as_member(text)).unwrap()["x"], value, "{text}");
    }
}

// Python makes exact integers of them, so they are refused nowhere but by who needs a value.
#[test]
fn integers_may_be_of_any_size() {
    for digits in [20, 100, 308, 309, 310, 1_000, 5_000] {
        for sign in ["", "-"] {
            assert!(read(as_member(&format!("{sign}1{}", "0".repeat(digits)))).is_ok(), "{digits}");
        }
    }
    assert!(is_malformed(as_member(&format!("{}.0", "9".repeat(400)))));
}
