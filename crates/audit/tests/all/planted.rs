//! Each rule, broken in one record of a whole life, the tree computed anew: found there, with both values.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use tuanzhang_audit::invariants::Invariants;
use tuanzhang_audit::{Finding, Options, Rule, audit};
use tuanzhang_core::accounting::{Account, ExpenseKind, Posting};
use tuanzhang_core::command::By;
use tuanzhang_core::event::{Base, Pocket};
use tuanzhang_core::text::Name;
use tuanzhang_core::{Actor, Event, Money, OrderId, PartyId, Position, Record, RulesVersion, Time};
use tuanzhang_log::{
    AppendError, BookKey, Coverage, Guarantees, Hash, ReadError, Store, TreeHead, Visitor,
};
use tuanzhang_wire as wire;

use crate::kit::{audited, encoded, key, life, store};

/// Changes a record so that a rule is broken there; none where the record isn't one for it. Gives what stands
/// there now, as a finding shows it.
type Plant = fn(&mut Record, &[Record]) -> Option<String>;

const STRANGER: PartyId = PartyId::from_bytes([0xee; 16]);

fn minor(amount: i64) -> Money {
    Money::from_minor(amount).unwrap()
}

fn more(amount: &mut Money, by: i64) -> Option<()> {
    *amount = amount.plus(minor(by)).ok()?;
    Some(())
}

macro_rules! event {
    ($record:expr, $variant:ident) => {
        $record.events.iter_mut().find_map(|event| match event {
            Event::$variant(e) => Some(e),
            _ => None,
        })?
    };
}

macro_rules! before {
    ($before:expr, $variant:ident) => {
        $before.iter().flat_map(|record| &record.events).filter_map(|event| match event {
            Event::$variant(e) => Some(e),
            _ => None,
        })
    };
}

