//! Base 64 as RFC 4648 has it in section 4, with padding, and one text for the same bytes only.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tuanzhang_log::Hash;

/// Writes bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads what [`encode`] writes; none where it would write the bytes otherwise.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Reads a hash.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    decode(text)?.try_into().ok().map(Hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_one_text() {
        assert_eq!(decode("AQI="), Some(vec![1, 2]));
        for other in ["AQI", "AQJ=", "AQI=\n", " AQI=", "AQ-_", "AQI=="] {
            assert_eq!(decode(other), None, "{other:?}");
        }
    }
}
