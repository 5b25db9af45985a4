//! What came of the cases, as values and as a table.

use std::fmt;

use super::NotOffered;

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was looked at.
    pub what: String,
    /// What the promise says.
    pub promised: String,
    /// What the store did.
    pub found: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: promised {}, found {}", self.what, self.promised, self.found)
    }
}

/// Whether a promise was kept.
pub type Outcome = Result<(), Failure>;

/// Why a case that needs a fault did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A promise was not kept.
    Failed(Failure),
    /// The fault can't be tried.
    NotOffered(NotOffered),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<NotOffered> for Stopped {
    fn from(reason: NotOffered) -> Self {
        Self::NotOffered(reason)
    }
}

/// Number of faults that were tried and that the store stood.
pub type Trial = Result<u64, Stopped>;

/// What a case came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The promise was kept.
    Passed,
    /// It was kept in each of so many faults.
    Stood(u64),
    /// It was not kept.
    Failed(Failure),
    /// It was not tried.
    NotOffered(NotOffered),
}

/// One case in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Name of the case: a claim.
    pub name: &'static str,
    /// What it protects.
    pub protects: &'static str,
    /// What it came to.
    pub verdict: Verdict,
}

/// What all cases came to; shown as a table.
#[must_use = "a report says whether the store keeps its promises"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The cases in the order of the kit.
    pub lines: Vec<Line>,
}

impl Report {
    /// Whether no case failed. Those that were not tried are in [`Report::not_offered`].
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.failed().next().is_none()
    }

    /// The cases whose promise was kept.
    pub fn passed(&self) -> impl Iterator<Item = &Line> {
        let kept = |line: &&Line| matches!(line.verdict, Verdict::Passed | Verdict::Stood(_));
        self.lines.iter().filter(kept)
    }

    /// The cases whose promise was broken.
    pub fn failed(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| matches!(line.verdict, Verdict::Failed(_)))
    }

    /// The cases that were not tried, since the factory can't make their fault.
    pub fn not_offered(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| matches!(line.verdict, Verdict::NotOffered(_)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.lines.iter().map(|line| line.name.len()).max().unwrap_or(0);
        for line in &self.lines {
            let verdict = match &line.verdict {
                Verdict::Passed => "passed".into(),
                Verdict::Stood(tried) => format!("passed ({tried})"),
                Verdict::Failed(_) => "FAILED".into(),
                Verdict::NotOffered(_) => "not offered".into(),
            };
            writeln!(f, "{verdict:14}  {:width$}  {}", line.name, line.protects)?;
            match &line.verdict {
                Verdict::Passed | Verdict::Stood(_) => {}
                Verdict::Failed(failure) => writeln!(f, "{:14}  {failure}", "")?,
                Verdict::NotOffered(NotOffered(why)) => writeln!(f, "{:14}  since {why}", "")?,
            }
        }
        let (passed, failed) = (self.passed().count(), self.failed().count());
        write!(f, "{passed} passed, {failed} failed, {} not offered", self.not_offered().count())
    }
}
