//! An append that is delivered late: the handle was cut off from it, has gone on, and then it comes.

use std::time::Duration;

use tuanzhang_log::{AppendError, ReadError, Store};
use tuanzhang_pgserver::{Proxy, Server};
use tuanzhang_postgres::{Options, PostgresStore};

use crate::given::{BOOK, all, append, records, server};

/// What the handle does between the loss of the answer and the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Looks at the head.
    Looks,
    /// Appends nothing, as the ledger does to confirm a refusal.
    Confirms,
    /// Appends something else.
    Appends,
}

/// What became of the append that was delivered late.
#[derive(Debug, PartialEq, Eq)]
enum Became {
    /// The handle was told that it isn't there, and it never came.
    Kept,
    /// The handle was told that it isn't there, and then it came.
    Broken,
    /// The handle was told nothing: the server was at work on it.
    Open,
}

fn tell(store: &dyn Store, then: Then, size: u64) -> Result<u64, String> {
    let told = match then {
        Then::Looks => store.head(BOOK).map_err(|error: ReadError| error.to_string())?,
        Then::Confirms => append(store, size, &[]).map_err(|error| error.to_string())?,
        Then::Appends => append(store, size, &records(99, 1)).map_err(|error| error.to_string())?,
    };
    Ok(told.size)
}

/// Messages of a statement: Parse, Bind, Describe, Execute, Sync.
const MESSAGES: u64 = 5;

/// Holds the append from the nth message on; `fenced` by the handle that lost it, or told by another one.
fn delay(server: &Server, name: &str, size: u64, at: u64, then: Then, fenced: bool) -> Became {
    let direct = server.database(name).unwrap();
    let proxy = Proxy::start(server).unwrap();
    let open = |url: &str| Options::new().wait(Duration::from_secs(1)).connect(url).unwrap();
    let store = open(&proxy.url(name));
    let witness = PostgresStore::connect(&direct).unwrap();
    if size > 0 {
        append(&store, 0, &records(0, size)).unwrap();
    } else {
        // So that the connection is there.
        store.head(BOOK).unwrap();
    }
    // A book that isn't there is looked for before the append.
    let looked = if size == 0 { MESSAGES } else { 0 };
    proxy.hold(looked + at);
    let late = records(1, 2);
    match append(&store, size, &late) {
        Err(AppendError::Unknown(_)) => {}
        other => panic!("message {at}: {other:?}"),
    }
    assert!(proxy.wait_for_held());
    let anew;
    let handle: &dyn Store = if fenced {
        &store
    } else {
        anew = open(&direct);
        &anew
    };
    let told = tell(handle, then, size);
    proxy.deliver().unwrap();
    assert!(proxy.settle());
    let there = all(&witness, size + 1).unwrap();
    let mine = |records: &[Vec<u8>]| records.iter().any(|record| late.contains(record));
    match told {
        Ok(_) if mine(&there) => Became::Broken,
        Ok(told) => {
            assert_eq!(u64::try_from(there.len()).unwrap(), told - size, "{at} {then:?}");
            Became::Kept
        }
        Err(why) => {
            assert!(why.contains("unavailable"), "{why}");
            // Now it can be told, and truly.
            assert_eq!(handle.head(BOOK).unwrap().size, size + 2, "{at} {then:?}");
            Became::Open
        }
    }
}

#[test]
fn what_the_handle_was_told_is_not_there_never_comes() {
    let Some(server) = server("delayed appends") else { return };
    let (mut kept, mut open) = (0, 0);
    for size in [0, 3] {
        for then in [Then::Looks, Then::Confirms, Then::Appends] {
            for at in 1..=MESSAGES {
                match delay(server, "late", size, at, then, true) {
                    Became::Kept => kept += 1,
                    Became::Open => open += 1,
                    Became::Broken => panic!("size {size}, message {at}, {then:?}: it came"),
                }
            }
        }
    }
    println!(
        "{} appends delivered late: {kept} times told that it is not there, and it never came; {open} times \
         the server was at work on it already, and the handle was told nothing until it was there",
        kept + open
    );
    assert!(kept > 0 && open > 0);
}

/// The control: whoever looks without a fence is told that it isn't there, and then it comes.
#[test]
fn the_control_without_the_fence_sees_it_come() {
    let Some(server) = server("delayed appends") else { return };
    let mut broken = 0;
    for size in [0, 3] {
        for then in [Then::Looks, Then::Confirms] {
            let became = delay(server, "late_control", size, 1, then, false);
            broken += u64::from(became == Became::Broken);
        }
    }
    println!("control, another handle looked, without a fence: {broken} of 4 came afterwards");
    assert_eq!(broken, 4);
}
