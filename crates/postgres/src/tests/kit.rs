//! Places for the conformance kit: a server of its own, with every fault that a server can be made to show.

use std::error::Error;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio_postgres::types::{FromSql, Type};
use tuanzhang_log::conformance::{
    Capacity, Factory, LostAnswers, NotOffered, Opened, Stored, StoredBytes, TornAppends,
};
use tuanzhang_log::{BookKey, Store};
use tuanzhang_pgserver::{Options as Settings, Server};

use super::given::Shell;
use crate::{OpenError, Options, PostgresStore};

/// How long a call of the stores under test waits.
const WAIT: Duration = Duration::from_secs(3);
/// Databases that are used in turn: making one takes as long as a case.
const PLACES: u64 = 8;
/// Where stored bytes are put back.
const SCRATCH: &str = "scratch";

/// Databases of a server, the newest of which is the one that is opened again.
pub(super) struct Databases {
    server: Server,
    made: AtomicU64,
    newest: Mutex<String>,
    harm: Mutex<Option<Harm>>,
}

/// What stands in the way of an append, and is taken away again.
struct Harm {
    shell: Shell,
    undo: &'static str,
    helper: Option<JoinHandle<()>>,
}

impl Databases {
    pub(super) fn start() -> Self {
        let server = Server::start(&Settings::new()).unwrap();
        server.database(SCRATCH).unwrap();
        drop(PostgresStore::connect(&server.url(SCRATCH)).unwrap());
        let (made, newest, harm) = (AtomicU64::new(0), Mutex::default(), Mutex::default());
        Self { server, made, newest, harm }
    }

    fn newest(&self) -> String {
        self.newest.lock().unwrap().clone()
    }

    fn at(&self, name: &str) -> Result<Box<dyn Store>, OpenError> {
        name.clone_into(&mut self.newest.lock().unwrap());
        Ok(Box::new(Options::new().wait(WAIT).connect(&self.server.url(name))?))
    }

    fn opened(&self, name: &str) -> Opened {
        match self.at(name) {
            Ok(store) => Opened::Sound(store),
            Err(OpenError::Damaged(damage)) => Opened::Damaged(damage),
            Err(other) => panic!("{other}"),
        }
    }

    fn shell(&self) -> Shell {
        Shell::at(&self.server.url(&self.newest()))
    }
}

impl Factory for Databases {
    fn fresh(&self) -> Box<dyn Store> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let name = format!("kit_{}", number % PLACES);
        if number < PLACES {
            self.server.database(&name).unwrap();
        } else {
            Shell::at(&self.server.url(&name)).run("DROP SCHEMA tuanzhang CASCADE");
        }
        self.at(&name).unwrap()
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        drop(store);
        self.at(&self.newest()).unwrap()
    }

    fn capacity(&self) -> Capacity {
        Capacity::ManyBooks
    }

    fn another(&self) -> Result<Box<dyn Store>, NotOffered> {
        let url = self.server.url(&self.newest());
        Ok(Box::new(Options::new().wait(WAIT).connect(&url).unwrap()))
    }

    fn stored_bytes(&self) -> Result<&dyn StoredBytes, NotOffered> {
        Ok(self)
    }

    fn torn_appends(&self) -> Result<&dyn TornAppends, NotOffered> {
        Ok(self)
    }

    fn lost_answers(&self) -> Result<&dyn LostAnswers, NotOffered> {
        Ok(self)
    }
}

const TABLES: [(&str, &str); 3] = [
    ("streams", "book, kind, size, root, edge, epoch, sum"),
    ("records", "book, kind, position, record, sum"),
    ("appends", "book, kind, first, count, root, sum"),
];

/// A value as the server sends it, numbers in as few bytes as they need, so that they are others when bytes
/// are cut.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        if [Type::INT2, Type::INT8].contains(ty) {
            return Ok(Self(raw.iter().copied().skip_while(|byte| *byte == 0).collect()));
        }
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A value as SQL.
fn literal(column: &str, bytes: &[u8]) -> String {
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    match column {
        "book" => format!("'{hex:0<32}'"),
        "root" | "edge" | "record" => format!("'\\x{hex}'"),
        _ => bytes.iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte)).to_string(),
    }
}

