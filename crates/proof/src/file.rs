//! The JSON files: a receipt, and the growth of a book between two checkpoints. docs/proofs.md has them
//! field by field.

use serde::{Deserialize, Serialize};
use tuanzhang_core::{BookId, OrderId};
use tuanzhang_log::{Hash, RECORD_BYTES_MAX};

use crate::base64;
use crate::checkpoint::{NotACheckpoint, SignedCheckpoint};

/// Most bytes of a receipt: 64 MiB.
pub const RECEIPT_BYTES_MAX: usize = 64 << 20;
/// Most records of a receipt.
pub const RECEIPT_RECORDS_MAX: usize = 10_000;
/// Most hashes of one proof: twice the levels of the largest tree.
const PROOF_HASHES_MAX: usize = 128;
/// Most characters of a record in base 64.
const RECORD_TEXT_MAX: u64 = RECORD_BYTES_MAX / 3 * 4 + 8;

const RECEIPT: &str = "tuanzhang.receipt/1";
const GROWTH: &str = "tuanzhang.growth/1";

/// The records that tell of one order, each with the proof that it is in the book under a checkpoint.
///
/// Made by [`receipt_of`](crate::receipt_of); checked, from its bytes alone, by [`verify`](crate::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whose book.
    pub book: BookId,
    /// What it is about.
    pub order: OrderId,
    /// Under which all of it is shown.
    pub checkpoint: SignedCheckpoint,
    /// That the book under `checkpoint` continues that of an older one.
    pub since: Option<Since>,
    /// In the order of their positions.
    pub records: Vec<Proven>,
}

/// A record, and that it is in the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Its place in the book, from 1.
    pub position: u64,
    /// The record as it is kept and hashed.
    pub bytes: Vec<u8>,
    /// From the leaf up.
    pub hashes: Vec<Hash>,
}

/// An older checkpoint, and that a book continues it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// The older one.
    pub checkpoint: SignedCheckpoint,
    /// The proof of consistency.
    pub hashes: Vec<Hash>,
}

/// That a book only grew from one checkpoint to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Whose book.
    pub book: BookId,
    /// The newer checkpoint.
    pub checkpoint: SignedCheckpoint,
    /// The older one, and the proof.
    pub since: Since,
}

/// Why bytes are neither a receipt nor a growth.
#[derive(Debug, thiserror::Error)]
pub enum NotAFile {
    /// More than [`RECEIPT_BYTES_MAX`].
    #[error("{bytes} bytes are more than a receipt has ({limit})")]
    TooLarge {
        /// How many there are.
        bytes: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Not the JSON of one.
    #[error("not the JSON of a receipt or a growth: {0}")]
    Json(#[from] serde_json::Error),
    /// Of another format, or of a version that this one doesn't know.
    #[error("the format is {format:?}; known are {RECEIPT} and {GROWTH}")]
    UnknownFormat {
        /// What it says of itself.
        format: String,
    },
    /// More than [`RECEIPT_RECORDS_MAX`].
    #[error("{records} records are more than a receipt has ({limit})")]
    TooManyRecords {
        /// How many there are.
        records: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A checkpoint in it is none.
    #[error("{field}: {error}")]
    Checkpoint {
        /// Which one.
        field: &'static str,
        /// Why.
        #[source]
        error: NotACheckpoint,
    },
    /// A record that isn't base 64, or is longer than a record may be.
    #[error("the record of position {position} is not base 64 of at most 1 MiB")]
    Record {
        /// Its position.
        position: u64,
    },
    /// A hash that isn't 32 bytes in base 64, or too many of them.
    #[error(
        "the proof {of} is not a list of at most {PROOF_HASHES_MAX} hashes of 32 bytes in base 64"
    )]
    Hashes {
        /// Of what.
        of: String,
    },
}

/// Either of the two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum File {
    /// The story of an order.
    Receipt(Receipt),
    /// That a book only grew.
    Growth(Growth),
}

