//! The two fixed-size names that a store works with: a book's key and a SHA-256 hash.

use std::fmt;
use std::str::FromStr;

/// A book's id as the store sees it: 16 raw bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookKey(pub [u8; 16]);

/// What an activity stream's key differs by: the first 16 bytes of SHA-256 of
/// `tuanzhang activity stream`.
const ACTIVITY_MASK: u128 = 0x6f8e_021b_aaee_bab1_22e6_657f_e9c4_f7c9;

impl BookKey {
    /// The key of the book's activity stream, for stores that bind stored bytes to a key; and of
    /// that key the book's own again.
    ///
    /// A mask and no hash of the key: so the stream tells whose it is, no two books ever share
    /// one, and under a linear checksum no bytes pass under both keys.
    #[must_use]
    pub const fn of_activity(self) -> Self {
        Self((u128::from_be_bytes(self.0) ^ ACTIVITY_MASK).to_be_bytes())
    }
}

impl fmt::Display for BookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for BookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BookKey({self})")
    }
}

/// A SHA-256 hash, shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// Why a text is not a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: 64 lower-case hexadecimal digits are needed")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(NotAHash);
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (digit(*high)? << 4) | digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

fn digit(character: u8) -> Result<u8, NotAHash> {
    match character {
        b'0'..=b'9' => Ok(character.wrapping_sub(b'0')),
        b'a'..=b'f' => Ok(character.wrapping_sub(b'a').wrapping_add(10)),
        _ => Err(NotAHash),
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for byte in bytes {
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activity_streams_key_is_another_and_tells_whose_it_is() {
        let mask = BookKey([0; 16]).of_activity();
        assert_eq!(mask.to_string(), "6f8e021baaeebab122e6657fe9c4f7c9");
        let book = BookKey(*b"the book of liu.");
        assert_ne!(book.of_activity(), book);
        assert_eq!(book.of_activity().of_activity(), book);
    }

    #[test]
    fn a_hash_reads_back_what_it_shows() {
        let mut bytes = [0; 32];
        for (byte, value) in bytes.iter_mut().zip((0_u8..=255).step_by(8)) {
            *byte = value;
        }
        let hash = Hash(bytes);
        assert_eq!(hash.to_string().parse(), Ok(hash));
    }

    #[test]
    fn other_texts_are_no_hash() {
        let good = Hash([0xab; 32]).to_string();
        for text in [
            String::new(),
            good.to_uppercase(),
            format!("{good}00"),
            good.replace("ab", "a"),
            good.replacen('a', "g", 1),
            "é".repeat(32),
        ] {
            assert_eq!(text.parse::<Hash>(), Err(NotAHash), "{text:?}");
        }
    }
}
