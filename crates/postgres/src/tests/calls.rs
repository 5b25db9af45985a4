//! Opening, and what is answered where nothing is wrong with the bytes.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tuanzhang_journal::Journal;
use tuanzhang_log::{
    AppendError, Durability, MemoryStore, ReadError, Store, TreeHead, Writers, copy,
};
use tuanzhang_pgserver::{Options as Settings, Server};

use super::given::{
    BOOK, OTHER, PATIENCE, Shell, all, append, database, name, offered, record, server, written,
};
use crate::{OpenError, Options, PostgresStore};

#[test]
fn what_is_missing_newer_or_no_server_is_said() {
    let server = server!();
    let url = database(server);
    for answer in [PostgresStore::open_existing(&url), PostgresStore::read_only(&url)] {
        assert!(matches!(answer, Err(OpenError::Missing { .. })), "{answer:?}");
    }
    let shell = Shell::at(&url);
    assert_eq!(shell.number("SELECT count(*) FROM pg_namespace WHERE nspname = 'tuanzhang'"), 0);
    drop(PostgresStore::connect(&url).unwrap());
    assert_eq!(PostgresStore::open_existing(&url).unwrap().books().unwrap(), []);
    assert_eq!(PostgresStore::read_only(&url).unwrap().books().unwrap(), []);

    shell.run("UPDATE tuanzhang.schema SET version = 7");
    for answer in [PostgresStore::connect(&url), PostgresStore::read_only(&url)] {
        let error = answer.unwrap_err();
        let newer = matches!(error, OpenError::NeedsNewerVersion { found: 7, known: 1, .. });
        assert!(newer, "{error}");
    }
    shell.run("DELETE FROM tuanzhang.schema");
    let answer = PostgresStore::connect(&url);
    assert!(matches!(answer, Err(OpenError::Damaged(_))), "{answer:?}");

    let answer = PostgresStore::connect("postgres://127.0.0.1:1/books");
    assert!(matches!(answer, Err(OpenError::Unavailable(_))), "{answer:?}");
    for url in ["books", "mysql://h/d", "postgres://localhost/d?sslmode=maybe"] {
        let answer = PostgresStore::connect(url);
        assert!(matches!(answer, Err(OpenError::Address(_))), "{answer:?}");
    }
}

#[test]
fn guarantees_are_what_the_server_answers() {
    let server = server!();
    let url = database(server);
    let guarantees = PostgresStore::connect(&url).unwrap().guarantees();
    assert_eq!((guarantees.durability, guarantees.writers), (Durability::Disk, Writers::Many));

    let weak = Server::start(&Settings::new().set("fsync", "off")).unwrap();
    let url = weak.database("books").unwrap();
    let store = PostgresStore::connect(&url).unwrap();
    assert_eq!(store.guarantees().durability, Durability::Process);
    append(&store, BOOK, 2);
    let strict = Options::new().require(Durability::Disk).connect(&url).unwrap();
    assert_eq!(strict.guarantees().durability, Durability::Process);
    refuses_to_write(&strict, 2);
    // What is required less is promised less.
    let lax = Options::new().require(Durability::Process).connect(&database(server)).unwrap();
    assert_eq!(lax.guarantees().durability, Durability::Process);
}

/// Wants an append refused for what the server would make of it, and nothing written.
fn refuses_to_write(store: &PostgresStore, size: u64) {
    match store.append(BOOK, size, &[b"more"]) {
        Err(AppendError::Unavailable(cause)) => {
            assert!(cause.to_string().contains("fsync"), "{cause}");
        }
        answer => panic!("{answer:?}"),
    }
    assert_eq!(store.head(BOOK).unwrap().size, size);
}

