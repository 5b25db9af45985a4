//! The chart of accounts, what each event posts, balances; and the commands that move money without an
//! order: unmatched money and what it was for, costs, transfers, draws, write-offs, adjustments. `domain.md` §4.

mod account;
mod adjust;
mod cost;
mod draw;
mod postings;
mod resolve;
mod transfer;
mod unmatched;
mod write_off;

pub use account::{Account, ExpenseKind, IncomeKind, NotAnAccount, Posting};
pub use adjust::{Adjust, PostingText};
pub use cost::RecordCost;
pub use draw::RecordDraw;
pub(crate) use postings::totals;
pub use postings::{Origin, account_of, for_each_origin, for_each_posting, postings};
pub use resolve::{ResolveTo, ResolveUnmatched};
pub use transfer::RecordTransfer;
pub use unmatched::RecordUnmatched;
pub use write_off::WriteOff;
