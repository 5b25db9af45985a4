//! The second computation of prices: what each order was charged and what was locked, from the list of
//! accepted commands, by counting up and down instead of looking through the orders.

use std::collections::{BTreeMap, BTreeSet};

use tuanzhang_core::accounting::ResolveTo;
use tuanzhang_core::command::{Command, RefundKind, SkuQuantity};
use tuanzhang_core::order::PlaceOrder;
use tuanzhang_core::{CampaignId, OrderId, RefundId};

use super::split::allocate;
use super::{Model, form};

/// What a line was charged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charged {
    pub(crate) units: i128,
    pub(crate) price: i128,
    /// This line's part of the order's discount.
    pub(crate) discount: i128,
}

impl Charged {
    pub(crate) fn list(&self) -> i128 {
        self.price * self.units
    }

    pub(crate) fn paid(&self) -> i128 {
        (self.list() - self.discount).max(0)
    }
}

type Item = (CampaignId, String);

/// Counters, moved by each command.
#[derive(Default)]
pub(crate) struct Prices {
    live: BTreeMap<Item, i128>,
    paid_units: BTreeMap<Item, i128>,
    pub(crate) locked: BTreeMap<Item, i128>,
    pub(crate) charged: BTreeMap<OrderId, BTreeMap<String, Charged>>,
    /// Units left of each order's lines.
    left: BTreeMap<(OrderId, String), i128>,
    paid: BTreeSet<OrderId>,
    approved: BTreeSet<RefundId>,
}

impl Model {
    /// The prices, counted again.
    pub(crate) fn prices_again(&self) -> Prices {
        let mut prices = Prices::default();
        for (_, command) in &self.accepted {
            match command {
                Command::PlaceOrder(c) => prices.place(self, c),
                Command::RecordPayment(c) => {
                    let paid_it = self.payments.get(&c.payment.uuid());
                    if paid_it.is_some_and(|payment| !payment.suspended) {
                        prices.pay(self, c.order);
                    }
                }
                Command::ResolveUnmatched(c) => {
                    if let ResolveTo::Order(order) = c.to {
                        prices.pay(self, order);
                    }
                }
                Command::ExpireOrder(c) => prices.take_all(self, c.order),
                Command::CancelOrder(c) => prices.take_all(self, c.order),
                Command::RefundUnformed(c) => prices.take_all(self, c.order),
                Command::ApproveRefund(c) => {
                    prices.approved.insert(c.refund);
                    prices.refund(self, c.refund, -1);
                }
                Command::WithdrawRefund(c) if prices.approved.contains(&c.refund) => {
                    prices.refund(self, c.refund, 1);
                }
                Command::LapseReturn(c) => prices.refund(self, c.refund, 1),
                Command::CloseCampaign(c) => prices.close(self, c.campaign),
                _ => {}
            }
        }
        prices
    }
}

impl Prices {
    fn count(&mut self, model: &Model, order: OrderId, sku: &str, units: i128) {
        let item = (model.orders[&order].campaign, sku.to_string());
        *self.left.entry((order, sku.to_string())).or_default() += units;
        if self.paid.contains(&order) {
            *self.paid_units.entry(item.clone()).or_default() += units;
        }
        *self.live.entry(item).or_default() += units;
    }

    /// The price that so many units of an item reach.
    fn reached(model: &Model, item: &Item, units: i128) -> i128 {
        let items = &model.campaigns[&item.0].items;
        let terms = items.iter().find(|terms| terms.sku == item.1).unwrap();
        let mut price = terms.price;
        for (at_quantity, lower) in &terms.tiers {
            if *at_quantity <= units {
                price = *lower;
            }
        }
        price
    }

    fn place(&mut self, model: &Model, c: &PlaceOrder) {
        let mut lines = Vec::new();
        for SkuQuantity { sku, quantity } in &c.lines {
            let (item, units) = ((c.campaign, sku.to_string()), i128::from(*quantity));
            self.count(model, c.order, sku, units);
            let price = Self::reached(model, &item, self.live[&item]);
            lines.push((sku.to_string(), Charged { units, price, discount: 0 }));
        }
        if let Some(discount) = &c.discount {
            let amount = form::money(&discount.amount, model.opened().decimals).unwrap();
            let lists: Vec<i128> = lines.iter().map(|(_, line)| line.list()).collect();
            for ((_, line), part) in lines.iter_mut().zip(allocate(amount, &lists)) {
                line.discount = part;
            }
        }
        let goods: i128 = lines.iter().map(|(_, line)| line.paid()).sum();
        self.charged.insert(c.order, lines.into_iter().collect());
        if goods + model.orders[&c.order].shipping_fee == 0 {
            self.pay(model, c.order);
        }
    }

    fn pay(&mut self, model: &Model, order: OrderId) {
        let campaign = model.orders[&order].campaign;
        self.paid.insert(order);
        for (sku, line) in self.charged.get_mut(&order).unwrap() {
            let item = (campaign, sku.clone());
            if let Some(locked) = self.locked.get(&item) {
                line.price = line.price.min(*locked);
            }
            *self.paid_units.entry(item).or_default() += line.units;
        }
    }

    fn take_all(&mut self, model: &Model, order: OrderId) {
        for line in &model.orders[&order].lines {
            let left = self.left[&(order, line.sku.clone())];
            self.count(model, order, &line.sku, -left);
        }
    }

    /// Takes a refund's units away, or gives them back; exchanged ones stay.
    fn refund(&mut self, model: &Model, id: RefundId, sign: i128) {
        let refund = &model.refunds[&id];
        if refund.kind != RefundKind::Exchange {
            for (sku, units) in &refund.lines {
                self.count(model, refund.order, sku, sign * units);
            }
        }
    }

    fn close(&mut self, model: &Model, campaign: CampaignId) {
        let terms = &model.campaigns[&campaign];
        if !terms.closed_formed {
            return;
        }
        for item in terms.items.iter().filter(|item| !item.tiers.is_empty()) {
            let item = (campaign, item.sku.clone());
            let units = self.paid_units.get(&item).copied().unwrap_or(0);
            let price = Self::reached(model, &item, units);
            self.locked.insert(item, price);
        }
    }
}
