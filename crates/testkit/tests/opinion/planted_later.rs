//! More of the control: errors planted in the rules of prices, undone approvals, suspense, sealed periods
//! and duties. Each must be found.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

use tuanzhang_core::book::{Book, Decision, decide};
use tuanzhang_core::command::Command;
use tuanzhang_core::event::{Event, Reopened};
use tuanzhang_core::money::Money;
use tuanzhang_core::{Actor, Rejection, Time};
use tuanzhang_testkit::agree::{Checks, live_under};
use tuanzhang_testkit::life::{Life, choices_of};

/// What core decided, with an error in it.
type Planted = fn(&mut [Event]);

const ERRORS: &[(&str, Planted)] = &[
    ("an order is charged a fen more than its tier", charged_more),
    ("a campaign locks a price a fen too high", locked_high),
    ("a closed campaign locks no price", locked_nothing),
    ("an adjustment owes a fen too little", adjusted_less),
    ("an adjustment forgets the discount that its funder gets back", funder_forgotten),
    ("an order paid late pays the price of its placing", late_at_old_price),
    ("an undone approval gives a fen too little back", reopened_less),
    ("an undone approval forgets the shipping fee", shipping_forgotten),
    ("an exchange takes units that were received for ones under way", exchanged_elsewhere),
    ("money out of suspense counts for another amount", resolved_more),
    ("a period is sealed a microsecond short", sealed_short),
    ("a written-off debt is a fen smaller", written_off_less),
];

fn add(amount: &mut Money, minor: i64) {
    *amount = Money::from_minor(amount.minor() + minor).unwrap();
}

fn charged_more(events: &mut [Event]) {
    let Some(Event::OrderPlaced(placed)) = events.first_mut() else { return };
    if let [line] = placed.lines.as_mut_slice()
        && line.quantity == 1
        && line.discount.is_zero()
        && events.len() == 1
    {
        let Some(Event::OrderPlaced(placed)) = events.first_mut() else { return };
        let line = &mut placed.lines[0];
        add(&mut line.price, 1);
        add(&mut line.list, 1);
        add(&mut placed.due, 1);
    }
}

fn locked_high(events: &mut [Event]) {
    let Some(Event::CampaignClosed(closed)) = events.first_mut() else { return };
    if let Some(locked) = closed.locked.first_mut() {
        add(&mut locked.price, 1);
    }
}

fn locked_nothing(events: &mut [Event]) {
    if let Some(Event::CampaignClosed(closed)) = events.first_mut() {
        closed.locked.clear();
    }
}

fn adjusted_less(events: &mut [Event]) {
    let Some(Event::PriceAdjusted(adjusted)) = events.first_mut() else { return };
    let part = adjusted.moved.parts.iter_mut().find(|part| part.amount.is_negative());
    if let Some(part) = part {
        add(&mut part.amount, 1);
        add(&mut adjusted.paid, -1);
    }
}

fn funder_forgotten(events: &mut [Event]) {
    use tuanzhang_core::event::Base;
    let Some(Event::PriceAdjusted(adjusted)) = events.first_mut() else { return };
    let back = adjusted.moved.parts.iter().position(|part| part.base == Base::Discount);
    if let Some(back) = back.filter(|at| !adjusted.moved.parts[*at].amount.is_zero()) {
        let part = adjusted.moved.parts.remove(back);
        let other = &mut adjusted.moved.parts[0];
        add(&mut other.amount, part.amount.minor());
    }
}

fn late_at_old_price(events: &mut [Event]) {
    for event in events {
        if let Event::OrderPaid(paid) = event {
            paid.lines.iter_mut().for_each(|line| line.charged = None);
        }
    }
}

fn reopened(events: &mut [Event]) -> Option<&mut Reopened> {
    match events.first_mut()? {
        Event::ReturnLapsed(lapsed) => Some(&mut lapsed.reopened),
        Event::RefundWithdrawn(withdrawn) => withdrawn.reopened.as_mut(),
        _ => None,
    }
}

fn reopened_less(events: &mut [Event]) {
    let Some(reopened) = reopened(events) else { return };
    if let Some(part) = reopened.moved.parts.iter_mut().find(|part| part.amount.is_positive()) {
        add(&mut part.amount, -1);
        add(&mut reopened.due, -1);
    }
}

fn shipping_forgotten(events: &mut [Event]) {
    if let Some(reopened) = reopened(events) {
        reopened.shipping_fee = Money::ZERO;
    }
}

fn exchanged_elsewhere(events: &mut [Event]) {
    let Some(Event::RefundApproved(approved)) = events.first_mut() else { return };
    for taken in &mut approved.exchanged {
        taken.received = 0;
    }
}

fn resolved_more(events: &mut [Event]) {
    if let Some(Event::UnmatchedResolved(money)) = events.first_mut() {
        add(&mut money.amount, 1);
    }
}

fn sealed_short(events: &mut [Event]) {
    if let Some(Event::PeriodSealed(sealed)) = events.first_mut() {
        sealed.through = Time::from_micros(sealed.through.micros().saturating_sub(1));
    }
}

fn written_off_less(events: &mut [Event]) {
    let Some(Event::WrittenOff(debt)) = events.first_mut() else { return };
    if debt.amount.minor() > 1 {
        add(&mut debt.amount, -1);
    }
}

const LIVES: u64 = 1_000;
const COMMANDS: u64 = 600;

/// After how many commands lives under these rules show a fault, and which.
fn found(rules: impl Fn(&Book, Time, Option<Time>, Actor, &Command) -> Decision) -> Option<String> {
    let mut before = 0;
    for seed in 1..=LIVES {
        let choices = choices_of(seed, usize::try_from(COMMANDS).unwrap());
        let lived = live_under(&rules, Life::of_choices(choices), COMMANDS, Checks::ALL);
        if let Some(fault) = lived.faults.first() {
            return Some(format!("after {} commands, {}", before + fault.number, fault.kind));
        }
        before += lived.commands;
    }
    None
}

#[test]
fn every_error_planted_in_the_later_rules_is_found() {
    for (what, planted) in ERRORS {
        let rules = |book: &Book, at, occurred_at, actor, command: &Command| match decide(
            book,
            at,
            occurred_at,
            actor,
            command,
        ) {
            Decision::Accepted(mut events) => {
                planted(&mut events);
                Decision::Accepted(events)
            }
            decision => decision,
        };
        let fault = found(rules).unwrap_or_else(|| panic!("{what}: not found in {LIVES} lives"));
        println!("{what}: {fault}");
    }
}

#[test]
fn a_wrong_code_that_opens_is_found() {
    let rules = |book: &Book, at, occurred_at, actor, command: &Command| match (
        decide(book, at, occurred_at, actor, command),
        command,
    ) {
        (Decision::Rejected(Rejection::WrongCode { .. }), Command::PickUpOrder(c)) => {
            Decision::Rejected(Rejection::NotPaid { order: c.order })
        }
        (decision, _) => decision,
    };
    println!("{}", found(rules).unwrap());
}
