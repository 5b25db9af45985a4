//! The control of `agree`: errors planted in core's decisions, one at a time. Each must be found, and
//! those that break an invariant also without the model.
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

use std::any::type_name;
use std::sync::Arc;

use tuanzhang_core::book::{
    Book, BuyerCount, Campaign, Decision, Entity, ItemCount, Order, Party, PartyKind, Payment,
    Read, Seller, State, decide,
};
use tuanzhang_core::command::Command;
use tuanzhang_core::event::{Base, Event, Part, PayoutRequested, RefundApproved};
use tuanzhang_core::money::{Money, Rate, SplitTake};
use tuanzhang_core::{Actor, Rejection, Role, Time};
use tuanzhang_testkit::agree::{Checks, Fault, live_under};
use tuanzhang_testkit::life::{Life, choices_of};

/// A command, and the book that it is decided against.
struct Asked<'a> {
    book: &'a Book,
    at: Time,
    occurred_at: Option<Time>,
    actor: Actor,
    command: &'a Command,
}

impl Asked<'_> {
    fn decided(&self) -> Decision {
        self.against(self.book)
    }

    /// What core would decide if the book were another.
    fn against(&self, book: &impl Read) -> Decision {
        decide(book, self.at, self.occurred_at, self.actor, self.command)
    }
}

