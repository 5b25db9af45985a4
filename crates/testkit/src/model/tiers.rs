//! Price tiers (3.4): what an order is charged, what is locked when a campaign closes formed, and what
//! lines that paid more get back.

use std::collections::BTreeMap;

use tuanzhang_core::command::RefundKind;
use tuanzhang_core::order::AdjustPrice;
use tuanzhang_core::{Actor, OrderId, RefundId};

use super::order::Purpose;
use super::{Adjusted, Campaign, Change, Code, Item, Line, Model, Order, Refund, RefundStatus};

impl Item {
    /// The price of the tier that so many units reach; the item's own below all tiers.
    pub(crate) fn price_at(&self, units: i128) -> i128 {
        let reached = self.tiers.iter().filter(|(at_quantity, _)| units >= *at_quantity);
        reached.map(|(_, price)| *price).min().unwrap_or(self.price)
    }
}

impl Line {
    /// What 3.3 counts with: amounts paid and listed, for how many units, beside how many returned before.
    pub(crate) fn basis(&self) -> Adjusted {
        let placed =
            Adjusted { paid: self.paid, list: self.list, units: self.quantity, returned: 0 };
        self.adjusted.unwrap_or(placed)
    }

    /// Of what was paid, not refunded.
    pub(crate) fn remaining_paid(&self) -> i128 {
        self.basis().paid - self.refunded_paid
    }

    /// Of the list amount, not refunded.
    fn remaining_list(&self) -> i128 {
        self.basis().list - self.refunded_list
    }

    /// The line at another price, before it is paid: its discount stays what it is.
    fn reprice(&mut self, price: i128, funded: bool) {
        let discount = self.list - self.paid;
        self.price = price;
        self.list = price * self.quantity;
        self.paid = (self.list - discount).max(0);
        self.value = if funded { self.list } else { self.paid };
    }
}

impl Order {
    /// Adjusts a paid line to its locked price; what the buyer is owed for it. Posts all but that debt.
    fn adjust(&mut self, change: &mut Change, at: usize, locked: i128) -> i128 {
        let funded = self.funder.is_some();
        let line = &mut self.lines[at];
        let (paid, list) = (line.remaining_paid(), line.remaining_list());
        let discount = list - paid;
        let units = line.left();
        let now_list = locked * units;
        let now_paid = (now_list - discount).max(0);
        let (owed, unlisted) = (paid - now_paid, list - now_list);
        line.adjusted =
            Some(Adjusted { paid: now_paid, list: now_list, units, returned: line.refunded() });
        line.refunded_paid = 0;
        line.refunded_list = 0;
        line.price = locked;
        line.value -= if funded { unlisted } else { owed };
        let before = line.parts.clone();
        let after = self.parts(&self.lines[at]);
        for (role, part) in before {
            self.post(change, role, Purpose::Part, part - after[&role]);
        }
        self.lines[at].parts = after;
        if let Some(funder) = self.funder {
            // What its discount no longer needs.
            self.post(change, funder, Purpose::Discount, owed - unlisted);
        }
        owed
    }
}

impl Model {
    /// What a unit costs in an order of so many more: by the live units of the campaign, these included.
    pub(crate) fn price_for(&self, campaign: &Campaign, item: &Item, units: i128) -> i128 {
        let orders = self.orders.values().filter(|o| o.campaign == campaign.id && !o.is_void());
        let live: i128 = orders.filter_map(|order| order.line(&item.sku)).map(Line::left).sum();
        item.price_at(live + units)
    }

    /// What is locked if the campaign closes formed now: by units paid and not returned.
    pub(crate) fn prices_to_lock(&self, campaign: &Campaign) -> BTreeMap<String, i128> {
        let tiered = campaign.items.iter().filter(|item| !item.tiers.is_empty());
        let lock = |item: &Item| {
            let orders = self.orders.values().filter(|o| o.campaign == campaign.id);
            let paid = orders.filter(|order| order.paid.is_some());
            let units = paid.filter_map(|order| order.line(&item.sku)).map(Line::left).sum();
            (item.sku.clone(), item.price_at(units))
        };
        tiered.map(lock).collect()
    }

