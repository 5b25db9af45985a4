//! Orders: placed, paid, cancelled.

use std::collections::BTreeMap;

use tuanzhang_core::command::{FundedBy, RefundKind, Way};
use tuanzhang_core::order::{CancelOrder, PlaceOrder, RecordPayment};
use tuanzhang_core::{Actor, OrderId, PartyId, Role, Time};

use super::split::{allocate, split};
use super::{
    AMOUNT_MAX, Arrived, Bearing, Campaign, Change, Code, Item, Line, Model, Order, Paid, Refund,
    RefundStatus, form,
};

/// What a role gets or bears money for; it decides where the operator books it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    Part,
    Shipping,
    Discount,
    ChannelFee,
    Goodwill,
    ReturnShipping,
    Compensation,
}

impl Order {
    /// The account of a role at this moment: its bucket, or the operator's income or expense.
    pub(crate) fn account(&self, role: Role, purpose: Purpose) -> String {
        let party = self.party(role).expect("a role that nobody fills holds nothing");
        let settled = self.settled_at.is_some();
        if party == self.operator {
            return match purpose {
                Purpose::Part if settled => "income:commission".into(),
                Purpose::Shipping if settled => "income:shipping".into(),
                Purpose::Part | Purpose::Shipping => format!("pending:{party}"),
                Purpose::Discount => "expense:promotion".into(),
                Purpose::ChannelFee => "expense:channel_fee".into(),
                Purpose::Goodwill => "expense:goodwill".into(),
                Purpose::ReturnShipping => "expense:return_shipping".into(),
                Purpose::Compensation => "expense:compensation".into(),
            };
        }
        let waits = role == Role::Supplier && self.terms_days > 0 && !self.matured;
        match (settled, waits) {
            (false, _) => format!("pending:{party}"),
            (true, true) => format!("term:{party}"),
            (true, false) => format!("available:{party}"),
        }
    }

    /// Posts for a role, debit positive, and remembers what this order holds where.
    pub(crate) fn post(&mut self, change: &mut Change, role: Role, purpose: Purpose, amount: i128) {
        let account = self.account(role, purpose);
        *self.buckets.entry(account.clone()).or_insert(0) += amount;
        if let Some(("pending" | "term", party)) = account.split_once(':') {
            let of = (party.to_owned(), matches!(purpose, Purpose::Shipping));
            *self.held.entry(of).or_insert(0) += amount;
        }
        change.debits.push((role, purpose, amount));
        change.post(account, amount);
    }

    /// What 3.1 asks for a line's remaining value.
    pub(crate) fn parts(&self, line: &Line) -> BTreeMap<Role, i128> {
        let filled = |role| self.party(role).is_some();
        split(&line.split, line.value, line.units_in_split, line.supply_price, filled)
    }

    /// What is asked of the buyer.
    pub(crate) fn due(&self) -> i128 {
        self.lines.iter().map(|line| line.paid).sum::<i128>() + self.shipping_fee
    }

    pub(crate) fn refund_due(&self) -> String {
        self.buyer.map_or("refund_due:anonymous".into(), |buyer| format!("refund_due:{buyer}"))
    }

    /// Books the order as paid; `paid.channel` is none where nothing was owed.
    pub(crate) fn pay(&mut self, change: &mut Change, paid: Paid, fee_borne_by: Role) {
        if let Some(channel) = &paid.channel {
            change.post(format!("channel:{channel}"), paid.amount - paid.fee);
            // A fee bearer that nobody fills: the operator.
            let bearer = self.party(fee_borne_by).map_or(Role::Operator, |_| fee_borne_by);
            self.post(change, bearer, Purpose::ChannelFee, paid.fee);
        }
        self.share_out(change, paid);
    }

    /// Books what everybody has of the order once it is paid.
    pub(crate) fn share_out(&mut self, change: &mut Change, paid: Paid) {
        for at in 0..self.lines.len() {
            let parts = self.parts(&self.lines[at]);
            for (role, part) in &parts {
                self.post(change, *role, Purpose::Part, -part);
            }
            self.lines[at].parts = parts;
        }
        self.post(change, self.shipping_to, Purpose::Shipping, -self.shipping_fee);
        if let Some(funder) = self.funder {
            self.post(change, funder, Purpose::Discount, self.discount);
        }
        self.paid = Some(paid);
    }
}

impl Model {
    pub(crate) fn order(&self, id: OrderId) -> Result<&Order, Code> {
        self.orders.get(&id).ok_or("unknown_order")
    }