impl StoredBytes for Databases {
    /// The columns of all rows of the tables, one place each.
    fn close(&self, store: Box<dyn Store>) -> Vec<Stored> {
        drop(store);
        let shell = self.shell();
        let mut stored = Vec::new();
        for (table, columns) in TABLES {
            let sql = format!("SELECT {columns} FROM tuanzhang.{table} ORDER BY 1, 2, 3");
            for (number, row) in shell.rows(&sql).iter().enumerate() {
                for (index, column) in columns.split(", ").enumerate() {
                    let Raw(bytes) = row.get(index);
                    stored.push(Stored { name: format!("{table} {number} {column}"), bytes });
                }
            }
        }
        stored
    }

    /// Writes the rows into emptied tables; a row of which a column is missing is missing.
    fn open(&self, stored: &[Stored]) -> Opened {
        let mut sql = "DELETE FROM tuanzhang.streams; DELETE FROM tuanzhang.records; \
            DELETE FROM tuanzhang.appends"
            .to_owned();
        for (table, columns) in TABLES {
            for number in 0..100 {
                let column = |name: &str| {
                    let place = format!("{table} {number} {name}");
                    let found = stored.iter().find(|stored| stored.name == place)?;
                    Some(literal(name, &found.bytes))
                };
                let row: Option<Vec<_>> = columns.split(", ").map(column).collect();
                let Some(row) = row else { continue };
                let row = row.join(", ");
                let _ = write!(
                    sql,
                    "; INSERT INTO tuanzhang.{table} ({columns}) VALUES ({row}) ON CONFLICT DO NOTHING"
                );
            }
        }
        Shell::at(&self.server.url(SCRATCH)).without_triggers(&sql);
        self.opened(SCRATCH)
    }

    fn tries(&self) -> usize {
        400
    }
}

/// Where an append stands when somebody dies: it waits for these locks, or for a standby that never comes.
const STANDS: [&str; 4] = [
    "LOCK TABLE tuanzhang.streams IN EXCLUSIVE MODE",
    "LOCK TABLE tuanzhang.records IN EXCLUSIVE MODE",
    "LOCK TABLE tuanzhang.appends IN EXCLUSIVE MODE",
    "",
];

const NO_STANDBY: &str = "ALTER SYSTEM SET synchronous_standby_names = 'nobody'";
const STANDBY: &str = "ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf()";

/// Backends of the store under test that wait for what a test has put in their way.
const WAITS: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'tuanzhang' \
    AND pid <> pg_backend_pid() AND datname = current_database() \
    AND (wait_event_type = 'Lock' OR wait_event = 'SyncRep'))";

/// Turns all commits into such as wait for a standby that never comes.
fn without_standby(shell: &Shell) {
    shell.run(NO_STANDBY);
    shell.run("SELECT pg_reload_conf()");
    // Known to this backend, and to the one that tells committers to wait.
    shell.until("SELECT current_setting('synchronous_standby_names') = 'nobody'");
    shell.run("CHECKPOINT");
}

fn standby_again(shell: &Shell) {
    shell.run("ALTER SYSTEM RESET synchronous_standby_names");
    shell.run("SELECT pg_reload_conf()");
    shell.until("SELECT current_setting('synchronous_standby_names') = ''");
}

