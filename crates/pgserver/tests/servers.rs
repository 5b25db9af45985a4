//! What a test may rely on: real servers, their ends, standbys, the pooler, the proxy.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::Write;
use std::process::{Command, Output};
use std::sync::OnceLock;

use tuanzhang_pgserver::{Bouncer, Options, Proxy, Server, Step};

/// One server for all; a database each.
fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let start =
        || here("servers", &Server::available()).then(|| Server::start(&Options::new()).unwrap());
    SERVER.get_or_init(start).as_ref()
}

/// Says visibly, past the test's own capture, what is skipped.
fn here(what: &str, available: &Result<(), String>) -> bool {
    if let Err(why) = available {
        // In one write, so that no other line gets into it.
        let line = format!("skipped: {what} of PostgreSQL: {why}\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    available.is_ok()
}

/// Runs SQL at any URL; the rows, or what went wrong.
fn psql(url: &str, text: &str) -> Result<String, String> {
    let mut command = Command::new("psql");
    let command = command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text]);
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = if status.success() { &stdout } else { &stderr };
    let said = String::from_utf8(said.clone()).unwrap().trim().to_owned();
    if status.success() { Ok(said) } else { Err(said) }
}

#[test]
fn a_database_is_empty_and_its_url_leads_there() {
    let Some(server) = server() else { return };
    let url = server.database("empty").unwrap();
    psql(&url, "create table t (n int)").unwrap();
    assert_eq!(psql(&url, "select current_database()").unwrap(), "empty");
    assert_eq!(psql(&url, "show fsync").unwrap(), "on");
    let url = server.database("empty").unwrap();
    assert!(psql(&url, "select * from t").unwrap_err().contains("does not exist"));
    assert_eq!(server.tcp_url("empty"), None);
}

#[test]
fn a_killed_server_comes_back_with_what_was_committed() {
    if !here("kills", &Server::available()) {
        return;
    }
    let server = Server::start(&Options::new().with_tcp().set("work_mem", "5MB")).unwrap();
    server.database("books").unwrap();
    let url = server.tcp_url("books").unwrap();
    psql(&url, "create table t (n int)").unwrap();
    let ends: [fn(&Server) -> std::io::Result<()>; 3] =
        [Server::kill, Server::stop_at_once, Server::stop];
    for (number, end) in (1..).zip(ends) {
        psql(&url, &format!("insert into t values ({number})")).unwrap();
        end(&server).unwrap();
        assert!(psql(&url, "select 1").is_err(), "nobody is there");
        server.restart().unwrap();
        assert_eq!(psql(&url, "select count(*) from t").unwrap(), number.to_string());
    }
    assert_eq!(psql(&url, "show work_mem").unwrap(), "5MB");
}

#[test]
fn a_dropped_server_leaves_nothing() {
    if !here("ends", &Server::available()) {
        return;
    }
    let server = Server::start(&Options::new()).unwrap();
    let (data, pid) = (server.data().to_owned(), server.pid().unwrap());
    assert!(data.exists());
    drop(server);
    assert!(!data.parent().unwrap().exists());
    assert!(!std::path::Path::new(&format!("/proc/{}", pid.as_raw_nonzero())).exists());
}

#[test]
fn a_standby_takes_over_with_all_that_was_answered() {
    if !here("standbys", &Server::available()) {
        return;
    }
    let primary = Server::start(&Options::new()).unwrap();
    let url = primary.database("books").unwrap();
    let standby = primary.standby("second", &Options::new()).unwrap();
    primary.wait_for_standby("second").unwrap();
    psql(&url, "create table t as select 7 as n").unwrap();
    assert!(standby.sql("books", "create table u (n int)").is_err(), "it only follows");
    primary.kill().unwrap();
    standby.promote().unwrap();
    assert_eq!(standby.sql("books", "select n from t").unwrap(), "7");
    standby.sql("books", "insert into t values (8)").unwrap();
}

#[test]
fn what_a_standby_that_was_cut_off_never_got_is_not_there() {
    if !here("standbys", &Server::available()) {
        return;
    }
    let primary = Server::start(&Options::new()).unwrap();
    let url = primary.database("books").unwrap();
    let standby = primary.standby("second", &Options::new()).unwrap();
    psql(&url, "create table t (n int)").unwrap();
    standby.until("select pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()").unwrap();
    standby.cut_off().unwrap();
    psql(&url, "insert into t values (1)").unwrap();
    primary.kill().unwrap();
    standby.promote().unwrap();
    assert_eq!(standby.sql("books", "select count(*) from t").unwrap(), "0");
}

