//! Power loss under the real program: `apply` on a disk that forgets what was not synced.

use std::collections::BTreeMap;
use std::path::Path;

use tempfile::TempDir;
use tuanzhang_powerloss::{Cut, Disk, Naming, Options, Random, Syncs};

use crate::book::{Book, End};
use crate::{number, seed, skipped};

/// Power losses where the environment says nothing.
const CUTS: u64 = 40;
/// Calls that making a book takes, and some.
const CREATION_CALLS: u64 = 20;
/// Calls that recovering takes, and some.
const RECOVERY_CALLS: u64 = 12;
/// Rounds after which another book is begun.
const ROUNDS_OF_A_BOOK: u64 = 3;

/// What a number of power losses did.
#[derive(Debug, Default)]
struct Tried {
    cuts: u64,
    /// Power losses with something at stake.
    at_stake: u64,
    under_way: BTreeMap<&'static str, u64>,
    answered: u64,
    /// Power losses after which a reader had to wait for a writer to see the last answers.
    readers_behind: u64,
    lost: Vec<String>,
}

impl Tried {
    fn count(&mut self, cut: Cut) {
        self.cuts += 1;
        self.at_stake += u64::from(cut.edits + cut.names > 0);
        *self.under_way.entry(cut.under_way).or_default() += 1;
    }
}

fn place() -> Option<TempDir> {
    let folder = TempDir::new().unwrap();
    match Disk::unavailable(folder.path()) {
        None => Some(folder),
        Some(why) => {
            skipped("power loss under the real program", &why);
            None
        }
    }
}

/// Runs the program until the power goes in one of so many calls, and starts the machine again.
fn run(
    disk: &Disk,
    at: &Path,
    book: &mut Book,
    random: &mut Random,
    (from, calls): (u64, u64),
) -> (Cut, Result<(), String>) {
    // Some lives end by themselves before the power goes, or as it goes.
    let commands = if random.eighths(2) { 1 + random.below(20) } else { u64::MAX };
    let mounted = disk.mount(at).unwrap();
    disk.cut_in(1 + random.below(calls));
    let ran = book.apply(from, End::ByItself(commands), random.eighths(2));
    drop(mounted);
    let cut = disk.restart(random.draw());
    let ended = ran.and_then(|ended| match ended.code {
        Some(3) if cut.under_way != "nothing" => Ok(()),
        // The last calls of a process that ends in order need not be waited for.
        Some(0) if ended.answers == commands => Ok(()),
        _ => Err(format!("the program ended with {ended:?}")),
    });
    (cut, ended)
}

/// Loses power in the middle of a run, and often again while the program recovers; then compares.
fn round(disk: &Disk, at: &Path, book: &mut Book, random: &mut Random, tried: &mut Tried) {
    // Half of the losses while it opens, or makes the book.
    let calls = if random.eighths(4) { CREATION_CALLS } else { 150 };
    let mut from = book.answered().saturating_sub(3);
    let (mut cut, mut outcome) = run(disk, at, book, random, (from, calls));
    tried.count(cut);
    while outcome.is_ok() && random.eighths(3) {
        from = book.answered().saturating_sub(1);
        (cut, outcome) = run(disk, at, book, random, (from, RECOVERY_CALLS));
        tried.count(cut);
    }
    let mounted = disk.mount(at).unwrap();
    let compared = outcome.and_then(|()| {
        let behind = book.audit_as_found()? < book.answered();
        // A writer that does nothing is enough for readers to see all.
        book.apply(0, End::ByItself(0), false)?;
        book.audit()?;
        book.resend()?;
        book.audit().map(|_| behind)
    });
    drop(mounted);
    match compared {
        Ok(behind) => tried.readers_behind += u64::from(behind),
        Err(what) => {
            tried.lost.push(format!("cut {} of seed {}, {cut:?}: {what}", tried.cuts, seed()));
        }
    }
}

/// Loses power so many times, on a new book after so many of them.
fn lives(cuts: u64, rounds_of_a_book: u64, options: Options) -> Option<Tried> {
    let folder = place()?;
    let mut random = Random::new(seed());
    let mut tried = Tried::default();
    let begin = |random: &mut Random| {
        let disk = Disk::new(options);
        let mut book = Book::at(&folder.path().join("books/liu"));
        // Half of the books are about to outgrow their first files.
        if random.eighths(4) {
            let _mounted = disk.mount(folder.path()).unwrap();
            book.apply(0, End::ByItself(200 + random.below(200)), false).unwrap();
        }
        (disk, book)
    };
    let (mut disk, mut book) = begin(&mut random);
    let mut rounds = 0_u64;
    while tried.cuts < cuts {
        let lost = tried.lost.len();
        round(&disk, folder.path(), &mut book, &mut random, &mut tried);
        rounds += 1;
        if tried.lost.len() > lost || rounds.is_multiple_of(rounds_of_a_book) {
            tried.answered += book.answered();
            (disk, book) = begin(&mut random);
        }
    }
    tried.answered += book.answered();
    Some(tried)
}

#[test]
fn a_power_loss_loses_no_answer() {
    let cuts = number("POWER_CUTS").unwrap_or(CUTS);
    for naming in [Naming::Strict, Naming::Journaled] {
        let options = Options { syncs: Syncs::Honest, naming };
        let cuts = if naming == Naming::Strict { cuts } else { cuts.div_ceil(4) };
        let Some(tried) = lives(cuts, ROUNDS_OF_A_BOOK, options) else { return };
        println!(
            "seed {}, names {naming:?}: {} power losses, {} with something at stake, under way {:?}; \
             {} commands answered, readers behind until a writer came {}, {} cuts lost some",
            seed(),
            tried.cuts,
            tried.at_stake,
            tried.under_way,
            tried.answered,
            tried.readers_behind,
            tried.lost.len()
        );
        assert!(tried.lost.is_empty(), "{}", tried.lost.join("\n"));
        assert!(tried.at_stake * 2 > cuts && tried.answered > cuts, "{tried:?}");
    }
}

#[test]
fn the_control_with_ignored_syncs_loses() {
    // A name that came through one power loss is safe from the next.
    for (syncs, of_a_book) in [(Syncs::Ignored, ROUNDS_OF_A_BOOK), (Syncs::NamesIgnored, 1)] {
        let options = Options { syncs, naming: Naming::Strict };
        let Some(tried) = lives(CUTS, of_a_book, options) else { return };
        let lost = tried.lost.len();
        println!(
            "seed {}, control, syncs {syncs:?}: {lost} of {} cuts lost some",
            seed(),
            tried.cuts
        );
        assert!(lost > 0, "the control lost nothing: {tried:?}");
    }
}
