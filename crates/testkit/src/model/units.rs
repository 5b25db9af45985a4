//! Units on their way: shipped, arrived, received, picked up, by line and quantity.

use sha2::{Digest, Sha256};
use tuanzhang_core::command::{RefundKind, SkuQuantity, Way};
use tuanzhang_core::order::{ArriveAtPickup, PickUpOrder, ReceiveOrder, ShipOrder};
use tuanzhang_core::{Actor, OrderId, Time};

use super::{Change, Code, Line, Model, Order, RefundStatus};

impl Model {
    /// Units of a line that are asked back and not decided: by `refund_only`, by `return`.
    pub(crate) fn asked_back(&self, order: OrderId, sku: &str) -> (i128, i128) {
        let mut asked = (0, 0);
        for refund in self.refunds.values() {
            if refund.order != order || refund.status != RefundStatus::Requested {
                continue;
            }
            let units = refund.lines.iter().filter(|line| line.0 == sku).map(|line| line.1);
            let units: i128 = units.sum();
            match refund.kind {
                RefundKind::RefundOnly => asked.0 += units,
                RefundKind::Return | RefundKind::Exchange => asked.1 += units,
                RefundKind::Compensation => {}
            }
        }
        asked
    }

    /// Unshipped units of a line that no open request holds. A `refund_only` holds unshipped ones first.
    pub(crate) fn shippable(&self, order: &Order, line: &Line) -> i128 {
        let (refund_only, _) = self.asked_back(order.id, &line.sku);
        (line.unshipped() - refund_only).max(0)
    }

    /// Replacements that can be sent: a `refund_only` holds them after the unshipped units.
    pub(crate) fn free_replacements(&self, order: &Order, line: &Line) -> i128 {
        let (refund_only, _) = self.asked_back(order.id, &line.sku);
        (line.replaceable() - (refund_only - line.unshipped()).max(0)).max(0)
    }

    pub(crate) fn ship_order(&self, at: Time, actor: Actor, c: &ShipOrder) -> Result<Change, Code> {
        let order = self.known_lines(c.order, c.lines.as_deref())?;
        self.authorise(actor, c.clone())?;
        if order.way == Way::Pickup {
            return Err("bad_terms");
        }
        self.send_off(at, order, c.lines.as_deref())
    }

    pub(crate) fn arrive_at_pickup(
        &self,
        at: Time,
        actor: Actor,
        c: &ArriveAtPickup,
    ) -> Result<Change, Code> {
        let order = self.known_lines(c.order, c.lines.as_deref())?;
        self.authorise(actor, c.clone())?;
        if order.way != Way::Pickup {
            return Err("bad_terms");
        }
        self.send_off(at, order, c.lines.as_deref())
    }

    pub(crate) fn receive_order(
        &self,
        at: Time,
        actor: Actor,
        c: &ReceiveOrder,
    ) -> Result<Change, Code> {
        let order = self.known_lines(c.order, c.lines.as_deref())?;
        self.authorise(actor, c.clone())?;
        if order.paid.is_none() {
            return Err("not_paid");
        }
        not_on_its_way(&order)?;
        if let (Actor::System, Some(last)) = (actor, order.last_shipped_at) {
            let days = self.campaigns[&order.campaign].auto_receive_days;
            if at < days_later(last, days) {
                return Err("not_due");
            }
        }
        hand_over(at, order, c.lines.as_deref(), "nothing_left")
    }

    pub(crate) fn pick_up_order(
        &self,
        at: Time,
        actor: Actor,
        c: &PickUpOrder,
    ) -> Result<Change, Code> {
        let order = self.known_lines(c.order, c.lines.as_deref())?;
        self.authorise(actor, c.clone())?;
        if order.way != Way::Pickup {
            return Err("bad_terms");
        }
        if order.paid.is_none() {
            return Err("not_paid");
        }
        not_on_its_way(&order)?;
        if let Some(digest) = &order.digest {
            let shown = c.code.as_ref().map(|code| digest_of(order.id, code));
            if shown.as_ref() != Some(digest) {
                return Err("wrong_code");
            }
        }
        hand_over(at, order, c.lines.as_deref(), "already_picked_up")
    }

