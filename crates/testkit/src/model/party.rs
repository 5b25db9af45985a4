//! The book and its parties.

use tuanzhang_core::Actor;
use tuanzhang_core::book::OpenBook;
use tuanzhang_core::party::{RegisterLeader, RegisterSupplier};
use tuanzhang_core::{PartyId, Role};

use super::{Book, Change, Code, Model, Party, form};

impl Model {
    pub(crate) fn open_book(&self, actor: Actor, c: &OpenBook) -> Result<Change, Code> {
        self.authorise(actor, c.clone())?;
        let (refunds, days) = c.channel_limits.as_ref().map_or((50, 365), |l| (l.refunds, l.days));
        let book = Book {
            id: c.book,
            decimals: form::decimals_of(c)?,
            operator: c.operator,
            fee_borne_by: c.channel_fee_borne_by.unwrap_or(Role::Operator),
            channel_refunds: i128::from(refunds),
            channel_days: days,
        };
        Ok(Change { book: Some(book), ..Change::default() })
    }

    pub(crate) fn register_leader(&self, actor: Actor, c: &RegisterLeader) -> Result<Change, Code> {
        if let Some(upline) = c.upline {
            self.leader(upline)?;
        }
        self.authorise(actor, c.clone())?;
        let party = Some((c.leader, Party::Leader { upline: c.upline }));
        Ok(Change { party, ..Change::default() })
    }

    pub(crate) fn register_supplier(
        &self,
        actor: Actor,
        c: &RegisterSupplier,
    ) -> Result<Change, Code> {
        self.authorise(actor, c.clone())?;
        if c.supplier == self.opened().operator {
            return Err("id_reused");
        }
        let party = Some((c.supplier, Party::Supplier { terms_days: c.terms_days }));
        Ok(Change { party, ..Change::default() })
    }

    /// A registered leader; who recruited her.
    pub(crate) fn leader(&self, id: PartyId) -> Result<Option<PartyId>, Code> {
        match self.parties.get(&id) {
            Some(Party::Leader { upline }) => Ok(*upline),
            Some(Party::Supplier { .. }) | None => Err("unknown_party"),
        }
    }

    /// A registered supplier; its payment terms in days.
    pub(crate) fn supplier(&self, id: PartyId) -> Result<i64, Code> {
        match self.parties.get(&id) {
            Some(Party::Supplier { terms_days }) => Ok(*terms_days),
            Some(Party::Leader { .. }) | None => Err("unknown_party"),
        }
    }
}
