//! Power loss under the server, on a disk that forgets what was not synced.
//!
//! All of the server's data and its log are there; this process serves the disk, and asks the server through a socket
//! elsewhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use tempfile::TempDir;
use tuanzhang_log::{AppendError, Durability, Store};
use tuanzhang_pgserver::{Options, Server};
use tuanzhang_postgres::{Options as Opening, PostgresStore};
use tuanzhang_powerloss::{Cut, Disk, Naming, Options as DiskOptions, Random, Syncs};

use crate::given::{BOOK, all, append, here, number, records};

/// Power losses where the environment says nothing.
const CUTS: u64 = 4;
/// Calls to the disk of a start and some appends.
const CALLS: u64 = 1_600;
/// Calls of a start alone.
const START_CALLS: u64 = 250;

/// How the server is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    /// As it is without being told anything.
    Own,
    /// `synchronous_commit=off`, against which the store asks for its own.
    NoWait,
    /// `fsync=off`.
    NoSync,
}

impl Setting {
    fn options(self, data: &Path) -> Options {
        let options = Options::new().at(data);
        match self {
            Self::Own => options,
            Self::NoWait => options.set("synchronous_commit", "off"),
            Self::NoSync => options.set("fsync", "off"),
        }
    }

    fn promises(self) -> Durability {
        match self {
            Self::Own | Self::NoWait => Durability::Disk,
            Self::NoSync => Durability::Process,
        }
    }
}

#[derive(Debug, Default)]
struct Tried {
    cuts: u64,
    at_stake: u64,
    starting: u64,
    under_way: BTreeMap<&'static str, u64>,
    records: u64,
    lost: Vec<String>,
}

/// A server on a disk whose power is cut.
struct Life<'l> {
    at: &'l Path,
    disk: Disk,
    setting: Setting,
    naming: Naming,
    /// What was answered, and then the append that was under way.
    answered: Vec<Vec<u8>>,
    under_way: Vec<Vec<u8>>,
    appends: u64,
}

impl Life<'_> {
    fn start(&self) -> std::io::Result<Server> {
        Server::start(&self.setting.options(&self.at.join("data")))
    }

    /// Makes the cluster and an empty store.
    fn begin(&self) {
        let mounted = self.disk.mount(self.at).unwrap();
        let server = self.start().unwrap();
        let url = server.database("books").unwrap();
        assert_eq!(
            PostgresStore::connect(&url).unwrap().guarantees().durability,
            self.setting.promises()
        );
        server.stop().unwrap();
        if self.naming == Naming::Strict {
            // The server syncs no folder when it makes a database or a table: it relies on file systems that make a
            // file's name durable with its bytes.
            server.sync().unwrap();
        }
        drop(server);
        File::open(self.at).unwrap().sync_all().unwrap();
        drop(mounted);
    }

    /// Starts the server and appends until nothing goes any more; `false` if it never started.
    fn run(&mut self) -> bool {
        let Ok(server) = self.start() else { return false };
        let Ok(store) = Opening::new().require(Durability::Process).connect(&server.url("books"))
        else {
            return false;
        };
        let mut size = u64::try_from(self.answered.len()).unwrap();
        loop {
            let wanted = records(self.appends, 1 + self.appends % 3);
            self.appends += 1;
            match append(&store, size, &wanted) {
                Ok(head) => size = head.size,
                Err(AppendError::Raced { .. }) => panic!("nobody else writes"),
                Err(_) => {
                    self.under_way = wanted;
                    return true;
                }
            }
            self.answered.extend(wanted);
        }
    }

    /// Lets the power go in the middle of a run, and says what is missing afterwards.
    fn round(&mut self, random: &mut Random, tried: &mut Tried) -> (Cut, Result<(), String>) {
        let calls = if random.eighths(2) { START_CALLS } else { CALLS };
        let mounted = self.disk.mount(self.at).unwrap();
        self.disk.cut_in(1 + random.below(calls));
        tried.starting += u64::from(!self.run());
        drop(mounted);
        let cut = self.disk.restart(random.draw());
        let mounted = self.disk.mount(self.at).unwrap();
        let outcome = self.compare();
        drop(mounted);
        (cut, outcome)
    }

    fn compare(&mut self) -> Result<(), String> {
        let server = self.start().map_err(|error| error.to_string())?;
        let opening = Opening::new().require(Durability::Process);
        let store = opening.connect(&server.url("books")).map_err(|error| error.to_string())?;
        let found = store.verify(BOOK).map_err(|error| error.to_string())?.records;
        let records = all(&store, 1).map_err(|error| error.to_string())?;
        assert_eq!(u64::try_from(records.len()).unwrap(), found);
        let mut wanted = std::mem::take(&mut self.answered);
        let answered = wanted.len();
        if records.len() > answered {
            wanted.append(&mut self.under_way);
        }
        self.under_way.clear();
        server.stop().map_err(|error| error.to_string())?;
        if records != wanted {
            return Err(format!("{answered} records were answered, {} are there", records.len()));
        }
        self.answered = records;
        Ok(())
    }
}

