//! Real processes: a second writer is refused, a killed one loses nothing that it answered.
//!
//! The test runs itself again as the child, told by a variable what to do.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests that talk through standard output"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tuanzhang_journal::{Journal, OpenError};
use tuanzhang_log::{BookKey, Store};

const BOOK: BookKey = BookKey([3; 16]);
const FOLDER: &str = "TUANZHANG_JOURNAL_CHILD";
/// Rounds of the kill test.
const KILLS: u64 = 50;

fn child(test: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lines that a child says to its parent, without those of the test harness.
fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    lines.filter_map(|line| line.split_once("say ").map(|(_, said)| said.to_owned()))
}

fn say(text: &str) {
    println!("\nsay {text}");
    std::io::stdout().flush().unwrap();
}

#[test]
fn a_second_process_is_refused() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let _journal = Journal::at(folder).unwrap();
        say("open");
        // Held until the parent closes the pipe.
        std::io::stdin().lines().for_each(drop);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut holder = child("a_second_process_is_refused", folder.path());
    let mut said = lines(&mut holder);
    assert_eq!(said.next().as_deref(), Some("open"));
    let error = Journal::at(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    println!("{error}");
    drop(holder.stdin.take());
    assert_eq!(said.next(), None);
    assert!(holder.wait().unwrap().success());
    Journal::at(folder.path()).unwrap();
}

#[test]
fn a_killed_process_loses_no_answer() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let journal = Journal::at(folder).unwrap();
        let mut size = journal.head(BOOK).unwrap().size;
        loop {
            let records: Vec<_> =
                (size + 1..=size + 1 + size % 7).map(|number| number.to_string()).collect();
            let records: Vec<_> = records.iter().map(String::as_bytes).collect();
            size = journal.append(BOOK, size, &records).unwrap().size;
            say(&size.to_string());
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut size = 0;
    for round in 0..KILLS {
        let mut writer = child("a_killed_process_loses_no_answer", folder.path());
        let mut answers = lines(&mut writer);
        let answers_awaited = usize::try_from(1 + round % 20).unwrap();
        let answered: u64 = answers.by_ref().take(answers_awaited).last().unwrap().parse().unwrap();
        // Read beside it while it is alive.
        let reader = Journal::read_only(folder.path()).unwrap();
        assert!(reader.head(BOOK).unwrap().size >= answered);
        writer.kill().unwrap();
        writer.wait().unwrap();
        let answered = answers.last().map_or(answered, |last| last.parse().unwrap_or(answered));
        let journal = Journal::at(folder.path()).unwrap();
        let found = journal.head(BOOK).unwrap().size;
        assert!(found >= answered && answered > size, "{found} records, {answered} answered");
        let mut next = 1_u64;
        journal
            .read(BOOK, 1, &mut |position, record| {
                assert_eq!((position, record), (next, next.to_string().as_bytes()));
                next += 1;
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(journal.verify(BOOK).unwrap().records, found);
        size = found;
    }
    println!("{KILLS} kills, {size} records, 0 answers lost");
}