/// A role's or a database's setting doesn't weaken an append; a stricter one stays.
#[test]
fn what_a_commit_waits_for_is_set_in_the_append_itself() {
    let server = server!();
    let url = database(server);
    let shell = Shell::at(&url);
    shell.run(&format!(
        "ALTER DATABASE {name} SET synchronous_commit = off; \
         ALTER DATABASE {name} SET client_min_messages = error; \
         ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'",
        name = url.rsplit('/').next().unwrap()
    ));
    let store = PostgresStore::connect(&url).unwrap();
    // What an append commits under is seen by a trigger at its end.
    shell.run(
        "CREATE TABLE public.seen (setting text); \
         CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           INSERT INTO public.seen VALUES (current_setting('synchronous_commit') || ' ' \
             || current_setting('client_min_messages')); RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER see AFTER INSERT ON tuanzhang.appends \
           DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.see()",
    );
    append(&store, BOOK, 1);
    store
        .turn(BOOK, 1, &mut |_, _| ControlFlow::Break(()))
        .unwrap()
        .unwrap()
        .append(&[b"2"])
        .unwrap();
    shell.run(&format!(
        "ALTER DATABASE {} SET synchronous_commit = remote_apply",
        url.rsplit('/').next().unwrap()
    ));
    append(&PostgresStore::connect(&url).unwrap(), BOOK, 1);
    let seen: Vec<String> =
        shell.rows("SELECT setting FROM public.seen").iter().map(|row| row.get(0)).collect();
    assert_eq!(seen, ["on warning", "on warning", "remote_apply warning"]);
}

/// One database with the app's own tables, and both go on.
#[test]
fn an_apps_own_database_stays_the_apps() {
    let server = server!();
    let url = database(server);
    let app = Shell::at(&url);
    app.run("CREATE TABLE records (name text); INSERT INTO records VALUES ('tea')");
    let objects = "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace \
                   WHERE nspname NOT IN ('tuanzhang', 'pg_catalog', 'information_schema', 'pg_toast')";
    let before = app.number(objects);
    let store = PostgresStore::connect(&url).unwrap();
    append(&store, BOOK, 3);
    assert_eq!(app.number(objects), before, "all is in a schema of its own");
    app.run("INSERT INTO records VALUES ('rice')");
    append(&store, BOOK, 1);
    assert_eq!(app.number("SELECT count(*) FROM records"), 2);
}

#[test]
fn the_shell_can_neither_change_nor_delete_what_a_book_has() {
    let server = server!();
    let url = written(server);
    let shell = Shell::at(&url);
    for sql in [
        "UPDATE tuanzhang.records SET record = '\\x00'",
        "DELETE FROM tuanzhang.records",
        "TRUNCATE tuanzhang.records",
        "UPDATE tuanzhang.appends SET count = 1",
        "DELETE FROM tuanzhang.appends",
        "TRUNCATE tuanzhang.appends",
        "DELETE FROM tuanzhang.streams",
        "TRUNCATE tuanzhang.streams",
        "UPDATE tuanzhang.streams SET size = 1",
        "UPDATE tuanzhang.streams SET size = size + 1, epoch = epoch + 1",
        "UPDATE tuanzhang.streams SET root = '\\x00', epoch = epoch + 1",
        "UPDATE tuanzhang.streams SET epoch = 0",
        "UPDATE tuanzhang.streams SET sum = 0",
        "UPDATE tuanzhang.streams SET kind = 3, size = size + 1",
    ] {
        let refused = shell.try_run(sql).unwrap_err();
        assert!(refused.contains("tuanzhang: "), "{sql}: {refused}");
    }
    assert_eq!(PostgresStore::connect(&url).unwrap().verify(BOOK).unwrap().records, 12);
}