/// Those that the events alone show, whatever the rules would decide.
const INVARIANTS: &[(Rule, Plant)] = &[
    (Rule::PostingsSumToZero, |record, _| {
        more(&mut event!(record, OrderPaid).moved.parts.first_mut()?.amount, 1)?;
        Some("-0.01".into())
    }),
    (Rule::BalancesInRange, |record, _| {
        let posting = |account, amount| Posting { account, amount };
        let (equity, other) = (Account::EquityOperator, Account::Expense(ExpenseKind::Other));
        let max = Money::MAX;
        event!(record, Adjusted).postings = vec![
            posting(equity.clone(), max),
            posting(other.clone(), max.negated()),
            posting(equity, max),
            posting(other, max.negated()),
        ];
        Some("minor units".into())
    }),
    (Rule::TimesNeverGoBack, |record, _| {
        event!(record, OrderPlaced);
        (record.head.at, record.head.occurred_at) = (Time::from_micros(7), None);
        Some("1970-01-01T00:00:00.000007Z".into())
    }),
    (Rule::SealedPeriods, |record, before| {
        let sealed = before!(before, PeriodSealed).last()?;
        record.head.occurred_at = Some(sealed.through);
        Some(sealed.through.to_string())
    }),
    (Rule::IdsOnce, |record, before| {
        let other = before!(before, LeaderRegistered).next()?.leader;
        event!(record, LeaderRegistered).leader = other;
        Some(other.to_string().replace('-', ""))
    }),
    (Rule::RefersToKnown, |record, _| {
        event!(record, OrderPaid).order = OrderId::from_bytes([0xee; 16]);
        Some("eeeeeeee-eeee-eeee-eeee-eeeeeeeeeeee".into())
    }),
    (Rule::OrderAddsUp, |record, _| {
        let placed = event!(record, OrderPlaced);
        more(&mut placed.due, 1)?;
        Some(String::new())
    }),
    (Rule::PaidWhatIsOwed, |record, _| {
        more(&mut event!(record, OrderPaid).payment.as_mut()?.amount, 100)?;
        Some(String::new())
    }),
    (Rule::PartsSumToValue, |record, _| {
        more(&mut event!(record, OrderPaid).lines.first_mut()?.value, 1)?;
        Some(String::new())
    }),
    (Rule::PartsNotNegative, |record, _| {
        let parts = &mut event!(record, OrderPaid).moved.parts;
        let mut goods = parts.iter_mut().filter(|part| part.base == Base::Goods && part.line == 0);
        let (one, other) = (goods.next()?, goods.next()?);
        let by = one.amount.minor() + 5;
        more(&mut one.amount, -by)?;
        more(&mut other.amount, by)?;
        Some("-0.05".into())
    }),
    (Rule::TwoTiers, |record, _| {
        *event!(record, OrderPaid).moved.parties.first_mut()? = STRANGER;
        Some(STRANGER.to_string())
    }),
    (Rule::UplineIsTheSellers, |record, _| {
        event!(record, OrderPlaced).upline = Some(STRANGER);
        Some(STRANGER.to_string())
    }),
    (Rule::NeverOversold, |record, _| {
        event!(record, OrderPlaced).lines.first_mut()?.quantity = 900_000;
        Some(String::new())
    }),
    (Rule::LimitPerBuyer, |record, _| {
        let placed = event!(record, OrderPlaced);
        placed.buyer?;
        placed.lines.first_mut()?.quantity = 900_000;
        Some(String::new())
    }),
    (Rule::PriceOnlyFalls, |record, _| {
        let adjusted = event!(record, PriceAdjusted);
        adjusted.paid = adjusted.list;
        more(&mut adjusted.paid, 1)?;
        Some(String::new())
    }),
    (Rule::UnitsReturnedOnce, |record, _| {
        event!(record, RefundRequested).lines.first_mut()?.quantity = 700_000;
        Some("700000".into())
    }),
    (Rule::LineRefundedAtMostPaid, |record, _| {
        more(&mut event!(record, RefundApproved).lines.first_mut()?.paid, 7_000_000)?;
        Some(String::new())
    }),
    (Rule::OrderRefundedAtMostPaid, |record, _| {
        more(&mut event!(record, RefundApproved).shipping_fee, 7_000_000)?;
        Some(String::new())
    }),
    (Rule::RefundAddsUp, |record, _| {
        more(&mut event!(record, RefundApproved).due, 1)?;
        Some(String::new())
    }),
    (Rule::GrantedAtMostAsked, |record, _| {
        event!(record, RefundApproved).return_shipping = minor(7_000_000);
        Some(String::new())
    }),
    (Rule::ReturnShippingCapped, |record, _| {
        event!(record, RefundRequested).return_shipping = minor(7_000_000);
        Some(String::new())
    }),
    (Rule::ShippingFeeBackOnce, |record, _| {
        more(&mut event!(record, RefundApproved).shipping_fee, 3)?;
        Some(String::new())
    }),
    (Rule::ApprovedOnce, |record, before| {
        let approved = event!(record, RefundApproved);
        let other = before!(before, RefundApproved).find(|e| e.cause.is_none())?.refund;
        (approved.cause.is_none()).then(|| approved.refund = other)?;
        Some("approved again".into())
    }),
    (Rule::NobodyApprovesOwn, |record, before| {
        let refund = event!(record, RefundApproved).refund;
        let asked = before.iter().find(
            |record| matches!(&record.events[0], Event::RefundRequested(e) if e.refund == refund),
        )?;
        asked.head.actor.person()?;
        record.head.actor = asked.head.actor;
        Some(asked.head.actor.to_string())
    }),
    (Rule::RefundPaidAtMostDue, |record, _| {
        more(&mut event!(record, RefundPaid).amount, 1_000_000)?;
        Some(String::new())
    }),
    (Rule::DebtsNotOverpaid, |record, _| {
        more(&mut event!(record, RefundPaid).amount, 100_000_000)?;
        Some(String::new())
    }),
    (Rule::ChannelAmount, |record, _| {
        let paid = event!(record, RefundPaid);
        (paid.by == By::Channel).then_some(())?;
        more(&mut paid.amount, 1_000_000)?;
        Some(String::new())
    }),
    (Rule::ChannelDays, |record, _| {
        let by = event!(record, RefundPaid).by;
        (by == By::Channel).then_some(())?;
        record.head.at = Time::from_micros(4_000_000_000_000_000);
        Some(record.head.at.to_string())
    }),
    (Rule::ChannelOwn, |record, _| {
        let paid = event!(record, RefundPaid);
        (paid.by == By::Channel).then_some(())?;
        paid.channel = Name::new("elsewhere").unwrap();
        Some("elsewhere".into())
    }),
    (Rule::ChannelFee, |record, _| {
        more(&mut event!(record, OrderPaid).payment.as_mut()?.fee, 100_000_000)?;
        Some(String::new())
    }),
    (Rule::SuspenseOnce, |record, _| {
        more(&mut event!(record, UnmatchedResolved).amount, 1)?;
        Some(String::new())
    }),
    (Rule::PayoutAtMostAvailable, |record, _| {
        event!(record, PayoutRequested).amount = minor(900_000_000);
        Some("9000000".into())
    }),
    (Rule::PayoutEndsAsAsked, |record, _| {
        more(&mut event!(record, PayoutPaid).amount, 1)?;
        Some(String::new())
    }),
    (Rule::SettledLeavesNothing, |record, _| {
        let parts = &mut event!(record, OrderSettled).moved.parts;
        let pending = parts.iter_mut().find(|part| part.pocket == Pocket::Pending)?;
        more(&mut pending.amount, 1)?;
        Some("0.01".into())
    }),
    (Rule::WhollyRefunded, |record, _| {
        let parts = &mut event!(record, RefundApproved).moved.parts;
        let mut goods = parts.iter_mut().filter(|part| part.base == Base::Goods && part.line == 0);
        let (one, other) = (goods.next()?, goods.next()?);
        more(&mut one.amount, 1)?;
        more(&mut other.amount, -1)?;
        Some(String::new())
    }),
];

