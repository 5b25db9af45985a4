//! Two real processes on one book: a second writer is refused, readers go beside the first.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use tempfile::TempDir;

use crate::book::{Book, Running, command};
use crate::kit::{program, run_with};

/// Times that others come while the first writes.
const ROUNDS: u64 = 20;

#[test]
fn a_second_writer_is_refused_while_readers_go_beside_the_first() {
    let folder = TempDir::new().unwrap();
    let book = Book::at(&folder.path().join("book"));
    let child = program().args(["apply", book.path()]).stdin(Stdio::piped()).spawn().unwrap();
    let mut first = Running(child);
    let mut to = first.0.stdin.take().unwrap();
    let mut answers = BufReader::new(first.0.stdout.take().unwrap()).lines();
    let mut given = 0;
    let mut give = |commands: u64| {
        for _ in 0..commands {
            writeln!(to, "{}", command(given)).unwrap();
            given += 1;
        }
        given
    };
    let mut answered = 0;
    let mut await_answers = |until: u64| {
        while answered < until {
            let line = answers.next().unwrap().unwrap();
            assert!(line.contains("\"ok\""), "{line}");
            answered += 1;
        }
        answered
    };
    let second = |nth: u64| run_with(&["apply", book.path()], &command(nth));

    let mut refusal = String::new();
    for _ in 0..ROUNDS {
        let answered = give(9);
        await_answers(answered);
        // Under way while the others come.
        let given = give(20);
        let refused = second(given);
        assert_eq!((refused.code, refused.out.as_str()), (3, ""), "{refused:?}");
        assert!(refused.err.contains("is open for writing elsewhere"), "{refused:?}");
        refusal = refused.err;
        for verb in ["audit", "balances", "show"] {
            let read = run_with(&[verb, book.path(), "--json"], "");
            assert_eq!(read.code, 0, "{verb}: {read:?}");
            let seen = match verb {
                "audit" => read.json()["covered"]["records"].as_u64().unwrap(),
                "balances" => read.json()["position"].as_u64().unwrap(),
                _ => continue,
            };
            assert!((answered..=given).contains(&seen), "{verb}: {answered} {seen} {given}");
        }
        await_answers(given);
    }
    println!("{ROUNDS} rounds, {ROUNDS} second writers refused: {}", refusal.trim());

    // The control: once the first is gone, the second is let in.
    first.kill();
    let next = second(ROUNDS * 29);
    assert_eq!(next.code, 0, "{next:?}");
    let begins: String = next.out.chars().take(50).collect();
    println!("control, after the first was killed: {begins}…");
}
