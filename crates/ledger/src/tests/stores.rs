//! A store that holds its appends back until the test lets them through; one that loses an answer and is of
//! no more use, as a journal after a failed sync; and one that says how it is used.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex};

use tuanzhang_log::{
    AppendError, BookKey, Cause, Coverage, Guarantees, MemoryStore, ReadError, Store, TreeHead,
    Turn, Visitor, Writers,
};

/// How many may pass, and who stands before it.
#[derive(Debug, Default)]
struct Gate {
    closed: bool,
    waiting: usize,
    panics: bool,
}

/// A store whose appends wait at a gate.
#[derive(Debug, Default)]
pub(super) struct Gated {
    inner: MemoryStore,
    gate: Mutex<Gate>,
    changed: Condvar,
}

impl Gated {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Lets no append through from now on.
    pub(super) fn close(&self) {
        self.gate.lock().unwrap().closed = true;
    }

    pub(super) fn open(&self) {
        self.gate.lock().unwrap().closed = false;
        self.changed.notify_all();
    }

    /// Lets the next append panic before it writes.
    pub(super) fn panic_next(&self) {
        self.gate.lock().unwrap().panics = true;
    }

    /// Blocks until an append stands before the gate.
    pub(super) fn await_append(&self) {
        let gate = self.gate.lock().unwrap();
        drop(self.changed.wait_while(gate, |gate| gate.waiting == 0).unwrap());
    }
}

impl Store for Gated {
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
        let mut gate = self.gate.lock().unwrap();
        gate.waiting += 1;
        self.changed.notify_all();
        gate = self.changed.wait_while(gate, |gate| gate.closed).unwrap();
        gate.waiting -= 1;
        let panics = std::mem::take(&mut gate.panics);
        drop(gate);
        assert!(!panics, "on demand");
        self.inner.append(book, expected, records)
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

/// A store that loses an answer: the records are there, and this handle doesn't show them.
#[derive(Debug, Default)]
pub(super) struct Poisonable {
    shown: MemoryStore,
    /// What another handle will find.
    written: Arc<MemoryStore>,
    state: Mutex<Poison>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Poison {
    #[default]
    Sound,
    AtNext,
    Poisoned,
}

impl Poisonable {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Lets the next append be written and its answer be lost.
    pub(super) fn poison_at_next(&self) {
        *self.state.lock().unwrap() = Poison::AtNext;
    }

    /// What a new handle finds.
    pub(super) fn reopened(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.written)
    }
}

impl Store for Poisonable {
    fn guarantees(&self) -> Guarantees {
        Guarantees { writers: Writers::One, ..self.shown.guarantees() }
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        self.shown.books()
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        self.shown.head(book)
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        let mut state = self.state.lock().unwrap();
        if *state == Poison::Poisoned {
            return Err(AppendError::Unavailable(Cause::new("poisoned")));
        }
        self.written.append(book, expected, records)?;
        if *state == Poison::AtNext {
            *state = Poison::Poisoned;
            return Err(AppendError::Unknown(Cause::new("the sync failed")));
        }
        self.shown.append(book, expected, records)
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.shown.read_one(book, position)
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        self.shown.read(book, from, visit)
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.shown.verify(book)
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        self.shown.activity()
    }
}

/// A store in which somebody else is first at every append, but not in a turn.
#[derive(Debug)]
pub(super) struct Contended {
    inner: MemoryStore,
    /// The others: their records, each appended before one of ours.
    others: Mutex<Vec<Vec<u8>>>,
    /// Whether it gives turns.
    turns: bool,
}

impl Contended {
    pub(super) fn new(turns: bool) -> Arc<Self> {
        Arc::new(Self { inner: MemoryStore::new(), others: Mutex::default(), turns })
    }

    /// Lets these records come first, one at each append.
    pub(super) fn others(&self, mut records: Vec<Vec<u8>>) {
        records.reverse();
        *self.others.lock().unwrap() = records;
    }

