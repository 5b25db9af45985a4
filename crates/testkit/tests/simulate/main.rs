//! One simulation of all of it, from one seed: the real ledger over the real journal on a simulated disk and
//! clock, against the slow model.
//!
//! A life's commands (`testkit/src/life`) are sent in batches of any size by every way into the ledger, with
//! duties in between; they are delayed, overtake each other, come twice, and are sent again until they are
//! answered. Meanwhile calls of the disk fail, answers of the store are lost, the process is killed, power is
//! lost with what was not synced, openings fail half-way; the clock goes back and leaps; a second process wants
//! to write, and a reader reads along, between any two calls of the writer (`watched.rs`).
//!
//! What must hold (`oracle.rs`): every answer is the model's and core's; at every opening the log has, byte for
//! byte, what was answered, and of a batch that was not answered all or nothing; the live state is what the log
//! folds to and what the model has; the tree goes on from what it was; what the reader has seen stays. At the
//! end everything was recorded once, and the log is audited from nothing.
//!
//! `TUANZHANG_SIMULATION_LIVES` (100) chooses how many lives, `TUANZHANG_SIMULATION_SEED` the first of them, and
//! then only so many as are asked for (1); without it one random seed is tried as well, and printed.
//! `TUANZHANG_SIMULATION_COMMANDS` (300; every tenth life has five times as many) is their length.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::match_bool,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod acts;
mod app;
mod clock;
mod oracle;
mod planted;
mod random;
mod reader;
mod run;
mod watched;
mod world;

use std::collections::BTreeMap;

use tuanzhang_journal::simulation::Syncs;

use app::Retry;
use planted::Plant;
use run::{Figures, Settings, run};

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// How long the life of a seed is.
fn commands(seed: u64) -> u64 {
    let usual = if seed.is_multiple_of(10) { 1_500 } else { 300 };
    setting("TUANZHANG_SIMULATION_COMMANDS").unwrap_or(usual)
}

#[test]
fn simulated_lives_lose_no_answer() {
    let lives = setting("TUANZHANG_SIMULATION_LIVES");
    let seeds: Vec<u64> = if let Some(first) = setting("TUANZHANG_SIMULATION_SEED") {
        println!("seed {first} and those behind it");
        (first..first + lives.unwrap_or(1)).collect()
    } else {
        let (fixed, random) = (lives.unwrap_or(100), random::random_seed());
        println!("seeds 1 to {fixed}, and at random {random}");
        (1..=fixed).chain([random]).collect()
    };
    let mut figures = Figures::default();
    for seed in &seeds {
        let ran =
            run(Settings::sound(*seed, commands(*seed))).unwrap_or_else(|what| panic!("{what}"));
        figures.merge(&ran.figures);
    }
    print!("{figures}");
    println!("{} lives, 0 answers lost, doubled or half", seeds.len());
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let digest =
        |seed| run(Settings::sound(seed, 300)).unwrap_or_else(|what| panic!("{what}")).digest;
    let digests: Vec<String> = (1_000..1_006).map(digest).collect();
    let again: Vec<String> = (1_000..1_006).map(digest).collect();
    println!("{digests:#?}");
    assert_eq!(digests, again);
    assert!(digests.iter().all(|one| digests.iter().filter(|other| *other == one).count() == 1));
}

/// Runs lives in which something is wrong; some must be found out, and each by one of these words.
fn found(control: &str, settings: impl Fn(u64) -> Settings, words: &[&str]) {
    let mut by_word: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 1..=40 {
        if let Err(what) = run(settings(seed)) {
            let told = what.split("what came before").next().unwrap_or_default();
            let word = words.iter().find(|word| told.contains(**word));
            *by_word.entry(word.unwrap_or_else(|| panic!("{control}: {what}"))).or_default() += 1;
        }
    }
    println!(
        "control, {control}: found in {} of 40 lives {by_word:?}",
        by_word.values().sum::<u64>()
    );
    assert!(!by_word.is_empty(), "{control} is not found");
}

#[test]
fn without_syncs_it_is_found() {
    let settings = |seed| Settings { syncs: Syncs::Ignored, ..Settings::sound(seed, 300) };
    found("syncs ignored", settings, &["lost:", "doesn't open", "the reader"]);
}

#[test]
fn a_store_that_answers_though_it_failed_is_found() {
    let settings = |seed| Settings { plant: Plant::AnswersAnyway, ..Settings::sound(seed, 300) };
    found(
        "a store that answers anyway",
        settings,
        &["lost:", "that nobody can have sent", "damaged"],
    );
}

#[test]
fn a_store_that_appends_again_is_found() {
    let settings = |seed| Settings { plant: Plant::AppendsAgain, ..Settings::sound(seed, 300) };
    found(
        "a store that appends again",
        settings,
        &["that nobody can have sent", "doesn't open", "damaged"],
    );
}

#[test]
fn a_store_that_appends_one_by_one_is_found() {
    let settings = |seed| Settings { plant: Plant::OneByOne, ..Settings::sound(seed, 300) };
    // half a batch is seen at the next opening, or, where the writer lives on, when the rest is sent again
    found(
        "a store that appends one by one",
        settings,
        &["half:", "that nobody can have sent", "ledger Repeated"],
    );
}

#[test]
fn an_app_that_makes_new_ids_is_found() {
    let settings = |seed| Settings { retry: Retry::NewIds, ..Settings::sound(seed, 300) };
    found("an app that makes new ids", settings, &["doubled:"]);
}
