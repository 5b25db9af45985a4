//! Backups as the documentation has them, beside a writer: whole, and gone on from.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tempfile::TempDir;
use tuanzhang_log::{Store, copy};
use tuanzhang_pgserver::{Options as Settings, Server};

use super::given::{BOOK, OTHER, append, name, offered, server, skipped};
use crate::PostgresStore;

/// One of `PostgreSQL`'s programs, beside those that the servers are.
fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = versions.map(|version| version.path().join("bin").join(name));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(name)).collect::<Vec<_>>();
    installed.chain(on_path).find(|path| path.is_file())
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

#[test]
fn a_dump_beside_a_writer_is_restored_on_another_server_with_its_roots() {
    let server = server!();
    let (Some(dump), Some(restore)) = (program("pg_dump"), program("pg_restore")) else {
        skipped(module_path!(), "no pg_dump and pg_restore");
        return;
    };
    let another = Server::start(&Settings::new()).unwrap();
    let url = server.database(&name()).unwrap();
    let store = PostgresStore::connect(&url).unwrap();
    append(&store, BOOK, 200);
    append(&store, OTHER, 3);
    append(&*store.activity().unwrap(), BOOK, 5);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("books.dump");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                append(&store, BOOK, 3);
            }
        });
        run(Command::new(dump).args(["-Fc", "-n", "tuanzhang", "-f"]).arg(&file).arg(&url));
        done.store(true, Ordering::Release);
        writing.join().unwrap();
    });
    let to = another.database("restored").unwrap();
    run(Command::new(restore).args(["--no-owner", "--exit-on-error", "-d"]).arg(&to).arg(&file));
    let restored = PostgresStore::open_existing(&to).unwrap();
    let coverage = restored.verify(BOOK).unwrap();
    assert!(coverage.records >= 200 && coverage.records < store.head(BOOK).unwrap().size);
    for (one, other) in [(&store, &restored), (&restored, &store)] {
        assert_eq!(one.head(OTHER).unwrap(), other.head(OTHER).unwrap());
    }
    let visits = restored.activity().unwrap().verify(BOOK).unwrap();
    assert_eq!(visits.head, store.activity().unwrap().head(BOOK).unwrap());
    // What came after the backup comes over, and behind it the restored book goes on.
    let copied = copy::book(&store, &restored, BOOK, &mut |_| {}).unwrap();
    assert_eq!(copied.before, coverage.records);
    assert_eq!(restored.verify(BOOK).unwrap().head, store.head(BOOK).unwrap());
    append(&restored, BOOK, 1);
    let refused = another.sql("restored", "DELETE FROM tuanzhang.records").unwrap_err().to_string();
    assert!(refused.contains("tuanzhang: "), "{refused}");
}

/// A copy of the whole server, taken while somebody writes.
#[test]
fn a_base_backup_beside_a_writer_has_all_that_was_answered_before_it() {
    if !offered(module_path!()) {
        return;
    }
    let server = Server::start(&Settings::new()).unwrap();
    let database = name();
    let store = PostgresStore::connect(&server.database(&database).unwrap()).unwrap();
    append(&store, BOOK, 50);
    let done = AtomicBool::new(false);
    let copied = thread::scope(|scope| {
        let writing = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                append(&store, BOOK, 3);
            }
        });
        // `pg_basebackup -X stream`, started as a standby and then on its own.
        let copied = server.standby("copy", &Settings::new()).unwrap();
        copied.promote().unwrap();
        done.store(true, Ordering::Release);
        writing.join().unwrap();
        copied
    });
    let copied = PostgresStore::open_existing(&copied.url(&database)).map(|copy| {
        let coverage = copy.verify(BOOK).unwrap();
        append(&copy, BOOK, 1);
        coverage
    });
    assert!(copied.unwrap().records >= 50);
}
