//! An event of each kind, drawn.

use std::sync::Arc;

use tuanzhang_core::accounting::{Account, ExpenseKind, IncomeKind, Posting};
use tuanzhang_core::command::{By, Direction, FundedBy, GoodsBorneBy, ReasonCode, RefundKind, Way};
use tuanzhang_core::event::{
    Adjusted, Base, BookOpened, CampaignCancelled, CampaignClosed, CampaignOpened, ChannelLimits,
    ChannelPayment, Charged, CostRecorded, Discount, Drawn, Event, ExchangedUnits, Formation,
    FormedDeclared, InterestExpressed, Item, LeaderRegistered, LineUnits, LockedPrice, Moved,
    OrderArrived, OrderCancelled, OrderExpired, OrderPaid, OrderPickedUp, OrderPlaced,
    OrderReceived, OrderSettled, OrderShipped, OutOfSuspense, PaidLine, Part, PayableMatured,
    PaymentSuspended, PayoutFailed, PayoutPaid, PayoutRequested, PeriodSealed, PlacedLine, Pocket,
    Presale, PresaleDecided, PriceAdjusted, RefundApproved, RefundCause, RefundLine, RefundPaid,
    RefundRejected, RefundRequested, RefundWithdrawn, Reopened, ResolvedTo, ReturnLapsed,
    ReturnReceived, ReturnShippingTerms, SellerAllowed, ShippingTerms, SplitSource, StockAdded,
    SupplierRegistered, SuspenseReason, Terms, Tier, Transferred, UnmatchedRecorded,
    UnmatchedResolved, WrittenOff,
};
use tuanzhang_core::money::{Currency, Decimals, Share, Split, SplitTake};
use tuanzhang_core::record::Position;

use crate::draw::Draw;

/// One event for each row of the catalogue, in its order.
pub(crate) const KINDS: [fn(&mut Draw) -> Event; 41] = [
    |d| book_opened(d).into(),
    |d| PeriodSealed { through: d.time() }.into(),
    |d| LeaderRegistered { leader: d.id(), upline: d.maybe(Draw::id) }.into(),
    |d| SupplierRegistered { supplier: d.id(), terms_days: d.small() }.into(),
    |d| campaign_opened(d).into(),
    |d| {
        let split = d.maybe(|d| Arc::new(split(d)));
        SellerAllowed { campaign: d.id(), seller: d.id(), split }.into()
    },
    |d| {
        let (addition, campaign) = (d.id(), d.id());
        StockAdded { addition, campaign, sku: d.name(), quantity: d.small() }.into()
    },
    |d| {
        let reason = d.maybe(Draw::text);
        let campaign = d.id();
        let formed = d.truth();
        CampaignClosed { campaign, reason, formed, locked: d.list(locked_price) }.into()
    },
    |d| InterestExpressed { campaign: d.id(), buyer: d.id() }.into(),
    |d| {
        let (campaign, interested) = (d.id(), d.number(u64::MAX));
        PresaleDecided { campaign, interested, open: d.truth() }.into()
    },
    |d| FormedDeclared { campaign: d.id(), reason: d.maybe(Draw::text) }.into(),
    |d| {
        let (campaign, reason) = (d.id(), d.maybe(Draw::text));
        CampaignCancelled { campaign, reason, withdrawn: d.list(Draw::id) }.into()
    },
    |d| order_placed(d).into(),
    |d| order_paid(d).into(),
    |d| {
        let because = d.word(SuspenseReason::from_number);
        PaymentSuspended { order: d.id(), payment: payment(d), because }.into()
    },
    |d| {
        let withdrawn = d.list(Draw::id);
        OrderCancelled { order: d.id(), reason: d.maybe(Draw::text), withdrawn }.into()
    },
    |d| {
        let (order, parcel, all) = (d.id(), d.maybe(Draw::id), d.truth());
        let (lines, replacements, reference) = (units(d), units(d), d.maybe(Draw::text));
        OrderShipped { order, parcel, all, lines, replacements, reference }.into()
    },
    |d| {
        let (order, arrival, all) = (d.id(), d.maybe(Draw::id), d.truth());
        OrderArrived { order, arrival, all, lines: units(d), replacements: units(d) }.into()
    },
    |d| {
        let (order, receipt, all) = (d.id(), d.maybe(Draw::id), d.truth());
        OrderReceived { order, receipt, all, lines: units(d) }.into()
    },
    |d| {
        let (order, handover, all) = (d.id(), d.maybe(Draw::id), d.truth());
        OrderPickedUp { order, handover, code: d.maybe(Draw::text), all, lines: units(d) }.into()
    },
    |d| OrderSettled { order: d.id(), moved: moved(d) }.into(),
    |d| PayableMatured { order: d.id(), moved: moved(d) }.into(),
    |d| OrderExpired { order: d.id() }.into(),
    |d| refund_requested(d).into(),
    |d| refund_approved(d).into(),
    |d| RefundRejected { refund: d.id(), reason: d.maybe(Draw::text) }.into(),
    |d| ReturnReceived { refund: d.id(), reason: d.maybe(Draw::text) }.into(),
    |d| refund_paid(d).into(),
    |d| {
        let (refund, reason) = (d.id(), d.maybe(Draw::text));
        RefundWithdrawn { refund, reason, reopened: d.maybe(reopened) }.into()
    },
    |d| ReturnLapsed { refund: d.id(), reopened: reopened(d) }.into(),
    |d| price_adjusted(d).into(),
    |d| PayoutRequested { payout: d.id(), party: d.id(), amount: d.money() }.into(),
    |d| payout_paid(d).into(),
    |d| {
        let (payout, party) = (d.id(), d.id());
        PayoutFailed { payout, party, amount: d.money(), reason: d.text() }.into()
    },
    |d| unmatched_recorded(d).into(),
    |d| cost_recorded(d).into(),
    |d| adjusted(d).into(),
    |d| {
        let (write_off, party, amount) = (d.id(), d.id(), d.money());
        WrittenOff { write_off, party, amount, reason: d.text() }.into()
    },
    |d| {
        let (transfer, from, to) = (d.id(), d.name(), d.name());
        let (amount, fee) = (d.money(), d.money());
        Transferred { transfer, from, to, amount, fee, reference: d.text() }.into()
    },
    |d| {
        let (draw, direction) = (d.id(), d.word(Direction::from_number));
        let (channel, amount) = (d.name(), d.money());
        Drawn { draw, direction, channel, amount, reference: d.text() }.into()
    },
    |d| unmatched_resolved(d).into(),
];

