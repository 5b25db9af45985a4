//! The parts of an entry as bytes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tuanzhang_core::text::Name;

/// Stands for nothing, where that may be.
pub(super) const ABSENT: u64 = 0;
/// What follows is written out here, and has the next number.
pub(super) const WRITTEN_OUT: u64 = 1;
/// The number of what the record wrote out first.
pub(super) const FIRST: u64 = 2;

/// What the record has written out so far, with the numbers to refer to it by.
#[derive(Debug, Default)]
pub(super) struct Seen {
    ids: HashMap<[u8; 16], u64>,
    names: HashMap<Name, u64>,
}

/// Appends fields; without a memory everything is written out.
pub(super) struct Writer<'w> {
    bytes: &'w mut Vec<u8>,
    seen: Option<&'w mut Seen>,
}

impl<'w> Writer<'w> {
    pub(super) const fn new(bytes: &'w mut Vec<u8>, seen: Option<&'w mut Seen>) -> Self {
        Self { bytes, seen }
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Unsigned LEB128 in its shortest form.
    pub(super) fn number(&mut self, mut number: u64) {
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            if number == 0 {
                self.bytes.push(low & 0x7f);
                return;
            }
            self.bytes.push(low | 0x80);
        }
    }

    /// The way from one time to another, near ones in few bytes. It wraps around, so each time has one.
    pub(super) fn span(&mut self, from: i64, to: i64) {
        let span = to.wrapping_sub(from);
        self.number((span.wrapping_shl(1) ^ span.wrapping_shr(63)).cast_unsigned());
    }

    pub(super) fn id(&mut self, id: [u8; 16]) {
        if let Some(seen) = &mut self.seen {
            let next = FIRST.saturating_add(count(seen.ids.len()));
            match seen.ids.entry(id) {
                Entry::Occupied(known) => {
                    let number = *known.get();
                    return self.number(number);
                }
                Entry::Vacant(free) => free.insert(next),
            };
        }
        self.number(WRITTEN_OUT);
        self.bytes.extend_from_slice(&id);
    }

    pub(super) fn optional_id(&mut self, id: Option<[u8; 16]>) {
        match id {
            Some(id) => self.id(id),
            None => self.number(ABSENT),
        }
    }

    pub(super) fn optional_name(&mut self, name: Option<&Name>) {
        let Some(name) = name else { return self.number(ABSENT) };
        if let Some(seen) = &mut self.seen {
            if let Some(number) = seen.names.get(name).copied() {
                return self.number(number);
            }
            let next = FIRST.saturating_add(count(seen.names.len()));
            seen.names.insert(name.clone(), next);
        }
        self.number(WRITTEN_OUT);
        self.number(count(name.as_str().len()));
        self.bytes.extend_from_slice(name.as_str().as_bytes());
    }
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
