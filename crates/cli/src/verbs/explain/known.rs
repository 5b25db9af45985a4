//! Whether a book knows what is asked about: of an id that it doesn't know, "nothing moved" would be misread.

use tuanzhang_core::PartyId;
use tuanzhang_core::accounting::Account;
use tuanzhang_core::book::{Balance, Book, BookHead, Order, Party};
use tuanzhang_statement::{Question, Scope};

use crate::failure::Failure;

/// Refuses a party, an order, a channel and the like that the book doesn't know at its position.
pub(super) fn check(book: &Book, asked: &Question) -> Result<(), Failure> {
    let what = match &asked.scope {
        Scope::Account(account) if !has_account(book, account) => account.to_string(),
        Scope::Party(party) if !has_party(book, *party) => format!("party {party}"),
        Scope::Account(_) | Scope::Party(_) | Scope::All => match asked.order {
            Some(order) if book.get::<Order>(&order).is_none() => format!("order {order}"),
            Some(_) | None => return Ok(()),
        },
    };
    let position = book.position();
    Err(Failure::input(format!(
        "this book has no {what} at position {position}; look at the id and at --at, --position"
    )))
}

fn has_party(book: &Book, party: PartyId) -> bool {
    book.get::<Party>(&party).is_some() || book.head().map(BookHead::operator) == Some(party)
}

/// Those of a party where the book knows the party; those with a name or of a buyer once something was posted.
fn has_account(book: &Book, account: &Account) -> bool {
    match account {
        Account::Pending(party)
        | Account::Term(party)
        | Account::Available(party)
        | Account::InTransit(party) => has_party(book, *party),
        Account::Channel(_) | Account::Suspense(_) | Account::RefundDue(Some(_)) => {
            book.get::<Balance>(account).is_some()
        }
        Account::RefundDue(None)
        | Account::Income(_)
        | Account::EquityOperator
        | Account::Expense(_) => true,
    }
}
