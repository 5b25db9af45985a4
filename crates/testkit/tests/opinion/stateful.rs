//! Whole lives from choices, under every check of `agree`: a failing one shrinks to few and simple
//! commands, printed as `tuanzhang apply` reads them.
//!
//! `PROPTEST_CASES` (64) chooses how many, `TUANZHANG_LIFE_EACH` (150) how long.
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
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};
use tuanzhang_core::book::{Book, Decision, decide};
use tuanzhang_core::command::Command;
use tuanzhang_core::event::{Base, Event};
use tuanzhang_core::money::Money;
use tuanzhang_core::{Actor, Time};
use tuanzhang_testkit::agree::{Checks, Lived, json_lines, live, live_under};
use tuanzhang_testkit::life::{Life, choices};

fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn config() -> ProptestConfig {
    let cases = u32::try_from(setting("PROPTEST_CASES", 64)).unwrap_or(u32::MAX);
    let max_shrink_iters = 50_000;
    ProptestConfig { cases, max_shrink_iters, failure_persistence: None, ..Default::default() }
}

/// What went wrong in a life, after the commands that led there.
fn told(choices: &[Vec<u8>], lived: &Lived) -> Result<(), TestCaseError> {
    let Some(fault) = lived.faults.first() else { return Ok(()) };
    let number = usize::try_from(fault.number).unwrap_or(usize::MAX);
    let lines = json_lines(Life::of_choices(choices.to_vec()).take(number));
    let (kind, what) = (&fault.kind, &fault.what);
    Err(TestCaseError::fail(format!("{kind}\n{what}\n\nthe life, for `tuanzhang apply`:\n{lines}")))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn core_and_model_agree_whatever_is_chosen(
        choices in choices(setting("TUANZHANG_LIFE_EACH", 150)),
    ) {
        let lived = live(Life::of_choices(choices.clone()), u64::MAX);
        told(&choices, &lived)?;
    }
}

/// Core, but a fen of an order's goods goes to another party than it should.
fn one_fen(
    book: &Book,
    at: Time,
    occurred_at: Option<Time>,
    actor: Actor,
    command: &Command,
) -> Decision {
    let mut decision = decide(book, at, occurred_at, actor, command);
    if let Decision::Accepted(events) = &mut decision
        && let Some(Event::OrderPaid(paid)) = events.last_mut()
    {
        let mut goods = paid.moved.parts.iter_mut().filter(|part| part.base == Base::Goods);
        if let (Some(one), Some(other)) = (goods.next(), goods.next())
            && one.amount > Money::ZERO
        {
            one.amount = Money::from_minor(one.amount.minor() - 1).unwrap();
            other.amount = Money::from_minor(other.amount.minor() + 1).unwrap();
        }
    }
    decision
}

/// The control: a planted error is found, and shrinks to a life that a person can read.
#[test]
fn a_planted_error_shrinks_to_a_few_commands() {
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config(), random);
    let run = runner.run(&choices(150), |choices| {
        let life = Life::of_choices(choices.clone());
        told(&choices, &live_under(one_fen, life, u64::MAX, Checks::ALL))
    });
    let Err(TestError::Fail(why, choices)) = run else { panic!("not found: {run:?}") };
    println!("{why}\n{choices:?}");
    // A book, its people, a campaign, an order, its payment.
    let names: Vec<_> = Life::of_choices(choices).map(|sent| sent.command.name()).collect();
    assert!(names.len() <= 10, "{names:?}");
    assert!(why.message().contains(r#""command":{"place_order":"#), "{why}");
}
