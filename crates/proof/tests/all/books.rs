//! Books to make receipts of.

use tuanzhang_core::book::{Book, decide};
use tuanzhang_core::{Event, OrderId, PaymentId};
use tuanzhang_log::{BookKey, MemoryStore, Store};
use tuanzhang_proof::{Receipt, receipt_of};
use tuanzhang_testkit::agree::Core;
use tuanzhang_testkit::life::Life;
use tuanzhang_wire as wire;

/// A book that was lived, and the same in a store.
pub(crate) struct Lived {
    pub(crate) book: Book,
    pub(crate) store: MemoryStore,
    pub(crate) key: BookKey,
    /// The records as they are kept.
    pub(crate) records: Vec<Vec<u8>>,
    /// In the order in which they were placed.
    pub(crate) orders: Vec<OrderId>,
    /// Payments that went to suspense, and the order that each named.
    pub(crate) suspended: Vec<(PaymentId, OrderId)>,
}

/// So many commands of the life of this seed.
pub(crate) fn lived(seed: u64, commands: usize) -> Lived {
    let mut core = Core::new(decide::<Book>);
    for sent in Life::new(seed).take(commands) {
        core.submit(&sent).unwrap();
    }
    let (mut orders, mut suspended) = (Vec::new(), Vec::new());
    for event in core.records.iter().flat_map(|record| &record.events) {
        if let Event::OrderPlaced(placed) = event {
            orders.push(placed.order);
        }
        if let Event::PaymentSuspended(e) = event {
            suspended.push((e.payment.payment, e.order));
        }
    }
    let records: Vec<_> = core.records.iter().map(|record| wire::encode(record).unwrap()).collect();
    let key = wire::book_key(core.book.head().unwrap().opened.book);
    let store = MemoryStore::new();
    for (before, record) in (0..).zip(&records) {
        store.append(key, before, &[record]).unwrap();
    }
    Lived { book: core.book, store, key, records, orders, suspended }
}

impl Lived {
    pub(crate) fn receipt(&self, order: OrderId) -> Receipt {
        receipt_of(&self.store, self.key, order, None, &mut |_| ()).unwrap()
    }

    /// The receipt with the most records of this book.
    pub(crate) fn longest(&self) -> Receipt {
        let receipts = self.orders.iter().map(|order| self.receipt(*order));
        receipts.max_by_key(|receipt| receipt.records.len()).unwrap()
    }
}
