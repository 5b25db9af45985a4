//! A standby that commits wait for: what is promised then, and the answers that look like success.

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use tuanzhang_log::{AppendError, Durability, ReadError, Store, TreeHead};
use tuanzhang_pgserver::{Options as Settings, Server};

use super::given::{BOOK, Shell, all, append, name, offered, record};
use crate::{Options, PostgresStore};

/// An append of ours that waits for the standby.
const WAITS: &str = "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'tuanzhang' \
                     AND wait_event = 'SyncRep'";
const WAITING: &str =
    "FROM pg_stat_activity WHERE application_name = 'tuanzhang' AND wait_event = 'SyncRep'";

#[test]
fn a_wait_for_the_standby_that_is_broken_off_is_unknown() {
    if !offered(module_path!()) {
        return;
    }
    let primary = Server::start(&Settings::new()).unwrap();
    let standby = primary.standby("one", &Settings::new()).unwrap();
    let url = primary.database(&name()).unwrap();
    let plain = PostgresStore::connect(&url).unwrap();
    assert_eq!(plain.guarantees().durability, Durability::Disk);
    // Required, and nobody to replicate to: nothing is written.
    let strict = Options::new().require(Durability::Replicated).connect(&url).unwrap();
    assert_eq!(strict.guarantees().durability, Durability::Disk);
    let answer = strict.append(BOOK, 0, &[b"first"]);
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    let turn = strict.turn(BOOK, 1, &mut |_, _| panic!("there is nothing")).unwrap().unwrap();
    let answer = turn.append(&[b"first"]);
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    assert_eq!(strict.head(BOOK).unwrap().size, 0);

    primary.wait_for_standby("one").unwrap();
    let store = PostgresStore::connect(&url).unwrap();
    assert_eq!(store.guarantees().durability, Durability::Replicated);
    append(&store, BOOK, 3);
    append(&strict, BOOK, 1);
    standby.stop().unwrap();
    let shell = Shell::at(&format!("{url}?application_name=shell"));
    let cancel = |function: &str| {
        shell.until(WAITS);
        shell.rows(&format!(
            "SELECT {function}(pid) FROM pg_stat_activity \
             WHERE application_name = 'tuanzhang' AND wait_event = 'SyncRep'"
        ));
    };
    // Cancelled: the server answers as if it were done, behind a warning. Ended: it says nothing more.
    for (size, function) in [(4, "pg_cancel_backend"), (5, "pg_terminate_backend")] {
        thread::scope(|scope| {
            let appending = scope.spawn(|| store.append(BOOK, size, &[b"not replicated"]));
            cancel(function);
            let answer = appending.join().unwrap();
            assert!(matches!(answer, Err(AppendError::Unknown(_))), "{function}: {answer:?}");
            // It is there, but not on the standby, so nothing is said of it as long as that is so.
            let looking = scope.spawn(|| store.head(BOOK));
            cancel(function);
            let answer = looking.join().unwrap();
            assert!(matches!(answer, Err(ReadError::Unavailable(_))), "{function}: {answer:?}");
        });
        standby.restart().unwrap();
        assert_eq!(store.head(BOOK).unwrap().size, size + 1);
        standby.stop().unwrap();
    }
    // The control: who doesn't look at warnings takes it for an answer.
    let control = Shell::at(&format!("{url}?application_name=tuanzhang"));
    thread::scope(|scope| {
        let writing = scope.spawn(|| control.try_run("CREATE TABLE public.control (n int)"));
        cancel("pg_cancel_backend");
        writing.join().unwrap().unwrap();
    });
    standby.restart().unwrap();
    primary
        .until("SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
        .unwrap();
    // The primary is lost, and nothing that was answered is.
    let head = store.head(BOOK).unwrap();
    append(&store, BOOK, 2);
    primary.kill().unwrap();
    standby.promote().unwrap();
    let database = url.rsplit('/').next().unwrap();
    let promoted = PostgresStore::connect(&standby.url(database)).unwrap();
    assert_eq!(promoted.verify(BOOK).unwrap().records, head.size + 2);
    let answer = Options::new().require(Durability::Replicated).connect(&standby.url(database));
    let answer = answer.unwrap().append(BOOK, head.size + 2, &[b"alone"]);
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
}

/// What was promised at opening holds for each append, or it writes nothing.
#[test]
fn a_server_that_would_promise_less_is_noticed() {
    if !offered(module_path!()) {
        return;
    }
    let server = Server::start(&Settings::new()).unwrap();
    let url = server.database(&name()).unwrap();
    let store = PostgresStore::connect(&url).unwrap();
    append(&store, BOOK, 2);
    let shell = Shell::at(&url);
    for setting in ["full_page_writes", "fsync"] {
        server.set(setting, "off").unwrap();
        shell.until(&format!("SELECT current_setting('{setting}') = 'off'"));
        let answer = store.append(BOOK, 2, &[b"third"]);
        assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
        server.set(setting, "on").unwrap();
        shell.until(&format!("SELECT current_setting('{setting}') = 'on'"));
    }
    assert_eq!(store.head(BOOK).unwrap().size, 2);
    assert_eq!(append(&store, BOOK, 1), 3);
}

/// A standby that is followed from serves what the primary has, and takes nothing.
#[test]
fn a_standby_is_read_and_never_written() {
    if !offered(module_path!()) {
        return;
    }
    let primary = Server::start(&Settings::new()).unwrap();
    let database = name();
    let store = PostgresStore::connect(&primary.database(&database).unwrap()).unwrap();
    append(&store, BOOK, 5);
    let standby = primary.standby("one", &Settings::new()).unwrap();
    primary.wait_for_standby("one").unwrap();
    primary.set("synchronous_commit", "remote_apply").unwrap();
    Shell::at(&primary.url(&database))
        .until("SELECT current_setting('synchronous_commit') = 'remote_apply'");
    let store = PostgresStore::connect(&primary.url(&database)).unwrap();
    append(&store, BOOK, 1);
    let url = standby.url(&database);
    let reader = PostgresStore::read_only(&url).unwrap();
    assert_eq!(reader.verify(BOOK).unwrap().head, store.head(BOOK).unwrap());
    let answer = PostgresStore::connect(&url).map(|store| store.append(BOOK, 6, &[b"seventh"]));
    assert!(!matches!(answer, Ok(Ok(_))), "{answer:?}");
    // Of both, a writer finds the one that writes.
    let of_primary = primary.url(&database);
    let (here, there) = (folder(&url), folder(&of_primary));
    let both = format!("postgresql://postgres@{here},{there}/{database}");
    let store = PostgresStore::connect(&both).unwrap();
    assert_eq!(append(&store, BOOK, 1), 7);
    drop(store);
    primary.kill().unwrap();
    standby.promote().unwrap();
    standby.set("synchronous_standby_names", "").unwrap();
    let store = PostgresStore::connect(&both).unwrap();
    assert_eq!(append(&store, BOOK, 1), 8);
}

/// Host and port of a URL.
fn folder(url: &str) -> &str {
    url.split(['@', '/']).nth(3).unwrap()
}

/// A primary that waits for a standby, and the URL of a database.
fn pair() -> (Server, Server, String) {
    let primary = Server::start(&Settings::new()).unwrap();
    let standby = primary.standby("one", &Settings::new()).unwrap();
    primary.wait_for_standby("one").unwrap();
    let url = primary.database(&name()).unwrap();
    (primary, standby, url)
}

/// Who takes the standby's name out lets go of all that wait for it: they are answered as if it were
/// done, and not even a warning is said.
#[test]
fn a_wait_that_ends_because_the_name_is_taken_out_is_unknown() {
    if !offered(module_path!()) {
        return;
    }
    let (primary, standby, url) = pair();
    let shell = Shell::at(&format!("{url}?application_name=shell"));
    let store = PostgresStore::connect(&url).unwrap();
    let mut size = append(&store, BOOK, 2);
    standby.stop().unwrap();
    let named = |names: &str| {
        primary.set("synchronous_standby_names", names).unwrap();
        shell.until(&format!("SELECT current_setting('synchronous_standby_names') = '{names}'"));
    };
    let alone = || store.append(BOOK, 2, &[b"an append"]);
    let in_a_turn = || {
        let turn = store.turn(BOOK, 3, &mut |_, _| ControlFlow::Continue(())).unwrap().unwrap();
        turn.append(&[b"a turn"])
    };
    let ways: [&(dyn Fn() -> Result<TreeHead, AppendError> + Sync); 2] = [&alone, &in_a_turn];
    for way in ways {
        thread::scope(|scope| {
            let appending = scope.spawn(way);
            shell.until(WAITS);
            named("");
            let answer = appending.join().unwrap();
            assert!(matches!(answer, Err(AppendError::Unknown(_))), "{answer:?}");
        });
        // As long as there is no standby, nothing is said of it.
        let answer = store.head(BOOK);
        assert!(matches!(answer, Err(ReadError::Unavailable(_))), "{answer:?}");
        named("one");
        // The wait of a handle that makes sure ends in the same way, and proves as little.
        thread::scope(|scope| {
            let looking = scope.spawn(|| store.head(BOOK));
            shell.until(WAITS);
            named("");
            let answer = looking.join().unwrap();
            assert!(matches!(answer, Err(ReadError::Unavailable(_))), "{answer:?}");
        });
        named("one");
        standby.restart().unwrap();
        size += 1;
        assert_eq!(store.head(BOOK).unwrap().size, size);
        standby.stop().unwrap();
    }
}

/// Another handle's record whose wait was broken off can be seen on the primary, and may be lost with it:
/// a handle that promises the standby shows it when the standby has it.
#[test]
fn nothing_of_another_handle_is_shown_before_it_is_replicated() {
    if !offered(module_path!()) {
        return;
    }
    let (primary, standby, url) = pair();
    let shell = Shell::at(&format!("{url}?application_name=shell"));
    let one = PostgresStore::connect(&url).unwrap();
    let two = Options::new().wait(Duration::from_secs(1)).connect(&url).unwrap();
    assert_eq!(append(&one, BOOK, 2), 2);
    assert_eq!(append(&two, BOOK, 1), 3);
    assert_eq!(all(&one, BOOK).unwrap().len(), 3);
    standby.stop().unwrap();
    thread::scope(|scope| {
        let appending = scope.spawn(|| one.append(BOOK, 3, &[b"not replicated"]));
        shell.until(WAITS);
        shell.rows(&format!("SELECT pg_cancel_backend(pid) {WAITING}"));
        let answer = appending.join().unwrap();
        assert!(matches!(answer, Err(AppendError::Unknown(_))), "{answer:?}");
    });
    // The control: it is there for all to see.
    assert_eq!(PostgresStore::read_only(&url).unwrap().head(BOOK).unwrap().size, 4);
    let nothing = |position, _: &[u8]| -> ControlFlow<()> { panic!("{position} is shown") };
    let unavailable = |answer: Result<(), ReadError>| {
        assert!(matches!(answer, Err(ReadError::Unavailable(_))), "{answer:?}");
    };
    unavailable(two.head(BOOK).map(drop));
    unavailable(two.read(BOOK, 1, &mut nothing.clone()));
    unavailable(two.read_one(BOOK, 4).map(drop));
    unavailable(two.verify(BOOK).map(drop));
    unavailable(two.books().map(drop));
    let answer = two.append(BOOK, 4, &[]);
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    let answer = two.turn(BOOK, 4, &mut nothing.clone()).map(drop);
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    assert_eq!(two.read_one(BOOK, 3).unwrap(), Some(record(3)), "what is sure is shown");
    // The standby has it: it is shown, by whichever call is first, and is there when the primary is lost.
    standby.restart().unwrap();
    shell.until("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')");
    let mut seen = 0;
    let turn = two.turn(BOOK, 4, &mut |_, _| {
        seen += 1;
        ControlFlow::Continue(())
    });
    let turn = turn.unwrap().unwrap();
    assert_eq!(two.read_one(BOOK, 4).unwrap().as_deref(), Some(&b"not replicated"[..]));
    drop(turn);
    assert_eq!((seen, all(&two, BOOK).unwrap().len()), (1, 4));
    assert_eq!(two.books().unwrap(), [BOOK]);
    primary.kill().unwrap();
    standby.promote().unwrap();
    let promoted = standby.url(url.rsplit('/').next().unwrap());
    assert_eq!(PostgresStore::read_only(&promoted).unwrap().head(BOOK).unwrap().size, 4);
}
