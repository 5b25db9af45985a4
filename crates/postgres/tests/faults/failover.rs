//! The primary is lost and a standby takes over.

use std::thread;

use tuanzhang_log::{AppendError, Durability, ReadError, Store};
use tuanzhang_pgserver::{Options, Proxy, Server};
use tuanzhang_postgres::{Options as Opening, PostgresStore};
use tuanzhang_powerloss::Random;

use crate::app::App;
use crate::given::{BOOK, Way, all, append, here, number, patiently, records, wrong};

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

/// Ledgers on one book, each in the others' way, so that turns are taken: what they answered before the primary
/// was lost is in the book after it, once, and they go on there with what was not answered.
#[test]
fn ledgers_that_take_turns_lose_and_double_nothing_when_the_primary_is_lost() {
    const APPS: u64 = 3;
    if !here("failover under ledgers", &Server::available()) {
        return;
    }
    let failovers = number("FAILOVERS").unwrap_or(1);
    let mut random = Random::new(number("FAULT_SEED").unwrap_or(20));
    let (mut answered_before, mut turns, mut again) = (0, 0, 0);
    for failover in 0..failovers {
        let pair = Pair::start();
        let replicated = Opening::new().require(Durability::Replicated);
        let apps: Vec<_> = (0..APPS)
            .map(|_| App::open(replicated.clone().connect(&pair.url()).unwrap()))
            .collect();
        let enough = 10 + random.below(30);
        let taken = || apps.iter().map(|app| app.0.stats().turns).sum::<u64>();
        // Each until its command is not answered; one of them pulls the plug once turns are taken.
        let answered: Vec<u64> = thread::scope(|scope| {
            let running: Vec<_> = (0..)
                .zip(&apps)
                .map(|(app, handle)| {
                    let (pair, taken) = (&pair, &taken);
                    scope.spawn(move || {
                        let mut pulled = false;
                        for nth in 0.. {
                            if app == 0 && !pulled && nth >= enough && (taken() > 0 || nth > 9_999)
                            {
                                pulled = true;
                                scope.spawn(|| pair.fail_over());
                            }
                            if let Err(error) = handle.execute(app, nth..nth + 1) {
                                assert!(error.can_retry(), "{error}");
                                return nth;
                            }
                        }
                        unreachable!("an app goes on until it gets no answer")
                    })
                })
                .collect();
            running.into_iter().map(|app| app.join().unwrap()).collect()
        });
        turns += taken();
        drop(apps);
        // On the new primary, which has no standby: all that was answered is found, what was not is done now.
        let app = App::open(PostgresStore::connect(&pair.url()).unwrap());
        let before = app.0.position().get();
        let mut new = 0;
        for (name, done) in (0..).zip(&answered) {
            for nth in 0..=*done {
                let [answer] = app.execute(name, nth..nth + 1).unwrap().try_into().unwrap();
                assert!(
                    answer.repeated || nth == *done,
                    "failover {failover}: {name}/{nth} is lost"
                );
                new += u64::from(!answer.repeated);
            }
        }
        let commands: u64 = answered.iter().map(|done| done + 1).sum();
        assert_eq!(app.0.position().get(), 1 + commands, "failover {failover}: none is doubled");
        assert_eq!(before + new, 1 + commands);
        let store = PostgresStore::read_only(&pair.standby.url("books")).unwrap();
        assert_eq!(store.verify(BOOK).unwrap().records, 1 + commands, "gapless");
        answered_before += answered.iter().sum::<u64>();
        again += new;
    }
    println!(
        "{failovers} primaries killed under {APPS} ledgers each: {answered_before} commands answered, {turns} turns \
         taken, 0 lost, 0 doubled; {again} commands that had no answer were new on the new primary"
    );
    assert!(turns > 0, "nobody took a turn");
}

/// The lost primary comes back with a past of its own: a handle that has seen the new primary's takes nothing
/// from it and writes nothing to it.
#[test]
fn an_old_primary_that_comes_back_is_refused() {
    if !here("an old primary that comes back", &Server::available()) {
        return;
    }
    for way in [Way::Append, Way::Turn] {
        let pair = Pair::start();
        pair.primary.set("synchronous_standby_names", "").unwrap();
        let store = PostgresStore::connect(&pair.url()).unwrap();
        let mut size = 0;
        for nth in 0..4 {
            size = append(&store, size, &records(nth, 1)).unwrap().size;
        }
        // Cut off from its standby, the old primary takes what the new one never gets.
        let sent = pair.primary.sql("postgres", "select pg_current_wal_flush_lsn()").unwrap();
        pair.standby.until(&format!("select pg_last_wal_receive_lsn() >= '{sent}'")).unwrap();
        pair.standby.cut_off().unwrap();
        let direct = PostgresStore::connect(&pair.primary.url("books")).unwrap();
        for nth in 100..102 {
            append(&direct, nth - 96, &records(nth, 1)).unwrap();
        }
        drop(direct);
        pair.fail_over();
        assert_eq!(patiently(|| store.head(BOOK)).size, size);
        // As long as the other past, longer, or shorter: no length lets it in.
        for nth in 4..6 {
            size = append(&store, size, &records(nth, 1)).unwrap().size;
        }
        let seen = all(&store, 1).unwrap();
        pair.primary.restart().unwrap();
        pair.proxy.turn_to(&pair.primary);
        pair.proxy.cut_all();
        let refused =
            (0..3).map(|_| way.append(&store, size, &records(6, 1))).find_map(
                |answer| match answer {
                    Err(AppendError::Unavailable(_) | AppendError::Unknown(_)) => None,
                    other => Some(other),
                },
            );
        assert!(matches!(refused, Some(Err(AppendError::Damaged(_)))), "{way:?}: {refused:?}");
        assert!(matches!(store.head(BOOK), Err(ReadError::Damaged(_))), "{way:?}");
        let old = all(&PostgresStore::read_only(&pair.primary.url("books")).unwrap(), 1).unwrap();
        assert_eq!((old.len(), &old[..4]), (6, &seen[..4]), "nothing was written there");
        println!(
            "{way:?}: an old primary with 2 records of its own came back: refused as damaged, nothing written"
        );
    }
}
