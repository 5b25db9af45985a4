//! Bytes as records, of the book and of its activity.

use tuanzhang_core::accounting::for_each_posting;
use tuanzhang_core::book::{Book, apply};
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{Command, Record};
use tuanzhang_wire::{DecodeError, EncodeError, SHIPPED, decode, encode, reencodes};

/// Bytes as an activity record: an error or a record that encodes again, never longer.
pub(crate) fn activity(bytes: &[u8]) -> u64 {
    use tuanzhang_wire::activity::{decode, encode, reencodes};
    let Ok(record) = decode(bytes) else { return 0 };
    // What wrote an id out twice can only become shorter.
    let again = encode(&record).expect("what was decoded encodes");
    assert!(again.len() <= bytes.len());
    assert_eq!(decode(&again).expect("what was encoded decodes"), record);
    assert_eq!(reencodes(&again), Ok(true));
    1
}

/// Bytes as a record: an error in few words, or a record that has one encoding.
pub(crate) fn record(bytes: &[u8]) -> u64 {
    u64::from(check(bytes, decode, encode).is_some())
}

/// Bytes as the payload of an event, of the kind that the first byte chooses: as [`record`], and what
/// follows from the event (its postings, its command, the state with it) is found or refused.
pub(crate) fn wire(bytes: &[u8]) -> u64 {
    let Some((kind, payload)) = bytes.split_first() else { return 0 };
    let (kind, schema, _) = SHIPPED[usize::from(*kind) % SHIPPED.len()];
    let Some(record) = check(&around(kind, schema, payload), decode, encode) else { return 0 };
    for event in &record.events {
        for_each_posting(event, &mut |_, _| ());
    }
    for decimals in 0..=4 {
        let _ = Command::from_record(&record, Decimals::new(decimals).expect("0 to 4"));
    }
    let _ = apply(&mut Book::default(), &record);
    1
}

/// A record by the operator at position 1 with this one event.
pub fn around(kind: u16, schema: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1, 0, 0];
    bytes.extend_from_slice(&1_u64.to_le_bytes());
    bytes.extend_from_slice(&1_640_995_200_000_000_i64.to_le_bytes());
    bytes.push(0);
    bytes.extend_from_slice(&[1, 0, 1, 0]);
    bytes.extend_from_slice(&kind.to_le_bytes());
    bytes.push(schema);
    bytes.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// What a codec has to hold for any bytes; gives the record that they are, if they are one.
pub fn check(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<Record, DecodeError>,
    encode: impl Fn(&Record) -> Result<Vec<u8>, EncodeError>,
) -> Option<Record> {
    let record = match decode(bytes) {
        Ok(record) => record,
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty() && said.len() < 2_000, "{said}");
            return None;
        }
    };
    let again = encode(&record).expect("what was decoded encodes");
    assert!(again.len() <= bytes.len(), "its one encoding is the shortest");
    assert_eq!(decode(&again).expect("what was encoded decodes"), record);
    assert_eq!(reencodes(&again), Ok(true));
    // Bits of the flags that may be ignored are not written again.
    let is_its_encoding = again[3..] == bytes[3..];
    assert_eq!(
        reencodes(bytes),
        Ok(is_its_encoding),
        "an audit tells these bytes from the right ones"
    );
    Some(record)
}
