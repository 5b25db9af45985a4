//! The machine, the ledger on it, and all that may happen to them.

use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::sync::Arc;

use tuanzhang_core::Time;
use tuanzhang_journal::simulation::{Failing, Fate, SimulatedDisk};
use tuanzhang_journal::{Journal, OpenError as JournalError};
use tuanzhang_ledger::{Health, Ledger, OpenError, Options, ReadError};
use tuanzhang_log::Store;
use tuanzhang_log::testing::FailingStore;
use tuanzhang_testkit::life::Life;

use crate::app::App;
use crate::clock::GateClock;
use crate::oracle::Oracle;
use crate::planted::Planted;
use crate::random::Random;
use crate::reader::Reader;
use crate::run::{Figures, Settings};
use crate::watched::{Watch, Watched};

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// It is killed; another process finds all that it wrote.
    Kill,
    /// The machine loses power.
    Power,
}

/// A call of the disk that fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Armed {
    pub(crate) call: u64,
    /// The process dies there.
    pub(crate) death: Option<Death>,
}

/// An open ledger, and the store in it that fails on demand.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) ledger: Ledger,
    pub(crate) store: Arc<FailingStore<Journal>>,
    pub(crate) confirmed: Option<Time>,
}

/// Why a book doesn't open.
#[derive(Debug)]
enum Closed {
    /// The disk says so now.
    Unavailable(String),
    /// For ever.
    Damaged(String),
}

/// Everything there is.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) random: Random,
    pub(crate) life: Life,
    pub(crate) app: App,
    pub(crate) oracle: Oracle,
    pub(crate) figures: Figures,
    /// What happened, line by line, each with the number of the disk's calls before it.
    pub(crate) trace: Vec<String>,
    pub(crate) clock: GateClock,
    /// What the clock should say.
    pub(crate) truth: Time,
    /// The clock doesn't.
    pub(crate) is_clock_wrong: bool,
    pub(crate) disk: SimulatedDisk,
    pub(crate) watch: Arc<Watch>,
    pub(crate) open: Option<Open>,
    pub(crate) armed: Option<Armed>,
    /// Something failed, and this handle may not write any more.
    pub(crate) is_troubled: bool,
    /// First and largest segment.
    sizes: (u64, u64),
}

impl World {
    pub(crate) fn new(settings: Settings) -> Self {
        let mut random = Random(settings.seed);
        let disk = SimulatedDisk::new();
        disk.set_syncs(settings.syncs);
        let watch = Watch::new(Reader::new(disk.clone(), random.bits()), 1 + random.below(60));
        let first = random.one(&[512, 4_096, 20_000]);
        let truth = Time::from_micros(0);
        Self {
            life: Life::new(random.bits()),
            app: App::new(settings.retry),
            oracle: Oracle::default(),
            figures: Figures::default(),
            trace: Vec::new(),
            clock: GateClock::at(truth),
            truth,
            is_clock_wrong: false,
            watch,
            disk,
            open: None,
            armed: None,
            is_troubled: false,
            sizes: (first, first * random.one(&[1, 4, 16])),
            random,
            settings,
        }
    }

    pub(crate) fn note(&mut self, what: impl Into<String>) {
        self.trace.push(format!("{} {}", self.disk.calls(), what.into()));
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        self.figures.add(what, 1);
    }

    /// The whole life: until the app has what it wants, and every promise is looked after.
    pub(crate) fn live(&mut self) -> Result<(), String> {
        let mut steps = 0;
        while self.figures.of("commands wanted") < self.settings.commands {
            if self.open.is_none() {
                self.restart()?;
            }
            self.step()?;
            self.after_step()?;
            steps += 1;
            if steps > 50 * self.settings.commands {
                return Err("the app gets nowhere".into());
            }
        }
        self.finish()
    }

    /// Nothing fails any more: the app gets its last answers, and power is lost once more.
    fn finish(&mut self) -> Result<(), String> {
        self.note("the end");
        self.disarm();
        if self.is_troubled || self.open.is_none() {
            self.reopen()?;
        }
        for attempt in 1.. {
            self.send_all()?;
            self.duties()?;
            if self.app.is_done() && self.open().ledger.health() == Health::Ready {
                break;
            }
            if attempt == 20 {
                return Err(format!("{} commands get no answer", self.app.waiting()));
            }
        }
        self.sound()?;
        self.die(Death::Power);
        self.restart()?;
        self.watch.reader(Reader::look);
        self.reader_is_right()?;
        self.oracle.all_claimed()?;
        self.oracle.audit()?;
        let (looks, failed) = self.watch.reader(|reader| (reader.looks, reader.failed));
        self.figures.add("reader's looks", looks);
        self.figures.add("reader's looks that failed", failed);
        self.figures.add("records", self.oracle.size());
        self.note(format!("{:?}", self.oracle.head()));
        Ok(())
    }

