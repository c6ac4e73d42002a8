//! The examples that the RFCs publish. `vectors/README.md` names each source.

mod common;

use common::{decode, encode, rfc, verifier, verify};
use serde_json::{Value, json};
use tegata_jose::{Algorithm, Key, TokenError, jws};

const RFC7515_CLAIMS: &[u8] =
    b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

fn rfc7515_verifies(id: &str, algorithm: Algorithm) {
    let vectors = rfc("rfc7515_appendix_a.json");
    let vector = vectors.as_array().unwrap().iter().find(|vector| vector["id"] == id).unwrap();
    assert_eq!(vector["alg"], algorithm.name());
    let keys = verifier(Key::from_jwk(&vector["jwk"].to_string(), algorithm).unwrap());
    let token = vector["jws"].as_str().unwrap();

    let verified = verify(token, &keys).unwrap();
    assert_eq!(verified.payload(), RFC7515_CLAIMS);
    assert_eq!(verified.header().alg, algorithm);
    assert_eq!(verified.header().kid, None);

    let parts: Vec<_> = token.split('.').collect();
    let changed = format!("{}.{}.{}", parts[0], encode(r#"{"iss":"eve"}"#), parts[2]);
    assert_eq!(verify(&changed, &keys), Err(TokenError::BadSignature));
}

#[test]
fn rfc7515_a1_hs256() {
    rfc7515_verifies("A.1", Algorithm::Hs256);
}

#[test]
fn rfc7515_a2_rs256() {
    rfc7515_verifies("A.2", Algorithm::Rs256);
}

#[test]
fn rfc7515_a3_es256() {
    rfc7515_verifies("A.3", Algorithm::Es256);
}

#[test]
fn rfc7515_a3_private_key_signs_for_its_public_key() {
    let vectors = rfc("rfc7515_appendix_a.json");
    let mut jwk = vectors[2]["jwk"].clone();
    let private = Key::from_jwk(&jwk.to_string(), Algorithm::Es256).unwrap();
    jwk.as_object_mut().unwrap().remove("d").unwrap();
    let public = Key::from_jwk(&jwk.to_string(), Algorithm::Es256).unwrap();

    let token = jws::sign(&private, None, b"{}").unwrap();
    assert!(!public.can_sign());
    assert!(verify(&token, &verifier(public)).is_ok());
}

// The payload of A.4 is a sentence. That its signature verified shows in the refusal: a payload
// is looked at only afterwards.
#[test]
fn rfc8037_a4_a5_ed25519_signature() {
    let vector = rfc("rfc8037_appendix_a.json");
    let token = vector["jws"].as_str().unwrap();
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(decode(parts[1]), vector["payload"].as_str().unwrap().as_bytes());

    for member in ["public", "private"] {
        let key = Key::from_jwk(&vector[member].to_string(), Algorithm::EdDsa).unwrap();
        let keys = verifier(key);
        assert!(matches!(verify(token, &keys), Err(TokenError::Malformed(_))));

        let changed = format!("{}.{}.{}", parts[0], encode("Example of forgery"), parts[2]);
        assert_eq!(verify(&changed, &keys), Err(TokenError::BadSignature));
    }
}

// Ed25519 signatures are deterministic, so the key of A.1 has to give these very bytes, made with
// another library (Python's cryptography).
#[test]
fn rfc8037_a1_private_key_signs_deterministically() {
    let vector = rfc("rfc8037_appendix_a.json");
    let key = Key::from_jwk(&vector["private"].to_string(), Algorithm::EdDsa).unwrap();
    let token = jws::sign(&key, None, br#"{"sub":"alice"}"#).unwrap();
    assert_eq!(
        token,
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImtQcktfcW14VldhWVZBOXd3QkY2SXVvM3ZWeno3VHhIQ1R3WEJ5Z3JTNGsifQ.eyJzdWIiOiJhbGljZSJ9._2YuuuAVSAj5WRP4Kw0PWpBEOiEx60M157kuafX03EAjXPMjdumTAH94IaNU_Qk4PU1hikizKY8o6NQruD_jBQ"
    );
}

#[test]
fn rfc8037_a3_thumbprint() {
    let vector = rfc("rfc8037_appendix_a.json");
    let key = Key::from_jwk(&vector["public"].to_string(), Algorithm::EdDsa).unwrap();
    assert_eq!(key.kid(), vector["thumbprint"].as_str());
}

#[test]
fn rfc7638_section_3_1_thumbprint() {
    let vector = rfc("rfc7638_section_3_1.json");
    let mut jwk = vector["jwk"].clone();
    assert_eq!(jwk["kid"], json!("2011-04-29"));
    let named = Key::from_jwk(&jwk.to_string(), Algorithm::Rs256).unwrap();
    assert_eq!(named.kid(), Some("2011-04-29"));

    jwk["kid"] = Value::Null;
    let unnamed = Key::from_jwk(&jwk.to_string(), Algorithm::Rs256).unwrap();
    assert_eq!(unnamed.kid(), vector["thumbprint"].as_str());
}
