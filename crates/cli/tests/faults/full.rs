//! A disk that gets full under the real program, and has room again.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::book::{Book, End};
use crate::{number, skipped};

/// Room that is enough for everything here.
const ENOUGH: &str = "size=64m,nr_inodes=1000";
/// Between two sizes, where the environment says nothing.
const STEP_KIB: u64 = 192;
/// Commands of a run that has room.
const COMMANDS: u64 = 60;

/// A file system of a certain size in memory, unmounted when it is dropped.
struct Small(TempDir);

impl Small {
    /// `None`, visibly, where it can't be mounted.
    fn mount(options: &str) -> Option<Self> {
        let small = Self(TempDir::new().unwrap());
        let mounted = system("mount", &["-t", "tmpfs", "-o", options, "tmpfs"], small.0.path());
        if let Err(why) = mounted {
            skipped("a full disk under the real program", why.lines().next().unwrap_or_default());
            return None;
        }
        Some(small)
    }

    fn resize(&self, options: &str) {
        system("mount", &["-o", &format!("remount,{options}")], self.0.path()).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = system("umount", &["-l"], self.0.path());
    }
}

fn system(program: &str, arguments: &[&str], at: &Path) -> Result<(), String> {
    let mut command = Command::new(program);
    let output = command.args(arguments).arg(at).stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

/// Fills a disk, gives it room, goes on. Gives the commands answered while it was full.
fn fill(options: &str, commands: u64) -> Option<Result<u64, String>> {
    let small = Small::mount(options)?;
    let mut book = Book::at(&small.0.path().join("book"));
    Some(filled(&small, &mut book, commands))
}

fn filled(small: &Small, book: &mut Book, commands: u64) -> Result<u64, String> {
    // Twice: the second process finds what the first left, and no room either.
    for _ in 0..2 {
        let from = book.answered().saturating_sub(3);
        let ended = book.apply(from, End::ByItself(commands), false)?;
        if ended.code != Some(3) || !ended.err.contains("No space left on device") {
            return Err(format!("the answer doesn't name no space: {ended:?}"));
        }
        book.audit()?;
    }
    let answered = book.answered();
    small.resize(ENOUGH);
    book.resend()?;
    let ended = book.apply(answered, End::ByItself(COMMANDS), false)?;
    if (ended.code, ended.answers) != (Some(0), COMMANDS) {
        return Err(format!("it doesn't go on: {ended:?}"));
    }
    book.audit()?;
    book.resend()?;
    Ok(answered)
}

/// Tries each size; gives cases, and commands answered before the disk was full.
fn sweep(name: &str, sizes: impl Iterator<Item = String>) -> Option<(u64, u64)> {
    let (mut cases, mut answered, mut lost) = (0, 0, Vec::new());
    let mut most = 0;
    for options in sizes {
        match fill(&options, u64::MAX)? {
            Ok(count) => (answered, most) = (answered + count, most.max(count)),
            Err(what) => lost.push(format!("{options}: {what}")),
        }
        cases += 1;
    }
    println!(
        "{name}: {cases} sizes, {answered} commands answered before it was full (at most {most}), \
         {} sizes lost some",
        lost.len()
    );
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    Some((cases, answered))
}

#[test]
fn a_book_made_on_a_full_disk_goes_on_when_there_is_room() {
    let Some((_, answered)) =
        sweep("full while it is made", (4..=96).step_by(4).map(|kib| format!("size={kib}k")))
    else {
        return;
    };
    assert!(answered > 0);
    // The folder's own, then each file that is made.
    sweep("no more files", (1..=8).map(|files| format!("size=512k,nr_inodes={files}")));
}

#[test]
fn a_disk_that_gets_full_loses_no_answer() {
    let step = usize::try_from(number("FULL_STEP_KIB").unwrap_or(STEP_KIB)).unwrap();
    let sizes = (128..=1024).step_by(step).map(|kib| format!("size={kib}k"));
    let Some((_, answered)) = sweep("full while it grows", sizes) else { return };
    assert!(answered > 100);
}

#[test]
fn the_control_finds_a_lost_answer_and_a_disk_with_room() {
    let Some(small) = Small::mount("size=512k") else { return };
    let mut book = Book::at(&small.0.path().join("book"));
    book.apply(0, End::ByItself(u64::MAX), false).unwrap();
    book.pretend();
    book.pretend();
    let found = book.resend().unwrap_err();
    println!("control, an answer that was never given: {found}");
    let roomy = fill(ENOUGH, COMMANDS).unwrap().unwrap_err();
    assert!(roomy.contains("doesn't name no space"), "{roomy}");
}