#[test]
fn a_certificate_is_good_under_its_root_only() {
    if !here("TLS", &Server::available()) {
        return;
    }
    let server = Server::start(&Options::new().with_tls()).unwrap();
    let certificates = server.certificates().unwrap();
    let url = server.tcp_url("postgres").unwrap();
    let ask = |root: &std::path::Path| {
        let url = format!("{url}&sslmode=verify-full&sslrootcert={}", root.display());
        psql(&url, "select ssl from pg_stat_ssl where pid = pg_backend_pid()")
    };
    assert_eq!(ask(&certificates.root()).unwrap(), "t");
    let refused = ask(&certificates.other_root()).unwrap_err();
    assert!(refused.contains("certificate verify failed"), "{refused}");
}

#[test]
fn the_pooler_gives_transactions_few_connections() {
    let Some(server) = server() else { return };
    if !here("the pooler", &Bouncer::available()) {
        return;
    }
    server.database("pooled").unwrap();
    let bouncer = Bouncer::start(server, 1).unwrap();
    let pid = || psql(&bouncer.url("pooled"), "select pg_backend_pid()").unwrap();
    assert_eq!(pid(), pid(), "two clients, one connection");
}

#[test]
fn the_proxy_cuts_where_it_is_told() {
    let Some(server) = server() else { return };
    let direct = server.database("cut").unwrap();
    psql(&direct, "create table t (n int)").unwrap();
    let proxy = Proxy::start(server).unwrap();
    let url = proxy.url("cut");
    let insert = || psql(&url, "insert into t values (1)");
    let rows = || psql(&direct, "select count(*) from t").unwrap();

    proxy.count();
    insert().unwrap();
    let counted = proxy.counted();
    // The opening, the query; and what the server says, in several messages.
    assert_eq!(counted.requests, 2, "{counted:?}");
    assert!(counted.answers > 4 && counted.request_bytes > 40, "{counted:?}");
    assert_eq!((rows().as_str(), proxy.has_cut()), ("1", false));

    for (step, written) in [
        (Step::BeforeRequest(1), false),
        (Step::BeforeRequest(2), false),
        (Step::AfterRequestBytes(counted.request_bytes - 10), false),
        (Step::BeforeAnswer(1), false),
        (Step::AfterAnswerBytes(20), false),
        (Step::AfterRequest(2), true),
        (Step::BeforeAnswer(counted.answers - 1), true),
        (Step::AfterAnswer(counted.answers - 1), true),
    ] {
        psql(&direct, "truncate t").unwrap();
        proxy.cut(step);
        assert!(insert().is_err(), "{step:?}: the answer never comes");
        assert!(proxy.has_cut(), "{step:?}");
        assert!(proxy.settle());
        assert_eq!(rows(), if written { "1" } else { "0" }, "{step:?}");
        psql(&url, "select 1").unwrap();
    }
}

#[test]
fn the_proxy_delivers_a_request_late() {
    let Some(server) = server() else { return };
    let direct = server.database("late").unwrap();
    psql(&direct, "create table t (n int unique)").unwrap();
    let proxy = Proxy::start(server).unwrap();
    let url = proxy.url("late");
    for errors in [0, 1] {
        proxy.hold(2);
        assert!(psql(&url, "insert into t values (1)").is_err());
        assert!(proxy.wait_for_held());
        assert_eq!(psql(&url, "select count(*) from t").unwrap(), errors.to_string());
        let said = proxy.deliver().unwrap();
        assert_eq!(said.len(), errors, "{said:?}");
        assert!(said.iter().all(|error| error.contains("23505")), "{said:?}");
        assert_eq!(psql(&url, "select count(*) from t").unwrap(), "1");
    }
    assert!(proxy.deliver().is_err(), "nothing is held");
}

#[test]
fn the_proxy_turns_to_another_server_and_lets_nobody_in_while_closed() {
    let Some(server) = server() else { return };
    let proxy = Proxy::start(server).unwrap();
    let url = proxy.url("postgres");
    proxy.close();
    assert!(psql(&url, "select 1").is_err());
    proxy.open();
    psql(&url, "select 1").unwrap();
    let other = Server::start(&Options::new().set("cluster_name", "other")).unwrap();
    proxy.turn_to(&other);
    assert_eq!(psql(&url, "show cluster_name").unwrap(), "other");
}
