use crate::command::{GoodsBorneBy, command};
use crate::id::RefundId;
use crate::money::Amount;
use crate::role::Role;

command! {
    /// Approves a refund: from now on it is owed. By the operator, the owner within the terms, or a seller who bears it.
    ApproveRefund {
        /// The refund.
        refund: RefundId,
        ;
        /// Who bears the goods amount; the split is reversed where absent.
        goods_borne_by: GoodsBorneBy,
        /// Granted of the return shipping; what was claimed where absent, never more.
        return_shipping: Amount,
        /// Who bears it; the terms' role where absent.
        return_shipping_borne_by: Role,
        /// The shipping fee goes back too.
        with_shipping_fee: bool,
        /// Money may be paid before the goods are back.
        waive_return: bool,
        /// Granted of a compensation; what was asked for where absent, never more.
        amount: Amount,
        /// Who bears it; the operator where absent.
        compensation_borne_by: Role,
    }
}

use std::sync::Arc;

use super::reversal::{Approval, Of, approved};
use super::{answer_request, find, requested_only};
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold, add, count, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Campaign, Order, Read, Refund, RefundStatus, Seller, State};
use crate::command::RefundKind;
use crate::event::{Event, LineUnits, RefundApproved};
use crate::id::PartyId;
use crate::money::{Decimals, Money};
use crate::order::moving::{filler, fold_parts, hold};
use crate::order::place::{Undone, undo_paid};
use crate::record::Head;
use crate::rejection::Rejection;

/// What is granted, where it is said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Granted {
    return_shipping: Option<Money>,
    amount: Option<Money>,
}

/// What an [`ApproveRefund`] names.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    refund: &'a Refund,
    order: &'a Order,
    campaign: &'a Campaign,
}

impl Rule for ApproveRefund {
    type Form = Granted;
    type Found<'a> = Found<'a>;

    fn form(&self, decimals: Decimals) -> Result<Granted, Rejection> {
        let amount = self.amount.as_ref();
        let amount = amount.map(|amount| form::positive("amount", amount, decimals)).transpose()?;
        let granted = self.return_shipping.as_ref();
        let return_shipping = granted
            .map(|granted| form::not_negative("return_shipping", granted, decimals))
            .transpose()?;
        Ok(Granted { return_shipping, amount })
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        // Whatever became of it since: done is done, and can't be done otherwise.
        state.get::<Refund>(&self.refund)?.approved.map(|(position, _)| Known::decided(position))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<Found<'a>, Rejection> {
        let refund = find(cx.state, self.refund)?;
        let order = crate::order::units::find(cx.state, refund.order)?;
        let campaign = crate::campaign::find(cx.state, order.campaign)?;
        let found = Found { refund, order, campaign };
        match cx.actor {
            Actor::Operator => return Ok(found),
            // Who is both may approve as either.
            Actor::Leader(leader) if leader == order.seller && leader == campaign.owner => {
                let as_seller = self.borne_by_seller(&found, cx, leader);
                self.within_terms(&found, cx, leader).or(as_seller)?;
            }
            Actor::Leader(leader) if leader == campaign.owner => {
                self.within_terms(&found, cx, leader)?;
            }
            Actor::Leader(leader) if leader == order.seller => {
                self.borne_by_seller(&found, cx, leader)?;
            }
            Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) | Actor::System => {
                return cx
                    .not_allowed("only the operator, the owner, and a seller who bears it may");
            }
        }
        if cx.actor.person() == refund.asked_by.person() {
            return Err(Rejection::SamePerson { actor: cx.actor });
        }
        Ok(found)
    }

    fn decide<S: Read>(
        &self,
        granted: Granted,
        found: Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        let Found { refund, order, campaign } = found;
        requested_only(refund)?;
        if granted.amount.is_some() && refund.kind != RefundKind::Compensation {
            let problem = "goes with a compensation only";
            return Err(Rejection::BadTerms { field: "amount", problem });
        }
        let approval = self.approval(granted, &found);
        self.check_bearers(approval, &found, cx)?;
        if approval.compensation > refund.amount {
            let given = self.amount.as_ref().map_or_else(String::new, ToString::to_string);
            let problem = "must not exceed what was asked for";
            return Err(Rejection::BadAmount { field: "amount", given, problem });
        }
        if approval.return_shipping > refund.return_shipping {
            let given = self.return_shipping.as_ref().map_or_else(String::new, ToString::to_string);
            let problem = "must not exceed what was claimed";
            return Err(Rejection::BadAmount { field: "return_shipping", given, problem });
        }
        let line = |(place, units): &(u32, u32)| {
            let line = usize::try_from(*place).ok().and_then(|place| order.lines.get(place))?;
            Some(LineUnits { sku: line.sku.clone(), quantity: *units })
        };
        let units: Vec<LineUnits> = refund.lines.iter().filter_map(line).collect();
        let seller = cx.state.get::<Seller>(&(order.campaign, order.seller));
        let of = Of { refund: self.refund, id: refund.order, order, campaign, seller };
        Ok(vec![approved(cx, of, refund.kind, &units, approval, None)?.into()])
    }

    fn canonical<S: Read>(&mut self, state: &S) {
        let terms = |refund: &Refund| {
            let order = state.get::<Order>(&refund.order)?;
            Some(state.get::<Campaign>(&order.campaign)?.terms.return_shipping.borne_by)
        };
        if let Some(refund) = state.get::<Refund>(&self.refund) {
            if self.return_shipping.is_none() {
                let head = state.get::<crate::book::BookHead>(&());
                self.return_shipping =
                    head.map(|head| refund.return_shipping.amount(head.decimals()));
            }
            if let (None, Some(asked)) = (&self.amount, refund.amount) {
                let head = state.get::<crate::book::BookHead>(&());
                self.amount = head.map(|head| asked.amount(head.decimals()));
            }
            if self.return_shipping_borne_by.is_none() {
                self.return_shipping_borne_by = terms(refund);
            }
        }
        self.goods_borne_by.get_or_insert(GoodsBorneBy::Reverse);
        self.with_shipping_fee.get_or_insert(false);
        self.waive_return.get_or_insert(false);
        self.compensation_borne_by.get_or_insert(Role::Operator);
    }
}

