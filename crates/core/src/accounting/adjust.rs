use crate::command::command;
use crate::id::{AdjustmentId, PartyId};
use crate::money::Amount;
use crate::record::Position;
use smol_str::SmolStr;

/// One line of an adjustment, as a caller writes it.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostingText {
    /// `channel:NAME`, `available:PARTY`, `income:KIND`, `expense:KIND` or `equity:operator`.
    pub account: SmolStr,
    /// Debit positive, credit negative, not zero.
    pub amount: Amount,
}

command! {
    /// Adjusts the books. By the operator.
    Adjust {
        /// The adjustment's id.
        adjustment: AdjustmentId,
        /// 2 ..= 2,000, summing to zero.
        postings: Vec<PostingText>,
        /// Why; at most 200 bytes.
        reason: SmolStr,
        ;
        /// The record that this corrects.
        corrects: Position,
    }
}

use super::{Account, Posting};
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{IdKind, KnownAt, Party, Read, State};
use crate::event::{Adjusted, Event};
use crate::limits::POSTINGS_MAX;
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Adjust {
    fn checked(&self, decimals: Decimals) -> Result<Vec<Posting>, Rejection> {
        if self.postings.is_empty() {
            let problem = "at least two postings are needed";
            return Err(Rejection::BadLines { field: "postings", problem });
        }
        if self.postings.len() > POSTINGS_MAX {
            let actual = u64::try_from(self.postings.len()).unwrap_or(u64::MAX);
            return Err(Rejection::TooLarge { what: "postings", limit: 2_000, actual });
        }
        let mut postings = Vec::with_capacity(self.postings.len());
        let mut sum = 0_i128;
        for posting in &self.postings {
            let amount = form::signed("postings.amount", &posting.amount, decimals)?;
            if amount.is_zero() {
                let (field, given) = ("postings.amount", posting.amount.to_string());
                return Err(Rejection::BadAmount { field, given, problem: "must not be zero" });
            }
            sum = sum.saturating_add(i128::from(amount.minor()));
            postings
                .push(Posting { account: account("postings.account", &posting.account)?, amount });
        }
        if sum != 0 {
            let problem = "the postings must sum to zero; their sum is in minor units";
            return Err(Rejection::BadAmount {
                field: "postings",
                given: sum.to_string(),
                problem,
            });
        }
        Ok(postings)
    }
}

/// Only these may be adjusted by hand; the others follow from orders, refunds and payouts.
pub(super) fn account(field: &'static str, text: &str) -> Result<Account, Rejection> {
    let problem =
        "must be channel:NAME, available:PARTY, income:KIND, expense:KIND or equity:operator";
    match text.parse() {
        Ok(
            account @ (Account::Channel(_)
            | Account::Available(_)
            | Account::Income(_)
            | Account::Expense(_)
            | Account::EquityOperator),
        ) => Ok(account),
        Ok(
            Account::Pending(_)
            | Account::Term(_)
            | Account::InTransit(_)
            | Account::RefundDue(_)
            | Account::Suspense(_),
        )
        | Err(_) => Err(Rejection::BadTerms { field, problem }),
    }
}

/// Refuses a party that isn't in the book.
pub(super) fn find_party<S: Read>(cx: &Context<'_, S>, party: PartyId) -> Result<(), Rejection> {
    if party == cx.head.operator() || cx.state.get::<Party>(&party).is_some() {
        Ok(())
    } else {
        Err(Rejection::UnknownParty { role: "party", party })
    }
}

impl Rule for Adjust {
    type Form = (Vec<Posting>, Text);
    type Found<'a> = ();

    fn form(&self, decimals: Decimals) -> Result<Self::Form, Rejection> {
        Ok((self.checked(decimals)?, form::text("reason", &self.reason)?))
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let known = state.get::<KnownAt>(&(IdKind::Adjustment, self.adjustment.uuid()))?;
        Some(Known::by_id(known.0))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        for posting in &self.postings {
            if let Ok(Account::Available(party)) = posting.account.parse() {
                find_party(cx, party)?;
            }
        }
        cx.operator_only()
    }

    fn decide<S: Read>(
        &self,
        (postings, reason): Self::Form,
        (): (),
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        let operators = Account::Available(cx.head.operator());
        if postings.iter().any(|posting| posting.account == operators) {
            let problem = "the operator has no available; use income, expense or equity:operator";
            return Err(Rejection::BadTerms { field: "postings.account", problem });
        }
        if self.corrects.is_some_and(|at| at.get() == 0 || at > cx.head.position) {
            let problem = "no such record in this book";
            return Err(Rejection::BadTerms { field: "corrects", problem });
        }
        let (adjustment, corrects) = (self.adjustment, self.corrects);
        Ok(vec![Adjusted { adjustment, postings, reason, corrects }.into()])
    }

    fn canonical<S: Read>(&mut self, _: &S) {
        for posting in &mut self.postings {
            if let Ok(account) = posting.account.parse::<Account>() {
                posting.account = account.to_string().into();
            }
        }
    }
}

impl Fold for Adjusted {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        state.put((IdKind::Adjustment, self.adjustment.uuid()), KnownAt(head.position));
        Ok(())
    }
}
