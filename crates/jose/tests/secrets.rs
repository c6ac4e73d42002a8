//! What becomes a secret, and what does not.

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{
    FAMILIES, SECRET, SECRETS, armoured, asymmetric, der, is_unusable, pem, public_jwk, verifier,
    verify,
};
use serde_json::json;
use tegata_jose::{Algorithm, Key, KeyError, TokenError, jws};

#[test]
fn empty_and_short_secrets_are_refused() {
    for (algorithm, least) in SECRETS {
        for actual in [0, 1, least - 1] {
            let expected = KeyError::ShortSecret { algorithm, least, actual };
            let raw = vec![b'x'; actual];
            assert_eq!(Key::from_secret(&raw, algorithm).unwrap_err(), expected);
            if actual > 0 {
                let jwk = json!({"kty": "oct", "k": common::encode(&raw)});
                assert_eq!(Key::from_jwk(&jwk.to_string(), Some(algorithm)).unwrap_err(), expected);
            }
        }
        assert!(Key::from_secret(&vec![b'x'; least], algorithm).is_ok());
    }
}

#[test]
fn a_secret_is_no_key_for_an_asymmetric_algorithm() {
    for algorithm in asymmetric() {
        assert!(is_unusable(Key::from_secret(SECRET, algorithm), algorithm));
        assert!(is_unusable(Key::derive(SECRET, b"label", algorithm), algorithm));
    }
}

// Made with Python's hmac and hashlib from the formulas of RFC 5869 and RFC 7515: a change of the
// derivation would log everybody out, so it must not happen unnoticed.
#[test]
fn derived_keys_never_change() {
    for (algorithm, token) in [
        (Algorithm::Hs256, "eyJhbGciOiJIUzI1NiJ9.e30.cinkN9WXYGujB0MThqW3hMmsYzkUwh73U6pwc0tvry0"),
        (
            Algorithm::Hs384,
            "eyJhbGciOiJIUzM4NCJ9.e30.MpHysz5H61TahushAjTrVlA-EpFyDdPtzTTng3yWeLLoQrZYRqCnHc9Np0PlehAd",
        ),
        (
            Algorithm::Hs512,
            "eyJhbGciOiJIUzUxMiJ9.e30.qLwdxZ2ujvaUugVmvSM2361tufL5AInJa7hB-c4fZ4_qf9gL_SdOCIU_H-C66dTBg6GmG5_vXc0gBknRGz0W_A",
        ),
    ] {
        let key = Key::derive(b"django-insecure-example", b"example label v1", algorithm).unwrap();
        assert_eq!(jws::sign(&key, None, b"{}").unwrap(), token);
    }
}

#[test]
fn derived_keys_differ_by_secret_and_by_label() {
    let derive =
        |secret: &[u8], label: &[u8]| Key::derive(secret, label, Algorithm::Hs256).unwrap();
    let token = jws::sign(&derive(b"one", b"label"), None, b"{}").unwrap();
    assert!(verify(&token, &verifier(derive(b"one", b"label"))).is_ok());
    for other in [derive(b"two", b"label"), derive(b"one", b"other"), derive(b"onel", b"abel")] {
        assert_eq!(verify(&token, &verifier(other)), Err(TokenError::BadSignature));
    }
}

fn without_armour(name: &str) -> String {
    let text = pem(name);
    text.lines().filter(|line| !line.starts_with("-----")).collect::<Vec<_>>().join("\n")
}

// They look a little like keys, and only a little: all of these are good secrets.
#[test]
fn secrets_that_are_no_public_key_are_taken() {
    for secret in [
        "{\"not\": \"a key, merely JSON of 32 letters\"}",
        "my-ssh-passphrase-is-thirty-two-l",
        "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A, or so",
    ] {
        assert!(Key::from_secret(secret.as_bytes(), Algorithm::Hs256).is_ok(), "{secret}");
    }
}

