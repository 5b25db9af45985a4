//! An import through the ledger: every command is accepted, the money is that of the file, and doing
//! it again, or going on after it broke off, changes nothing. The month of the demo always; the whole
//! file where `TUANZHANG_DATA`, or `../shared/data` beside the workspace, has it.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use crate::import::{Class, DEMO, ImportError, Plan, Step, pounds};
use serde_json::Value;
use tuanzhang_core::book::OpenBook;
use tuanzhang_core::{Actor, BookId, PartyId, Position, Record};
use tuanzhang_ledger::{Ledger, Request};

fn demo() -> Plan {
    Plan::from_bytes(DEMO, |_| ()).unwrap()
}

fn request(step: Step) -> Request {
    let mut request = Request::new(step.actor, step.command).at(step.at);
    request.occurred_at = step.occurred_at;
    request
}

/// Runs the first commands of a plan; how many were accepted, how many repeated. None may be rejected.
fn run(plan: &Plan, ledger: &Ledger, first: usize) -> (usize, usize) {
    let (mut accepted, mut repeated) = (0, 0);
    let mut steps = plan.commands().take(first).peekable();
    while steps.peek().is_some() {
        let batch: Vec<Step> = steps.by_ref().take(1_000).collect();
        let requests: Vec<Request> = batch.iter().cloned().map(request).collect();
        for (step, answer) in batch.iter().zip(ledger.execute_many(&requests).unwrap()) {
            match answer {
                Ok(done) if done.repeated => repeated += 1,
                Ok(_) => accepted += 1,
                Err(rejection) => panic!("line {}: {rejection}: {:?}", step.line, step.command),
            }
        }
    }
    (accepted, repeated)
}

fn records(ledger: &Ledger) -> Vec<Record> {
    ledger.records(Position::new(1)).map(Result::unwrap).collect()
}

/// The balance of an account, in thousandths.
fn balance(ledger: &Ledger, account: &str) -> i64 {
    ledger.read(|book| book.balance(&account.parse().unwrap()).minor())
}

fn sum(ledger: &Ledger) -> i64 {
    ledger.read(|book| book.balances().values().map(|money| money.minor()).sum())
}

/// A file of the data, or none, with a visible line.
fn data(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let root = std::env::var_os("TUANZHANG_DATA").map_or_else(beside, PathBuf::from);
    let path = root.join("uci_online_retail").join(name);
    if !path.is_file() {
        // Straight to the terminal: a captured line would not be seen.
        let _ = writeln!(std::io::stderr(), "skipped: {name} is not there; set TUANZHANG_DATA");
        return None;
    }
    Some(path)
}

#[test]
fn a_month_is_accepted_whole_and_its_money_is_the_files() {
    let (plan, ledger) = (demo(), Ledger::in_memory());
    assert_eq!(run(&plan, &ledger, usize::MAX), (plan.len_hint(), 0));
    assert_eq!(balance(&ledger, "channel:shop"), 748_957_020);
    assert_eq!(balance(&ledger, "suspense:shop"), 66_757_400);
    assert_eq!(sum(&ledger), 0);
    let position = ledger.position();
    assert_eq!(run(&plan, &ledger, usize::MAX), (0, plan.len_hint()), "again adds nothing");
    assert_eq!(ledger.position(), position);
}

#[test]
fn an_import_that_broke_off_goes_on_to_the_same_records() {
    let plan = demo();
    let undisturbed = Ledger::in_memory();
    run(&plan, &undisturbed, usize::MAX);
    let whole = records(&undisturbed);
    for broken_off in [1, 3, 7, 11, 1_234] {
        let ledger = Ledger::in_memory();
        run(&plan, &ledger, broken_off);
        let (accepted, repeated) = run(&plan, &ledger, usize::MAX);
        assert_eq!((accepted + repeated, repeated), (plan.len_hint(), broken_off));
        assert_eq!(records(&ledger), whole);
    }
}

#[test]
fn a_month_with_other_items_than_the_books_is_refused() {
    let ledger = Ledger::in_memory();
    run(&demo(), &ledger, usize::MAX);
    let before = ledger.position();
    let text = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
                1,A,a,1,2010-12-01 08:00:00,1,7,EIRE\n";
    let mut other = Plan::from_bytes(text.as_bytes(), |_| ()).unwrap();
    let error = ledger.read(|book| other.check_against(book)).unwrap_err();
    assert!(
        matches!(&error, ImportError::OtherItems { month, .. } if month == "2010-12"),
        "{error}"
    );
    assert!(
        ledger.read(|book| demo().check_against(book)).is_ok(),
        "the same file again is welcome"
    );
    assert_eq!(ledger.position(), before);
}

#[test]
fn a_file_cut_off_within_its_month_is_refused() {
    let mut text = String::new();
    flate2::read::GzDecoder::new(DEMO).read_to_string(&mut text).unwrap();
    let half: String = text.lines().take(20_000).flat_map(|line| [line, "\n"]).collect();
    let mut half = Plan::from_bytes(half.as_bytes(), |_| ()).unwrap();
    let ledger = Ledger::in_memory();
    run(&half, &ledger, usize::MAX);
    assert!(ledger.read(|book| half.check_against(book)).is_ok());
    let error = ledger.read(|book| demo().check_against(book)).unwrap_err();
    assert!(error.to_string().starts_with("2010-12: "), "{error}");
}

