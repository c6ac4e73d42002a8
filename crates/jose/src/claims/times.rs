use std::time::Duration;

use crate::{ClaimError, Timestamp};

/// The claims about time (RFC 7519 sections 4.1.4 to 4.1.6), as far as a token has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// When the token expires.
    pub exp: Option<Timestamp>,
    /// When it begins to be valid.
    pub nbf: Option<Timestamp>,
    /// When it was issued.
    pub iat: Option<Timestamp>,
}

impl Times {
    /// Checks them against `now`; clocks may disagree by `leeway`.
    ///
    /// # Errors
    /// [`ClaimError::Expired`], [`ClaimError::NotYetValid`], [`ClaimError::IssuedInFuture`], the
    /// first in this order.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tegata_jose::{ClaimError, Times, Timestamp};
    ///
    /// let times = Times { exp: Some(Timestamp::from_seconds(100)), ..Times::default() };
    /// assert_eq!(times.check(Timestamp::from_seconds(99), Duration::ZERO), Ok(()));
    /// let late = times.check(Timestamp::from_seconds(100), Duration::ZERO);
    /// assert_eq!(late, Err(ClaimError::Expired));
    /// ```
    pub fn check(&self, now: Timestamp, leeway: Duration) -> Result<(), ClaimError> {
        let latest = now.plus(leeway);
        if self.exp.is_some_and(|end| end <= now.minus(leeway)) {
            Err(ClaimError::Expired)
        } else if self.nbf.is_some_and(|start| start > latest) {
            Err(ClaimError::NotYetValid)
        } else if self.iat.is_some_and(|issued| issued > latest) {
            Err(ClaimError::IssuedInFuture)
        } else {
            Ok(())
        }
    }
}
