//! What an event posts, with the order and the campaign that it is about.

use tuanzhang_core::accounting::{Account, for_each_posting};
use tuanzhang_core::{BuyerId, Event, PartyId};

use super::{About, Flatten, put};
use crate::error::ExportError;
use crate::tables::PostingRow;

impl Flatten<'_> {
    pub(super) fn postings(&mut self, event: &Event) -> Result<(), ExportError> {
        let about = About::of(event, self.state);
        let campaign = about.campaign.or_else(|| self.state.campaign_of(about.order?));
        let mut outcome = Ok(());
        for_each_posting(event, &mut |account, amount| {
            if amount.is_zero() || outcome.is_err() {
                return;
            }
            let written = account.to_string();
            let kind = written.split(':').next().unwrap_or_default();
            let row = PostingRow {
                account: &written,
                kind,
                name: name_of(&account),
                party: party_of(&account),
                buyer: buyer_of(&account),
                amount_minor: amount,
                order_id: about.order,
                campaign,
                refund: about.refund,
            };
            outcome = put(self.sheets, &self.moment, &row);
        });
        outcome
    }
}

fn name_of(account: &Account) -> Option<&str> {
    match account {
        Account::Channel(name) | Account::Suspense(name) => Some(name.as_str()),
        Account::Income(kind) => Some(kind.word()),
        Account::Expense(kind) => Some(kind.word()),
        Account::EquityOperator => Some("operator"),
        Account::Pending(_)
        | Account::Term(_)
        | Account::Available(_)
        | Account::InTransit(_)
        | Account::RefundDue(_) => None,
    }
}

const fn party_of(account: &Account) -> Option<PartyId> {
    match account {
        Account::Pending(party)
        | Account::Term(party)
        | Account::Available(party)
        | Account::InTransit(party) => Some(*party),
        Account::Channel(_)
        | Account::Suspense(_)
        | Account::Income(_)
        | Account::Expense(_)
        | Account::EquityOperator
        | Account::RefundDue(_) => None,
    }
}

const fn buyer_of(account: &Account) -> Option<BuyerId> {
    match account {
        Account::RefundDue(buyer) => *buyer,
        Account::Pending(_)
        | Account::Term(_)
        | Account::Available(_)
        | Account::InTransit(_)
        | Account::Channel(_)
        | Account::Suspense(_)
        | Account::Income(_)
        | Account::Expense(_)
        | Account::EquityOperator => None,
    }
}
