//! The security stamp is stored with every session and computed by every host.

use tegata::{UserId, UserState, security_stamp};

// Computed with Python's hashlib from the definition. A stamp that changes logs out every user of
// every site, so none of these values may ever change.
#[test]
fn stamps_never_change() {
    let uuid = "6f2c1f5e-6c0a-4f3e-9b1d-2f7a0c9d8e11";
    let django = "pbkdf2_sha256$1000000$salt$hash";
    for (user, columns, stamp) in [
        (UserId::Integer(1), &[django][..], "_WZ5xP7_lLxM2btbkHiV03lHgcrm6s9YwzIpwJM5hBo"),
        (
            UserId::Integer(1),
            &[django, "alice@example.com"],
            "JN4MMcij7J_WwfpGAuJOox9asgSeIoZmu5n7kFAV0QM",
        ),
        (
            UserId::Text(uuid.to_owned()),
            &["argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA"],
            "IaTev3YAVU4vDyefha03tM30VfyVKTcvkkANxfuB-Eo",
        ),
        (
            UserId::Integer(-1),
            &["", "\u{e9}\u{65e5}\u{1f600}"],
            "ct6wSAL0xJfcIspPxI84p8SbvzItFg5fnhdmAltWWyU",
        ),
        (UserId::Integer(1), &[], "1zH8bcWGCb1rG58f6ga4NRE7_5MfL3tEdu83flpRIos"),
    ] {
        assert_eq!(security_stamp(&user, columns), stamp);
    }
}

#[test]
fn no_two_lists_of_columns_have_one_stamp() {
    let user = UserId::Integer(1);
    let lists: [&[&str]; 8] =
        [&[], &[""], &["", ""], &["ab", "c"], &["a", "bc"], &["abc"], &["c", "ab"], &["abc", ""]];
    let stamps: std::collections::HashSet<_> =
        lists.iter().map(|columns| security_stamp(&user, columns)).collect();
    assert_eq!(stamps.len(), lists.len());
}

#[test]
fn a_key_is_not_confused_with_a_column() {
    let one = security_stamp(&UserId::Text("1".into()), &["23"]);
    let other = security_stamp(&UserId::Text("12".into()), &["3"]);
    assert_ne!(one, other);
}

#[test]
fn rows_are_debugged_without_it() {
    let stamp = security_stamp(&UserId::Integer(1), &["pbkdf2_sha256$hash"]);
    let user = UserState { id: UserId::Integer(1), is_active: true, security_stamp: stamp.clone() };
    assert!(format!("{user:?}").contains("is_active: true"));
    assert!(!format!("{user:?}").contains(&stamp));
}
