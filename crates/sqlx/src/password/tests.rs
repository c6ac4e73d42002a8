use std::fs;

use proptest::prelude::*;
use serde::Deserialize;

use super::{Hasher, Stored, check, salt};

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
    refused: Vec<String>,
}

#[derive(Deserialize)]
struct Vector {
    password: String,
    encoded: String,
}

fn vectors() -> Vectors {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/django/passwords.json");
    let text = fs::read_to_string(path).expect("the vectors are there");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn verify(stored: &str, password: &str) -> bool {
    Stored::parse(stored).expect("it is known").verify(password)
}

#[test]
fn what_django_stores_is_verified() {
    for Vector { password, encoded } in vectors().vectors {
        assert!(verify(&encoded, &password), "{encoded}");
        assert!(!verify(&encoded, &format!("{password}.")), "{encoded}");
    }
}

#[test]
fn what_django_cannot_use_is_refused() {
    let preferred = Hasher::Pbkdf2Sha256 { iterations: 1 };
    for stored in vectors().refused {
        for password in ["", "x", stored.as_str()] {
            assert!(!check(Some(&stored), password, preferred, true).is_right, "{stored}");
        }
    }
    assert!(!check(None, "", preferred, true).is_right);
}

#[test]
fn the_parameters_are_those_of_django() {
    let parameters: Vec<_> =
        vectors().vectors.iter().rev().take(5).map(|it| Hasher::of(&it.encoded)).collect();
    let [scrypt, argon2, bcrypt, sha1, pbkdf2] = parameters.try_into().expect("five");
    assert_eq!(scrypt, Some(Hasher::SCRYPT));
    assert_eq!(argon2, Some(Hasher::ARGON2ID));
    assert_eq!(bcrypt, Some(Hasher::BCRYPT_SHA256));
    assert_eq!(sha1, None, "nothing new is hashed by SHA-1");
    assert_eq!(pbkdf2, Some(Hasher::Pbkdf2Sha256 { iterations: 1_500_000 }), "of Django 6.1");
}

const CHEAP: [Hasher; 4] = [
    Hasher::Argon2id { memory: 64, passes: 1, lanes: 2 },
    Hasher::BcryptSha256 { cost: 4 },
    Hasher::Pbkdf2Sha256 { iterations: 10 },
    Hasher::Scrypt { log_n: 4, block_size: 2, parallelism: 1 },
];

#[test]
fn each_hasher_makes_what_it_says_with_a_salt_of_its_own() {
    for hasher in CHEAP {
        let (one, other) = (hasher.hash("a secret").unwrap(), hasher.hash("a secret").unwrap());
        assert_ne!(one, other);
        assert!(one.len() <= 128, "longer than Django's column");
        assert_eq!(Hasher::of(&one), Some(hasher));
        assert!(verify(&one, "a secret") && !verify(&one, "another"));
    }
    assert!(Hasher::ARGON2ID.hash("a secret").unwrap().len() <= 128);
    assert!(Hasher::SCRYPT.hash("a secret").unwrap().len() <= 128 + 15);
}

#[test]
fn a_right_password_is_hashed_anew_where_another_hasher_is_preferred() {
    for hasher in CHEAP {
        let stored = hasher.hash("a secret").unwrap();
        for preferred in CHEAP {
            let verdict = check(Some(&stored), "a secret", preferred, true);
            assert!(verdict.is_right);
            let upgraded = verdict.upgrade.as_deref().map(|upgrade| {
                assert!(verify(upgrade, "a secret"));
                Hasher::of(upgrade)
            });
            assert_eq!(upgraded, (hasher != preferred).then_some(Some(preferred)));
            assert!(check(Some(&stored), "a secret", preferred, false).upgrade.is_none());
            let wrong = check(Some(&stored), "another", preferred, true);
            assert!(!wrong.is_right && wrong.upgrade.is_none());
        }
    }
}

#[test]
fn impossible_parameters_are_an_error_and_no_panic() {
    for hasher in [
        Hasher::Argon2id { memory: 1, passes: 1, lanes: 1 },
        Hasher::Argon2id { memory: 64, passes: 0, lanes: 1 },
        Hasher::BcryptSha256 { cost: 3 },
        Hasher::BcryptSha256 { cost: 32 },
        Hasher::Pbkdf2Sha256 { iterations: 0 },
        Hasher::Scrypt { log_n: 0, block_size: 8, parallelism: 1 },
        Hasher::Scrypt { log_n: 255, block_size: 8, parallelism: 1 },
        Hasher::Scrypt { log_n: 4, block_size: u32::MAX, parallelism: u32::MAX },
    ] {
        assert!(hasher.hash("a secret").is_err(), "{hasher:?}");
    }
}

#[test]
fn hostile_hashes_use_up_nothing() {
    let hash = "A".repeat(43);
    for stored in [
        format!("argon2$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ${hash}"),
        "argon2$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$".to_owned(),
        "argon2$argon2id$v=19$m=64,t=1,p=1,q=2$c29tZXNhbHQ$AAAA".to_owned(),
        "argon2$argon2id$v=20$m=64,t=1,p=1$c29tZXNhbHQ$AAAA".to_owned(),
        "pbkdf2_sha256$1$salt$".to_owned(),
        "pbkdf2_sha256$0$salt$AAAA".to_owned(),
        "pbkdf2_sha256$+1$salt$AAAA".to_owned(),
        format!("pbkdf2_sha256$1$salt${hash}=$more"),
        "pbkdf2_sha1$1$salt$".to_owned(),
        "bcrypt_sha256$".to_owned(),
        "bcrypt_sha256$$2b$04$short".to_owned(),
        "scrypt$16$salt$2$1$".to_owned(),
        format!("scrypt$9223372036854775808$salt$8$1${}==", "A".repeat(86)),
        format!("scrypt$16$salt$4294967295$4294967295${}==", "A".repeat(86)),
        format!("scrypt$15$salt$8$1${}==", "A".repeat(86)),
    ] {
        assert!(Stored::parse(&stored).is_none(), "{stored}");
    }
}

#[test]
fn salts_are_22_letters_and_digits() {
    let salts: Vec<_> = (0..50).map(|_| salt().expect("there is randomness")).collect();
    for salt in &salts {
        assert!(salt.len() == 22 && salt.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
    assert!(salts.concat().bytes().collect::<std::collections::HashSet<_>>().len() > 50);
}

proptest! {
    #[test]
    fn no_stored_text_is_too_strange(
        name in "(argon2|bcrypt_sha256|pbkdf2_sha256|pbkdf2_sha1|scrypt)?",
        parts in proptest::collection::vec("[a-zA-Z0-9+/=,$!é]{0,12}", 0..7),
    ) {
        let _ = Stored::parse(&format!("{name}${}", parts.join("$")));
    }
}