/// Those that decoding, deciding again or folding shows.
const OTHERS: &[(Rule, Plant)] = &[
    (Rule::PositionsGapless, |record, _| {
        event!(record, OrderPaid);
        record.head.position = Position::new(999_999);
        Some("999999".into())
    }),
    (Rule::RulesKnown, |record, _| {
        event!(record, OrderPaid);
        record.head.rules = RulesVersion(9);
        Some("9".into())
    }),
    (Rule::IsACommand, |record, _| {
        event!(record, OrderPaid);
        let again = record.events[0].clone();
        record.events.push(again);
        Some(String::new())
    }),
    (Rule::DecidesTheSame, |record, _| {
        let parts = &mut event!(record, OrderPaid).moved.parts;
        let mut some = parts.iter_mut().filter(|part| part.amount.minor() > 1);
        let (one, other) = (some.next()?, some.next()?);
        more(&mut one.amount, 1)?;
        more(&mut other.amount, -1)?;
        Some("\"".into())
    }),
    (Rule::DecidesTheSame, |record, _| {
        event!(record, OrderPaid);
        record.head.actor = Actor::Supplier(STRANGER);
        Some("record_payment".into())
    }),
    (Rule::Folds, |record, _| {
        event!(record, OrderSettled).order = OrderId::from_bytes([0xee; 16]);
        Some("doesn't follow".into())
    }),
];

fn lives() -> Vec<Vec<Record>> {
    (1..=12).map(|seed| life(seed, 900)).collect()
}

/// Plants an error in each record that takes it, until the rule is found there; else says so.
fn plant(
    lives: &[Vec<Record>],
    plant: Plant,
    found_at: &mut dyn FnMut(&[Record], usize, &str) -> bool,
) -> bool {
    lives.iter().any(|records| {
        let mut tries = 0;
        (0..records.len()).any(|at| {
            let mut altered = records[at].clone();
            let Some(shows) = plant(&mut altered, &records[..at]) else { return false };
            tries += 1;
            let mut records = records.clone();
            records[at] = altered;
            tries <= 40 && found_at(&records, at, &shows)
        })
    })
}

#[track_caller]
fn says_both(expected: &str, found: &str, shows: &str) {
    assert_ne!(expected, found);
    assert!(found.contains(shows), "{found:?} doesn't show {shows:?}");
}

