//! Encrypted connections, to a server that can prove who it is.

use tuanzhang_log::Store;
use tuanzhang_pgserver::{Options, Server};
use tuanzhang_postgres::{OpenError, Options as Opening, PostgresStore};

use crate::given::{BOOK, append, here, records};

#[test]
fn a_server_is_believed_under_its_root_and_by_its_name_only() {
    if !here("TLS", &Server::available()) {
        return;
    }
    let server = Server::start(&Options::new().with_tls()).unwrap();
    server.database("books").unwrap();
    let certificates = server.certificates().unwrap();
    let port = server.port().unwrap();
    let at = |host: &str| {
        format!("postgresql://postgres@{host}:{port}/books?hostaddr=127.0.0.1&sslmode=verify-full")
    };
    let open = |host, root| Opening::new().root_certificates(root).connect(&at(host));

    let store = open("localhost", certificates.root()).unwrap();
    append(&store, 0, &records(1, 3)).unwrap();
    assert_eq!(store.head(BOOK).unwrap().size, 3);
    let encrypted = "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) \
                     where application_name = 'tuanzhang'";
    assert_eq!(server.sql("books", encrypted).unwrap(), "t");
    let url = format!("{}&sslrootcert={}", at("localhost"), certificates.root().display());
    assert_eq!(PostgresStore::connect(&url).unwrap().head(BOOK).unwrap().size, 3);

    let mut refused = Vec::new();
    for (what, opened) in [
        ("another root", open("localhost", certificates.other_root())),
        ("another name", open("db.example", certificates.root())),
        ("the system's roots", PostgresStore::connect(&at("localhost"))),
    ] {
        match opened {
            Err(OpenError::Unavailable(cause)) => refused.push(format!("{what}: {cause}")),
            other => panic!("{what}: {other:?}"),
        }
    }
    println!("TLS: the right root and name go through; refused: {refused:#?}");
    // The control: who doesn't look is let in by the same server.
    let plain = format!("postgresql://postgres@localhost:{port}/books?sslmode=disable");
    PostgresStore::connect(&plain).unwrap();
}

/// A server that has no certificate is not spoken to in the clear where encryption was asked for.
#[test]
fn a_server_without_encryption_is_refused_where_it_was_asked_for() {
    if !here("TLS", &Server::available()) {
        return;
    }
    let server = Server::start(&Options::new().with_tcp()).unwrap();
    let url = server.tcp_url("postgres").unwrap();
    let opened = PostgresStore::connect(&format!("{url}&sslmode=require"));
    assert!(matches!(opened, Err(OpenError::Unavailable(_))), "{opened:?}");
    PostgresStore::connect(&url).unwrap();
}
