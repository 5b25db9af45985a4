//! Core and the slow model agree over whole lives: on every answer, every position, everything that a
//! record moves and touches; and core keeps its invariants. What is compared: `src/agree/`.
//!
//! `TUANZHANG_LIFE_COMMANDS` (20,000) and `TUANZHANG_LIFE_SEED` (1) choose how much and which: each seed
//! gives a life of its own numbers and one of choices, where more leaders sell for others. A failure prints
//! the seed, which of the two (`TUANZHANG_LIFE_CHOSEN`, 0 or 1) and the command that shows it. What led there:
//! `TUANZHANG_LIFE_SEED=.. TUANZHANG_LIFE_CHOSEN=.. TUANZHANG_LIFE_ABOUT=<order id> cargo test -p
//! tuanzhang-testkit --test opinion agree:: -- --ignored --nocapture`; `TUANZHANG_LIFE_COMMANDS` then ends the life.
#![allow(clippy::arithmetic_side_effects, reason = "a test counts")]

use std::collections::BTreeMap;

use tuanzhang_core::command::Command;
use tuanzhang_testkit::agree::{json_line, live};
use tuanzhang_testkit::life::{Life, choices_of};
use tuanzhang_testkit::model::Outcome;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// One of the two lives of a seed.
fn life(seed: u64, chosen: u64, commands: u64) -> Life {
    match chosen {
        0 => Life::new(seed),
        _ => Life::of_choices(choices_of(seed, usize::try_from(commands).unwrap_or(usize::MAX))),
    }
}

#[test]
fn core_and_model_agree_over_whole_lives() {
    let (commands, seed) =
        (setting("TUANZHANG_LIFE_COMMANDS", 20_000), setting("TUANZHANG_LIFE_SEED", 1));
    let each = setting("TUANZHANG_LIFE_EACH", 2_000).clamp(1, commands.max(1));
    let mut answers: BTreeMap<String, u64> = BTreeMap::new();
    let mut faults: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut compared = 0;
    for (seed, chosen) in (seed..).flat_map(|seed| [(seed, 0), (seed, 1)]) {
        if compared >= commands {
            break;
        }
        let length = each.min(commands - compared);
        let run = live(life(seed, chosen, length), length);
        compared += run.commands;
        for (answer, count) in run.answers {
            *answers.entry(answer).or_default() += count;
        }
        for fault in run.faults {
            let example = format!("seed {seed}, chosen {chosen}: {}", fault.what);
            faults.entry(fault.kind).or_insert((0, example)).0 += 1;
        }
    }
    for (answer, count) in &answers {
        println!("{count:>7} {answer}");
    }
    for (kind, (count, example)) in &faults {
        println!("\n{count} times {kind}\n{example}");
    }
    println!("{compared} commands compared, {} kinds of disagreement", faults.len());
    assert!(faults.is_empty(), "again: TUANZHANG_LIFE_SEED=N TUANZHANG_LIFE_COMMANDS={}", 2 * each);
}

/// The accepted commands of one life that mention an id (and the refunds of an order), and the last one.
#[test]
#[ignore = "for looking into a disagreement"]
fn show_what_led_there() {
    let (commands, seed) =
        (setting("TUANZHANG_LIFE_COMMANDS", 2_000), setting("TUANZHANG_LIFE_SEED", 1));
    let mut about = vec![std::env::var("TUANZHANG_LIFE_ABOUT").unwrap_or_default()];
    let life = life(seed, setting("TUANZHANG_LIFE_CHOSEN", 0), commands);
    for (number, sent) in (1..=commands).zip(life) {
        let text = json_line(&sent);
        if !about.iter().any(|id| text.contains(id)) {
            continue;
        }
        if let Command::RequestRefund(c) = &sent.command {
            about.push(c.refund.to_string());
        }
        if matches!(sent.outcome, Outcome::Accepted { .. }) || number == commands {
            println!("{number} {:?} {text}", sent.outcome);
        }
    }
}