#[test]
fn each_invariant_is_found_from_the_events_alone() {
    let lives = lives();
    for (rule, planted) in INVARIANTS {
        let found = plant(&lives, *planted, &mut |records, at, shows| {
            let mut invariants = Invariants::new();
            for record in &records[..at] {
                assert_eq!(invariants.record(record), [], "before the error");
            }
            let broken = invariants.record(&records[at]);
            let Some(broken) = broken.iter().find(|broken| broken.rule == *rule) else {
                return false;
            };
            says_both(&broken.expected, &broken.found, shows);
            true
        });
        assert!(found, "{rule} was not found");
    }
}

fn finding_at(records: &[Record], at: usize, rule: Rule) -> Option<Finding> {
    let audit = audited(key(records), &encoded(records));
    let position = u64::try_from(at).unwrap() + 1;
    let mut kept = audit.findings.kept().iter();
    kept.find(|finding| finding.rule == rule && finding.position == Some(position)).cloned()
}

#[test]
fn an_audit_names_the_record_the_rule_and_both_values() {
    let lives = lives();
    for (rule, planted) in INVARIANTS.iter().chain(OTHERS) {
        let found = plant(&lives, *planted, &mut |records, at, shows| {
            let Some(finding) = finding_at(records, at, *rule) else { return false };
            says_both(&finding.expected, &finding.found, shows);
            true
        });
        assert!(found, "{rule} was not found");
    }
}

#[test]
fn limits_that_a_book_sets_are_held_wherever_a_record_breaks_them() {
    let lives = lives();
    let found = lives.iter().any(|records| {
        let mut records = records.clone();
        let Event::BookOpened(opened) = &mut records[0].events[0] else { panic!("no book") };
        opened.channel_limits.refunds = 0;
        let by_channel = |record: &Record| {
            let channel =
                |event: &Event| matches!(event, Event::RefundPaid(e) if e.by == By::Channel);
            record.events.iter().any(channel)
        };
        let Some(at) = records.iter().position(by_channel) else { return false };
        let finding = finding_at(&records, at, Rule::ChannelRefunds).expect("the first refund");
        assert_eq!((finding.expected.as_str(), finding.found.as_str()), ("at most 0 refunds", "1"));
        true
    });
    assert!(found, "no life has a refund by channel");
}

#[test]
fn every_bit_of_every_amount_of_a_part_is_held_by_some_rule() {
    let records = life(1, 200);
    let is_paid = |record: &Record| matches!(&record.events[0], Event::OrderPaid(e) if e.moved.parts.len() > 2);
    let at = records.iter().position(is_paid).unwrap();
    let mut bytes = encoded(&records);
    let mut tried = 0;
    for part in 0..3 {
        for bit in 0..40 {
            let mut altered = records[at].clone();
            let Event::OrderPaid(paid) = &mut altered.events[0] else { panic!("another event") };
            let amount = &mut paid.moved.parts[part].amount;
            *amount = minor(amount.minor() ^ (1 << bit));
            bytes[at] = wire::encode(&altered).unwrap();
            assert!(!audited(key(&records), &bytes).is_sound(), "part {part}, bit {bit}");
            tried += 1;
        }
    }
    assert_eq!(tried, 120);
}

#[test]
fn bytes_that_are_no_record_end_the_replay_and_are_named() {
    let records = life(1, 60);
    let mut bytes = encoded(&records);
    bytes[2].push(0);
    let audit = audited(key(&records), &bytes);
    let finding = &audit.findings.kept()[0];
    assert_eq!((audit.findings.total(), finding.rule), (1, Rule::Decodes));
    assert_eq!((finding.position, audit.covered.ended), (Some(3), Some(3)));
    assert_eq!((audit.covered.replayed, audit.covered.held), (2, 2));
}

#[test]
fn another_way_to_write_the_same_record_is_named() {
    let records = life(1, 60);
    let mut bytes = encoded(&records);
    // A number below 251 written in three bytes, and the length before it two larger.
    let longer = (0..bytes.len()).find_map(|at| {
        let known = &bytes[at];
        let places = (0..known.len()).flat_map(|p| (p + 1..known.len()).map(move |q| (p, q)));
        places.into_iter().find_map(|(length, number)| {
            let mut other = known.clone();
            other[length] = other[length].checked_add(2)?;
            let value = other[number];
            other.splice(number..=number, [0xfb, value, 0]);
            (wire::decode(&other).ok()? == records[at]).then_some((at, other))
        })
    });
    let Some((at, other)) = longer else {
        println!("skip: no record can be written another way");
        return;
    };
    bytes[at] = other;
    let audit = audited(key(&records), &bytes);
    let finding = &audit.findings.kept()[0];
    assert_eq!(finding.rule, Rule::EncodesTheSame);
    assert_eq!(finding.position, Some(u64::try_from(at).unwrap() + 1));
    assert_ne!(finding.expected, finding.found);
}