/// Core's decision, with an error in it.
type Planted = fn(&Asked<'_>) -> Decision;

struct Error {
    what: &'static str,
    planted: Planted,
    /// The invariants find it without the model.
    breaks_an_invariant: bool,
}

const ERRORS: &[Error] = &[
    Error {
        what: "a share is rounded, not floored",
        planted: rounded_share,
        breaks_an_invariant: false,
    },
    Error {
        what: "a returned unit is rounded, not floored",
        planted: rounded_unit,
        breaks_an_invariant: false,
    },
    Error { what: "one fen moves between two parts", planted: one_fen, breaks_an_invariant: true },
    Error {
        what: "a discount funded by all falls on one line",
        planted: crooked_discount,
        breaks_an_invariant: false,
    },
    Error {
        what: "a refused payout is accepted",
        planted: payout_of_more,
        breaks_an_invariant: true,
    },
    Error {
        what: "an accepted registration is refused",
        planted: refused_registration,
        breaks_an_invariant: false,
    },
    Error { what: "a refusal has another code", planted: another_code, breaks_an_invariant: false },
    Error { what: "stock isn't released", planted: stock_kept, breaks_an_invariant: true },
    Error {
        what: "an order is placed beyond the stock",
        planted: oversold,
        breaks_an_invariant: true,
    },
    Error {
        what: "a payment's refunds aren't counted",
        planted: refunds_not_counted,
        breaks_an_invariant: true,
    },
    Error {
        what: "a channel gives back for ever",
        planted: channel_for_ever,
        breaks_an_invariant: true,
    },
    Error { what: "a part goes to a third tier", planted: third_tier, breaks_an_invariant: true },
    Error {
        what: "a payment sent again is recorded again",
        planted: recorded_again,
        breaks_an_invariant: true,
    },
    Error {
        what: "an order settles before its window ends",
        planted: settled_early,
        breaks_an_invariant: false,
    },
    Error {
        what: "the shipping fee goes back twice",
        planted: shipping_twice,
        breaks_an_invariant: true,
    },
    Error {
        what: "a buyer's limit isn't kept",
        planted: limit_forgotten,
        breaks_an_invariant: true,
    },
    Error {
        what: "return shipping is claimed above the cap",
        planted: cap_forgotten,
        breaks_an_invariant: true,
    },
    Error { what: "units are returned twice", planted: returned_twice, breaks_an_invariant: true },
    Error {
        what: "a settled order leaves something pending",
        planted: left_pending,
        breaks_an_invariant: true,
    },
    Error {
        what: "goodwill falls on the wrong party",
        planted: wrong_bearer,
        breaks_an_invariant: false,
    },
];

/// The first fault that lives under these rules show, and after how many commands.
fn found(planted: Planted, checks: Checks, most: u64) -> Option<(u64, Fault)> {
    let mut before = 0;
    for seed in 1..=most {
        let rules = |book: &Book, at, occurred_at, actor, command: &Command| {
            planted(&Asked { book, at, occurred_at, actor, command })
        };
        let choices = choices_of(seed, usize::try_from(COMMANDS).unwrap());
        let lived = live_under(rules, Life::of_choices(choices), COMMANDS, checks);
        if let Some(fault) = lived.faults.into_iter().next() {
            return Some((before + fault.number, fault));
        }
        before += lived.commands;
    }
    None
}

/// Lives in which an error must be found, and lives in which one that isn't to be found is looked for.
const LIVES: u64 = 1_000;
const LIVES_IN_VAIN: u64 = 30;
const COMMANDS: u64 = 600;

#[test]
fn every_planted_error_is_found() {
    for error in ERRORS {
        let (after, fault) = found(error.planted, Checks::ALL, LIVES)
            .unwrap_or_else(|| panic!("{}: not found in {LIVES} lives", error.what));
        println!("{}: after {after} commands, {}", error.what, fault.kind);
    }
    assert!(
        found(|asked| asked.decided(), Checks::ALL, LIVES_IN_VAIN).is_none(),
        "and core alone is found faulty"
    );
}

#[test]
fn the_invariants_find_on_their_own_what_breaks_one() {
    let alone = Checks { model: false, ..Checks::ALL };
    for error in ERRORS {
        let most = if error.breaks_an_invariant { LIVES } else { LIVES_IN_VAIN };
        let fault = found(error.planted, alone, most);
        let what = fault.as_ref().and_then(|(_, fault)| fault.what.lines().next());
        let after = fault.as_ref().map_or(0, |(after, _)| *after);
        println!("{}: after {after} commands, {}", error.what, what.unwrap_or("never"));
        assert_eq!(fault.is_some(), error.breaks_an_invariant, "{}: {what:?}", error.what);
    }
}

/// The decision, with its one event of a kind altered.
fn altered(decision: Decision, alter: impl FnOnce(&mut [Event])) -> Decision {
    match decision {
        Decision::Accepted(mut events) => {
            alter(&mut events);
            Decision::Accepted(events)
        }
        Decision::Known(_) | Decision::Rejected(_) => decision,
    }
}

fn approved(events: &mut [Event]) -> Option<&mut RefundApproved> {
    events.iter_mut().find_map(|event| match event {
        Event::RefundApproved(approved) => Some(approved),
        _ => None,
    })
}

fn add(part: &mut Part, minor: i64) {
    add_to(&mut part.amount, minor);
}

fn add_to(amount: &mut Money, minor: i64) {
    *amount = Money::from_minor(amount.minor() + minor).unwrap();
}

/// Of the first line that is split by a rate with half a fen or more left over.
fn rounded_share(asked: &Asked<'_>) -> Decision {
    altered(asked.decided(), |events| {
        for event in events {
            let Event::OrderPaid(paid) = event else { continue };
            let order = asked.book.get::<Order>(&paid.order);
            let Some(order) = order else { continue };
            let campaign = asked.book.get::<Campaign>(&order.campaign).unwrap();
            let seller = asked.book.get::<Seller>(&(order.campaign, order.seller));
            let (line, value) = (&order.lines[0], paid.lines[0].value);
            let split = campaign.split(line.item, line.split, seller);
            let rate = |rate: Rate| {
                (i128::from(rate.millionths()) * i128::from(value.minor())) % 1_000_000
            };
            let share = split.shares.iter().find(|share| match share.take {
                SplitTake::Rate(r) => rate(r) >= 500_000 && share.to != split.remainder,
                _ => false,
            });
            let Some(share) = share else { continue };
            let parts = &mut paid.moved.parts;
            let of = |parts: &[Part], role: Role| {
                parts.iter().position(|p| (p.base, p.line, p.role) == (Base::Goods, 0, role))
            };
            let (Some(up), Some(down)) = (of(parts, share.to), of(parts, split.remainder)) else {
                continue;
            };
            if parts[down].amount.minor() > 0 {
                add(&mut parts[up], 1);
                add(&mut parts[down], -1);
            }
        }
    })
}

/// What k of n units come to, where it has half a fen or more left over.
fn rounded_unit(asked: &Asked<'_>) -> Decision {
    altered(asked.decided(), |events| {
        let Some(approved) = approved(events) else { return };
        let Some(order) = asked.book.get::<Order>(&approved.order) else { return };
        for (refunded, place) in approved.lines.iter_mut().zip(0..) {
            let line = order.line(refunded.sku.as_str()).unwrap();
            let units = i64::from(line.returned() + refunded.quantity);
            let left_over = (line.paid().minor() * units) % i64::from(line.quantity);
            let part = approved.moved.parts.iter_mut().find(|part| {
                part.line == place && part.base == Base::Goods && part.amount.minor() < 0
            });
            if let Some(part) = part.filter(|_| 2 * left_over >= i64::from(line.quantity)) {
                add(part, -1);
                add_to(&mut refunded.paid, 1);
                if order.funder().is_some() {
                    add_to(&mut refunded.list, 1);
                }
                add_to(&mut approved.due, 1);
                return;
            }
        }
    })
}

fn one_fen(asked: &Asked<'_>) -> Decision {
    altered(asked.decided(), |events| {
        let Some(approved) = approved(events) else { return };
        let goods =
            approved.moved.parts.iter_mut().filter(|p| (p.base, p.line) == (Base::Goods, 0));
        if let [one, .., other] = goods.collect::<Vec<_>>().as_mut_slice() {
            add(one, 1);
            add(other, -1);
        }
    })
}

fn crooked_discount(asked: &Asked<'_>) -> Decision {
    altered(asked.decided(), |events| {
        let Some(Event::OrderPlaced(placed)) = events.first_mut() else { return };
        if let [one, .., other] = placed.lines.as_mut_slice()
            && one.discount > Money::ZERO
            && other.discount < other.list
        {
            add_to(&mut one.discount, -1);
            add_to(&mut other.discount, 1);
        }
    })
}

fn payout_of_more(asked: &Asked<'_>) -> Decision {
    match (asked.decided(), asked.command) {
        (
            Decision::Rejected(Rejection::InsufficientBalance { amount, .. }),
            Command::RequestPayout(c),
        ) => {
            let (payout, party) = (c.payout, c.party);
            Decision::Accepted(vec![PayoutRequested { payout, party, amount }.into()])
        }
        (decision, _) => decision,
    }
}

fn refused_registration(asked: &Asked<'_>) -> Decision {
    match (asked.decided(), asked.command) {
        (Decision::Accepted(_), Command::RegisterSupplier(_)) => {
            Decision::Rejected(Rejection::NotAllowed { actor: asked.actor, why: "planted" })
        }
        (decision, _) => decision,
    }
}

fn another_code(asked: &Asked<'_>) -> Decision {
    match asked.decided() {
        Decision::Rejected(Rejection::NotPaid { .. }) => {
            Decision::Rejected(Rejection::NotReceived { units: 1 })
        }
        decision => decision,
    }
}

fn stock_kept(asked: &Asked<'_>) -> Decision {
    altered(asked.decided(), |events| {
        if let Some(approved) = approved(events) {
            approved.lines.iter_mut().for_each(|line| line.unshipped = 0);
        }
    })
}

/// As if nothing were taken.
fn oversold(asked: &Asked<'_>) -> Decision {
    match (asked.decided(), asked.command) {
        (Decision::Rejected(Rejection::OutOfStock { .. }), Command::PlaceOrder(c)) => {
            let mut book = asked.book.clone();
            for item in 0.. {
                let Some(count) = book.edit::<ItemCount>(&(c.campaign, item)) else { break };
                count.released = count.reserved;
            }
            asked.against(&book)
        }
        (decision, _) => decision,
    }
}

/// As if the buyer had nothing yet.
fn limit_forgotten(asked: &Asked<'_>) -> Decision {
    match (asked.decided(), asked.command) {
        (Decision::Rejected(Rejection::OverLimit { .. }), Command::PlaceOrder(c)) => {
            let mut book = asked.book.clone();
            for item in 0..10 {
                let key = c.buyer.map(|buyer| (c.campaign, item, buyer));
                if let Some(count) = key.and_then(|key| book.edit::<BuyerCount>(&key)) {
                    count.undone = count.ordered;
                }
            }
            asked.against(&book)
        }
        (decision, _) => decision,
    }
}

/// As if the terms capped nothing.
fn cap_forgotten(asked: &Asked<'_>) -> Decision {
    match (asked.decided(), asked.command) {
        (Decision::Rejected(Rejection::OverShippingCap { .. }), Command::RequestRefund(c)) => {
            let mut book = asked.book.clone();
            let campaign = book.get::<Order>(&c.order).unwrap().campaign;
            let campaign = book.edit::<Campaign>(&campaign).unwrap();
            Arc::make_mut(&mut campaign.terms).return_shipping.cap = Money::MAX;
            asked.against(&book)
        }
        (decision, _) => decision,
    }
}

/// The book, with the payment of a refund altered.
fn with_payment(asked: &Asked<'_>, alter: fn(&mut Payment)) -> Option<Book> {
    let Command::RecordRefundPayment(c) = asked.command else { return None };
    let mut book = asked.book.clone();
    let refund = book.get::<tuanzhang_core::book::Refund>(&c.refund)?;
    let payment = book.get::<Order>(&refund.order)?.payment?;
    alter(book.edit::<Payment>(&payment)?);
    Some(book)
}

fn refunds_not_counted(asked: &Asked<'_>) -> Decision {
    match asked.decided() {
        decision @ Decision::Rejected(Rejection::ExceedsPayment { .. }) => {
            let book = with_payment(asked, |payment| {
                payment.refunded = Money::ZERO;
                payment.refunds = 0;
            });
            book.map_or(decision, |book| asked.against(&book))
        }
        decision => decision,
    }
}

fn channel_for_ever(asked: &Asked<'_>) -> Decision {
    match asked.decided() {
        decision @ Decision::Rejected(Rejection::WindowPassed { .. }) => {
            let book =
                with_payment(asked, |payment| payment.happened_at = Time::from_micros(i64::MAX));
            book.map_or(decision, |book| asked.against(&book))
        }
        decision => decision,
    }
}

/// The upline's part goes to who recruited the upline.
fn third_tier(asked: &Asked<'_>) -> Decision {
    altered(asked.decided(), |events| {
        for event in events {
            let Event::OrderPaid(paid) = event else { continue };
            let moved = &mut paid.moved;
            let Some(part) = moved.parts.iter_mut().find(|part| part.role == Role::Upline) else {
                continue;
            };
            let upline = moved.parties[usize::from(part.party)];
            let kind = asked.book.get::<Party>(&upline).map(|party| party.kind);
            if let Some(PartyKind::Leader { upline: Some(third) }) = kind {
                part.party = u8::try_from(moved.parties.len()).unwrap();
                moved.parties.push(third);
            }
        }
    })
}

/// A book that forgets entities of one kind.
struct Without<'a, F>(&'a Book, std::marker::PhantomData<F>);

