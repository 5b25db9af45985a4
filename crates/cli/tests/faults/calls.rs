//! System calls that fail under the real program, by libfiu (Debian's fiu-utils).

use std::collections::BTreeMap;
use std::path::Path;

use tempfile::TempDir;
use tuanzhang_powerloss::Random;

use crate::book::{Book, End};
use crate::{number, seed, skipped};

/// Libraries that make calls fail.
const LIBRARIES: [&str; 2] =
    ["/usr/lib/fiu/fiu_run_preload.so", "/usr/lib/fiu/fiu_posix_preload.so"];
/// Calls, the errors that they give, and how many of a hundred fail. `reduce` writes or reads a part.
const CALLS: [(&str, &[u32], u32); 9] = [
    ("rw/pwrite", &[5, 28], 2),
    ("rw/pwrite/reduce", &[0], 20),
    ("rw/pread", &[5], 30),
    ("rw/pread/reduce", &[0], 40),
    ("rw/ftruncate", &[5, 28], 50),
    ("sync/fdatasync", &[5, 28], 2),
    ("sync/fsync", &[5, 28], 30),
    ("oc/open", &[5, 24], 20),
    ("dir/rename", &[5, 28], 50),
];
/// Runs of each call with each error, where the environment says nothing.
const RUNS: u64 = 3;
/// Commands of a run.
const COMMANDS: u64 = 40;
/// Runs after which another book is begun.
const RUNS_OF_A_BOOK: u64 = 3;

/// The environment in which such a part of such a call fails.
fn failing(call: &str, error: u32, percent: u32, seed: u64) -> Vec<(&'static str, String)> {
    let what =
        format!("enable_random name=posix/io/{call},probability=0.{percent:02},failinfo={error}");
    vec![
        ("LD_PRELOAD", LIBRARIES.join(" ")),
        ("FIU_ENABLE", what),
        ("FIU_PRNG_SEED", (seed % (1 << 31)).to_string()),
    ]
}

#[test]
fn a_failing_call_loses_no_answer() {
    if let Some(missing) = LIBRARIES.iter().find(|library| !Path::new(library).exists()) {
        return skipped("failing system calls", &format!("{missing} is not here (fiu-utils)"));
    }
    let runs = number("CALL_RUNS").unwrap_or(RUNS);
    let mut random = Random::new(seed());
    let (mut cases, mut answered) = (0, 0);
    let mut failed: BTreeMap<&str, u64> = BTreeMap::new();
    for (call, errors, percent) in CALLS {
        for (error, nth) in errors.iter().flat_map(|error| (0..runs).map(move |nth| (*error, nth)))
        {
            let folder = TempDir::new().unwrap();
            let mut book = Book::at(&folder.path().join("book"));
            for _ in 0..=nth % RUNS_OF_A_BOOK {
                let from = book.answered().saturating_sub(3);
                book.surroundings(failing(call, error, percent, random.draw()));
                let ended = book.apply(from, End::ByItself(COMMANDS), false);
                book.surroundings(Vec::new());
                let compared = ended.and_then(|ended| {
                    let gone = ended.code == Some(3) && ended.answers < COMMANDS;
                    *failed.entry(call).or_default() += u64::from(gone);
                    let whole = ended.code == Some(0) && ended.answers == COMMANDS;
                    if !gone && !whole {
                        return Err(format!("the program ended with {ended:?}"));
                    }
                    book.resend()?;
                    book.audit()
                });
                compared.unwrap_or_else(|what| {
                    panic!("seed {}, case {cases}, {call}, error {error}: {what}", seed())
                });
                cases += 1;
            }
            answered += book.answered();
        }
    }
    println!(
        "seed {}: {cases} runs with failing calls, {answered} commands answered, 0 lost; ended by them: {failed:?}",
        seed()
    );
    // The control: the calls did fail. A part of a write or a read is gone on with, and one that fails
    // while the book is closed loses nothing.
    let ended: u64 = failed.values().sum();
    assert!(ended * 8 > cases, "{ended} of {cases} runs were ended by a failing call");
}
