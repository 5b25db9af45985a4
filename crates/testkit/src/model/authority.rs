//! Level 6: who may do what (section 7, and "within the terms" of section 11).

use tuanzhang_core::command::{Command, GoodsBorneBy, RefundKind};
use tuanzhang_core::payout::RequestPayout;
use tuanzhang_core::refund::ApproveRefund;
use tuanzhang_core::{Actor, CampaignId, OrderId, PartyId, RefundId, Role};

use super::{Code, Model, Order, form};

impl Model {
    /// Refuses an actor without the right, then one who decides on what it asked for itself.
    pub(crate) fn authorise(&self, actor: Actor, command: impl Into<Command>) -> Result<(), Code> {
        let command = command.into();
        if !self.may(actor, &command) {
            Err("not_allowed")
        } else if self.is_same_person(actor, &command) {
            Err("same_person")
        } else {
            Ok(())
        }
    }

    /// Whether all things that decide who may send this command are in the book.
    pub(crate) fn names_known_things(&self, command: &Command) -> bool {
        let campaign = |id| self.campaigns.contains_key(id);
        let order = |id| self.orders.contains_key(id);
        let refund = |id| self.refunds.contains_key(id);
        match command {
            Command::AllowSeller(c) => campaign(&c.campaign),
            Command::AddStock(c) => campaign(&c.campaign),
            Command::CloseCampaign(c) => campaign(&c.campaign),
            Command::CancelOrder(c) => order(&c.order),
            Command::ShipOrder(c) => order(&c.order),
            Command::ArriveAtPickup(c) => order(&c.order),
            Command::ReceiveOrder(c) => order(&c.order),
            Command::PickUpOrder(c) => order(&c.order),
            Command::RequestRefund(c) => order(&c.order),
            Command::ApproveRefund(c) => refund(&c.refund),
            Command::RejectRefund(c) => refund(&c.refund),
            Command::ReceiveReturn(c) => refund(&c.refund),
            Command::CancelCampaign(c) => campaign(&c.campaign),
            Command::WithdrawRefund(c) => refund(&c.refund),
            _ => true,
        }
    }

    /// Whether this actor may send this command. The things that it names are in the book.
    pub(crate) fn may(&self, actor: Actor, command: &Command) -> bool {
        let operator = actor == Actor::Operator;
        let system = actor == Actor::System;
        match command {
            Command::OpenBook(_)
            | Command::RegisterLeader(_)
            | Command::RegisterSupplier(_)
            | Command::RecordPayment(_)
            | Command::RecordRefundPayment(_)
            | Command::RecordPayout(_)
            | Command::FailPayout(_)
            | Command::RecordUnmatched(_)
            | Command::RecordCost(_)
            | Command::Adjust(_)
            | Command::RecordTransfer(_)
            | Command::RecordDraw(_)
            | Command::WriteOff(_)
            | Command::SealPeriod(_)
            | Command::ResolveUnmatched(_)
            | Command::DeclareFormed(_) => operator,
            Command::OpenCampaign(c) => operator || actor == Actor::Leader(c.owner),
            Command::AllowSeller(c) => operator || self.is_owner(actor, c.campaign),
            Command::AddStock(c) => {
                operator || self.is_owner(actor, c.campaign) || self.is_supplier(actor, c.campaign)
            }
            Command::CloseCampaign(c) => operator || system || self.is_owner(actor, c.campaign),
            // A walk-in by operator and leaders only.
            Command::PlaceOrder(c) => {
                let buyer = c.buyer.is_some_and(|id| actor == Actor::Buyer(id));
                operator || actor == Actor::Leader(c.seller) || buyer
            }
            Command::CancelOrder(c) => operator || self.is_buyer(actor, c.order),
            Command::ShipOrder(c) => self.may_ship(actor, c.order),
            Command::ArriveAtPickup(c) => self.may_ship(actor, c.order),
            Command::ReceiveOrder(c) => operator || system || self.is_buyer(actor, c.order),
            Command::PickUpOrder(c) => {
                let order = &self.orders[&c.order];
                operator
                    || actor == Actor::Leader(order.owner)
                    || actor == Actor::Leader(order.seller)
                    || self.is_buyer(actor, c.order)
            }
            Command::SettleOrder(_)
            | Command::MaturePayable(_)
            | Command::ExpireOrder(_)
            | Command::RefundUnformed(_)
            | Command::LapseReturn(_)
            | Command::AdjustPrice(_)
            | Command::DecidePresale(_) => operator || system,
            Command::CancelCampaign(c) => operator || self.is_owner(actor, c.campaign),
            Command::ExpressInterest(c) => operator || actor == Actor::Buyer(c.buyer),
            Command::RequestRefund(c) => {
                let seller = actor == Actor::Leader(self.orders[&c.order].seller);
                operator || seller || self.is_buyer(actor, c.order)
            }
            Command::ApproveRefund(c) => operator || self.may_approve(actor, c),
            Command::RejectRefund(c) => {
                operator || self.is_owner(actor, self.campaign_of(c.refund))
            }
            Command::ReceiveReturn(c) => {
                let campaign = self.campaign_of(c.refund);
                operator || self.is_owner(actor, campaign) || self.is_supplier(actor, campaign)
            }
            Command::RequestPayout(c) => self.may_ask_payout(actor, c),
            Command::WithdrawRefund(c) => {
                operator || self.is_buyer(actor, self.refunds[&c.refund].order)
            }
        }
    }

