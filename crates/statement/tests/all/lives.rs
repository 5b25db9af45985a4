//! What must be true of every life.

use std::collections::BTreeMap;

use tuanzhang_core::accounting::Account;
use tuanzhang_core::book::{Book, apply};
use tuanzhang_core::event::Event;
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{Money, Record};
use tuanzhang_statement::{
    Entry, ExplainError, Explanation, Kind, Question, Rule, Scope, Status, exact, rounding,
};

use super::records;

fn explained(records: &[Record], question: Question) -> Explanation {
    let mut explanation = Explanation::new(question);
    for record in records {
        explanation.record(record).unwrap();
    }
    explanation
}

fn balances(records: &[Record]) -> BTreeMap<Account, Money> {
    let mut book = Book::default();
    for record in records {
        apply(&mut book, record).unwrap();
    }
    book.balances()
}

/// Every account of every life is explained to the minor unit, at many positions, and nothing is left unexplained.
#[test]
fn every_account_of_a_book_is_explained() {
    let mut kinds: BTreeMap<Kind, u64> = BTreeMap::new();
    let mut rules: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..40 {
        let records = records(seed, 700);
        let mut explanation = Explanation::new(Question::about(Scope::All));
        for (at, record) in records.iter().enumerate() {
            explanation.record(record).unwrap();
            if at % 97 == 0 {
                explanation.check().unwrap();
            }
        }
        explanation.check().unwrap();
        let sums: BTreeMap<_, _> = explanation.accounts().map(|(a, of)| (a.clone(), of)).collect();
        for (account, balance) in balances(&records) {
            assert_eq!(sums[&account].sum.minor(), i128::from(balance.minor()), "{account}");
        }
        for (account, of) in &sums {
            for (kind, of_kind) in &of.kinds {
                *kinds.entry(*kind).or_default() += of_kind.count;
                for entry in of_kind.subjects.values().flat_map(|of| &of.entries) {
                    *rules.entry(name(&entry.rule)).or_default() += 1;
                    if let Rule::Unexplained { why } = entry.rule {
                        panic!("seed {seed}, {account}: {why}: {entry:#?}");
                    }
                    let said = entry.rule.sentence(Decimals::USUAL);
                    assert!(!said.english.is_empty() && !said.chinese.is_empty(), "{entry:#?}");
                    check_rounding(entry);
                    check_rest(entry);
                    check_noted(entry);
                    let moved_on = matches!(account, Account::Available(_) | Account::Income(_))
                        && entry.kind == Kind::Settled;
                    assert!(!moved_on || !entry.made_of.is_empty(), "{entry:#?}");
                }
            }
            assert_eq!(of.checked + of.given, of.count, "seed {seed}, {account}");
            assert_eq!(of.unexplained, 0);
        }
    }
    println!("{kinds:?}\n{rules:?}");
    for kind in Kind::ALL {
        assert!(kinds.contains_key(kind), "no life has {}", kind.key());
    }
}

/// What a share comes to exactly, and what rounding took off it, is what it asked for: less than one minor unit off.
fn check_rounding(entry: &Entry) {
    for step in entry.rule.portion().iter().flat_map(|portion| &portion.steps) {
        let (Some(exact), Some(off)) =
            (exact(step, Decimals::USUAL), rounding(step, Decimals::USUAL))
        else {
            continue;
        };
        let wanted = (exact + off).to_string().parse::<rust_decimal::Decimal>().unwrap();
        assert_eq!(wanted, rust_decimal::Decimal::new(step.wanted.minor(), 2));
        assert!(off <= rust_decimal::Decimal::ZERO && off > rust_decimal::Decimal::new(-1, 2));
    }
}

/// What is left for the role that takes the rest can be reckoned from the shares beside it.
fn check_rest(entry: &Entry) {
    let Some(portion) = entry.rule.portion() else { return };
    for step in portion.steps.iter().filter(|step| step.take.is_none()) {
        let shares = Money::sum(portion.shares.iter().map(|share| share.taken)).unwrap();
        assert_eq!(portion.value.minus(shares).unwrap(), step.wanted, "{entry:#?}");
    }
    let (value, rest) = (portion.value.display(Decimals::USUAL), portion.amount);
    let sold = portion.steps.len() == 1 && portion.steps[0].take.is_none();
    if sold && !portion.value.is_zero() {
        let said = entry.rule.sentence(Decimals::USUAL).english;
        let taken: Vec<Money> = portion
            .shares
            .iter()
            .map(|share| share.taken)
            .filter(|taken| !taken.is_zero())
            .collect();
        let taken: Vec<String> = taken.iter().map(|taken| taken.display(Decimals::USUAL)).collect();
        let terms = [&[value][..], &taken].concat().join(" - ");
        let sum = format!("{terms} = {}", rest.display(Decimals::USUAL));
        assert!(said.contains(&sum), "{sum}: {said}");
    }
}

/// What nothing is reckoned for says where it came from; a refund says who approved it.
fn check_noted(entry: &Entry) {
    let noted = entry.noted.as_deref();
    if matches!(entry.rule, Rule::Given) {
        let noted = noted.unwrap_or_else(|| panic!("{entry:#?}"));
        assert!(!noted.against.is_empty() && !noted.lines().is_empty(), "{entry:#?}");
    }
    if matches!(entry.kind, Kind::Adjusted | Kind::WrittenOff | Kind::Resolved) {
        assert!(noted.is_some_and(|noted| noted.reason.is_some()), "{entry:#?}");
    }
    if entry.refund.is_some() {
        let refund = noted.and_then(|noted| noted.refund).unwrap();
        assert!(refund.approved.is_some(), "{entry:#?}");
        assert!(refund.kind.is_some() != refund.cause.is_some(), "{entry:#?}");
    }
}