    /// The order at what its units cost today: one that isn't paid when its campaign closes formed owes the
    /// locked prices where they are lower.
    pub(crate) fn at_todays_price(&self, order: &Order) -> Order {
        let campaign = &self.campaigns[&order.campaign];
        let mut order = order.clone();
        if order.paid.is_some() || !campaign.closed_formed {
            return order;
        }
        let funded = order.funder.is_some();
        for line in &mut order.lines {
            let locked = campaign.locked.get(&line.sku).copied();
            if let Some(locked) = locked.filter(|locked| *locked < line.price) {
                line.reprice(locked, funded);
            }
        }
        order.discount = order.lines.iter().map(|line| line.list - line.paid).sum();
        order
    }

    /// What an order that isn't paid owes.
    pub(crate) fn owes(&self, order: &Order) -> i128 {
        self.at_todays_price(order).due()
    }

    /// The locked price that a line of a paid order is still to be adjusted to.
    pub(crate) fn price_to_adjust(&self, order: &Order, line: &Line) -> Option<i128> {
        let campaign = &self.campaigns[&order.campaign];
        if !campaign.closed_formed || campaign.cancelled || line.remaining_paid() == 0 {
            return None;
        }
        campaign.locked.get(&line.sku).copied().filter(|locked| *locked < line.price)
    }

    /// Something with tiers is in the order, and its price isn't certain and evened out yet.
    pub(crate) fn waits_for_price(&self, order: &Order) -> bool {
        let campaign = &self.campaigns[&order.campaign];
        let open = !campaign.closed && !campaign.cancelled;
        order.lines.iter().any(|line| {
            open && campaign.has_tiers(&line.sku) || self.price_to_adjust(order, line).is_some()
        })
    }

    pub(crate) fn adjust_price(&self, actor: Actor, c: &AdjustPrice) -> Result<Change, Code> {
        let mut order = self.order(c.order)?.clone();
        let at = order.lines.iter().position(|line| line.sku == c.sku).ok_or("unknown_sku")?;
        self.authorise(actor, c.clone())?;
        if order.paid.is_none() {
            return Err("not_paid");
        }
        let campaign = &self.campaigns[&order.campaign];
        if !campaign.has_tiers(&c.sku) {
            return Err("bad_terms");
        }
        if !campaign.closed_formed || campaign.cancelled {
            return Err("not_due");
        }
        if self.refunds.values().any(|refund| refund.order == order.id && refund.awaits_goods()) {
            return Err("refund_open");
        }
        let locked = self.price_to_adjust(&order, &order.lines[at]).ok_or("nothing_to_refund")?;
        let refund = self.free_id(order.id, &price_cause(&c.sku));
        let mut change = Change::default();
        let owed = order.adjust(&mut change, at, locked);
        change.post(order.refund_due(), -owed);
        change.also_known_as.push(format!("decision {refund}"));
        change.also_known_as.push(format!("refund {refund}"));
        change.refunds.push(Refund {
            id: refund,
            order: order.id,
            opened_for: Some(price_cause(&c.sku)),
            kind: RefundKind::RefundOnly,
            lines: Vec::new(),
            asked_by: actor.person(),
            claimed: 0,
            amount: None,
            approved_at: None,
            taken: None,
            status: if owed == 0 { RefundStatus::Paid } else { RefundStatus::Approved },
            waived: false,
            returned: false,
            owed,
            paid: 0,
        });
        change.order = Some(order);
        Ok(change)
    }
}

impl Campaign {
    pub(crate) fn has_tiers(&self, sku: &str) -> bool {
        self.items.iter().any(|item| item.sku == sku && !item.tiers.is_empty())
    }
}

/// What the refund that an adjustment opens is for.
pub(crate) fn price_cause(sku: &str) -> String {
    format!("price/{sku}")
}

impl Model {
    /// The refund that the book opened for an order itself.
    pub(crate) fn own_refund(&self, order: OrderId, cause: &str) -> Option<&Refund> {
        let mut refunds = self.refunds.values().filter(|refund| refund.order == order);
        refunds.find(|refund| refund.opened_for.as_deref() == Some(cause))
    }

    /// The id of such a refund: UUIDv5(order, cause), or the next one that nobody has taken.
    pub(crate) fn free_id(&self, order: OrderId, cause: &str) -> RefundId {
        let numbered = (2..).map(|n| format!("{cause}/{n}"));
        let mut names = std::iter::once(cause.to_owned()).chain(numbered);
        let taken =
            |name: &String| self.refunds.contains_key(&RefundId::derived(order.uuid(), name));
        RefundId::derived(order.uuid(), &names.find(|name| !taken(name)).unwrap())
    }
}