#[derive(Deserialize)]
struct Format {
    format: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptText {
    format: String,
    book: BookId,
    order: OrderId,
    checkpoint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<SinceText>,
    records: Vec<ProvenText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProvenText {
    position: u64,
    record: String,
    proof: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SinceText {
    checkpoint: String,
    proof: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GrowthText {
    format: String,
    book: BookId,
    checkpoint: String,
    since: SinceText,
}

impl File {
    /// Reads a file; whether what it says holds is another matter.
    ///
    /// # Errors
    /// [`NotAFile`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAFile> {
        if bytes.len() > RECEIPT_BYTES_MAX {
            return Err(NotAFile::TooLarge { bytes: bytes.len(), limit: RECEIPT_BYTES_MAX });
        }
        let Format { format } = serde_json::from_slice(bytes)?;
        match format.as_str() {
            RECEIPT => Receipt::of_text(serde_json::from_slice(bytes)?).map(Self::Receipt),
            GROWTH => Growth::of_text(&serde_json::from_slice(bytes)?).map(Self::Growth),
            _ => {
                let format = format.chars().take(80).collect();
                Err(NotAFile::UnknownFormat { format })
            }
        }
    }
}

impl Receipt {
    fn of_text(text: ReceiptText) -> Result<Self, NotAFile> {
        let ReceiptText { format: _, book, order, checkpoint, since, records } = text;
        if records.len() > RECEIPT_RECORDS_MAX {
            let (records, limit) = (records.len(), RECEIPT_RECORDS_MAX);
            return Err(NotAFile::TooManyRecords { records, limit });
        }
        Ok(Self {
            book,
            order,
            checkpoint: parsed("checkpoint", &checkpoint)?,
            since: since.as_ref().map(Since::of_text).transpose()?,
            records: records.into_iter().map(Proven::of_text).collect::<Result<_, _>>()?,
        })
    }

    /// Writes the receipt, a record a line.
    ///
    /// # Errors
    /// It would be larger than a receipt may be.
    pub fn to_json(&self) -> Result<String, NotAFile> {
        if self.records.len() > RECEIPT_RECORDS_MAX {
            let (records, limit) = (self.records.len(), RECEIPT_RECORDS_MAX);
            return Err(NotAFile::TooManyRecords { records, limit });
        }
        let text = ReceiptText {
            format: RECEIPT.into(),
            book: self.book,
            order: self.order,
            checkpoint: self.checkpoint.to_string(),
            since: self.since.as_ref().map(Since::text),
            records: self.records.iter().map(Proven::text).collect(),
        };
        bounded(serde_json::to_string_pretty(&text)?)
    }
}

impl Growth {
    fn of_text(text: &GrowthText) -> Result<Self, NotAFile> {
        let checkpoint = parsed("checkpoint", &text.checkpoint)?;
        Ok(Self { book: text.book, checkpoint, since: Since::of_text(&text.since)? })
    }

    /// Writes the growth.
    ///
    /// # Errors
    /// It would be larger than such a file may be.
    pub fn to_json(&self) -> Result<String, NotAFile> {
        let text = GrowthText {
            format: GROWTH.into(),
            book: self.book,
            checkpoint: self.checkpoint.to_string(),
            since: self.since.text(),
        };
        bounded(serde_json::to_string_pretty(&text)?)
    }
}

impl Proven {
    fn of_text(text: ProvenText) -> Result<Self, NotAFile> {
        let ProvenText { position, record, proof } = text;
        let is_short = u64::try_from(record.len()).is_ok_and(|length| length <= RECORD_TEXT_MAX);
        let bytes = Some(record).filter(|_| is_short).and_then(|record| base64::decode(&record));
        let bytes = bytes.ok_or(NotAFile::Record { position })?;
        let hashes = hashes(&proof, || format!("of position {position}"))?;
        Ok(Self { position, bytes, hashes })
    }

    fn text(&self) -> ProvenText {
        let record = base64::encode(&self.bytes);
        ProvenText { position: self.position, record, proof: texts(&self.hashes) }
    }
}

impl Since {
    fn of_text(text: &SinceText) -> Result<Self, NotAFile> {
        let checkpoint = parsed("since.checkpoint", &text.checkpoint)?;
        Ok(Self {
            checkpoint,
            hashes: hashes(&text.proof, || "since the older checkpoint".into())?,
        })
    }

    fn text(&self) -> SinceText {
        SinceText { checkpoint: self.checkpoint.to_string(), proof: texts(&self.hashes) }
    }
}

fn parsed(field: &'static str, text: &str) -> Result<SignedCheckpoint, NotAFile> {
    SignedCheckpoint::parse(text).map_err(|error| NotAFile::Checkpoint { field, error })
}

fn hashes(texts: &[String], of: impl Fn() -> String) -> Result<Vec<Hash>, NotAFile> {
    let is_short = texts.len() <= PROOF_HASHES_MAX;
    let hashes = is_short.then(|| texts.iter().map(|text| base64::hash(text)).collect());
    hashes.flatten().ok_or_else(|| NotAFile::Hashes { of: of() })
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| base64::encode(&hash.0)).collect()
}

fn bounded(mut text: String) -> Result<String, NotAFile> {
    text.push('\n');
    if text.len() > RECEIPT_BYTES_MAX {
        return Err(NotAFile::TooLarge { bytes: text.len(), limit: RECEIPT_BYTES_MAX });
    }
    Ok(text)
}
