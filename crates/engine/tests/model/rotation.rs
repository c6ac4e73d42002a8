//! The refresh chain holds in every order of events, and every fault in it is found.
//!
//! What is assumed of an honest browser, and what happens where it does not hold, is a test each:
//!
//! - a request is under way for no longer than the grace (less the disagreement of the clocks);
//!   then its tab gives it up, reads the storage and asks again;
//! - tabs share one storage, which takes newer tokens only;
//! - no token is refreshed that is younger than the longest request: access tokens live longer.

use tegata::SessionCheck;

use crate::chain::{Chain, Event, Mutant, Property, Site};
use crate::search::{Searched, search};

const TWO_TABS: Site = Site {
    name: "two tabs that lose answers",
    grace: 2,
    flight: 2,
    refresh_after: 2,
    tabs: 2,
    losses: true,
    ticks: 10,
    generations: 4,
    ..Site::QUIET
};

const TWO_MACHINES: Site = Site {
    name: "two tabs and two machines",
    flight: 1,
    refresh_after: 1,
    skew: 1,
    ticks: 8,
    ..TWO_TABS
};

const THIEF: Site = Site {
    name: "owner and thief",
    thieves: 1,
    losses: true,
    ticks: 6,
    generations: 4,
    ..Site::QUIET
};

const SLOW_THIEF: Site = Site {
    name: "owner and thief, slowly",
    grace: 2,
    flight: 2,
    refresh_after: 2,
    ticks: 6,
    generations: 3,
    ..THIEF
};

const TABS_AND_THIEF: Site =
    Site { name: "two tabs and a thief", tabs: 2, ticks: 3, generations: 3, ..THIEF };

const BUSY_THIEF: Site = Site {
    name: "owner and a thief with two requests",
    thieves: 2,
    ticks: 2,
    generations: 3,
    ..THIEF
};

const MACHINES_AND_THIEF: Site =
    Site { name: "two machines and a thief", grace: 2, skew: 1, ticks: 5, generations: 3, ..THIEF };

const LOG_OUTS: Site =
    Site { name: "log outs in the middle of it", log_outs: true, ticks: 2, ..TABS_AND_THIEF };

const USER_CHANGES: Site = Site {
    name: "a user who is switched off and on, and changes the password",
    user_changes: true,
    ticks: 2,
    generations: 3,
    ..THIEF
};

const SINGLE_USE: Site =
    Site { name: "no grace", grace: 0, spares_the_honest: false, ..TABS_AND_THIEF };

const FEW_REPEATS: Site = Site {
    name: "two repeats at most",
    max_repeats: 2,
    spares_the_honest: false,
    ticks: 2,
    ..TABS_AND_THIEF
};

const UNSEEN: Site = Site {
    name: "access tokens that nobody checks against the row",
    check: SessionCheck::Refresh,
    spares_the_honest: false,
    ticks: 5,
    ..TABS_AND_THIEF
};

/// Rotation was on until a moment ago.
const NO_ROTATION: Site = Site {
    name: "rotation switched off, and patience for two ticks",
    rotates: false,
    start: 2,
    idle_timeout: Some(2),
    ticks: 3,
    ..TABS_AND_THIEF
};

const PATIENCE: Site = Site {
    name: "rotation switched off, and patience for three ticks",
    thieves: 0,
    idle_timeout: Some(3),
    ticks: 6,
    ..NO_ROTATION
};

const ENDS: Site = Site {
    name: "an end after five ticks, and patience for three",
    lifetime: Some(5),
    idle_timeout: Some(3),
    ticks: 6,
    generations: 3,
    ..THIEF
};

/// Searches a world and tells what was searched.
fn look(site: Site) -> (Searched<Chain>, Vec<Event>) {
    let chain = Chain::new(site);
    let searched = search(&chain);
    println!("{site}:\n    {searched}; {} questions to the engine", chain.questions());
    (searched, chain.events())
}

const BUSY: [Event; 7] = [
    Event::Advanced,
    Event::Repeated,
    Event::FirstUseNoted,
    Event::Missed,
    Event::ReuseFound,
    Event::Refused,
    Event::Lost,
];

