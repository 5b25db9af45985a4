//! The verbs of the program, one file each.

mod apply;
mod audit;
mod balances;
mod checkpoint;
mod copy;
mod demo;
mod due;
mod explain;
mod export;
pub(crate) mod import;
mod new_key;
mod receipt;
mod report;
mod salvage;
mod show;
mod statement;
mod verify;

use std::io::Write;

use clap::Subcommand;

use crate::failure::{Failure, Outcome};

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the bundled month of real orders: open a book, audit it, report on it
    Demo(demo::Demo),
    /// Read commands, one JSON object a line; print one result a line
    Apply(apply::Apply),
    /// Turn a foreign order file into commands; running it again adds nothing
    Import(import::Import),
    /// Show a book, or a campaign, order, refund, party or payout of it
    Show(show::Show),
    /// What the clock demands: list it, or carry it out
    Due(due::Due),
    /// The trial balance
    Balances(balances::Balances),
    /// Every fen of a balance: the events that made it, with their rules
    Explain(explain::Explain),
    /// What a party had, earned and was paid in a period: opening, movements, closing
    Statement(statement::Statement),
    /// Conversion, GMV, refunds, repeat purchase, cohorts, leaderboards, margin
    Report(report::Report),
    /// Write the book for other programs: beancount, hledger, DuckDB, Spark, or as its own commands
    Export(export::Export),
    /// Read every byte, replay, decide again, and check every invariant
    Audit(audit::Audit),
    /// A book's size and root, to be kept elsewhere; or, with --since, that it only grew
    Checkpoint(checkpoint::Checkpoint),
    /// The story of one order with proofs: a file that verify checks without the book
    ///
    /// The receipt's file has the records of an order whole, as only whole records can be checked. Whoever gets it
    /// sees: the buyer's id; the campaign's terms with split, supply prices and tiers; what each party (supplier,
    /// owner, seller, upline, operator) has of the order; channels, references and reasons; where money that arrived
    /// for this order paid another one, that order's payment; where the campaign was cancelled, the ids of refunds
    /// that this withdrew. Hand it to who may see all of that. The page of --html has none of the terms, and each
    /// party's part only with --parts: it is the one for a buyer, and proves nothing by itself.
    Receipt(receipt::Receipt),
    /// Check receipts and growths from their files alone
    Verify(verify::Verify),
    /// Make a key that signs checkpoints; prints the key that checks its signatures
    NewKey(new_key::NewKey),
    /// Copy a book and its activity to another store; stopped, it goes on; the roots are compared
    Copy(copy::Copy),
    /// Save all that can be read of a damaged journal into a book, and say what is missing
    Salvage(salvage::Salvage),
}

impl Verb {
    /// Whether what it prints is for programs, byte for byte, also without `--json`.
    pub(crate) const fn is_exact(&self) -> bool {
        matches!(self, Self::Apply(_) | Self::Checkpoint(_) | Self::Receipt(_) | Self::NewKey(_))
    }
}

pub(crate) fn run(verb: Verb, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
    match verb {
        Verb::Demo(demo) => demo.run(json, out),
        Verb::Apply(apply) => apply.run(out),
        Verb::Import(import) => import.run(json, out),
        Verb::Show(show) => show.run(json, out),
        Verb::Due(due) => due.run(json, out),
        Verb::Balances(balances) => balances.run(json, out),
        Verb::Explain(explain) => explain.run(json, out),
        Verb::Statement(statement) => statement.run(json, out),
        Verb::Report(report) => report.run(json, out),
        Verb::Export(export) => export.run(json, out),
        Verb::Audit(audit) => audit.run(json, out),
        Verb::Checkpoint(checkpoint) => checkpoint.run(json, out),
        Verb::Receipt(receipt) => receipt.run(json, out),
        Verb::Verify(verify) => verify.run(json, out),
        Verb::NewKey(key) => key.run(json, out),
        Verb::Copy(copy) => copy.run(json, out),
        Verb::Salvage(salvage) => salvage.run(json, out),
    }
}
