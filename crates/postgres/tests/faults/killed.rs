//! The server is killed in the middle of appends, and starts again.

use std::thread;

use tuanzhang_log::{AppendError, Store};
use tuanzhang_pgserver::{Options, Server};
use tuanzhang_postgres::PostgresStore;
use tuanzhang_powerloss::Random;

use crate::given::{BOOK, append, here, number, patiently, records, wrong};

/// Kills where the environment says nothing.
const KILLS: u64 = 6;

/// How a server ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// All its processes, by SIGKILL.
    Killed,
    /// At once, by its own means.
    AtOnce,
    /// One of its processes, by SIGKILL: it ends all others and recovers by itself.
    OneProcess,
}

impl End {
    fn of(round: u64) -> Self {
        match round % 3 {
            0 => Self::Killed,
            1 => Self::AtOnce,
            _ => Self::OneProcess,
        }
    }

    /// Ends the server, and lets it come back.
    fn carry_out(self, server: &Server) {
        match self {
            Self::Killed => server.kill().unwrap(),
            Self::AtOnce => server.stop_at_once().unwrap(),
            Self::OneProcess => return server.kill_one("tuanzhang").unwrap(),
        }
        server.restart().unwrap();
    }
}

#[derive(Debug, Default)]
struct Tried {
    unknown: u64,
    there: u64,
    unavailable: u64,
}

/// Appends until an answer is missing; what the book then has is what it was told, and one more at most.
fn until_it_fails(
    store: &PostgresStore,
    size: &mut u64,
    appends: &mut Vec<Vec<Vec<u8>>>,
    enough: impl Fn(usize) -> bool,
) -> Option<(Vec<Vec<u8>>, AppendError)> {
    for done in 0.. {
        if enough(done) {
            return None;
        }
        let nth = u64::try_from(appends.len()).unwrap();
        let wanted = records(nth, 1 + nth % 3);
        match append(store, *size, &wanted) {
            Ok(head) => *size = head.size,
            Err(error) => return Some((wanted, error)),
        }
        appends.push(wanted);
    }
    None
}

#[test]
fn a_killed_server_loses_no_answer() {
    if !here("killed servers", &Server::available()) {
        return;
    }
    let server = Server::start(&Options::new()).unwrap();
    let url = server.database("killed").unwrap();
    let store = PostgresStore::connect(&url).unwrap();
    let mut random = Random::new(number("FAULT_SEED").unwrap_or(20));
    let kills = number("KILLS").unwrap_or(KILLS);
    let (mut size, mut appends, mut tried) = (0, Vec::new(), Tried::default());
    for round in 0..kills {
        let some = usize::try_from(random.below(20)).unwrap();
        assert!(until_it_fails(&store, &mut size, &mut appends, |done| done >= some).is_none());
        let failed = thread::scope(|scope| {
            let killer = scope.spawn(|| End::of(round).carry_out(&server));
            let is_back = |_| killer.is_finished();
            let failed = until_it_fails(&store, &mut size, &mut appends, is_back);
            killer.join().unwrap();
            failed
        });
        // It may have been killed and be back between two appends.
        let Some((wanted, error)) = failed else { continue };
        let found = patiently(|| store.head(BOOK)).size;
        let after = size + u64::try_from(wanted.len()).unwrap();
        assert!(found == size || found == after, "kill {round}: {found}, {size} answered");
        match error {
            AppendError::Unknown(_) => tried.unknown += 1,
            AppendError::Unavailable(_) => {
                tried.unavailable += 1;
                assert_eq!(found, size, "kill {round}: it was said that nothing was written");
            }
            error => panic!("kill {round}: {error}"),
        }
        if found == after {
            tried.there += 1;
            size = after;
            appends.push(wanted);
        }
    }
    let wrong = wrong(&url, &appends);
    println!(
        "{kills} kills of the server, {} appends, {size} records: {wrong:?} wrong; the append under way was \
         answered unknown {} times, unavailable {}; it was there {} times",
        appends.len(),
        tried.unknown,
        tried.unavailable,
        tried.there
    );
    assert_eq!(wrong, [""; 0]);
    assert!(tried.unknown > 0, "{tried:?}");

    // The control: rows that the log of the server doesn't have.
    for table in ["records", "appends", "streams"] {
        server.sql("killed", &format!("alter table tuanzhang.{table} set unlogged")).unwrap();
    }
    server.kill().unwrap();
    server.restart().unwrap();
    let left = PostgresStore::connect(&url).unwrap().head(BOOK).unwrap().size;
    println!("control, tables without a log: {left} of {size} records are left after a kill");
    assert!(left < size);
}
