//! Checkpoints: a log's origin, size and root as text (<https://c2sp.org/tlog-checkpoint>).

use std::fmt;
use std::str::FromStr;

use tuanzhang_log::{BookKey, TreeHead};
use tuanzhang_wire as wire;

use crate::base64;
use crate::note::{NotANote, Note};

/// What the origin of a book's checkpoints begins with; the book's id follows.
const ORIGIN: &str = "tuanzhang.book/";

/// How large a log was and the root over it: all that one has to keep to hold it to its past.
///
/// A book's origin is `tuanzhang.book/` and its id, so a checkpoint is bound to its book; the id stands in
/// the book's first record, under the root.
///
/// ```
/// use tuanzhang_log::{BookKey, TreeHead};
/// use tuanzhang_proof::Checkpoint;
///
/// let book = BookKey(*b"the book of liu.");
/// let text = Checkpoint::of_book(book, TreeHead::EMPTY).to_string();
/// assert_eq!(text, "tuanzhang.book/74686520-626f-6f6b-206f-66206c69752e\n\
///                   0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
/// let read: Checkpoint = text.parse()?;
/// assert_eq!((read.book(), read.head()), (Some(book), TreeHead::EMPTY));
/// # Ok::<(), tuanzhang_proof::NotACheckpoint>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    head: TreeHead,
    extensions: Vec<String>,
}

/// Why a text is no checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACheckpoint {
    /// It isn't even a note.
    #[error(transparent)]
    Note(#[from] NotANote),
    /// Fewer than three lines, or an empty one.
    #[error("a checkpoint is three lines or more, none empty: origin, size, root")]
    Lines,
    /// The second line.
    #[error("{line:?} is no size: a decimal number without leading zeroes, below 2^64")]
    Size {
        /// What stands there.
        line: String,
    },
    /// The third line.
    #[error("{line:?} is no root: 32 bytes in base64")]
    Root {
        /// What stands there.
        line: String,
    },
}

impl Checkpoint {
    /// That of a book with this head.
    pub fn of_book(book: BookKey, head: TreeHead) -> Self {
        let origin = format!("{ORIGIN}{}", wire::book_id(book));
        Self { origin, head, extensions: Vec::new() }
    }

    /// Reads a checkpoint; signatures behind it are held to their form and otherwise ignored.
    ///
    /// # Errors
    /// [`NotACheckpoint`] names the line.
    pub fn parse(text: &str) -> Result<Self, NotACheckpoint> {
        SignedCheckpoint::parse(text).map(|signed| signed.checkpoint)
    }

    /// Reads the text of a note.
    fn of_text(text: &str) -> Result<Self, NotACheckpoint> {
        let mut lines = text.strip_suffix('\n').ok_or(NotANote::NoNewline)?.split('\n');
        let mut line = || lines.next().filter(|line| !line.is_empty()).ok_or(NotACheckpoint::Lines);
        let (origin, size, root) = (line()?.to_owned(), line()?, line()?);
        let extensions: Vec<_> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(NotACheckpoint::Lines);
        }
        let as_written = |number: &u64| number.to_string() == size;
        let parsed = size.parse().ok().filter(as_written);
        let size = parsed.ok_or_else(|| NotACheckpoint::Size { line: beginning(size) })?;
        let hash = base64::hash(root);
        let root = hash.ok_or_else(|| NotACheckpoint::Root { line: beginning(root) })?;
        Ok(Self { origin, head: TreeHead { size, root }, extensions })
    }

    /// Which log it is of.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Size and root.
    pub const fn head(&self) -> TreeHead {
        self.head
    }

    /// Lines behind the root, which say nothing here.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// The book that the origin names; none where it is another log's.
    pub fn book(&self) -> Option<BookKey> {
        let id: tuanzhang_core::BookId = self.origin.strip_prefix(ORIGIN)?.parse().ok()?;
        let book = wire::book_key(id);
        (Self::of_book(book, self.head).origin == self.origin).then_some(book)
    }
}

/// The first characters of a line, for an error.
fn beginning(line: &str) -> String {
    line.chars().take(80).collect()
}

impl FromStr for Checkpoint {
    type Err = NotACheckpoint;