impl ApproveRefund {
    /// What is approved, defaults resolved.
    fn approval(&self, granted: Granted, found: &Found<'_>) -> Approval {
        let terms = found.campaign.terms.return_shipping.borne_by;
        Approval {
            goods_borne_by: self.goods_borne_by.unwrap_or(GoodsBorneBy::Reverse),
            return_shipping: granted.return_shipping.unwrap_or(found.refund.return_shipping),
            return_shipping_borne_by: self.return_shipping_borne_by.unwrap_or(terms),
            with_shipping_fee: self.with_shipping_fee.unwrap_or(false),
            waive_return: self.waive_return.unwrap_or(false),
            compensation: granted.amount.or(found.refund.amount),
            compensation_borne_by: self.compensation_borne_by.unwrap_or(Role::Operator),
        }
    }

    /// The owner: reverse, or goods borne by a role that it holds; return shipping borne by the terms'
    /// role, itself or the operator; a compensation by a role that it holds; the shipping fee only where
    /// it earns it.
    fn within_terms<S: Read>(
        &self,
        found: &Found<'_>,
        cx: &Context<'_, S>,
        owner: PartyId,
    ) -> Result<(), Rejection> {
        let terms = &found.campaign.terms;
        let holds = |role| filler(cx.head, found.campaign, found.order, role) == Some(owner);
        let goods = match self.goods_borne_by {
            None | Some(GoodsBorneBy::Reverse) => true,
            Some(GoodsBorneBy::Role(role)) => holds(role),
        };
        let shipping_back = self.return_shipping_borne_by.is_none_or(|role| {
            role == terms.return_shipping.borne_by || role == Role::Operator || holds(role)
        });
        let fee = self.with_shipping_fee != Some(true) || holds(terms.shipping.to);
        let bearer = self.compensation_borne_by.unwrap_or(Role::Operator);
        let compensates = found.refund.kind == RefundKind::Compensation;
        let compensation = !compensates || holds(bearer);
        if goods && shipping_back && fee && compensation {
            return Ok(());
        }
        cx.not_allowed("the owner approves within the terms, or bears it herself")
    }

    /// Whether any return shipping is granted. If not, its bearer decides nothing, named or by default: both
    /// are the same canonical command.
    fn grants_shipping(&self, found: &Found<'_>) -> bool {
        match &self.return_shipping {
            Some(given) => *given != Amount::new(0, 0),
            None => !found.refund.return_shipping.is_zero(),
        }
    }

    /// A seller: goods, and return shipping, borne by a role that it holds.
    fn borne_by_seller<S: Read>(
        &self,
        found: &Found<'_>,
        cx: &Context<'_, S>,
        seller: PartyId,
    ) -> Result<(), Rejection> {
        let holds = |role| filler(cx.head, found.campaign, found.order, role) == Some(seller);
        let goods = match self.goods_borne_by {
            None | Some(GoodsBorneBy::Reverse) => false,
            Some(GoodsBorneBy::Role(role)) => holds(role),
        };
        let terms = found.campaign.terms.return_shipping.borne_by;
        let shipping_back =
            !self.grants_shipping(found) || holds(self.return_shipping_borne_by.unwrap_or(terms));
        let compensates = found.refund.kind == RefundKind::Compensation;
        if goods && shipping_back && !compensates && self.with_shipping_fee != Some(true) {
            return Ok(());
        }
        cx.not_allowed("a seller approves only what she bears herself")
    }

