//! An append that is delivered late: the handle was cut off from it, has gone on, and then it comes.

use std::thread;
use std::time::Duration;

use tuanzhang_log::{AppendError, Store};
use tuanzhang_pgserver::{Proxy, Server};
use tuanzhang_postgres::{Options, PostgresStore};

use crate::given::{BOOK, Way, all, append, records, server};

/// How long the handle waits for an answer: longer than the test keeps it waiting.
const WAIT: Duration = Duration::from_mins(2);

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

/// Who goes on.
#[derive(Clone, Copy, Debug)]
enum By {
    /// The handle that has lost the answer, and raises a fence.
    Itself,
    /// One that knows nothing of it.
    Another,
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

fn tell(store: &dyn Store, then: Then, size: u64) -> Result<u64, AppendError> {
    let told = match then {
        Then::Looks => store.head(BOOK)?,
        Then::Confirms => append(store, size, &[])?,
        Then::Appends => append(store, size, &records(99, 1))?,
    };
    Ok(told.size)
}

/// Messages of a statement: Parse, Bind, Describe, Execute, Sync.
const MESSAGES: u64 = 5;
/// Messages of a turn: `BEGIN`, the row, the append, `COMMIT`.
const TURN_MESSAGES: u64 = 1 + MESSAGES + MESSAGES + 1;

/// An append that is to come late.
#[derive(Clone, Copy, Debug)]
struct Late {
    way: Way,
    /// Records that the book has before.
    size: u64,
    /// The message from which on it is held.
    at: u64,
    then: Then,
}

impl Late {
    /// Holds it, lets the handle go on that has lost the answer, or another one, and delivers it.
    fn became(self, server: &Server, name: &str, by: By) -> Became {
        let Self { way, size, at, then } = self;
        let direct = server.database(name).unwrap();
        let proxy = Proxy::start(server).unwrap();
        let open = |url: &str| Options::new().wait(WAIT).connect(url).unwrap();
        let store = open(&proxy.url(name));
        let witness = PostgresStore::connect(&direct).unwrap();
        if size > 0 {
            append(&store, 0, &records(0, size)).unwrap();
        } else {
            // So that the connection is there.
            store.head(BOOK).unwrap();
        }
        // A book that isn't there is looked for before the append.
        let looked = if size == 0 && way == Way::Append { MESSAGES } else { 0 };
        proxy.hold(looked + at);
        let late = records(1, 2);
        let answer = way.append(&store, size, &late);
        match (way, answer) {
            (_, Err(AppendError::Unknown(_))) => {}
            // Of a turn all but `COMMIT` is rolled back.
            (Way::Turn, Err(AppendError::Unavailable(_))) if at < TURN_MESSAGES => {}
            (_, other) => panic!("{self:?}: {other:?}"),
        }
        assert!(proxy.wait_for_held());
        let anew;
        let handle: &dyn Store = match by {
            By::Itself => &store,
            By::Another => {
                anew = open(&direct);
                &anew
            }
        };
        let (told, early) = thread::scope(|scope| {
            let telling = scope.spawn(|| tell(handle, then, size));
            // It answers, or it waits for the server to be done with the other.
            let waits = "select count(*) > 0 from pg_stat_activity \
                         where wait_event_type = 'Lock' and datname = current_database()";
            while !telling.is_finished() && server.sql(name, waits).unwrap() == "f" {}
            let early = telling.is_finished();
            proxy.deliver().unwrap();
            (telling.join().unwrap(), early)
        });
        assert!(proxy.settle());
        // Whatever became of what this handle itself has lost, it is told now, and truly.
        let now = handle.head(BOOK).unwrap().size;
        let there = all(&witness, size + 1).unwrap();
        let came = there.iter().any(|record| late.contains(record));
        assert_eq!(u64::try_from(there.len()).unwrap(), now - size, "{self:?}");
        match told {
            _ if !early => Became::Open,
            Ok(_) if came => Became::Broken,
            Ok(told) => {
                assert_eq!(told, now, "{self:?}");
                Became::Kept
            }
            Err(error) => panic!("{self:?}: {error}"),
        }
    }
}

#[test]
fn what_the_handle_was_told_is_not_there_never_comes() {
    let Some(server) = server("delayed appends") else { return };
    // A turn whose `BEGIN` is lost begins again on another connection.
    for (way, messages, sizes) in
        [(Way::Append, 1..=MESSAGES, &[0, 3][..]), (Way::Turn, 2..=TURN_MESSAGES, &[3])]
    {
        let (mut kept, mut open) = (0, 0);
        for size in sizes {
            for then in [Then::Looks, Then::Confirms, Then::Appends] {
                for at in messages.clone() {
                    let late = Late { way, size: *size, at, then };
                    match late.became(server, "late", By::Itself) {
                        Became::Kept => kept += 1,
                        Became::Open => open += 1,
                        Became::Broken => panic!("{late:?}: it came"),
                    }
                }
            }
        }
        println!(
            "{way:?}: {} delivered late: {kept} times told that it is not there, and it never came; {open} \
             times the server was at work on it already, and the handle was told nothing before the end",
            kept + open
        );
        assert!(kept > 0 && open > 0);
    }
}

/// The control: whoever looks without a fence is told that it isn't there, and then it comes.
#[test]
fn the_control_without_the_fence_sees_it_come() {
    let Some(server) = server("delayed appends") else { return };
    let mut broken = 0;
    for size in [0, 3] {
        for then in [Then::Looks, Then::Confirms] {
            let late = Late { way: Way::Append, size, at: 1, then };
            let became = late.became(server, "late_control", By::Another);
            broken += u64::from(became == Became::Broken);
        }
    }
    println!("control, another handle looked, without a fence: {broken} of 4 came afterwards");
    assert_eq!(broken, 4);
}
