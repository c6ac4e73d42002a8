//! A cache may stand in for the rows, and every fault in how it is told of an end is found.

use crate::cache::{Cache, Event, Mutant, Property, Site};
use crate::search::search;

const ONE: Site = Site {
    name: "one session is ended",
    lifetime: 2,
    skew: 0,
    in_bulk: false,
    replaces: false,
    rotates: false,
    ticks: 4,
    mutant: None,
};

const ALL: Site = Site { name: "all sessions are ended", in_bulk: true, ..ONE };

const ONE_BY_MACHINES: Site =
    Site { name: "one session is ended, two machines", lifetime: 1, skew: 1, ..ONE };

const ALL_BY_MACHINES: Site = Site {
    name: "all sessions are ended, two machines",
    in_bulk: true,
    ticks: 3,
    ..ONE_BY_MACHINES
};

const ROTATING: Site = Site {
    name: "one session is refreshed and ended",
    lifetime: 1,
    rotates: true,
    ticks: 2,
    ..ONE
};

const ONE_REPLACED: Site =
    Site { name: "one session is ended, snapshots replace each other", replaces: true, ..ONE };

const ALL_REPLACED: Site = Site {
    name: "all sessions are ended, snapshots replace each other",
    in_bulk: true,
    lifetime: 1,
    ticks: 3,
    ..ONE_REPLACED
};

fn holds(site: Site, expected: &[Event]) {
    let cache = Cache::new(site);
    let searched = search(&cache);
    println!("{site}:\n    {searched}");
    if let Some(broken) = searched.broken {
        panic!("{broken}");
    }
    assert_eq!(cache.events(), expected);
}

/// This property is the first to break.
fn breaks(site: Site, property: Property) {
    let searched = search(&Cache::new(site));
    let Some(broken) = &searched.broken else {
        panic!("{site}: {:?} breaks nothing; {searched}", site.mutant);
    };
    assert_eq!(broken.property, property, "{site}\n{broken}");
    let what = site.mutant.map_or("this".to_owned(), |mutant| format!("{mutant:?}"));
    let length = broken.length();
    println!("{}:\n    {what} breaks {property:?} in {length} steps; {searched}", site.name);
}

const EVENTS: [Event; 5] =
    [Event::LetInByCache, Event::RefusedByRows, Event::Kept, Event::KeptBefore, Event::NotKept];

#[test]
fn one_session_is_ended() {
    holds(ONE, &EVENTS);
}

#[test]
fn all_sessions_are_ended() {
    holds(ALL, &EVENTS[..4]);
}

#[test]
fn one_session_is_ended_by_two_machines() {
    holds(ONE_BY_MACHINES, &EVENTS);
}

#[test]
fn all_sessions_are_ended_by_two_machines() {
    holds(ALL_BY_MACHINES, &EVENTS[..4]);
}

#[test]
fn a_session_is_refreshed_and_ended() {
    holds(ROTATING, &EVENTS);
}

// Under keys of their own, snapshots may be set as well as added.
#[test]
fn snapshots_may_replace_each_other() {
    use Event::{Kept, LetInByCache, NotKept, RefusedByRows};
    holds(ONE_REPLACED, &[LetInByCache, RefusedByRows, Kept, NotKept]);
    holds(ALL_REPLACED, &[LetInByCache, RefusedByRows, Kept]);
}

#[test]
fn faults_of_the_ender_are_found() {
    for (mutant, site, property) in [
        (Mutant::TellsNothingBefore, ONE, Property::AnEndOutlivesItsEnder),
        (Mutant::TellsNothingBefore, ALL, Property::AnEndOutlivesItsEnder),
        (Mutant::TellsNothingAfter, ONE, Property::AnEndActsAtOnce),
        (Mutant::TellsNothingAfter, ALL, Property::AnEndActsAtOnce),
        (Mutant::EpochIsNotFresh, ALL, Property::AnEndActsAtOnce),
        (Mutant::EntriesExpireTooSoon, ONE, Property::AnEndOutlivesItsEnder),
        (Mutant::EntriesExpireTooSoon, ALL, Property::AnEndOutlivesItsEnder),
        (Mutant::EntriesExpireTooSoon, ONE_BY_MACHINES, Property::AnEndActsAtOnce),
        (Mutant::EntriesExpireTooSoon, ALL_BY_MACHINES, Property::AnEndActsAtOnce),
    ] {
        breaks(site.with(mutant), property);
    }
}

#[test]
fn faults_of_the_reader_are_found() {
    for (mutant, site, property) in [
        (Mutant::TombstoneIsNotLookedAt, ONE, Property::AnEndActsAtOnce),
        (Mutant::TakesTheTimeTooEarly, ONE, Property::AnEndOutlivesItsEnder),
        (Mutant::KeepsBesideATombstone, ONE, Property::AnEndOutlivesItsEnder),
        (Mutant::KeepsOverTheTombstone, ONE, Property::AnEndOutlivesItsEnder),
        (Mutant::LooksAtTheEpochTooLate, ALL, Property::AnEndOutlivesItsEnder),
        (Mutant::DatesTooLate, ONE, Property::AnEndActsInTheEnd),
        (Mutant::StandsInTooLong, ALL, Property::AnEndActsInTheEnd),
        (Mutant::KeyLacksTheGeneration, ROTATING, Property::EveryUseIsNoted),
        (Mutant::KeepsBeforeNoting, ROTATING, Property::EveryUseIsNoted),
    ] {
        breaks(site.with(mutant), property);
    }
}
