//! What an audit found: where, which rule, both values.

use std::fmt::{self, Display};

use tuanzhang_log::Damage;

use crate::Rule;

/// Most findings that are kept; further ones are counted.
pub const FINDINGS_MAX: usize = 100;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which rule doesn't hold.
    pub rule: Rule,
    /// The record, if it is about one.
    pub position: Option<u64>,
    /// The event in the record, from 0.
    pub event: Option<usize>,
    /// The place in the store, the field in the event, or the thing that it is about.
    pub place: Option<String>,
    /// What must stand there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl Finding {
    /// Something about the whole book.
    pub(crate) fn of_book(rule: Rule, expected: impl Display, found: impl Display) -> Self {
        let (expected, found) = (expected.to_string(), found.to_string());
        Self { rule, position: None, event: None, place: None, expected, found }
    }

    /// Something about a record.
    pub(crate) fn of_record(
        rule: Rule,
        position: u64,
        expected: impl Display,
        found: impl Display,
    ) -> Self {
        Self { position: Some(position), ..Self::of_book(rule, &expected, &found) }
    }

    /// Bytes that nobody wrote.
    pub fn damage(damage: &Damage) -> Self {
        let finding = Self::of_book(Rule::Bytes, "the bytes that were written", &damage.what);
        Self { place: Some(damage.place.clone()), position: damage.position, ..finding }
    }

    pub(crate) fn event(self, event: Option<usize>) -> Self {
        Self { event, ..self }
    }

    pub(crate) fn place(self, place: String) -> Self {
        Self { place: Some(place).filter(|place| !place.is_empty()), ..self }
    }

    /// Damage first, then by record, what is about the whole book last.
    fn rank(&self) -> (bool, u64, Option<usize>) {
        (self.rule != Rule::Bytes, self.position.unwrap_or(u64::MAX), self.event)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rule)?;
        if let Some(position) = self.position {
            write!(f, ", position {position}")?;
        }
        if let Some(event) = self.event {
            write!(f, ", event {event}")?;
        }
        if let Some(place) = &self.place {
            write!(f, ", {place}")?;
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)
    }
}

/// All findings: the first [`FINDINGS_MAX`] kept, the others counted.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    kept: Vec<Finding>,
    total: u64,
}

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        self.total = self.total.saturating_add(1);
        if self.kept.len() < FINDINGS_MAX {
            self.kept.push(finding);
        }
    }

    /// Takes in those of another look at the same book; those of the first records stay.
    pub(crate) fn merge(&mut self, mut other: Self) {
        // The same damage is met by whoever reads there; it is one finding.
        let found = other.kept.len();
        other.kept.retain(|finding| finding.rule != Rule::Bytes || !self.kept.contains(finding));
        let again = u64::try_from(found.saturating_sub(other.kept.len())).unwrap_or(u64::MAX);
        self.total = self.total.saturating_add(other.total).saturating_sub(again);
        self.kept.extend(other.kept);
        self.kept.sort_by_key(Finding::rank);
        self.kept.truncate(FINDINGS_MAX);
    }

    /// Those that were kept: damage first, then record by record, what is about the whole book last.
    pub fn kept(&self) -> &[Finding] {
        &self.kept
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// How many there are, kept or not.
    pub fn total(&self) -> u64 {
        self.total
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        let mut findings = Self::default();
        findings.add(finding);
        findings
    }
}
