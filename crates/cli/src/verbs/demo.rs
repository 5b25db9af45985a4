//! `tuanzhang demo [DIR]`: the main job on bundled real data.
//!
//! One month of a real shop becomes a book in DIR/book; it is audited and reported on, and the report
//! is kept as DIR/report.json and DIR/report.html. Running it again adds nothing.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use tuanzhang_analytics::Settings;

use crate::book_url::BookUrl;
use crate::failure::{Failure, Outcome};
use crate::figures;
use crate::fold::{AsOf, fold};
use crate::import::{DEMO, Plan};
use crate::node::Node;
use crate::stopwatch::Stopwatch;
use crate::verbs::audit::audit;
use crate::verbs::balances;
use crate::verbs::import::online_retail::{Imported, carry_out};

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// A new or empty directory, or that of an earlier demo
    #[arg(default_value = "tuanzhang-demo")]
    directory: PathBuf,
}

impl Demo {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let stopwatch = Stopwatch::start();
        let directory = self.directory;
        must_be_ours(&directory)?;
        fs::create_dir_all(&directory)
            .map_err(|error| Failure::file(&directory, "make", &error))?;
        let url = BookUrl::Journal(directory.join("book"));

        let mut plan =
            Plan::from_bytes(DEMO, |_| ()).map_err(|error| Failure::Input(error.to_string()))?;
        let run = {
            let ledger = url.ledger()?;
            let checked = ledger.read(|book| plan.check_against(book));
            checked.map_err(|error| Failure::Input(error.to_string()))?;
            carry_out(&plan, &ledger)?
        };
        let imported = Imported { plan: &plan, run: Some(run) };
        let audited = audit(&url)?;
        let folded = fold(&url, AsOf::NOW)?;
        let facts = figures::facts_of(std::slice::from_ref(&url), AsOf::NOW, None)?;
        let figures = figures::report(&facts, &Settings::default())?;
        let report = directory.join("report.json");
        let text = serde_json::to_string_pretty(&figures::node(&figures))?;
        fs::write(&report, text).map_err(|error| Failure::file(&report, "write", &error))?;
        let page = directory.join("report.html");
        fs::write(&page, tuanzhang_page::render(&figures))
            .map_err(|error| Failure::file(&page, "write", &error))?;

        if json {
            let node = Node::Map(vec![
                ("directory", Node::text(directory.display())),
                ("book", Node::text(&url)),
                ("report_file", Node::text(report.display())),
                ("page_file", Node::text(page.display())),
                ("import", imported.node()),
                ("audit", audited.node()),
                ("balances", balances::node(&folded)),
                ("report", figures::node(&figures)),
            ]);
            writeln!(out, "{}", serde_json::to_string(&node)?)?;
        } else {
            writeln!(
                out,
                "One month of a real gift shop (UCI Online Retail, CC BY 4.0) as a group-buying book.\n"
            )?;
            imported.write(None, out)?;
            writeln!(out, "\nAudit 审计")?;
            audited.write(out)?;
            writeln!(out, "\nBalances 余额")?;
            balances::print(&folded, false, out)?;
            writeln!(out, "\nReport 报表")?;
            figures::write(&figures, out)?;
            write_next(out, &directory, stopwatch)?;
        }
        let all_well = imported.outcome() == Outcome::Done && audited.outcome() == Outcome::Done;
        Ok(if all_well { Outcome::Done } else { Outcome::Found })
    }
}

/// A directory of somebody else's is left alone.
fn must_be_ours(directory: &Path) -> Result<(), Failure> {
    let mut entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::file(directory, "read", &error)),
    };
    if entries.next().is_none() || directory.join("book").is_dir() {
        return Ok(());
    }
    let place = directory.display();
    Err(Failure::Input(format!(
        "{place} holds other files; give demo a new directory: tuanzhang demo DIR"
    )))
}

fn write_next(out: &mut impl Write, directory: &Path, stopwatch: Stopwatch) -> Result<(), Failure> {
    let book = directory.join("book");
    let book = book.display();
    writeln!(
        out,
        "\nDone in {}. The book is {book}, the report {} (open it in a browser).",
        stopwatch.seconds(),
        directory.join("report.html").display()
    )?;
    writeln!(out, "Try next:")?;
    writeln!(out, "  tuanzhang show {book}")?;
    writeln!(out, "  tuanzhang balances {book} --at 2010-12-10T00:00:00Z")?;
    writeln!(out, "  tuanzhang report {book} --json")?;
    writeln!(out, "  tuanzhang audit {book}")?;
    writeln!(out, "  tuanzhang apply memory: FILE      # commands of your own, see docs/cli.md")?;
    Ok(())
}
