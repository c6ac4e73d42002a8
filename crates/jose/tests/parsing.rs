//! What is a compact JWS of ours, and what is refused before or after its signature.

mod common;

use common::{encode, forge, hmac_sha256, secret_key, secret_keys, verify};
use tegata_jose::{Limits, TokenError, jws, jwt};

const HEADER: &str = r#"{"alg":"HS256"}"#;

fn refusal(token: &str) -> TokenError {
    verify(token, &secret_keys()).unwrap_err()
}

fn is_malformed(token: &str) -> bool {
    matches!(refusal(token), TokenError::Malformed(_))
}

/// Three parts as they are written, with a right signature.
fn sign_text(header: &str, payload: &str) -> String {
    let signing_input = format!("{header}.{payload}");
    let signature = encode(hmac_sha256(common::SECRET, &signing_input));
    format!("{signing_input}.{signature}")
}

#[test]
fn the_forger_of_these_tests_makes_good_tokens() {
    let verified = verify(&forge(HEADER, "{}"), &secret_keys()).unwrap();
    assert_eq!(verified.payload(), b"{}");
    assert_eq!(verified.header().typ, None);
    assert_eq!(verified.into_payload(), b"{}");
}

#[test]
fn only_three_parts() {
    let token = forge(HEADER, "{}");
    let (signing_input, _) = token.rsplit_once('.').unwrap();
    for bad in [
        "",
        ".",
        "..",
        "...",
        "....",
        "e30",
        signing_input,
        &format!("{token}."),
        &format!(".{token}"),
        &format!("{token}.e30"),
        &format!("{token}.."),
        &token.replacen('.', "..", 1),
    ] {
        assert!(is_malformed(bad), "{bad}");
    }
}

