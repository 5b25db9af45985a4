//! Command lines: one JSON object a line, read without waiting for more than is there.

use std::io::{self, BufRead, Read};

use serde::Deserialize;
use tuanzhang_core::{Actor, Command, Time};
use tuanzhang_ledger::Request;

/// The longest line, 16 MiB: a record holds at most 1 MiB, and JSON is wordier than that.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// A line of input, as cli.md has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Time,
    #[serde(default)]
    occurred_at: Option<Time>,
    actor: Actor,
    command: Command,
}

/// What the next line is.
#[derive(Debug)]
pub(crate) enum Next {
    /// A command.
    Request(Box<Request>),
    /// Nothing that can be read: where, what, and what to do.
    Unreadable(String),
    /// The end.
    End,
}

/// Lines of a file or of standard input, counted from 1, blank ones too.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    from: io::BufReader<R>,
    number: u64,
    bytes: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(from: R) -> Self {
        Self { from: io::BufReader::with_capacity(1 << 18, from), number: 0, bytes: Vec::new() }
    }

    /// The number of the line that was read last.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether a whole line is there already, so that the next one needs no waiting.
    pub(crate) fn is_ready(&self) -> bool {
        self.from.buffer().contains(&b'\n')
    }

    /// Reads the next line that isn't blank.
    pub(crate) fn next(&mut self) -> io::Result<Next> {
        loop {
            self.bytes.clear();
            let limit = LINE_BYTES_MAX.saturating_add(1);
            let read = (&mut self.from).take(limit).read_until(b'\n', &mut self.bytes)?;
            if read == 0 {
                return Ok(Next::End);
            }
            self.number = self.number.saturating_add(1);
            if u64::try_from(self.bytes.len()).unwrap_or(u64::MAX) > LINE_BYTES_MAX {
                return Ok(Next::Unreadable("longer than 16 MiB; split the command".into()));
            }
            let text = self.bytes.trim_ascii();
            if !text.is_empty() {
                return Ok(parse(text)
                    .map_or_else(Next::Unreadable, |request| Next::Request(Box::new(request))));
            }
        }
    }
}

/// The fields of the contract that are lists.
const LISTS: [&str; 6] = ["items", "lines", "postings", "shares", "tiers", "ways"];

fn parse(text: &[u8]) -> Result<Request, String> {
    let line: Line = serde_json::from_slice(text).map_err(|error| unreadable(text, &error))?;
    if let Some(column) = stray_list(text) {
        let (path, _) = path_at(text, column);
        let field = path.concat();
        let field = if path.is_empty() { "the line" } else { field.trim_start_matches('.') };
        return Err(format!(
            "column {column}, field {field}: a list where an object belongs; name the fields"
        ));
    }
    let mut request = Request::new(line.actor, line.command).at(line.at);
    request.occurred_at = line.occurred_at;
    Ok(request)
}

/// The column of a list that stands for an object: serde takes the values of fields in their order for
/// an object, which is not the contract. One pass over a text that was read before.
fn stray_list(text: &[u8]) -> Option<usize> {
    let mut rest = text.iter().copied().enumerate();
    while let Some((at, byte)) = rest.next() {
        match byte {
            b'"' => drop(rest_of_string(&mut rest)),
            b'[' => {
                let before = text.get(..at).unwrap_or_default().trim_ascii_end();
                let key = before.strip_suffix(b":").unwrap_or_default().trim_ascii_end();
                let is_list = |name: &str| {
                    let key =
                        key.strip_suffix(b"\"").and_then(|key| key.strip_suffix(name.as_bytes()));
                    key.is_some_and(|key| key.ends_with(b"\""))
                };
                if !LISTS.into_iter().any(is_list) {
                    return Some(at.saturating_add(1));
                }
            }
            _ => (),
        }
    }
    None
}

/// What serde says, and the field in which it stood.
fn unreadable(text: &[u8], error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = said.strip_suffix(&place).unwrap_or(&said);
    let (mut path, depth) = path_at(text, error.column());
    if what.starts_with("missing field") {
        path.truncate(depth);
    }
    let column = error.column();
    if path.is_empty() {
        format!("column {column}: {what}")
    } else {
        format!("column {column}, field {}: {what}", path.concat().trim_start_matches('.'))
    }
}

