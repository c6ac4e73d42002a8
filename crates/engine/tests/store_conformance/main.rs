//! The store of the crate itself keeps the rules that it has for every store, and the suite finds
//! a store out that breaks one of them.

#[path = "../common/mod.rs"]
mod common;

mod faulty;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::{Watched, alice, bob, memory_store};
use faulty::{Fault, Faulty};
use tegata::testing::conformance;

#[tokio::test]
async fn memory_store_conforms() {
    conformance(async || (memory_store(), [alice(), bob()])).await;
}

// The wrapper lets tasks race between statements, as connections do.
#[tokio::test]
async fn a_store_whose_statements_interleave_conforms() {
    conformance(async || (Watched::new(), [alice(), bob()])).await;
}

fn broken_rule(fault: Fault) -> String {
    let open = async || (Faulty { memory: memory_store(), fault }, [alice(), bob()]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| runtime.block_on(conformance(open))))
        .expect_err("the suite passed a faulty store");
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast::<&str>().map(|text| (*text).to_owned()).unwrap(),
    }
}

#[test]
fn the_suite_finds_faulty_stores_and_names_the_rule() {
    for (fault, rule) in [
        (Fault::AdvanceBringsBack, "an ended session must not advance"),
        (Fault::AdvanceKeepsFirstUse, "a swap writes its six columns only"),
        (Fault::AdvanceKeepsRepeats, "a swap writes its six columns only"),
        (Fault::AdvanceSelectsThenUpdates, "exactly one hits"),
        (Fault::CountBringsBack, "an ended session must not count a repeat"),
        (Fault::CountIgnoresFirstUse, "an unused generation, in use by now"),
        (Fault::CountIgnoresGeneration, "a repeat counts for the live generation only"),
        (Fault::CountSelectsThenUpdates, "as many count as the limit allows"),
        (Fault::EndByStampLooksAtNone, "an end by stamp must spare every other stamp"),
        (Fault::EndByStampForgetsTheUser, "an end by stamp must leave other users alone"),
        (Fault::EndCountsEnded, "an end counts nothing where there was one before"),
        (Fault::EndOfAllForgetsTheUser, "an end of all must leave other users alone"),
        (Fault::EndOfOthersForgetsTheUser, "an end of the others must leave other users alone"),
        (Fault::EndOfOthersSparesNone, "an end of the others must spare the one"),
        (Fault::EndOfOwnForgetsTheUser, "nobody may end another user's session"),
        (Fault::EndOverwrites, "an end must leave an earlier one"),
        (Fault::FirstUseIgnoresGeneration, "counts for the live generation only"),
        (Fault::InsertReplaces, "an insert must not replace a row"),
        (Fault::LimitCountsWhatIsOver, "a limit counts only sessions that can be used"),
        (Fault::LimitForgetsTheUser, "a limit must leave other users alone"),
        (Fault::LimitGoesByTimeAlone, "a limit keeps the new session"),
        (Fault::LimitIsForgotten, "a limit ends the oldest sessions"),
        (Fault::LimitsDoNotTakeTurns, "logins at once must leave as many as one by one"),
        (Fault::ListHoldsEnded, "ended sessions are not listed"),
        (Fault::ListIgnoresMinting, "a list begins after `minted_at`"),
        (Fault::ListIgnoresRefreshes, "a list begins after `refreshed_at`"),
        (Fault::LoadRoundsToSeconds, "a row must come back as it was inserted"),
        (Fault::LoadSwapsColumns, "every column must come back as it was"),
        (Fault::LoadUserGivesAnother, "load_user must give the user's row"),
        (Fault::TouchBringsBack, "an ended session must not be touched"),
        (Fault::TouchGoesBack, "a touch that comes late moves nothing back"),
        (Fault::TouchIsNoRefresh, "a touch writes its two columns only"),
    ] {
        let said = broken_rule(fault);
        assert!(said.contains(rule), "expected {rule:?} of {fault:?} in {said:?}");
    }
}