const ENDING: [Event; 8] = [
    Event::Advanced,
    Event::Repeated,
    Event::FirstUseNoted,
    Event::Missed,
    Event::ReuseFound,
    Event::Ended,
    Event::Refused,
    Event::Lost,
];

/// Nothing is broken, and there was something to break.
fn holds(site: Site, expected: &[Event]) {
    let (searched, events) = look(site);
    if let Some(broken) = searched.broken {
        panic!("{broken}");
    }
    assert_eq!(events, expected);
}

/// This property is the first to break.
fn breaks(site: Site, property: Property) {
    let searched = search(&Chain::new(site));
    let Some(broken) = &searched.broken else {
        panic!("{site}: {:?} breaks nothing; {searched}", site.mutant);
    };
    assert_eq!(broken.property, property, "{site}\n{broken}");
    let what = site.mutant.map_or("this".to_owned(), |mutant| format!("{mutant:?}"));
    let length = broken.length();
    println!("{}:\n    {what} breaks {property:?} in {length} steps; {searched}", site.name);
}

#[test]
fn two_tabs_that_lose_answers() {
    use Event::{Advanced, FirstUseNoted, Lost, Missed, Repeated};
    holds(TWO_TABS, &[Advanced, Repeated, FirstUseNoted, Missed, Lost]);
}

#[test]
fn two_tabs_and_two_machines() {
    use Event::{Advanced, FirstUseNoted, Lost, Missed, Repeated};
    holds(TWO_MACHINES, &[Advanced, Repeated, FirstUseNoted, Missed, Lost]);
}

#[test]
fn owner_and_thief() {
    holds(THIEF, &BUSY);
}

#[test]
fn owner_and_thief_slowly() {
    holds(SLOW_THIEF, &BUSY);
}

#[test]
fn two_tabs_and_a_thief() {
    holds(TABS_AND_THIEF, &BUSY);
}

#[test]
fn a_thief_with_two_requests() {
    holds(BUSY_THIEF, &BUSY);
}

#[test]
fn two_machines_and_a_thief() {
    holds(MACHINES_AND_THIEF, &BUSY);
}

#[test]
fn log_outs() {
    holds(LOG_OUTS, &ENDING);
}

#[test]
fn user_changes() {
    holds(USER_CHANGES, &ENDING);
}

#[test]
fn single_use() {
    use Event::{Advanced, FirstUseNoted, Lost, Missed, Refused, ReuseFound};
    holds(SINGLE_USE, &[Advanced, FirstUseNoted, Missed, ReuseFound, Refused, Lost]);
}

#[test]
fn few_repeats() {
    holds(FEW_REPEATS, &BUSY);
}

#[test]
fn where_no_use_is_seen() {
    use Event::{Advanced, Lost, Missed, Refused, Repeated, ReuseFound};
    holds(UNSEEN, &[Advanced, Repeated, Missed, ReuseFound, Refused, Lost]);
}

#[test]
fn no_rotation() {
    use Event::{FirstUseNoted, Lost, Missed, Refused, Renewed, Repeated, ReuseFound};
    holds(NO_ROTATION, &[Repeated, Renewed, FirstUseNoted, Missed, ReuseFound, Refused, Lost]);
    holds(PATIENCE, &[Repeated, Renewed, FirstUseNoted, Missed, Refused, Lost]);
}

#[test]
fn ends() {
    holds(ENDS, &BUSY);
}

// The other side of each assumption.

#[test]
fn a_request_that_is_under_way_for_longer_than_the_grace_logs_an_honest_client_out() {
    breaks(Site { flight: TWO_TABS.grace + 1, ..TWO_TABS }, Property::TheHonestStayIn);
    let flight = TWO_MACHINES.grace - TWO_MACHINES.skew + 1;
    breaks(Site { flight, ..TWO_MACHINES }, Property::TheHonestStayIn);
}

#[test]
fn two_refreshes_within_the_longest_request_log_an_honest_client_out() {
    let refresh_after = TWO_TABS.flight - 1;
    breaks(Site { refresh_after, ..TWO_TABS }, Property::TheHonestStayIn);
}

