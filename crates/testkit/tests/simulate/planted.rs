//! Stores that are wrong in a way that the simulation must find.

use tuanzhang_log::{
    AppendError, BookKey, Coverage, Guarantees, ReadError, Store, TreeHead, Visitor,
};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plant {
    /// Nothing.
    Nothing,
    /// It answers though the append has failed.
    AnswersAnyway,
    /// It appends again where an answer was lost.
    AppendsAgain,
    /// It appends the records of a batch one by one.
    OneByOne,
}

/// A store with an error in it.
#[derive(Debug)]
pub(crate) struct Planted<S> {
    pub(crate) inner: S,
    pub(crate) plant: Plant,
}

impl<S: Store> Store for Planted<S> {
    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        self.inner.books()
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        self.inner.head(book)
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        let count = u64::try_from(records.len()).unwrap();
        let as_asked = |head| TreeHead { size: expected + count, ..head };
        match self.plant {
            Plant::Nothing => self.inner.append(book, expected, records),
            Plant::AnswersAnyway => match self.inner.append(book, expected, records) {
                Err(AppendError::Unknown(_)) => Ok(as_asked(TreeHead::EMPTY)),
                answer => answer,
            },
            Plant::AppendsAgain => match self.inner.append(book, expected, records) {
                Err(AppendError::Unknown(cause)) => match self.inner.head(book) {
                    Ok(head) => self.inner.append(book, head.size, records).map(as_asked),
                    Err(_) => Err(AppendError::Unknown(cause)),
                },
                answer => answer,
            },
            Plant::OneByOne => {
                let mut head = self.inner.append(book, expected, &[])?;
                for (size, record) in (expected..).zip(records) {
                    head = self.inner.append(book, size, &[record])?;
                }
                Ok(head)
            }
        }
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.inner.read_one(book, position)
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        self.inner.read(book, from, visit)
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.inner.verify(book)
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        self.inner.activity()
    }
}