    /// The order and its lines exist.
    fn known_lines(&self, id: OrderId, lines: Option<&[SkuQuantity]>) -> Result<Order, Code> {
        let order = self.order(id)?;
        for line in lines.unwrap_or_default() {
            order.line(&line.sku).ok_or("unknown_sku")?;
        }
        Ok(order.clone())
    }

    fn send_off(
        &self,
        at: Time,
        mut order: Order,
        lines: Option<&[SkuQuantity]>,
    ) -> Result<Change, Code> {
        if order.paid.is_none() {
            return Err("not_paid");
        }
        let campaign = &self.campaigns[&order.campaign];
        if campaign.cancelled {
            return Err("campaign_closed");
        }
        if !self.is_formed(campaign) {
            return Err("not_formed");
        }
        let free = |line: &Line| self.shippable(&order, line);
        for asked in lines.unwrap_or_default() {
            let (line, units) = (order.line(&asked.sku).unwrap(), i128::from(asked.quantity));
            if units > free(line) + self.free_replacements(&order, line) {
                return Err(if units <= line.unshipped() + line.replaceable() {
                    "refund_open"
                } else if units <= line.unshipped() + line.owed() {
                    "not_returned"
                } else {
                    "nothing_left"
                });
            }
        }
        // All that is left leaves replacements out.
        let again = |line: &Line| match lines {
            Some(_) => self.free_replacements(&order, line),
            None => 0,
        };
        let units = taken(&order, lines, |line| free(line) + again(line)).ok_or("nothing_left")?;
        let firsts: Vec<i128> = order.lines.iter().map(free).collect();
        for ((line, units), free) in order.lines.iter_mut().zip(units).zip(firsts) {
            let first = units.min(free);
            line.shipped += first;
            line.replaced += units - first;
        }
        order.last_shipped_at = Some(at);
        Ok(Change { order: Some(order), ..Change::default() })
    }
}

/// Something is left of the order, and none of it was ever shipped.
fn not_on_its_way(order: &Order) -> Result<(), Code> {
    let waits = !order.anything_shipped() && order.units_left() > 0;
    if waits { Err("not_shipped") } else { Ok(()) }
}

fn hand_over(
    at: Time,
    mut order: Order,
    lines: Option<&[SkuQuantity]>,
    too_many: Code,
) -> Result<Change, Code> {
    let refusal = if lines.is_some() { too_many } else { "nothing_left" };
    let units = taken(&order, lines, Line::underway).ok_or(refusal)?;
    for (line, units) in order.lines.iter_mut().zip(units) {
        line.received += units;
    }
    order.last_received_at = Some(at);
    Ok(Change { order: Some(order), ..Change::default() })
}

/// How many units of each line are meant: those named, or all that is left. None if there are not so many,
/// or nothing.
fn taken(
    order: &Order,
    named: Option<&[SkuQuantity]>,
    left: impl Fn(&Line) -> i128,
) -> Option<Vec<i128>> {
    let mut units = Vec::new();
    for line in &order.lines {
        let asked = match named {
            None => left(line),
            Some(named) => {
                let of_line = named.iter().filter(|asked| asked.sku == line.sku.as_str());
                of_line.map(|asked| i128::from(asked.quantity)).sum()
            }
        };
        if asked > left(line) {
            return None;
        }
        units.push(asked);
    }
    if units.iter().sum::<i128>() > 0 { Some(units) } else { None }
}

/// Lower-case hex SHA-256 of order id, ':' and code.
pub(crate) fn digest_of(order: OrderId, code: &str) -> String {
    let bytes = Sha256::digest(format!("{}:{code}", order.uuid().hyphenated()).as_bytes());
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(|nibble| char::from(b"0123456789abcdef"[usize::from(nibble)])).collect()
}

/// So many days of 86,400 seconds later.
pub(crate) fn days_later(time: Time, days: i64) -> Time {
    Time::from_micros(time.micros().saturating_add(days.saturating_mul(86_400_000_000)))
}
