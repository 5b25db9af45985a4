//! A store that fails at each append, before and after it wrote: durable state and answers are untouched,
//! and sending the same command again finds out. With a control that must be caught.

use std::sync::Arc;

use tuanzhang_core::order::CancelOrder;
use tuanzhang_core::{Actor, Position, Rejection};
use tuanzhang_log::MemoryStore;
use tuanzhang_log::testing::{AppendFault, FailingStore, Moment, ReadFault};

use super::stores::{Gated, Poisonable};
use super::*;
use crate::execute::{Appended, append, decide_all, execute, merge};
use crate::request::Answer;
use crate::{ExecuteError, Health};

type Failing = Arc<FailingStore<Arc<MemoryStore>>>;

fn failing() -> (Arc<MemoryStore>, Failing) {
    let memory = memory();
    (Arc::clone(&memory), Arc::new(FailingStore::new(memory)))
}

/// Requests that each append at least one record.
fn script() -> Vec<Request> {
    let mut requests = setup();
    for number in 0..4 {
        requests.push(Request::new(Actor::Buyer(buyer(number)), place(number, 2)));
        requests.push(Request::new(Actor::Operator, pay(number, "179.80")));
    }
    requests
}

fn is_of_kind(error: &ExecuteError, fault: AppendFault) -> bool {
    match fault {
        AppendFault::Unknown => matches!(error, ExecuteError::Unknown { .. }),
        AppendFault::Unavailable | AppendFault::TooLarge => {
            matches!(error, ExecuteError::Unavailable { .. })
        }
        AppendFault::Damaged => matches!(error, ExecuteError::Damaged { .. }),
        AppendFault::Raced => false,
    }
}

/// Runs the script with one append that fails, sends that command again, and compares with a run in which
/// nothing fails.
fn check(at: usize, fault: AppendFault, moment: Moment, expected: &str) {
    let case = format!("append {at} {fault:?} {moment:?}");
    let script = script();
    let (memory, store) = failing();
    let mut ledger = open(Arc::clone(&store));
    for (number, request) in script.iter().enumerate() {
        if number == at {
            let before = seen(&ledger);
            let behind = memory.clone();
            store.fail_next_append(fault, moment);
            let answer = ledger.execute_request(request.clone());
            if fault == AppendFault::Raced {
                assert!(!answer.unwrap().repeated, "{case}");
                continue;
            }
            let error = answer.unwrap_err();
            assert!(is_of_kind(&error, fault), "{case}: {error}");
            assert_eq!(seen(&ledger), before, "{case}");
            if fault == AppendFault::Damaged {
                assert!(matches!(ledger.health(), Health::Stopped(_)), "{case}");
                let again = ledger.execute_request(request.clone()).unwrap_err();
                assert!(is_of_kind(&again, fault), "{case}");
                assert_eq!(seen(&ledger), before, "{case}");
                ledger = open(Arc::clone(&store));
            }
            let again = ledger.execute_request(request.clone()).unwrap();
            assert_eq!(again.repeated, moment == Moment::After, "{case}");
            assert_eq!(again.position.get(), u64::try_from(at).unwrap() + 1, "{case}");
            assert_eq!(ledger.health(), Health::Ready, "{case}");
            assert_eq!(seen(&open(behind)), seen(&ledger), "{case}");
        } else {
            assert!(!ledger.execute_request(request.clone()).unwrap().repeated, "{case}");
        }
    }
    assert_eq!(seen(&ledger), expected, "{case}");
    assert_eq!(seen(&open(memory)), expected, "{case}");
}

#[test]
fn an_append_that_fails_leaves_state_and_answers_untouched_and_a_resend_finds_out() {
    let flawless = open(memory());
    for answer in flawless.execute_many(&script()).unwrap() {
        answer.unwrap();
    }
    let expected = seen(&flawless);
    let mut cases = 0;
    for at in 0..script().len() {
        for fault in AppendFault::ALL {
            for moment in [Moment::Before, Moment::After] {
                // A race that was lost after writing is no race: a store that promises nothing.
                if (fault, moment) != (AppendFault::Raced, Moment::After) {
                    check(at, fault, moment, &expected);
                    cases += 1;
                }
            }
        }
    }
    println!("appends that failed: {cases} cases");
}