fn place() -> Option<TempDir> {
    let folder = TempDir::new().unwrap();
    let available = match Disk::unavailable(folder.path()) {
        Some(why) => Err(why),
        None => Server::available(),
    };
    here("power loss", &available).then_some(folder)
}

fn lives(cuts: u64, setting: Setting, options: DiskOptions) -> Option<Tried> {
    let folder = place()?;
    let mut random = Random::new(number("FAULT_SEED").unwrap_or(20));
    let mut tried = Tried::default();
    while tried.cuts < cuts {
        let disk = Disk::new(options);
        let (answered, under_way) = (Vec::new(), Vec::new());
        let (at, naming) = (folder.path(), options.naming);
        let mut life = Life { at, disk, setting, naming, answered, under_way, appends: 0 };
        life.begin();
        // A book that has lost something is none to go on with.
        while tried.cuts < cuts {
            let (cut, outcome) = life.round(&mut random, &mut tried);
            tried.cuts += 1;
            tried.at_stake += u64::from(cut.edits + cut.names > 0);
            *tried.under_way.entry(cut.under_way).or_default() += 1;
            if let Err(what) = outcome {
                tried.lost.push(format!("cut {}, {cut:?}: {what}", tried.cuts));
                break;
            }
        }
        tried.records += u64::try_from(life.answered.len()).unwrap();
    }
    Some(tried)
}

#[test]
fn a_power_loss_loses_no_answer() {
    let cuts = number("POWER_CUTS").unwrap_or(CUTS);
    for (setting, naming, cuts) in [
        (Setting::Own, Naming::Strict, cuts),
        (Setting::Own, Naming::Journaled, cuts.div_ceil(4)),
        (Setting::NoWait, Naming::Strict, cuts.div_ceil(4)),
    ] {
        let options = DiskOptions { syncs: Syncs::Honest, naming };
        let Some(tried) = lives(cuts, setting, options) else { return };
        println!(
            "{setting:?}, names {naming:?}: {} power losses, {} with something at stake, {} while it started, \
             under way {:?}; {} records, {} lost some",
            tried.cuts,
            tried.at_stake,
            tried.starting,
            tried.under_way,
            tried.records,
            tried.lost.len()
        );
        assert!(tried.lost.is_empty(), "{}", tried.lost.join("\n"));
        assert!(tried.at_stake * 2 >= cuts, "{tried:?}");
    }
}

/// The controls: the server told not to sync, of which the store says so, and a disk that ignores syncs.
#[test]
fn the_controls_lose() {
    let cuts = number("POWER_CUTS").unwrap_or(CUTS).div_ceil(2).max(4);
    for (setting, syncs) in [(Setting::NoSync, Syncs::Honest), (Setting::Own, Syncs::Ignored)] {
        let options = DiskOptions { syncs, naming: Naming::Strict };
        let Some(tried) = lives(cuts, setting, options) else { return };
        let lost = tried.lost.len();
        println!(
            "control, {setting:?}, syncs {syncs:?}: {lost} of {} power losses lose",
            tried.cuts
        );
        assert!(lost > 0, "the control lost nothing: {tried:?}");
    }
}
