//! The book, its parties, its costs.

use tuanzhang_core::Actor;
use tuanzhang_core::event::{BookOpened, CostRecorded, LeaderRegistered, SupplierRegistered};

use super::Flatten;
use crate::error::ExportError;
use crate::tables::{BookRow, CostRow, PartyRow};

pub(super) const fn actor_word(actor: Actor) -> &'static str {
    match actor {
        Actor::Operator => "operator",
        Actor::System => "system",
        Actor::Leader(_) => "leader",
        Actor::Supplier(_) => "supplier",
        Actor::Buyer(_) => "buyer",
    }
}

impl Flatten<'_> {
    pub(super) fn book_opened(&mut self, opened: &BookOpened) -> Result<(), ExportError> {
        self.put(&BookRow {
            operator: opened.operator,
            currency: opened.currency.code.as_str(),
            decimals: i32::from(opened.currency.decimals.get()),
            timezone: opened.timezone.as_str(),
            channel_fee_borne_by: opened.channel_fee_borne_by.word(),
        })
    }

    pub(super) fn leader(&mut self, registered: &LeaderRegistered) -> Result<(), ExportError> {
        let LeaderRegistered { leader: party, upline } = *registered;
        self.put(&PartyRow { party, kind: "leader", upline, terms_days: None })
    }

    pub(super) fn supplier(&mut self, registered: &SupplierRegistered) -> Result<(), ExportError> {
        let SupplierRegistered { supplier: party, terms_days } = *registered;
        let terms_days = Some(i64::from(terms_days));
        self.put(&PartyRow { party, kind: "supplier", upline: None, terms_days })
    }

    pub(super) fn cost(&mut self, cost: &CostRecorded) -> Result<(), ExportError> {
        self.put(&CostRow {
            cost: cost.cost,
            category: cost.category.word(),
            campaign: cost.campaign,
            channel: cost.channel.as_str(),
            amount_minor: cost.amount,
        })
    }
}
