//! Origins and subprotocols of a WebSocket's handshake: whose page it was is told a second time.

use tegata::{handshake_protocol, handshake_token, is_allowed_origin};

const OWN: &str = "https://shop.example";

/// `data` is an origin or, split at its commas, what a client offers.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };

    let folded = text.to_ascii_lowercase();
    let is_own = ["https://shop.example", "https://shop.example:443", "wss://shop.example"]
        .contains(&folded.as_str());
    let is_allowed = is_allowed_origin(Some(text), OWN, &[]);
    // Leading zeros make the same port of other digits.
    if is_own && text.starts_with(['h', 'w']) {
        assert_eq!(is_allowed, text.starts_with("https://") || text.starts_with("wss://"));
    }
    if is_allowed {
        let host = folded.split("://").nth(1).unwrap();
        let (name, port) = host.split_once(':').unwrap_or((host, "443"));
        assert_eq!((name, port.parse()), ("shop.example", Ok(443_u16)));
    }
    // What is no origin is not let in by being named as one.
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    if scheme.is_empty() || rest.contains(['/', '@', '?', '#', ' ', ',', '*']) {
        assert!(!is_allowed_origin(Some(text), text, &[text]));
    }

    let offered: Vec<&str> = text.split(',').map(|each| each.trim_matches(' ')).collect();
    let bearers: Vec<&str> =
        offered.iter().filter_map(|each| each.strip_prefix("bearer.")).collect();
    match handshake_token(&offered) {
        Ok(token) => {
            assert_eq!(bearers, [token]);
            assert!(!token.is_empty() && !token.contains([' ', ',', '"', '\r', '\n', '=']));
        }
        Err(refusal) => assert_eq!(refusal.code() == "missing_token", bearers.is_empty()),
    }
    // The token is never selected.
    if let Some(selected) = handshake_protocol(&offered) {
        assert!(offered.contains(&selected) && !selected.starts_with("bearer."));
    }
}
