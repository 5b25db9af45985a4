//! Orders from placing to settlement.

use tuanzhang_core::command::{Command, FundedBy, SkuQuantity, Way};
use tuanzhang_core::order::{
    ArriveAtPickup, CancelOrder, DiscountText, MaturePayable, PickUpOrder, PlaceOrder,
    ReceiveOrder, RecordPayment, SettleOrder, ShipOrder,
};
use tuanzhang_core::{
    Actor, ArrivalId, HandoverId, OrderId, ParcelId, PaymentId, ReceiptId, Role, Time,
};

use super::{DAY, Life};
use crate::model::{Line, Order, code_digest};

impl Life {
    pub(super) fn place(&mut self) -> (Actor, Command) {
        let open = self.open_campaigns();
        let Some(id) = self.rng.late(&open) else { return self.open_campaign() };
        let campaign = self.model.campaigns[&id].clone();
        let opens_at = campaign.opens_at.micros();
        if opens_at > self.now && self.rng.percent(70) {
            self.now = opens_at - self.rng.within(0, 1);
        }
        let mut sellers: Vec<_> = campaign.sellers.keys().copied().collect();
        sellers.extend([campaign.owner; 2]);
        if self.rng.percent(2) {
            sellers = self.leaders.clone();
        }
        let seller = self.rng.one(&sellers);
        let mut lines = Vec::new();
        let mut total = 0;
        for item in &campaign.items {
            if lines.is_empty() || self.rng.percent(50) {
                let quantity = self.rng.one(&[1, 1, 2, 3, 3, 7]);
                let units = i128::from(quantity);
                total += self.model.price_for(&campaign, item, units) * units;
                lines.push(SkuQuantity::new(&item.sku, quantity));
            }
        }
        if self.rng.percent(30) {
            lines.reverse();
        }
        let way =
            if self.rng.percent(3) { Way::LeaderDelivery } else { self.rng.one(&campaign.ways) };
        let order = OrderId::from_bytes(self.rng.id());
        let mut c = PlaceOrder::new(order, id, seller, lines, way);
        let mut actors = vec![Actor::Operator, Actor::Leader(seller)];
        if self.rng.percent(92) {
            let buyer = self.rng.one(&self.buyers);
            c = c.buyer(buyer);
            actors.extend([Actor::Buyer(buyer); 3]);
        }
        if way == Way::Pickup && self.rng.percent(50) {
            c = c.pickup_code_digest(code_digest(order, "4711").as_str().into());
        }
        if self.rng.percent(45) {
            let most = i64::try_from(total).unwrap_or(i64::MAX / 2);
            let minor = match self.rng.below(10) {
                0 => most,
                1 => 0,
                2 => most / 2,
                3 => most + 1,
                4..=5 => most / 100 * self.rng.within(50, 95),
                _ => self.rng.within(0, most.min(2_000)),
            };
            let funder = self.rng.one(&Role::ALL);
            let shared = self.rng.percent(50);
            let funded_by = if shared { FundedBy::Shared } else { FundedBy::Role(funder) };
            c = c.discount(DiscountText { amount: self.money(i128::from(minor)), funded_by });
        }
        (self.rng.one(&actors), c.into())
    }

    pub(super) fn pay(&mut self) -> Option<(Actor, Command)> {
        let unpaid = |order: &Order| order.paid.is_none() && !order.cancelled;
        let id = match self.rng.below(20) {
            0 => OrderId::from_bytes(self.rng.id()),
            1 => self.order_where(|_| true)?,
            _ => self.order_where(unpaid)?,
        };
        let mut minor = self.model.orders.get(&id).map_or(990, |order| self.model.owes(order));
        if self.rng.percent(4) {
            minor += self.rng.one(&[1, -1, 1_000]);
        }
        Some((Actor::Operator, self.payment(id, minor)))
    }

    /// A payment of so much.
    pub(super) fn payment(&mut self, id: OrderId, minor: i128) -> Command {
        let minor = minor.max(1);
        let reference = match self.rng.below(20) {
            0 => String::new(),
            1..=2 => "4200001".into(),
            _ => format!("{}", self.rng.next()),
        };
        let payment = PaymentId::from_bytes(self.rng.id());
        let channel = self.channel();
        let mut c =
            RecordPayment::new(payment, id, channel.into(), self.money(minor), reference.into());
        if self.rng.percent(60) {
            let fee = self.rng.one(&[0, minor * 6 / 1_000, minor, 1]);
            c = c.fee(self.money(fee.min(minor)));
        }
        c.into()
    }

    pub(super) fn cancel(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(20) {
            true => self.order_where(|_| true)?,
            false => self.order_where(|order| !order.cancelled && !order.anything_shipped())?,
        };
        let c = CancelOrder::new(id);
        let c = if self.rng.percent(30) { c.reason("改主意了".into()) } else { c };
        Some((self.buyer_or_operator(id), c.into()))
    }

    fn buyer_or_operator(&mut self, id: OrderId) -> Actor {
        let buyer = self.model.orders.get(&id).and_then(|order| order.buyer);
        match buyer {
            Some(buyer) if self.rng.percent(70) => Actor::Buyer(buyer),
            _ => Actor::Operator,
        }
    }

