use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;

use crate::options::Site;

const TIMEOUT: Duration = Duration::from_secs(1);
/// The longest location, as JSON.
const MOST: usize = 2048;

/// Where an address is, if the site knows. A login waits for it for a second at most, and never
/// fails by it.
pub(super) async fn locate(site: &Site, address: Option<IpAddr>) -> Option<Value> {
    let (hook, address) = (site.hooks.location.as_ref()?, address.filter(is_public)?);
    let Ok(location) = tokio::time::timeout(TIMEOUT, hook(address)).await else {
        tracing::warn!("`location` took longer than a second");
        return None;
    };
    let location = location?;
    let text = location.to_string();
    let is_kept = (location.is_object() || location.is_string())
        && text.len() <= MOST
        && !text.contains("\\u0000");
    if !is_kept {
        tracing::warn!("`location` gave no object or text of {MOST} bytes at most without NUL");
    }
    is_kept.then_some(location)
}

/// A private or otherwise local address is nowhere.
fn is_public(address: &IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let is_shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_broadcast()
                || address.is_documentation()
                || is_shared)
        }
        IpAddr::V6(address) => {
            !(address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.segments()[..2] == [0x2001, 0xdb8])
        }
    }
}
