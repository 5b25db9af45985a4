//! The payload codec: bincode 2.0.1, standard configuration (little-endian, variable-length integers).
//! The only place that calls it; its bytes are written down in docs/format.md, so that another decoder
//! can take over.
//!
//! Reading borrows texts from the bytes and claims at most 16 MiB for what they declare, before
//! anything is allocated: bincode counts elements by their size in memory. What the limits of
//! commands let into a record of 1 MiB needs less than 3 MiB.

use bincode::config::{self, Config};
use bincode::enc::write::Writer;
use bincode::error::{DecodeError, EncodeError};
use bincode::{BorrowDecode, Encode};

/// Most memory that one payload may declare: 16 MiB.
const MEMORY_BYTES_MAX: usize = 16 << 20;

const fn codec() -> impl Config {
    config::standard().with_limit::<MEMORY_BYTES_MAX>()
}

/// Appends to a buffer; cheaper than `io::Write`, whose errors can't happen here.
struct Appending<'a>(&'a mut Vec<u8>);

impl Writer for Appending<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Appends a payload's bytes.
pub(crate) fn write(payload: impl Encode, into: &mut Vec<u8>) -> Result<(), EncodeError> {
    bincode::encode_into_writer(payload, Appending(into), codec())
}

/// Reads a payload that fills its bytes exactly; says what is wrong with any other.
pub(crate) fn read<'a, T: BorrowDecode<'a, ()>>(bytes: &'a [u8]) -> Result<T, String> {
    let (payload, used) =
        bincode::borrow_decode_from_slice(bytes, codec()).map_err(|e| fault(&e))?;
    match bytes.len().checked_sub(used) {
        Some(0) => Ok(payload),
        left => Err(format!("has {} bytes after its last field", left.unwrap_or(0))),
    }
}

#[cold]
fn fault(error: &DecodeError) -> String {
    #[expect(clippy::wildcard_enum_match_arm, reason = "bincode's error is non-exhaustive")]
    match error {
        DecodeError::UnexpectedEnd { .. } => "ends inside a field".into(),
        DecodeError::LimitExceeded => "declares more than 16 MiB".into(),
        DecodeError::Utf8 { .. } => "has a text that isn't UTF-8".into(),
        DecodeError::InvalidBooleanValue(byte) => format!("has {byte} where 0 or 1 must stand"),
        DecodeError::UnexpectedVariant { found, .. } => {
            format!("has {found} where 0 or 1 must stand")
        }
        other => format!("doesn't fit its fields ({other})"),
    }
}
