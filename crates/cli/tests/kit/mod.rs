//! Running the built program on scripts, and a small shop to run it on.
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "tests; each uses a part of the kit"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Standard output as JSON lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Standard output as one JSON value.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap()
    }

    /// Every line was accepted.
    pub(crate) fn all_ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        for line in self.lines() {
            assert!(line.get("ok").is_some(), "{line:#}");
        }
        self
    }
}

/// The program itself.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tuanzhang"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program with this standard input.
pub(crate) fn run_with(args: &[&str], input: &str) -> Ran {
    let mut child = program().args(args).stdin(Stdio::piped()).spawn().unwrap();
    let (mut to, input) = (child.stdin.take().unwrap(), input.to_owned());
    // Beside reading the answers, or both would wait; the program may end before it has read all.
    let writer = std::thread::spawn(move || to.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the program without input.
pub(crate) fn run(args: &[&str]) -> Ran {
    run_with(args, "")
}

/// A directory of its own, and a book in it.
pub(crate) struct Shop {
    pub(crate) dir: TempDir,
}

impl Shop {
    /// Nothing yet.
    pub(crate) fn empty() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    /// A book with one open campaign, see [`opening`].
    pub(crate) fn open() -> Self {
        let shop = Self::empty();
        shop.apply(&opening()).all_ok();
        shop
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("book")
    }

    pub(crate) fn book(&self) -> String {
        self.path().to_str().unwrap().to_owned()
    }

    pub(crate) fn apply(&self, script: &str) -> Ran {
        run_with(&["apply", &self.book()], script)
    }

    pub(crate) fn json(&self, verb: &[&str]) -> Value {
        let book = self.book();
        let mut args = vec![verb[0], &book];
        args.extend(&verb[1..]);
        args.push("--json");
        run(&args).json()
    }

    /// Balances by account.
    pub(crate) fn balances(&self) -> Vec<(String, String)> {
        let balances = self.json(&["balances"]);
        assert_eq!(balances["sum"], "0.00");
        let row = |row: &Value| (text(&row["account"]), text(&row["amount"]));
        balances["balances"].as_array().unwrap().iter().map(row).collect()
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Ids that a reader can tell apart.
pub(crate) fn id(kind: &str, n: u32) -> String {
    let kind = kind.bytes().fold(0_u32, |sum, byte| sum * 31 % 0xffff + u32::from(byte)) % 0xffff;
    format!("{kind:08x}-0000-4000-8000-{n:012x}")
}

pub(crate) fn owner() -> String {
    id("owner", 1)
}
pub(crate) fn seller() -> String {
    id("seller", 1)
}
pub(crate) fn upline() -> String {
    id("upline", 1)
}
pub(crate) fn supplier() -> String {
    id("supplier", 1)
}
pub(crate) fn operator() -> String {
    id("operator", 1)
}
pub(crate) fn buyer(n: u32) -> String {
    id("buyer", n)
}
pub(crate) fn order(n: u32) -> String {
    id("order", n)
}
pub(crate) fn campaign() -> String {
    id("campaign", 1)
}

/// Command lines, a minute apart, by the operator unless said otherwise.
pub(crate) struct Script {
    text: String,
    minute: u32,
}

impl Script {
    /// Begins so many minutes after 2021-12-01T08:00+08:00.
    pub(crate) fn at_minute(minute: u32) -> Self {
        Self { text: String::new(), minute }
    }

    pub(crate) fn by(mut self, actor: Value, command: Value) -> Self {
        let (day, rest) = (self.minute / 1440 + 1, self.minute % 1440);
        let at = format!("2021-12-{day:02}T{:02}:{:02}:00+08:00", rest / 60, rest % 60);
        let line = json!({ "at": at, "actor": actor, "command": command });
        writeln!(self.text, "{line}").unwrap();
        self.minute += 1;
        self
    }

    pub(crate) fn then(self, command: Value) -> Self {
        self.by(json!("operator"), command)
    }

    pub(crate) fn text(self) -> String {
        self.text
    }
}

/// A book, its parties, and one campaign with these items and split.
pub(crate) fn opening_with(items: Value, split: Value) -> String {
    Script::at_minute(8 * 60)
        .then(json!({ "open_book": { "book": id("book", 1), "currency": "CNY",
            "timezone": "Asia/Shanghai", "operator": operator() } }))
        .then(json!({ "register_leader": { "leader": owner() } }))
        .then(json!({ "register_leader": { "leader": upline() } }))
        .then(json!({ "register_leader": { "leader": seller(), "upline": upline() } }))
        .then(json!({ "register_supplier": { "supplier": supplier(), "terms_days": 0 } }))
        .then(json!({ "open_campaign": { "campaign": campaign(), "owner": owner(),
            "supplier": supplier(), "title": "冬枣", "items": items,
            "opens_at": "2021-12-01T00:00:00+08:00", "closes_at": "2021-12-20T00:00:00+08:00",
            "split": split,
            "shipping": { "fee": "0.00", "to": "supplier", "ways": ["courier"] },
            "return_shipping": { "cap": "15.00", "borne_by": "owner" },
            "after_sales_days": 7, "pay_within_minutes": 30, "auto_receive_days": 10 } }))
        .then(json!({ "allow_seller": { "campaign": campaign(), "seller": seller() } }))
        .text()
}

/// The campaign of example 1: dates at 89.90, and five mugs at 59.00.
pub(crate) fn opening() -> String {
    let items = json!([
        { "sku": "dates", "title": "枣", "price": "89.90" },
        { "sku": "mug", "title": "杯", "price": "59.00", "stock": 5 },
    ]);
    let split = json!({ "remainder": "supplier", "shares": [
        { "to": "seller", "take": { "rate": "0.15" } },
        { "to": "upline", "take": { "rate_of_seller": "0.10" } },
        { "to": "operator", "take": { "rate": "0.01" } },
    ] });
    opening_with(items, split)
}

pub(crate) fn place(n: u32, sku: &str, quantity: u32) -> Value {
    json!({ "place_order": { "order": order(n), "campaign": campaign(), "buyer": buyer(n),
        "seller": seller(), "lines": [{ "sku": sku, "quantity": quantity }], "way": "courier" } })
}

pub(crate) fn pay(n: u32, amount: &str) -> Value {
    json!({ "record_payment": { "payment": id("payment", n), "order": order(n),
        "channel": "wechat", "amount": amount, "reference": format!("wx{n}") } })
}

pub(crate) fn ship(n: u32) -> Value {
    json!({ "ship_order": { "order": order(n) } })
}

pub(crate) fn receive(n: u32) -> Value {
    json!({ "receive_order": { "order": order(n) } })
}
