//! `tuanzhang statement BOOK [PARTY]`: what a party had, earned, gave back and was paid in a period.

mod period;
mod print;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use tuanzhang_analytics::Day;
use tuanzhang_core::PartyId;
use tuanzhang_statement::{Statement as Stated, Statements};

use crate::book_url::{BookUrl, READ};
use crate::csv_file;
use crate::failure::{Failure, Outcome};
use crate::figures::Names;
use crate::fold::{Known, opened, walk_book};
use crate::out_file::{self, Kind, is_same};
use crate::zone::Local;
use period::{Month, Period};

#[derive(Debug, Args)]
pub(crate) struct Statement {
    #[arg(help = READ)]
    book: BookUrl,
    /// A leader, a supplier or the operator; all of them where absent
    party: Option<PartyId>,
    #[command(flatten)]
    known: Known,
    /// A month of the book's zone, like 2021-12
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "to"], required_unless_present = "from")]
    month: Option<Month>,
    /// The first day, like 2021-12-01
    #[arg(long, value_name = "DAY", requires = "to")]
    from: Option<Day>,
    /// The day after the last one
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<Day>,
    /// Whose days: an IANA zone in place of the book's own
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Names for ids, a CSV of id,name: shown on the page, kept nowhere
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Also write the statement as a CSV file, the orders behind each line among it
    #[arg(long, value_name = "FILE", requires = "party")]
    csv: Option<PathBuf>,
    /// Also write the statement as one HTML page, to print or to send
    #[arg(long, value_name = "FILE", requires = "party")]
    html: Option<PathBuf>,
    /// Write PARTY.csv and PARTY.html for each party into this directory
    #[arg(long, value_name = "DIR", conflicts_with_all = ["csv", "html"])]
    out: Option<PathBuf>,
}

impl Statement {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let source = self.book.read_only()?;
        let opened = opened(&self.book, &source)?;
        let zone = match &self.zone {
            Some(name) => Local::named(name).ok_or_else(|| {
                Failure::input(format!("--zone {name}: no such zone; write one like Asia/Shanghai"))
            })?,
            None => Local::or_utc(opened.timezone.as_str()),
        };
        let period = Period::of(self.month, self.from.zip(self.to), zone)?;
        let mut statements = Statements::new(period.span, self.party);
        walk_book(&self.book, &source, self.known, &mut |record| {
            statements.record(record).map_err(|error| Failure::store(&error))
        })?;
        let asked: Vec<PartyId> = match self.party {
            Some(party) => vec![party],
            None => statements.parties().collect(),
        };
        let names = self.names.as_deref().map(Names::read).transpose()?;
        let currency = opened.currency;
        let printed = print::Printed {
            currency: currency.code.as_str(),
            decimals: currency.decimals,
            period: &period,
        };
        if self.party.is_none_or(|party| statements.of(party).is_some()) {
            self.check_targets(&asked)?;
            self.out.as_deref().map_or(Ok(()), out_file::make_folder)?;
        }
        if asked.is_empty() && !json {
            printed.write_nobody(out)?;
        }
        let mut nodes = Vec::with_capacity(asked.len());
        for (place, party) in asked.into_iter().enumerate() {
            let stated = statements.of(party).ok_or_else(|| {
                Failure::input(format!("{party} is no leader, supplier or operator of this book"))
            })?;
            stated.check().map_err(|error| Failure::store(&error))?;
            self.write_files(&printed, &stated, names.as_ref())?;
            if json {
                nodes.push(printed.node(&stated));
            } else {
                if place > 0 {
                    writeln!(out)?;
                }
                printed.write(&stated, out)?;
            }
        }
        if json {
            let node = crate::node::Node::Map(vec![
                ("from", crate::node::Node::text(period.span.from)),
                ("to", crate::node::Node::text(period.span.to)),
                ("currency", currency.code.as_str().into()),
                ("statements", crate::node::Node::list(nodes)),
            ]);
            writeln!(out, "{}", serde_json::to_string(&node)?)?;
        }
        Ok(Outcome::Done)
    }

    /// Nothing is written unless all can be: not in a journal, not two files in one place, not over the names.
    fn check_targets(&self, asked: &[PartyId]) -> Result<(), Failure> {
        if let Some(directory) = &self.out {
            out_file::check_folder(directory)?;
            for party in asked {
                self.check_target(&directory.join(format!("{party}.csv")), Kind::Other)?;
                self.check_target(&directory.join(format!("{party}.html")), Kind::Page)?;
            }
        }
        if let (Some(csv), Some(html)) = (&self.csv, &self.html)
            && is_same(csv, html)
        {
            let file = csv.display();
            return Err(Failure::input(format!(
                "--csv and --html both name {file}; nothing was written, name two files"
            )));
        }
        self.csv.as_deref().map_or(Ok(()), |path| self.check_target(path, Kind::Other))?;
        self.html.as_deref().map_or(Ok(()), |path| self.check_target(path, Kind::Page))
    }

    fn check_target(&self, path: &Path, kind: Kind) -> Result<(), Failure> {
        if self.names.as_deref().is_some_and(|names| is_same(names, path)) {
            let file = path.display();
            return Err(Failure::input(format!(
                "{file} is the file that --names reads; nothing was written, name another file"
            )));
        }
        out_file::check(path, kind).map(drop)
    }

    fn write_files(
        &self,
        printed: &print::Printed<'_>,
        stated: &Stated,
        names: Option<&Names>,
    ) -> Result<(), Failure> {
        let party = stated.party.to_string();
        let page = |path: &Path| {
            let name = names.and_then(|names| names.of(&party)).map(ToOwned::to_owned);
            let text = tuanzhang_page::render_statement(stated, &printed.labels(name));
            out_file::write(path, Kind::Page, &text)
        };
        let table =
            |path: &Path| csv_file::write_file(path, print::csv_head(), printed.csv_rows(stated));
        if let Some(path) = &self.csv {
            table(path)?;
        }
        if let Some(path) = &self.html {
            page(path)?;
        }
        if let Some(directory) = &self.out {
            table(&directory.join(format!("{party}.csv")))?;
            page(&directory.join(format!("{party}.html")))?;
        }
        Ok(())
    }
}