    /// "They asked for" means the party's id, whatever the role; the operator apart.
    pub(crate) fn is_same_person(&self, actor: Actor, command: &Command) -> bool {
        let Command::ApproveRefund(c) = command else { return false };
        let Some(id) = actor.person() else { return false };
        self.refunds[&c.refund].asked_by == Some(id)
    }

    fn is_owner(&self, actor: Actor, campaign: CampaignId) -> bool {
        actor == Actor::Leader(self.campaigns[&campaign].owner)
    }

    fn is_supplier(&self, actor: Actor, campaign: CampaignId) -> bool {
        self.campaigns[&campaign].supplier.is_some_and(|id| actor == Actor::Supplier(id))
    }

    fn is_buyer(&self, actor: Actor, order: OrderId) -> bool {
        self.orders[&order].buyer.is_some_and(|id| actor == Actor::Buyer(id))
    }

    fn campaign_of(&self, refund: RefundId) -> CampaignId {
        self.orders[&self.refunds[&refund].order].campaign
    }

    fn may_ship(&self, actor: Actor, order: OrderId) -> bool {
        let campaign = self.orders[&order].campaign;
        actor == Actor::Operator
            || self.is_owner(actor, campaign)
            || self.is_supplier(actor, campaign)
    }

    fn may_approve(&self, actor: Actor, c: &ApproveRefund) -> bool {
        let Actor::Leader(leader) = actor else { return false };
        let order = &self.orders[&self.refunds[&c.refund].order];
        let as_owner = order.owner == leader && self.within_terms(order, leader, c);
        as_owner || order.seller == leader && self.bears_it_all(order, leader, c)
    }

    /// What is granted of the return shipping.
    fn granted(&self, c: &ApproveRefund) -> i128 {
        let claimed = self.refunds[&c.refund].claimed;
        let given = form::fee(c.return_shipping.as_ref(), self.opened().decimals);
        if c.return_shipping.is_some() { given.unwrap_or(0) } else { claimed }
    }

    fn within_terms(&self, order: &Order, owner: PartyId, c: &ApproveRefund) -> bool {
        let campaign = &self.campaigns[&order.campaign];
        let holds = |role| order.party(role) == Some(owner);
        let goods = match c.goods_borne_by {
            None | Some(GoodsBorneBy::Reverse) => true,
            Some(GoodsBorneBy::Role(role)) => holds(role),
        };
        let bearer = c.return_shipping_borne_by.unwrap_or(campaign.return_borne_by);
        let shipping =
            bearer == campaign.return_borne_by || bearer == Role::Operator || holds(bearer);
        let fee = c.with_shipping_fee != Some(true) || holds(order.shipping_to);
        let compensates = self.refunds[&c.refund].kind == RefundKind::Compensation;
        let bearer = c.compensation_borne_by.unwrap_or(Role::Operator);
        let compensation = !compensates || holds(bearer);
        goods && shipping && fee && compensation
    }

    fn bears_it_all(&self, order: &Order, seller: PartyId, c: &ApproveRefund) -> bool {
        if self.refunds[&c.refund].kind == RefundKind::Compensation {
            return false;
        }
        let campaign = &self.campaigns[&order.campaign];
        let holds = |role| order.party(role) == Some(seller);
        let goods = matches!(c.goods_borne_by, Some(GoodsBorneBy::Role(role)) if holds(role));
        // Where nothing is granted there is nothing to bear, whoever is named.
        let named = c.return_shipping_borne_by;
        let shipping = self.granted(c) == 0 || holds(named.unwrap_or(campaign.return_borne_by));
        goods && shipping && c.with_shipping_fee != Some(true)
    }

    /// The party itself, by its id; the operator only for its own.
    fn supplies(&self, id: PartyId) -> bool {
        matches!(self.parties.get(&id), Some(super::state::Party::Supplier { .. }))
    }

    fn may_ask_payout(&self, actor: Actor, c: &RequestPayout) -> bool {
        match actor {
            Actor::Operator => c.party == self.opened().operator,
            Actor::Leader(id) => c.party == id && !self.supplies(id),
            Actor::Supplier(id) => c.party == id && self.supplies(id),
            Actor::System | Actor::Buyer(_) => false,
        }
    }
}
