//! `--format online-retail`: invoices into commands.
//!
//! The file is read whole before anything is written. Commands go to the ledger in groups of 1,000,
//! each group one append; if the process dies, run it again: what is there answers `repeated`, and the
//! book ends the same.

use std::io::Write;
use std::path::Path;

use tuanzhang_core::Rejection;
use tuanzhang_ledger::{Ledger, Request};

use super::{Import, in_file, reading, write_first_reject};
use crate::book_url::BookUrl;
use crate::failure::{Failure, Outcome};
use crate::fold::{AsOf, fold};
use crate::import::{Plan, Step, pounds};
use crate::node::Node;
use crate::progress;
use crate::stopwatch::Stopwatch;
use crate::table;
use crate::writer::stopped;

/// Commands of one append.
const GROUP_COMMANDS: usize = 1000;
/// Most rejected commands that are shown; further ones are counted.
const SHOWN_MAX: usize = 20;

/// Imports the file that the command line names.
pub(super) fn run(import: &Import, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
    let read = reading(|progress| Plan::read(&import.file, progress));
    let mut plan = read.map_err(|error| in_file(&import.file, &error))?;
    import.write_rejects(plan.rejects())?;
    let run = if import.dry_run {
        dry_run(import, &mut plan)?;
        None
    } else {
        let ledger = import.book.ledger()?;
        let checked = ledger.read(|book| plan.check_against(book));
        checked.map_err(|error| in_file(&import.file, &error))?;
        Some(carry_out(&plan, &ledger)?)
    };
    let imported = Imported { plan: &plan, run };
    if json {
        writeln!(out, "{}", serde_json::to_string(&imported.node())?)?;
    } else {
        imported.write(import.rejects.as_deref(), out)?;
    }
    Ok(imported.outcome())
}

/// Checks the file against the book, if there is one.
fn dry_run(import: &Import, plan: &mut Plan) -> Result<(), Failure> {
    let exists = match &import.book {
        BookUrl::Journal(path) => path.is_dir(),
        BookUrl::Sqlite { path, .. } => path.is_file(),
        BookUrl::Postgres { url, .. } => url.read_only()?.is_some(),
        BookUrl::Memory => false,
    };
    if !exists {
        return Ok(());
    }
    let folded = fold(&import.book, AsOf::NOW)?;
    plan.check_against(&folded.book).map_err(|error| in_file(&import.file, &error))
}

/// What became of a plan's commands.
#[derive(Debug)]
pub(crate) struct Run {
    accepted: u64,
    repeated: u64,
    rejected: u64,
    /// The first rejections: line of the file, command, why.
    shown: Vec<(u64, &'static str, Rejection)>,
    position: u64,
    stopwatch: Stopwatch,
}

/// Carries out a plan's commands, group by group.
pub(crate) fn carry_out(plan: &Plan, ledger: &Ledger) -> Result<Run, Failure> {
    let stopwatch = Stopwatch::start();
    let mut run =
        Run { accepted: 0, repeated: 0, rejected: 0, shown: Vec::new(), position: 0, stopwatch };
    let bar = progress::bar("importing", u64::try_from(plan.len_hint()).ok());
    let mut steps = plan.commands().peekable();
    while steps.peek().is_some() {
        let (requests, lines): (Vec<_>, Vec<_>) =
            steps.by_ref().take(GROUP_COMMANDS).map(request).unzip();
        let answers = ledger.execute_many(&requests).map_err(|many| {
            let line = lines.get(many.answered.len()).copied().unwrap_or_default();
            stopped(&format!("the command of line {line}"), &many.error)
        })?;
        for ((request, line), answer) in requests.iter().zip(&lines).zip(answers) {
            match answer {
                Ok(done) if done.repeated => run.repeated = run.repeated.saturating_add(1),
                Ok(_) => run.accepted = run.accepted.saturating_add(1),
                Err(rejection) => run.reject(*line, request.command.name(), rejection),
            }
        }
        bar.inc(u64::try_from(requests.len()).unwrap_or(0));
    }
    bar.finish_and_clear();
    run.position = ledger.position().get();
    Ok(run)
}

fn request(step: Step) -> (Request, u64) {
    let mut request = Request::new(step.actor, step.command).at(step.at);
    request.occurred_at = step.occurred_at;
    (request, step.line)
}

impl Run {
    fn reject(&mut self, line: u64, command: &'static str, rejection: Rejection) {
        self.rejected = self.rejected.saturating_add(1);
        if self.shown.len() < SHOWN_MAX {
            self.shown.push((line, command, rejection));
        }
    }