    pub(crate) fn place_order(
        &self,
        at: Time,
        actor: Actor,
        c: &PlaceOrder,
    ) -> Result<Change, Code> {
        let campaign = self.campaign(c.campaign)?;
        let upline = self.leader(c.seller)?;
        let item = |sku: &str| campaign.items.iter().find(|item| item.sku == sku);
        if c.lines.iter().any(|line| item(&line.sku).is_none()) {
            return Err("unknown_sku");
        }
        self.authorise(actor, c.clone())?;
        if campaign.owner != c.seller && !campaign.sellers.contains_key(&c.seller) {
            return Err("not_allowed");
        }
        if campaign.is_over() {
            return Err("campaign_closed");
        }
        if campaign.in_presale() || at < campaign.opens_at {
            return Err("campaign_not_open");
        }
        if at >= campaign.closes_at {
            return Err("campaign_closed");
        }
        if !campaign.ways.contains(&c.way) {
            return Err("bad_terms");
        }
        let mut order = self.empty_order(at, campaign, c, upline)?;
        order.funder = self.funder(&order, c)?;
        self.limits_then_stock(campaign, c)?;
        for asked in &c.lines {
            let item = item(&asked.sku).unwrap();
            let quantity = i128::from(asked.quantity);
            let price = self.price_for(campaign, item, quantity);
            order.lines.push(new_line(campaign, c.seller, item, price, quantity)?);
        }
        self.discount(&mut order, c)?;
        let goods: i128 = order.lines.iter().map(|line| line.paid).sum();
        let free = c.way == Way::Pickup || campaign.free_from.is_some_and(|from| goods >= from);
        order.shipping_fee = if free { 0 } else { campaign.shipping_fee };
        if order.lines.iter().map(|line| line.list).sum::<i128>() > AMOUNT_MAX
            || order.due() > AMOUNT_MAX
        {
            return Err("overflow");
        }
        let mut change = Change::default();
        if order.due() == 0 {
            let paid = Paid {
                channel: None,
                amount: 0,
                fee: 0,
                happened_at: at,
                refunds: 0,
                refunded: 0,
                fee_returned: 0,
                fee_by_operator: false,
            };
            order.pay(&mut change, paid, Role::Operator);
        }
        change.order = Some(order);
        Ok(change)
    }

    fn empty_order(
        &self,
        at: Time,
        campaign: &Campaign,
        c: &PlaceOrder,
        upline: Option<PartyId>,
    ) -> Result<Order, Code> {
        let terms_days = match campaign.supplier {
            Some(supplier) => self.supplier(supplier)?,
            None => 0,
        };
        Ok(Order {
            id: c.order,
            campaign: campaign.id,
            supplier: campaign.supplier,
            owner: campaign.owner,
            seller: c.seller,
            upline,
            operator: self.opened().operator,
            terms_days,
            buyer: c.buyer,
            way: c.way,
            digest: c.pickup_code_digest.as_ref().map(ToString::to_string),
            lines: Vec::new(),
            funder: None,
            discount: 0,
            shipping_fee: 0,
            shipping_to: campaign.shipping_to,
            shipping_returned: false,
            paid: None,
            cancelled: false,
            placed_at: at,
            expired: false,
            last_shipped_at: None,
            last_received_at: None,
            settled_at: None,
            matured: false,
            buckets: BTreeMap::new(),
            held: BTreeMap::new(),
        })
    }

    /// Limits of all lines, then stock of all lines.
    fn limits_then_stock(&self, campaign: &Campaign, c: &PlaceOrder) -> Result<(), Code> {
        for asked in &c.lines {
            let item = campaign.items.iter().find(|item| item.sku == asked.sku).unwrap();
            if let (Some(buyer), Some(limit)) = (c.buyer, item.limit_per_buyer) {
                let live = self.live_units(campaign, &item.sku, buyer);
                if live + i128::from(asked.quantity) > limit {
                    return Err("over_limit");
                }
            }
        }
        for asked in &c.lines {
            let available = self.in_stock(campaign, &asked.sku);
            if available.is_some_and(|units| i128::from(asked.quantity) > units) {
                return Err("out_of_stock");
            }
        }
        Ok(())
    }

    /// The role that funds a discount which is not 0.00; somebody fills it.
    fn funder(&self, order: &Order, c: &PlaceOrder) -> Result<Option<Role>, Code> {
        let Some(discount) = &c.discount else { return Ok(None) };
        if form::money(&discount.amount, self.opened().decimals)? == 0 {
            return Ok(None);
        }
        match discount.funded_by {
            FundedBy::Shared => Ok(None),
            FundedBy::Role(role) => order.party(role).map(|_| Some(role)).ok_or("bad_terms"),
        }
    }

    fn discount(&self, order: &mut Order, c: &PlaceOrder) -> Result<(), Code> {
        let Some(discount) = &c.discount else { return Ok(()) };
        let amount = form::money(&discount.amount, self.opened().decimals)?;
        if amount == 0 {
            return Ok(());
        }
        let lists: Vec<i128> = order.lines.iter().map(|line| line.list).collect();
        if amount > lists.iter().sum() {
            return Err("bad_amount");
        }
        order.discount = amount;
        for (line, part) in order.lines.iter_mut().zip(allocate(amount, &lists)) {
            line.paid = line.list - part;
            line.value = if order.funder.is_some() { line.list } else { line.paid };
        }
        Ok(())
    }

