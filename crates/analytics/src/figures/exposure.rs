//! Exposure: what a return of everything still in its after-sales window would cost, by bearer.
//!
//! Of each paid order that is neither settled nor cancelled and whose window ends on the last day covered or later:
//! what buyers paid of its goods and would get back, shared over the roles that hold it; the shipping fee while nothing
//! was shipped, since it goes back with the last unit; and, once something was shipped, one return at the cap of the
//! campaign's terms, borne by the role that they name. Only the window's end is told by the last day covered; what was
//! received, refunded and settled is as of the last record.

use std::collections::BTreeMap;

use tuanzhang_core::money::allocate;
use tuanzhang_core::{Money, PartyId, Role, Time};

use crate::definition::{
    EXPOSED_GOODS, EXPOSED_ORDERS, EXPOSED_RETURN_SHIPPING, EXPOSED_SHIPPING_FEE, EXPOSURE,
    EXPOSURE_TOTAL, PARTY, ROLE,
};
use crate::facts::{Campaign, Line, Order};
use crate::table::{Table, Value};
use crate::view::View;
use tuanzhang_core::money::Total;

#[derive(Clone, Copy, Default)]
struct Exposed {
    goods: Total,
    shipping_fee: Total,
    back: Total,
}

impl Exposed {
    fn add(&mut self, other: Self) {
        self.goods = self.goods.plus(other.goods);
        self.shipping_fee = self.shipping_fee.plus(other.shipping_fee);
        self.back = self.back.plus(other.back);
    }

    fn values(self) -> [Value; 3] {
        [self.goods, self.shipping_fee, self.back].map(Value::Money)
    }

    fn is_zero(self) -> bool {
        [self.goods, self.shipping_fee, self.back].iter().all(|sum| *sum == Total::ZERO)
    }
}

fn total(minor: i64) -> Total {
    Total::from_minor(i128::from(minor))
}

/// Who fills a role of an order; the operator where nobody does.
fn filled(view: &View<'_>, order: &Order, campaign: &Campaign, of: Role) -> Option<PartyId> {
    let shop = &view.facts.shop;
    let book = usize::try_from(order.book).ok().and_then(|book| shop.books.get(book));
    let operator = || shop.party(book.and_then(|(_, operator)| *operator));
    let place = match of {
        Role::Supplier => campaign.supplier,
        Role::Owner => campaign.owner,
        Role::Seller => Some(order.seller),
        Role::Upline => order.upline,
        Role::Operator => None,
    };
    shop.party(place).or_else(operator)
}

/// Whether units are left that may still come back.
fn is_open(view: &View<'_>, order: &Order, campaign: &Campaign) -> bool {
    let paid = order.paid.is_some_and(|paid| paid.day <= view.as_of);
    let left = |line: &Line| line.units.saturating_sub(line.refunded_units);
    let lines = view.lines(order);
    // Until every unit left is with the buyer, replacements too, the window hasn't begun.
    let received = lines.iter().all(|line| line.with_buyer >= left(line));
    let ends = order.received_at.filter(|_| received);
    let ends = ends.map(|at| at.saturating_add(campaign.after_sales));
    let open = ends.is_none_or(|ends| view.facts.day(Time::from_micros(ends)) >= view.as_of);
    paid && !order.done && open && lines.iter().any(|line| left(line) > 0)
}

/// What each role would give back of what buyers paid for the goods: what it holds; or, where that isn't what can
/// come back (one party bore a refund whole), that shared by largest remainder over the roles that hold something,
/// the operator where none does.
fn by_role(order: &Order, lines: &[Line]) -> [i64; 5] {
    let returnable = lines.iter().map(|line| line.paid.saturating_sub(line.refunded));
    let returnable = returnable.fold(0, i64::saturating_add);
    if order.held.iter().copied().fold(0, i64::saturating_add) == returnable {
        return order.held;
    }
    let weights = order.held.map(|held| Money::from_minor(held.max(0)).unwrap_or(Money::ZERO));
    let shared = Money::from_minor(returnable).ok().and_then(|all| allocate(all, &weights).ok());
    let mut parts = [0; 5];
    for (part, shared) in parts.iter_mut().zip(shared.unwrap_or_default()) {
        *part = shared.minor();
    }
    let rest = parts.iter().copied().fold(returnable, i64::saturating_sub);
    if let Some(operator) = parts.get_mut(Role::Operator.index()) {
        *operator = operator.saturating_add(rest);
    }
    parts
}

/// What one order exposes, by role.
fn of_order(order: &Order, lines: &[Line], campaign: &Campaign) -> [Exposed; 5] {
    let mut all =
        by_role(order, lines).map(|goods| Exposed { goods: total(goods), ..Exposed::default() });
    let mut of = |role: Role, exposed: Exposed| {
        if let Some(own) = all.get_mut(role.index()) {
            own.add(exposed);
        }
    };
    if order.shipped {
        let back = total(campaign.return_cap);
        of(campaign.return_borne_by, Exposed { back, ..Exposed::default() });
    } else {
        let shipping_fee = total(order.shipping_fee);
        of(campaign.shipping_to, Exposed { shipping_fee, ..Exposed::default() });
    }
    all
}

/// The whole, and by role and party.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    let (mut orders, mut whole) = (0_u64, Exposed::default());
    let mut sums: BTreeMap<(Role, Option<PartyId>), Exposed> = BTreeMap::new();
    for order in view.orders() {
        let Some(campaign) = view.facts.shop.campaign(order.campaign) else { continue };
        if !is_open(view, order, campaign) {
            continue;
        }
        orders = orders.saturating_add(1);
        let exposed = Role::ALL.into_iter().zip(of_order(order, view.lines(order), campaign));
        for (of, exposed) in exposed.filter(|(_, exposed)| !exposed.is_zero()) {
            whole.add(exposed);
            let party = filled(view, order, campaign, of);
            sums.entry((of, party)).or_default().add(exposed);
        }
    }
    let rows = sums.into_iter().map(|((of, party), exposed)| {
        [Value::text(of), Value::maybe(party)].into_iter().chain(exposed.values()).collect()
    });
    let columns = [EXPOSED_GOODS, EXPOSED_SHIPPING_FEE, EXPOSED_RETURN_SHIPPING];
    let figures = columns.into_iter().zip(whole.values());
    let figures = std::iter::once((EXPOSED_ORDERS, Value::count(orders))).chain(figures);
    let rows =
        Table::many(EXPOSURE, [ROLE, PARTY].into_iter().chain(columns).collect(), rows.collect());
    vec![Table::one(EXPOSURE_TOTAL, figures.collect()), rows]
}
