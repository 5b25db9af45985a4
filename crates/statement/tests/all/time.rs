//! Business time, seals and statements.

use std::collections::BTreeMap;

use tuanzhang_core::accounting::{Account, for_each_posting};
use tuanzhang_core::{Event, Record, Time};
use tuanzhang_statement::{
    AsHappened, Explanation, Question, Scope, Sealing, Span, Statements, Taken, party_of,
};

use super::records;

fn as_happened(records: &[Record], until: Time) -> AsHappened {
    let mut view = AsHappened::new(until);
    for record in records {
        view.record(record);
    }
    view
}

fn balances(view: &AsHappened) -> BTreeMap<Account, i128> {
    view.balances().map(|(account, sum)| (account.clone(), sum.minor())).collect()
}

/// The definition, written once more: postings of all records that happened by then.
fn postings_until(records: &[Record], until: Time) -> BTreeMap<Account, i128> {
    let mut sums: BTreeMap<Account, i128> = BTreeMap::new();
    for record in records.iter().filter(|record| record.head.happened_at() <= until) {
        for event in &record.events {
            for_each_posting(event, &mut |account, amount| {
                *sums.entry(account).or_default() += i128::from(amount.minor());
            });
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

fn times(records: &[Record]) -> Vec<Time> {
    records.iter().step_by(records.len() / 12 + 1).map(|record| record.head.happened_at()).collect()
}

#[test]
fn balances_of_a_business_time_are_the_postings_that_had_happened() {
    let (mut left_out, mut not_yet) = (0, 0);
    for seed in 0..10 {
        let records = records(seed, 500);
        for until in times(&records) {
            let view = as_happened(&records, until);
            assert_eq!(balances(&view), postings_until(&records, until), "seed {seed}, {until}");
            assert_eq!(balances(&view).values().sum::<i128>(), 0);
            left_out += view.left_out().1;
            not_yet += view.not_yet();
            if view.left_out().1 == 0 {
                let state: BTreeMap<Account, i128> = view
                    .book()
                    .balances()
                    .into_iter()
                    .map(|(account, balance)| (account, i128::from(balance.minor())))
                    .collect();
                assert_eq!(state, balances(&view), "seed {seed}, {until}");
            }
            let mut explanation =
                Explanation::new(Question { until: Some(until), ..Question::about(Scope::All) });
            for record in &records {
                explanation.record(record).unwrap();
            }
            explanation.check().unwrap();
            let explained =
                explanation.accounts().map(|(account, of)| (account.clone(), of.sum.minor()));
            let explained: BTreeMap<_, _> = explained.filter(|(_, sum)| *sum != 0).collect();
            assert_eq!(explained, balances(&view));
        }
        let last = records.iter().map(|record| record.head.happened_at()).max().unwrap();
        assert_eq!(as_happened(&records, last).left_out().1, 0);
    }
    assert!(left_out > 0 && not_yet > 0, "the lives have no late records: {left_out}, {not_yet}");
}

/// Once a period is sealed, balances as of its end never change again, whatever is recorded later.
#[test]
fn a_sealed_period_never_changes_again() {
    let (mut seals, mut later, mut changed) = (0, 0, 0);
    for seed in 0..60 {
        let records = records(seed, 600);
        for (at, record) in records.iter().enumerate() {
            let sealed = record.events.iter().find_map(|event| {
                if let Event::PeriodSealed(sealed) = event { Some(sealed.through) } else { None }
            });
            let known = &records[..=at];
            if let Some(through) = sealed {
                seals += 1;
                later += records.len() - known.len();
                for until in
                    [through, Time::from_micros(through.micros().saturating_sub(86_400_000_000))]
                {
                    assert_eq!(
                        balances(&as_happened(known, until)),
                        balances(&as_happened(&records, until)),
                        "seed {seed}, sealed at {}",
                        record.head.position
                    );
                }
            } else if at % 37 == 0 {
                // The control: what isn't sealed does change by what is recorded late.
                let until = record.head.happened_at();
                changed +=
                    usize::from(postings_until(known, until) != postings_until(&records, until));
            }
        }
    }
    assert!(
        seals > 5 && later > 100 && changed > 5,
        "{seals} seals, {later} later, {changed} changed"
    );
}

#[test]
fn a_statement_adds_up_and_closes_at_the_balances() {
    let (mut late, mut statements_seen, mut debts) = (0, 0, 0);
    let mut sealings = [0; 3];
    for seed in 0..20 {
        let records = records(seed, 600);
        let times = times(&records);
        for pair in times.windows(2).step_by(2) {
            let span = Span { from: pair[0].min(pair[1]), to: pair[0].max(pair[1]) };
            let mut statements = Statements::new(span, None);
            for record in &records {
                statements.record(record).unwrap();
            }
            let before = |time: Time| Time::from_micros(time.micros() - 1);
            let opening = balances(&as_happened(&records, before(span.from)));
            let closing = balances(&as_happened(&records, before(span.to)));
            let operator = statements.book().head().unwrap().operator();
            let mut seen: BTreeMap<Account, i128> = BTreeMap::new();
            for party in statements.parties() {
                let statement = statements.of(party).unwrap();
                statement.check().unwrap();
                statements_seen += 1;
                late += statement.late.count;
                debts += usize::from(!statement.carried_debt().is_zero());
                sealings[match statement.sealing {
                    Sealing::Open => 0,
                    Sealing::Partly { .. } => 1,
                    Sealing::Sealed { .. } => 2,
                }] += 1;
                let total = statement.in_total();
                let moved: i128 = total.rows.values().map(|row| row.sum.minor()).sum();
                assert_eq!(total.opening.minor() + moved, total.closing.minor());
                for (account, period) in &statement.accounts {
                    assert_eq!(party_of(account, operator), Some(party));
                    let at = opening.get(account).copied().unwrap_or_default();
                    assert_eq!(period.opening.minor(), at, "seed {seed}, {account}");
                    seen.insert(account.clone(), period.closing.minor());
                    for row in period.rows.values() {
                        let parts: i128 = row.subjects.values().map(|(_, sum)| sum.minor()).sum();
                        assert_eq!(parts, row.sum.minor());
                        assert_eq!(
                            row.subjects.values().map(|(count, _)| count).sum::<u64>(),
                            row.count
                        );
                    }
                }
                let mut one = Statements::new(span, Some(party));
                for record in &records {
                    one.record(record).unwrap();
                }
                assert_eq!(one.of(party).unwrap(), statement);
            }
            seen.retain(|_, closing| *closing != 0);
            let owned = closing.into_iter().filter(|(a, _)| party_of(a, operator).is_some());
            assert_eq!(seen, owned.collect(), "seed {seed}");
        }
    }
    println!("{statements_seen} statements, {late} late, {debts} debts, {sealings:?}");
    assert!(
        late > 0 && debts > 0 && sealings.iter().all(|count| *count > 0),
        "{late} {debts} {sealings:?}"
    );
}

#[test]
fn a_record_that_rests_on_a_later_one_is_named() {
    let mut named = 0;
    for seed in 0..10 {
        let records = records(seed, 500);
        for until in times(&records) {
            let mut view = AsHappened::new(until);
            for record in &records {
                match view.record(record) {
                    Taken::Yes => assert_eq!(view.book().position(), record.head.position),
                    Taken::NotYet => assert!(record.head.happened_at() > until),
                    Taken::DoesntFollow(left_out) => {
                        assert_eq!(left_out.position, record.head.position);
                        assert!(!left_out.why.is_empty());
                        named += 1;
                    }
                }
            }
        }
    }
    assert!(named > 0);
}
