//! What an audit found: where, which rule, both values.

use std::fmt::Display;
use std::io::{self, Write};

use tuanzhang_log::Damage;

use crate::node::Node;

/// Most findings that are kept; further ones are counted.
const KEPT_MAX: usize = 100;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Finding {
    /// Which invariant.
    pub(crate) rule: &'static str,
    /// The record, if it is about one.
    pub(crate) position: Option<u64>,
    /// The event in the record, from 0.
    pub(crate) event: Option<usize>,
    /// The place in the store, or the field in the event.
    pub(crate) place: Option<String>,
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Finding {
    /// Something about the whole book.
    pub(crate) fn of_book(rule: &'static str, expected: impl Display, found: impl Display) -> Self {
        let (expected, found) = (expected.to_string(), found.to_string());
        Self { rule, position: None, event: None, place: None, expected, found }
    }

    /// Something about a record.
    pub(crate) fn of_record(
        rule: &'static str,
        position: u64,
        expected: impl Display,
        found: impl Display,
    ) -> Self {
        Self { position: Some(position), ..Self::of_book(rule, &expected, &found) }
    }

    /// Bytes that nobody wrote.
    pub(crate) fn damage(damage: &Damage) -> Self {
        let finding = Self::of_book("bytes", "the bytes that were written", &damage.what);
        Self { place: Some(damage.place.clone()), ..finding }
    }

    pub(crate) fn event(self, event: usize) -> Self {
        Self { event: Some(event), ..self }
    }

    pub(crate) fn place(self, place: String) -> Self {
        Self { place: Some(place).filter(|place| !place.is_empty()), ..self }
    }

    fn node(&self) -> Node {
        Node::Map(vec![
            ("rule", self.rule.into()),
            ("position", self.position.into()),
            ("event", self.event.into()),
            ("place", self.place.clone().into()),
            ("expected", self.expected.as_str().into()),
            ("found", self.found.as_str().into()),
        ])
    }
}

/// All findings, the first 100 kept.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    total: u64,
}

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        self.total = self.total.saturating_add(1);
        if self.kept.len() < KEPT_MAX {
            self.kept.push(finding);
        }
    }

    #[cfg(test)]
    pub(crate) fn kept(&self) -> &[Finding] {
        &self.kept
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    pub(crate) fn node(&self) -> Node {
        Node::list(self.kept.iter().map(Finding::node))
    }

    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for finding in &self.kept {
            write!(out, "- {}", finding.rule)?;
            if let Some(position) = finding.position {
                write!(out, ", position {position}")?;
            }
            if let Some(event) = finding.event {
                write!(out, ", event {event}")?;
            }
            if let Some(place) = &finding.place {
                write!(out, ", {place}")?;
            }
            writeln!(out, ": expected {}, found {}", finding.expected, finding.found)?;
        }
        Ok(())
    }
}
