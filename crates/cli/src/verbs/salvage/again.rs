//! What stands behind a gap: each record's command, sent again.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;

use serde_json::to_string;
use tuanzhang_core::{Command, Record, json};
use tuanzhang_journal::Salvage as Wreck;
use tuanzhang_ledger::{Ledger, Request};
use tuanzhang_wire as wire;

use super::Taken;
use crate::failure::{Failure, chain};
use crate::node::Node;
use crate::progress;
use crate::writer::{decimals, stopped};

/// Commands that share an append.
const GROUP_COMMANDS: usize = 500;

/// What became of the commands that were sent again.
#[derive(Debug, Default)]
pub(super) struct Again {
    /// Recorded anew with the events that they had.
    pub(super) same: u64,
    /// Recorded before: the book has them already.
    pub(super) repeated: u64,
    /// Recorded anew, with other events than they had: was, now, name.
    pub(super) other: Vec<(u64, u64, &'static str)>,
    /// Refused: position, name, code, message.
    pub(super) refused: Vec<(u64, &'static str, String, String)>,
}

impl Again {
    /// Sends the commands of all records that were not taken over.
    pub(super) fn send(
        wreck: &Wreck,
        ledger: &Ledger,
        taken: &Taken,
        refused: Option<BufWriter<File>>,
    ) -> Result<Self, Failure> {
        let done = taken.common();
        let mut sending = Sending {
            again: Self::default(),
            ledger,
            refused,
            lines: Vec::new(),
            group: Vec::new(),
        };
        let bar = progress::bar("sending again", Some(wreck.records()));
        let mut failure = None;
        wreck.visit(&mut |position, bytes| {
            bar.inc(1);
            if position <= done {
                return ControlFlow::Continue(());
            }
            match sending.add(position, bytes) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        bar.finish_and_clear();
        failure.map_or(Ok(()), Err)?;
        sending.flush()?;
        sending.write()?;
        Ok(sending.again)
    }

    pub(super) fn other(&self) -> Node {
        Node::list(self.other.iter().map(|(was, now, command)| {
            let fields = vec![
                ("was", (*was).into()),
                ("now", (*now).into()),
                ("command", (*command).into()),
            ];
            Node::Map(fields)
        }))
    }

    pub(super) fn refused(&self) -> Node {
        Node::list(self.refused.iter().map(|(was, command, code, message)| {
            Node::Map(vec![
                ("was", (*was).into()),
                ("command", (*command).into()),
                ("code", code.as_str().into()),
                ("message", message.as_str().into()),
            ])
        }))
    }
}

struct Sending<'l> {
    again: Again,
    ledger: &'l Ledger,
    refused: Option<BufWriter<File>>,
    /// What was refused, for that file.
    lines: Vec<Request>,
    group: Vec<(Record, Request)>,
}

impl Sending<'_> {
    fn add(&mut self, position: u64, bytes: &[u8]) -> Result<(), Failure> {
        let record = match wire::decode(bytes) {
            Ok(record) => record,
            Err(error) => {
                let why = chain(&error);
                self.again.refused.push((position, "–", "unreadable".into(), why));
                return Ok(());
            }
        };
        let command = match Command::from_record(&record, decimals(self.ledger)) {
            Ok(command) => command,
            Err(error) => {
                let why = error.to_string();
                self.again.refused.push((position, "–", "not_a_command".into(), why));
                return Ok(());
            }
        };
        let mut request = Request::new(record.head.actor, command).at(record.head.at);
        request.occurred_at = record.head.occurred_at;
        self.group.push((record, request));
        if self.group.len() >= GROUP_COMMANDS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let group = std::mem::take(&mut self.group);
        let requests: Vec<Request> = group.iter().map(|(_, request)| request.clone()).collect();
        let (answers, failed) = match self.ledger.execute_many(&requests) {
            Ok(answers) => (answers, None),
            Err(many) => (many.answered, Some(many.error)),
        };
        for ((record, request), answer) in group.iter().zip(&answers) {
            let (was, name) = (record.head.position.get(), request.command.name());
            match answer {
                Ok(done) if done.repeated => {
                    self.again.repeated = self.again.repeated.saturating_add(1);
                }
                Ok(done) if done.record.events == record.events => {
                    self.again.same = self.again.same.saturating_add(1);
                }
                Ok(done) => self.again.other.push((was, done.position.get(), name)),
                Err(rejection) => {
                    let (code, message) = (rejection.code().to_owned(), rejection.to_string());
                    self.again.refused.push((was, name, code, message));
                    self.lines.push(request.clone());
                }
            }
        }
        match (failed, group.get(answers.len())) {
            (Some(error), Some((record, _))) => {
                let place = format!("the command of position {}", record.head.position);
                Err(stopped(&place, &error))
            }
            _ => Ok(()),
        }
    }

    /// The commands that were refused, as lines that `apply` takes: recorded no earlier than the book's
    /// last record, and as having happened when they were.
    fn write(&mut self) -> Result<(), Failure> {
        let Some(refused) = &mut self.refused else { return Ok(()) };
        let decimals = decimals(self.ledger);
        let last = self.ledger.read(|book| book.head().map(|head| head.at));
        for request in &self.lines {
            let Some(at) = request.at.max(last) else { continue };
            let happened = request.occurred_at.or(request.at).filter(|happened| *happened < at);
            write!(refused, r#"{{"at":{},"#, to_string(&at)?)?;
            if let Some(occurred_at) = happened {
                write!(refused, r#""occurred_at":{},"#, to_string(&occurred_at)?)?;
            }
            let (actor, command) =
                (to_string(&request.actor)?, json::to_string(&request.command, decimals)?);
            writeln!(refused, r#""actor":{actor},"command":{command}}}"#)?;
        }
        refused.flush()?;
        Ok(())
    }
}
