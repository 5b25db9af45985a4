//! An app with the real ledger: a book, and commands that each make one record.

use std::ops::Range;

use tuanzhang_core::book::OpenBook;
use tuanzhang_core::party::RegisterLeader;
use tuanzhang_core::{Actor, BookId, PartyId, Time};
use tuanzhang_ledger::{Done, ExecuteError, Ledger, ManualClock, Options, Request};
use tuanzhang_log::Store;
use tuanzhang_postgres::PostgresStore;

use crate::given::BOOK;

/// A time after 2021-12-01.
fn time() -> Time {
    Time::from_micros(1_638_316_800_000_000)
}

fn party(app: u64, nth: u64) -> PartyId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&app.to_be_bytes());
    bytes[8..].copy_from_slice(&nth.to_be_bytes());
    PartyId::from_bytes(bytes)
}

/// One handle on the book.
#[derive(Debug)]
pub(crate) struct App(pub(crate) Ledger);

impl App {
    /// Opens the book, which is made by whoever comes first.
    pub(crate) fn open(store: PostgresStore) -> Self {
        let clock = ManualClock::at(time());
        let app = Self(
            Ledger::open_book(store, BookId::from_bytes(BOOK.0), Options::new(clock)).unwrap(),
        );
        let operator = PartyId::from_bytes([9; 16]);
        let book = BookId::from_bytes(BOOK.0);
        let open = OpenBook::new(book, "CNY".into(), "Asia/Shanghai".into(), operator);
        app.0.execute(Actor::Operator, open).unwrap();
        app
    }

    /// Sends the commands of this app with these numbers, alone or together. All of them are accepted by the
    /// rules.
    pub(crate) fn execute(&self, app: u64, nths: Range<u64>) -> Result<Vec<Done>, ExecuteError> {
        let request =
            |nth| Request::new(Actor::Operator, RegisterLeader::new(party(app, nth))).at(time());
        let mut requests: Vec<_> = nths.map(request).collect();
        if requests.len() == 1 {
            return self.0.execute_request(requests.remove(0)).map(|done| vec![done]);
        }
        let answers = self.0.execute_many(&requests).map_err(|many| many.error)?;
        Ok(answers.into_iter().map(|answer| answer.unwrap()).collect())
    }

    /// Opens the book anew, where it has to have one record for each of the commands `0..count` of app 1 and
    /// the first; sends them again and says how many of them are found.
    pub(crate) fn check(url: &str, count: u64) -> u64 {
        let store = PostgresStore::connect(url).unwrap();
        let coverage = store.verify(BOOK).unwrap();
        assert_eq!(coverage.records, count + 1, "gapless, none doubled");
        let app = Self::open(store);
        assert_eq!(app.0.position().get(), count + 1);
        let mut found = 0;
        for from in (0..count).step_by(100) {
            let answers = app.execute(1, from..count.min(from + 100)).unwrap();
            found += answers.iter().filter(|done| done.repeated).count();
        }
        u64::try_from(found).unwrap()
    }
}
