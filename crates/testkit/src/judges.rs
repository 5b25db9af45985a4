//! Other people's programs that judge a journal: beancount and hledger.
//!
//! `TUANZHANG_BEANCOUNT_PYTHON` names a Python with beancount 3, else `python3` is asked; `hledger` is looked for
//! where programs are. One that isn't here is said in a line, and left out.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// What a judge says of a text.
#[derive(Debug)]
pub enum Verdict {
    /// It exits with 0.
    Accepted,
    /// What it says.
    Refused(String),
}

/// Which program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Program {
    /// beancount 3.
    Beancount,
    /// hledger.
    Hledger,
}

/// A program that judges journals.
#[derive(Debug)]
pub struct Judge {
    /// Which it is.
    pub tool: Program,
    program: PathBuf,
}

const VARIABLE: &str = "TUANZHANG_BEANCOUNT_PYTHON";

impl Judge {
    /// The judges that are here; a visible line for each that isn't.
    pub fn all() -> Vec<Self> {
        Self::beancount().into_iter().chain(Self::hledger()).collect()
    }

    fn beancount() -> Option<Self> {
        let named = std::env::var_os(VARIABLE);
        let program = PathBuf::from(named.clone().unwrap_or_else(|| "python3".into()));
        let asked = Command::new(&program).args(["-c", "import beancount.scripts.check"]).output();
        if asked.is_ok_and(|output| output.status.success()) {
            return Some(Self { tool: Program::Beancount, program });
        }
        assert!(named.is_none(), "{VARIABLE} has no beancount: {}", program.display());
        skip("beancount as a judge (pip install beancount, TUANZHANG_BEANCOUNT_PYTHON=its python)");
        None
    }

    fn hledger() -> Option<Self> {
        if Command::new("hledger").arg("--version").output().is_ok() {
            return Some(Self { tool: Program::Hledger, program: "hledger".into() });
        }
        skip("hledger as a judge (apt-get install hledger)");
        None
    }

    fn run(&self, arguments: &[&str], file: &Path) -> Output {
        let mut command = Command::new(&self.program);
        // hledger reads in the locale's encoding.
        command.env("LC_ALL", "C.UTF-8").args(arguments);
        match self.tool {
            Program::Beancount => command.arg(file).output().unwrap(),
            Program::Hledger => command.arg("-f").arg(file).output().unwrap(),
        }
    }

    /// `bean-check FILE`, or `hledger -f FILE check -s balancednoautoconversion`.
    pub fn judge(&self, file: &Path) -> Verdict {
        let output = match self.tool {
            Program::Beancount => self.run(&["-m", "beancount.scripts.check"], file),
            Program::Hledger => self.run(&["check", "-s", "balancednoautoconversion"], file),
        };
        if output.status.success() {
            return Verdict::Accepted;
        }
        let said = [output.stdout, output.stderr].concat();
        Verdict::Refused(String::from_utf8_lossy(&said).into_owned())
    }

    /// The balances that the tool computes, by name, zeroes left out.
    ///
    /// # Panics
    /// If the tool doesn't read the file.
    pub fn balances(&self, file: &Path) -> BTreeMap<String, String> {
        let output = match self.tool {
            Program::Beancount => self.run(&["-c", BALANCES], file),
            Program::Hledger => self.run(&["balance", "--flat", "-N", "-O", "csv"], file),
        };
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let rows = text.lines().skip(usize::from(self.tool == Program::Hledger));
        let row = |row: &str| {
            let mut cells = row.split(',').map(|cell| cell.trim_matches('"').to_owned());
            let (name, amount) = (cells.next().unwrap(), cells.next().unwrap());
            (name, amount.split(' ').next().unwrap().to_owned())
        };
        rows.map(row).collect()
    }

    /// Key and value of everything that is said of each transaction, as the tool reads them.
    ///
    /// # Panics
    /// If the tool doesn't read the file.
    pub fn details(&self, file: &Path) -> Vec<BTreeMap<String, String>> {
        let output = match self.tool {
            Program::Beancount => self.run(&["-c", DETAILS], file),
            Program::Hledger => self.run(&["print", "-O", "json"], file),
        };
        assert!(output.status.success(), "{output:?}");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        let said = said.as_array().unwrap().iter();
        match self.tool {
            Program::Beancount => {
                said.map(|of| serde_json::from_value(of.clone()).unwrap()).collect()
            }
            Program::Hledger => {
                let tags = |of: &Value| -> Vec<(String, String)> {
                    serde_json::from_value(of["ttags"].clone()).unwrap()
                };
                let read = |tags: Vec<(String, String)>| {
                    tags.into_iter().map(|(key, value)| (key, unescaped(&value))).collect()
                };
                let all = said.map(|of| read(tags(of)));
                all.filter(|of: &BTreeMap<_, _>| !of.is_empty()).collect()
            }
        }
    }
}

const BALANCES: &str = r"
import collections, sys
from beancount import loader
from beancount.core import data
entries, errors, _ = loader.load_file(sys.argv[1])
assert not errors, errors
sums = collections.Counter()
for entry in entries:
    if isinstance(entry, data.Transaction):
        for posting in entry.postings:
            sums[posting.account] += posting.units.number
for account, number in sums.items():
    if number:
        print(account, number, sep=',')
";

const DETAILS: &str = r"
import json, sys
from beancount import loader
from beancount.core import data
entries, errors, _ = loader.load_file(sys.argv[1])
assert not errors, errors
own = lambda key: key not in ('filename', 'lineno') and not key.startswith('__')
json.dump([{**{key: value for key, value in entry.meta.items() if own(key)}, 'event': entry.narration}
           for entry in entries if isinstance(entry, data.Transaction)], sys.stdout)
";

/// What %XX stands for.
fn unescaped(value: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), value.bytes());
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Past the test's own capture: what is skipped is seen.
fn skip(what: &str) {
    std::io::stderr().write_all(format!("skipped: {what}\n").as_bytes()).unwrap();
}
