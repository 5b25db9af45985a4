//! Power is lost at every call, and what was not synced is lost, kept, torn and mixed.

use std::io::ErrorKind;

use super::given::{BOOK, Random, SHAPES, Shape, append, goes_on};
use crate::simulation::{Failing, Fate, SimulatedDisk, Syncs};
use tuanzhang_log::Store;

/// Changes of which every subset is tried; of more, random ones.
const SUBSET_BITS_MAX: usize = 8;

/// Lives of the random test, each with 1 to 4 power losses; more by `TUANZHANG_LIVES`.
fn lives() -> u64 {
    std::env::var("TUANZHANG_LIVES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

/// Records that were answered, and those that may be there besides.
#[derive(Clone, Copy, Debug, Default)]
struct Answered {
    size: u64,
    tried: u64,
}

impl Answered {
    fn promised(self) -> std::ops::RangeInclusive<u64> {
        self.size..=self.tried
    }

    /// Opens and appends until the power is lost.
    fn until_power_loss(
        &mut self,
        disk: &SimulatedDisk,
        shape: Shape,
        batches: &[u64],
    ) -> Result<(), String> {
        let Ok(journal) = shape.open(disk) else { return Ok(()) };
        let size = journal.head(BOOK).unwrap().size;
        if !self.promised().contains(&size) {
            return Err(format!("opened with {size} records, {:?} promised", self.promised()));
        }
        // What was served once must stay.
        *self = Self { size, tried: size };
        for count in batches {
            self.tried = self.size + count;
            match append(&journal, self.size, *count) {
                Ok(answered) => self.size = answered,
                Err(_) => return Ok(()),
            }
        }
        let _ = journal.close();
        Ok(())
    }
}

/// Loses power at every call of a short life; gives images tried and losses.
fn every_subset(syncs: Syncs, shape: Shape) -> (u64, Vec<String>) {
    let (mut cases, mut lost) = (0, Vec::new());
    for call in 1.. {
        let disk = SimulatedDisk::new();
        disk.set_syncs(syncs);
        disk.fail(call, Failing::ForEver, ErrorKind::Other);
        let mut answered = Answered::default();
        answered.until_power_loss(&disk, shape, &[1, 40, 2]).unwrap();
        if disk.calls() < call {
            break;
        }
        let changes = disk.undecided();
        for subset in 0..1_u64 << changes.min(SUBSET_BITS_MAX) {
            for partly in [Fate::Lost, Fate::Sectors(0x0f0f_3355_0f0f_3355), Fate::Prefix(600)] {
                let kept = |number: usize| (subset >> (number % SUBSET_BITS_MAX)) & 1 == 1;
                let image =
                    disk.after_power_loss(|number| if kept(number) { Fate::Kept } else { partly });
                cases += 1;
                if let Err(what) = goes_on(&image, shape, answered.promised()) {
                    lost.push(format!("call {call}, subset {subset:b}, {partly:?}: {what}"));
                }
            }
        }
    }
    (cases, lost)
}

#[test]
fn every_subset_of_unsynced_changes_loses_no_answer() {
    for shape in SHAPES {
        let (cases, lost) = every_subset(Syncs::Honest, shape);
        println!("{shape:?}: {cases} images, {} lost", lost.len());
        assert!(lost.is_empty(), "{:#?}", &lost[..lost.len().min(9)]);
    }
}

/// The control: the same without syncs.
#[test]
fn without_syncs_power_losses_lose_answers() {
    for shape in SHAPES {
        let (cases, lost) = every_subset(Syncs::Ignored, shape);
        println!("control, {shape:?}: {} of {cases} images lose answers", lost.len());
        assert!(!lost.is_empty());
    }
}

fn random_fate(random: &mut Random) -> Fate {
    match random.below(4) {
        0 => Fate::Lost,
        1 => Fate::Kept,
        2 => Fate::Prefix(random.below(3_000)),
        _ => Fate::Sectors(random.bits()),
    }
}

/// Slots are written in one sector, which a disk writes whole or not at all.
fn whole_sectors(fate: Fate, bytes: u64) -> Fate {
    if let Fate::Prefix(kept) = fate
        && bytes < 100
    {
        return if kept < bytes { Fate::Lost } else { Fate::Kept };
    }
    fate
}

/// Several power losses in a row, in appends and in recoveries.
fn random_life(seed: u64, syncs: Syncs) -> Result<u64, String> {
    let mut random = Random(seed);
    let shape = SHAPES[usize::from(seed % 2 == 1)];
    let mut disk = SimulatedDisk::new();
    let mut answered = Answered::default();
    let losses = 1 + random.below(4);
    for _ in 0..losses {
        // The process dies, or a call fails, and another process goes on, before the power is lost.
        for _ in 0..random.below(3) {
            let batches: Vec<u64> = (0..=random.below(5)).map(|_| 1 + random.below(12)).collect();
            let failing = [Failing::Once, Failing::ForEver][usize::from(random.below(2) == 1)];
            disk.set_syncs(syncs);
            disk.fail(disk.calls() + 1 + random.below(60), failing, ErrorKind::Other);
            answered.until_power_loss(&disk, shape, &batches)?;
            disk = disk.after_kill();
        }
        let batches: Vec<u64> = (0..=random.below(5)).map(|_| 1 + random.below(12)).collect();
        disk.set_syncs(syncs);
        disk.fail(disk.calls() + 1 + random.below(60), Failing::ForEver, ErrorKind::Other);
        answered.until_power_loss(&disk, shape, &batches)?;
        let bytes = disk.undecided_bytes();
        disk =
            disk.after_power_loss(|number| whole_sectors(random_fate(&mut random), bytes[number]));
    }
    goes_on(&disk, shape, answered.promised())?;
    Ok(losses)
}

#[test]
fn random_lives_with_power_losses_lose_no_answer() {
    let mut losses = 0;
    for seed in 0..lives() {
        losses +=
            random_life(seed, Syncs::Honest).unwrap_or_else(|what| panic!("seed {seed}: {what}"));
    }
    println!("{losses} power losses in {} lives, 0 answers lost", lives());
}

/// The control: the same without syncs.
#[test]
fn without_syncs_random_lives_lose_answers() {
    let lost = (0..200).filter(|seed| random_life(*seed, Syncs::Ignored).is_err()).count();
    println!("control: {lost} of 200 lives lose answers");
    assert!(lost > 0);
}