    fn from_str(text: &str) -> Result<Self, NotACheckpoint> {
        Self::parse(text)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TreeHead { size, root } = self.head;
        writeln!(f, "{}\n{size}\n{}", self.origin, base64::encode(&root.0))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A checkpoint and the signatures on it; there may be none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// A checkpoint that nobody signed yet.
    ///
    /// # Errors
    /// Its extension lines make it larger than a note may be.
    pub fn unsigned(checkpoint: Checkpoint) -> Result<Self, NotANote> {
        Ok(Self { note: Note::unsigned(checkpoint.to_string())?, checkpoint })
    }

    /// Reads a signed note whose text is a checkpoint, or that text alone.
    ///
    /// # Errors
    /// [`NotACheckpoint`] names the line.
    pub fn parse(text: &str) -> Result<Self, NotACheckpoint> {
        // A checkpoint has no empty line of its own, so a blank one is where signatures begin.
        let is_signed = text.contains("\n\n");
        let note = if is_signed { Note::parse(text.as_bytes()) } else { Note::unsigned(text) }?;
        Ok(Self { checkpoint: Checkpoint::of_text(note.text())?, note })
    }

    /// What was signed.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The same as a note.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    #[cfg(feature = "notes")]
    pub(crate) const fn note_mut(&mut self) -> &mut Note {
        &mut self.note
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The checkpoint that <https://c2sp.org/tlog-checkpoint> shows.
    const PUBLISHED: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

    #[test]
    fn the_published_checkpoint_reads_and_writes_itself() {
        let signed = SignedCheckpoint::parse(PUBLISHED).unwrap();
        assert_eq!(signed.to_string(), PUBLISHED);
        let checkpoint = signed.checkpoint();
        assert_eq!(checkpoint.origin(), "example.com/behind-the-sofa");
        assert_eq!((checkpoint.head().size, checkpoint.book()), (20_852_163, None));
        assert_eq!(checkpoint.head().root.to_string().get(..8), Some("0ac5186a"));
        assert_eq!(Some(checkpoint.to_string().as_str()), PUBLISHED.split("\n—").next());
        assert_eq!(&Checkpoint::parse(PUBLISHED).unwrap(), checkpoint);
    }

    #[test]
    fn lines_behind_the_root_are_kept() {
        let text = "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nbirds\n— fly\n";
        let checkpoint: Checkpoint = text.parse().unwrap();
        assert_eq!(checkpoint.extensions(), ["birds", "— fly"]);
        assert_eq!(checkpoint.to_string(), text);
    }

    #[test]
    fn an_origin_names_a_book_in_one_way() {
        let id = "00112233-4455-6677-8899-aabbccddeeff";
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        let book =
            |origin: String| format!("{origin}\n7\n{root}\n").parse::<Checkpoint>().unwrap().book();
        assert!(book(format!("tuanzhang.book/{id}")).is_some());
        for other in [
            format!("tuanzhang.book/{}", id.to_uppercase()),
            format!("tuanzhang.book/{}", id.replace('-', "")),
            format!("tuanzhang.book/{{{id}}}"),
            format!("tuanzhang.books/{id}"),
            id.to_owned(),
        ] {
            assert_eq!(book(other.clone()), None, "{other}");
        }
    }

    #[test]
    fn other_texts_are_no_checkpoint() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        let size = |line: &str| NotACheckpoint::Size { line: line.into() };
        for (text, why) in [
            (String::new(), NotANote::NoNewline.into()),
            (format!("log\n1\n{root}"), NotANote::NoNewline.into()),
            (format!("log\r\n1\r\n{root}\r\n"), NotANote::NotText.into()),
            ("log\n1\n".into(), NotACheckpoint::Lines),
            (format!("\n1\n{root}\n"), NotACheckpoint::Lines),
            (format!("log\n01\n{root}\n"), size("01")),
            (format!("log\n+1\n{root}\n"), size("+1")),
            (format!("log\n-1\n{root}\n"), size("-1")),
            (format!("log\n18446744073709551616\n{root}\n"), size("18446744073709551616")),
            ("log\n1\nAQI=\n".into(), NotACheckpoint::Root { line: "AQI=".into() }),
            (format!("log\n1\n{root}\n\nmore\n"), NotANote::NotASignature { line: 1 }.into()),
            (format!("log\n1\n{root}\n\n"), NotANote::Unsigned.into()),
        ] {
            assert_eq!(text.parse::<Checkpoint>(), Err(why), "{text:?}");
        }
    }
}
