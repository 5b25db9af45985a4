//! Roles with few rights, and what is said where trying again changes nothing.

use super::given::{BOOK, Shell, append, database, name, server};
use crate::{OpenError, PostgresStore};

/// The URL as another role.
fn by(url: &str, role: &str) -> String {
    url.replacen("postgres@", &format!("{role}@"), 1)
}

#[test]
fn a_role_that_owns_the_schema_needs_no_right_on_the_database() {
    let server = server!();
    let url = database(server);
    let (shell, role) = (Shell::at(&url), format!("owner_{}", name()));
    shell.run(&format!("CREATE ROLE {role} LOGIN; CREATE SCHEMA tuanzhang AUTHORIZATION {role}"));
    let denied = Shell::at(&by(&url, &role)).try_run("CREATE SCHEMA another");
    assert!(denied.unwrap_err().contains("42501"));
    let store = PostgresStore::connect(&by(&url, &role)).unwrap();
    assert_eq!(append(&store, BOOK, 3), 3);
}

#[test]
fn what_stays_refused_says_what_to_do() {
    let server = server!();
    let url = database(server);
    let role = format!("guest_{}", name());
    Shell::at(&url).run(&format!("CREATE ROLE {role} LOGIN"));
    let taken = database(server);
    Shell::at(&taken).run("CREATE SCHEMA tuanzhang; CREATE TABLE tuanzhang.records (name text)");
    for (url, says) in [
        (server.url("no_such_database"), "createdb"),
        (by(&url, "nobody"), "pg_hba.conf"),
        (by(&url, &role), "Roles"),
        (taken, "another database"),
    ] {
        match PostgresStore::connect(&url) {
            Err(error @ OpenError::Refused(_)) => {
                let text = error.to_string();
                assert!(text.contains(says) && !text.contains("try again"), "{text}");
            }
            answer => panic!("{answer:?}"),
        }
    }
}
