//! Why a balance is what it is, what a party had and earned in a period, and how a book stood at any time.
//!
//! - [`Explanation`]: every fen of an account, by kind of movement, by order, by part; each with its rule ([`Rule`]),
//!   what it was reckoned of and how it was rounded.
//! - [`Statements`]: opening, movements, closing and carried debt of each party for a period.
//! - [`AsHappened`]: the book as of a business time.
//!
//! All three take a book's records in order, from the first on. Amounts are those of the events; sums are signed,
//! debits positive, as in core ([`Total`]). Nothing is silent: what is not explained, not kept or left out is
//! counted. Knows core and no store.
//!
//! [`Total`]: tuanzhang_core::money::Total

mod account;
mod explanation;
mod kind;
mod movement;
mod rule;
mod statement;
mod view;

pub use account::{is_debit, meaning, on_its_side};
pub use explanation::{
    ENTRIES_KEPT, Entry, ExplainError, Explanation, OfAccount, OfKind, OfSubject, PartOf, Question,
    Scope,
};
pub use kind::Kind;
pub use movement::{Subject, party_of};
pub use rule::{Fall, LinePrice, Portion, Rule, Sentence, Status, exact, rounding};
pub use statement::{
    AccountPeriod, LATE_NAMED_MAX, Late, Lates, Row, Sealing, Span, Statement, StatementError,
    Statements,
};
pub use view::{AsHappened, LEFT_OUT_NAMED_MAX, LeftOut, Taken};

/// The page's example is run as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/statements.md")]
struct StatementsPage;
