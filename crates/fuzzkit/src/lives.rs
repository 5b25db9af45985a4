//! Choices as whole lives, for core and the testkit's model.

use tuanzhang_testkit::agree::{json_lines, live};
use tuanzhang_testkit::life::Life;

/// Commands of a life; what bytes say beyond is ignored.
const COMMANDS_MAX: u64 = 300;

/// Choices for a whole life through every check of `testkit/src/agree`: core and model agree after each
/// command, no invariant breaks. What fails is printed as `tuanzhang apply` reads it.
pub(crate) fn lives(bytes: &[u8]) -> u64 {
    let lived = live(Life::of_bytes(bytes), COMMANDS_MAX);
    if let Some(fault) = lived.faults.first() {
        let number = usize::try_from(fault.number).unwrap_or(usize::MAX);
        let lines = json_lines(Life::of_bytes(bytes).take(number));
        panic!("{}\n{}\n\nthe life, for `tuanzhang apply`:\n{lines}", fault.kind, fault.what);
    }
    lived.commands
}
