//! Lives are made of their seed alone, or of their choices alone; the model agrees with its own second
//! computation; and a life printed for `tuanzhang apply` is the same life.
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
use serde::Deserialize;
use tuanzhang_core::command::Command;
use tuanzhang_core::{Actor, Time};
use tuanzhang_testkit::agree::{json_line, json_lines};
use tuanzhang_testkit::life::{Life, choices, choices_of, lives, trimmed};
use tuanzhang_testkit::model::{Model, Outcome};

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_model_fed_with_a_life_answers_as_in_that_life_and_its_holdings_add_up(life in lives(400)) {
        let mut model = Model::new();
        for sent in &life {
            let outcome = model.submit(sent.at, sent.occurred_at, sent.actor, &sent.command);
            prop_assert_eq!(outcome, sent.outcome);
        }
        prop_assert_eq!(model.check(), Ok(()));
        prop_assert_eq!(model.balances().values().sum::<i128>(), 0);
    }

    #[test]
    fn a_life_of_choices_has_a_command_for_each_list_and_is_the_same_again(choices in choices(60)) {
        let life: Vec<_> = Life::of_choices(choices.clone()).collect();
        prop_assert_eq!(life.len(), choices.len() - 1);
        let bytes = choices.join(&0xFF);
        prop_assert_eq!(&Life::of_bytes(&bytes).collect::<Vec<_>>(), &life);
        // What no command used can be left out.
        let trimmed = trimmed(choices.clone());
        prop_assert!(trimmed.iter().flatten().count() <= choices.iter().flatten().count());
        prop_assert_eq!(&Life::of_choices(trimmed).collect::<Vec<_>>(), &life);
        // A shorter life is the beginning of a longer one.
        let half = choices.len() / 2;
        let shorter: Vec<_> = Life::of_choices(choices[..=half].to_vec()).collect();
        prop_assert_eq!(&shorter, &life[..half]);
    }
}

#[test]
fn the_same_seed_gives_the_same_life() {
    let (one, two): (Vec<_>, Vec<_>) =
        (Life::new(7).take(300).collect(), Life::new(7).take(300).collect());
    assert_eq!(one, two);
}

#[test]
fn no_choices_are_the_simplest() {
    assert_eq!(Life::of_bytes(b"").count(), 0);
    // Nothing about the people, nothing about two commands.
    let life: Vec<_> = Life::of_bytes(&[0xFF, 0xFF]).collect();
    let names: Vec<_> = life.iter().map(|sent| sent.command.name()).collect();
    assert_eq!(names, ["open_book", "register_leader"]);
    assert!(life.iter().all(|sent| matches!(sent.outcome, Outcome::Accepted { .. })));
}

/// An input line, as `apply` reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Time,
    occurred_at: Option<Time>,
    actor: Actor,
    command: Command,
}

#[test]
fn a_printed_life_reads_as_the_same_life() {
    for sent in Life::of_choices(choices_of(11, 3_000)) {
        let line = json_line(&sent);
        let Line { at, occurred_at, actor, command } = serde_json::from_str(&line).unwrap();
        assert_eq!((at, occurred_at, actor), (sent.at, sent.occurred_at, sent.actor), "{line}");
        assert_eq!(command, sent.command, "{line}");
    }
}

/// Writes the seeds of the fuzz targets: short lives, as choices and as lines for `apply`.
#[test]
#[ignore = "writes files that are kept"]
fn write_seeds_for_the_fuzzers() {
    let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for folder in ["lives", "commands"] {
        std::fs::create_dir_all(seeds.join(folder)).unwrap();
    }
    for seed in 1..=6 {
        let choices = trimmed(choices_of(seed, 50));
        std::fs::write(seeds.join(format!("lives/{seed}")), choices.join(&0xFF)).unwrap();
        if seed > 3 {
            continue;
        }
        let lines = json_lines(Life::of_choices(choices));
        std::fs::write(seeds.join(format!("commands/{seed}.jsonl")), lines).unwrap();
    }
}
