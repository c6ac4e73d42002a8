//! Claims: a set under a good signature is let in by the rules of RFC 7519, told again below.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Map, Value};
use tegata_jose::{
    JwtError, KeySet, Limits, RegisteredClaims, Rule, Timestamp, Validation, check_object, jws, jwt,
};

use crate::keys;

static SET: LazyLock<KeySet> = LazyLock::new(|| KeySet::new(vec![keys::HMAC.clone()]).unwrap());

const NOW: i64 = 1_700_000_000;
const TEXTS: [&str; 3] = ["iss", "sub", "jti"];
const TIMES: [&str; 3] = ["exp", "nbf", "iat"];

/// What is asked for, by the bits of a byte.
#[derive(Clone, Copy)]
struct Asked(u8);

impl Asked {
    fn issuer(self) -> bool {
        self.0 & 1 != 0
    }

    fn audience(self) -> bool {
        self.0 & 2 != 0
    }

    fn exp(self) -> bool {
        self.0 & 4 != 0
    }

    fn leeway(self) -> Duration {
        Duration::from_secs(if self.0 & 8 != 0 { 10 } else { 0 })
    }

    fn max_age(self) -> bool {
        self.0 & 16 != 0
    }

    fn rule(self) -> bool {
        self.0 & 32 != 0
    }

    fn ignored(self) -> Option<&'static str> {
        match self.0 >> 6 {
            1 => Some("aud"),
            2 => Some("exp"),
            3 => Some("iat"),
            _ => None,
        }
    }

    fn validation(self) -> Validation<'static> {
        let mut validation = Validation::new().leeway(self.leeway());
        if self.issuer() {
            validation = validation.issuer("a").issuer("issuer");
        }
        if self.audience() {
            validation = validation.audience("a").audience("b");
        }
        if self.exp() {
            validation = validation.require("exp");
        }
        if self.max_age() {
            validation = validation.max_age(Duration::from_secs(100));
        }
        if self.rule() {
            validation = validation.claim("r", Rule::one_of(["x", "y"]));
        }
        match self.ignored() {
            Some(name) => validation.ignore(name),
            None => validation,
        }
    }

    /// Whether the claims meet it all.
    fn is_met(self, claims: &Map<String, Value>) -> bool {
        let mut seen = claims.clone();
        if self.exp() && !claims.contains_key("exp") {
            return false;
        }
        self.ignored().map(|name| seen.remove(name));
        if !has_types(&seen) {
            return false;
        }
        let iss_is_right =
            !self.issuer() || seen.get("iss").is_some_and(|iss| iss == "a" || iss == "issuer");
        let aud_is_right = self.ignored() == Some("aud")
            || match seen.get("aud") {
                Some(Value::Array(names)) => {
                    self.audience() && names.iter().any(|name| name == "a" || name == "b")
                }
                Some(name) => self.audience() && (name == "a" || name == "b"),
                None => !self.audience(),
            };
        let leeway = i64::try_from(self.leeway().as_micros()).unwrap();
        let now = NOW * 1_000_000;
        let at = |name| seen.get(name).map(|time| micros(time).unwrap());
        iss_is_right
            && aud_is_right
            && at("exp").is_none_or(|exp| now < exp + leeway)
            && at("nbf").is_none_or(|nbf| nbf <= now + leeway)
            && at("iat").is_none_or(|iat| iat <= now + leeway)
            && (!self.max_age() || at("iat").is_some_and(|iat| now - iat <= 100_000_000 + leeway))
            && (!self.rule() || claims.get("r").is_some_and(|r| r == "x" || r == "y"))
    }
}

fn has_types(claims: &Map<String, Value>) -> bool {
    let is_text = |name: &str| claims.get(name).is_none_or(Value::is_string);
    let is_time = |name: &str| claims.get(name).is_none_or(|time| micros(time).is_some());
    let aud_is_right = match claims.get("aud") {
        None | Some(Value::String(_)) => true,
        Some(Value::Array(names)) => names.iter().all(Value::is_string),
        Some(_) => false,
    };
    TEXTS.into_iter().all(is_text) && TIMES.into_iter().all(is_time) && aud_is_right
}

/// Microseconds, if `time` is a `NumericDate` between the years 1970 and 9999.
#[allow(clippy::cast_possible_truncation, reason = "the range is looked at first")]
fn micros(time: &Value) -> Option<i64> {
    match (time.as_u64(), time.as_f64()) {
        (Some(seconds), _) => {
            (seconds <= 253_402_300_799).then(|| i64::try_from(seconds * 1_000_000).unwrap())
        }
        (None, Some(seconds)) => {
            let in_range = seconds.is_sign_positive() && seconds <= 253_402_300_799.0;
            in_range.then_some((seconds * 1e6) as i64)
        }
        _ => None,
    }
}

/// The first byte of `data` says what is asked for, the rest is the text of what may be claims.
pub(crate) fn check(data: &[u8]) {
    let Some((asked, payload)) = data.split_first() else { return };
    let asked = Asked(*asked);
    let limits = Limits { max_token_length: usize::MAX, max_depth: 16 };
    let token = jws::sign(&keys::HMAC, Some("JWT"), payload).unwrap();
    let validation = asked.validation().limits(limits);
    let verdict = jwt::decode(&token, &SET, &validation, Timestamp::from_seconds(NOW));

    if let Err(refusal) = check_object(payload, limits.max_depth) {
        assert_eq!(verdict, Err(JwtError::Token(refusal)));
        assert_eq!(jwt::check_claims(payload, &limits), Err(JwtError::Token(refusal)));
        return;
    }
    assert!(!matches!(verdict, Err(JwtError::Token(_))));
    let registered = RegisteredClaims::parse(payload, limits.max_depth).unwrap();
    // It does not read integers beyond the range of `f64`.
    let Ok(claims) = serde_json::from_slice::<Map<String, Value>>(payload) else { return };
    assert_eq!(jwt::check_claims(payload, &limits).is_ok(), has_types(&claims));
    for name in TEXTS.into_iter().chain(TIMES).chain(["aud"]) {
        assert_eq!(registered.has(name), Some(claims.contains_key(name)), "{name}");
    }
    if !near_a_boundary(&claims) {
        assert_eq!(verdict.is_ok(), asked.is_met(&claims), "{verdict:?}");
    }
}

/// Whether a time is so near to a boundary that the last bit of a fraction decides: there the two
/// readers of fractions may disagree.
fn near_a_boundary(claims: &Map<String, Value>) -> bool {
    TIMES.into_iter().filter_map(|name| claims.get(name)).any(|time| {
        time.is_f64()
            && time.as_f64().is_some_and(|seconds| {
                seconds >= 253_402_300_798.0
                    || [0.0, -10.0, 10.0, -100.0, -110.0]
                        .iter()
                        .any(|offset| (seconds - (1.7e9 + offset)).abs() < 1e-4)
            })
    })
}
