//! What doesn't answer in time: a host that says nothing, a row that somebody keeps.

use std::net::TcpListener;
use std::time::Duration;

use tuanzhang_log::Store;
use tuanzhang_pgserver::{Options as Settings, Server};

use super::given::{BOOK, Shell, append, database, offered, record, server};
use crate::{OpenError, Options};

/// A host that takes connections and never answers costs its share of the wait, its handshake included.
#[test]
fn a_silent_host_leaves_time_for_the_one_that_answers() {
    if !offered(module_path!()) {
        return;
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().port();
    let server = Server::start(&Settings::new().with_tcp()).unwrap();
    server.database("books").unwrap();
    let port = server.port().unwrap();
    let options = Options::new().wait(Duration::from_secs(10));
    let url = format!("postgres://postgres@127.0.0.1:{silent},127.0.0.1:{port}/books");
    let store = options.clone().connect(&url).unwrap();
    assert_eq!(append(&store, BOOK, 3), 3);
    assert_eq!(options.read_only(&url).unwrap().head(BOOK).unwrap().size, 3);

    // None answers: each is named.
    let url = format!("postgres://postgres@127.0.0.1:{silent},127.0.0.1:1/books");
    match Options::new().wait(Duration::from_secs(1)).connect(&url) {
        Err(OpenError::Unavailable(cause)) => {
            let text = cause.to_string();
            for part in
                [format!("127.0.0.1:{silent}/books: no answer"), "127.0.0.1:1/books: ".into()]
            {
                assert!(text.contains(&part), "{text}");
            }
        }
        answer => panic!("{answer:?}"),
    }
}

/// Who has given up leaves nobody behind in the server who still waits for the row.
#[test]
fn a_call_that_gives_up_leaves_no_backend_at_a_lock() {
    let server = server!();
    let url = database(server);
    let store = Options::new().wait(Duration::from_millis(300)).connect(&url).unwrap();
    append(&store, BOOK, 2);
    let shell = Shell::at(&format!("{url}?application_name=shell"));
    shell.run("BEGIN");
    shell.rows("SELECT size FROM tuanzhang.streams FOR UPDATE");
    for _ in 0..4 {
        let answer = store.append(BOOK, 2, &[&record(3)]);
        assert!(answer.is_err(), "{answer:?}");
    }
    // Its own transaction sees the activity as it first was.
    let looking = Shell::at(&format!("{url}?application_name=looking"));
    looking.until(
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'tuanzhang' \
         AND datname = current_database() AND wait_event_type = 'Lock')",
    );
    // The row is still kept, so it wasn't this that let them go.
    let kept = looking.try_run("SELECT size FROM tuanzhang.streams FOR UPDATE NOWAIT");
    assert!(kept.is_err(), "{kept:?}");
    shell.run("ROLLBACK");
    let size = store.head(BOOK).unwrap().size;
    assert_eq!(size, 2);
    append(&store, BOOK, 1);
}
