//! The tables that are printed.

use crate::measure::{Found, Place, median, ratio};
use crate::memory::Memory;
use crate::sites::Site;
use crate::starvation::Starved;

/// What all of it was measured on.
pub(crate) fn machine() {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    println!("axum, over HTTP on 127.0.0.1; {processors} processors, each site on one of them\n");
}

/// One line for each site.
pub(crate) fn throughput(place: &Place, found: &[Found]) {
    let bare = &found[0];
    println!("A protected route on axum, {}", place.name);
    println!(
        "{:<36} {:>12} {:>8} {:>10} {:>9}   ",
        "", "requests/s", "/bare", "median us", "p99 us"
    );
    for each in found {
        let relative = ratio(&each.per_second, &bare.per_second);
        let verdict = each
            .site
            .wanted()
            .map_or("", |wanted| if relative >= wanted { "reached" } else { "NOT reached" });
        println!(
            "{:<36} {:>12.0} {:>8.3} {:>10.0} {:>9.0}   {}{verdict}",
            each.site.title(),
            median(&each.per_second),
            relative,
            median(&each.median),
            median(&each.p99),
            each.site.wanted().map_or(String::new(), |wanted| format!(">= {wanted}: ")),
        );
    }
    println!();
}

/// What a flood of logins costs the others.
pub(crate) fn starvation(place: &Place, found: &Starved) {
    let relative = ratio(&found.flooded, &found.usual);
    let verdict = if relative <= 2.0 { "reached" } else { "NOT reached" };
    println!("A protected route while 50 clients log in, {}", place.name);
    println!("{:<36} {:>9.0}", "p99 us, usually", median(&found.usual));
    println!("{:<36} {:>9.0}", "p99 us, meanwhile", median(&found.flooded));
    println!("{:<36} {relative:>9.2}   <= 2: {verdict}", "the one / the other");
    println!("{:<36} {:>9}\n", "logins answered", found.logins);
}

/// What the cache takes.
pub(crate) fn memory(found: &Memory) {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let (megabytes, each) = {
        let grown = found.after.saturating_sub(found.before) as f64;
        (grown / 1e6, grown / found.sessions as f64)
    };
    println!("Memory of \"{}\"", Site::Cache.title());
    println!("{:<36} {:>9}", "sessions", found.sessions);
    println!("{:<36} {megabytes:>9.1}", "MB");
    println!("{:<36} {each:>9.0}\n", "bytes a session");
}
