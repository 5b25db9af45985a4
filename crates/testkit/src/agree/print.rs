//! Lives as `tuanzhang apply` reads them: a JSON object a line.

use serde::Serialize;
use tuanzhang_core::command::Command;
use tuanzhang_core::{Actor, Time};

use crate::life::Sent;

#[derive(Serialize)]
struct Line<'a> {
    at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_at: Option<Time>,
    actor: Actor,
    command: &'a Command,
}

/// The input line of a command.
pub fn json_line(sent: &Sent) -> String {
    let Sent { at, occurred_at, actor, command, .. } = sent;
    let line = Line { at: *at, occurred_at: *occurred_at, actor: *actor, command };
    serde_json::to_string(&line).unwrap_or_else(|e| format!("no JSON: {e}; {sent:?}"))
}

/// The input lines of a life.
pub fn json_lines(life: impl IntoIterator<Item = Sent>) -> String {
    life.into_iter().map(|sent| json_line(&sent) + "\n").collect()
}
