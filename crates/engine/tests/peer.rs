//! Tokens that another library makes for this site, with the same key and settings.

mod common;

use common::{LOGIN, SECOND, after, engine, key, other_key};
use serde_json::{Value, json};
use tegata::{KeySet, PeerTokens, Tenant};
use tegata_jose::jws;

fn peer() -> PeerTokens {
    let keys = KeySet::new(vec![key()]).unwrap();
    PeerTokens { keys, typ: "JWT".to_owned(), issuer: None, audience: vec![] }
}

fn claims() -> Value {
    json!({"type": "access", "user_id": 1, "jti": "5f2c", "exp": LOGIN.seconds() + 60})
}

fn sign(typ: Option<&str>, claims: &Value) -> String {
    jws::sign(&key(), typ, claims.to_string().as_bytes()).unwrap()
}

fn is_read(peer: &PeerTokens, claims: &Value) -> bool {
    let token = sign(Some("JWT"), claims);
    engine().read_peer(LOGIN, peer, &token, Some(&["access"]), None, false).is_some()
}

#[test]
fn it_is_read_as_it_was_signed() {
    let token = sign(Some("JWT"), &claims());
    for accepted in [Some(&["sliding", "access"][..]), None] {
        let read = engine().read_peer(LOGIN, &peer(), &token, accepted, None, false).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&read).unwrap(), claims());
    }
    assert!(engine().read_peer(LOGIN, &peer(), &token, Some(&[]), None, false).is_none());
}

#[test]
fn what_only_looks_like_one() {
    for (claim, values) in [
        ("type", vec![Value::Null, json!(["access"]), json!({}), json!("refresh")]),
        ("user_id", vec![Value::Null, json!(true), json!([1]), json!(1.5)]),
        ("jti", vec![Value::Null, json!(1)]),
        ("exp", vec![Value::Null, json!("soon"), json!(1), json!(-1)]),
        ("iat", vec![json!("now"), json!(LOGIN.seconds() + 60)]),
        ("nbf", vec![json!([]), json!(LOGIN.seconds() + 60)]),
        ("aud", vec![json!("api"), json!([]), json!(1)]),
        ("tenant", vec![json!("acme"), json!(1)]),
    ] {
        for value in values {
            let mut bad = claims();
            bad[claim] = value;
            assert!(!is_read(&peer(), &bad), "{bad}");
        }
        if claims().get(claim).is_some() {
            let mut bad = claims();
            bad.as_object_mut().unwrap().remove(claim);
            assert!(!is_read(&peer(), &bad), "{bad}");
        }
    }
    for typ in [None, Some("at+jwt"), Some("rt+jwt"), Some("own+jwt")] {
        let token = sign(typ, &claims());
        assert!(engine().read_peer(LOGIN, &peer(), &token, None, None, false).is_none());
    }
    let others = PeerTokens { keys: KeySet::new(vec![other_key()]).unwrap(), ..peer() };
    assert!(!is_read(&others, &claims()));
    let token = sign(Some("JWT"), &json!([]));
    assert!(engine().read_peer(LOGIN, &peer(), &token, None, None, false).is_none());
}

#[test]
fn issuer_and_audience_where_the_site_has_them() {
    let named = PeerTokens {
        issuer: Some("https://site.example".to_owned()),
        audience: vec!["api".to_owned(), "app".to_owned()],
        ..peer()
    };
    let mut good = claims();
    good["iss"] = json!("https://site.example");
    good["aud"] = json!(["web", "app"]);
    assert!(is_read(&named, &good));
    for (claim, value) in [("iss", json!("https://site.example/")), ("aud", json!(["web"]))] {
        let mut bad = good.clone();
        bad[claim] = value;
        assert!(!is_read(&named, &bad), "{bad}");
        bad.as_object_mut().unwrap().remove(claim);
        assert!(!is_read(&named, &bad), "{bad}");
    }
}

#[test]
fn times_and_tenants() {
    let token = sign(Some("JWT"), &claims());
    let read = |at, allow_expired| {
        engine().read_peer(at, &peer(), &token, None, None, allow_expired).is_some()
    };
    assert!(read(after(69 * SECOND), false));
    assert!(!read(after(70 * SECOND), false));
    assert!(read(after(70 * SECOND), true));
    let acme = Tenant::new("acme").unwrap();
    assert!(engine().read_peer(LOGIN, &peer(), &token, None, Some(&acme), false).is_none());
    let mut bound = claims();
    bound["tenant"] = json!("acme");
    let bound = sign(Some("JWT"), &bound);
    assert!(engine().read_peer(LOGIN, &peer(), &bound, None, Some(&acme), false).is_some());
    assert!(engine().read_peer(LOGIN, &peer(), &bound, None, None, false).is_none());
}
