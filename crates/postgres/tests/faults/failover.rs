//! The primary is lost and a standby takes over.

use std::thread;

use tuanzhang_log::{AppendError, Durability, Store};
use tuanzhang_pgserver::{Options, Proxy, Server};
use tuanzhang_postgres::{Options as Opening, PostgresStore};
use tuanzhang_powerloss::Random;

use crate::given::{BOOK, all, append, here, number, records, wrong};

/// Primaries that are lost where the environment says nothing.
const FAILOVERS: u64 = 2;
const STANDBY: &str = "standby";

struct Pair {
    primary: Server,
    standby: Server,
    proxy: Proxy,
}

impl Pair {
    /// A primary that waits for its standby before a commit is answered.
    fn start() -> Self {
        let primary = Server::start(&Options::new()).unwrap();
        primary.database("books").unwrap();
        let standby = primary.standby(STANDBY, &Options::new()).unwrap();
        primary.wait_for_standby(STANDBY).unwrap();
        let proxy = Proxy::start(&primary).unwrap();
        Self { primary, standby, proxy }
    }

    fn url(&self) -> String {
        self.proxy.url("books")
    }

    /// The primary is gone for ever.
    fn fail_over(&self) {
        self.primary.kill().unwrap();
        self.standby.promote().unwrap();
        self.proxy.turn_to(&self.standby);
    }
}

/// Appends while the primary is lost, one time each; what was answered, and what was under way.
fn round(pair: &Pair, appends: u64, require: Durability) -> (Vec<Vec<Vec<u8>>>, Vec<Vec<u8>>) {
    let store = Opening::new().require(require).connect(&pair.url()).unwrap();
    let mut answered: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut size = 0;
    let under_way = thread::scope(|scope| {
        let mut failing = None;
        for nth in 0.. {
            if nth == appends {
                failing = Some(scope.spawn(|| pair.fail_over()));
            }
            let wanted = records(nth, 1 + nth % 3);
            match append(&store, size, &wanted) {
                Ok(head) => size = head.size,
                Err(AppendError::Unknown(_) | AppendError::Unavailable(_)) if failing.is_some() => {
                    failing.unwrap().join().unwrap();
                    return wanted;
                }
                Err(error) => panic!("{error}"),
            }
            answered.push(wanted);
        }
        Vec::new()
    });
    (answered, under_way)
}

#[test]
fn what_was_answered_as_replicated_outlives_the_primary() {
    if !here("failover", &Server::available()) {
        return;
    }
    let failovers = number("FAILOVERS").unwrap_or(FAILOVERS);
    let mut random = Random::new(number("FAULT_SEED").unwrap_or(20));
    let (mut appends, mut there) = (0, 0);
    for failover in 0..failovers {
        let pair = Pair::start();
        let (mut answered, under_way) = round(&pair, 10 + random.below(60), Durability::Replicated);
        // The standby is a primary now, and has no standby: what was required can't be had there.
        let strict = Opening::new().require(Durability::Replicated).connect(&pair.url()).unwrap();
        let store = PostgresStore::connect(&pair.url()).unwrap();
        assert_eq!(store.guarantees().durability, Durability::Disk);
        let size = store.head(BOOK).unwrap().size;
        match append(&strict, size, &records(999, 1)) {
            Err(AppendError::Unavailable(_)) => {}
            other => panic!("without a standby it isn't replicated: {other:?}"),
        }
        let found = all(&store, 1).unwrap();
        if found.len() > answered.concat().len() {
            there += 1;
            answered.push(under_way);
        }
        assert_eq!(wrong(&pair.standby.url("books"), &answered), [""; 0], "failover {failover}");
        let last = records(1_000, 1);
        append(&store, size, &last).unwrap();
        appends += answered.len();
    }
    println!(
        "{failovers} primaries killed, the standby promoted: {appends} appends answered as replicated, 0 lost; \
         {there} times the append under way was there"
    );
}

/// The control: a standby that nobody waits for, and that is cut off a while before.
#[test]
fn the_control_that_waits_for_no_standby_loses() {
    if !here("failover", &Server::available()) {
        return;
    }
    let pair = Pair::start();
    pair.primary.set("synchronous_standby_names", "").unwrap();
    let store = PostgresStore::connect(&pair.url()).unwrap();
    assert_eq!(store.guarantees().durability, Durability::Disk, "it says so");
    let before: Vec<_> = (0..10).map(|nth| records(nth, 1)).collect();
    for (size, wanted) in (0..).zip(&before) {
        append(&store, size, wanted).unwrap();
    }
    let sent = pair.primary.sql("postgres", "select pg_current_wal_flush_lsn()").unwrap();
    pair.standby.until(&format!("select pg_last_wal_receive_lsn() >= '{sent}'")).unwrap();
    pair.standby.cut_off().unwrap();
    let (answered, _) = {
        let mut answered = before;
        let mut size = 10;
        for nth in 10..60 {
            answered.push(records(nth, 1));
            size = append(&store, size, &answered[answered.len() - 1]).unwrap().size;
        }
        (answered, size)
    };
    pair.fail_over();
    let wrong = wrong(&pair.standby.url("books"), &answered);
    println!("control, a standby that nobody waits for: of 60 answered records {wrong:?}");
    assert_eq!(wrong, ["50 lost"]);
}
