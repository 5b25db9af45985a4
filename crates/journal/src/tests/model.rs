//! Any life of a journal gives what a store in memory gives.

use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;
use tuanzhang_log::{AppendError, MemoryStore, Store};

use super::given::BOOK;
use crate::Journal;
use crate::simulation::{Fate, SimulatedDisk};

/// What happens to the two stores; the journal alone is closed, killed and loses power.
#[derive(Clone, Debug)]
enum Step {
    Append(Vec<Vec<u8>>),
    AppendElsewhere(u64),
    Close,
    Trim,
    Kill,
    LosePower(u64),
    ReadFrom(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let record = prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..300),
        1 => prop::collection::vec(any::<u8>(), 10_000..40_000),
        1 => Just(b"TZF1".repeat(30)),
    ];
    prop_oneof![
        10 => prop::collection::vec(record, 0..12).prop_map(Step::Append),
        1 => any::<u64>().prop_map(Step::AppendElsewhere),
        1 => Just(Step::Close),
        1 => Just(Step::Trim),
        1 => Just(Step::Kill),
        1 => any::<u64>().prop_map(Step::LosePower),
        3 => (0_u64..60).prop_map(Step::ReadFrom),
    ]
}

fn read(store: &dyn Store, from: u64) -> Vec<(u64, Vec<u8>)> {
    let mut seen = Vec::new();
    store
        .read(BOOK, from, &mut |position, record| {
            seen.push((position, record.to_vec()));
            ControlFlow::Continue(())
        })
        .unwrap();
    seen
}

proptest! {
    #[test]
    fn a_journal_agrees_with_memory(
        steps in prop::collection::vec(step(), 1..40),
        first in prop_oneof![Just(1_u64), Just(300), Just(4096), Just(65_536)],
    ) {
        let memory = MemoryStore::new();
        let mut disk = SimulatedDisk::new();
        let open = |disk: &SimulatedDisk| {
            Journal::with_segments(Arc::new(disk.clone()), first, first << 3).unwrap()
        };
        let mut journal = open(&disk);
        for step in steps {
            let size = memory.head(BOOK).unwrap().size;
            match step {
                Step::Append(records) => {
                    let records: Vec<_> = records.iter().map(Vec::as_slice).collect();
                    let told = memory.append(BOOK, size, &records).unwrap();
                    prop_assert_eq!(journal.append(BOOK, size, &records).unwrap(), told);
                }
                Step::AppendElsewhere(expected) if expected != size => {
                    let raced = matches!(
                        journal.append(BOOK, expected, &[b"late"]),
                        Err(AppendError::Raced { expected: told, actual })
                            if (told, actual) == (expected, size)
                    );
                    prop_assert!(raced);
                }
                Step::AppendElsewhere(_) => {}
                Step::Close => {
                    journal.close().unwrap();
                    journal = open(&disk);
                }
                Step::Trim => journal.trim().unwrap(),
                Step::Kill => {
                    disk = disk.after_kill();
                    journal = open(&disk);
                }
                Step::LosePower(bits) => {
                    disk = disk.after_power_loss(|_| Fate::Sectors(bits));
                    journal = open(&disk);
                }
                Step::ReadFrom(from) => {
                    prop_assert_eq!(read(&journal, from), read(&memory, from));
                    let one = journal.read_one(BOOK, from).unwrap();
                    prop_assert_eq!(one, memory.read_one(BOOK, from).unwrap());
                }
            }
            prop_assert_eq!(journal.head(BOOK).unwrap(), memory.head(BOOK).unwrap());
        }
        prop_assert_eq!(read(&journal, 1), read(&memory, 1));
        prop_assert_eq!(journal.verify(BOOK).unwrap().head, memory.head(BOOK).unwrap());
    }
}
