//! Orders, their lines and what was refunded of them. 160 bytes an order and about 60 for its id, 40 a line; 56 a
//! refund and 32 a line of it. Lists grow by doubling, so up to twice that is held.

mod refunds;

use serde::{Deserialize, Serialize};
use tuanzhang_core::event::{LineUnits, Moved, OrderPaid, OrderPlaced};
use tuanzhang_core::text::Name;
use tuanzhang_core::{BuyerId, Head, Money, OrderId, RefundId, Role, Time, event::Base};

use super::ids::{Ids, Index, moved};
use super::shop::{Places, Shop};
use crate::calendar::Day;

/// When an order was paid, and with how much.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Paid {
    pub(crate) at: i64,
    /// The record's, which tells apart what was paid in the same instant.
    pub(crate) position: u64,
    pub(crate) day: Day,
    pub(crate) amount: i64,
}

/// An order, as far as figures need it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// Place in [`Shop::books`].
    pub(crate) book: u32,
    pub(crate) campaign: Index,
    /// None for a walk-in.
    pub(crate) buyer: Option<Index>,
    pub(crate) seller: Index,
    pub(crate) upline: Option<Index>,
    pub(crate) placed_day: Day,
    /// What was owed at its placing.
    pub(crate) placed: i64,
    pub(crate) paid: Option<Paid>,
    /// The last receipt of units; what the after-sales window counts from.
    pub(crate) received_at: Option<i64>,
    pub(crate) received_day: Option<Day>,
    pub(crate) shipped: bool,
    /// Settled, cancelled or expired: nothing of it is expected to come back.
    pub(crate) done: bool,
    /// What each role holds of its goods, the discount that it funds taken off.
    pub(crate) held: [i64; 5],
    /// The shipping fee that is held.
    pub(crate) shipping_fee: i64,
    lines: (u32, u32),
}

/// A line of an order; amounts in minor units.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) item: Option<Index>,
    pub(crate) units: u32,
    /// Units with the buyer: received, replacements included, less those of them that were refunded or exchanged.
    pub(crate) with_buyer: u32,
    /// Units refunded and not reopened.
    pub(crate) refunded_units: u32,
    pub(crate) list: i64,
    /// List less discount.
    pub(crate) paid: i64,
    /// What went back of `paid`.
    pub(crate) refunded: i64,
}

/// An approval, or what undid one: then with the sign changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) order: Index,
    pub(crate) day: Day,
    /// Takes back an approval.
    pub(crate) undone: bool,
    pub(crate) goods: i64,
    pub(crate) shipping_fee: i64,
    pub(crate) return_shipping: i64,
    pub(crate) compensation: i64,
    /// Who bears the return shipping.
    pub(crate) role: Role,
    pub(crate) bearer: Option<Index>,
    lines: (u32, u32),
}

/// A line of a refund; units and amounts with the refund's sign.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct RefundLine {
    pub(crate) item: Option<Index>,
    pub(crate) units: i64,
    pub(crate) paid: i64,
    /// The line's part of the refund's return shipping, by units.
    pub(crate) return_shipping: i64,
}

impl Refund {
    /// What goes back to the buyer of what was paid.
    pub(crate) const fn sales(&self) -> i64 {
        self.goods.saturating_add(self.shipping_fee)
    }
}

/// All orders of a book.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Orders {
    pub(crate) buyers: Ids<BuyerId>,
    ids: Ids<OrderId>,
    list: Vec<Order>,
    lines: Vec<Line>,
    /// Approvals by their refund, to know what is undone.
    approved: Ids<RefundId>,
    approvals: Vec<Index>,
    refunds: Vec<Refund>,
    refund_lines: Vec<RefundLine>,
}

fn span<T>(list: &[T], (first, len): (u32, u32)) -> &[T] {
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    let len = usize::try_from(len).unwrap_or(0);
    list.get(first..first.saturating_add(len)).unwrap_or(&[])
}

fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl Orders {
    pub(crate) fn all(&self) -> impl Iterator<Item = (Index, &Order)> {
        self.list.iter().enumerate().filter_map(|(at, order)| Some((Index::new(at)?, order)))
    }

    pub(crate) fn order(&self, place: Index) -> Option<&Order> {
        self.list.get(place.get())
    }

    pub(crate) fn find(&self, order: OrderId) -> Option<Index> {
        self.ids.find(&order)
    }

    pub(crate) fn of_refund(&self, refund: RefundId) -> Option<&Order> {
        let approval = self.approvals.get(self.approved.find(&refund)?.get())?;
        self.order(self.refunds.get(approval.get())?.order)
    }

    pub(crate) fn lines(&self, order: &Order) -> &[Line] {
        span(&self.lines, order.lines)
    }

    pub(crate) fn refunds(&self) -> &[Refund] {
        &self.refunds
    }

    pub(crate) fn refund_lines(&self, refund: &Refund) -> &[RefundLine] {
        span(&self.refund_lines, refund.lines)
    }

    fn order_mut(&mut self, order: OrderId) -> Option<&mut Order> {
        let place = self.find(order)?;
        self.list.get_mut(place.get())
    }

    fn lines_mut(&mut self, order: OrderId) -> &mut [Line] {
        let span = self.order_mut(order).map_or((0, 0), |order| order.lines);
        let first = usize::try_from(span.0).unwrap_or(usize::MAX);
        let len = usize::try_from(span.1).unwrap_or(0);
        self.lines.get_mut(first..first.saturating_add(len)).unwrap_or(&mut [])
    }

    pub(crate) fn placed(&mut self, placed: &OrderPlaced, day: Day, book: u32, shop: &mut Shop) {
        let Some(campaign) = shop.find(placed.campaign) else { return };
        let Some(seller) = shop.parties.place(&placed.seller) else { return };
        let new = Index::new(self.list.len());
        if self.ids.place(&placed.order) != new {
            return;
        }
        let lines = (number(self.lines.len()), number(placed.lines.len()));
        self.lines.extend(placed.lines.iter().map(|line| Line {
            item: shop.item_of(campaign, &line.sku),
            units: line.quantity,
            with_buyer: 0,
            refunded_units: 0,
            list: line.list.minor(),
            paid: line.list.minor().saturating_sub(line.discount.minor()),
            refunded: 0,
        }));
        self.list.push(Order {
            book,
            campaign,
            buyer: placed.buyer.and_then(|buyer| self.buyers.place(&buyer)),
            seller,
            upline: placed.upline.and_then(|upline| shop.parties.place(&upline)),
            placed_day: day,
            placed: placed.due.minor(),
            paid: None,
            received_at: None,
            received_day: None,
            shipped: false,
            done: false,
            held: [0; 5],
            shipping_fee: 0,
            lines,
        });
    }

    pub(crate) fn paid(&mut self, paid: &OrderPaid, head: &Head, day: Day) {
        let arrived = paid.payment.as_ref().map(|payment| payment.amount);
        let resolved = paid.out_of_suspense.as_ref().map(|money| money.amount);
        let amount = arrived.or(resolved).unwrap_or(Money::ZERO).minor();
        if let Some(order) = self.order_mut(paid.order) {
            let (at, position) = (head.at.micros(), head.position.get());
            order.paid = Some(Paid { at, position, day, amount });
        }
        let lines = self.lines_mut(paid.order);
        for (line, paid) in lines.iter_mut().zip(&paid.lines) {
            if let Some(charged) = paid.charged {
                line.list = charged.list.minor();
                line.paid = charged.list.minor().saturating_sub(charged.discount.minor());
            }
        }
        self.hold(paid.order, &paid.moved);
    }

    /// Adds what each role has of the goods and of the shipping fee, or gives up of them.
    fn hold(&mut self, order: OrderId, moved: &Moved) {
        let Some(order) = self.order_mut(order) else { return };
        for part in &moved.parts {
            let held = match part.base {
                Base::Goods | Base::Discount => order.held.get_mut(part.role.index()),
                Base::Shipping => Some(&mut order.shipping_fee),
                Base::Goodwill
                | Base::ReturnShipping
                | Base::Compensation
                | Base::Fee
                | Base::Balance => None,
            };
            if let Some(held) = held {
                *held = held.saturating_add(part.amount.minor());
            }
        }
    }

    pub(crate) fn shipped(&mut self, order: OrderId) {
        if let Some(order) = self.order_mut(order) {
            order.shipped = true;
        }
    }

    pub(crate) fn received(
        &mut self,
        order: OrderId,
        units: &[LineUnits],
        at: Time,
        day: Day,
        shop: &Shop,
    ) {
        if let Some(order) = self.order_mut(order) {
            order.received_at = Some(at.micros());
            order.received_day = order.received_day.or(Some(day));
        }
        for received in units {
            if let Some(line) = self.line_of(order, &received.sku, shop) {
                line.with_buyer = line.with_buyer.saturating_add(received.quantity);
            }
        }
    }

    pub(crate) fn done(&mut self, order: OrderId) {
        if let Some(order) = self.order_mut(order) {
            order.done = true;
        }
    }

    fn line_of(&mut self, order: OrderId, sku: &Name, shop: &Shop) -> Option<&mut Line> {
        let item = shop.item_of(self.order_mut(order)?.campaign, sku)?;
        self.lines_mut(order).iter_mut().find(|line| line.item == Some(item))
    }

    /// Adds another book's orders, to be looked at, not folded on; gives the places of its buyers.
    pub(crate) fn merge(
        &mut self,
        other: &Self,
        books: u32,
        places: &Places,
    ) -> Vec<Option<Index>> {
        let buyers = self.buyers.merge(&other.buyers);
        let buyer = |old: Option<Index>| old.and_then(|old| moved(&buyers, old));
        let party = |old: Option<Index>| old.and_then(|old| moved(&places.parties, old));
        let item = |old: Option<Index>| old.and_then(|old| moved(&places.items, old));
        let (line_base, refund_base) = (number(self.lines.len()), number(self.refund_lines.len()));
        let mut orders = Vec::with_capacity(other.list.len());
        let shifted = |(first, len): (u32, u32), base: u32| (first.saturating_add(base), len);
        self.lines.extend(other.lines.iter().map(|line| Line { item: item(line.item), ..*line }));
        self.refund_lines.extend(
            other.refund_lines.iter().map(|line| RefundLine { item: item(line.item), ..*line }),
        );
        for order in &other.list {
            let campaign = moved(&places.campaigns, order.campaign);
            // Every campaign and seller of the other's orders was merged before.
            let (Some(campaign), Some(seller)) = (campaign, party(Some(order.seller))) else {
                orders.push(None);
                continue;
            };
            orders.push(Index::new(self.list.len()));
            self.list.push(Order {
                book: order.book.saturating_add(books),
                campaign,
                buyer: buyer(order.buyer),
                seller,
                upline: party(order.upline),
                lines: shifted(order.lines, line_base),
                ..order.clone()
            });
        }
        for refund in &other.refunds {
            let Some(order) = moved(&orders, refund.order) else { continue };
            let (bearer, lines) = (party(refund.bearer), shifted(refund.lines, refund_base));
            self.refunds.push(Refund { order, bearer, lines, ..refund.clone() });
        }
        buyers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_that_are_stated() {
        let sizes =
            [size_of::<Order>(), size_of::<Line>(), size_of::<Refund>(), size_of::<RefundLine>()];
        assert_eq!(sizes, [160, 40, 56, 32]);
    }
}
