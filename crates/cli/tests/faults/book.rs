//! A book that the real program writes, and what it has answered: to compare after any fault.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};

use serde_json::Value;

use crate::kit::{opening, pay, place, program, run_with};

/// Commands that open the book and its campaign.
const OPENING: u64 = 7;

/// The nth command of a life without end, from 0; each makes one record.
pub(crate) fn command(nth: u64) -> String {
    if let Some(line) = opening().lines().nth(usize::try_from(nth).unwrap()) {
        return line.to_owned();
    }
    let order = u32::try_from((nth - OPENING) / 2).unwrap();
    let command = if (nth - OPENING).is_multiple_of(2) {
        place(order, "dates", 1)
    } else {
        pay(order, "89.90")
    };
    // A second apart, from six in the evening on.
    let second = 18 * 3600 + nth;
    let (day, hour, rest) = (second / 86_400 + 1, second / 3600 % 24, second % 3600);
    let at = format!("2021-12-{day:02}T{hour:02}:{:02}:{:02}+08:00", rest / 60, rest % 60);
    serde_json::json!({ "at": at, "actor": "operator", "command": command }).to_string()
}

/// A program that is ended when the test ends, however that comes about.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn kill(&mut self) -> ExitStatus {
        let _ = self.0.kill();
        self.0.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// When a run of `apply` ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// Killed when this many answers were read; commands go on coming.
    KillAfterAnswers(u64),
    /// Killed when this many commands were written and no answer read.
    KillAfterCommands(u64),
    /// By itself, when it has answered this many commands or failed.
    ByItself(u64),
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` if it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) err: String,
    /// Answers that were printed.
    pub(crate) answers: u64,
}

/// A book, and what was answered of it.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    path: PathBuf,
    /// Events of the nth command, as they were answered.
    answered: Vec<String>,
    /// Commands that were given to the program at least once.
    given: u64,
    /// Records that a reader was shown after the last fault: they must stay.
    shown: u64,
    /// Environment of the program that writes.
    surroundings: Vec<(&'static str, String)>,
}

impl Book {
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            answered: Vec::new(),
            given: 0,
            shown: 0,
            surroundings: Vec::new(),
        }
    }

    pub(crate) fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// Commands that were answered.
    pub(crate) fn answered(&self) -> u64 {
        self.answered.len().try_into().unwrap()
    }

    /// Gives the program that writes another environment from now on.
    pub(crate) fn surroundings(&mut self, variables: Vec<(&'static str, String)>) {
        self.surroundings = variables;
    }

    /// Pretends that one more command was answered: what a control has to find.
    pub(crate) fn pretend(&mut self) {
        self.answered.push("[]".into());
        self.given = self.given.max(self.answered());
    }

    /// Bytes of the book's files, and its segments.
    pub(crate) fn size(&self) -> (u64, usize) {
        let files: Vec<_> =
            std::fs::read_dir(&self.path).unwrap().map(|entry| entry.unwrap()).collect();
        let segments =
            files.iter().filter(|file| file.path().extension().is_some_and(|e| e == "seg"));
        (files.iter().map(|file| file.metadata().unwrap().len()).sum(), segments.count())
    }

    /// Sends commands from the nth on, and compares each answer with what was answered before.
    pub(crate) fn apply(&mut self, from: u64, end: End, batch: bool) -> Result<Ended, String> {
        let mut arguments = vec!["apply", self.path(), "-"];
        if batch {
            arguments.extend(["--durability", "batch"]);
        }
        let mut program = program();
        program.args(arguments).envs(self.surroundings.clone());
        let child = program.stdin(std::process::Stdio::piped()).spawn().unwrap();
        let mut running = Running(child);
        let mut to = running.0.stdin.take().unwrap();
        let limit = match end {
            End::KillAfterAnswers(_) => u64::MAX,
            End::KillAfterCommands(commands) | End::ByItself(commands) => commands,
        };
        let writer = std::thread::spawn(move || {
            let mut given = from;
            while given - from < limit && writeln!(to, "{}", command(given)).is_ok() {
                given += 1;
            }
            // The last one may have come through, too.
            given + 1
        });
        let mut lines = BufReader::new(running.0.stdout.take().unwrap());
        let mut answers = 0;
        let mut take = |book: &mut Self, lines: &mut _| {
            let line = next_line(lines)?;
            let taken = book.take(from + answers, &line);
            answers += 1;
            Some(taken)
        };
        match end {
            End::KillAfterAnswers(count) => {
                (0..count).map_while(|_| take(self, &mut lines)).collect::<Result<(), _>>()?;
                running.kill();
            }
            End::KillAfterCommands(_) => {
                while !writer.is_finished() {
                    std::thread::yield_now();
                }
                running.kill();
            }
            End::ByItself(_) => {}
        }
        // What it had printed before is answered, read or not.
        std::iter::from_fn(|| take(self, &mut lines)).collect::<Result<(), _>>()?;
        let status = running.0.wait().unwrap();
        let mut err = String::new();
        std::io::Read::read_to_string(&mut running.0.stderr.take().unwrap(), &mut err).unwrap();
        self.given = self.given.max(writer.join().unwrap());
        Ok(Ended { code: status.code(), err, answers })
    }

    /// Notes an answer, or compares it with the one that was given before.
    fn take(&mut self, nth: u64, line: &str) -> Result<(), String> {
        let answer: Value =
            serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))?;
        let Some(ok) = answer.get("ok") else { return Err(format!("command {nth}: {line}")) };
        let (repeated, events) = (ok["repeated"] == true, ok["events"].to_string());
        if ok["position"] != nth + 1 {
            return Err(format!("command {nth} is at another position: {line}"));
        }
        match self.answered.get(usize::try_from(nth).unwrap()) {
            Some(_) if !repeated => Err(format!("command {nth} was answered and is not there")),
            Some(known) if *known != events => Err(format!("command {nth}: {known}, now {events}")),
            Some(_) => Ok(()),
            None if nth < self.shown && !repeated => {
                Err(format!("command {nth} was shown and is not there"))
            }
            None => {
                self.answered.push(events);
                Ok(())
            }
        }
    }

    /// Audits the book: it is sound, has all that was answered and shown, and nothing that was not
    /// asked for. Gives the number of records.
    pub(crate) fn audit(&mut self) -> Result<u64, String> {
        let records = self.audit_as_found()?;
        if records < self.answered() {
            return Err(format!("{records} records, {} answered", self.answered()));
        }
        Ok(records)
    }

    /// The same before a writer has opened the book again: after a power loss a reader may have to
    /// leave out the last append, which nothing vouches for yet; if it is the only one, there is no
    /// book for it.
    pub(crate) fn audit_as_found(&mut self) -> Result<u64, String> {
        let ran = run_with(&["audit", self.path(), "--json"], "");
        if ran.code == 2 && self.shown == 0 {
            return Ok(0);
        }
        if ran.code != 0 {
            return Err(format!("audit ended with {}: {}{}", ran.code, ran.out, ran.err));
        }
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let records = report["covered"]["records"].as_u64().unwrap();
        if report["sound"] != true || records < self.shown || records > self.given {
            let (shown, given) = (self.shown, self.given);
            return Err(format!("{records} records, {shown} shown before, {given} given"));
        }
        self.shown = records;
        Ok(records)
    }

    /// Sends everything that was answered again: each command answers what it answered.
    pub(crate) fn resend(&mut self) -> Result<(), String> {
        let count = self.answered();
        let ended = self.apply(0, End::ByItself(count), true)?;
        if ended.answers == count && ended.code == Some(0) {
            Ok(())
        } else {
            Err(format!("{count} commands sent again: {ended:?}"))
        }
    }
}

/// The next whole line; a torn one was never answered.
fn next_line(lines: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = lines.read_line(&mut line).unwrap_or(0);
    (read > 0 && line.ends_with('\n')).then_some(line)
}
