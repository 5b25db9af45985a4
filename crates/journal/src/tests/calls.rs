//! Every call to the disk fails once, and from then on: no answer is lost, and the handle
//! writes nothing more.

use std::io::ErrorKind;

use super::given::{BATCHES, SHAPES, Shape, append, goes_on, look, open};
use crate::simulation::{Failing, Fate, SimulatedDisk, Syncs};
use tuanzhang_log::AppendError;

/// What a life of a journal was answered.
#[derive(Clone, Copy, Debug, Default)]
struct Answered {
    /// Records that were answered.
    size: u64,
    /// Records that may be there: the append that was not answered included.
    tried: u64,
}

/// Opens, appends, closes and opens again; stops at the first error, and then wants every
/// further append refused.
fn life(disk: &SimulatedDisk, shape: Shape) -> Answered {
    let mut answered = Answered::default();
    for batches in BATCHES.chunks(5) {
        let Ok(journal) = shape.open(disk) else { return answered };
        for count in batches {
            answered.tried = answered.size + count;
            match append(&journal, answered.size, *count) {
                Ok(size) => answered.size = size,
                Err(AppendError::Unknown(_)) => {
                    assert!(append(&journal, answered.size, 1).is_err(), "poisoned");
                    return answered;
                }
                Err(AppendError::Unavailable(_)) => {
                    assert!(append(&journal, answered.size, 1).is_err(), "poisoned");
                    answered.tried = answered.size;
                    return answered;
                }
                Err(other) => panic!("{other}"),
            }
            answered.tried = answered.size;
        }
        if journal.close().is_err() {
            return answered;
        }
    }
    answered
}

/// Fates of what was not synced, from all lost to all kept.
const FATES: [Fate; 5] = [
    Fate::Lost,
    Fate::Kept,
    Fate::Sectors(0x5555_5555_5555_5555),
    Fate::Sectors(0xaaaa_aaaa_aaaa_aaaa),
    Fate::Prefix(100),
];

/// Runs such a life with each call failing; gives the number of cases and the losses.
fn every_call(syncs: Syncs, shape: Shape) -> (u32, Vec<String>) {
    let (mut cases, mut lost) = (0, Vec::new());
    for kind in [ErrorKind::Other, ErrorKind::StorageFull] {
        for failing in [Failing::Once, Failing::ForEver] {
            for call in 1.. {
                let disk = SimulatedDisk::new();
                disk.set_syncs(syncs);
                disk.fail(call, failing, kind);
                let answered = life(&disk, shape);
                if disk.calls() < call {
                    break;
                }
                let promised = answered.size..=answered.tried;
                let mut found = vec![disk.after_kill()];
                found.extend(FATES.map(|fate| disk.after_power_loss(|_| fate)));
                for (number, found) in found.iter().enumerate() {
                    cases += 1;
                    found.set_syncs(Syncs::Honest);
                    if let Err(what) = goes_on(found, shape, promised.clone()) {
                        lost.push(format!("call {call} {failing:?}, image {number}: {what}"));
                    }
                }
            }
        }
    }
    (cases, lost)
}

#[test]
fn every_failing_call_loses_nothing() {
    for shape in SHAPES {
        let (cases, lost) = every_call(Syncs::Honest, shape);
        println!("{shape:?}: {cases} images after failing calls, {} lost", lost.len());
        assert!(lost.is_empty(), "{:#?}", &lost[..lost.len().min(9)]);
    }
}

/// The control: the same without syncs.
#[test]
fn without_syncs_failing_calls_lose_answers() {
    for shape in SHAPES {
        let (cases, lost) = every_call(Syncs::Ignored, shape);
        println!("control, {shape:?}: {} of {cases} images lose answers", lost.len());
        assert!(!lost.is_empty());
    }
}

#[test]
fn a_poisoned_journal_still_reads() {
    let disk = SimulatedDisk::new();
    let journal = open(&disk).unwrap();
    assert_eq!(append(&journal, 0, 3).unwrap(), 3);
    disk.fail(disk.calls() + 2, Failing::Once, ErrorKind::Other);
    assert!(matches!(append(&journal, 3, 2), Err(AppendError::Unknown(_))));
    assert_eq!(look(&journal), Ok(3));
    assert!(matches!(append(&journal, 3, 2), Err(AppendError::Unavailable(_))));
    assert!(journal.close().is_err());
    goes_on(&disk, Shape::One, 3..=5).unwrap();
}

/// After a failed sync the system takes the frame for written. What the next handle serves of
/// it must survive a power loss all the same: opening writes the last frame once more.
#[test]
fn what_is_served_after_a_failed_sync_stays() {
    for shape in SHAPES {
        let (mut cases, mut forgotten) = (0, 0);
        for call in 1.. {
            let disk = SimulatedDisk::new();
            disk.fail(call, Failing::Once, ErrorKind::Other);
            let answered = life(&disk, shape);
            if disk.calls() < call {
                break;
            }
            let disk = disk.after_kill();
            let lost = disk.after_power_loss(|_| Fate::Lost);
            let served = look(&shape.open(&disk).unwrap()).unwrap();
            assert!((answered.size..=answered.tried).contains(&served));
            goes_on(&disk.after_power_loss(|_| Fate::Lost), shape, served..=served).unwrap();
            // The control: without that opening the same power loss takes the frame away.
            forgotten += u32::from(look(&shape.open(&lost).unwrap()) != Ok(served));
            cases += 1;
        }
        println!("{shape:?}: {cases} failed calls, {forgotten} frames that only the opening kept");
        assert!(forgotten > 0);
    }
}
