//! Where an order's money is: who fills a role, and on which account a part of theirs moves now.
//! `domain.md` §4 *Bucket*.

use super::pay::{line_split, takes_part};
use crate::book::apply::{Broken, add, party_of};
use crate::book::{BookHead, Campaign, Held, Line, Order, Seller};
use crate::event::{Base, Moved, Part, Pocket};
use crate::id::PartyId;
use crate::money::{Money, OutOfRange};
use crate::role::Role;

/// Builds what an event moved.
#[derive(Debug)]
pub(crate) struct Mover<'a> {
    head: &'a BookHead,
    campaign: &'a Campaign,
    order: &'a Order,
    moved: Moved,
}

impl<'a> Mover<'a> {
    pub(crate) fn new(head: &'a BookHead, campaign: &'a Campaign, order: &'a Order) -> Self {
        Self { head, campaign, order, moved: Moved::nothing() }
    }

    /// Who fills a role; none where nobody does.
    pub(crate) fn filler(&self, role: Role) -> Option<PartyId> {
        filler(self.head, self.campaign, self.order, role)
    }

    /// A part that a role earns (or gives back, where negative). Nothing for a role that nobody fills.
    pub(crate) fn earn(&mut self, base: Base, line: u16, role: Role, amount: Money) {
        if let Some(party) = self.filler(role) {
            let pocket = self.bucket(base, party);
            self.push(base, line, role, party, pocket, amount);
        }
    }

    /// An amount that a role bears: out of its bucket, or the operator's expense at once.
    pub(crate) fn bear(&mut self, base: Base, line: u16, role: Role, amount: Money) {
        let (role, party) = match self.filler(role) {
            Some(party) => (role, party),
            None => (Role::Operator, self.head.operator()),
        };
        let pocket =
            if party == self.head.operator() { expense(base) } else { self.bucket(base, party) };
        self.push(base, line, role, party, pocket, amount.negated());
    }

    /// The split of a line follows what leaves it: each role gives up the difference between the part it
    /// holds and its part of what remains, and a funder gets back what its discount no longer needs.
    /// `domain.md` §3.1 to §3.4.
    pub(crate) fn take_out(
        &mut self,
        seller: Option<&Seller>,
        line: &Line,
        place: u16,
        leaving: Leaving,
    ) -> Result<(), OutOfRange> {
        let funder = self.order.funder();
        let step = if funder.is_some() { leaving.list } else { leaving.paid };
        let value = line.split_value.minus(step)?;
        let units = line.split_quantity.saturating_sub(leaving.units);
        let parts = line_split(self.campaign, seller, self.order, line, value, units)?;
        for (role, (now, held)) in Role::ALL.into_iter().zip(parts.into_iter().zip(line.parts)) {
            if takes_part(self.campaign, seller, line, role) || now != held {
                self.earn(Base::Goods, place, role, now.minus(held)?);
            }
        }
        if let Some(role) = funder {
            let discount = leaving.list.minus(leaving.paid)?;
            self.bear(Base::Discount, place, role, discount.negated());
        }
        Ok(())
    }

    /// Moves an amount of a party from one account to another.
    pub(crate) fn shift(
        &mut self,
        base: Base,
        held: &Held,
        from: Pocket,
        to: Pocket,
        amount: Money,
    ) {
        self.push(base, 0, held.role, held.party, from, amount.negated());
        self.push(base, 0, held.role, held.party, to, amount);
    }

    /// What moved, once it is sure that what each party then has of the order is still an amount.
    pub(crate) fn finish(self) -> Result<Moved, OutOfRange> {
        let mut held = self.order.held.clone();
        hold_in(&mut held, &self.moved).map_err(|_| OutOfRange)?;
        Ok(self.moved)
    }

    /// Where a party's part of the order is now.
    pub(crate) fn bucket(&self, base: Base, party: PartyId) -> Pocket {
        let operator = party == self.head.operator();
        if self.order.settled.is_none() {
            Pocket::Pending
        } else if operator {
            if base == Base::Shipping { Pocket::Shipping } else { Pocket::Commission }
        } else if self.has_terms(party) && self.order.matured.is_none() {
            Pocket::Term
        } else {
            Pocket::Available
        }
    }

    /// Whether the party is the campaign's supplier, with payment terms.
    pub(crate) fn has_terms(&self, party: PartyId) -> bool {
        self.campaign.supplier == Some(party) && self.campaign.supplier_terms_days > 0
    }

    /// Whether the party is the operator.
    pub(crate) fn is_operator(&self, party: PartyId) -> bool {
        party == self.head.operator()
    }

    fn push(
        &mut self,
        base: Base,
        line: u16,
        role: Role,
        party: PartyId,
        pocket: Pocket,
        amount: Money,
    ) {
        let party = self.moved.index_of(party);
        self.moved.parts.push(Part { base, line, role, party, pocket, amount });
    }
}

/// What leaves a line's split.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaving {
    pub(crate) units: u32,
    /// Of the list amount.
    pub(crate) list: Money,
    /// Of what the buyer paid.
    pub(crate) paid: Money,
}

/// Adds to a line what an event moved of its split and of its discount; `place` is the line's in the event.
pub(crate) fn fold_parts(line: &mut Line, moved: &Moved, place: u16) -> Result<(), Broken> {
    for part in moved.parts.iter().filter(|part| part.line == place) {
        if part.base == Base::Goods {
            add(&mut line.split_value, part.amount)?;
            let of = line.parts.get_mut(part.role.index()).ok_or(Broken("an unknown role"))?;
            add(of, part.amount)?;
        } else if part.base == Base::Discount {
            add(&mut line.funder_returned, part.amount)?;
        }
    }
    Ok(())
}

/// Who fills a role in an order; none where nobody does.
pub(crate) fn filler(
    head: &BookHead,
    campaign: &Campaign,
    order: &Order,
    role: Role,
) -> Option<PartyId> {
    match role {
        Role::Supplier => campaign.supplier,
        Role::Owner => Some(campaign.owner),
        Role::Seller => Some(order.seller),
        Role::Upline => order.upline,
        Role::Operator => Some(head.operator()),
    }
}

/// The operator's expense account for what it bears.
const fn expense(base: Base) -> Pocket {
    match base {
        Base::Goods | Base::Goodwill | Base::Shipping | Base::Balance => Pocket::Goodwill,
        Base::Discount => Pocket::Promotion,
        Base::ReturnShipping => Pocket::ReturnShipping,
        Base::Compensation => Pocket::Compensation,
        Base::Fee => Pocket::ChannelFee,
    }
}

/// Adds what an event moved to what each party has in its bucket of the order.
pub(crate) fn hold(order: &mut Order, moved: &Moved) -> Result<(), Broken> {
    hold_in(&mut order.held, moved)
}

fn hold_in(all: &mut Vec<Held>, moved: &Moved) -> Result<(), Broken> {
    for part in &moved.parts {
        if !matches!(part.pocket, Pocket::Pending | Pocket::Term) {
            continue;
        }
        let party = party_of(moved, part)?;
        let at = all.iter().position(|held| held.party == party).unwrap_or_else(|| {
            all.push(Held { party, role: part.role, goods: Money::ZERO, shipping: Money::ZERO });
            all.len().saturating_sub(1)
        });
        if let Some(held) = all.get_mut(at) {
            let of = if part.base == Base::Shipping { &mut held.shipping } else { &mut held.goods };
            add(of, part.amount)?;
        }
    }
    Ok(())
}

/// The place of a line in an event.
pub(crate) fn line_place(index: usize) -> Result<u16, OutOfRange> {
    u16::try_from(index).map_err(|_| OutOfRange)
}
