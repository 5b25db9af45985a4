//! Cases of bytes that change while nobody looks.
//!
//! What is promised of a changed book: whoever opens, reads or verifies it is told the place, and
//! nothing that is served until then is wrong or missing.

use std::ops::ControlFlow;

use super::given::{answered, failure, holds, holds_verified, records, same, shown, slices};
use super::{BOOK, Factory, Failure, Opened, Outcome, Stored, StoredBytes, Trial};
use crate::limits::length;
use crate::{Damage, ReadError, Store};

/// Flips bits all over the stored bytes.
pub(super) fn every_flipped_bit_is_noticed(factory: &dyn Factory) -> Trial {
    let offered = factory.stored_bytes()?;
    let (stored, all) = closed_book(factory, offered)?;
    let every_byte = stored
        .iter()
        .enumerate()
        .flat_map(|(number, place)| (0..place.bytes.len()).map(move |at| (number, at)));
    let mut tried = 0_u64;
    for (number, at) in every_byte.step_by(stride(&stored, offered)) {
        let (mut changed, bit) = (stored.clone(), tried % 8);
        let Some(place) = changed.get_mut(number) else { continue };
        if let Some(byte) = place.bytes.get_mut(at) {
            *byte ^= 1_u8.rotate_left(u32::try_from(bit).unwrap_or(0));
        }
        let what = format!("bit {bit} of byte {at} of {} flipped", place.name);
        noticed(&what, offered.open(&changed), &all)?;
        tried = tried.saturating_add(1);
    }
    Ok(tried)
}

/// Cuts each place at lengths from none to all but a byte, and takes each place away.
pub(super) fn every_cut_is_noticed(factory: &dyn Factory) -> Trial {
    let offered = factory.stored_bytes()?;
    let (stored, all) = closed_book(factory, offered)?;
    let stride = stride(&stored, offered);
    let mut tried = 0_u64;
    for (number, place) in stored.iter().enumerate() {
        let last = place.bytes.len().saturating_sub(1);
        for kept in (0..last).step_by(stride).chain([last]) {
            let mut changed = stored.clone();
            if let Some(place) = changed.get_mut(number) {
                place.bytes.truncate(kept);
            }
            let what = format!("{} cut to {kept} of {} bytes", place.name, place.bytes.len());
            noticed(&what, offered.open(&changed), &all)?;
            tried = tried.saturating_add(1);
        }
        let others = stored.iter().filter(|other| other.name != place.name).cloned();
        noticed(
            &format!("{} missing", place.name),
            offered.open(&others.collect::<Vec<_>>()),
            &all,
        )?;
        tried = tried.saturating_add(1);
    }
    Ok(tried)
}

/// Every how many bytes a change is tried.
fn stride(stored: &[Stored], offered: &dyn StoredBytes) -> usize {
    let total = stored.iter().map(|place| place.bytes.len()).sum::<usize>();
    total.div_ceil(offered.tries().max(1)).max(1)
}

/// Writes a small book and closes it; what was taken out must open again as it was.
fn closed_book(
    factory: &dyn Factory,
    offered: &dyn StoredBytes,
) -> Result<(Vec<Stored>, Vec<Vec<u8>>), Failure> {
    let store = factory.fresh();
    let all = records(1, 12);
    let mut written = 0;
    for batch in all.chunks(5) {
        written = answered("append", store.append(BOOK, written, &slices(batch)))?.size;
    }
    let stored = offered.close(store);
    if stored.iter().all(|place| place.bytes.is_empty()) {
        return Err(failure("stored bytes", "some, for a book of 12 records", &stored));
    }
    match offered.open(&stored) {
        Opened::Sound(store) => holds_verified(&*store, BOOK, &all)?,
        other @ (Opened::Repaired(..) | Opened::Damaged(_)) => {
            return Err(failure("opening unchanged bytes", "nothing to repair", other));
        }
    }
    Ok((stored, all))
}

/// Fails unless somebody says so, and all that is served is right.
fn noticed(what: &str, opened: Opened, all: &[Vec<u8>]) -> Outcome {
    let outcome = match opened {
        Opened::Damaged(damage) => named(&damage),
        Opened::Repaired(store, damage) => named(&damage).and_then(|()| serves_all(&*store, all)),
        Opened::Sound(store) => serves_nothing_wrong(&*store, all),
    };
    outcome.map_err(|failure| Failure { what: format!("{what}: {}", failure.what), ..failure })
}

/// Fails unless a damage says where it is and what is wrong there.
fn named(damage: &Damage) -> Outcome {
    if damage.place.is_empty() || damage.what.is_empty() {
        return Err(failure("damage", "a place and what is wrong there", damage));
    }
    Ok(())
}

/// Looks at a store that has said that it can do without the damaged bytes: it serves all, and
/// `verify` may find them still.
fn serves_all(store: &dyn Store, all: &[Vec<u8>]) -> Outcome {
    holds(store, BOOK, all)?;
    store.verify(BOOK).map_or_else(|error| is_damage("verify", error), |_| Ok(()))
}

/// Looks at a damaged store that has opened: each answer is right or `Damaged`, and one is that.
fn serves_nothing_wrong(store: &dyn Store, all: &[Vec<u8>]) -> Outcome {
    let mut seen = Vec::new();
    let answer = store.read(BOOK, 1, &mut |position, record| {
        seen.push((position, record.to_vec()));
        ControlFlow::Continue(())
    });
    let right: Vec<_> = (1..).zip(all.iter().cloned()).collect();
    match answer {
        Ok(()) => same("records that are served", &right, &seen)?,
        Err(error) => {
            is_damage("read", error)?;
            if !right.starts_with(&seen) {
                return Err(failure("records before the damage", &right, &seen));
            }
        }
    }
    for (position, record) in &right {
        match store.read_one(BOOK, *position) {
            Ok(found) => same("read_one", &Some(record), &found.as_ref())?,
            Err(error) => is_damage("read_one", error)?,
        }
    }
    match store.head(BOOK) {
        Ok(head) => same("size", &length(all.len()), &head.size)?,
        Err(error) => is_damage("head", error)?,
    }
    match store.verify(BOOK) {
        Ok(coverage) => Err(failure("verify", "Damaged", coverage)),
        Err(error) => is_damage("verify", error),
    }
}

fn is_damage(what: &str, error: ReadError) -> Outcome {
    match error {
        ReadError::Damaged(damage) => named(&damage),
        ReadError::Unavailable(cause) => Err(Failure {
            what: what.into(),
            promised: "an answer, or Damaged".into(),
            found: shown(cause),
        }),
    }
}