/// An event by its number.
pub(crate) fn drawn(number: u16, draw: &mut Draw) -> Event {
    let of_number = |kind: &&fn(&mut Draw) -> Event| kind(&mut Draw::Bare).number() == number;
    KINDS.iter().find(of_number).unwrap()(draw)
}

fn book_opened(d: &mut Draw) -> BookOpened {
    let decimals = Decimals::new(d.number(4) as u8).unwrap();
    BookOpened {
        book: d.id(),
        currency: Currency { code: d.name(), decimals },
        timezone: d.name(),
        operator: d.id(),
        channel_fee_borne_by: d.role(),
        channel_limits: ChannelLimits { refunds: d.small(), days: d.small() },
    }
}

fn campaign_opened(d: &mut Draw) -> CampaignOpened {
    CampaignOpened {
        campaign: d.id(),
        owner: d.id(),
        supplier: d.maybe(Draw::id),
        terms: Arc::new(terms(d)),
    }
}

pub(crate) fn terms(d: &mut Draw) -> Terms {
    let formation = |d: &mut Draw| Formation {
        min_buyers: d.maybe(Draw::small),
        min_quantity: d.maybe(|d| d.number(u64::MAX)),
    };
    Terms {
        title: d.text(),
        items: d.list(item),
        opens_at: d.time(),
        closes_at: d.time(),
        formation: d.maybe(formation),
        presale: d.maybe(|d| Presale { min_interest: d.small(), decide_at: d.time() }),
        split: split(d),
        shipping: ShippingTerms {
            fee: d.money(),
            free_from: d.maybe(Draw::money),
            to: d.role(),
            ways: d.list(|d| d.word(Way::from_number)),
        },
        return_shipping: ReturnShippingTerms { cap: d.money(), borne_by: d.role() },
        after_sales_days: d.small(),
        return_within_days: d.small(),
        pay_within_minutes: d.small(),
        auto_receive_days: d.small(),
    }
}