/// What is needed once the tables are there, and no more.
#[test]
fn roles_need_no_right_but_to_what_they_do() {
    let server = server!();
    let url = written(server);
    let database = url.rsplit('/').next().unwrap().to_owned();
    let role = |name: &str| url.replace("postgres@", &format!("{name}@"));
    let (writer, reader, nobody) =
        (format!("w_{database}"), format!("r_{database}"), format!("n_{database}"));
    Shell::at(&url).run(&format!(
        "CREATE ROLE {writer} LOGIN; CREATE ROLE {reader} LOGIN; CREATE ROLE {nobody} LOGIN; \
         REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
         GRANT USAGE ON SCHEMA tuanzhang TO {writer}, {reader}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA tuanzhang TO {writer}, {reader}; \
         GRANT INSERT ON tuanzhang.streams, tuanzhang.records, tuanzhang.appends, tuanzhang.kinds \
           TO {writer}; \
         GRANT UPDATE ON tuanzhang.streams, tuanzhang.schema, tuanzhang.kinds TO {writer}"
    ));
    let store = PostgresStore::connect(&role(&writer)).unwrap();
    append(&store, BOOK, 1);
    store
        .turn(BOOK, 1, &mut |_, _| ControlFlow::Continue(()))
        .unwrap()
        .unwrap()
        .append(&[b"14"])
        .unwrap();
    store.name_kinds([(64, "order_placed")]).unwrap();
    assert_eq!(store.verify(BOOK).unwrap().records, 14);

    let store = PostgresStore::read_only(&role(&reader)).unwrap();
    assert_eq!(store.verify(BOOK).unwrap().records, 14);
    assert_eq!(store.books().unwrap().len(), 2);
    Shell::at(&role(&reader)).rows("SELECT * FROM tuanzhang.events");
    // Who has no right to write is told so, and no harm is done.
    let store = PostgresStore::connect(&role(&reader)).unwrap();
    let answer = store.append(BOOK, 14, &[b"more"]);
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");

    for answer in [PostgresStore::connect(&role(&nobody)), PostgresStore::read_only(&role(&nobody))]
    {
        assert!(matches!(answer, Err(OpenError::Refused(_))), "{answer:?}");
    }
}

#[test]
fn a_row_that_is_kept_is_unknown_and_then_it_is_made_sure_of() {
    let server = server!();
    let url = database(server);
    let store = Options::new().wait(Duration::from_millis(500)).connect(&url).unwrap();
    append(&store, BOOK, 2);
    let other = Shell::at(&url);
    other.run("BEGIN; SELECT 1 FROM tuanzhang.streams FOR UPDATE");
    let answer = store.append(BOOK, 2, &[b"third"]);
    assert!(matches!(answer, Err(AppendError::Unknown(_))), "{answer:?}");
    // As long as it may still come, nothing is said of it.
    let answer = store.head(BOOK);
    assert!(matches!(answer, Err(ReadError::Unavailable(_))), "{answer:?}");
    assert_eq!(PostgresStore::read_only(&url).unwrap().head(BOOK).unwrap().size, 2);
    other.run("COMMIT");
    let size = store.head(BOOK).unwrap().size;
    assert!(size == 2 || size == 3, "{size}");
    assert_eq!(append(&store, BOOK, 1), size + 1);
    assert_eq!(all(&store, BOOK).unwrap().len() as u64, size + 1, "what was in doubt never comes");
}

#[test]
fn two_handles_on_one_book_race_openly() {
    let server = server!();
    let url = database(server);
    let (one, other) =
        (PostgresStore::connect(&url).unwrap(), PostgresStore::connect(&url).unwrap());
    append(&one, BOOK, 3);
    assert_eq!(append(&other, BOOK, 2), 5);
    match one.append(BOOK, 3, &[b"late"]) {
        Err(AppendError::Raced { expected: 3, actual: 5 }) => {}
        answer => panic!("{answer:?}"),
    }
    assert_eq!(one.head(BOOK).unwrap(), other.head(BOOK).unwrap());
}

#[test]
fn a_reader_has_no_way_to_write_and_sees_what_comes() {
    let server = server!();
    let url = written(server);
    let (reader, writer) =
        (PostgresStore::read_only(&url).unwrap(), PostgresStore::connect(&url).unwrap());
    let answer = reader.append(BOOK, 12, &[b"more"]);
    assert!(matches!(answer, Err(AppendError::ReadOnly)), "{answer:?}");
    let answer = reader.activity().unwrap().append(BOOK, 3, &[b"more"]);
    assert!(matches!(answer, Err(AppendError::ReadOnly)), "{answer:?}");
    let answer = reader.turn(BOOK, 1, &mut |_, _| ControlFlow::Continue(()));
    assert!(matches!(answer, Err(AppendError::ReadOnly)));
    assert!(matches!(reader.name_kinds([(1, "one")]), Err(AppendError::ReadOnly)));
    append(&writer, BOOK, 1);
    assert_eq!(reader.head(BOOK).unwrap(), writer.head(BOOK).unwrap());
    assert_eq!(reader.verify(BOOK).unwrap().records, 13);
}