/// One way to run a batch.
type Path = fn(&Ledger, &[&Request]) -> Result<Vec<Answer>, ExecuteError>;

fn real_path(ledger: &Ledger, requests: &[&Request]) -> Result<Vec<Answer>, ExecuteError> {
    execute(ledger.shared(), &mut ledger.shared().writer(), requests)
}

/// The defect that the overlay is there to prevent: the state changes before the store has the batch.
fn merges_too_early(ledger: &Ledger, requests: &[&Request]) -> Result<Vec<Answer>, ExecuteError> {
    let (shared, writer) = (ledger.shared(), &mut *ledger.shared().writer());
    decide_all(shared, writer, requests)?;
    merge(shared, writer);
    append(shared, writer, None)?;
    Ok(std::mem::take(&mut writer.batch.answers))
}

/// Another: the answers are given though the batch lost.
fn answers_too_early(ledger: &Ledger, requests: &[&Request]) -> Result<Vec<Answer>, ExecuteError> {
    let (shared, writer) = (ledger.shared(), &mut *ledger.shared().writer());
    decide_all(shared, writer, requests)?;
    if let Ok(Appended::Durable) = append(shared, writer, None) {
        merge(shared, writer);
    }
    Ok(std::mem::take(&mut writer.batch.answers))
}

/// What is wrong after a batch whose append failed with nothing written.
fn harm(path: Path, fault: AppendFault) -> Option<&'static str> {
    let (_, store) = failing();
    let ledger = shop(Arc::clone(&store));
    let before = seen(&ledger);
    store.fail_next_append(fault, Moment::Before);
    let requests = [
        Request::new(Actor::Buyer(buyer(1)), place_sku(1, "rare", 1)),
        Request::new(Actor::Buyer(buyer(2)), place_sku(2, "rare", 1)),
    ];
    let answers = path(&ledger, &requests.each_ref());
    if answers.is_ok() {
        return Some("answered what the store has not");
    }
    (seen(&ledger) != before).then_some("state shows what the store has not")
}

#[test]
fn the_assertion_catches_a_path_that_merges_or_answers_too_early() {
    for fault in [AppendFault::Unknown, AppendFault::Unavailable, AppendFault::Damaged] {
        assert_eq!(harm(real_path, fault), None, "{fault:?}");
        let caught = harm(merges_too_early, fault);
        assert_eq!(caught, Some("state shows what the store has not"), "{fault:?}");
        let caught = harm(answers_too_early, fault);
        assert_eq!(caught, Some("answered what the store has not"), "{fault:?}");
    }
}

#[test]
fn a_refusal_that_rests_on_the_batch_is_not_given_when_the_append_fails() {
    let (_, store) = failing();
    let ledger = shop(Arc::clone(&store));
    store.fail_next_append(AppendFault::Unavailable, Moment::Before);
    let requests = [
        Request::new(Actor::Buyer(buyer(1)), place_sku(1, "rare", 1)),
        Request::new(Actor::Buyer(buyer(2)), place_sku(2, "rare", 1)),
    ];
    let error = ledger.execute_many(&requests).unwrap_err();
    assert!(error.answered.is_empty());
    assert!(matches!(error.error, ExecuteError::Unavailable { .. }));
    // The first gave up; the last one is still there for the second.
    ledger.execute_request(requests[1].clone()).unwrap();
    let late = ledger.execute_request(requests[0].clone()).unwrap_err();
    assert_eq!(late.rejection().map(Rejection::code), Some("out_of_stock"));
}

