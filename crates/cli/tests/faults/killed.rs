//! kill -9 of the real program, again and again on one book.

use tempfile::TempDir;
use tuanzhang_powerloss::Random;

use crate::book::{Book, End};
use crate::{number, seed};

/// Kills where the environment says nothing.
const KILLS: u64 = 50;
/// Rounds after which the book is audited.
const AUDIT_ROUNDS: u64 = 10;

/// A moment to kill it at: in the middle of answering, or with commands under way.
fn moment(random: &mut Random) -> End {
    match random.below(4) {
        0 => End::KillAfterCommands(1 + random.below(50)),
        1 => End::KillAfterAnswers(random.below(3)),
        _ => End::KillAfterAnswers(1 + random.below(60)),
    }
}

#[test]
fn a_killed_program_loses_no_answer() {
    let folder = TempDir::new().unwrap();
    let mut book = Book::at(&folder.path().join("book"));
    let kills = number("KILLS").unwrap_or(KILLS);
    let mut random = Random::new(seed());
    let (mut killed, mut compared) = (0, 0);
    for round in 1..=kills {
        let end = moment(&mut random);
        // All answers that were not compared since their kill are asked for again.
        let answered = book.answered();
        let ended = book.apply(compared, end, random.eighths(3));
        let context = format!("seed {}, kill {round}, {end:?}", seed());
        let ended = ended.unwrap_or_else(|what| panic!("{context}: {what}"));
        assert_eq!(ended.code, None, "{context}: it ended by itself: {}", ended.err);
        killed += 1;
        compared = answered.min(compared + ended.answers);
        if round % AUDIT_ROUNDS == 0 || round == kills {
            book.audit().unwrap_or_else(|what| panic!("{context}: {what}"));
        }
    }
    let records = book.audit().unwrap();
    book.resend().unwrap();
    let (bytes, segments) = book.size();
    println!(
        "seed {}: {killed} kills, {} commands answered, {records} records, 0 lost; \
         {bytes} bytes in {segments} segments",
        seed(),
        book.answered()
    );
    assert!(book.answered() > kills, "the program answered hardly anything");

    // Controls: an answer that was never given, and one that was another.
    let mut pretending = book.clone();
    (0..200).for_each(|_| pretending.pretend());
    let found = [pretending.audit().unwrap_err(), pretending.resend().unwrap_err()];
    println!("control, answers that were never given: {found:?}");
}