    /// Lets a call of the disk fail, soon.
    pub(crate) fn arm(&mut self, within: u64, failing: Failing, death: Option<Death>) {
        let call = self.disk.calls() + 1 + self.random.below(within);
        let kind = self.random.one(&[ErrorKind::Other, ErrorKind::StorageFull]);
        self.disk.fail(call, failing, kind);
        self.watch.reader(|reader| reader.excused = true);
        self.armed = Some(Armed { call, death });
        self.note(format!("call {call} will fail {failing:?} {kind:?} {death:?}"));
    }

    pub(crate) fn disarm(&mut self) {
        self.disk.heal();
        self.armed = None;
        if let Some(open) = &self.open {
            open.store.fail_reads(None);
        }
    }

    /// Whether what was armed has failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.armed.is_some_and(|armed| self.disk.calls() >= armed.call)
    }

    /// Ends the process at once. Nobody gets an answer any more.
    pub(crate) fn die(&mut self, death: Death) {
        self.armed = None;
        let next = match death {
            Death::Kill if self.random.percent(50) => {
                self.count("kills");
                self.note("killed");
                self.drop_silently();
                // The same disk, so that a reader that lives on goes on.
                self.disk.heal();
                return;
            }
            Death::Kill => {
                self.count("kills");
                self.note("killed, read anew");
                self.disk.after_kill()
            }
            Death::Power => {
                self.count("power losses");
                let bytes = self.disk.undecided_bytes();
                self.note(format!(
                    "power lost, {} changes undecided; {}",
                    bytes.len(),
                    files(&self.disk)
                ));
                self.watch.reader(|reader| reader.waits = true);
                let random = &mut self.random;
                self.disk.after_power_loss(|change| whole_slots(fate(random), bytes[change]))
            }
        };
        self.drop_silently();
        next.set_syncs(self.settings.syncs);
        self.disk = next;
        self.watch.reader(|reader| reader.move_to(self.disk.clone()));
    }

    /// Drops the handle without letting it reach the disk.
    fn drop_silently(&mut self) {
        self.disk.fail(1, Failing::ForEver, ErrorKind::Other);
        self.watch.reader(|reader| reader.excused = true);
        self.open = None;
    }

    /// The process lets go of its handle, and opens anew.
    pub(crate) fn reopen(&mut self) -> Result<(), String> {
        if self.random.percent(50) {
            self.disarm();
        }
        self.note("the handle is dropped");
        self.open = None;
        self.disarm();
        self.restart()
    }

    /// Opens the book, perhaps after failing or dying on the way some times.
    pub(crate) fn restart(&mut self) -> Result<(), String> {
        self.count("restarts");
        let failures = if self.random.percent(35) { 1 + self.random.below(3) } else { 0 };
        for _ in 0..failures {
            let failing = self.random.one(&[Failing::Once, Failing::ForEver, Failing::ForEver]);
            self.arm(40, failing, None);
            match self.try_open() {
                Ok(open) => self.open = Some(open),
                Err(Closed::Unavailable(_)) if self.has_failed() => self.count("failed openings"),
                Err(Closed::Damaged(what) | Closed::Unavailable(what)) => {
                    return Err(format!("doesn't open: {what}"));
                }
            }
            match self.random.below(3) {
                0 => self.open = None,
                1 => self.die(Death::Kill),
                _ => self.die(Death::Power),
            }
            self.disarm();
        }
        match self.try_open() {
            Ok(open) => self.open = Some(open),
            Err(Closed::Damaged(what) | Closed::Unavailable(what)) => {
                return Err(format!("doesn't open: {what}; {}", files(&self.disk)));
            }
        }
        self.is_troubled = false;
        self.watch.reader(|reader| (reader.excused, reader.waits) = (false, false));
        self.opened()
    }

    fn try_open(&self) -> Result<Open, Closed> {
        let watched = Watched { disk: self.disk.clone(), watch: Arc::clone(&self.watch) };
        let (first, largest) = self.sizes;
        let journal = Journal::with_segments(Arc::new(watched), first, largest);
        let journal = journal.map_err(|error| match error {
            JournalError::Unavailable(_) => Closed::Unavailable(error.to_string()),
            other => Closed::Damaged(other.to_string()),
        })?;
        let store = Arc::new(FailingStore::new(journal));
        let planted = Planted { inner: Arc::clone(&store), plant: self.settings.plant };
        let ledger = Ledger::open(planted, Options::new(self.clock.clone()));
        let ledger = ledger.map_err(|error| match error {
            OpenError::Store(ReadError::Unavailable(_)) => Closed::Unavailable(error.to_string()),
            other => Closed::Damaged(other.to_string()),
        })?;
        Ok(Open { ledger, store, confirmed: None })
    }

    /// Whether an opened book is what it must be.
    fn opened(&mut self) -> Result<(), String> {
        let known = self.oracle.log.len();
        let old = self.random.index(known + 1);
        let log = self.read_all()?;
        self.oracle.found(&log)?;
        let repaired = self.open().store.inner().recovery().clone();
        self.note(format!("opened: {} records of {known}, {repaired:?}", log.len()));
        self.figures.add("torn appends cut", u64::from(repaired.cut.is_some()));
        self.figures.add("batches found that nobody was answered", u64::from(log.len() > known));
        let open = self.open();
        if let [key] = open.store.books().map_err(|e| e.to_string())?.as_slice() {
            let head = open.store.head(*key).map_err(|error| error.to_string())?;
            self.oracle.goes_on(old, head)?;
            let coverage = open.ledger.store().verify(*key).map_err(|error| error.to_string())?;
            if coverage.head != head {
                return Err(format!("{coverage:?} was verified of {head:?}"));
            }
        }
        self.sound()?;
        self.reader_is_right()?;
        // The people look at the book that there is.
        self.life.look_at(&self.oracle.model);
        Ok(())
    }

    pub(crate) fn open(&self) -> &Open {
        self.open.as_ref().expect("the steps are for an open ledger")
    }

    fn read_all(&self) -> Result<Vec<Vec<u8>>, String> {
        let store = &self.open().store;
        let mut log = Vec::new();
        for key in store.books().map_err(|error| error.to_string())? {
            let mut places = Vec::new();
            let visit = &mut |position: u64, bytes: &[u8]| {
                places.push(position);
                log.push(bytes.to_vec());
                ControlFlow::Continue(())
            };
            store.read(key, 1, visit).map_err(|error| error.to_string())?;
            if !(1..).zip(&places).all(|(place, found)| place == *found) {
                return Err(format!("positions {places:?}"));
            }
        }
        Ok(log)
    }

    /// The live state is what the log folds to, and what the model has; unless it still has to read on.
    pub(crate) fn sound(&self) -> Result<(), String> {
        if self.open().ledger.health() == Health::Behind {
            return Ok(());
        }
        self.open().ledger.read(|book| self.oracle.same(book))
    }

    /// What the reader has seen is what is there, and stays.
    pub(crate) fn reader_is_right(&self) -> Result<(), String> {
        self.watch.reader(|reader| {
            if let Some(wrong) = &reader.wrong {
                return Err(wrong.clone());
            }
            let log = &self.oracle.log;
            if log.get(..reader.seen.len()) == Some(&reader.seen) {
                return Ok(());
            }
            Err(format!("the reader saw {} records, not these {}", reader.seen.len(), log.len()))
        })
    }
}

/// Names and lengths of a disk's files.
fn files(disk: &SimulatedDisk) -> String {
    let files = disk.files();
    let names = files.iter().map(|(name, bytes)| format!("{name} {}", bytes.len()));
    names.collect::<Vec<_>>().join(", ")
}

fn fate(random: &mut Random) -> Fate {
    match random.below(4) {
        0 => Fate::Lost,
        1 => Fate::Kept,
        2 => Fate::Prefix(random.below(3_000)),
        _ => Fate::Sectors(random.bits()),
    }
}

/// Slots are written in one sector, which a disk writes whole or not at all.
fn whole_slots(fate: Fate, bytes: u64) -> Fate {
    match fate {
        Fate::Prefix(kept) if bytes < 100 && kept < bytes => Fate::Lost,
        Fate::Prefix(_) if bytes < 100 => Fate::Kept,
        other => other,
    }
}