#[test]
fn public_keys_in_any_encoding_are_no_secret() {
    for (name, _) in FAMILIES {
        let jwk = public_jwk(&format!("{name}.jwk.json"));
        for (raw, found) in [
            (pem(&format!("{name}.spki.pem")).into_bytes(), "PEM"),
            (jwk.to_string().into(), "JWK"),
            (der(&format!("{name}.spki.der")), "DER public key"),
            (without_armour(&format!("{name}.spki.pem")).into(), "DER public key"),
        ] {
            is_no_secret(&raw, found);
        }
    }
    let jwks = format!(r#"{{"keys":[{}]}}"#, public_jwk("p256.jwk.json"));
    let bom = format!("\u{feff}{}", public_jwk("p256.jwk.json"));
    let offered: [(Vec<u8>, &str); 16] = [
        (pem("rsa2048.public.pkcs1.pem").into(), "PEM"),
        (pem("rsa2048.certificate.pem").into(), "PEM"),
        (format!("\n  note\n{}", pem("p256.spki.pem")).into(), "PEM"),
        (format!(" {:#}\n", public_jwk("p256.jwk.json")).into(), "JWK"),
        (jwks.into(), "JWK"),
        (bom.into(), "JWK"),
        (without_armour("rsa1024.spki.pem").into(), "DER public key"),
        (without_armour("p256.spki.pem").replace('\n', "").into(), "DER public key"),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMfG4L9nCl92".to_vec(), "SSH public key"),
        (b"sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5".to_vec(), "SSH public key"),
        (b"no-pty,command=\"date\" ssh-rsa AAAAB3NzaC1yc2EAAA".to_vec(), "SSH public key"),
        (b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2E".to_vec(), "SSH public key"),
        (b"AAAAC3NzaC1lZDI1NTE5AAAAIMfG4L9nCl92AAAAC3NzaC1lZDI1".to_vec(), "SSH public key"),
        (b"<RSAKeyValue><Modulus>AQAB</Modulus></RSAKeyValue>".to_vec(), "XML key"),
        (br#"[{"\u006bty":"RSA","n":NaN,"e":"AQAB","x":"12345"}]"#.to_vec(), "JWK"),
        (b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7".to_vec(), "SSH public key"),
    ];
    for (raw, found) in offered {
        is_no_secret(&raw, found);
    }
}

// Reading such a JWK as a value fails, and reading it as a key does not.
#[test]
fn a_jwk_with_a_number_beyond_any_value_is_no_secret() {
    let number = "9".repeat(400);
    let jwk = public_jwk("ed25519.jwk.json").to_string();
    let jwk = jwk.replacen('{', &format!(r#"{{"n":{number},"#), 1);
    let escaped = jwk.replace("kty", r"\u006bty");
    for jwk in [jwk, escaped] {
        assert!(Key::from_jwk(&jwk, Some(Algorithm::EdDsa)).is_ok());
        is_no_secret(jwk.as_bytes(), "JWK");
    }
    is_no_secret(format!(r#"{{"n":{number},"\u006beys":[]}}"#).as_bytes(), "JWK");
}

fn is_no_secret(raw: &[u8], found: &'static str) {
    let wrapped = json!({"kty": "oct", "k": common::encode(raw)});
    for (algorithm, _) in SECRETS {
        for refusal in
            [Key::from_secret(raw, algorithm), Key::from_jwk(&wrapped.to_string(), Some(algorithm))]
        {
            assert_eq!(refusal.unwrap_err(), KeyError::NotSecret { found });
        }
    }
}

#[test]
fn nothing_is_derived_from_nothing() {
    let refusal = Key::derive(b"", b"label", Algorithm::Hs256).unwrap_err();
    assert!(matches!(refusal, KeyError::ShortSecret { actual: 0, .. }));
}

#[test]
fn certificates_private_keys_and_their_files_are_no_secret() {
    let open_ssh = [b"openssh-key-v1\0".as_slice(), &[7; 64]].concat();
    let mut offered = vec![
        (armoured("rsa2048.certificate.pem"), "DER certificate"),
        (armoured("p256.certificate.pem"), "DER certificate"),
        (armoured("p256.v1.certificate.pem"), "DER certificate"),
        (armoured("ed25519.certificate.pem"), "DER certificate"),
        (armoured("p256.request.pem"), "DER certificate"),
        (armoured("rsa2048.pkcs1.pem"), "DER private key"),
        (armoured("rsa2048.encrypted.pkcs8.pem"), "DER private key"),
        (armoured("p224.pkcs8.pem"), "DER private key"),
        (armoured("ed448.pkcs8.pem"), "DER private key"),
        (armoured("x25519.spki.pem"), "DER public key"),
        (armoured("rsa2048.public.pkcs1.pem"), "DER public key"),
        (der("p256.p12"), "PKCS#12 file"),
        (open_ssh, "OpenSSH private key"),
    ];
    for (name, _) in FAMILIES {
        offered.push((armoured(&format!("{name}.pkcs8.pem")), "DER private key"));
    }
    for name in ["p256", "p384", "p521", "secp256k1"] {
        offered.push((armoured(&format!("{name}.sec1.pem")), "DER private key"));
    }
    for (raw, found) in offered {
        is_no_secret(&raw, found);
        let base64 = STANDARD.encode(&raw);
        let (first, rest) = base64.split_at(40);
        for text in [
            base64.clone(),
            base64.trim_end_matches('=').to_owned(),
            format!("{first}\r\n{rest}\n"),
            common::encode(&raw),
        ] {
            is_no_secret(text.as_bytes(), found);
        }
    }
    is_no_secret(b"PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none", "PuTTY private key");
}

#[test]
fn points_of_an_ec_key_are_no_secret() {
    for name in ["p256", "p384", "p521", "secp256k1"] {
        let jwk = public_jwk(&format!("{name}.jwk.json"));
        let [x, y] = ["x", "y"].map(|member| common::decode(jwk[member].as_str().unwrap()));
        let point = [vec![4], x, y].concat();
        is_no_secret(&point, "public key");
        is_no_secret(STANDARD.encode(&point).as_bytes(), "public key");
    }
}

// Every hundredth secret of 33 bytes would be refused otherwise.
#[test]
fn a_secret_that_could_be_a_compressed_point_is_taken() {
    let spki = armoured("p256.compressed.spki.pem");
    let point = &spki[spki.len() - 33..];
    assert!(Key::from_secret(point, Algorithm::Hs256).is_ok());
    assert!(Key::from_secret(STANDARD.encode(point).as_bytes(), Algorithm::Hs256).is_ok());
}