#[test]
fn without_a_grace_a_second_tab_logs_an_honest_client_out() {
    let site = Site { grace: 0, flight: 0, losses: false, ..TWO_TABS };
    breaks(site, Property::TheHonestStayIn);
    let site = Site { grace: 0, flight: 0, tabs: 1, ..TWO_TABS };
    breaks(site, Property::TheHonestStayIn);
}

#[test]
fn where_no_use_is_seen_a_late_retry_logs_an_honest_client_out() {
    let site = Site { spares_the_honest: true, thieves: 0, ..UNSEEN };
    breaks(site, Property::TheHonestStayIn);
}

#[test]
fn more_lost_answers_than_may_be_repeated_log_an_honest_client_out() {
    let site = Site { spares_the_honest: true, thieves: 0, ..FEW_REPEATS };
    breaks(site, Property::TheHonestStayIn);
}

#[test]
fn faults_of_the_engine_are_found() {
    for (mutant, site, property) in [
        (Mutant::GraceTooLong, THIEF, Property::TheftIsFound),
        (Mutant::SessionTooLong, ENDS, Property::NothingOutlivesItsSession),
        (Mutant::FirstUseIsNotAskedFor, THIEF, Property::TheftIsFound),
        (Mutant::OlderUseIsNoted, TWO_TABS, Property::TheHonestStayIn),
        (Mutant::RepeatGivesThePresented, TWO_TABS, Property::OneLiveEnd),
        (Mutant::TwoBehindIsRepeated, THIEF, Property::TheftIsFound),
        (Mutant::ReuseEndsNothing, THIEF, Property::TheftIsFound),
    ] {
        breaks(site.with(mutant), property);
    }
}

#[test]
fn faults_of_the_store_are_found() {
    for (mutant, site, property) in [
        (Mutant::SwapForgetsTheGeneration, TWO_TABS, Property::OneLiveEnd),
        (Mutant::SwapForgetsTheEnd, LOG_OUTS, Property::AnEndIsFinal),
        (Mutant::SwapKeepsTheFirstUse, TWO_TABS, Property::TheHonestStayIn),
        (Mutant::SwapKeepsTheRepeats, FEW_REPEATS, Property::ReuseHasACause),
        (Mutant::SwapIsRolledBack, TWO_TABS, Property::OneLiveEnd),
        (Mutant::CountForgetsTheGeneration, THIEF, Property::AsIfOneAfterTheOther),
        (Mutant::CountForgetsTheEnd, FEW_REPEATS, Property::AnEndIsFinal),
        (Mutant::CountForgetsTheUse, THIEF, Property::AsIfOneAfterTheOther),
        (Mutant::CountForgetsTheLimit, FEW_REPEATS, Property::AsIfOneAfterTheOther),
        (Mutant::CountIsRolledBack, FEW_REPEATS, Property::RepeatsAreBounded),
        (Mutant::TouchForgetsTheEnd, NO_ROTATION, Property::AnEndIsFinal),
        (Mutant::TouchGoesBack, PATIENCE, Property::TheHonestStayIn),
        (Mutant::TouchIsRolledBack, PATIENCE, Property::TheHonestStayIn),
        (Mutant::FirstUseForgetsTheGeneration, TWO_TABS, Property::TheHonestStayIn),
        (Mutant::FirstUseForgetsTheFirst, THIEF, Property::AsIfOneAfterTheOther),
        (Mutant::FirstUseForgetsTheEnd, LOG_OUTS, Property::AnEndIsFinal),
        (Mutant::FirstUseIsRolledBack, THIEF, Property::TheftIsFound),
        (Mutant::EndIsRolledBack, LOG_OUTS, Property::NoRevocationIsUndone),
        (Mutant::EndOverwrites, LOG_OUTS, Property::AnEndIsFinal),
        (Mutant::LoadMissesTheEnd, LOG_OUTS, Property::NoRevocationIsUndone),
    ] {
        breaks(site.with(mutant), property);
    }
}

#[test]
fn faults_of_the_host_are_found() {
    for (mutant, site, property) in [
        (Mutant::MissIsAnswered, TWO_TABS, Property::OneLiveEnd),
        (Mutant::MissIsReuse, TWO_TABS, Property::TheHonestStayIn),
        (Mutant::NotesAfterwards, THIEF, Property::TheftIsFound),
    ] {
        breaks(site.with(mutant), property);
    }
}
