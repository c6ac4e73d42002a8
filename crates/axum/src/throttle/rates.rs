use tegata::Rate;

use super::LimitName;

/// How often a secret may be guessed; `None` is as often as one likes.
///
/// ```
/// use tegata_axum::throttle::GuessRates;
///
/// let strict = GuessRates { account: "20/h".parse().ok(), ..GuessRates::default() };
/// assert_eq!(strict.address.map(tegata::Rate::limit), Some(100));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuessRates {
    /// One client at one account: `5/5m`.
    pub account_and_address: Option<Rate>,
    /// All clients at one account: `100/h`.
    pub account: Option<Rate>,
    /// One client at all accounts: `100/h`.
    pub address: Option<Rate>,
}

/// How often tokens may be refreshed; `None` is as often as one likes.
///
/// ```
/// use tegata_axum::throttle::RefreshRates;
///
/// assert_eq!(RefreshRates::default().session.map(tegata::Rate::limit), Some(30));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshRates {
    /// Good tokens of one session: `30/m`.
    pub session: Option<Rate>,
    /// Tokens that are not good, from one address: `300/m`.
    pub address: Option<Rate>,
}

impl GuessRates {
    /// No limit at all.
    #[must_use]
    pub const fn none() -> Self {
        Self { account_and_address: None, account: None, address: None }
    }

    pub(super) fn of(&self, name: LimitName) -> Option<Rate> {
        match name {
            LimitName::AccountAndAddress => self.account_and_address,
            LimitName::Account => self.account,
            LimitName::Address => self.address,
            LimitName::Session => None,
        }
    }
}

impl RefreshRates {
    /// No limit at all.
    #[must_use]
    pub const fn none() -> Self {
        Self { session: None, address: None }
    }
}

impl Default for GuessRates {
    fn default() -> Self {
        let hundred_an_hour = "100/h".parse().ok();
        Self {
            account_and_address: "5/5m".parse().ok(),
            account: hundred_an_hour,
            address: hundred_an_hour,
        }
    }
}

impl Default for RefreshRates {
    fn default() -> Self {
        Self { session: "30/m".parse().ok(), address: "300/m".parse().ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::{GuessRates, RefreshRates};

    #[test]
    fn every_default_is_a_rate() {
        let GuessRates { account_and_address, account, address } = GuessRates::default();
        let RefreshRates { session, address: bad } = RefreshRates::default();
        assert!([account_and_address, account, address, session, bad].iter().all(Option::is_some));
    }
}