pub(crate) fn item(d: &mut Draw) -> Item {
    Item {
        sku: d.name(),
        title: d.text(),
        price: d.money(),
        supply_price: d.maybe(Draw::money),
        stock: d.maybe(|d| d.number(u64::MAX)),
        limit_per_buyer: d.maybe(Draw::small),
        tiers: d.list(|d| Tier { at_quantity: d.number(u64::MAX), price: d.money() }),
        split: d.maybe(split),
    }
}

fn split(d: &mut Draw) -> Split {
    let share = |d: &mut Draw| {
        let take = match d.number(3) {
            0 => SplitTake::Rate(d.rate()),
            1 => SplitTake::PerUnit(d.money()),
            2 => SplitTake::SupplyPrice,
            _ => SplitTake::RateOfSeller(d.rate()),
        };
        Share { to: d.role(), take }
    };
    Split { shares: d.list(share), remainder: d.role() }
}

fn order_placed(d: &mut Draw) -> OrderPlaced {
    let discount = |d: &mut Draw| Discount {
        amount: d.money(),
        funded_by: match d.number(5) {
            0 => FundedBy::Shared,
            _ => FundedBy::Role(d.role()),
        },
    };
    OrderPlaced {
        order: d.id(),
        campaign: d.id(),
        buyer: d.maybe(Draw::id),
        seller: d.id(),
        upline: d.maybe(Draw::id),
        way: d.word(Way::from_number),
        pickup_code_digest: d.maybe(Draw::bytes),
        discount: d.maybe(discount),
        shipping: d.money(),
        due: d.money(),
        lines: d.list(placed_line),
    }
}

pub(crate) fn placed_line(d: &mut Draw) -> PlacedLine {
    PlacedLine {
        sku: d.name(),
        quantity: d.small(),
        price: d.money(),
        list: d.money(),
        discount: d.money(),
        split: d.word(SplitSource::from_number),
    }
}

fn payment(d: &mut Draw) -> ChannelPayment {
    let (payment, channel, amount, fee) = (d.id(), d.name(), d.money(), d.money());
    ChannelPayment { payment, channel, amount, fee, reference: d.text() }
}

fn locked_price(d: &mut Draw) -> LockedPrice {
    LockedPrice { sku: d.name(), units: d.number(u64::MAX), price: d.money() }
}

fn price_adjusted(d: &mut Draw) -> PriceAdjusted {
    PriceAdjusted {
        refund: d.id(),
        order: d.id(),
        buyer: d.maybe(Draw::id),
        sku: d.name(),
        quantity: d.small(),
        price: d.money(),
        list: d.money(),
        paid: d.money(),
        moved: moved(d),
    }
}

fn order_paid(d: &mut Draw) -> OrderPaid {
    let charged = |d: &mut Draw| Charged { price: d.money(), list: d.money(), discount: d.money() };
    let line = |d: &mut Draw| PaidLine {
        sku: d.name(),
        quantity: d.small(),
        charged: d.maybe(charged),
        value: d.money(),
    };
    let money = |d: &mut Draw| OutOfSuspense {
        payment: d.maybe(Draw::id),
        channel: d.name(),
        amount: d.money(),
    };
    OrderPaid {
        order: d.id(),
        payment: d.maybe(payment),
        out_of_suspense: d.maybe(money),
        lines: d.list(line),
        moved: moved(d),
    }
}

fn moved(d: &mut Draw) -> Moved {
    Moved { parties: d.list(Draw::id), parts: d.list(part) }
}

pub(crate) fn part(d: &mut Draw) -> Part {
    Part {
        base: d.word(Base::from_number),
        line: d.number(u16::MAX.into()) as u16,
        role: d.role(),
        party: d.number(u8::MAX.into()) as u8,
        pocket: d.word(Pocket::from_number),
        amount: d.money(),
    }
}

fn units(d: &mut Draw) -> Vec<LineUnits> {
    d.list(|d| LineUnits { sku: d.name(), quantity: d.small() })
}

fn refund_requested(d: &mut Draw) -> RefundRequested {
    RefundRequested {
        refund: d.id(),
        order: d.id(),
        kind: d.word(RefundKind::from_number),
        lines: units(d),
        amount: d.maybe(Draw::money),
        return_shipping: d.money(),
        reason_code: d.maybe(|d| d.word(ReasonCode::from_number)),
        reason: d.maybe(Draw::text),
    }
}

