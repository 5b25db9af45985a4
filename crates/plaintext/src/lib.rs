//! A book as text that other people's programs judge: journals for beancount and hledger, and the commands
//! that write the same book again.
//!
//! - [`Journal`]: a transaction for each event that moves money, each account opened, and the balances of
//!   the book asserted at the end of every month and at the end, so that a fen that is missing anywhere in
//!   the text is found by [`Tool::Beancount`] or [`Tool::Hledger`] and not by us.
//! - [`CommandLines`]: a JSON object a line, as `tuanzhang apply` reads it.
//! - [`name_of`], [`account_of`]: an account's name in both tools, and back.
//!
//! Each is fed every record from position 1 and writes as it goes, to any [`std::io::Write`]. The same
//! book gives the same text. A journal's amounts are what [`tuanzhang_core::accounting::postings`] says of each
//! event; its assertions are read off a [`Book`](tuanzhang_core::book::Book) that is folded beside it.
//! Memory: a record's text, and of a journal that book and the names of its accounts.
//!
//! Text that was cut off has no last line `; end: …`; whoever writes files writes them under another name
//! first. docs/export.md says what stands where.

mod commands;
mod details;
mod error;
mod journal;
mod names;
mod syntax;

pub use commands::CommandLines;
pub use error::ExportError;
pub use journal::{Journal, Written};
pub use names::{account_of, name_of};
pub use syntax::Tool;