    /// A payment is never refused for not fitting.
    pub(crate) fn record_payment(
        &self,
        happened_at: Time,
        actor: Actor,
        c: &RecordPayment,
    ) -> Result<Change, Code> {
        self.authorise(actor, c.clone())?;
        let decimals = self.opened().decimals;
        let amount = form::money(&c.amount, decimals)?;
        let fee = form::fee(c.fee.as_ref(), decimals)?;
        let number = (c.channel.to_string(), c.reference.to_string());
        let duplicate = !number.1.is_empty() && self.references.contains(&number);
        let mut change = Change { reference: Some(number), ..Change::default() };
        let mut arrived = Arrived {
            channel: c.channel.to_string(),
            amount,
            fee,
            happened_at,
            is_payment: true,
            suspended: false,
        };
        let order = self.orders.get(&c.order).filter(|order| {
            !duplicate
                && !order.cancelled
                && !order.expired
                && order.paid.is_none()
                && !self.campaigns[&order.campaign].gives_back()
                && self.owes(order) == amount
        });
        if let Some(order) = order {
            let mut order = self.at_todays_price(order);
            let paid = Paid {
                channel: Some(c.channel.to_string()),
                amount,
                fee,
                happened_at,
                refunds: 0,
                refunded: 0,
                fee_returned: 0,
                fee_by_operator: false,
            };
            order.pay(&mut change, paid, self.opened().fee_borne_by);
            change.order = Some(order);
        } else {
            change.post(format!("channel:{}", c.channel), amount - fee);
            change.post(format!("suspense:{}", c.channel), -amount);
            change.post("expense:channel_fee", fee);
            arrived.suspended = true;
        }
        change.arrived = Some((c.payment.uuid(), arrived));
        Ok(change)
    }

    pub(crate) fn cancel_order(&self, actor: Actor, c: &CancelOrder) -> Result<Change, Code> {
        let mut order = self.order(c.order)?.clone();
        self.authorise(actor, c.clone())?;
        if order.expired {
            return Err("already_decided");
        }
        if order.anything_shipped() {
            return Err("already_shipped");
        }
        let mut change = Change::default();
        if order.paid.is_some() {
            order = self.refund_everything(&mut change, order, actor, "cancelled")?;
        }
        order.cancelled = true;
        change.order = Some(order);
        Ok(change)
    }

    /// Refunds all that is left of a paid order, its shipping fee too; the book opens that refund itself.
    pub(crate) fn refund_everything(
        &self,
        change: &mut Change,
        mut order: Order,
        actor: Actor,
        cause: &str,
    ) -> Result<Order, Code> {
        if order.units_left() == 0 {
            return Err("nothing_to_refund");
        }
        let refund = self.free_id(order.id, cause);
        let mut owed = 0;
        let mut lines = Vec::new();
        for sku in order.lines.iter().map(|line| line.sku.clone()).collect::<Vec<_>>() {
            let units = order.line(&sku).unwrap().left();
            if units > 0 {
                let kind = RefundKind::RefundOnly;
                owed += order.refund_units(change, &sku, units, kind, Bearing::Reverse);
                lines.push((sku, units));
            }
        }
        owed += order.return_shipping_fee(change);
        change.refunds = self.withdrawn(order.id);
        change.also_known_as.push(format!("decision {refund}"));
        change.also_known_as.push(format!("refund {refund}"));
        change.refunds.push(Refund {
            id: refund,
            order: order.id,
            opened_for: Some(cause.to_owned()),
            kind: RefundKind::RefundOnly,
            lines,
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
        change.post(order.refund_due(), -owed);
        Ok(order)
    }

    /// The order's refunds that are only asked for, withdrawn.
    pub(crate) fn withdrawn(&self, order: OrderId) -> Vec<Refund> {
        let open = self.refunds.values().filter(|refund| refund.order == order);
        let open = open.filter(|refund| refund.status == RefundStatus::Requested);
        open.map(|refund| Refund { status: RefundStatus::Withdrawn, ..refund.clone() }).collect()
    }
}

fn new_line(
    campaign: &Campaign,
    seller: PartyId,
    item: &Item,
    price: i128,
    quantity: i128,
) -> Result<Line, Code> {
    let list = price * quantity;
    if list > AMOUNT_MAX {
        return Err("overflow");
    }
    let of_seller = campaign.sellers.get(&seller).and_then(Option::as_ref);
    let split = item.split.as_ref().or(of_seller).unwrap_or(&campaign.split);
    Ok(Line {
        sku: item.sku.clone(),
        quantity,
        price,
        list,
        paid: list,
        adjusted: None,
        supply_price: item.supply_price.unwrap_or(0),
        split: split.clone(),
        shipped: 0,
        received: 0,
        refunded_unshipped: 0,
        refunded_underway: 0,
        refunded_received: 0,
        refunded_owed: 0,
        exchanged_received: 0,
        exchanged_underway: 0,
        exchanged_back: 0,
        replaced: 0,
        refunded_paid: 0,
        refunded_list: 0,
        value: list,
        units_in_split: quantity,
        parts: BTreeMap::new(),
    })
}
