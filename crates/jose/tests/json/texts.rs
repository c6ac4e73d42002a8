//! Strings: escapes, Unicode, and where the chunks of eight bytes end that they are read in.

use tegata_jose::write_text;

use crate::{is_malformed, read};

/// The string that `json`, quotes included, spells.
fn text(json: &str) -> Option<String> {
    let object = read(format!(r#"{{"x":{json}}}"#)).ok()?;
    object["x"].as_str().map(str::to_owned)
}

#[test]
fn every_short_escape() {
    for (escape, letter) in [
        ("\\\"", '"'),
        ("\\\\", '\\'),
        ("\\/", '/'),
        ("\\b", '\u{8}'),
        ("\\f", '\u{c}'),
        ("\\n", '\n'),
        ("\\r", '\r'),
        ("\\t", '\t'),
    ] {
        assert_eq!(text(&format!("\"a{escape}b\"")), Some(format!("a{letter}b")), "{escape}");
    }
    for letter in (0..=127_u8).map(char::from).filter(|letter| !"\"\\/bfnrtu".contains(*letter)) {
        assert_eq!(text(&format!("\"\\{letter}\"")), None, "{letter:?}");
    }
    for letter in ['é', '日', '😀', '"', '\\'] {
        assert!(is_malformed(format!("{{\"x\":\"\\{letter}")), "{letter}");
    }
}

#[test]
fn every_code_unit_is_a_letter_or_half_of_one() {
    for unit in 0..=0xffff_u32 {
        for escape in [format!("\\u{unit:04x}"), format!("\\u{unit:04X}")] {
            let expected = char::from_u32(unit).map(String::from);
            assert_eq!(text(&format!("\"{escape}\"")), expected, "{escape}");
        }
    }
}

#[test]
fn code_units_have_four_hexadecimal_digits() {
    for bad in [
        "\\u",
        "\\u0",
        "\\u00",
        "\\u004",
        "\\u004g",
        "\\ug041",
        "\\u+041",
        "\\u-041",
        "\\u 041",
        "\\u0x41",
        "\\U0041",
        "\\u{41}",
        "\\u００４１",
        "\\x41",
        "\\u00é",
        "\\ud83d\\u",
        "\\ud83d\\ude0",
        "\\ud83d\\ude0g",
    ] {
        assert_eq!(text(&format!("\"{bad}\"")), None, "{bad}");
        assert!(is_malformed(format!("{{\"x\":\"{bad}")), "{bad}");
        assert!(is_malformed(format!("{{\"{bad}\":1}}")), "{bad}");
    }
    assert_eq!(text("\"\\u00411\"").as_deref(), Some("A1"));
}

#[test]
fn surrogate_pairs_are_one_letter() {
    for (json, expected) in [
        (r#""\ud800\udc00""#, "\u{10000}"),
        (r#""\udbff\udfff""#, "\u{10ffff}"),
        (r#""\uD83D\uDE00""#, "\u{1f600}"),
        (r#""a\ud83d\ude00b""#, "a\u{1f600}b"),
        (r#""\ud83d\ude00\ud83d\ude00""#, "\u{1f600}\u{1f600}"),
        (r#""\ud7ff\ue000""#, "\u{d7ff}\u{e000}"),
    ] {
        assert_eq!(text(json).as_deref(), Some(expected), "{json}");
    }
}

#[test]
fn half_a_surrogate_pair_is_no_text() {
    for bad in [
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        r"\ud83d\ud83d",
        r"\ude00\ud83d",
        r"\ude00\ude00",
        r"\ud83dx",
        r"\ud83d\n",
        r"\ud83d\\ude00",
        r"\ud83d \ude00",
        r"\ud83d\u0041",
        r"\ud83d\ud83d\ude00",
        r"\ud83d\ude00\ude00",
        "\\ud83d\u{1f600}",
    ] {
        for around in ["", "abcdefgh"] {
            assert_eq!(text(&format!("\"{around}{bad}{around}\"")), None, "{bad}");
            assert!(is_malformed(format!("{{\"{around}{bad}\":1}}")), "{bad}");
        }
    }
}

#[test]
fn control_characters_must_be_escaped() {
    for control in (0..0x20_u8).map(char::from) {
        for ahead in 0..20 {
            let json = format!("\"{}{control}\"", "a".repeat(ahead));
            assert_eq!(text(&json), None, "{control:?} {ahead}");
            assert!(is_malformed(format!("{{{json}:1}}")), "{control:?} {ahead}");
        }
    }
    for other in ['\u{7f}', '\u{80}', '\u{9f}', '\u{2028}', '\u{feff}', '\u{fffe}', '\u{ffff}'] {
        assert_eq!(text(&format!("\"{other}\"")), Some(other.to_string()), "{other:?}");
    }
}

#[test]
fn bytes_that_are_no_utf8_are_refused_wherever_they_stand() {
    for bad in [
        &b"\x80"[..],
        b"\xbf",
        b"\xc0\x80",
        b"\xc0\xaf",
        b"\xc1\xbf",
        b"\xc3",
        b"\xc3(",
        b"\xe0\x80\xaf",
        b"\xe2\x82",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xf0\x80\x80\xaf",
        b"\xf0\x9f\x98",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfe",
        b"\xff",
    ] {
        for (ahead, behind) in [
            (&br#"{"x":""#[..], &br#""}"#[..]),
            (br#"{"x":"12345678"#, br#"12345678"}"#),
            (br#"{""#, br#"":1}"#),
            (br#"{"x":"\n"#, br#""}"#),
            (br#"{"x":1"#, b"}"),
            (b"", b"{}"),
            (b"{}", b""),
        ] {
            assert!(is_malformed([ahead, bad, behind].concat()), "{bad:?}");
        }
    }
}

// Plain text is looked through eight bytes at a time.
#[test]
fn what_ends_plain_text_is_found_at_every_place_of_every_chunk() {
    for ahead in 0..36 {
        for filler in ["a", "\u{7f}", "é", "日", "😀", "!", "#", "[", "]", " "] {
            let plain = filler.repeat(ahead);
            assert_eq!(text(&format!("\"{plain}\"")), Some(plain.clone()));
            for (escape, letter) in [("\\n", "\n"), ("\\\\", "\\"), ("\\\"", "\"")] {
                for behind in [0, 1, 7, 8, 9] {
                    let rest = filler.repeat(behind);
                    let json = format!("\"{plain}{escape}{rest}\"");
                    assert_eq!(text(&json), Some(format!("{plain}{letter}{rest}")), "{json}");
                }
            }
        }
    }
}

#[test]
fn long_strings_come_back_whole() {
    for length in [1_000, 4_095, 4_096, 4_097, 100_000] {
        for filler in ["a", "é", "😀"] {
            let plain = filler.repeat(length);
            assert_eq!(text(&format!("\"{plain}\"")), Some(plain.clone()));
            assert_eq!(text(&format!("\"{plain}\\u0041\"")), Some(plain + "A"));
        }
        assert_eq!(text(&format!("\"{}\"", r"\u0041".repeat(length))), Some("A".repeat(length)));
        assert_eq!(text(&format!("\"{}", "a".repeat(length))), None);
    }
}

#[test]
fn what_is_written_is_read_again() {
    let all: String = (0..0x800).filter_map(char::from_u32).chain("日\u{2028}😀".chars()).collect();
    let letters = all.chars().map(String::from);
    for written in letters.chain([all.clone(), String::new(), "a".repeat(100)]) {
        let mut json = Vec::new();
        write_text(&written, &mut json);
        let json = String::from_utf8(json).unwrap();
        assert_eq!(text(&json), Some(written), "{json}");
        assert_eq!(json, serde_json::Value::from(text(&json).unwrap()).to_string());
    }
}
