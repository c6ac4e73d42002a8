//! Keys as DER: which forms are read, and that each is one whole structure.

mod common;

use common::{
    FAMILIES, armoured, asymmetric, der, is_unusable, key_name, pem, private_key, verifier, verify,
};
use tegata_jose::{Algorithm, Key, KeyError, jws};

fn forms(name: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match name {
        "rsa2048" => (&["pkcs8", "pkcs1"], &["spki", "public.pkcs1", "certificate"]),
        "ed25519" => (&["pkcs8"], &["spki", "certificate"]),
        "mldsa44" | "mldsa65" | "mldsa87" => (&["pkcs8"], &["spki"]),
        "p256" => (&["pkcs8", "sec1"], &["spki", "compressed.spki", "certificate"]),
        _ => (&["pkcs8", "sec1"], &["spki", "compressed.spki"]),
    }
}

#[test]
fn every_form_is_the_same_key_as_its_pem() {
    for (name, algorithms) in FAMILIES {
        let (private, public) = forms(name);
        for algorithm in algorithms.iter().copied() {
            let token = jws::sign(&private_key(algorithm), None, b"{}").unwrap();
            for form in private.iter().chain(public) {
                let name = format!("{name}.{form}.pem");
                let key = Key::from_der(&armoured(&name), algorithm).unwrap();
                assert_eq!(key.can_sign(), private.contains(form), "{name}");
                assert_eq!(key.kid(), Key::from_pem(&pem(&name), algorithm).unwrap().kid());
                assert!(verify(&token, &verifier(key)).is_ok(), "{name}");
            }
        }
    }
}

#[test]
fn what_comes_out_goes_in_again() {
    for algorithm in asymmetric() {
        let key = private_key(algorithm);
        let again = Key::from_der(&key.to_der().unwrap(), algorithm).unwrap();
        let token = jws::sign(&again, None, b"{}").unwrap();

        let spki = key.public().unwrap().to_der().unwrap();
        let public = Key::from_der(&spki, algorithm).unwrap();
        assert_eq!((public.kid(), public.can_sign()), (key.kid(), false));
        assert_eq!(public.to_der().unwrap(), spki);
        assert_eq!(*spki, der(&format!("{}.spki.der", key_name(algorithm))));
        assert!(verify(&token, &verifier(public)).is_ok());
    }
}

#[test]
fn a_secret_has_no_der() {
    assert_eq!(private_key(Algorithm::Hs256).to_der().unwrap_err(), KeyError::NoPublicPart);
    for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
        for form in ["pkcs8", "spki", "certificate"] {
            let bytes = armoured(&format!("p256.{form}.pem"));
            assert!(is_unusable(Key::from_der(&bytes, algorithm), algorithm), "{form}");
        }
    }
}

// The cryptography library stops reading at the end of a structure, and what follows would be
// carried along unseen.
#[test]
fn bytes_cut_off_or_added_are_refused() {
    for (name, algorithms) in FAMILIES {
        let (private, public) = forms(name);
        for form in private.iter().chain(public) {
            let whole = armoured(&format!("{name}.{form}.pem"));
            let refuses = |bytes: &[u8]| {
                let refusal = Key::from_der(bytes, algorithms[0]).unwrap_err();
                assert_eq!(refusal, KeyError::NotDer, "{name} {form}");
            };
            for length in [0, 1, 2, whole.len() / 2, whole.len() - 1] {
                refuses(&whole[..length]);
            }
            for added in [&[0][..], b"\n", &whole] {
                refuses(&[whole.as_slice(), added].concat());
            }
        }
    }
}

#[test]
fn a_pem_around_more_than_one_structure_is_refused() {
    for name in ["p256.pkcs8.pem", "p256.spki.pem", "p256.certificate.pem"] {
        let contents = [armoured(name), vec![0]].concat();
        let tag = match name {
            "p256.pkcs8.pem" => "PRIVATE KEY",
            "p256.spki.pem" => "PUBLIC KEY",
            _ => "CERTIFICATE",
        };
        let text = pem::encode(&pem::Pem::new(tag, contents));
        assert!(is_unusable(Key::from_pem(&text, Algorithm::Es256), Algorithm::Es256), "{name}");
    }
}

#[test]
fn a_pem_holds_what_its_label_says() {
    let private = armoured("p256.pkcs8.pem");
    for tag in ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE", "PARAMETERS"] {
        let text = pem::encode(&pem::Pem::new(tag, private.as_slice()));
        assert!(is_unusable(Key::from_pem(&text, Algorithm::Es256), Algorithm::Es256), "{tag}");
    }
}

#[test]
fn an_encrypted_private_key_is_refused_as_that() {
    let encrypted = armoured("rsa2048.encrypted.pkcs8.pem");
    for algorithm in Algorithm::ALL {
        let refusal = Key::from_der(&encrypted, algorithm).unwrap_err();
        assert_eq!(refusal, KeyError::EncryptedPem, "{algorithm}");
    }
}

#[test]
fn other_files_are_no_key_in_der() {
    let others = [
        der("p256.p12"),
        armoured("p256.request.pem"),
        pem("p256.pkcs8.pem").into_bytes(),
        pem("p256.jwk.json").into_bytes(),
        b"\x30\x80\x02\x01\x00\x00\x00".to_vec(),
        b"\x30\x84\xff\xff\xff\xff\x02".to_vec(),
        b"\x30\x00".to_vec(),
        vec![0x30; 64],
        vec![0; 32],
    ];
    for bytes in others {
        for algorithm in Algorithm::ALL {
            let refusal = Key::from_der(&bytes, algorithm).unwrap_err();
            assert_eq!(refusal, KeyError::NotDer, "{algorithm} {bytes:?}");
        }
    }
}

#[test]
fn a_key_of_another_kind_or_size_is_refused() {
    for (name, own) in FAMILIES {
        let (private, public) = forms(name);
        for form in private.iter().chain(public) {
            let bytes = armoured(&format!("{name}.{form}.pem"));
            for algorithm in Algorithm::ALL.into_iter().filter(|asked| !own.contains(asked)) {
                assert!(is_unusable(Key::from_der(&bytes, algorithm), algorithm), "{name} {form}");
            }
        }
    }
    for name in ["rsa1024.pkcs8.pem", "rsa1024.pkcs1.pem", "rsa1024.spki.pem", "p224.pkcs8.pem"] {
        for algorithm in Algorithm::ALL {
            assert!(is_unusable(Key::from_der(&armoured(name), algorithm), algorithm), "{name}");
        }
    }
}