fn refund_line(d: &mut Draw) -> RefundLine {
    RefundLine {
        sku: d.name(),
        quantity: d.small(),
        unshipped: d.small(),
        received: d.small(),
        unreplaced: d.small(),
        list: d.money(),
        paid: d.money(),
    }
}

fn exchanged_units(d: &mut Draw) -> ExchangedUnits {
    ExchangedUnits { sku: d.name(), quantity: d.small(), received: d.small() }
}

fn reopened(d: &mut Draw) -> Reopened {
    Reopened {
        order: d.id(),
        buyer: d.maybe(Draw::id),
        due: d.money(),
        shipping_fee: d.money(),
        reversed: d.truth(),
        lines: d.list(refund_line),
        exchanged: d.list(exchanged_units),
        moved: moved(d),
    }
}

fn refund_approved(d: &mut Draw) -> RefundApproved {
    RefundApproved {
        refund: d.id(),
        order: d.id(),
        buyer: d.maybe(Draw::id),
        cause: d.maybe(|d| d.word(RefundCause::from_number)),
        goods_borne_by: match d.number(5) {
            0 => GoodsBorneBy::Reverse,
            _ => GoodsBorneBy::Role(d.role()),
        },
        return_shipping: d.money(),
        return_shipping_borne_by: d.role(),
        with_shipping_fee: d.truth(),
        waive_return: d.truth(),
        compensation: d.maybe(Draw::money),
        compensation_borne_by: d.role(),
        shipping_fee: d.money(),
        due: d.money(),
        lines: d.list(refund_line),
        exchanged: d.list(exchanged_units),
        moved: moved(d),
        withdrawn: d.list(Draw::id),
    }
}

fn refund_paid(d: &mut Draw) -> RefundPaid {
    RefundPaid {
        refund_payment: d.id(),
        refund: d.id(),
        buyer: d.maybe(Draw::id),
        by: d.word(By::from_number),
        channel: d.name(),
        amount: d.money(),
        reference: d.text(),
        fee_returned: d.money(),
        moved: moved(d),
    }
}

fn payout_paid(d: &mut Draw) -> PayoutPaid {
    let (payout, party, amount, channel) = (d.id(), d.id(), d.money(), d.name());
    PayoutPaid { payout, party, amount, channel, reference: d.text(), fee: d.money() }
}

fn unmatched_recorded(d: &mut Draw) -> UnmatchedRecorded {
    let (unmatched, channel, direction) = (d.id(), d.name(), d.word(Direction::from_number));
    UnmatchedRecorded { unmatched, channel, direction, amount: d.money(), reference: d.text() }
}

fn unmatched_resolved(d: &mut Draw) -> UnmatchedResolved {
    let to = |d: &mut Draw| match d.number(2) {
        0 => ResolvedTo::Order(d.id()),
        1 => ResolvedTo::Refund(d.id()),
        _ => ResolvedTo::Account(account(d)),
    };
    UnmatchedResolved {
        unmatched: d.id(),
        payment: d.maybe(Draw::id),
        channel: d.name(),
        direction: d.word(Direction::from_number),
        amount: d.money(),
        to: to(d),
        buyer: d.maybe(Draw::id),
        reason: d.text(),
    }
}

fn cost_recorded(d: &mut Draw) -> CostRecorded {
    let (cost, category) = (d.id(), d.word(ExpenseKind::from_number));
    CostRecorded {
        cost,
        category,
        campaign: d.maybe(Draw::id),
        channel: d.name(),
        amount: d.money(),
    }
}

fn adjusted(d: &mut Draw) -> Adjusted {
    let posting = |d: &mut Draw| Posting { account: account(d), amount: d.money() };
    Adjusted {
        adjustment: d.id(),
        postings: d.list(posting),
        reason: d.text(),
        corrects: d.maybe(|d| Position::new(d.number(u64::MAX))),
    }
}

fn account(d: &mut Draw) -> Account {
    match d.number(10) {
        0 => Account::Channel(d.name()),
        1 => Account::Pending(d.id()),
        2 => Account::Term(d.id()),
        3 => Account::Available(d.id()),
        4 => Account::InTransit(d.id()),
        5 => Account::RefundDue(Some(d.id())),
        6 => Account::RefundDue(None),
        7 => Account::Suspense(d.name()),
        8 => Account::Income(d.word(IncomeKind::from_number)),
        9 => Account::EquityOperator,
        _ => Account::Expense(d.word(ExpenseKind::from_number)),
    }
}
