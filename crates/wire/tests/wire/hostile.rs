//! Bytes that nobody wrote: read to the end or refused, never a panic, never much memory.

use proptest::prelude::*;
use tuanzhang_wire::{DecodeError, SHIPPED, decode, decode_head, reencodes};

use crate::golden::golden;

/// Reads the bytes; a panic fails the test. Whatever is read has its own encoding.
fn survives(bytes: &[u8]) {
    let _ = decode_head(bytes);
    if decode(bytes).is_ok() {
        assert!(reencodes(bytes).is_ok());
    }
}

#[test]
fn every_truncation_is_refused() {
    for (name, bytes) in golden() {
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{name} cut to {length} bytes");
        }
    }
}

#[test]
fn every_flipped_bit_is_refused_or_reads_as_another_record() {
    for (name, mut bytes) in golden() {
        let step = if bytes.len() > 600 { 7 } else { 1 };
        let original = decode(&bytes).unwrap();
        for bit in (0..bytes.len() * 8).step_by(step) {
            bytes[bit / 8] ^= 1 << (bit % 8);
            survives(&bytes);
            // A note in the flags' lower half is the one thing that a record doesn't hold.
            if bit / 8 != 1 && decode(&bytes) == Ok(original.clone()) {
                assert_eq!(reencodes(&bytes), Ok(false), "{name}: bit {bit}");
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn a_byte_after_the_last_event_is_refused() {
    for (name, mut bytes) in golden() {
        bytes.push(0);
        assert_eq!(decode(&bytes), Err(DecodeError::TrailingBytes { bytes: 1 }), "{name}");
    }
}

/// A record of the operator's with one event.
fn with_payload(kind: u16, schema: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 24];
    bytes[0] = 1;
    bytes[22] = 1;
    bytes.truncate(22);
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(kind.to_le_bytes());
    bytes.push(schema);
    bytes.extend((payload.len() as u32).to_le_bytes());
    bytes.extend(payload);
    bytes
}

#[test]
fn huge_declared_lengths_are_refused() {
    for (kind, schema, _) in SHIPPED {
        for marker in [250, 251, 252, 253, 254, 255] {
            for zeros in 0..120 {
                let mut payload = vec![0; zeros];
                payload.push(marker);
                payload.extend([0xff; 8]);
                survives(&with_payload(*kind, *schema, &payload));
                payload.extend(vec![0; 200]);
                survives(&with_payload(*kind, *schema, &payload));
            }
        }
    }
}

#[test]
fn a_list_that_declares_more_than_16_mib_is_refused_before_it_is_made() {
    // order_settled: id, then the parties' count: 2^32 - 1.
    let mut payload = vec![0; 16];
    payload.extend([252, 0xff, 0xff, 0xff, 0xff]);
    let what = "declares more than 16 MiB".to_owned();
    let refused = DecodeError::BadPayload { event: "order_settled", what };
    assert_eq!(decode(&with_payload(72, 1, &payload)), Err(refused));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes);
    }

    #[test]
    fn any_payload_is_survived(
        at in 0..SHIPPED.len(), payload in prop::collection::vec(prop_oneof![0_u8..4, any::<u8>()], 0..300),
    ) {
        let (kind, schema, _) = SHIPPED[at];
        survives(&with_payload(kind, schema, &payload));
    }

    #[test]
    fn overwritten_bytes_are_survived(
        at: prop::sample::Index, from: prop::sample::Index, with in prop::collection::vec(any::<u8>(), 1..12),
    ) {
        let golden = golden();
        let (_, bytes) = at.get(&golden);
        let mut bytes = bytes.clone();
        let from = from.index(bytes.len());
        for (byte, with) in bytes.iter_mut().skip(from).zip(with) {
            *byte = with;
        }
        survives(&bytes);
    }
}
