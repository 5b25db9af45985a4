//! Hostile bytes into the record decoder: an error or a record, never a panic; a record that decodes
//! encodes again.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(record) = tuanzhang_wire::decode(bytes) {
        let again = tuanzhang_wire::encode(&record).expect("what was decoded encodes");
        assert_eq!(tuanzhang_wire::decode(&again).expect("what was encoded decodes"), record);
    }
});
