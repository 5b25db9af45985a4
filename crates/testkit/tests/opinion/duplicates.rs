//! Natural idempotency (`domain.md` 2.4): whatever is sent again, whenever, changes nothing and is
//! answered as it was.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::wildcard_imports,
    reason = "tests"
)]

use proptest::prelude::*;
use tuanzhang_core::book::{Book, Decision, decide};
use tuanzhang_core::command::Command;
use tuanzhang_core::{Actor, Time};
use tuanzhang_testkit::agree::{Core, json_line, same_state};
use tuanzhang_testkit::life::{Life, Sent, choices};
use tuanzhang_testkit::model::Outcome;

type Rules = fn(&Book, Time, Option<Time>, Actor, &Command) -> Decision;

/// *All that is left*, without an id: later more may be left, and then this is a new command.
fn means_all_that_is_left(command: &Command) -> bool {
    match command {
        Command::ShipOrder(c) => c.parcel.is_none(),
        Command::ArriveAtPickup(c) => c.arrival.is_none(),
        Command::ReceiveOrder(c) => c.receipt.is_none(),
        Command::PickUpOrder(c) => c.handover.is_none(),
        _ => false,
    }
}

/// Sends a command that was accepted at `position` again. Of *all that is left* the last such record
/// answers, and nothing is sent if there is something left.
fn sent_again(core: &mut Core<Rules>, sent: &Sent, position: u64) -> Result<(), TestCaseError> {
    let all = means_all_that_is_left(&sent.command);
    let decision = decide(&core.book, sent.at, sent.occurred_at, sent.actor, &sent.command);
    if all && !matches!(decision, Decision::Known(_)) {
        return Ok(());
    }
    let (answer, _) = core.submit(sent).map_err(TestCaseError::fail)?;
    let as_it_was = match answer {
        Outcome::Repeated { position: at } if all => at >= position,
        Outcome::Repeated { position: at } => at == position,
        Outcome::Accepted { .. } | Outcome::Rejected { .. } => false,
    };
    prop_assert!(as_it_was, "{:?}, and was accepted at {}: {}", answer, position, json_line(sent));
    Ok(())
}

/// What a life's accepted commands leave, and where each was recorded.
fn lived(choices: Vec<Vec<u8>>) -> (Core<Rules>, Vec<(Sent, u64)>) {
    let mut core: Core<Rules> = Core::new(decide::<Book>);
    let mut accepted = Vec::new();
    for sent in Life::of_choices(choices) {
        if let Ok((Outcome::Accepted { position }, _)) = core.submit(&sent) {
            accepted.push((sent, position));
        }
    }
    (core, accepted)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_life_sent_again_from_its_beginning_changes_nothing(choices in choices(120)) {
        let (mut core, accepted) = lived(choices);
        let (before, records) = (core.book.clone(), core.records.len());
        for (sent, position) in &accepted {
            sent_again(&mut core, sent, *position)?;
        }
        prop_assert_eq!(core.records.len(), records);
        prop_assert_eq!(same_state(&before, &core.book), Ok(()));
    }

    /// After each command some earlier one comes again, or the same; the book is as if none had.
    #[test]
    fn duplicates_on_the_way_change_nothing(
        choices in choices(120),
        again in prop::collection::vec(0_usize..40, 1..40),
    ) {
        let (once, accepted) = lived(choices);
        let mut core: Core<Rules> = Core::new(decide::<Book>);
        for (number, (sent, position)) in accepted.iter().enumerate() {
            let (answer, _) = core.submit(sent).map_err(TestCaseError::fail)?;
            prop_assert_eq!(answer, Outcome::Accepted { position: *position });
            let back = again[number % again.len()];
            if let Some(earlier) = number.checked_sub(back) {
                let (sent, position) = &accepted[earlier];
                sent_again(&mut core, sent, *position)?;
            }
        }
        prop_assert_eq!(&core.records, &once.records);
        prop_assert_eq!(same_state(&once.book, &core.book), Ok(()));
    }
}

/// The control: a book in which one command ran twice is not the same.
#[test]
fn a_command_that_ran_twice_is_noticed() {
    let (mut core, accepted) = lived(tuanzhang_testkit::life::choices_of(1, 60));
    let before = core.book.clone();
    let cost = Command::RecordCost(tuanzhang_core::accounting::RecordCost::new(
        tuanzhang_core::CostId::from_bytes([7; 16]),
        tuanzhang_core::accounting::ExpenseKind::Labour,
        "bank".into(),
        "1".into(),
    ));
    let at = accepted.last().unwrap().0.at;
    let outcome = Outcome::Rejected { code: "" };
    let sent = Sent { at, occurred_at: None, actor: Actor::Operator, command: cost, outcome };
    assert!(matches!(core.submit(&sent), Ok((Outcome::Accepted { .. }, _))));
    assert!(same_state(&before, &core.book).is_err());
}
