use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// Who a page is, for a browser (RFC 6454): scheme, host and port, all three and nothing else.
///
/// Two are equal if those are; case and a default port make no difference. An opaque origin, which
/// a browser writes as `null`, is nobody's and cannot be read.
///
/// ```
/// use tegata::Origin;
///
/// let origin: Origin = "https://Example.org:443".parse()?;
/// assert_eq!(origin.to_string(), "https://example.org");
/// assert_ne!(origin, "http://example.org".parse()?);
/// assert!("null".parse::<Origin>().is_err());
/// assert!("https://example.org/".parse::<Origin>().is_err());
/// # Ok::<(), tegata::OriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

/// A text that is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("must be a scheme, a host and at most a port, such as 'https://example.org:8443'")]
pub struct OriginError;

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let (scheme, rest) = text.split_once("://").ok_or(OriginError)?;
        let scheme = read_scheme(scheme).ok_or(OriginError)?;
        let end = if rest.starts_with('[') {
            rest.find(']').ok_or(OriginError)? + 1
        } else {
            rest.find(':').unwrap_or(rest.len())
        };
        let (host, port) = rest.split_at(end);
        let host = read_host(host).ok_or(OriginError)?;
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            None => return Err(OriginError),
            Some(digits) => Some(read_port(digits).ok_or(OriginError)?),
        };
        let port = port.filter(|port| default_port(&scheme) != Some(*port));
        Ok(Self { scheme, host, port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.scheme, self.host)?;
        self.port.map_or(Ok(()), |port| write!(formatter, ":{port}"))
    }
}

/// RFC 3986 section 3.1.
fn read_scheme(text: &str) -> Option<String> {
    let is_scheme = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then(|| text.to_ascii_lowercase())
}

/// A name as browsers write it, which is ASCII always, or an address.
fn read_host(text: &str) -> Option<String> {
    if let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inside.parse::<Ipv6Addr>().ok().map(|address| format!("[{address}]"));
    }
    let is_name = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    is_name.then(|| text.to_ascii_lowercase())
}

fn read_port(digits: &str) -> Option<u16> {
    let is_number = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}