#[test]
fn an_encrypted_token_has_five_parts_and_is_refused() {
    let header = encode(r#"{"alg":"dir","enc":"A256GCM"}"#);
    assert!(is_malformed(&format!("{header}..AAAA.AAAA.AAAA")));
}

#[test]
fn the_json_serialization_is_refused() {
    let token = forge(HEADER, "{}");
    let parts: Vec<_> = token.split('.').collect();
    let flattened = format!(
        r#"{{"protected":"{}","payload":"{}","signature":"{}"}}"#,
        parts[0], parts[1], parts[2]
    );
    assert!(is_malformed(&flattened));
    assert!(is_malformed(r#"{"payload":"e30","signatures":[]}"#));
    assert!(is_malformed(r#"{"payload":"e30.e30.e30","signatures":[]}"#));
}

#[test]
fn empty_parts_are_refused() {
    let header = encode(HEADER);
    assert!(is_malformed(&sign_text("", "e30")));
    assert!(is_malformed(&sign_text(&header, "")));
    assert_eq!(refusal(&format!("{header}.e30.")), TokenError::BadSignature);
}

#[test]
fn only_the_canonical_base64url_is_read() {
    let (header, payload) = (encode(HEADER), encode(br#"{"a":1}"#));
    assert!(verify(&sign_text(&header, &payload), &secret_keys()).is_ok());

    // The signature is right for each of these texts, so only their spelling is against them.
    let padded = encode(r#"{"alg":"HS256","kid":1}"#);
    for (header, payload) in [
        (header.clone(), format!("{payload}==")),
        (format!("{header}="), payload.clone()),
        (format!("{padded}="), payload.clone()),
        (header.clone(), format!(" {payload}")),
        (header.clone(), format!("{payload}\n")),
        (header.clone(), payload.replacen('e', "e\t", 1)),
        (header.clone(), payload.replacen('e', "e\0", 1)),
        (header.clone(), "eyJhIjoxfR".to_owned()),
        (header.clone(), "eyJhIjoi/yJ9".to_owned()),
        (header.clone(), "eyJhIjoi+yJ9".to_owned()),
        (header.clone(), "e".to_owned()),
        (header.clone(), format!("{payload}\u{e9}")),
        (header.clone(), "%7B%7D".to_owned()),
    ] {
        assert!(is_malformed(&sign_text(&header, &payload)), "{header} {payload:?}");
    }

    let token = sign_text(&header, &payload);
    for bad in [
        format!("{token}="),
        format!("{token}\n"),
        format!("{token}\r\n"),
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\u{200b}"),
        format!("\u{feff}{token}"),
    ] {
        assert!(is_malformed(&bad), "{bad:?}");
    }
}

// The last letter of a 32-byte signature carries two bits that no byte needs.
#[test]
fn loose_bits_at_the_end_of_the_signature_are_refused() {
    let token = forge(HEADER, "{}");
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = token.split_at(token.len() - 1);
    let value = alphabet.find(last).unwrap();
    for loose in 1..4 {
        let other = &alphabet[value + loose..=value + loose];
        assert!(is_malformed(&format!("{rest}{other}")));
    }
}

#[test]
fn letters_that_are_not_ascii_are_refused() {
    let token = forge(HEADER, "{}");
    for letter in ['é', '日', '😀', '．', 'Ａ', '\u{0}', '\u{7f}'] {
        for at in [0, 5, token.len()] {
            let mut bad = token.clone();
            bad.insert(at, letter);
            assert!(is_malformed(&bad), "{letter} {at}");
        }
    }
}

#[test]
fn a_token_longer_than_the_limit_is_refused_before_anything_else() {
    let limits = Limits::default();
    assert_eq!(limits.max_token_length, 8_192);
    let too_long = TokenError::TooLong { limit: 8_192 };
    for letter in ["A", ".", "é", "\0"] {
        assert_eq!(refusal(&letter.repeat(8_193)), too_long);
    }
    assert_eq!(refusal(&".".repeat(8_193)), too_long);
    assert!(is_malformed(&".".repeat(8_192)));
}

#[test]
fn the_limit_is_the_last_length_that_is_read() {
    let token = forge(HEADER, "{}");
    let verify = |max_token_length| {
        jwt::verify(&token, &secret_keys(), &Limits { max_token_length, ..Limits::default() })
    };
    assert!(verify(token.len()).is_ok());
    let limit = token.len() - 1;
    assert_eq!(verify(limit), Err(TokenError::TooLong { limit }));
}

#[test]
fn deep_json_is_refused_in_header_and_payload() {
    let nested = |levels: usize| {
        let inner = levels - 1;
        format!(r#""x":{}{}"#, "[".repeat(inner), "]".repeat(inner))
    };
    let header = |levels| format!(r#"{{"alg":"HS256",{}}}"#, nested(levels));
    let payload = |levels| format!("{{{}}}", nested(levels));

    assert!(verify(&forge(header(16), payload(16)), &secret_keys()).is_ok());
    assert_eq!(refusal(&forge(header(17), "{}")), TokenError::TooDeep);
    assert_eq!(refusal(&forge(HEADER, payload(17))), TokenError::TooDeep);
    assert_eq!(refusal(&forge(header(1_000), "{}")), TokenError::TooDeep);

    // Never closed: the depth shows before the end does.
    let open = format!(r#"{{"x":{}"#, "[".repeat(3_000));
    assert_eq!(refusal(&forge(&open, "{}")), TokenError::TooDeep);
}

#[test]
fn invalid_utf8_is_refused_in_header_and_payload() {
    for bad in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf"] {
        let json = [br#"{"alg":"HS256","x":""#, bad, b"\"}"].concat();
        assert!(is_malformed(&forge(&json, "{}")), "{bad:?}");
        assert!(is_malformed(&forge(HEADER, &json)), "{bad:?}");
    }
    let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(is_malformed(&forge(&utf16, "{}")));
}

#[test]
fn header_and_payload_are_whole_json_objects() {
    for bad in [
        "",
        " ",
        "null",
        "true",
        "1",
        "[]",
        "\"alg\"",
        "{",
        "{}{}",
        "{\"alg\":\"HS256\"}x",
        "{\"alg\":\"HS256\",}",
        "{'alg':'HS256'}",
        "{alg:\"HS256\"}",
        "{\"alg\":\"HS256\" /* */}",
        "\u{feff}{\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"x\":NaN}",
        "{\"alg\":\"HS256\",\"x\":01}",
        "{\"alg\":\"HS256\",\"x\":\"\\ud800\"}",
        "{\"alg\":\"HS256\",\"x\":\"\n\"}",
        "[{\"alg\":\"HS256\"}]",
    ] {
        assert!(is_malformed(&forge(bad, "{}")), "header {bad}");
        assert!(is_malformed(&forge(HEADER, bad)), "payload {bad}");
    }
}

#[test]
fn white_space_inside_the_json_is_json() {
    let token = forge("\r\n{ \"alg\" :\t\"HS256\" }\n", " {\n} ");
    assert_eq!(verify(&token, &secret_keys()).unwrap().payload(), b" {\n} ");
}

#[test]
fn repeated_members_are_refused_however_they_are_spelt() {
    for bad in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"HS256","\u0061lg":"none"}"#,
        r#"{"\u0061\u006C\u0067":"HS256","a\u006cg":"none"}"#,
        r#"{"alg":"HS256","x":{"y":1,"y":1}}"#,
        r#"{"alg":"HS256","x":[[{"":1,"":2}]]}"#,
        r#"{"alg":"HS256","/":1,"\/":2}"#,
        r#"{"alg":"HS256","😀":1,"\ud83d\ude00":2}"#,
    ] {
        assert_eq!(refusal(&forge(bad, "{}")), TokenError::DuplicateMember, "header {bad}");
        assert_eq!(refusal(&forge(HEADER, bad)), TokenError::DuplicateMember, "payload {bad}");
    }
}

#[test]
fn names_that_only_look_alike_are_not_repeated() {
    let payload = "{\"a\":1,\"A\":2,\"\u{e9}\":3,\"e\u{301}\":4,\"a \":5,\"x\":{\"a\":6}}";
    assert!(verify(&forge(HEADER, payload), &secret_keys()).is_ok());
}

#[test]
fn header_members_of_a_wrong_type_are_refused() {
    for bad in [
        r"{}",
        r#"{"alg":null}"#,
        r#"{"alg":256}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":{"HS256":1}}"#,
        r#"{"ALG":"HS256"}"#,
        r#"{"alg":"HS256","kid":null}"#,
        r#"{"alg":"HS256","kid":7}"#,
        r#"{"alg":"HS256","kid":["a"]}"#,
        r#"{"alg":"HS256","typ":null}"#,
        r#"{"alg":"HS256","typ":["at+jwt"]}"#,
        r#"{"alg":"HS256","typ":{"at+jwt":1}}"#,
    ] {
        assert!(is_malformed(&forge(bad, "{}")), "{bad}");
    }
}

#[test]
fn unknown_header_members_are_left_alone() {
    let header = r#"{"alg":"HS256","cty":"JWT","x":null,"nested":{"alg":"none","crit":1}}"#;
    assert!(verify(&forge(header, "{}"), &secret_keys()).is_ok());
}

#[test]
fn the_type_is_compared_as_a_media_type() {
    let has_typ = |typ: &str| {
        let token = jws::sign(&secret_key(), Some(typ), b"{}").unwrap();
        let verified = verify(&token, &secret_keys()).unwrap();
        assert_eq!(verified.header().typ.as_deref(), Some(typ));
        verified.header().has_typ("at+jwt")
    };
    for good in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert!(has_typ(good), "{good}");
    }
    for bad in [
        "",
        "JWT",
        "at+jwt ",
        " at+jwt",
        "at+jwt;q=1",
        "rt+jwt",
        "application/",
        "application/application/at+jwt",
        "text/at+jwt",
        "at+jwtx",
        "xat+jwt",
        "applicatio\u{1f600}",
        "ａt+jwt",
    ] {
        assert!(!has_typ(bad), "{bad}");
    }
    let untyped = verify(&forge(HEADER, "{}"), &secret_keys()).unwrap();
    assert!(!untyped.header().has_typ("at+jwt"));
}
