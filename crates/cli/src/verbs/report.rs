//! `tuanzhang report BOOK…`: the figures of a shop, each with its definition.

use std::borrow::Cow;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tuanzhang_analytics::{Day, Facts, Period, Settings, Window};
use tuanzhang_core::PartyId;
use tuanzhang_core::money::{Amount, Decimals};

use crate::book_url::{BookUrl, READ};
use crate::failure::{Failure, Outcome};
use crate::figures;
use crate::fold::AsOf;
use crate::out_file::{self, Kind};
use crate::zone::Local;

#[derive(Debug, Args)]
pub(crate) struct Report {
    #[arg(help = READ, required = true)]
    books: Vec<BookUrl>,
    #[command(flatten)]
    as_of: AsOf,
    #[command(flatten)]
    asked: Asked,
    /// Names for ids, a CSV of id,name: shown in tables and on the page, kept nowhere
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Also write each table as a CSV file into this directory
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    /// Also write the report as one HTML page, to read on a phone, to print, to send on
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What is asked about.
#[derive(Debug, Args)]
struct Asked {
    /// The first day that is counted, like 2021-12-01
    #[arg(long, value_name = "DAY")]
    from: Option<Day>,
    /// The last day that is counted
    #[arg(long, value_name = "DAY")]
    through: Option<Day>,
    /// Whose days: an IANA zone in place of the (first) book's own
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// What cohorts are grouped by
    #[arg(long, value_enum, default_value_t = Cohorts::Month)]
    cohorts: Cohorts,
    /// N1: a buyer is new for so many days
    #[arg(long, value_name = "N", default_value_t = 30)]
    new_days: u32,
    /// N2: active with a paid order in so many days
    #[arg(long, value_name = "N", default_value_t = 60)]
    active_days: u32,
    /// N3: sleeping up to so many days without one, lost beyond
    #[arg(long, value_name = "N", default_value_t = 180)]
    sleeping_days: u32,
    /// Days after the first paid order at which the repeat curve is looked at
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', default_value = "7,30,60,90,180")]
    repeat_days: Vec<u32>,
    /// Net sales to be reached, like 210000.00
    #[arg(long, value_name = "AMOUNT")]
    target: Option<String>,
    /// Two leaders to compare
    #[arg(long, value_name = "LEADER", num_args = 2)]
    pk: Option<Vec<PartyId>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Cohorts {
    Week,
    Month,
}

impl Asked {
    fn zone(&self) -> Result<Option<Local>, Failure> {
        let Some(name) = &self.zone else { return Ok(None) };
        let zone = Local::named(name).ok_or_else(|| {
            Failure::input(format!("--zone {name}: no such zone; write one like Asia/Shanghai"))
        });
        zone.map(Some)
    }

    fn settings(&self, decimals: Decimals) -> Result<Settings, Failure> {
        let window = Window { from: self.from, through: self.through };
        if let (Some(from), Some(through)) = (self.from, self.through)
            && from > through
        {
            return Err(Failure::input(format!("--from {from} lies after --through {through}")));
        }
        let target = match &self.target {
            None => None,
            Some(text) => {
                let money = Amount::from(text.as_str()).money(decimals);
                Some(money.map_err(|why| Failure::input(format!("--target {text}: {why}")))?)
            }
        };
        let pk = match self.pk.as_deref() {
            Some([left, right]) => Some((*left, *right)),
            Some(_) | None => None,
        };
        Ok(Settings {
            window,
            cohorts: match self.cohorts {
                Cohorts::Week => Period::Week,
                Cohorts::Month => Period::Month,
            },
            new_days: self.new_days,
            active_days: self.active_days,
            sleeping_days: self.sleeping_days,
            repeat_days: self.repeat_days.clone(),
            target,
            pk,
        })
    }
}

/// Two leaders that some of the books know, and not one twice.
fn known_leaders(books: &[Facts], pk: Option<(PartyId, PartyId)>) -> Result<(), Failure> {
    let Some((left, right)) = pk else { return Ok(()) };
    if left == right {
        return Err(Failure::input(format!("--pk {left} twice: name two leaders")));
    }
    let unknown = |leader: &PartyId| !books.iter().any(|facts| facts.knows_leader(*leader));
    match [left, right].into_iter().find(unknown) {
        Some(leader) => Err(Failure::input(format!("--pk {leader}: no leader of the book"))),
        None => Ok(()),
    }
}

impl Report {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let facts = figures::facts_of(&self.books, self.as_of, self.asked.zone()?.as_ref())?;
        let Some(first) = facts.first() else { return Err(Failure::input("name a book")) };
        let settings = self.asked.settings(first.currency().1)?;
        known_leaders(&facts, settings.pk)?;
        let report = figures::report(&facts, &settings)?;
        if let Some(directory) = &self.csv {
            let buyers = figures::buyers(&facts, &settings)?;
            figures::write_csv(&report, &buyers, directory)?;
        }
        let shown = match &self.names {
            Some(file) => Cow::Owned(figures::Names::read(file)?.in_place_of_ids(&report)),
            None => Cow::Borrowed(&report),
        };
        if let Some(path) = &self.html {
            let page = tuanzhang_page::render(&shown);
            out_file::write(path, Kind::Page, &page)?;
        }
        if json {
            writeln!(out, "{}", serde_json::to_string(&figures::node(&report))?)?;
        } else {
            figures::write(&shown, out)?;
        }
        Ok(Outcome::Done)
    }
}
