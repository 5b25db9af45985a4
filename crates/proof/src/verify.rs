//! Checking receipts and growths from their bytes alone: no book, no clock, no network.
//!
//! Cost: one pass over the bytes, about twenty hashes a record. What is shown is that the records are in
//! the book under the checkpoint, whole and as they were written, and that they are of this order. What
//! can't be shown is in [`CANNOT_SHOW`].

use tuanzhang_core::event::BookOpened;
use tuanzhang_core::{BookId, Event, OrderId, Record};
use tuanzhang_log::TreeHead;
use tuanzhang_log::tree::{ProofError, leaf_hash, verify_consistency, verify_inclusion};
use tuanzhang_wire as wire;

use crate::checkpoint::SignedCheckpoint;
use crate::file::{File, Growth, NotAFile, Proven, Receipt, Since};
use crate::life::Life;
use crate::touch::{Touch, placed_in};

/// What no receipt can show, in Chinese and English.
pub const CANNOT_SHOW: &[(&str, &str)] = &[
    (
        "没有别的记录涉及这份订单：要知道这一点，须有整本账。",
        "That no further record tells of the order: for that one needs the whole book.",
    ),
    (
        "检查点出自谁手、当时有多少条记录：除非它由您认识的密钥签名，或与您另存的检查点一致。",
        "Whose checkpoint it is and of how many records, unless a key that you know signed it, or it agrees with one that you kept.",
    ),
    (
        "整本账是否凭空编造：编造整本账的人，也能开出它的凭证。",
        "That the book wasn't made up: whoever makes up a whole book can make receipts of it.",
    ),
    (
        "货款是否真的到账、货物是否真的送达：账本记的是各方所报。",
        "That money and goods really moved: the book has what was reported to it.",
    ),
];

/// Why a receipt or a growth doesn't hold.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It isn't one: nothing was checked.
    #[error(transparent)]
    Unreadable(#[from] NotAFile),
    /// A checkpoint is of another log than the book.
    #[error("a checkpoint is of {origin}, not of book {book}")]
    OtherOrigin {
        /// Its origin.
        origin: String,
        /// The book.
        book: BookId,
    },
    /// A record isn't in the book.
    #[error("position {position} is not in the book under this checkpoint: {error}")]
    NotInBook {
        /// Which one.
        position: u64,
        /// Why.
        #[source]
        error: ProofError,
    },
    /// Bytes that are in the book and no record.
    #[error("position {position} is no record: {error}")]
    NotARecord {
        /// Which one.
        position: u64,
        /// Why.
        #[source]
        error: wire::DecodeError,
    },
    /// A record that no program of the house writes so.
    #[error("position {position} is not written as a record is")]
    NotItsEncoding {
        /// Which one.
        position: u64,
    },
    /// A record that says another position of itself.
    #[error("the record given for position {position} says that it is {found}")]
    OtherPosition {
        /// Which one.
        position: u64,
        /// What it says.
        found: u64,
    },
    /// Positions or times don't go forward.
    #[error("position {position} stands behind a later one, or is recorded before an earlier one")]
    OutOfOrder {
        /// Which one.
        position: u64,
    },
    /// A record that isn't of this order, and isn't needed to read it.
    #[error("position {position} is not of order {order}")]
    NotOfOrder {
        /// Which one.
        position: u64,
        /// The order.
        order: OrderId,
    },
    /// An event that can't have happened after those before it.
    #[error(
        "position {position} can't follow from the records before it in this receipt: {what}; a record was left out, or the book isn't sound"
    )]
    Contradicts {
        /// Which one.
        position: u64,
        /// What has to be so before, and isn't.
        what: &'static str,
    },
    /// A record without which the others can't be read.
    #[error("the record that {what} is missing")]
    Missing {
        /// What it does.
        what: &'static str,
    },
    /// The book's first record opens another one.
    #[error("the first record opens book {found}, not {book}")]
    OtherBook {
        /// The book of the receipt.
        book: BookId,
        /// The book that was opened.
        found: BookId,
    },
    /// The book doesn't continue the older checkpoint.
    #[error("the book doesn't continue the older checkpoint: {0}")]
    NotContinued(#[source] ProofError),
    /// Amounts whose sum leaves the range: no book has them.
    #[error("the amounts of these records add up to more than a book holds")]
    Overflow,
}

/// A receipt that holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The order.
    pub order: OrderId,
    /// What was set when the book was opened.
    pub opened: BookOpened,
    /// Under which all of it was shown. Whose it is, is for its signatures to say.
    pub checkpoint: SignedCheckpoint,
    /// An older checkpoint that the book was shown to continue.
    pub since: Option<SignedCheckpoint>,
    /// In the order of their positions.
    pub records: Vec<Record>,
}

/// A growth that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grown {
    /// The book.
    pub book: BookId,
    /// The newer checkpoint.
    pub checkpoint: SignedCheckpoint,
    /// The older one.
    pub since: SignedCheckpoint,
}

/// What a file showed.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// Of an order.
    Receipt(Box<Verified>),
    /// Of a book.
    Growth(Box<Grown>),
}