impl TornAppends for Databases {
    /// The server is killed, or the append's process at the server is, while the append stands at a place
    /// in the middle; the last place is behind its commit record.
    fn die_in_append(
        &self,
        store: Box<dyn Store>,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
        step: usize,
    ) -> Option<Opened> {
        let stand = STANDS.get(step / 2)?;
        let name = self.newest();
        let shell = Shell::at(&format!("{}?application_name=shell", self.server.url(&name)));
        if stand.is_empty() {
            without_standby(&shell);
        } else {
            shell.run(&format!("BEGIN; {stand}"));
        }
        thread::scope(|scope| {
            let appending = scope.spawn(|| store.append(book, expected, records));
            shell.until(WAITS);
            if step.is_multiple_of(2) {
                self.server.kill().unwrap();
            } else {
                shell.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tuanzhang'");
            }
            let answer = appending.join().unwrap();
            assert!(answer.is_err(), "{answer:?}");
        });
        drop(shell);
        if step.is_multiple_of(2) {
            self.server.restart().unwrap();
        }
        standby_again(&Shell::at(&self.server.url("postgres")));
        drop(store);
        Some(self.opened(&name))
    }
}

/// What a trigger in the middle of an append raises or does.
const RAISED: [&str; 9] =
    ["53100", "40001", "25006", "57014", "XX000", "57P01", "08006", "58030", "40003"];

/// What goes wrong otherwise.
const WAYS: [&str; 7] = [
    "another transaction has the book's row for too long",
    "all connections are cut off before the append",
    "the append's process is cut off in the middle",
    "the append's process is cut off at its commit",
    "the commit is refused at the end",
    "no answer to a commit that was written",
    "a commit that is broken off while it waits for a standby",
];

fn trigger(shell: &Shell, body: &str, deferred: bool) {
    let kind = if deferred { "CONSTRAINT TRIGGER" } else { "TRIGGER" };
    let when = if deferred {
        "AFTER INSERT ON tuanzhang.appends DEFERRABLE INITIALLY DEFERRED"
    } else {
        "BEFORE INSERT ON tuanzhang.appends"
    };
    shell.run(&format!(
        "CREATE FUNCTION public.harm() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$; \
         CREATE {kind} harm {when} FOR EACH ROW EXECUTE FUNCTION public.harm()"
    ));
}

const UNTRIGGER: &str = "DROP TRIGGER harm ON tuanzhang.appends; DROP FUNCTION public.harm()";

impl LostAnswers for Databases {
    fn ways(&self) -> Vec<String> {
        let raised = RAISED.map(|code| format!("the server answers {code}"));
        WAYS.map(str::to_owned).into_iter().chain(raised).collect()
    }

    fn lose_next(&self, way: usize) {
        let url = format!("{}?application_name=shell", self.server.url(&self.newest()));
        let shell = Shell::at(&url);
        let others = "FROM pg_stat_activity WHERE application_name = 'tuanzhang'";
        let mut helper = None;
        let cut = "PERFORM pg_terminate_backend(pg_backend_pid())";
        let undo = match way {
            0 => {
                shell.run("BEGIN; LOCK TABLE tuanzhang.streams IN EXCLUSIVE MODE");
                "ROLLBACK"
            }
            1 => {
                shell.run(&format!("SELECT pg_terminate_backend(pid) {others}"));
                ""
            }
            2 | 3 => {
                trigger(&shell, cut, way == 3);
                UNTRIGGER
            }
            4 => {
                trigger(&shell, "RAISE EXCEPTION 'at the end' USING ERRCODE = '55000'", true);
                UNTRIGGER
            }
            5 | 6 => {
                without_standby(&shell);
                if way == 6 {
                    helper = Some(thread::spawn(move || {
                        let shell = Shell::at(&url);
                        shell.until(WAITS);
                        shell.run(&format!("SELECT pg_cancel_backend(pid) {others}"));
                    }));
                }
                STANDBY
            }
            _ => {
                let code = RAISED[way - WAYS.len()];
                trigger(&shell, &format!("RAISE EXCEPTION 'harm' USING ERRCODE = '{code}'"), false);
                UNTRIGGER
            }
        };
        *self.harm.lock().unwrap() = Some(Harm { shell, undo, helper });
    }

    fn heal(&self) {
        let Some(Harm { shell, undo, helper }) = self.harm.lock().unwrap().take() else { return };
        if let Some(helper) = helper {
            helper.join().unwrap();
        }
        if undo == STANDBY {
            standby_again(&shell);
        } else if !undo.is_empty() {
            shell.run(undo);
        }
    }
}
