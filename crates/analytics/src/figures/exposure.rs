//! Exposure: what a return of everything still in its after-sales window would cost, by bearer.
//!
//! Of each paid order that is neither settled nor cancelled and whose window ends on the last day covered or later:
//! what each role holds of its goods, and, once something was shipped, one return at the cap of the campaign's terms,
//! borne by the role that they name. Only the window's end is told by the last day covered; what was received,
//! refunded and settled is as of the last record.

use std::collections::BTreeMap;

use tuanzhang_core::{PartyId, Role};

use crate::definition::{
    EXPOSED_GOODS, EXPOSED_ORDERS, EXPOSED_RETURN_SHIPPING, EXPOSURE, EXPOSURE_TOTAL, PARTY, ROLE,
};
use crate::exact::Total;
use crate::facts::{Campaign, Order, role};

use crate::table::{Table, Value};
use crate::view::View;

#[derive(Clone, Copy, Default)]
struct Exposed {
    orders: u64,
    goods: Total,
    back: Total,
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
    let left = view.lines(order).iter().any(|line| line.units > line.refunded_units);
    let all_received = view
        .lines(order)
        .iter()
        .all(|line| line.received >= line.units.saturating_sub(line.refunded_units));
    // Until the last unit is received the window is open.
    let ends = order.received_at.filter(|_| all_received);
    let ends = ends.map(|at| at.saturating_add(campaign.after_sales));
    let open = ends
        .is_none_or(|ends| view.facts.day(tuanzhang_core::Time::from_micros(ends)) >= view.as_of);
    paid && !order.done && left && open
}

/// The whole, and by role and party.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    let mut whole = Exposed::default();
    let mut sums: BTreeMap<(u8, Option<PartyId>), Exposed> = BTreeMap::new();
    for order in view.orders() {
        let Some(campaign) = view.facts.shop.campaign(order.campaign) else { continue };
        if !is_open(view, order, campaign) {
            continue;
        }
        whole.orders = whole.orders.saturating_add(1);
        for (of, held) in Role::ALL.into_iter().zip(order.held).filter(|(_, held)| *held != 0) {
            let party = filled(view, order, campaign, of);
            sums.entry((of.number(), party)).or_default().goods.add_minor(held);
            whole.goods.add_minor(held);
        }
        if order.shipped && campaign.return_cap != 0 {
            let party = filled(view, order, campaign, role(campaign.return_borne_by));
            let exposed = sums.entry((campaign.return_borne_by, party)).or_default();
            exposed.back.add_minor(campaign.return_cap);
            whole.back.add_minor(campaign.return_cap);
        }
    }
    let rows = sums.into_iter().map(|((of, party), exposed)| {
        let (goods, back) = (Value::Money(exposed.goods), Value::Money(exposed.back));
        vec![Value::text(role(of)), Value::maybe(party), goods, back]
    });
    let goods = EXPOSED_GOODS;
    let back = EXPOSED_RETURN_SHIPPING;
    let orders = EXPOSED_ORDERS;
    let figures = vec![
        (orders, Value::count(whole.orders)),
        (goods, Value::Money(whole.goods)),
        (back, Value::Money(whole.back)),
    ];
    vec![
        Table::one(EXPOSURE_TOTAL, figures),
        Table::many(EXPOSURE, vec![ROLE, PARTY, goods, back], rows.collect()),
    ]
}