fn name(rule: &Rule) -> &'static str {
    rule.status().word()
}

/// One account asked about by itself is what it is among all; so is a party.
#[test]
fn one_account_and_one_party_are_explained_as_among_all() {
    for seed in 0..6 {
        let records = records(seed, 500);
        let all = explained(&records, Question::about(Scope::All));
        let operator = all.book().head().unwrap().operator();
        for (account, of) in all.accounts() {
            let one = explained(&records, Question::about(Scope::Account(account.clone())));
            one.check().unwrap();
            assert_eq!(one.accounts().collect::<Vec<_>>(), [(account, of)], "seed {seed}");
            if let Some(party) = tuanzhang_statement::party_of(account, operator) {
                let own = explained(&records, Question::about(Scope::Party(party)));
                let of_party = own.accounts().find(|(other, _)| *other == account);
                assert_eq!(of_party, Some((account, of)));
            }
        }
    }
}

/// Sums stay whole, whatever is kept; the last entries are, and the dropped are counted.
#[test]
fn few_entries_are_kept_and_all_are_counted() {
    let records = records(3, 700);
    let whole = explained(&records, Question::about(Scope::All));
    let few = explained(&records, Question { entries_max: 50, ..Question::about(Scope::All) });
    few.check().unwrap();
    let (mut kept, mut dropped, mut movements) = (0, 0, 0);
    for ((account, of), (_, all)) in few.accounts().zip(whole.accounts()) {
        assert_eq!((of.sum, of.count, of.checked), (all.sum, all.count, all.checked), "{account}");
        for subject in of.kinds.values().flat_map(|kind| kind.subjects.values()) {
            assert_eq!(
                subject.dropped + u64::try_from(subject.entries.len()).unwrap(),
                subject.count
            );
            kept += subject.entries.len();
            dropped += subject.dropped;
        }
        movements += of.count;
    }
    assert!(kept > 10 && kept <= 50, "{kept}");
    assert_eq!(dropped + u64::try_from(kept).unwrap(), movements);
}

/// An explanation of one order shows that order, and the rest in one sum.
#[test]
fn one_order_is_shown_and_the_others_are_summed() {
    let records = records(5, 700);
    let whole = explained(&records, Question::about(Scope::All));
    let orders: Vec<_> = whole.book().orders().map(|(id, _)| *id).collect();
    let mut shown = 0;
    for order in orders.iter().take(40) {
        let question = Question { order: Some(*order), ..Question::about(Scope::All) };
        let one = explained(&records, question);
        one.check().unwrap();
        for ((_, of), (_, all)) in one.accounts().zip(whole.accounts()) {
            assert_eq!((of.sum, of.count), (all.sum, all.count));
            shown += of.count - of.others;
        }
    }
    assert!(shown > 100, "{shown}");
}

/// The control: an amount that the terms don't give is not explained, and is counted.
#[test]
fn a_part_that_was_tampered_with_is_unexplained() {
    let mut tampered = 0;
    for seed in 0..4 {
        let mut records = records(seed, 400);
        for record in &mut records {
            for event in &mut record.events {
                let Event::OrderPaid(paid) = event else { continue };
                let parts = &mut paid.moved.parts;
                let of_goods = |line| {
                    move |part: &tuanzhang_core::event::Part| {
                        part.base == tuanzhang_core::event::Base::Goods && part.line == line
                    }
                };
                let own: Vec<usize> =
                    (0..parts.len()).filter(|at| of_goods(0)(&parts[*at])).collect();
                if own.len() > 1 && parts[own[0]].amount.is_positive() {
                    // One minor unit from one role to another: the event still sums to zero.
                    let one = Money::from_minor(1).unwrap();
                    parts[own[0]].amount = parts[own[0]].amount.minus(one).unwrap();
                    parts[own[1]].amount = parts[own[1]].amount.plus(one).unwrap();
                    tampered += 1;
                }
            }
        }
        let mut explanation = Explanation::new(Question::about(Scope::All));
        // A later record may contradict what was tampered with; up to there all is explained.
        let _ = records.iter().try_for_each(|record| explanation.record(record));
        let unexplained: u64 = explanation.accounts().map(|(_, of)| of.unexplained).sum();
        assert!(unexplained >= 2, "seed {seed}: {unexplained}");
        let said = explanation.accounts().flat_map(|(_, of)| of.kinds.values());
        let said = said.flat_map(|kind| kind.subjects.values()).flat_map(|of| &of.entries);
        assert!(said.into_iter().any(|entry| entry.rule.status() == Status::Unexplained));
    }
    assert!(tampered > 10, "{tampered}");
}

#[test]
fn a_record_out_of_order_is_refused() {
    let records = records(1, 100);
    let mut explanation = Explanation::new(Question::about(Scope::All));
    explanation.record(&records[0]).unwrap();
    let why: ExplainError = explanation.record(&records[2]).unwrap_err().into();
    assert!(why.to_string().contains("position"), "{why}");
}
