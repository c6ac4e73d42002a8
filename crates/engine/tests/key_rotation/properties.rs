//! Random histories of a site, and rules that are a second too short.

use std::time::Duration;

use proptest::prelude::*;
use tegata::{Begin, KeyRotation, Timestamp};

use crate::site::Site;
use crate::{NOW, at};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn micros(count: i64) -> Timestamp {
    Timestamp::from_micros(NOW * 1_000_000 + count)
}

prop_compose! {
    fn rules()(
        jwks_max_age in 0..20_u64,
        reload_interval in 1..10_u64,
        leeway in 0..4_u64,
        more_lead in 0..15_u64,
        signing in 1..40_u64,
        longest_lifetime in 1..60_u64,
        more_retention in 0..5_u64,
    ) -> KeyRotation {
        let lead = jwks_max_age + reload_interval + leeway + more_lead;
        KeyRotation {
            period: seconds(lead + signing),
            lead: seconds(lead),
            retention: seconds(longest_lifetime + leeway + more_retention),
            longest_lifetime: seconds(longest_lifetime),
            jwks_max_age: seconds(jwks_max_age),
            reload_interval: seconds(reload_interval),
            leeway: seconds(leeway),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_good_token_is_ever_refused(
        rules in rules(),
        asked in prop::collection::vec((1..30_000_000_i64, any::<bool>()), 1..9),
        off in -100..=100_i64,
    ) {
        prop_assert_eq!(rules.validate(), Ok(()));
        let mut site = Site::new(rules, at(NOW));
        let mut elapsed = 0;
        for (pause, is_due) in asked {
            elapsed += pause;
            let begin = if is_due { Begin::WhenDue } else { Begin::Anyway };
            site.rotate(micros(elapsed), begin);
        }
        let leeway = i64::try_from(rules.leeway.as_micros()).unwrap();
        prop_assert_eq!(site.refused(leeway * off / 100), None);
    }

    #[test]
    fn a_crontab_keeps_a_set_small_and_its_keys_young(rules in rules(), days in 1..200_usize) {
        let mut site = Site::new(rules, at(NOW));
        let step = rules.period / 3;
        for index in 1..=days {
            let elapsed = step * u32::try_from(index).unwrap();
            site.rotate(at(NOW).plus(elapsed), Begin::WhenDue);
        }
        // A new one every two to four times.
        prop_assert!((days / 4..=days / 2 + 2).contains(&site.made()), "{}", site.made());
        let most = rules.retention.as_secs() / (rules.period / 3 * 2).as_secs().max(1) + 4;
        prop_assert!(site.kept() as u64 <= most, "{} of {most}", site.kept());
    }
}

/// A site that rotates twice by these rules.
fn history(rules: KeyRotation) -> Site {
    let mut site = Site::new(rules, at(NOW));
    for pause in [10, 100] {
        site.rotate(at(NOW + pause), Begin::Anyway);
    }
    site
}

fn fair() -> KeyRotation {
    KeyRotation {
        period: seconds(40),
        lead: seconds(13),
        retention: seconds(32),
        longest_lifetime: seconds(30),
        jwks_max_age: seconds(8),
        reload_interval: seconds(3),
        leeway: seconds(2),
    }
}

#[test]
fn the_histories_can_tell() {
    let off = 2_000_000;
    let cases = [
        (fair(), off, true),
        (fair(), -off, true),
        // A new key signs before everybody knows it.
        (KeyRotation { lead: seconds(12), ..fair() }, off, false),
        (KeyRotation { lead: seconds(10), ..fair() }, 0, false),
        // An old key goes before its last token does.
        (KeyRotation { retention: seconds(31), ..fair() }, 0, false),
    ];
    for (rules, clock_is_off, holds) in cases {
        assert_eq!(history(rules).refused(clock_is_off).is_none(), holds, "{rules:?}");
        assert_eq!(rules.validate().is_ok(), holds);
    }
}

#[test]
fn at_once_is_what_it_says() {
    let mut site = Site::new(fair(), at(NOW));
    site.rotate(at(NOW + 10), Begin::AtOnce);
    assert!(site.refused(0).is_some());
}