impl<F> Read for Without<'_, F> {
    fn get<E: Entity>(&self, key: &E::Key) -> Option<&E> {
        if type_name::<E>() == type_name::<F>() { None } else { self.0.get::<E>(key) }
    }
}

fn recorded_again(asked: &Asked<'_>) -> Decision {
    match (asked.decided(), asked.command) {
        (Decision::Known(_), Command::RecordPayment(_)) => {
            asked.against(&Without::<Payment>(asked.book, std::marker::PhantomData))
        }
        (decision, _) => decision,
    }
}

fn settled_early(asked: &Asked<'_>) -> Decision {
    match (asked.decided(), asked.command) {
        (Decision::Rejected(Rejection::NotDue { due: Some(due), .. }), Command::SettleOrder(_)) => {
            let later = Time::from_micros(due.micros() + 1);
            decide(asked.book, later, asked.occurred_at, asked.actor, asked.command)
        }
        (decision, _) => decision,
    }
}

/// As if it had not gone back.
fn shipping_twice(asked: &Asked<'_>) -> Decision {
    let decision = asked.decided();
    let (Decision::Accepted(_), Command::ApproveRefund(c)) = (&decision, asked.command) else {
        return decision;
    };
    let mut book = asked.book.clone();
    let order = book.get::<tuanzhang_core::book::Refund>(&c.refund).unwrap().order;
    book.edit::<Order>(&order).unwrap().shipping_returned = false;
    asked.against(&book)
}

