//! CSV records out of hostile bytes: one line at a time, so that a bad row costs itself only.
//!
//! Stricter than a general CSV reader, on purpose: there, a quote that is never closed swallows the
//! rows after it. Here a field may span lines only if the lines joined make a well-formed record of
//! the header's width; else the first line is rejected alone and reading goes on at the next.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use super::{FILE_BYTES_MAX, LINE_BYTES_MAX};

/// Lines that one quoted field may span.
const JOINED_LINES_MAX: usize = 8;
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A record's fields, in a buffer that is used again.
#[derive(Default, Debug)]
pub(super) struct Fields {
    text: String,
    ends: Vec<usize>,
}

impl Fields {
    /// The field at a place; empty beyond the last.
    pub(super) fn get(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.zip(self.ends.get(index).copied());
        range.and_then(|(start, end)| self.text.get(start..end)).unwrap_or("")
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// Why a row has no fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unreadable {
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// A line beyond any limit.
    TooLong,
    /// Quotes, or the number of fields.
    BadCsv,
}

/// A record, or what is wrong with it.
#[derive(Debug)]
pub(super) struct Row {
    /// Where it begins; the header is line 1.
    pub(super) line: u64,
    /// Why its fields can't be had.
    pub(super) problem: Option<(Unreadable, String)>,
}

struct Line {
    bytes: Vec<u8>,
    too_long: bool,
}

/// Reads records.
pub(super) struct Rows<R> {
    from: R,
    /// Fields of a record; none until the first has been read.
    width: Option<usize>,
    /// The line that is read next.
    line: u64,
    bytes_read: u64,
    ahead: VecDeque<Line>,
    raw: Vec<u8>,
    unquoted: Vec<u8>,
    fields: Fields,
}

impl<R: BufRead> Rows<R> {
    /// Records of so many fields.
    pub(super) fn new(from: R, width: usize) -> Self {
        Self::of(from, Some(width))
    }

    /// Records of as many fields as the first.
    pub(super) fn as_wide_as_the_first(from: R) -> Self {
        Self::of(from, None)
    }

    fn of(from: R, width: Option<usize>) -> Self {
        let (raw, unquoted, fields) = (Vec::new(), Vec::new(), Fields::default());
        Self { from, width, line: 1, bytes_read: 0, ahead: VecDeque::new(), raw, unquoted, fields }
    }

    /// The line that is read next.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Whether the file has more bytes than any import.
    pub(super) fn is_too_large(&self) -> bool {
        self.bytes_read > FILE_BYTES_MAX
    }

    /// The fields of the row that was read last.
    pub(super) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The row that was read last, as it stands.
    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Reads the next row; none at the end. Empty lines are no rows.
    pub(super) fn read(&mut self) -> io::Result<Option<Row>> {
        loop {
            let line = self.line;
            let Some(Line { bytes, too_long }) = self.take_line()? else { return Ok(None) };
            self.raw = bytes;
            if line == 1 && self.raw.starts_with(MARK) {
                self.raw.drain(..MARK.len());
            }
            if too_long {
                let reason = format!("longer than {LINE_BYTES_MAX} bytes");
                return Ok(Some(Row { line, problem: Some((Unreadable::TooLong, reason)) }));
            }
            if !self.raw.is_empty() {
                let problem = self.parse()?;
                return Ok(Some(Row { line, problem }));
            }
        }
    }

    /// Parses `raw`, with the lines after it if a quoted field goes on there.
    fn parse(&mut self) -> io::Result<Option<(Unreadable, String)>> {
        let mut parsed = split(&self.raw, &mut self.unquoted, &mut self.fields.ends);
        if parsed == Split::Unclosed {
            let mut joined = self.raw.clone();
            for taken in 1..=JOINED_LINES_MAX {
                let Some(next) = self.peek_line(taken)? else { break };
                if next.too_long || joined.len().saturating_add(next.bytes.len()) > LINE_BYTES_MAX {
                    break;
                }
                joined.push(b'\n');
                joined.extend_from_slice(&next.bytes);
                parsed = split(&joined, &mut self.unquoted, &mut self.fields.ends);
                if parsed == Split::Whole
                    && self.width.is_none_or(|width| self.fields.ends.len() == width)
                {
                    self.raw = joined;
                    for _ in 0..taken {
                        self.take_line()?;
                    }
                    break;
                }
                if parsed != Split::Unclosed {
                    parsed = Split::Unclosed;
                    break;
                }
            }
        }
        Ok(match parsed {
            Split::Unclosed => Some((Unreadable::BadCsv, "a quote is never closed".into())),
            Split::AfterQuote => {
                Some((Unreadable::BadCsv, "text between a closing quote and the next comma".into()))
            }
            Split::Whole => self.check(),
        })
    }

