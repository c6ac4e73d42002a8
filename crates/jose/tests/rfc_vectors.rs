//! The examples that the RFCs publish. `vectors/README.md` names each source.

mod common;

use common::{encode, vectors, verifier, verify};
use serde_json::{Value, json};
use tegata_jose::{Algorithm, Key, KeyError, KeySet, Limits, TokenError, jws};

const RFC7515_CLAIMS: &[u8] =
    b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

fn rfc7515_verifies(id: &str, algorithm: Algorithm) {
    let all = vectors("rfc/rfc7515_appendix_a.json");
    let vector = all.as_array().unwrap().iter().find(|vector| vector["id"] == id).unwrap();
    assert_eq!(vector["alg"], algorithm.name());
    let keys = verifier(Key::from_jwk(&vector["jwk"].to_string(), Some(algorithm)).unwrap());
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
    let all = vectors("rfc/rfc7515_appendix_a.json");
    let mut jwk = all[2]["jwk"].clone();
    let private = Key::from_jwk(&jwk.to_string(), Some(Algorithm::Es256)).unwrap();
    jwk.as_object_mut().unwrap().remove("d").unwrap();
    let public = Key::from_jwk(&jwk.to_string(), Some(Algorithm::Es256)).unwrap();

    let token = jws::sign(&private, None, b"{}").unwrap();
    assert!(!public.can_sign());
    assert!(verify(&token, &verifier(public)).is_ok());
}

#[test]
fn rfc7517_a1_a_public_set() {
    let set = vectors("rfc/rfc7517_appendix_a.json")["A.1"].to_string();
    let keys = KeySet::from_jwks(&set).unwrap();
    // The first is for encryption.
    assert_eq!(keys.keys().len(), 1);
    let key = &keys.keys()[0];
    assert_eq!((key.algorithm(), key.kid()), (Algorithm::Rs256, Some("2011-04-29")));
    assert!(!key.can_sign());
}

#[test]
fn rfc7517_a2_the_same_keys_with_their_private_parts() {
    let all = vectors("rfc/rfc7517_appendix_a.json");
    let private = all["A.2"].to_string();
    let refusal = KeySet::from_jwks(&private).unwrap_err();
    assert_eq!(refusal, KeyError::PrivateInPublicSet { index: 0, kid: Some("1".to_owned()) });
    let own = KeySet::from_private_jwks(&private).unwrap();
    let token = jws::sign(own.signing_key().unwrap(), None, b"{}").unwrap();
    let public = KeySet::from_jwks(&all["A.1"].to_string()).unwrap();
    assert!(verify(&token, &public).is_ok());

    // For encryption it is said to be, but the EC key is whole.
    let mut ec = all["A.2"]["keys"][0].clone();
    ec.as_object_mut().unwrap().remove("use").unwrap();
    assert!(Key::from_jwk(&ec.to_string(), None).unwrap().can_sign());
}

#[test]
fn rfc7517_a3_secrets() {
    let all = vectors("rfc/rfc7517_appendix_a.json");
    let secrets = all["A.3"].to_string();
    assert!(matches!(
        KeySet::from_jwks(&secrets),
        Err(KeyError::PrivateInPublicSet { index: 0, kid: None })
    ));
    // One is for wrapping keys, and the other does not say what it is for.
    let hmac = all["A.3"]["keys"][1].to_string();
    let wrapping = Key::from_jwk(&all["A.3"]["keys"][0].to_string(), Some(Algorithm::Hs256));
    assert!(matches!(wrapping, Err(KeyError::Jwk { member: "alg", .. })));
    assert!(Key::from_jwk(&hmac, None).is_err());
    let key = Key::from_jwk(&hmac, Some(Algorithm::Hs256)).unwrap();
    assert_eq!(key.kid(), Some("HMAC key used in JWS spec Appendix A.1 example"));
    let example = vectors("rfc/rfc7515_appendix_a.json")[0]["jws"].as_str().unwrap().to_owned();
    assert!(verify(&example, &KeySet::new(vec![key]).unwrap()).is_ok());
}