/// Neither a lock nor a snapshot is held while a visitor looks.
#[test]
fn a_visitor_may_append_and_no_snapshot_is_held_meanwhile() {
    let server = server!();
    let url = database(server);
    let store = PostgresStore::connect(&url).unwrap();
    append(&store, BOOK, 3);
    let shell = Shell::at(&url);
    let mut seen = Vec::new();
    store
        .read(BOOK, 1, &mut |position, record| {
            seen.push((position, record.to_vec()));
            append(&store, BOOK, 1);
            let held = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                        AND pid <> pg_backend_pid() AND (backend_xmin IS NOT NULL OR state <> 'idle')";
            assert_eq!(shell.number(held), 0);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, [1, 2, 3].map(|position| (position, record(position))));
    assert_eq!(store.head(BOOK).unwrap().size, 6);
}

#[test]
fn positions_that_no_column_holds_are_answered() {
    let server = server!();
    let url = written(server);
    let store = PostgresStore::connect(&url).unwrap();
    for position in [0, 13, 1 << 63, u64::MAX] {
        assert_eq!(store.read_one(BOOK, position).unwrap(), None);
    }
    store.read(BOOK, u64::MAX, &mut |_, _| panic!("there is nothing")).unwrap();
    for expected in [13, 1 << 63, u64::MAX] {
        let answer = store.append(BOOK, expected, &[b"far"]);
        assert!(matches!(answer, Err(AppendError::Raced { actual: 12, .. })), "{answer:?}");
    }
    assert_eq!(store.head(BOOK.of_activity()).unwrap(), TreeHead::EMPTY);
    let activity = store.activity().unwrap();
    assert!(matches!(activity.activity(), Err(ReadError::Unavailable(_))));
}

/// Large records and many small ones come in chunks that are bounded in bytes and in number.
#[test]
fn chunks_of_large_and_small_records_are_gapless() {
    let server = server!();
    let url = database(server);
    let store = PostgresStore::connect(&url).unwrap();
    let large = vec![7; 1 << 20];
    let mut written = 0;
    for batch in
        [vec![&b"s"[..]; 9_000], vec![&large[..]; 9], vec![&b""[..]; 5_000], vec![&large; 3]]
    {
        written = store.append(BOOK, written, &batch).unwrap().size;
    }
    let read = all(&store, BOOK).unwrap();
    assert!(read.iter().map(|(position, _)| *position).eq(1..=written));
    let of = |length: usize| read.iter().filter(|(_, record)| record.len() == length).count();
    assert_eq!((of(1), of(1 << 20), of(0)), (9_000, 12, 5_000));
    let coverage = store.verify(BOOK).unwrap();
    assert_eq!((coverage.records, coverage.frames), (written, 4));
}

/// Journal to database, database to another and to memory, back to a journal.
#[test]
fn a_book_and_its_activity_go_from_store_to_store_with_their_roots() {
    let server = server!();
    let folder = TempDir::new().unwrap();
    let journal = Journal::at(folder.path().join("journal")).unwrap();
    for count in [1, 300, 20, 7] {
        append(&journal, BOOK, count);
    }
    append(&*journal.activity().unwrap(), BOOK, 40);
    let database_one = PostgresStore::connect(&database(server)).unwrap();
    let another = PostgresStore::connect(&database(server)).unwrap();
    let (memory, back) = (MemoryStore::new(), Journal::at(folder.path().join("back")).unwrap());
    let ways: [(&dyn Store, &dyn Store); 4] = [
        (&journal, &database_one),
        (&database_one, &another),
        (&another, &memory),
        (&memory, &back),
    ];
    for (from, to) in ways {
        let copied = copy::book(from, to, BOOK, &mut |_| {}).unwrap();
        assert_eq!((copied.before, copied.copied), (0, 328));
        let copied = copy::activity(from, to, BOOK, &mut |_| {}).unwrap();
        assert_eq!(copied.copied, 40);
        assert_eq!(to.verify(BOOK).unwrap().head, journal.head(BOOK).unwrap());
    }
    append(&journal, BOOK, 5);
    let copied = copy::book(&journal, &database_one, BOOK, &mut |_| {}).unwrap();
    assert_eq!((copied.before, copied.copied), (328, 5));
    append(&memory, OTHER, 4);
    copy::book(&memory, &database_one, OTHER, &mut |_| {}).unwrap();
    assert_eq!(database_one.books().unwrap().len(), 2);
}

/// Threads that open a new database at once each get the tables.
#[test]
fn many_that_open_a_new_database_at_once_all_get_it() {
    let server = server!();
    let url = database(server);
    let start = std::sync::Barrier::new(6);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                start.wait();
                let store = PostgresStore::connect(&url).unwrap();
                loop {
                    let size = store.head(BOOK).unwrap().size;
                    match store.append(BOOK, size, &[&record(size + 1)]) {
                        Ok(_) => break,
                        Err(AppendError::Raced { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
            });
        }
    });
    let sizes = PostgresStore::read_only(&url).unwrap().verify(BOOK).unwrap();
    assert_eq!((sizes.records, sizes.frames), (6, 6));
}

