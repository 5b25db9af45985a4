//! A process of its own: this test program, started again with a job in its environment.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tuanzhang_log::{AppendError, ReadError, Store};

use super::given::{BOOK, all, record};
use crate::SqliteStore;

const JOB: &str = "TUANZHANG_SQLITE_JOB";
const AT: &str = "TUANZHANG_SQLITE_AT";

/// How a process has its database synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// As the store sets it.
    Full,
    /// `synchronous=NORMAL`: synced at checkpoints only.
    Normal,
    /// `synchronous=OFF`.
    Off,
}

impl Setting {
    const ALL: [Self; 3] = [Self::Full, Self::Normal, Self::Off];

    fn open(self, path: &Path) -> Result<SqliteStore, String> {
        let store = SqliteStore::at(path).map_err(|error| error.to_string())?;
        let level = match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
            Self::Off => "OFF",
        };
        let writer = crate::store::locked(store.shared.writer.as_ref().unwrap());
        writer.open.as_ref().unwrap().pragma_update(None, "synchronous", level).unwrap();
        drop(writer);
        Ok(store)
    }
}

/// What a process does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Job {
    /// Appends so many times 1 to 3 records that tell their position; names the size after each.
    Write(Setting, u64),
    /// Appends so many records that tell who wrote them, whoever else does.
    Share { writer: u64, records: u64 },
    /// Opens, for writing or only to read; names the size and waits.
    Look { writing: bool },
    /// Compares all records with those that [`Job::Write`] writes, and names the size.
    Check,
}

impl Job {
    fn to_text(self) -> String {
        match self {
            Self::Write(setting, appends) => format!("write {setting:?} {appends}"),
            Self::Share { writer, records } => format!("share {writer} {records}"),
            Self::Look { writing } => format!("look {writing}"),
            Self::Check => "check".to_owned(),
        }
    }

    fn from_text(text: &str) -> Self {
        let words: Vec<_> = text.split(' ').collect();
        let number = |index: usize| words[index].parse().unwrap();
        match words[0] {
            "write" => {
                let setting = Setting::ALL.into_iter().find(|it| format!("{it:?}") == words[1]);
                Self::Write(setting.unwrap(), number(2))
            }
            "check" => Self::Check,
            "look" => Self::Look { writing: words[1] == "true" },
            _ => Self::Share { writer: number(1), records: number(2) },
        }
    }
}

/// Runs a job to its end; gives the last size that it named, and what stopped it.
pub(super) fn run(path: &Path, job: Job) -> (Option<u64>, Option<String>) {
    let mut process = Process::start(path, job);
    process.go();
    process.until_its_end()
}

/// A process that was started and waits for its input to begin.
pub(super) struct Process {
    pub(super) child: Child,
    input: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Process {
    pub(super) fn start(path: &Path, job: Job) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "tests::child::a_process", "--nocapture"]);
        command.env(JOB, job.to_text()).env(AT, path).env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, lines }
    }

    pub(super) fn go(&mut self) {
        writeln!(self.input, "go").unwrap();
    }

    /// The next thing that it says; `None` once it has ended.
    pub(super) fn said(&mut self) -> Option<(String, String)> {
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(("child", said)) = line.trim_end().split_once(": ")
                && let Some((word, rest)) = said.split_once(' ')
            {
                return Some((word.to_owned(), rest.to_owned()));
            }
        }
    }

    /// Reads on to its end; gives the last size that it named, and what stopped it.
    pub(super) fn until_its_end(mut self) -> (Option<u64>, Option<String>) {
        let (mut answered, mut failed) = (None, None);
        while let Some((word, rest)) = self.said() {
            match word.as_str() {
                "answered" => answered = rest.parse().ok(),
                "failed" => failed = Some(rest),
                _ => {}
            }
        }
        let _ = self.child.wait();
        (answered, failed)
    }
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // In one write, so that no kill leaves half an answer.
    out.write_all(format!("child: {text}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Not a test: what runs in the other process.
#[test]
fn a_process() {
    let (Ok(job), Ok(path)) = (std::env::var(JOB), std::env::var(AT)) else { return };
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let outcome = match Job::from_text(&job) {
        Job::Write(setting, appends) => write(setting, Path::new(&path), appends),
        Job::Share { writer, records } => share(writer, Path::new(&path), records),
        Job::Look { writing } => look(writing, Path::new(&path)),
        Job::Check => check(Path::new(&path)),
    };
    if let Err(what) = outcome {
        say(&format!("failed {}", what.replace('\n', " ")));
    }
}

fn write(setting: Setting, path: &Path, appends: u64) -> Result<(), String> {
    let store = setting.open(path)?;
    let mut size = store.head(BOOK).map_err(|error| error.to_string())?.size;
    for number in 0..appends {
        let records: Vec<_> = (size + 1..=size + 1 + number % 3).map(record).collect();
        let slices: Vec<_> = records.iter().map(Vec::as_slice).collect();
        let head = store.append(BOOK, size, &slices).map_err(|error| error.to_string())?;
        size = head.size;
        say(&format!("answered {size}"));
    }
    Ok(())
}

fn share(writer: u64, path: &Path, records: u64) -> Result<(), String> {
    let store = SqliteStore::at(path).map_err(|error| error.to_string())?;
    let (mut expected, mut raced, mut busy) = (0, 0, 0);
    for number in 0..records {
        let record = format!("{writer} {number}");
        loop {
            match store.append(BOOK, expected, &[record.as_bytes()]) {
                Ok(head) => expected = head.size,
                Err(AppendError::Raced { actual, .. }) => {
                    raced += 1;
                    expected = actual;
                    continue;
                }
                Err(AppendError::Unavailable(_)) if busy < 100 => {
                    busy += 1;
                    continue;
                }
                Err(error) => return Err(error.to_string()),
            }
            break;
        }
    }
    let whole = store.verify(BOOK).map_err(|error: ReadError| error.to_string())?;
    say(&format!("answered {}", whole.records));
    say(&format!("raced {raced}"));
    say(&format!("busy {busy}"));
    Ok(())
}

fn look(writing: bool, path: &Path) -> Result<(), String> {
    let opened = if writing { SqliteStore::at(path) } else { SqliteStore::read_only(path) };
    let store = opened.map_err(|error| error.to_string())?;
    let size = all(&store, BOOK).map_err(|error| error.to_string())?.len();
    say(&format!("answered {size}"));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| error.to_string())?;
    drop(store);
    Ok(())
}

fn check(path: &Path) -> Result<(), String> {
    let store = SqliteStore::at(path).map_err(|error| error.to_string())?;
    let size = store.verify(BOOK).map_err(|error| error.to_string())?.records;
    let promised: Vec<_> = (1..=size).map(|position| (position, record(position))).collect();
    if all(&store, BOOK).map_err(|error| error.to_string())? != promised {
        return Err("other records than were written".into());
    }
    say(&format!("answered {size}"));
    Ok(())
}
