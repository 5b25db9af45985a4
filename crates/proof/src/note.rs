//! Signed notes: text and the signatures on it (<https://c2sp.org/signed-note>).

use std::fmt;
use std::str::FromStr;

use crate::base64;

/// Most bytes of a note, its signatures included: 1 MiB.
pub const NOTE_BYTES_MAX: usize = 1 << 20;
/// Most signatures on a note.
pub const SIGNATURES_MAX: usize = 100;

/// What a signature line begins with: an em dash and a space.
const SIGNATURE: &str = "\u{2014} ";
/// Bytes of the key's id, which stand before the signature itself.
const KEY_ID_BYTES: usize = 4;

/// Text, and who signed it. That the signatures are good is another matter: ask a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature, as it stands on a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    name: String,
    key_id: [u8; KEY_ID_BYTES],
    bytes: Vec<u8>,
}

/// Why bytes are no note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANote {
    /// More than [`NOTE_BYTES_MAX`].
    #[error("{bytes} bytes are more than a note has ({limit})")]
    TooLarge {
        /// How many there are.
        bytes: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Not UTF-8, or a control character other than the newline.
    #[error("a note is UTF-8 without control characters; keep its bytes as they are, without CRLF")]
    NotText,
    /// The text doesn't end with a newline.
    #[error("the text of a note ends with a newline")]
    NoNewline,
    /// No blank line with signatures behind it.
    #[error("a signed note has a blank line and one or more signatures behind its text")]
    Unsigned,
    /// More than [`SIGNATURES_MAX`].
    #[error("{signatures} signatures are more than a note has ({limit})")]
    TooManySignatures {
        /// How many there are.
        signatures: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A line behind the blank one is no signature.
    #[error("line {line} behind the blank one is no signature (— NAME BASE64)")]
    NotASignature {
        /// Which one, from 1.
        line: usize,
    },
}

impl Note {
    /// A text that nobody signed.
    ///
    /// # Errors
    /// `TooLarge`, `NotText` or `NoNewline`.
    pub fn unsigned(text: impl Into<String>) -> Result<Self, NotANote> {
        let text = text.into();
        check_text(text.as_bytes())?;
        if text.ends_with('\n') {
            Ok(Self { text, signatures: Vec::new() })
        } else {
            Err(NotANote::NoNewline)
        }
    }

    /// Reads a signed note.
    ///
    /// # Errors
    /// [`NotANote`]; a note without a signature is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotANote> {
        let note = check_text(bytes)?;
        let (text, signed) = note.rsplit_once("\n\n").ok_or(NotANote::Unsigned)?;
        let signed = signed.strip_suffix('\n').ok_or(NotANote::Unsigned)?;
        let count = signed.split('\n').count();
        if count > SIGNATURES_MAX {
            let limit = SIGNATURES_MAX;
            return Err(NotANote::TooManySignatures { signatures: count, limit });
        }
        let lines = (1..).zip(signed.split('\n'));
        let signature =
            |(line, text)| Signature::parse(text).ok_or(NotANote::NotASignature { line });
        let signatures = lines.map(signature).collect::<Result<_, _>>()?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// What was signed: its last newline belongs to it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// In the order of the note.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    #[cfg(feature = "notes")]
    pub(crate) fn keep_signatures(&mut self, is_kept: impl Fn(&Signature) -> bool) {
        self.signatures.retain(is_kept);
    }

    #[cfg(feature = "notes")]
    pub(crate) fn add_signature(&mut self, signature: Signature) -> Result<(), NotANote> {
        self.signatures.push(signature);
        let (signatures, limit) = (self.signatures.len(), SIGNATURES_MAX);
        if signatures > limit {
            return Err(NotANote::TooManySignatures { signatures, limit });
        }
        check_text(self.to_string().as_bytes()).map(|_| ())
    }
}

impl Signature {
    fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
        let bytes = base64::decode(signature)?;
        let (key_id, bytes) = bytes.split_first_chunk()?;
        let signature = Self { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() };
        (is_key_name(name) && !bytes.is_empty()).then_some(signature)
    }

    /// A signature that was just made.
    #[cfg(feature = "notes")]
    pub(crate) const fn new(name: String, key_id: [u8; 4], bytes: Vec<u8>) -> Self {
        Self { name, key_id, bytes }
    }

    /// The signature itself.
    #[cfg(feature = "notes")]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whose key it is said to be by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which key: the first bytes of a hash over name and key.
    pub const fn key_id(&self) -> [u8; 4] {
        self.key_id
    }
}