/// Where a JSON text stands just before a column: `.command`, `.lines`, `[0]`, …, and how many of these
/// steps lead to the map or list around it.
///
/// One pass over what comes before; anything that isn't JSON leaves the path as it was.
fn path_at(text: &[u8], column: usize) -> (Vec<String>, usize) {
    let mut path: Vec<String> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut rest = text.iter().copied().enumerate();
    let mut awaits_key = false;
    while let Some((at, byte)) = rest.next() {
        if at.saturating_add(1) >= column {
            break;
        }
        match byte {
            b'"' => {
                let word = rest_of_string(&mut rest);
                if awaits_key {
                    replace(&mut path, &open, format!(".{word}"));
                    awaits_key = false;
                }
            }
            b'{' => {
                open.push(Open::Map(path.len()));
                awaits_key = true;
            }
            b'[' => {
                open.push(Open::List(path.len(), 0));
                path.push("[0]".into());
            }
            b'}' | b']' => {
                let depth = open.pop().map_or(0, Open::depth);
                path.truncate(depth);
                awaits_key = false;
            }
            b',' => match open.last_mut() {
                Some(Open::Map(_)) => awaits_key = true,
                Some(Open::List(_, index)) => {
                    *index = index.saturating_add(1);
                    let place = format!("[{index}]");
                    replace(&mut path, &open, place);
                }
                None => (),
            },
            _ => (),
        }
    }
    let depth = open.last().map_or(0, |open| open.depth());
    (path, depth)
}

#[derive(Clone, Copy, Debug)]
enum Open {
    Map(usize),
    List(usize, usize),
}

impl Open {
    fn depth(self) -> usize {
        match self {
            Self::Map(depth) | Self::List(depth, _) => depth,
        }
    }
}

fn replace(path: &mut Vec<String>, open: &[Open], place: String) {
    path.truncate(open.last().map_or(0, |open| open.depth()));
    path.push(place);
}

/// The rest of a string up to its closing quote, at most 64 bytes of it.
fn rest_of_string(rest: &mut impl Iterator<Item = (usize, u8)>) -> String {
    let mut word = Vec::new();
    let mut escaped = false;
    for (_, byte) in rest {
        match byte {
            b'"' if !escaped => break,
            b'\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
        if word.len() < 64 {
            word.push(byte);
        }
    }
    String::from_utf8_lossy(&word).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let refused = parse(text.as_bytes()).unwrap_err();
        assert!(refused.contains(expected), "{text}\n{refused}");
    }

    #[test]
    fn an_unreadable_line_names_its_field() {
        let around = |command: &str| {
            format!(
                r#"{{"at":"2021-12-01T08:00:00+08:00","actor":"operator","command":{command}}}"#
            )
        };
        let id = "00000000-0000-0000-0000-000000000001";
        let draw = |amount: &str| {
            around(&format!(
                r#"{{"record_cost":{{"cost":"{id}","category":"labour","channel":"cash","amount":{amount}}}}}"#
            ))
        };
        check(
            &draw("94.5"),
            "field command.record_cost.amount: invalid type: floating point `94.5`",
        );
        check(&draw("94"), "field command.record_cost.amount: invalid type: integer `94`");
        check(&draw("null"), "field command.record_cost.amount");
        check(&draw(r#""1.00","more":1"#), "field command.record_cost.more: unknown field `more`");
        check(
            &around(&format!(r#"{{"settle_order":{{"order":"{id}x"}}}}"#)),
            "command.settle_order.order",
        );
        check(
            &around(r#"{"settle_order":{}}"#),
            "field command.settle_order: missing field `order`",
        );
        check(&around(r#"{"fly":{}}"#), "unknown variant `fly`");
        let lines = r#"{"ship_order":{"order":"I","lines":[{"sku":"a","quantity":1},{"sku":"b","quantity":1.5}]}}"#;
        check(&around(&lines.replace('I', id)), "field command.ship_order.lines[1].quantity");
        check(r#"{"at":"yesterday","actor":"operator","command":{}}"#, "field at:");
        check(r#"{"at":"2021-12-01T08:00:00+08:00","actor":"god"}"#, "field actor");
        check("{", "column 1");
        check("[]", "column");
        let time = "2021-12-01T08:00:00+08:00";
        check(
            &format!(r#"["{time}",null,"operator",{{"settle_order":{{"order":"{id}"}}}}]"#),
            "the line: a list",
        );
        check(
            &around(&format!(r#"{{"settle_order":["{id}"]}}"#)),
            "field command.settle_order: a list",
        );
        let lines =
            format!(r#"{{"ship_order":{{"order":"{id}","parcel":"{id}","lines":[["a",1]]}}}}"#);
        check(&around(&lines), "field command.ship_order.lines[0]: a list");
        check("\"\\", "column");
    }

    #[test]
    fn blank_lines_are_counted_and_skipped() {
        let mut lines = Lines::new("\n  \r\n{}\n".as_bytes());
        assert!(matches!(lines.next().unwrap(), Next::Unreadable(_)));
        assert_eq!(lines.number(), 3);
        assert!(matches!(lines.next().unwrap(), Next::End));
    }
}
