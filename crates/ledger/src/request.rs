//! What goes into a ledger and what comes out.

use std::sync::Arc;

use tuanzhang_core::{Actor, Command, Event, Position, Record, Rejection, Time};

/// A command, who sends it, and when.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    /// When it is recorded, taken as it stands; the handle's clock says it where absent.
    pub at: Option<Time>,
    /// When it happened outside (a channel's payment time), at most `at`.
    pub occurred_at: Option<Time>,
    /// Who sends it. The app has made sure of that.
    pub actor: Actor,
    /// What is asked.
    pub command: Command,
}

impl Request {
    /// A request without times of its own.
    pub fn new(actor: Actor, command: impl Into<Command>) -> Self {
        Self { at: None, occurred_at: None, actor, command: command.into() }
    }

    /// Sets when it is recorded.
    #[must_use]
    pub fn at(mut self, at: Time) -> Self {
        self.at = Some(at);
        self
    }

    /// Sets when it happened outside.
    #[must_use]
    pub fn occurred_at(mut self, occurred_at: Time) -> Self {
        self.occurred_at = Some(occurred_at);
        self
    }
}

/// The answer to a command that was accepted, now or before.
#[derive(Clone, PartialEq, Debug)]
pub struct Done {
    /// Where it is recorded.
    pub position: Position,
    /// Whether it was recorded before: nothing new was written.
    pub repeated: bool,
    /// The record, durable.
    pub record: Arc<Record>,
}

impl Done {
    /// What happened, in order.
    pub fn events(&self) -> &[Event] {
        &self.record.events
    }

    pub(crate) fn new(record: Arc<Record>) -> Self {
        Self { position: record.head.position, repeated: false, record }
    }

    pub(crate) fn repeated(record: Arc<Record>) -> Self {
        Self { position: record.head.position, repeated: true, record }
    }
}

/// What becomes of one command once its batch is durable.
pub(crate) type Answer = Result<Done, Rejection>;