    /// How many have not come yet.
    pub(super) fn others_left(&self) -> usize {
        self.others.lock().unwrap().len()
    }
}

impl Store for Contended {
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
        if let Some(other) = self.others.lock().unwrap().pop() {
            let size = self.inner.head(book)?.size;
            self.inner.append(book, size, &[&other])?;
        }
        self.inner.append(book, expected, records)
    }

    fn turn<'s>(
        &'s self,
        book: BookKey,
        from: u64,
        visit: &mut Visitor<'_>,
    ) -> Result<Option<Box<dyn Turn + 's>>, AppendError> {
        if self.turns { self.inner.turn(book, from, visit) } else { Ok(None) }
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

/// A store with one writer that counts its reads, panics in one on demand, and tells when it is let go.
#[derive(Debug)]
pub(super) struct Watched {
    inner: Arc<MemoryStore>,
    reads: Arc<AtomicU64>,
    panics: Arc<AtomicBool>,
    let_go: Mutex<Sender<()>>,
}

/// What a test keeps of a [`Watched`] store.
pub(super) struct Watch {
    pub(super) reads: Arc<AtomicU64>,
    /// The next read panics.
    pub(super) panics: Arc<AtomicBool>,
    pub(super) let_go: Receiver<()>,
}

impl Watched {
    pub(super) fn over(inner: Arc<MemoryStore>) -> (Self, Watch) {
        let (sender, let_go) = mpsc::channel();
        let (reads, panics) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let watch = Watch { reads: Arc::clone(&reads), panics: Arc::clone(&panics), let_go };
        (Self { inner, reads, panics, let_go: Mutex::new(sender) }, watch)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _nobody_waits = self.let_go.lock().unwrap().send(());
    }
}

impl Store for Watched {
    fn guarantees(&self) -> Guarantees {
        Guarantees { writers: Writers::One, ..self.inner.guarantees() }
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
        self.inner.append(book, expected, records)
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.inner.read_one(book, position)
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics.load(Ordering::SeqCst), "on demand");
        self.inner.read(book, from, visit)
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.inner.verify(book)
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        self.inner.activity()
    }
}

/// A store in whose place another can be put while handles are open: an older copy, for instance.
#[derive(Debug)]
pub(super) struct Replaceable {
    inner: Mutex<&'static MemoryStore>,
    /// Whether it gives turns.
    turns: bool,
}

impl Replaceable {
    pub(super) fn new(turns: bool) -> Arc<Self> {
        Arc::new(Self { inner: Mutex::new(Self::kept(MemoryStore::new())), turns })
    }

    /// A turn borrows from it, so a test's stores are never freed.
    fn kept(store: MemoryStore) -> &'static MemoryStore {
        Box::leak(Box::new(store))
    }

    fn inner(&self) -> &'static MemoryStore {
        *self.inner.lock().unwrap()
    }

    /// Puts a store in its place that has the first records of each book and of its activity only.
    pub(super) fn restore(&self, first: u64) {
        let (from, to) = (self.inner(), MemoryStore::new());
        cut(from, &to, first);
        cut(&*from.activity().unwrap(), &*to.activity().unwrap(), first);
        *self.inner.lock().unwrap() = Self::kept(to);
    }
}

fn cut(from: &dyn Store, to: &dyn Store, first: u64) {
    for book in from.books().unwrap() {
        from.read(book, 1, &mut |position, record| {
            if position <= first {
                to.append(book, position - 1, &[record]).unwrap();
            }
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    }
}

impl Store for Replaceable {
    fn guarantees(&self) -> Guarantees {
        self.inner().guarantees()
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        self.inner().books()
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        self.inner().head(book)
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        self.inner().append(book, expected, records)
    }

    fn turn<'s>(
        &'s self,
        book: BookKey,
        from: u64,
        visit: &mut Visitor<'_>,
    ) -> Result<Option<Box<dyn Turn + 's>>, AppendError> {
        if self.turns { self.inner().turn(book, from, visit) } else { Ok(None) }
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.inner().read_one(book, position)
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        self.inner().read(book, from, visit)
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.inner().verify(book)
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        self.inner().activity()
    }
}