/// Whether a key may have this name: not empty, no space, no plus, no control character.
pub(crate) fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    !name.is_empty() && !name.contains(forbidden)
}

fn check_text(bytes: &[u8]) -> Result<&str, NotANote> {
    if bytes.len() > NOTE_BYTES_MAX {
        return Err(NotANote::TooLarge { bytes: bytes.len(), limit: NOTE_BYTES_MAX });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NotANote::NotText)?;
    if text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(NotANote::NotText);
    }
    Ok(text)
}

impl FromStr for Note {
    type Err = NotANote;

    fn from_str(text: &str) -> Result<Self, NotANote> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if !self.signatures.is_empty() {
            f.write_str("\n")?;
        }
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id, self.bytes.as_slice()].concat();
        write!(f, "{SIGNATURE}{} {}", self.name, base64::encode(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The note that <https://c2sp.org/signed-note> shows: its text has an empty line of its own.
    const PUBLISHED: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    #[test]
    fn the_published_note_reads_and_writes_itself() {
        let note: Note = PUBLISHED.parse().unwrap();
        assert_eq!(note.to_string(), PUBLISHED);
        assert!(note.text().ends_with("\n\ned è subito sera.\n"));
        let [signature] = note.signatures() else { panic!("{note:?}") };
        assert_eq!(signature.name(), "quasimodo.example/salvatore");
        assert_eq!(signature.key_id(), [0x36, 0x7b, 0xa0, 0x4b]);
    }

    #[test]
    fn other_bytes_are_no_note() {
        let (text, signature) = PUBLISHED.rsplit_once("\n\n").unwrap();
        let line = |line| NotANote::NotASignature { line };
        for (bytes, why) in [
            (format!("{text}\n"), line(1)),
            ("one line\n".into(), NotANote::Unsigned),
            (format!("{text}\n\n"), NotANote::Unsigned),
            (PUBLISHED.trim_end().into(), NotANote::Unsigned),
            (PUBLISHED.replace('\n', "\r\n"), NotANote::NotText),
            (format!("{PUBLISHED}a line more\n"), line(2)),
            (PUBLISHED.replace("quasimodo", "quasi modo"), line(1)),
            (PUBLISHED.replace("quasimodo", "quasi+modo"), line(1)),
            (PUBLISHED.replace("NtIc=", "NtIc"), line(1)),
            (PUBLISHED.replace("NtIc=", "NtId="), line(1)),
            (format!("{text}\n\n— name AAAAAA==\n"), line(1)),
            (
                format!("{text}\n\n{}", signature.repeat(101)),
                NotANote::TooManySignatures { signatures: 101, limit: 100 },
            ),
            (
                "x".repeat((1 << 20) + 1),
                NotANote::TooLarge { bytes: (1 << 20) + 1, limit: 1 << 20 },
            ),
        ] {
            assert_eq!(bytes.parse::<Note>(), Err(why), "{}", &bytes[..bytes.len().min(80)]);
        }
        assert_eq!(Note::parse(b"\xff\n"), Err(NotANote::NotText));
        assert_eq!(
            format!("{text}\n\n{}", signature.repeat(100))
                .parse::<Note>()
                .unwrap()
                .signatures()
                .len(),
            100
        );
    }
}