/// Checks a receipt or a growth from its bytes.
///
/// # Errors
/// [`Refused`]: `Unreadable` where it isn't one, anything else where it doesn't hold.
pub fn verify(bytes: &[u8]) -> Result<Shown, Refused> {
    match File::parse(bytes)? {
        File::Receipt(receipt) => Ok(Shown::Receipt(Box::new(receipt.verify()?))),
        File::Growth(growth) => Ok(Shown::Growth(Box::new(growth.verify()?))),
    }
}

impl Receipt {
    /// Checks all that a receipt says.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(self) -> Result<Verified, Refused> {
        let Self { book, order, checkpoint, since, records } = self;
        let head = head_of(&checkpoint, book)?;
        let mut decoded = Vec::with_capacity(records.len());
        for proven in &records {
            let record = proven.verify(head)?;
            let position = proven.position;
            if decoded.last().is_some_and(|before: &Record| {
                before.head.position >= record.head.position || before.head.at > record.head.at
            }) {
                return Err(Refused::OutOfOrder { position });
            }
            decoded.push(record);
        }
        let opened = opened_by(decoded.first(), book)?;
        of_order(&decoded, order)?;
        let since = since.map(|since| since.verify(book, head)).transpose()?;
        Ok(Verified { order, opened, checkpoint, since, records: decoded })
    }
}

impl Proven {
    /// Checks that the record is in the tree of this head, and gives it.
    fn verify(&self, head: TreeHead) -> Result<Record, Refused> {
        let Self { position, bytes, hashes } = self;
        let position = *position;
        let missing = ProofError::NoSuchLeaf { index: position, size: head.size };
        let index = position.checked_sub(1).ok_or(missing);
        index
            .and_then(|index| verify_inclusion(leaf_hash(bytes), index, head, hashes))
            .map_err(|error| Refused::NotInBook { position, error })?;
        let decoded = wire::decode(bytes);
        let record = decoded.map_err(|error| Refused::NotARecord { position, error })?;
        if !wire::is_encoding_of(bytes, &record, &mut Vec::with_capacity(bytes.len())) {
            return Err(Refused::NotItsEncoding { position });
        }
        match record.head.position.get() {
            found if found == position => Ok(record),
            found => Err(Refused::OtherPosition { position, found }),
        }
    }
}

impl Since {
    /// Checks that the tree of this head continues it.
    fn verify(self, book: BookId, head: TreeHead) -> Result<SignedCheckpoint, Refused> {
        let old = head_of(&self.checkpoint, book)?;
        verify_consistency(old, head, &self.hashes).map_err(Refused::NotContinued)?;
        Ok(self.checkpoint)
    }
}

impl Growth {
    /// Checks that the book only grew.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(self) -> Result<Grown, Refused> {
        let Self { book, checkpoint, since } = self;
        let since = since.verify(book, head_of(&checkpoint, book)?)?;
        Ok(Grown { book, checkpoint, since })
    }
}

/// The head of a checkpoint, which has to be of this book.
fn head_of(checkpoint: &SignedCheckpoint, book: BookId) -> Result<TreeHead, Refused> {
    let checkpoint = checkpoint.checkpoint();
    if checkpoint.book() == Some(wire::book_key(book)) {
        return Ok(checkpoint.head());
    }
    Err(Refused::OtherOrigin { origin: checkpoint.origin().to_owned(), book })
}

/// What the first record of the book set.
fn opened_by(first: Option<&Record>, book: BookId) -> Result<BookOpened, Refused> {
    let missing = Refused::Missing { what: "opened the book (position 1)" };
    let first = first.filter(|record| record.head.position.get() == 1);
    match first.map(|record| record.events.as_slice()) {
        Some([Event::BookOpened(opened)]) if opened.book == book => Ok(opened.clone()),
        Some([Event::BookOpened(opened)]) => Err(Refused::OtherBook { book, found: opened.book }),
        Some(_) | None => Err(missing),
    }
}

/// Checks that all records are of the order or needed to read it, and that what is needed is there.
fn of_order(records: &[Record], order: OrderId) -> Result<(), Refused> {
    let campaign = records.iter().find_map(|record| placed_in(record, order));
    let campaign = campaign.ok_or(Refused::Missing { what: "placed the order" })?;
    let mut touch = Touch::new(order, campaign);
    let mut opened = false;
    let mut life = Life::default();
    for record in records {
        let position = record.head.position.get();
        let told = touch.told_by(record);
        if told.is_empty() {
            return Err(Refused::NotOfOrder { position, order });
        }
        let opens =
            |event: &Event| matches!(event, Event::CampaignOpened(e) if e.campaign == campaign);
        opened |= record.events.iter().any(opens);
        if !opened && placed_in(record, order).is_some() {
            return Err(Refused::Missing { what: "opened the order's campaign" });
        }
        for event in told {
            life.next(&record.head, event)
                .map_err(|what| Refused::Contradicts { position, what })?;
        }
    }
    Ok(())
}