#[test]
fn a_book_under_another_name_and_one_that_opens_nothing_are_named() {
    let records = life(1, 60);
    let bytes = encoded(&records);
    let other = BookKey([7; 16]);
    let finding = audited(other, &bytes).findings.kept()[0].clone();
    assert_eq!((finding.rule, finding.position), (Rule::BookId, Some(1)));
    assert_eq!((finding.expected, finding.found), (other.to_string(), key(&records).to_string()));
    let audit = audited(other, &bytes[1..2]);
    assert!(
        audit.findings.kept().iter().any(|f| f.rule == Rule::BookId && f.found == "another event")
    );
}

/// A store that states another root, or another size, than its records have.
#[derive(Debug)]
struct Lying<S>(S, TreeHead);

impl<S: Store> Store for Lying<S> {
    fn guarantees(&self) -> Guarantees {
        self.0.guarantees()
    }
    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        self.0.books()
    }
    fn head(&self, _: BookKey) -> Result<TreeHead, ReadError> {
        Ok(self.1)
    }
    fn append(&self, _: BookKey, _: u64, _: &[&[u8]]) -> Result<TreeHead, AppendError> {
        panic!("an audit appends nothing")
    }
    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.0.read_one(book, position)
    }
    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        self.0.read(book, from, &mut |position, bytes| {
            visit(position, bytes)?;
            ControlFlow::Continue(())
        })
    }
    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.0.verify(book).map(|coverage| Coverage { head: self.1, ..coverage })
    }
    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        self.0.activity()
    }
}

#[test]
fn a_store_that_states_another_tree_is_found() {
    let records = life(1, 60);
    let (key, bytes) = (key(&records), encoded(&records));
    let head = store(key, &bytes).head(key).unwrap();
    let others = [
        (TreeHead { root: Hash([3; 32]), ..head }, 1, Hash([3; 32]).to_string()),
        (TreeHead { size: head.size + 1, ..head }, 1, (head.size + 1).to_string()),
    ];
    for (stated, total, expected) in others {
        let lying = Lying(store(key, &bytes), stated);
        let audit = audit(&lying, key, Options::default()).unwrap();
        let finding = &audit.findings.kept()[0];
        assert_eq!((finding.rule, audit.findings.total()), (Rule::Root, total));
        assert_eq!(finding.expected, expected);
        assert!(audit.checkpoint().is_none(), "nothing to keep of trees that differ");
    }
}

#[test]
fn every_rule_is_planted_somewhere() {
    let mut planted: BTreeSet<Rule> =
        INVARIANTS.iter().chain(OTHERS).map(|(rule, _)| *rule).collect();
    // In the tests beside this one, in `tamper`, and beside the activity stream's audit.
    planted.extend([Rule::ChannelRefunds, Rule::Decodes, Rule::EncodesTheSame, Rule::BookId]);
    planted.extend([Rule::Root, Rule::Bytes, Rule::Against]);
    planted.extend([Rule::ActivityBook, Rule::BatchesOnce, Rule::RecordedAfterItHappened]);
    // Whatever breaks it can't be folded, so that the balances never hold it: `folds` and
    // `postings_sum_to_zero` say it first.
    planted.insert(Rule::BookSumsToZero);
    let all: BTreeSet<Rule> = Rule::ALL.iter().copied().collect();
    assert_eq!(planted, all);
}

#[test]
fn the_page_for_auditors_has_each_rule_in_its_words() {
    let page = include_str!("../../../../docs/audit.md");
    for rule in Rule::ALL {
        let row = format!("| `{}` | {} |", rule.name(), rule.says());
        assert!(page.contains(&row), "docs/audit.md lacks: {row}");
    }
}
