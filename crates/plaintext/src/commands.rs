//! A book as the commands that write it.

use std::io::Write;

use serde::{Deserialize, Serialize};
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{Actor, Command, Event, Position, Record, RulesVersion, Time};

use crate::error::ExportError;

/// A line as `tuanzhang apply` reads it.
#[derive(PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    occurred_at: Option<Time>,
    actor: Actor,
    command: Command,
}

/// Writes the canonical command of each record as a JSON object a line: `tuanzhang apply` makes the same
/// records of them, byte by byte, and so the same root. Holds for a book that an audit finds sound, for that is
/// what an audit decides again.
///
/// Each line is read back and compared before it is written: what JSON can't say is an error, not a loss.
#[derive(Debug)]
pub struct CommandLines<W> {
    out: W,
    position: Position,
    decimals: Option<Decimals>,
    text: Vec<u8>,
}

impl<W: Write> CommandLines<W> {
    /// Lines, to be written to `out`.
    pub const fn new(out: W) -> Self {
        Self { out, position: Position::START, decimals: None, text: Vec::new() }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`ExportError`]: a record out of order; one that no command gives, or that follows other arithmetic than
    /// today's; a time that RFC 3339 can't say; what `out` says. The export can't go on then.
    pub fn record(&mut self, record: &Record) -> Result<(), ExportError> {
        let (position, expected) = (record.head.position, self.position.next());
        if position != expected {
            return Err(ExportError::OutOfOrder { given: position, expected });
        }
        if record.head.rules != RulesVersion::CURRENT {
            return Err(ExportError::OtherRules { position, found: record.head.rules });
        }
        if let (None, Some(Event::BookOpened(opened))) = (self.decimals, record.events.first()) {
            self.decimals = Some(opened.currency.decimals);
        }
        let decimals = self.decimals.ok_or(ExportError::NoBook)?;
        let not_a_line = |why: String| ExportError::NotALine { position, why };
        let command = Command::from_record(record, decimals)
            .map_err(|error| not_a_line(error.to_string()))?;
        let (at, occurred_at, actor) = (record.head.at, record.head.occurred_at, record.head.actor);
        let line = Line { at, occurred_at, actor, command };
        self.text.clear();
        serde_json::to_writer(&mut self.text, &line)
            .map_err(|error| not_a_line(error.to_string()))?;
        let again: Line =
            serde_json::from_slice(&self.text).map_err(|error| not_a_line(error.to_string()))?;
        if again != line {
            return Err(not_a_line("its JSON reads as another command".into()));
        }
        self.text.push(b'\n');
        self.out.write_all(&self.text)?;
        self.position = position;
        Ok(())
    }

    /// Ends the text; the position of the last record that is in it.
    ///
    /// # Errors
    /// [`ExportError::NoBook`] without a record; what `out` says.
    pub fn finish(mut self) -> Result<(W, Position), ExportError> {
        if self.position == Position::START {
            return Err(ExportError::NoBook);
        }
        self.out.flush()?;
        Ok((self.out, self.position))
    }
}
