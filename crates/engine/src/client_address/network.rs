use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A network in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3), or a single address.
///
/// ```
/// use tegata::{Network, NetworkError};
///
/// let network: Network = "2001:db8::/32".parse()?;
/// assert!(network.contains("2001:db8::7".parse().unwrap()));
/// assert_eq!("10.0.0.1/8".parse::<Network>(), Err(NetworkError::HostBits));
/// # Ok::<(), NetworkError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

/// Why a text is no network that may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NetworkError {
    /// It holds every address there is.
    #[error("holds every address, so that every client could name any address as its own")]
    Everything,
    /// There are bits set behind the prefix: a mistake in one or the other.
    #[error("has bits set behind its prefix")]
    HostBits,
    /// It is neither an address nor an address, a slash and a prefix.
    #[error("is no network, such as 10.0.0.0/8 or 2001:db8::/32")]
    Malformed,
}

impl Network {
    /// Whether an address is in it. One that is mapped into IPv6 is an IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let differing = bits(address) ^ bits(self.address);
        address.is_ipv4() == self.address.is_ipv4()
            && differing >> (width(address) - self.prefix) == 0
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Malformed)?;
        let mut prefix = match prefix {
            None => width(address),
            Some(digits) if digits.len() <= 3 && digits.bytes().all(|it| it.is_ascii_digit()) => {
                digits.parse().map_err(|_| NetworkError::Malformed)?
            }
            Some(_) => return Err(NetworkError::Malformed),
        };
        if prefix > width(address) {
            return Err(NetworkError::Malformed);
        }
        if prefix == 0 {
            return Err(NetworkError::Everything);
        }
        let behind = bits(address).checked_shl(128 - width(address) + prefix).unwrap_or(0);
        if behind != 0 {
            return Err(NetworkError::HostBits);
        }
        let canonical = address.to_canonical();
        if canonical.is_ipv4() && address.is_ipv6() {
            // Of the mapped addresses, the part behind `::ffff:0:0/96`.
            prefix =
                prefix.checked_sub(96).filter(|left| *left > 0).ok_or(NetworkError::Everything)?;
        }
        Ok(Self { address: canonical, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}

/// The address as a number, its bits at the lower end.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}
