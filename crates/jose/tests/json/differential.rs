//! Against `serde_json`: the same texts are read, and the same is read in them, apart from what this
//! reader refuses on purpose.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value};
use tegata_jose::TokenError;

use crate::common::value::compare;
use crate::read;

/// What JSON is made of, and what it nearly is made of.
const PIECES: [&str; 48] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\"a\"",
    "\"b\"",
    "\"a\":",
    "\"b\":1",
    "\"\\u0061\":",
    "\"\"",
    "0",
    "1",
    "-",
    "-0",
    "-1",
    "01",
    "1.5",
    ".",
    "1e5",
    "e",
    "E+",
    "1e308",
    "1e309",
    "18446744073709551616",
    "true",
    "false",
    "null",
    "nul",
    "NaN",
    " ",
    "\n",
    "\t",
    "\u{c}",
    "\u{a0}",
    "\u{feff}",
    "\0",
    "\\u",
    "\\u00e9",
    "\\ud83d",
    "\\ude00",
    "é",
    "😀",
    "\u{7f}",
    "/",
];

fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~]{0,12}".prop_map(|text| text.replace(['"', '\\'], "x")),
        2 => select(vec![r"\n", r#"\""#, r"\\", r"\/", r"\b", r"\f", r"\r", r"\t", r"\u0061",
                         r"\uD83D\uDE00", r"\u00e9", r"\u0000"]).prop_map(str::to_owned),
        1 => select(vec!["é", "日本", "😀", "\u{7f}"]).prop_map(str::to_owned),
        1 => select(vec![r"\ud800", r"\u12", r"\x", "\u{1}"]).prop_map(str::to_owned),
    ];
    vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn good_string() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..8).prop_map(|text| Value::from(String::from_iter(text)).to_string())
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| format!("{number:e}")),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?",
    ]
}

fn space() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(String::new()), 1 => "[ \t\r\n]{1,3}"]
}

/// The text of a value in every spelling that the grammar has.
fn value(text: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        select(vec!["null", "true", "false"]).prop_map(str::to_owned),
        number(),
        text.clone(),
    ];
    leaf.prop_recursive(4, 16, 4, move |inner| {
        let item = (space(), inner.clone(), space())
            .prop_map(|(before, value, after)| before + &value + &after)
            .boxed();
        let member = (space(), text.clone(), space(), item.clone())
            .prop_map(|(before, name, after, value)| format!("{before}{name}{after}:{value}"));
        prop_oneof![
            vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

fn object(text: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    let member = (space(), text.clone(), space(), value(text))
        .prop_map(|(before, name, after, value)| format!("{before}{name}:{after}{value}"));
    (space(), vec(member, 0..4), space())
        .prop_map(|(before, members, after)| format!("{before}{{{}}}{after}", members.join(",")))
}

/// A change of bytes somewhere: one replaced, taken out, put in, or a piece of JSON in its place.
#[derive(Clone, Debug)]
enum Change {
    Replace(Index, u8),
    Remove(Index),
    Insert(Index, u8),
    Splice(Index, &'static str),
    Repeat(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        any::<Index>().prop_map(Change::Remove),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        (any::<Index>(), select(PIECES.to_vec())).prop_map(|(at, piece)| Change::Splice(at, piece)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Repeat(from, to)),
    ]
}

fn apply(change: &Change, json: &mut Vec<u8>) {
    if json.is_empty() {
        return;
    }
    let length = json.len();
    match change {
        Change::Replace(at, byte) => json[at.index(length)] = *byte,
        Change::Remove(at) => {
            json.remove(at.index(length));
        }
        Change::Insert(at, byte) => json.insert(at.index(length), *byte),
        Change::Splice(at, piece) => {
            let at = at.index(length);
            json.splice(at..at, piece.bytes());
        }
        Change::Repeat(from, to) => {
            let (from, to) = (from.index(length), to.index(length));
            let piece = json[from.min(to)..from.max(to)].to_vec();
            json.splice(to..to, piece);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..60)) {
        let _ = read(&bytes);
        let _ = read([b"{".as_slice(), &bytes, b"}"].concat());
        let _ = read([br#"{"a":"#.as_slice(), &bytes, b"}"].concat());
        let _ = read([br#"{"a":""#.as_slice(), &bytes, br#""}"#].concat());
    }

    #[test]
    fn any_pieces_of_json(pieces in vec(select(PIECES.to_vec()), 0..16)) {
        let text = pieces.concat();
        let _ = read(&text);
        let _ = read(format!("{{{text}}}"));
        let _ = read(format!("{{\"a\":{text}}}"));
        let _ = read(format!("{{\"a\":\"{text}\"}}"));
    }

    #[test]
    fn any_value_in_any_spelling(json in object(string().boxed())) {
        let _ = read(&json);
    }

    #[test]
    fn any_good_object_with_unique_names_is_read(json in object(good_string().boxed())) {
        // A number may be too large for anybody; any other refusal `read` has compared already.
        let is_read = matches!(read(&json), Ok(_) | Err(TokenError::DuplicateMember));
        let is_too_large = serde_json::from_str::<Map<String, Value>>(&json)
            .is_err_and(|error| error.to_string().starts_with("number out of range"));
        prop_assert!(is_read || is_too_large);
    }

    #[test]
    fn any_changes_of_a_good_object(
        json in object(good_string().boxed()),
        changes in vec(change(), 1..4),
        max_depth in 1..8_usize,
    ) {
        let mut json = json.into_bytes();
        for change in &changes {
            apply(change, &mut json);
        }
        let _ = read(&json);
        let _ = compare(&json, max_depth);
    }

    #[test]
    fn any_number(number in "-?[0-9]{0,22}\\.?[0-9]{0,22}[eE]?[+-]?[0-9]{0,3}") {
        let _ = read(format!("{{\"x\":{number}}}"));
    }

    #[test]
    fn any_escapes(escapes in vec("\\\\u[dD][89a-fA-F][0-9a-f]{2}|\\\\u[0-9a-fA-F]{3,4}|\\\\[\"\\\\/bfnrtux]|.", 0..6)) {
        let escapes = escapes.concat();
        let _ = read(format!("{{\"x\":\"{escapes}\"}}"));
        let _ = read(format!("{{\"{escapes}\":1,\"a\":2}}"));
    }
}
