//! Hostile bytes into the decoder of activity records: an error or a record, never a panic; a record that
//! decodes encodes again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tuanzhang_wire::activity::{decode, encode};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(record) = decode(bytes) {
        // What wrote an id out twice can only become shorter.
        let again = encode(&record).expect("what was decoded encodes");
        assert!(again.len() <= bytes.len());
        assert_eq!(decode(&again).expect("what was encoded decodes"), record);
    }
});
