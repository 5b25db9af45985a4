//! A pooler that gives each transaction another connection.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use tuanzhang_log::conformance::{
    Capacity, Factory, LostAnswers, NotOffered, StoredBytes, TornAppends, check_all,
};
use tuanzhang_log::{AppendError, Store};
use tuanzhang_pgserver::{Bouncer, Server};
use tuanzhang_postgres::PostgresStore;

use crate::given::{BOOK, all, append, here, records, server};

/// Connections to a database: fewer than handles have.
const CONNECTIONS: u32 = 2;

/// Stores behind a pooler, in a database each.
struct Pooled {
    server: &'static Server,
    bouncer: Bouncer,
    made: AtomicU64,
    newest: Mutex<Arc<str>>,
}

impl Pooled {
    fn open(&self) -> Box<dyn Store> {
        let url = self.newest.lock().unwrap().clone();
        Box::new(PostgresStore::connect(&url).unwrap())
    }
}

impl Factory for Pooled {
    fn fresh(&self) -> Box<dyn Store> {
        let name = format!("pooled_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.server.database(&name).unwrap();
        *self.newest.lock().unwrap() = self.bouncer.url(&name).into();
        self.open()
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        drop(store);
        self.open()
    }

    fn capacity(&self) -> Capacity {
        Capacity::ManyBooks
    }

    fn another(&self) -> Result<Box<dyn Store>, NotOffered> {
        Ok(self.open())
    }

    fn stored_bytes(&self) -> Result<&dyn StoredBytes, NotOffered> {
        Err(NotOffered("the rows are the same without a pooler"))
    }

    fn torn_appends(&self) -> Result<&dyn TornAppends, NotOffered> {
        Err(NotOffered("the server's death is the same without a pooler"))
    }

    fn lost_answers(&self) -> Result<&dyn LostAnswers, NotOffered> {
        Err(NotOffered("cut connections have a test of their own"))
    }
}

#[test]
fn a_store_behind_a_pooler_conforms() {
    let Some(server) = server("a pooler") else { return };
    if !here("a pooler", &Bouncer::available()) {
        return;
    }
    let bouncer = Bouncer::start(server, CONNECTIONS).unwrap();
    let newest = Mutex::new(Arc::from(""));
    let report = check_all(&Pooled { server, bouncer, made: AtomicU64::new(0), newest });
    println!("{report}");
    assert!(report.conforms(), "{report}");
    assert_eq!(report.not_offered().count(), 6);
}

#[test]
fn handles_race_through_a_pooler_without_a_gap() {
    const RECORDS: u64 = 150;
    let Some(server) = server("a pooler") else { return };
    if !here("a pooler", &Bouncer::available()) {
        return;
    }
    server.database("pooled_race").unwrap();
    let bouncer = Bouncer::start(server, CONNECTIONS).unwrap();
    let url = bouncer.url("pooled_race");
    let race = |writer: u64| {
        let store = PostgresStore::connect(&url).unwrap();
        let (mut size, mut lost) = (0, 0);
        for nth in 0..RECORDS {
            let wanted = records(writer * RECORDS + nth, 1);
            loop {
                match append(&store, size, &wanted) {
                    Ok(head) => size = head.size,
                    Err(AppendError::Raced { actual, .. }) => {
                        (size, lost) = (actual, lost + 1);
                        continue;
                    }
                    Err(error) => panic!("{error}"),
                }
                break;
            }
        }
        lost
    };
    let lost: u64 = thread::scope(|scope| {
        let writers = [0, 1, 2, 3].map(|writer| scope.spawn(move || race(writer)));
        writers.map(|writer| writer.join().unwrap()).iter().sum()
    });
    let store = PostgresStore::connect(&url).unwrap();
    assert_eq!(store.verify(BOOK).unwrap().records, 4 * RECORDS);
    let mut found = all(&store, 1).unwrap();
    found.sort();
    found.dedup();
    assert_eq!(u64::try_from(found.len()).unwrap(), 4 * RECORDS, "each once");
    println!(
        "4 handles, {CONNECTIONS} connections, {RECORDS} records each: gapless, {lost} lost races tried again"
    );
    assert!(lost > 0, "nobody met");
}
