//! A writer fails at every call, the next dies at every call, a third goes on from what they left, and then
//! power is lost: what was left in memory only must be made durable before anything is built on it.

use std::io::ErrorKind;

use super::given::{BOOK, SHAPES, Shape, append, goes_on};
use crate::simulation::{Failing, Fate, SimulatedDisk, Syncs};
use tuanzhang_log::Store;

/// Fates of what was not synced.
const FATES: [Fate; 2] = [Fate::Lost, Fate::Sectors(0x5555_5555_5555_5555)];

/// What becomes of the first writer.
#[derive(Clone, Copy, Debug)]
enum End {
    /// It is killed.
    Killed,
    /// It drops its handle and the disk is well again.
    Dropped,
}

/// Appends one batch after the other until one fails; gives the size that was answered.
fn appends(disk: &SimulatedDisk, shape: Shape, batches: &[u64]) -> Option<u64> {
    let journal = shape.open(disk).ok()?;
    let mut size = journal.head(BOOK).ok()?.size;
    for count in batches {
        match append(&journal, size, *count) {
            Ok(answered) => size = answered,
            Err(_) => break,
        }
    }
    // It is not closed: it dies.
    disk.fail(1, Failing::ForEver, ErrorKind::Other);
    Some(size)
}

/// The images that lose an answer, of how many.
fn every_call(syncs: Syncs, shape: Shape) -> (u32, Vec<String>) {
    let (mut cases, mut lost) = (0, Vec::new());
    for end in [End::Killed, End::Dropped] {
        for call in 1.. {
            let first = SimulatedDisk::new();
            first.set_syncs(syncs);
            first.fail(call, Failing::Once, ErrorKind::Other);
            appends(&first, shape, &[1, 9, 9, 9, 9]);
            if first.calls() < call {
                break;
            }
            let left = match end {
                End::Killed => first.after_kill(),
                End::Dropped => first,
            };
            left.heal();
            // The second writer dies as well, at each of its calls, and at last at none.
            for again in left.calls() + 1.. {
                let second = left.after_kill();
                second.fail(again, Failing::ForEver, ErrorKind::Other);
                appends(&second, shape, &[9]);
                // What the others had no room for, or less, for which there is some.
                for batches in [&[9, 1][..], &[1]] {
                    let third = second.after_kill();
                    let size = appends(&third, shape, batches).unwrap();
                    for fate in FATES {
                        let image = third.after_power_loss(|_| fate);
                        cases += 1;
                        if let Err(what) = goes_on(&image, shape, size..=size) {
                            let case = format!("calls {call}, {again}, {end:?}, {batches:?}");
                            lost.push(format!("{case}, {fate:?}: {what}"));
                        }
                    }
                }
                if second.calls() < again {
                    break;
                }
            }
        }
    }
    (cases, lost)
}

#[test]
fn what_a_dead_writer_left_is_durable_before_it_is_built_on() {
    for shape in SHAPES {
        let (cases, lost) = every_call(Syncs::Honest, shape);
        println!("{shape:?}: {cases} images, {} lost", lost.len());
        assert!(lost.is_empty(), "{} of {cases}: {:#?}", lost.len(), &lost[..lost.len().min(20)]);
    }
}

/// The control: the same without syncs.
#[test]
fn without_syncs_what_was_built_is_lost() {
    for shape in SHAPES {
        let (cases, lost) = every_call(Syncs::Ignored, shape);
        println!("control, {shape:?}: {} of {cases} images lose answers", lost.len());
        assert!(!lost.is_empty());
    }
}
