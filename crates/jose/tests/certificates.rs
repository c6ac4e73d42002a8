//! Certificates as containers of a public key.

mod common;

use common::{armoured, is_unusable, pem, private_key, verifier, verify};
use tegata_jose::{Algorithm, Key, KeyError, jws};

const CERTIFICATES: [(&str, Algorithm); 4] = [
    ("rsa2048.certificate.pem", Algorithm::Rs256),
    ("p256.certificate.pem", Algorithm::Es256),
    ("p256.v1.certificate.pem", Algorithm::Es256),
    ("ed25519.certificate.pem", Algorithm::EdDsa),
];

#[test]
fn the_key_of_a_certificate_verifies_and_does_not_sign() {
    for (name, algorithm) in CERTIFICATES {
        let private = private_key(algorithm);
        let token = jws::sign(&private, None, b"{}").unwrap();
        for key in [
            Key::from_pem(&pem(name), algorithm).unwrap(),
            Key::from_der(&armoured(name), algorithm).unwrap(),
        ] {
            assert_eq!((key.kid(), key.can_sign()), (private.kid(), false), "{name}");
            assert_eq!(key.to_der(), private.public().unwrap().to_der());
            assert!(verify(&token, &verifier(key)).is_ok(), "{name}");
        }
    }
}

// All of the fixtures were good for one day only, and signed themselves.
#[test]
fn the_signature_of_a_certificate_is_not_looked_at() {
    for (name, algorithm) in CERTIFICATES {
        let mut der = armoured(name);
        *der.last_mut().unwrap() ^= 1;
        let key = Key::from_der(&der, algorithm).unwrap();
        assert_eq!(key.kid(), private_key(algorithm).kid(), "{name}");
    }
}

#[test]
fn a_certificate_is_for_the_algorithms_of_its_key() {
    for (name, own) in CERTIFICATES {
        for algorithm in Algorithm::ALL {
            let same_kind = private_key(algorithm).kid() == private_key(own).kid();
            for key in
                [Key::from_pem(&pem(name), algorithm), Key::from_der(&armoured(name), algorithm)]
            {
                assert!(
                    if same_kind { key.is_ok() } else { is_unusable(key, algorithm) },
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_chain_or_a_key_with_its_certificate_is_several_keys() {
    let certificate = pem("p256.certificate.pem");
    for other in ["ed25519.certificate.pem", "p256.pkcs8.pem", "p256.spki.pem"] {
        for both in [format!("{certificate}{}", pem(other)), format!("{}{certificate}", pem(other))]
        {
            let refusal = Key::from_pem(&both, Algorithm::Es256).unwrap_err();
            assert_eq!(refusal, KeyError::SeveralKeys, "{other}");
            assert!(refusal.to_string().contains("chain"));
        }
    }
}

#[test]
fn a_broken_certificate_is_refused() {
    let whole = armoured("p256.certificate.pem");
    // Everything in front of the key counts, names and dates included.
    for index in [4, 8, 12] {
        let mut broken = whole.clone();
        broken[index] = 0xff;
        assert_eq!(Key::from_der(&broken, Algorithm::Es256).unwrap_err(), KeyError::NotDer);
    }
}
