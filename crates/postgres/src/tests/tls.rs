//! Connections over TLS: only to a server whose certificate is believed.

use tuanzhang_log::Store;
use tuanzhang_pgserver::{Options as Settings, Server};

use super::given::{BOOK, append, offered};
use crate::{OpenError, Options, PostgresStore};

#[test]
fn a_server_is_met_over_tls_and_its_certificate_looked_at() {
    if !offered(module_path!()) {
        return;
    }
    let server = Server::start(&Settings::new().with_tls()).unwrap();
    server.database("books").unwrap();
    let plain = server.tcp_url("books").unwrap();
    let url = format!("{plain}&sslmode=require");
    let certificates = server.certificates().unwrap();
    let (root, other) = (certificates.root(), certificates.other_root());

    let store = Options::new().root_certificates(&root).connect(&url).unwrap();
    append(&store, BOOK, 3);
    let over_tls = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                    WHERE application_name = 'tuanzhang'";
    assert_eq!(server.sql("books", over_tls).unwrap(), "t");
    let in_url = format!("{plain}&sslmode=verify-full&sslrootcert={}", root.display());
    assert_eq!(PostgresStore::read_only(&in_url).unwrap().verify(BOOK).unwrap().records, 3);
    drop(store);

    // Another's root, the system's, another name than the certificate's.
    let elsewhere = format!("postgres://postgres@db.example:{}/books", server.port().unwrap());
    let elsewhere = format!("{elsewhere}?hostaddr=127.0.0.1");
    for (options, url) in [
        (Options::new().root_certificates(&other), &url),
        (Options::new(), &url),
        (Options::new().root_certificates(&root), &elsewhere),
    ] {
        match options.connect(url) {
            Err(OpenError::Unavailable(cause)) => {
                let text = cause.to_string();
                assert!(text.contains("certificate"), "{text}");
            }
            answer => panic!("{answer:?}"),
        }
    }
    for file in ["/nowhere/root.pem", "/dev/null"] {
        let answer = Options::new().root_certificates(file).connect(&url);
        assert!(matches!(answer, Err(OpenError::Address(_))), "{answer:?}");
    }
    // A server that has none, where it is wanted.
    let bare = Server::start(&Settings::new().with_tcp()).unwrap();
    let url = format!("{}&sslmode=require", bare.tcp_url("postgres").unwrap());
    let answer = Options::new().root_certificates(&root).connect(&url);
    assert!(matches!(answer, Err(OpenError::Unavailable(_))), "{answer:?}");
}