    fn commands(&self) -> u64 {
        self.accepted.saturating_add(self.repeated).saturating_add(self.rejected)
    }
}

/// A plan and what became of it, to be printed.
#[derive(Debug)]
pub(crate) struct Imported<'a> {
    pub(crate) plan: &'a Plan,
    /// None where nothing was to be written.
    pub(crate) run: Option<Run>,
}

impl Imported<'_> {
    pub(crate) fn outcome(&self) -> Outcome {
        match &self.run {
            Some(run) if run.rejected > 0 => Outcome::Found,
            Some(_) | None => Outcome::Done,
        }
    }

    pub(crate) fn node(&self) -> Node {
        let classes = self.plan.classes();
        let fields = |rows: u64, quantity: i64, milli: i128| {
            vec![
                ("rows", rows.into()),
                ("quantity", Node::Json(quantity.into())),
                ("amount", pounds(milli).into()),
            ]
        };
        let class_rows = classes.iter().map(|(class, total)| {
            let mut row = vec![("class", class.name().into())];
            row.extend(fields(total.rows, total.quantity, total.milli));
            Node::Map(row)
        });
        let total = classes.total();
        let mut node = vec![
            ("classes", Node::list(class_rows)),
            ("total", Node::Map(fields(total.rows, total.quantity, total.milli))),
            ("leads_to", self.leads_to()),
            ("rows_rejected", self.plan.rejects().len().into()),
            ("commands", self.plan.len_hint().into()),
            ("dry_run", self.run.is_none().into()),
        ];
        if let Some(run) = &self.run {
            let rejections = run.shown.iter().map(|(line, command, rejection)| {
                Node::Map(vec![
                    ("line", (*line).into()),
                    ("command", (*command).into()),
                    ("code", rejection.code().into()),
                    ("message", Node::text(rejection)),
                ])
            });
            node.extend([
                ("accepted", run.accepted.into()),
                ("repeated", run.repeated.into()),
                ("rejected", run.rejected.into()),
                ("rejections", Node::list(rejections)),
                ("position", run.position.into()),
            ]);
        }
        Node::Map(node)
    }

    fn leads_to(&self) -> Node {
        let figures = self.plan.classes().figures;
        Node::Map(vec![
            ("campaigns", figures.campaigns.into()),
            ("leaders", figures.leaders.into()),
            ("orders", figures.orders.into()),
            ("anonymous_orders", figures.anonymous_orders.into()),
            ("settled_orders", figures.settled_orders.into()),
            ("credit_notes", figures.credit_notes.into()),
            ("refunds", figures.refunds.into()),
            ("refunds_by_transfer", figures.refunds_by_transfer.into()),
            ("refunds_of_a_payment_max", figures.refunds_of_a_payment_max.into()),
            ("ambiguous_times", figures.ambiguous_times.into()),
            ("shifted_times", figures.shifted_times.into()),
        ])
    }

    pub(crate) fn write(
        &self,
        rejects: Option<&Path>,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let mut table = table::headed(&["rows of class", "rows", "quantity", "amount, GBP"]);
        let classes = self.plan.classes();
        let total = classes.total();
        for (class, sum) in classes.iter().filter(|(_, sum)| sum.rows > 0) {
            let cells = [sum.rows.to_string(), sum.quantity.to_string(), pounds(sum.milli)];
            table.add_row([class.name().to_owned()].into_iter().chain(cells));
        }
        table.add_row([
            "total".into(),
            total.rows.to_string(),
            total.quantity.to_string(),
            pounds(total.milli),
        ]);
        table::align_right(&mut table, 1..4);
        writeln!(out, "{table}")?;
        table::write_node(out, &self.leads_to())?;
        write_first_reject(self.plan.rejects(), rejects, out)?;
        let Some(run) = &self.run else {
            writeln!(out, "{} commands; nothing was written (--dry-run)", self.plan.len_hint())?;
            return Ok(());
        };
        let (accepted, repeated, rejected) = (run.accepted, run.repeated, run.rejected);
        let (commands, seconds) = (run.commands(), run.stopwatch.seconds());
        let rate = run.stopwatch.rate(commands);
        writeln!(
            out,
            "{commands} commands in {seconds} ({rate} a second): {accepted} accepted, {repeated} repeated, {rejected} rejected"
        )?;
        for (line, command, rejection) in &run.shown {
            writeln!(out, "line {line}, {command}: {}: {rejection}", rejection.code())?;
        }
        writeln!(out, "the book stands at position {}", run.position)?;
        Ok(())
    }
}