    /// Some of an order's lines with some of their units; one more unit now and then.
    pub(super) fn some_lines(
        &mut self,
        id: OrderId,
        left: impl Fn(&Line) -> i128,
    ) -> Vec<SkuQuantity> {
        let order = self.model.orders[&id].clone();
        let mut lines = Vec::new();
        for line in &order.lines {
            let most = i64::try_from(left(line)).unwrap_or(0) + i64::from(self.rng.percent(4));
            if most > 0 && (lines.is_empty() || self.rng.percent(70)) {
                lines.push(SkuQuantity::new(&line.sku, self.rng.within(1, most)));
            }
        }
        if lines.is_empty() {
            lines.push(SkuQuantity::new(&order.lines[0].sku, 1));
        }
        lines
    }

    /// Ships, or arrives at the pick-up point.
    pub(super) fn send_off(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(10) {
            true => self.order_where(|_| true)?,
            false => self.order_where(|order| {
                order.paid.is_some() && order.lines.iter().any(|line| line.unshipped() > 0)
            })?,
        };
        let order = self.model.orders[&id].clone();
        let mut actors = vec![Actor::Operator, Actor::Leader(order.owner)];
        actors.extend(order.supplier.map(Actor::Supplier));
        let lines = self.rng.percent(50).then(|| self.some_lines(id, Line::unshipped));
        let named = lines.is_some() || self.rng.percent(20);
        let bytes = self.rng.id();
        let pickup = (order.way == Way::Pickup) != self.rng.percent(2);
        let command = if pickup {
            let mut c = ArriveAtPickup::new(id);
            c.arrival = named.then(|| ArrivalId::from_bytes(bytes));
            c.lines = lines;
            c.into()
        } else {
            let mut c = ShipOrder::new(id);
            c.parcel = named.then(|| ParcelId::from_bytes(bytes));
            c.lines = lines;
            c.reference = self.rng.percent(30).then(|| "SF1234567".into());
            c.into()
        };
        Some((self.rng.one(&actors), command))
    }

    /// Sends replacements of exchanged units, now and then beside units that were never shipped.
    pub(super) fn replace(&mut self) -> Option<(Actor, Command)> {
        let owed = |order: &Order| order.lines.iter().any(|line| line.owed() > 0);
        let id = self.order_where(owed)?;
        let order = self.model.orders[&id].clone();
        let lines = match self.rng.percent(60) {
            true => self.some_lines(id, Line::replaceable),
            false => self.some_lines(id, |line| line.unshipped() + line.owed()),
        };
        let bytes = self.rng.id();
        let actor = self.rng.one(&[Actor::Operator, Actor::Leader(order.owner)]);
        let command = if order.way == Way::Pickup {
            ArriveAtPickup::new(id).arrival(ArrivalId::from_bytes(bytes)).lines(lines).into()
        } else {
            ShipOrder::new(id).parcel(ParcelId::from_bytes(bytes)).lines(lines).into()
        };
        Some((actor, command))
    }

    /// Receives, or picks up.
    pub(super) fn receive(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(10) {
            true => self.order_where(|_| true)?,
            false => {
                self.order_where(|order| order.lines.iter().any(|line| line.underway() > 0))?
            }
        };
        let order = self.model.orders[&id].clone();
        let lines = self.rng.percent(45).then(|| self.some_lines(id, Line::underway));
        let named = lines.is_some() || self.rng.percent(20);
        let bytes = self.rng.id();
        let mut actor = self.buyer_or_operator(id);
        let command = if order.way == Way::Pickup && self.rng.percent(80) {
            actor = self.rng.one(&[actor, Actor::Leader(order.owner), Actor::Leader(order.seller)]);
            let mut c = PickUpOrder::new(id);
            c.handover = named.then(|| HandoverId::from_bytes(bytes));
            c.lines = lines;
            c.code = (order.digest.is_some() != self.rng.percent(5)).then(|| "4711".into());
            c.into()
        } else {
            if self.rng.percent(25) {
                actor = Actor::System;
                let days = self.model.campaigns[&order.campaign].auto_receive_days;
                if let (Some(last), true) = (order.last_shipped_at, self.rng.percent(60)) {
                    let due = last.micros() + days * DAY;
                    self.now = self.now.max(due - self.rng.within(0, 1));
                }
            }
            let mut c = ReceiveOrder::new(id);
            c.receipt = named.then(|| ReceiptId::from_bytes(bytes));
            c.lines = lines;
            c.into()
        };
        Some((actor, command))
    }

    pub(super) fn settle(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(25) {
            true => self.order_where(|_| true)?,
            false => self.order_where(|order| {
                order.paid.is_some()
                    && order.settled_at.is_none()
                    && order.units_not_received() == 0
            })?,
        };
        let order = self.model.orders[&id].clone();
        if let (Some(end), true) = (self.model.window_ended(&order), self.rng.percent(50)) {
            self.now = self.now.max(end.micros() + self.rng.within(0, 1));
        }
        Some((self.clock_or_operator(), SettleOrder::new(id).into()))
    }

    pub(super) fn mature(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(30) {
            true => self.order_where(|_| true)?,
            false => self.order_where(|order| {
                order.settled_at.is_some() && order.terms_days > 0 && !order.matured
            })?,
        };
        let order = self.model.orders[&id].clone();
        if let (Some(settled), true) = (order.settled_at.map(Time::micros), self.rng.percent(30)) {
            self.now = self.now.max(settled + order.terms_days * DAY - self.rng.within(0, 1));
        }
        Some((self.clock_or_operator(), MaturePayable::new(id).into()))
    }

    pub(super) fn clock_or_operator(&mut self) -> Actor {
        self.rng.one(&[Actor::System, Actor::System, Actor::Operator])
    }
}
