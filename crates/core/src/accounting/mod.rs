//! The chart of accounts, what each event posts, balances; and the commands that move money without an
//! order: unmatched money, costs, adjustments. `domain.md` §4.

mod account;
mod adjust;
mod cost;
mod postings;
mod unmatched;

pub use account::{Account, ExpenseKind, IncomeKind, NotAnAccount, Posting};
pub use adjust::{Adjust, PostingText};
pub use cost::RecordCost;
pub(crate) use postings::totals;
pub use postings::{account_of, for_each_posting, postings};
pub use unmatched::RecordUnmatched;
