//! Opening a book: one pass over its log, folded straight into the state.
//!
//! Writes nothing. Costs one read of the whole log; memory is the state and one record.

use std::ops::ControlFlow;

use tuanzhang_core::book::{Book, apply};
use tuanzhang_core::{Position, Record};
use tuanzhang_log::{BookKey, Store};
use tuanzhang_wire::book_key;

use crate::error::OpenError;
use crate::records;

/// The store's only book, or none yet.
pub(crate) fn only_book(store: &dyn Store) -> Result<Option<BookKey>, OpenError> {
    let books = store.books()?;
    match books.as_slice() {
        [] => Ok(None),
        [key] => Ok(Some(*key)),
        [..] => Err(OpenError::ManyBooks { books }),
    }
}

/// Replays a book from its first record.
pub(crate) fn replay(store: &dyn Store, key: BookKey) -> Result<Book, OpenError> {
    let mut book = Book::default();
    records::visit(store, key, Position::START.next(), |record: Record, _| {
        apply(&mut book, &record)?;
        Ok::<_, OpenError>(ControlFlow::Continue(()))
    })?;
    match book.head() {
        Some(head) if book_key(head.opened.book) != key => {
            Err(OpenError::OtherBook { asked: key, found: head.opened.book })
        }
        Some(_) | None => Ok(book),
    }
}
