//! Which issuers can be looked up, where, and what is found there (RFC 8414).

use proptest::prelude::*;
use serde_json::{Value, json};
use tegata::{Issuer, MetadataPaths, Scopes};

fn issuer(text: &str) -> Issuer {
    text.parse().unwrap()
}

#[test]
fn the_well_known_path_stands_in_front_of_the_issuer_s_own() {
    let root = "/.well-known/oauth-authorization-server";
    for (text, path) in [
        ("https://example.org", ""),
        ("https://example.org/", ""),
        ("https://example.org:8443", ""),
        ("https://example.org/issuer1", "/issuer1"),
        ("https://example.org/issuer1/", "/issuer1"),
        ("https://example.org/a/b%20c", "/a/b%20c"),
    ] {
        assert_eq!(issuer(text).metadata_path(), format!("{root}{path}"), "{text}");
        assert_eq!(issuer(text).as_str(), text);
    }
}

#[test]
fn issuers_that_nobody_can_look_up() {
    for text in [
        "",
        "tegata",
        "http://example.org",
        "HTTPS://example.org",
        "https:/example.org",
        "https://",
        "https:///path",
        "https://:443",
        "https://example.org?tenant=1",
        "https://example.org/#top",
        "https://user@example.org",
        "https://example.org/a b",
        "https://example.org/\n",
        "https://example.org/\"",
        "https://exämple.org",
        "https://example.org/../admin",
        "https://example.org/.",
    ] {
        assert!(text.parse::<Issuer>().is_err(), "{text}");
    }
}

#[test]
fn metadata_with_and_without_a_token_endpoint() {
    let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    let paths = MetadataPaths { jwks: "/.well-known/jwks.json", ..MetadataPaths::default() };
    let metadata = read(issuer("https://example.org/shop").metadata(paths, None));
    assert_eq!(
        metadata,
        json!({
            "issuer": "https://example.org/shop",
            "jwks_uri": "https://example.org/.well-known/jwks.json",
            "grant_types_supported": [],
            "response_types_supported": [],
        })
    );

    let scopes: Scopes = "read write".parse().unwrap();
    let paths = MetadataPaths { token: Some("/api/auth/token/"), ..paths };
    let metadata = read(issuer("https://example.org").metadata(paths, Some(&scopes)));
    assert_eq!(
        metadata,
        json!({
            "issuer": "https://example.org",
            "jwks_uri": "https://example.org/.well-known/jwks.json",
            "token_endpoint": "https://example.org/api/auth/token/",
            "token_endpoint_auth_methods_supported": ["none"],
            "grant_types_supported": ["password"],
            "response_types_supported": [],
            "scopes_supported": ["read", "write"],
        })
    );
}

#[test]
fn metadata_says_where_registered_clients_ask_and_how_they_say_who_they_are() {
    let paths = MetadataPaths {
        jwks: "/.well-known/jwks.json",
        introspection: Some("/oauth/introspect"),
        revocation: Some("/oauth/revoke"),
        ..MetadataPaths::default()
    };
    let text = issuer("https://example.org/shop").metadata(paths, None);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    for (name, path) in [("introspection", "introspect"), ("revocation", "revoke")] {
        let url = format!("https://example.org/oauth/{path}");
        assert_eq!(metadata[format!("{name}_endpoint")], url);
        assert_eq!(
            metadata[format!("{name}_endpoint_auth_methods_supported")],
            json!(["client_secret_basic", "client_secret_post"])
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_read_is_a_url_of_one_host(text in "https://[ -~]{0,40}|\\PC{0,20}") {
        let Ok(issuer) = text.parse::<Issuer>() else { return Ok(()) };
        prop_assert_eq!(issuer.as_str(), &text);
        prop_assert!(text.starts_with(issuer.origin()));
        prop_assert!(!issuer.origin()["https://".len()..].contains('/'));
        prop_assert!(issuer.metadata_path().starts_with("/.well-known/"));
        prop_assert!(!issuer.metadata_path().contains(['?', '#', ' ']));
        let metadata = issuer.metadata(MetadataPaths::default(), None);
        let read: Value = serde_json::from_str(&metadata).unwrap();
        prop_assert_eq!(read["issuer"].as_str(), Some(text.as_str()));
    }
}