/// More threads than connections: each waits, and none is refused.
#[test]
fn connections_are_shared_by_more_threads_than_there_are() {
    let server = server!();
    let url = database(server);
    let store = Options::new().connections(2).wait(PATIENCE).connect(&url).unwrap();
    thread::scope(|scope| {
        for number in 0..12_u8 {
            let store = &store;
            scope.spawn(move || {
                let book = tuanzhang_log::BookKey([number; 16]);
                for size in 0..10 {
                    store.append(book, size, &[&record(size + 1)]).unwrap();
                }
            });
        }
    });
    assert_eq!(store.books().unwrap().len(), 12);
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                AND application_name = 'tuanzhang' AND pid <> pg_backend_pid()";
    assert!(Shell::at(&url).number(open) <= 2);
}

/// What is idle when the server ends is opened anew, and nobody notices.
#[test]
fn a_server_that_was_restarted_is_met_again() {
    if !offered(module_path!()) {
        return;
    }
    let server = Server::start(&Settings::new()).unwrap();
    let store = PostgresStore::connect(&server.database(&name()).unwrap()).unwrap();
    append(&store, BOOK, 3);
    server.stop().unwrap();
    let answer = store.append(BOOK, 3, &[b"meanwhile"]);
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    let answer = store.head(BOOK);
    assert!(matches!(answer, Err(ReadError::Unavailable(_))), "{answer:?}");
    server.restart().unwrap();
    assert_eq!(append(&store, BOOK, 1), 4);
    server.kill().unwrap();
    server.restart().unwrap();
    assert_eq!(store.verify(BOOK).unwrap().records, 4);
}

/// A handle blocks its thread, and may be used and dropped where an app's own runtime runs.
#[test]
fn it_works_within_an_apps_runtime() {
    let server = server!();
    let url = database(server);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Arc::new(PostgresStore::connect(&url).unwrap());
        for size in 0..300 {
            store.append(BOOK, size, &[b"record"]).unwrap();
        }
        let moved = Arc::clone(&store);
        tokio::task::spawn_blocking(move || append(&*moved, BOOK, 1)).await.unwrap();
        assert_eq!(store.verify(BOOK).unwrap().records, 301);
    });
}

/// The server that the figures in the documentation are of.
#[test]
fn the_server_says_its_version() {
    let server = server!();
    println!("{}", server.sql("postgres", "SELECT version()").unwrap());
}