#[test]
fn a_book_in_another_currency_is_refused() {
    let (book, operator) = (BookId::from_bytes([1; 16]), PartyId::from_bytes([2; 16]));
    let open =
        |decimals| OpenBook::new(book, "GBP".into(), "UTC".into(), operator).decimals(decimals);
    let ledger = Ledger::in_memory();
    ledger.execute(Actor::Operator, open(2)).unwrap();
    let error = ledger.read(|book| demo().check_against(book)).unwrap_err();
    assert!(matches!(error, ImportError::OtherCurrency { decimals: 2, .. }), "{error}");
}

#[test]
fn a_book_that_was_opened_otherwise_keeps_its_operator() {
    let (book, operator) = (BookId::from_bytes([1; 16]), PartyId::from_bytes([2; 16]));
    let open = OpenBook::new(book, "GBP".into(), "UTC".into(), operator).decimals(3);
    let ledger = Ledger::in_memory();
    let at = "2010-11-30T00:00:00Z".parse().unwrap();
    ledger.execute_request(Request::new(Actor::Operator, open).at(at)).unwrap();
    let mut plan = demo();
    ledger.read(|book| plan.check_against(book)).unwrap();
    assert_eq!(plan.commands().count(), plan.len_hint());
    assert_eq!(run(&plan, &ledger, usize::MAX), (plan.len_hint(), 0));
    assert_eq!(balance(&ledger, "channel:shop"), 748_957_020);
}

#[test]
fn the_whole_file_has_its_known_classes() {
    let (Some(file), Some(expected)) = (data("online_retail.csv.gz"), data("expected.json")) else {
        return;
    };
    let plan = Plan::read(&file, |_| ()).unwrap();
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(expected).unwrap()).unwrap();
    let known = |kind: &str| {
        let kind = &expected["by_kind"][kind];
        (
            kind["rows"].as_u64().unwrap(),
            kind["qty"].as_i64().unwrap(),
            kind["milli"].as_i64().unwrap(),
        )
    };
    let classes = plan.classes();
    let of = |classes_of: &[Class]| {
        let totals: Vec<_> = classes_of.iter().map(|class| classes.get(*class)).collect();
        let milli: i128 = totals.iter().map(|total| total.milli).sum();
        let quantity = totals.iter().map(|total| total.quantity).sum::<i64>();
        (
            totals.iter().map(|total| total.rows).sum::<u64>(),
            quantity,
            i64::try_from(milli).unwrap(),
        )
    };
    assert_eq!(of(&[Class::Sale]), known("sale"));
    assert_eq!(of(&[Class::CancelTied, Class::CancelUnmatched]), known("cancel"));
    assert_eq!(of(&[Class::BadDebt]), known("baddebt"));
    assert_eq!(of(&[Class::Free]), known("free"));
    assert_eq!(of(&[Class::StockAdjustment]), known("stockadj"));
    let total = classes.total();
    assert_eq!(Some(total.rows), expected["rows"].as_u64());
    assert_eq!(Some(total.quantity), expected["sum_quantity"].as_i64());
    assert_eq!(pounds(total.milli), "9747747.934");
    assert_eq!(
        (classes.get(Class::CancelTied).rows, classes.get(Class::CancelUnmatched).rows),
        (7_183, 2_105)
    );
    let figures = classes.figures;
    assert_eq!((figures.refunds, figures.refunds_of_a_payment_max), (4_310, 12));
    assert_eq!(
        (figures.orders, figures.anonymous_orders, figures.credit_notes),
        (19_959, 1_427, 3_836)
    );
    assert_eq!((figures.leaders, figures.campaigns), (38, 13));
    assert_eq!((figures.ambiguous_times, figures.shifted_times), (0, 0));
    assert_eq!(plan.rejects(), []);
    assert_eq!(plan.commands().count(), plan.len_hint());
}

#[test]
fn the_whole_file_is_accepted_after_its_first_month_as_well_as_alone() {
    let Some(file) = data("online_retail.csv.gz") else { return };
    let plan = Plan::read(&file, |_| ()).unwrap();
    let alone = Ledger::in_memory();
    assert_eq!(run(&plan, &alone, usize::MAX), (plan.len_hint(), 0));
    assert_eq!(balance(&alone, "channel:shop"), 9_747_747_934);
    assert_eq!(balance(&alone, "expense:bad_debt"), 11_062_060);
    assert_eq!(balance(&alone, "suspense:shop"), 437_435_940);
    assert_eq!(balance(&alone, "refund_due:anonymous"), 0);
    assert_eq!(sum(&alone), 0);
    assert_eq!(run(&plan, &alone, usize::MAX), (0, plan.len_hint()), "again adds nothing");

    let (month, after) = (demo(), Ledger::in_memory());
    run(&month, &after, usize::MAX);
    let mut plan = plan;
    after.read(|book| plan.check_against(book)).unwrap();
    assert_eq!(
        run(&plan, &after, usize::MAX),
        (plan.len_hint() - month.len_hint(), month.len_hint())
    );
    let both = alone.records(Position::new(1)).zip(after.records(Position::new(1)));
    assert!(
        both.into_iter().all(|(alone, after)| alone.unwrap() == after.unwrap()),
        "a month is a prefix"
    );
    assert_eq!(after.position(), alone.position());
}