#[test]
fn answers_of_earlier_appends_survive_a_later_failure() {
    let (_, store) = failing();
    let ledger = shop(Arc::clone(&store));
    store.fail_append(store.appends() + 2, AppendFault::Unknown, Moment::After);
    let requests: Vec<_> = (0..3000)
        .map(|number| Request::new(Actor::Buyer(buyer(number)), place(number, 1)))
        .collect();
    let error = ledger.execute_many(&requests).unwrap_err();
    assert_eq!(error.answered.len(), crate::BATCH_RECORDS_MAX);
    assert!(matches!(error.error, ExecuteError::Unknown { .. }));
    let again = ledger.execute_many(&requests).unwrap();
    assert!(again.iter().all(|answer| answer.as_ref().unwrap().repeated));
    assert_eq!(ledger.position(), Position::new(3004));
}

#[test]
fn while_the_store_cant_be_read_nothing_is_decided() {
    let (_, store) = failing();
    let ledger = shop(Arc::clone(&store));
    store.fail_next_append(AppendFault::Unknown, Moment::After);
    let request = Request::new(Actor::Buyer(buyer(1)), place(1, 1));
    assert!(matches!(ledger.execute_request(request.clone()), Err(ExecuteError::Unknown { .. })));
    assert_eq!(ledger.health(), Health::Behind);
    store.fail_reads(Some(ReadFault::Unavailable));
    let appends = store.appends();
    assert!(matches!(
        ledger.execute_request(request.clone()),
        Err(ExecuteError::Unavailable { .. })
    ));
    assert_eq!(store.appends(), appends);
    store.fail_reads(None);
    assert!(ledger.execute_request(request).unwrap().repeated);
    assert_eq!(ledger.health(), Health::Ready);
}

/// A journal whose sync has failed: the record is there, the handle shows it no more than before, and writes
/// nothing.
#[test]
fn after_a_lost_answer_nothing_is_refused_on_a_state_that_may_be_old() {
    let store = Poisonable::new();
    let ledger = shop(Arc::clone(&store));
    store.poison_at_next();
    let doubtful = Request::new(Actor::Buyer(buyer(1)), place_sku(1, "rare", 1));
    let lost = ledger.execute_request(doubtful.clone());
    assert!(matches!(lost, Err(ExecuteError::Unknown { .. })));
    // Refused only if the order isn't there; and it may be.
    let pay = Request::new(Actor::Operator, pay(1, "1.00"));
    let cancel = Request::new(Actor::Buyer(buyer(2)), CancelOrder::new(order(1)));
    for request in [&doubtful, &pay, &cancel] {
        let answer = ledger.execute_request(request.clone());
        assert!(matches!(answer, Err(ExecuteError::Unavailable { .. })), "{answer:?}");
    }
    // What was recorded before is not in doubt.
    let known = setup().swap_remove(0);
    assert!(ledger.execute_request(known).unwrap().repeated);
    let reopened = open(store.reopened());
    assert!(reopened.execute_request(doubtful).unwrap().repeated);
    let refused = reopened.execute_request(cancel).unwrap_err();
    assert_eq!(refused.rejection().map(Rejection::code), Some("not_allowed"));
}

#[test]
fn a_store_that_panics_leaves_a_handle_that_goes_on() {
    let store = Gated::new();
    let ledger = shop(Arc::clone(&store));
    let before = seen(&ledger);
    store.panic_next();
    let run = || ledger.execute(Actor::Buyer(buyer(1)), place(1, 1));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    assert_eq!(seen(&ledger), before);
    assert!(!run().unwrap().repeated);
    store.panic_next();
    let lost = submit::block_on(ledger.submit(Actor::Buyer(buyer(2)), place(2, 1)));
    assert!(matches!(lost, Err(ExecuteError::Unknown { .. })));
    let again = submit::block_on(ledger.submit(Actor::Buyer(buyer(2)), place(2, 1)));
    assert!(!again.unwrap().repeated);
}