/// The token verifies as a JWS and gives back `payload`, which is no JSON and so no JWT; with
/// another payload it does not verify.
fn verifies(token: &str, jwk: &Value, algorithm: Algorithm, payload: &str) {
    let keys = verifier(Key::from_jwk(&jwk.to_string(), Some(algorithm)).unwrap());
    let verified = jws::verify(token, &keys, &Limits::default()).unwrap();
    assert_eq!(verified.payload(), payload.as_bytes());
    assert_eq!(verified.header().alg, algorithm);
    assert!(matches!(verify(token, &keys), Err(TokenError::Malformed(_))));

    let parts: Vec<_> = token.split('.').collect();
    let changed = format!("{}.{}.{}", parts[0], encode("Example of forgery"), parts[2]);
    let refusal = jws::verify(&changed, &keys, &Limits::default());
    assert_eq!(refusal, Err(TokenError::BadSignature));
}

fn rfc7520_verifies(id: &str, algorithm: Algorithm) -> Value {
    let all = vectors("rfc/rfc7520.json");
    let vector = all.as_array().unwrap().iter().find(|vector| vector["id"] == id).unwrap();
    assert_eq!(vector["alg"], algorithm.name());
    let payload = "It\u{2019}s a dangerous business, Frodo, going out your door. You step onto the \
                   road, and if you don't keep your feet, there\u{2019}s no knowing where you might \
                   be swept off to.";
    verifies(vector["jws"].as_str().unwrap(), &vector["jwk"], algorithm, payload);
    vector.clone()
}

#[test]
fn rfc7520_4_1_rs256() {
    rfc7520_verifies("4.1", Algorithm::Rs256);
}

#[test]
fn rfc7520_4_2_ps384() {
    rfc7520_verifies("4.2", Algorithm::Ps384);
}

#[test]
fn rfc7520_4_3_es512() {
    rfc7520_verifies("4.3", Algorithm::Es512);
}

#[test]
fn rfc7520_4_4_hs256() {
    rfc7520_verifies("4.4", Algorithm::Hs256);
}

#[test]
fn rfc7520_4_5_detached_content_is_refused_until_it_is_put_back() {
    let vector = rfc7520_verifies("4.5", Algorithm::Hs256);
    let keys = verifier(Key::from_jwk(&vector["jwk"].to_string(), Some(Algorithm::Hs256)).unwrap());
    let refusal = jws::verify(vector["detached"].as_str().unwrap(), &keys, &Limits::default());
    assert_eq!(refusal, Err(TokenError::BadSignature));
}

// In the RFC an unprotected header carries the `kid`. The compact form has no such header, and
// without it the signature is the same.
#[test]
fn rfc7520_4_6_hs256_without_its_unprotected_header() {
    rfc7520_verifies("4.6", Algorithm::Hs256);
}

#[test]
fn another_librarys_tokens_of_the_algorithms_that_no_rfc_shows() {
    let all = vectors("made/jws.json");
    let mut made = vec![];
    for vector in all.as_array().unwrap() {
        let algorithm: Algorithm = vector["alg"].as_str().unwrap().parse().unwrap();
        let token = vector["jws"].as_str().unwrap();
        verifies(token, &vector["jwk"], algorithm, "No RFC has an example of this algorithm.");
        let key = Key::from_jwk(&vector["jwk"].to_string(), Some(algorithm)).unwrap();
        assert_eq!(key.kid(), vector["thumbprint"].as_str(), "{algorithm}");
        made.push(algorithm);
    }
    // With the tests above, one that another made for every algorithm.
    let shown = [
        Algorithm::EdDsa,
        Algorithm::Es256,
        Algorithm::Es512,
        Algorithm::Hs256,
        #[cfg(feature = "ml-dsa")]
        Algorithm::MlDsa44,
        #[cfg(feature = "ml-dsa")]
        Algorithm::MlDsa65,
        #[cfg(feature = "ml-dsa")]
        Algorithm::MlDsa87,
        Algorithm::Ps384,
        Algorithm::Rs256,
    ];
    for algorithm in Algorithm::ALL {
        assert!(shown.contains(&algorithm) != made.contains(&algorithm), "{algorithm}");
    }
}

#[test]
fn rfc8037_a4_a5_ed25519_signature() {
    let vector = vectors("rfc/rfc8037_appendix_a.json");
    for member in ["public", "private"] {
        let payload = vector["payload"].as_str().unwrap();
        verifies(vector["jws"].as_str().unwrap(), &vector[member], Algorithm::EdDsa, payload);
    }
}