    /// Whoever is named as a bearer must be there.
    fn check_bearers<S: Read>(
        &self,
        approval: Approval,
        found: &Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<(), Rejection> {
        let fills = |role| filler(cx.head, found.campaign, found.order, role).is_some();
        let problem = "nobody fills this role in this order";
        if let GoodsBorneBy::Role(role) = approval.goods_borne_by
            && !fills(role)
        {
            return Err(Rejection::BadTerms { field: "goods_borne_by", problem });
        }
        if !fills(approval.return_shipping_borne_by) {
            return Err(Rejection::BadTerms { field: "return_shipping_borne_by", problem });
        }
        if self.compensation_borne_by.is_some_and(|role| !fills(role)) {
            return Err(Rejection::BadTerms { field: "compensation_borne_by", problem });
        }
        Ok(())
    }
}

impl Fold for RefundApproved {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        for refund in &self.withdrawn {
            answer_request(state, *refund, RefundStatus::Withdrawn, head.position)?;
        }
        match self.cause {
            None => answer_request(state, self.refund, RefundStatus::Approved, head.position)?,
            Some(_) => self.open(head, state)?,
        }
        let refund = known::<Refund, _>(state, &self.refund, "an unknown refund")?;
        refund.approved = Some((head.position, head.at));
        refund.waived = self.waive_return;
        refund.due = self.due;
        if refund.has_goods() {
            refund.approval = Some(Arc::new(self.clone()));
        }
        if self.due.is_zero() {
            refund.status = RefundStatus::Paid;
        }
        self.fold_lines(state)
    }
}

impl RefundApproved {
    /// A refund that the book opened itself.
    fn open<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let order = known::<Order, _>(state, &self.order, "an unknown order")?;
        order.refunds.push(self.refund);
        let place = |line: &crate::event::RefundLine| {
            let place = order.lines.iter().position(|known| known.sku == line.sku)?;
            Some((u32::try_from(place).ok()?, line.quantity))
        };
        let lines: Option<Vec<_>> = self.lines.iter().map(place).collect();
        let lines = lines.ok_or(Broken("an unknown line"))?;
        let cause = self.cause.ok_or(Broken("nobody asked for this refund"))?;
        let refund = Refund::own(head, self.order, cause, lines, self.due);
        state.put(self.refund, refund);
        Ok(())
    }

    fn fold_lines<S: State>(&self, state: &mut S) -> Result<(), Broken> {
        let reversed = self.goods_borne_by == GoodsBorneBy::Reverse;
        let order = known::<Order, _>(state, &self.order, "an unknown order")?;
        let (campaign, buyer, before) = (order.campaign, order.buyer, order.live());
        let mut undone = Vec::with_capacity(self.lines.len());
        for (refunded, place) in self.lines.iter().zip(0_u16..) {
            let line = order.lines.iter_mut().find(|line| line.sku == refunded.sku);
            let line = line.ok_or(Broken("an unknown line"))?;
            let under_way = refunded.quantity.checked_sub(refunded.unshipped);
            let under_way = under_way.and_then(|rest| rest.checked_sub(refunded.unreplaced));
            let under_way = under_way.and_then(|rest| rest.checked_sub(refunded.received));
            count(&mut line.refunded_unreplaced, refunded.unreplaced)?;
            count(&mut line.refunded_unshipped, refunded.unshipped)?;
            count(&mut line.refunded_received, refunded.received)?;
            count(
                &mut line.refunded_under_way,
                under_way.ok_or(Broken("more units than refunded"))?,
            )?;
            if line.returned() > line.quantity {
                return Err(Broken("more units refunded than there are"));
            }
            add(&mut line.refunded, refunded.paid)?;
            add(&mut line.list_refunded, refunded.list)?;
            if reversed {
                let left = line.split_quantity.checked_sub(refunded.quantity);
                line.split_quantity =
                    left.ok_or(Broken("more units reversed than in the split"))?;
            }
            fold_parts(line, &self.moved, place)?;
            undone.push((line.item, refunded.quantity, refunded.unshipped));
        }
        for taken in &self.exchanged {
            let line = order.lines.iter_mut().find(|line| line.sku == taken.sku);
            let line = line.ok_or(Broken("an unknown line"))?;
            let under_way = taken.quantity.checked_sub(taken.received);
            count(&mut line.exchanged_received, taken.received)?;
            count(
                &mut line.exchanged_under_way,
                under_way.ok_or(Broken("more units than exchanged"))?,
            )?;
            if self.waive_return {
                count(&mut line.exchanged_back, taken.quantity)?;
            }
        }
        if !self.shipping_fee.is_zero() {
            order.shipping_returned = true;
        }
        hold(order, &self.moved)?;
        let after = order.live();
        crate::campaign::recount(state, campaign, buyer, before, after)?;
        for (item, units, unshipped) in undone {
            undo_paid(state, campaign, buyer, Undone { item, units, unshipped })?;
        }
        Ok(())
    }
}