/// As if none of its units had been returned.
fn returned_twice(asked: &Asked<'_>) -> Decision {
    match (asked.decided(), asked.command) {
        (Decision::Rejected(Rejection::NothingToRefund { .. }), Command::RequestRefund(c)) => {
            let mut book = asked.book.clone();
            for line in &mut book.edit::<Order>(&c.order).unwrap().lines {
                line.refunded_received = 0;
                line.refunded_under_way = 0;
                line.refunded_unshipped = 0;
            }
            asked.against(&book)
        }
        (decision, _) => decision,
    }
}

/// What the last party has stays pending.
fn left_pending(asked: &Asked<'_>) -> Decision {
    altered(asked.decided(), |events| {
        for event in events {
            if let Event::OrderSettled(settled) = event {
                let parts = &mut settled.moved.parts;
                parts.truncate(parts.len().saturating_sub(2));
            }
        }
    })
}

/// Goodwill of the seller falls on the owner.
fn wrong_bearer(asked: &Asked<'_>) -> Decision {
    altered(asked.decided(), |events| {
        let Some(approved) = approved(events) else { return };
        let Some(order) = asked.book.get::<Order>(&approved.order) else { return };
        let owner = asked.book.get::<Campaign>(&order.campaign).unwrap().owner;
        let operator = asked.book.head().unwrap().operator();
        let moved = &mut approved.moved;
        let seller =
            moved.parts.iter_mut().find(|p| (p.base, p.role) == (Base::Goodwill, Role::Seller));
        if let Some(part) = seller
            && owner != operator
            && order.seller != operator
        {
            part.role = Role::Owner;
            part.party = u8::try_from(moved.parties.len()).unwrap();
            moved.parties.push(owner);
        }
    })
}
