//! A process of its own: this test program, started again with a job in its environment.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tuanzhang_ledger::ExecuteError;
use tuanzhang_postgres::PostgresStore;

use crate::app::App;

const APP: &str = "TUANZHANG_POSTGRES_APP";
const COMMANDS: &str = "TUANZHANG_POSTGRES_COMMANDS";
const URL: &str = "TUANZHANG_POSTGRES_URL";

/// A process that sends commands through a ledger of its own; it waits for its input to begin.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start(url: &str, app: u64, commands: u64) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child::a_process", "--nocapture"]);
        command.env(APP, app.to_string()).env(COMMANDS, commands.to_string()).env(URL, url);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, lines }
    }

    pub(crate) fn go(&mut self) {
        writeln!(self.input, "go").unwrap();
    }

    /// The numbers that it says at its end, by what they count.
    pub(crate) fn until_its_end(mut self) -> Vec<(String, u64)> {
        let mut said = Vec::new();
        for line in (&mut self.lines).lines() {
            if let Some(("child", rest)) = line.unwrap().split_once(": ")
                && let Some((word, number)) = rest.split_once(' ')
            {
                said.push((word.to_owned(), number.parse().unwrap()));
            }
        }
        assert!(self.child.wait().unwrap().success());
        said
    }
}

/// Not a test: what runs in the other process.
#[test]
fn a_process() {
    let variable = |name| std::env::var(name).ok();
    let (Some(url), Some(app), Some(commands)) = (variable(URL), variable(APP), variable(COMMANDS))
    else {
        return;
    };
    let (app, commands): (u64, u64) = (app.parse().unwrap(), commands.parse().unwrap());
    let ledger = App::open(PostgresStore::connect(&url).unwrap());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let (mut answered, mut raced, mut unavailable) = (0, 0, 0);
    for nth in 0..commands {
        loop {
            match ledger.execute(app, nth..nth + 1) {
                Ok(done) => answered += u64::try_from(done.len()).unwrap(),
                // So the ledger calls races that it has lost too often.
                Err(ExecuteError::Unavailable { cause }) if cause.to_string().contains("race") => {
                    raced += 1;
                    continue;
                }
                Err(ExecuteError::Unavailable { .. } | ExecuteError::Unknown { .. }) => {
                    unavailable += 1;
                    continue;
                }
                Err(error) => panic!("{error}"),
            }
            break;
        }
    }
    let lost = ledger.0.stats().races;
    let said = [("answered", answered), ("raced", raced), ("away", unavailable), ("races", lost)];
    for (word, number) in said {
        println!("child: {word} {number}");
    }
}
