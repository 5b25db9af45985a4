use crate::command::command;
use crate::id::PartyId;

command! {
    /// Registers a supplier. By the operator.
    RegisterSupplier {
        /// The supplier's id; neither a leader's nor the operator's.
        supplier: PartyId,
        /// Payment terms (账期) from settlement on, in days, 0 ..= 36,500.
        terms_days: i64,
    }
}

use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Party, PartyKind, Read, State};
use crate::event::{Event, SupplierRegistered};
use crate::money::Decimals;
use crate::record::{Head, Position};
use crate::rejection::Rejection;

impl Rule for RegisterSupplier {
    type Form = u32;
    type Found<'a> = ();

    fn form(&self, _: Decimals) -> Result<u32, Rejection> {
        form::whole("terms_days", self.terms_days, crate::limits::DAYS_MAX)
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Party>(&self.supplier).map(|party| Known::by_id(party.position))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        cx.operator_only()
    }

    fn decide<S: Read>(
        &self,
        terms_days: u32,
        (): (),
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        if self.supplier == cx.head.operator() {
            // The operator's id was given in book_opened; a supplier may not be the operator.
            return Err(Rejection::IdReused { field: "supplier", position: Position::new(1) });
        }
        Ok(vec![SupplierRegistered { supplier: self.supplier, terms_days }.into()])
    }
}

impl Fold for SupplierRegistered {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let kind = PartyKind::Supplier { terms_days: self.terms_days };
        state.put(self.supplier, Party { position: head.position, kind });
        Ok(())
    }
}
