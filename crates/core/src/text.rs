//! Names and free texts, and the words of the JSON contract.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Longest name (sku, channel, zone, currency), in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// Longest free text (title, reason, reference), in bytes.
pub const TEXT_BYTES_MAX: usize = 200;

/// A name: 1 ..= 64 bytes without control characters. `domain.md` §2.6.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "SmolStr", into = "SmolStr")]
pub struct Name(SmolStr);

/// A free text: at most 200 bytes without control characters. Apps keep people's names, phones and
/// addresses out of it. `domain.md` §2.5.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "SmolStr", into = "SmolStr")]
pub struct Text(SmolStr);

macro_rules! checked_text {
    ($name:ident, $range:expr, $what:literal) => {
        impl $name {
            /// The text, if its length and characters are in order.
            ///
            /// # Errors
            /// Says what is wrong: the length in bytes, or a control character.
            pub fn new(text: &str) -> Result<Self, &'static str> {
                let fits = $range.contains(&text.len()) && !text.chars().any(char::is_control);
                if fits { Ok(Self(text.into())) } else { Err($what) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<SmolStr> for $name {
            type Error = &'static str;
            fn try_from(text: SmolStr) -> Result<Self, Self::Error> {
                Self::new(&text)
            }
        }

        impl From<$name> for SmolStr {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text!(Name, (1..=NAME_BYTES_MAX), "must have 1 to 64 bytes and no control characters");
checked_text!(Text, (0..=TEXT_BYTES_MAX), "must have at most 200 bytes and no control characters");

/// Declares an enum of words: an explicit number for stored bytes, a word for JSON and people.
macro_rules! word {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $number:literal $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// The word that JSON and people use.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The value of a word; `None` for any other.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }

            /// The number in stored bytes, never reused.
            pub const fn number(self) -> u8 {
                match self { $(Self::$variant => $number,)* }
            }

            /// The value of a stored number; `None` for one that this version doesn't know.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            /// A string and nothing else: an object with the word as its key is another type.
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let word = smol_str::SmolStr::deserialize(from)?;
                Self::from_word(&word)
                    .ok_or_else(|| serde::de::Error::unknown_variant(&word, &[$($word),*]))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use word;
/// Whether a character is one that no reader sees and that changes what she reads: direction, joining, width,
/// controls, line breaks. Texts of others may have some (no control characters); whoever shows them marks these.
///
/// ```
/// use tuanzhang_core::text::is_hidden;
///
/// assert!(is_hidden('\u{202E}') && is_hidden('\n'));
/// assert!(!"团长 ok".chars().any(is_hidden));
/// ```
pub const fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        '\u{0}'..='\u{1F}'
            | '\u{7F}'..='\u{9F}'
            | '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{180E}'
            | '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    )
}
/// A text with what is [hidden](is_hidden) written as what it is, `<U+202E>`; the characters of `stay` stay.
///
/// ```
/// use tuanzhang_core::text::visible;
///
/// assert_eq!(visible("茶\u{202E}\n", &['\n']), "茶<U+202E>\n");
/// ```
pub fn visible(text: &str, stay: &[char]) -> String {
    use std::fmt::Write as _;

    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) && !stay.contains(&letter) {
            // A string takes everything.
            let _ = write!(shown, "<U+{:04X}>", u32::from(letter));
        } else {
            shown.push(letter);
        }
    }
    shown
}
