//! What changes, or fails, under a handle that is open: every read says so, and none gives out another record.

use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::given::{
    BOOK, HEAD, SHAPES, Shape, append, closed_book, disk, frame_offsets, look, record, records,
    segments, small_book,
};
use crate::Journal;
use crate::disk::Disk;
use crate::format::{FrameHeader, checksum, encode_frame};
use crate::simulation::{Failing, SimulatedDisk};
use tuanzhang_log::{ReadError, Store};

/// A book that is open for writing and for reading, its disk and its size.
fn opened(shape: Shape) -> (SimulatedDisk, [Journal; 2], u64) {
    let simulated = SimulatedDisk::new();
    let (writer, sizes) = small_book(&simulated, shape);
    let reader = Journal::read_only_on(Arc::new(simulated.clone())).unwrap();
    let size = *sizes.last().unwrap();
    assert_eq!((look(&writer), look(&reader)), (Ok(size), Ok(size)));
    (simulated, [writer, reader], size)
}

/// Wants damage in a file from a read of all, and of each record the right one or damage.
fn notices(journal: &Journal, size: u64, name: &str) {
    let mut next = 1;
    let all = journal.read(BOOK, 1, &mut |position, bytes| {
        assert_eq!((position, bytes), (next, record(position).as_slice()), "{name}");
        next += 1;
        ControlFlow::Continue(())
    });
    let Err(ReadError::Damaged(damage)) = all else { panic!("{name}: {all:?}") };
    assert!(damage.place.contains(name), "{damage}");
    let mut refused = 0;
    for position in 1..=size {
        match journal.read_one(BOOK, position) {
            Ok(found) => assert_eq!(found, Some(record(position)), "{name}"),
            Err(ReadError::Damaged(damage)) => {
                assert!(damage.place.contains(name), "{damage}");
                refused += 1;
            }
            Err(other) => panic!("{name}: {other}"),
        }
    }
    assert!(refused > 0, "{name}");
}

fn notice(journals: &[Journal], size: u64, name: &str) {
    for journal in journals {
        notices(journal, size, name);
    }
}

#[test]
fn every_changed_byte_of_a_frame_is_noticed_by_reads() {
    for shape in SHAPES {
        let (simulated, journals, size) = opened(shape);
        let mut cases = 0;
        for (name, bytes) in simulated.files().into_iter().filter(|(name, _)| name.starts_with('0'))
        {
            let file = simulated.open(&name).unwrap().unwrap();
            let end = *frame_offsets(&bytes).last().unwrap();
            for (at, byte) in bytes[..end].iter().enumerate() {
                file.write_at(&[byte ^ 0x10], at as u64).unwrap();
                notice(&journals, size, &name);
                file.write_at(&[*byte], at as u64).unwrap();
                cases += 1;
            }
        }
        println!("{shape:?}: {cases} bytes changed under two handles, all noticed");
        assert!(journals.iter().all(|journal| look(journal) == Ok(size)));
    }
}

/// A frame with the right checksum in a place where another belongs, a segment cut short, one that is gone.
#[test]
fn files_that_became_others_are_noticed_by_reads() {
    for shape in SHAPES {
        let (simulated, journals, size) = opened(shape);
        for name in segments(&simulated.files()) {
            let bytes = simulated.files()[&name].clone();
            let file = simulated.open(&name).unwrap().unwrap();
            let offsets = frame_offsets(&bytes);
            for pair in offsets.windows(2) {
                let header = FrameHeader::parse(&bytes[pair[0]..]).unwrap();
                let same = records(header.first, header.count.into());
                let same: Vec<_> = same.iter().map(Vec::as_slice).collect();
                let mut moved = Vec::new();
                encode_frame(&mut moved, BOOK, header.first + 1, header.root_before, &same);
                file.write_at(&moved, pair[0] as u64).unwrap();
                notice(&journals, size, &name);
                file.write_at(&bytes[pair[0]..pair[1]], pair[0] as u64).unwrap();

                // A record more than there are, behind a checksum that is right.
                let mut more = bytes[pair[0]..pair[1]].to_vec();
                more[12] += 1;
                let crc = checksum(BOOK, &[&more[..8], &more[12..]]);
                more[8..12].copy_from_slice(&crc.to_le_bytes());
                file.write_at(&more, pair[0] as u64).unwrap();
                assert!(journals.iter().all(|journal| look(journal).is_err()), "{name}");
                file.write_at(&bytes[pair[0]..pair[1]], pair[0] as u64).unwrap();

                for length in [pair[0], pair[0] + 20, pair[1] - 1] {
                    file.set_length(length as u64).unwrap();
                    // Where a segment stands behind, what is missing shows at its first frame.
                    notice(&journals, size, ".seg at offset");
                    file.write_at(&bytes[length..], length as u64).unwrap();
                }
            }
        }
        assert!(journals.iter().all(|journal| look(journal) == Ok(size)));
    }
    let (simulated, [writer, reader], size) = opened(Shape::Several);
    simulated.remove("00000002.seg").unwrap();
    for journal in [writer, reader] {
        notices(&journal, size, "00000002.seg");
    }
}

