//! `tuanzhang receipt BOOK ORDER`: the story of one order, provable without the book.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use tuanzhang_core::OrderId;
use tuanzhang_proof::receipt_of;

use crate::book_url::{BookUrl, READ};
use crate::failure::{Failure, Outcome};
use crate::kept;
use crate::node::Node;
use crate::out_file::{self, Kind};
use crate::progress;
use crate::verbs::verify::page;

#[derive(Debug, Args)]
pub(crate) struct Receipt {
    #[arg(help = READ)]
    book: BookUrl,
    /// The order's id
    order: OrderId,
    /// Write the receipt here instead of standard output
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Also write the order's story as one HTML page, to print or to send on
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// On the page, also what each party has of the order
    #[arg(long, requires = "html")]
    parts: bool,
    /// Sign its checkpoint with the private key in this file, made with new-key
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Also show that the book only grew since this older checkpoint
    #[arg(long, value_name = "CHECKPOINT")]
    since: Option<PathBuf>,
}

impl Receipt {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let key = self.key.as_deref().map(kept::signer).transpose()?;
        let since = self.since.as_deref().map(kept::checkpoint).transpose()?;
        let source = self.book.read_only()?;
        let bar = progress::bar("reading", Some(source.store.head(source.key)?.size));
        let seen = &mut |_| bar.inc(1);
        let made = receipt_of(&source.store, source.key, self.order, since.as_ref(), seen);
        bar.finish_and_clear();
        let mut receipt = match made {
            Ok(receipt) => receipt,
            Err(error) => return kept::not_made(error),
        };
        if let Some(key) = &key {
            let signed = receipt.checkpoint.sign(key);
            signed.map_err(|error| Failure::input(format!("can't sign: {error}")))?;
        }
        let text = receipt.to_json().map_err(|error| Failure::input(error.to_string()))?;
        // Checked before it is handed out: a book that is not sound gives none.
        let verified = receipt.verify().map_err(|error| {
            Failure::Store(format!("the book gives no receipt that holds: {error}; run an audit"))
        })?;
        if let Some(path) = &self.html {
            let page = page(&verified, self.parts)?;
            out_file::write(path, Kind::Page, &page)?;
        }
        kept::put(self.out.as_deref(), &text, out)?;
        // The receipt itself is JSON; where it goes to a file, what was written is said.
        if let Some(path) = self.out.as_deref().filter(|_| json) {
            let head = verified.checkpoint.checkpoint().head();
            let node = Node::Map(vec![
                ("file", Node::text(path.display())),
                ("order", Node::text(verified.order)),
                ("records", verified.records.len().into()),
                ("size", head.size.into()),
                ("root", Node::text(head.root)),
            ]);
            writeln!(out, "{}", serde_json::to_string(&node)?)?;
        }
        Ok(Outcome::Done)
    }
}
