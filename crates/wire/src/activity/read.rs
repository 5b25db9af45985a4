//! The parts of an entry out of hostile bytes.

use tuanzhang_core::text::Name;

use super::write::{ABSENT, FIRST, WRITTEN_OUT};
use crate::error::DecodeError;
use crate::record::Input;

/// Most bytes of a number: 64 bits, seven in each.
const NUMBER_BYTES_MAX: u32 = 10;

/// What is wrong with an entry.
#[derive(Debug)]
pub(super) enum Fault {
    /// Its bytes can't be right.
    Bad(&'static str, String),
    /// A whole error already.
    Of(DecodeError),
}

impl Fault {
    pub(super) fn of_entry(self, number: u32) -> DecodeError {
        match self {
            Self::Bad(field, what) => DecodeError::BadEntry { number, field, what },
            Self::Of(error) => error,
        }
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self::Of(error)
    }
}

/// Reads fields, and remembers what was written out.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    input: Input<'a>,
    ids: Vec<[u8; 16]>,
    names: Vec<Name>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(input: Input<'a>) -> Self {
        Self { input, ids: Vec::new(), names: Vec::new() }
    }

    /// Bytes that are left.
    pub(super) const fn left(&self) -> usize {
        self.input.0.len()
    }

    pub(super) fn byte(&mut self, field: &'static str) -> Result<u8, Fault> {
        let [byte] = self.input.take(field)?;
        Ok(byte)
    }

    /// Unsigned LEB128; a longer form than the shortest is refused.
    pub(super) fn number(&mut self, field: &'static str) -> Result<u64, Fault> {
        let mut number = 0_u64;
        for place in 0..NUMBER_BYTES_MAX {
            let byte = self.byte(field)?;
            let bits = u64::from(byte & 0x7f);
            let shift = place.saturating_mul(7);
            let shifted = bits.checked_shl(shift).unwrap_or(0);
            if shifted.checked_shr(shift).unwrap_or(0) != bits {
                return Err(Fault::Bad(field, "is beyond 64 bits".into()));
            }
            number |= shifted;
            if byte & 0x80 == 0 {
                if byte == 0 && place > 0 {
                    return Err(Fault::Bad(field, "is written in more bytes than it needs".into()));
                }
                return Ok(number);
            }
        }
        Err(Fault::Bad(field, "is beyond 64 bits".into()))
    }

    /// The time that lies so far from another.
    pub(super) fn span(&mut self, field: &'static str, from: i64) -> Result<i64, Fault> {
        let number = self.number(field)?;
        let span = (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg();
        Ok(from.wrapping_add(span))
    }

    pub(super) fn id(&mut self, field: &'static str) -> Result<[u8; 16], Fault> {
        self.optional_id(field)?.ok_or_else(|| Fault::Bad(field, "is absent".into()))
    }

    pub(super) fn optional_id(&mut self, field: &'static str) -> Result<Option<[u8; 16]>, Fault> {
        match self.number(field)? {
            ABSENT => Ok(None),
            WRITTEN_OUT => {
                let id = self.input.take(field)?;
                self.ids.push(id);
                Ok(Some(id))
            }
            number => referred(&self.ids, number, field).map(Some),
        }
    }

    pub(super) fn optional_name(&mut self, field: &'static str) -> Result<Option<Name>, Fault> {
        match self.number(field)? {
            ABSENT => Ok(None),
            WRITTEN_OUT => {
                let length = u32::try_from(self.number(field)?).unwrap_or(u32::MAX);
                let bytes = self.input.take_slice(length, field)?;
                let text = std::str::from_utf8(bytes)
                    .map_err(|_| Fault::Bad(field, "isn't UTF-8".into()))?;
                let name = Name::new(text).map_err(|what| Fault::Bad(field, what.into()))?;
                self.names.push(name.clone());
                Ok(Some(name))
            }
            number => referred(&self.names, number, field).map(Some),
        }
    }
}

/// What was written out under a number.
fn referred<T: Clone>(known: &[T], number: u64, field: &'static str) -> Result<T, Fault> {
    let index = number.checked_sub(FIRST).and_then(|index| usize::try_from(index).ok());
    index.and_then(|index| known.get(index)).cloned().ok_or_else(|| {
        Fault::Bad(field, format!("is number {number}, which nothing before it has"))
    })
}