    /// Whether the fields are as many as they should be, and text.
    fn check(&mut self) -> Option<(Unreadable, String)> {
        self.fields.text.clear();
        let Ok(text) = std::str::from_utf8(&self.unquoted) else {
            return Some((Unreadable::NotUtf8, "is not UTF-8; save the file as UTF-8".into()));
        };
        self.fields.text.push_str(text);
        let found = self.fields.len();
        let width = *self.width.get_or_insert(found);
        (found != width).then(|| (Unreadable::BadCsv, format!("{found} fields instead of {width}")))
    }

    fn take_line(&mut self) -> io::Result<Option<Line>> {
        let line = if let Some(line) = self.ahead.pop_front() {
            Some(line)
        } else {
            let buffer = std::mem::take(&mut self.raw);
            self.next_line(buffer)?
        };
        if line.is_some() {
            self.line = self.line.saturating_add(1);
        }
        Ok(line)
    }

    /// The line so many after the one in hand, left where it is.
    fn peek_line(&mut self, nth: usize) -> io::Result<Option<&Line>> {
        while self.ahead.len() < nth {
            let Some(line) = self.next_line(Vec::new())? else { return Ok(None) };
            self.ahead.push_back(line);
        }
        Ok(nth.checked_sub(1).and_then(|index| self.ahead.get(index)))
    }

    /// The next line without its end, in a buffer; of one that is too long only the beginning.
    fn next_line(&mut self, mut bytes: Vec<u8>) -> io::Result<Option<Line>> {
        bytes.clear();
        let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(2);
        let read = (&mut self.from).take(limit).read_until(b'\n', &mut bytes)?;
        self.count(read);
        if read == 0 {
            return Ok(None);
        }
        let mut ended = bytes.last() == Some(&b'\n');
        let mut rest = Vec::new();
        while !ended && !self.is_too_large() {
            rest.clear();
            let read = (&mut self.from).take(limit).read_until(b'\n', &mut rest)?;
            self.count(read);
            ended = read == 0 || rest.last() == Some(&b'\n');
        }
        for end in [b'\n', b'\r'] {
            if bytes.last() == Some(&end) {
                bytes.pop();
            }
        }
        let too_long = !rest.is_empty() || bytes.len() > LINE_BYTES_MAX;
        Ok(Some(Line { bytes, too_long }))
    }

    fn count(&mut self, read: usize) {
        self.bytes_read = self.bytes_read.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Split {
    Whole,
    Unclosed,
    AfterQuote,
}

/// Splits a record at its commas into `text`, with the end of each field. A quote inside a field that
/// doesn't begin with one is a character like others.
fn split(record: &[u8], text: &mut Vec<u8>, ends: &mut Vec<usize>) -> Split {
    #[derive(PartialEq)]
    enum At {
        Start,
        Plain,
        Quoted,
        Closing,
    }
    text.clear();
    ends.clear();
    let mut at = At::Start;
    for byte in record {
        at = match (at, byte) {
            (At::Start, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::Closing,
            (At::Closing, b'"') => {
                text.push(b'"');
                At::Quoted
            }
            (At::Start | At::Plain | At::Closing, b',') => {
                ends.push(text.len());
                At::Start
            }
            (At::Closing, _) => return Split::AfterQuote,
            (At::Quoted, _) => {
                text.push(*byte);
                At::Quoted
            }
            (At::Start | At::Plain, _) => {
                text.push(*byte);
                At::Plain
            }
        };
    }
    ends.push(text.len());
    if at == At::Quoted { Split::Unclosed } else { Split::Whole }
}
