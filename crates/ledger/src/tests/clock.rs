//! Times: what is given stands, what the clock says is lifted a little and never leaps unconfirmed.

use tuanzhang_core::{Actor, Rejection, Time};

use super::*;

const START: &str = "2026-01-06T09:00:00+08:00";

fn ledger() -> (Ledger, ManualClock) {
    let clock = ManualClock::at(time(START));
    let ledger = Ledger::in_memory_with(Options::new(clock.clone()));
    for answer in ledger.execute_many(&setup()).unwrap() {
        answer.unwrap();
    }
    (ledger, clock)
}

/// Sends an order and gives its recorded time, or the code of its refusal.
fn recorded(ledger: &Ledger, request: Request) -> Result<Time, &'static str> {
    match ledger.execute_request(request) {
        Ok(done) => Ok(done.record.head.at),
        Err(error) => Err(error.rejection().map(Rejection::code).unwrap()),
    }
}

fn ask(number: u32) -> Request {
    Request::new(Actor::Buyer(buyer(number)), place(number, 1))
}

#[test]
fn a_clock_up_to_five_seconds_behind_is_lifted() {
    let (ledger, clock) = ledger();
    let last = time(START);
    clock.advance_seconds(-5);
    assert_eq!(recorded(&ledger, ask(1)), Ok(last));
    clock.advance_seconds(-1);
    assert_eq!(recorded(&ledger, ask(2)), Err("time_goes_back"));
    clock.advance_seconds(7);
    assert_eq!(recorded(&ledger, ask(2)), Ok(Time::from_micros(last.micros() + 1_000_000)));
}

#[test]
fn a_clock_that_leaps_more_than_thirty_days_must_be_confirmed() {
    let (ledger, clock) = ledger();
    let last = time(START);
    clock.set(last.plus_days(30));
    assert_eq!(recorded(&ledger, ask(1)), Ok(last.plus_days(30)));
    clock.advance_days(30);
    clock.advance_seconds(1);
    let error = ledger.execute_request(ask(2)).unwrap_err();
    let Some(Rejection::ClockAhead { last: before, given }) = error.rejection() else {
        panic!("{error}");
    };
    assert_eq!(
        (*before, *given),
        (last.plus_days(30), Time::from_micros(last.plus_days(60).micros() + 1_000_000))
    );
    // What is known is answered all the same, and so is what holds at any time.
    assert!(ledger.execute_request(ask(1)).unwrap().repeated);
    let bad = Request::new(Actor::Buyer(buyer(3)), place(3, 0));
    assert_eq!(recorded(&ledger, bad), Err("bad_lines"));
    // A refusal that a wrong clock may be the reason of is not given.
    clock.advance_days(400);
    assert_eq!(recorded(&ledger, ask(2)), Err("clock_ahead"));
    clock.set(*given);
    ledger.confirm_clock(*given);
    clock.advance_seconds(3600);
    assert!(recorded(&ledger, ask(2)).is_ok());
    clock.advance_days(31);
    clock.advance_seconds(1);
    assert_eq!(recorded(&ledger, ask(4)), Err("clock_ahead"), "confirmed once, not for ever");
}

#[test]
fn a_time_that_is_given_is_taken_as_it_stands() {
    let (ledger, clock) = ledger();
    let last = time(START);
    let back = Time::from_micros(last.micros() - 1);
    assert_eq!(recorded(&ledger, ask(1).at(back)), Err("time_goes_back"));
    assert_eq!(recorded(&ledger, ask(1).at(last.plus_days(200))), Ok(last.plus_days(200)));
    // The machine's clock is now far behind.
    clock.advance_seconds(1);
    assert_eq!(recorded(&ledger, ask(2)), Err("time_goes_back"));
    assert!(ledger.execute_request(ask(1)).unwrap().repeated, "known before any look at time");
}

#[test]
fn what_happened_outside_keeps_its_time() {
    let (ledger, clock) = ledger();
    ledger.execute_request(ask(1)).unwrap();
    clock.advance_seconds(60);
    let happened = Time::from_micros(time(START).micros() + 1_000_000);
    let pay = Request::new(Actor::Operator, pay(1, "89.90"));
    let done = ledger.execute_request(pay.clone().occurred_at(happened)).unwrap();
    assert_eq!(done.record.head.occurred_at, Some(happened));
    assert_eq!(done.record.head.at, clock_time(60));
    let future = Request::new(Actor::Operator, super::pay(2, "1.00")).occurred_at(clock_time(61));
    assert_eq!(recorded(&ledger, future), Err("time_goes_back"));
}

fn clock_time(seconds: i64) -> Time {
    Time::from_micros(time(START).micros() + seconds * 1_000_000)
}