// Ed25519 signs the signing input alone (RFC 8032), so under the name of RFC 9864 the key of
// RFC 8037 gives these very bytes; joserfc made them.
#[test]
fn rfc9864_ed25519_signs_deterministically() {
    let private = &vectors("rfc/rfc8037_appendix_a.json")["private"];
    let key = Key::from_jwk(&private.to_string(), Some(Algorithm::Ed25519)).unwrap();
    let token = jws::sign(&key, None, br#"{"sub":"alice"}"#).unwrap();
    assert_eq!(
        token,
        "eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoia1ByS19xbXhWV2FZVkE5d3dCRjZJdW8zdlZ6ejdUeEhDVHdYQnlnclM0ayJ9.eyJzdWIiOiJhbGljZSJ9.fd4RFwZvHuAhiZqTDlp9pP7gWuRlzg6sAjHOiGczSfi5mllH2uXSOVMjkoXEpke_SSFhAo7xjyKYzDqzP62CBw"
    );
}

// Ed25519 signatures are deterministic, so the key of A.1 has to give these very bytes, made with
// another library (Python's cryptography).
#[test]
fn rfc8037_a1_private_key_signs_deterministically() {
    let vector = vectors("rfc/rfc8037_appendix_a.json");
    let key = Key::from_jwk(&vector["private"].to_string(), Some(Algorithm::EdDsa)).unwrap();
    let token = jws::sign(&key, None, br#"{"sub":"alice"}"#).unwrap();
    assert_eq!(
        token,
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImtQcktfcW14VldhWVZBOXd3QkY2SXVvM3ZWeno3VHhIQ1R3WEJ5Z3JTNGsifQ.eyJzdWIiOiJhbGljZSJ9._2YuuuAVSAj5WRP4Kw0PWpBEOiEx60M157kuafX03EAjXPMjdumTAH94IaNU_Qk4PU1hikizKY8o6NQruD_jBQ"
    );
}

#[cfg(feature = "ml-dsa")]
#[test]
fn rfc9964_a1_ml_dsa() {
    for vector in vectors("rfc/rfc9964_appendix_a.json").as_array().unwrap() {
        let algorithm = vector["alg"].as_str().unwrap().parse().unwrap();
        let payload = "It\u{2019}s a dangerous business, Frodo, going out your door.";
        verifies(vector["jws"].as_str().unwrap(), &vector["jwk"], algorithm, payload);

        // The `kid` of each is its thumbprint, and the public half needs no private one.
        let mut jwk = vector["jwk"].clone();
        let kid = jwk.as_object_mut().unwrap().remove("kid").unwrap();
        let private = Key::from_jwk(&jwk.to_string(), None).unwrap();
        jwk.as_object_mut().unwrap().remove("priv").unwrap();
        let public = Key::from_jwk(&jwk.to_string(), None).unwrap();
        assert_eq!([private.kid(), public.kid()], [kid.as_str(); 2], "{algorithm}");
        verifies(vector["jws"].as_str().unwrap(), &jwk, algorithm, payload);
        assert_eq!((private.can_sign(), public.can_sign()), (true, false));
    }
}

#[test]
fn rfc8037_a3_thumbprint() {
    let vector = vectors("rfc/rfc8037_appendix_a.json");
    let key = Key::from_jwk(&vector["public"].to_string(), Some(Algorithm::EdDsa)).unwrap();
    assert_eq!(key.kid(), vector["thumbprint"].as_str());
}

#[test]
fn rfc7638_section_3_1_thumbprint() {
    let vector = vectors("rfc/rfc7638_section_3_1.json");
    let mut jwk = vector["jwk"].clone();
    assert_eq!(jwk["kid"], json!("2011-04-29"));
    let named = Key::from_jwk(&jwk.to_string(), Some(Algorithm::Rs256)).unwrap();
    assert_eq!(named.kid(), Some("2011-04-29"));

    jwk.as_object_mut().unwrap().remove("kid");
    let unnamed = Key::from_jwk(&jwk.to_string(), Some(Algorithm::Rs256)).unwrap();
    assert_eq!(unnamed.kid(), vector["thumbprint"].as_str());
}