/// A call of a read that fails is no damage, and says nothing wrong; the next read is served.
#[test]
fn a_read_that_the_disk_refuses_is_unavailable_and_the_next_is_served() {
    for shape in SHAPES {
        let (simulated, journals, size) = opened(shape);
        let mut cases = 0;
        for journal in &journals {
            let asks: [&dyn Fn() -> Result<(), ReadError>; 5] = [
                &|| journal.head(BOOK).map(drop),
                &|| journal.books().map(drop),
                &|| journal.read_one(BOOK, size).map(drop),
                &|| journal.read(BOOK, 1, &mut |_, _| ControlFlow::Continue(())),
                &|| journal.verify(BOOK).map(drop),
            ];
            for ask in asks {
                for call in 1.. {
                    let before = simulated.calls();
                    simulated.fail(before + call, Failing::Once, ErrorKind::Other);
                    let answer = ask();
                    simulated.heal();
                    if simulated.calls() < before + call {
                        assert!(answer.is_ok(), "{answer:?}");
                        break;
                    }
                    assert!(matches!(answer, Err(ReadError::Unavailable(_))), "{answer:?}");
                    assert_eq!(look(journal), Ok(size));
                    cases += 1;
                }
            }
        }
        println!("{shape:?}: {cases} calls of reads refused, all said so");
    }
}

/// The writer's check knows what the head has to say and how long its segment is.
#[test]
fn an_old_slot_and_another_length_are_noticed_by_the_writers_check() {
    for shape in SHAPES {
        let simulated = SimulatedDisk::new();
        let (journal, sizes) = small_book(&simulated, shape);
        let old = simulated.files()[HEAD].clone();
        append(&journal, *sizes.last().unwrap(), 1).unwrap();
        let new = simulated.files()[HEAD].clone();
        let head = simulated.open(HEAD).unwrap().unwrap();
        head.write_at(&old, 0).unwrap();
        let error = journal.verify(BOOK).unwrap_err().to_string();
        assert!(error.contains("head at offset") && error.contains("the slot states"), "{error}");
        head.write_at(&new, 0).unwrap();
        journal.verify(BOOK).unwrap();

        let last = segments(&simulated.files()).pop().unwrap();
        let segment = simulated.open(&last).unwrap().unwrap();
        let length = segment.length().unwrap();
        segment.set_length(length + 1).unwrap();
        let error = journal.verify(BOOK).unwrap_err().to_string();
        assert!(error.contains(&last) && error.contains("the segment has"), "{error}");
        segment.set_length(length).unwrap();
        journal.verify(BOOK).unwrap();
    }
}

/// An opening that can't keep a torn tail aside changes no record, and the next one goes on.
#[test]
fn a_recovery_that_the_disk_refuses_is_unavailable_and_loses_nothing() {
    for shape in SHAPES {
        let (mut files, size) = closed_book(shape);
        let last = segments(&files).pop().unwrap();
        files.get_mut(&last).unwrap().extend(b"torn");
        // A slot that is torn as well: it is written anew.
        files.get_mut(HEAD).unwrap()[4096 + 200] = 1;
        let mut cases = 0;
        for kind in [ErrorKind::Other, ErrorKind::StorageFull] {
            for call in 1.. {
                let simulated = disk(&files);
                simulated.fail(call, Failing::Once, kind);
                let opened = shape.open(&simulated);
                if simulated.calls() < call {
                    opened.unwrap();
                    break;
                }
                match opened {
                    Ok(journal) => drop(journal),
                    Err(error) => {
                        assert!(matches!(error, crate::OpenError::Unavailable(_)), "{error}");
                    }
                }
                simulated.heal();
                let journal = shape.open(&simulated).unwrap();
                assert_eq!(look(&journal), Ok(size), "call {call}");
                let kept = simulated.files().into_iter().any(|(_, bytes)| bytes == b"torn");
                assert!(kept, "call {call}: what was cut is kept");
                cases += 1;
            }
        }
        println!("{shape:?}: {cases} calls of a recovery refused, 0 lost");
    }
}
