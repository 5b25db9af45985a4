//! The events and what is in them, field by field.

use tuanzhang_core::accounting::Posting;
use tuanzhang_core::event::{
    Adjusted, BookOpened, CampaignCancelled, CampaignClosed, CampaignOpened, ChannelLimits,
    ChannelPayment, Charged, CostRecorded, Discount, Drawn, ExchangedUnits, Formation,
    FormedDeclared, InterestExpressed, Item, LeaderRegistered, LineUnits, LockedPrice, Moved,
    OrderArrived, OrderCancelled, OrderExpired, OrderPaid, OrderPickedUp, OrderPlaced,
    OrderReceived, OrderSettled, OrderShipped, OutOfSuspense, PaidLine, Part, PayableMatured,
    PaymentSuspended, PayoutFailed, PayoutPaid, PayoutRequested, PeriodSealed, PlacedLine, Presale,
    PresaleDecided, PriceAdjusted, RefundApproved, RefundLine, RefundPaid, RefundRejected,
    RefundRequested, RefundWithdrawn, Reopened, ReturnLapsed, ReturnReceived, ReturnShippingTerms,
    SellerAllowed, ShippingTerms, StockAdded, SupplierRegistered, Terms, Tier, Transferred,
    UnmatchedRecorded, UnmatchedResolved, WrittenOff,
};
use tuanzhang_core::money::{Currency, Share, Split};

use super::{Bad, Field};
use crate::{LEVEL, v1};

/// Both directions of structs whose fields have the same names on both sides; every field of both
/// must be named.
macro_rules! fields {
    ($a:lifetime $($name:ident $(<$lt:lifetime>)? { $($field:ident),* })*) => {$(
        impl<$a> Field<$a, v1::$name $(<$lt>)?> for $name {
            fn to_wire(&$a self) -> v1::$name $(<$lt>)? {
                let Self { $($field),* } = self;
                v1::$name { $($field: Field::to_wire($field)),* }
            }

            fn from_wire(wire: v1::$name $(<$lt>)?) -> Result<Self, Bad> {
                let v1::$name { $($field),* } = wire;
                Ok(Self {
                    $($field: Field::from_wire($field)
                        .map_err(|bad: Bad| bad.within(stringify!($field)))?,)*
                })
            }
        }
    )*};
}

fields! { 'a
    Currency<'a> { code, decimals }
    ChannelLimits { refunds, days }
    LeaderRegistered { leader, upline }
    SupplierRegistered { supplier, terms_days }

    CampaignOpened<'a> { campaign, owner, supplier, terms }
    Terms<'a> {
        title, items, opens_at, closes_at, formation, presale, split, shipping, return_shipping,
        after_sales_days, return_within_days, pay_within_minutes, auto_receive_days
    }
    Item<'a> { sku, title, price, supply_price, stock, limit_per_buyer, tiers, split }
    Tier { at_quantity, price }
    Formation { min_buyers, min_quantity }
    Presale { min_interest, decide_at }
    Split { shares, remainder }
    Share { to, take }
    ShippingTerms { fee, free_from, to, ways }
    ReturnShippingTerms { cap, borne_by }
    SellerAllowed { campaign, seller, split }
    StockAdded<'a> { addition, campaign, sku, quantity }
    LockedPrice<'a> { sku, units, price }
    CampaignClosed<'a> { campaign, reason, formed, locked }
    InterestExpressed { campaign, buyer }
    PresaleDecided { campaign, interested, open }
    FormedDeclared<'a> { campaign, reason }
    CampaignCancelled<'a> { campaign, reason, withdrawn }

    Moved { parties, parts }
    Part { base, line, role, party, pocket, amount }

    OrderPlaced<'a> {
        order, campaign, buyer, seller, upline, way, pickup_code_digest, discount, shipping, due, lines
    }
    Discount { amount, funded_by }
    PlacedLine<'a> { sku, quantity, price, list, discount, split }
    ChannelPayment<'a> { payment, channel, amount, fee, reference }
    Charged { price, list, discount }
    PaidLine<'a> { sku, quantity, charged, value }
    OutOfSuspense<'a> { payment, channel, amount }
    OrderPaid<'a> { order, payment, out_of_suspense, lines, moved }
    PaymentSuspended<'a> { order, payment, because }
    OrderCancelled<'a> { order, reason, withdrawn }
    LineUnits<'a> { sku, quantity }
    OrderShipped<'a> { order, parcel, all, lines, replacements, reference }
    OrderArrived<'a> { order, arrival, all, lines, replacements }
    OrderReceived<'a> { order, receipt, all, lines }
    OrderPickedUp<'a> { order, handover, code, all, lines }
    OrderSettled { order, moved }
    PayableMatured { order, moved }
    OrderExpired { order }

    RefundRequested<'a> {
        refund, order, kind, lines, amount, return_shipping, reason_code, reason
    }
    RefundLine<'a> { sku, quantity, unshipped, received, unreplaced, list, paid }
    ExchangedUnits<'a> { sku, quantity, received }
    RefundApproved<'a> {
        refund, order, buyer, cause, goods_borne_by, return_shipping, return_shipping_borne_by,
        with_shipping_fee, waive_return, compensation, compensation_borne_by, shipping_fee, due, lines,
        exchanged, moved, withdrawn
    }
    PriceAdjusted<'a> { refund, order, buyer, sku, quantity, price, list, paid, moved }
    Reopened<'a> { order, buyer, due, shipping_fee, reversed, lines, exchanged, moved }
    RefundWithdrawn<'a> { refund, reason, reopened }
    ReturnLapsed<'a> { refund, reopened }
    RefundRejected<'a> { refund, reason }
    ReturnReceived<'a> { refund, reason }
    RefundPaid<'a> {
        refund_payment, refund, buyer, by, channel, amount, reference, fee_returned, moved
    }

    PayoutRequested { payout, party, amount }
    PayoutPaid<'a> { payout, party, amount, channel, reference, fee }
    PayoutFailed<'a> { payout, party, amount, reason }

    UnmatchedRecorded<'a> { unmatched, channel, direction, amount, reference }
    CostRecorded<'a> { cost, category, campaign, channel, amount }
    Adjusted<'a> { adjustment, postings, reason, corrects }
    Posting<'a> { account, amount }
    WrittenOff<'a> { write_off, party, amount, reason }
    Transferred<'a> { transfer, from, to, amount, fee, reference }
    Drawn<'a> { draw, direction, channel, amount, reference }
    UnmatchedResolved<'a> { unmatched, payment, channel, direction, amount, to, buyer, reason }
    PeriodSealed { through }
}

/// Core knows no level: what is written is [`LEVEL`], what is read must not be above it.
impl<'a> Field<'a, v1::BookOpened<'a>> for BookOpened {
    fn to_wire(&'a self) -> v1::BookOpened<'a> {
        let Self { book, currency, timezone, operator, channel_fee_borne_by, channel_limits } =
            self;
        v1::BookOpened {
            level: LEVEL,
            book: book.to_wire(),
            currency: currency.to_wire(),
            timezone: timezone.to_wire(),
            operator: operator.to_wire(),
            channel_fee_borne_by: channel_fee_borne_by.to_wire(),
            channel_limits: channel_limits.to_wire(),
        }
    }

    fn from_wire(wire: v1::BookOpened<'a>) -> Result<Self, Bad> {
        let v1::BookOpened {
            level,
            book,
            currency,
            timezone,
            operator,
            channel_fee_borne_by,
            channel_limits,
        } = wire;
        match level {
            LEVEL => {}
            0 => return Err(Bad::value("is 0, levels begin at 1").within("level")),
            newer => return Err(Bad::Level(newer)),
        }
        Ok(Self {
            book: Field::from_wire(book)?,
            currency: Field::from_wire(currency).map_err(|bad: Bad| bad.within("currency"))?,
            timezone: Field::from_wire(timezone).map_err(|bad: Bad| bad.within("timezone"))?,
            operator: Field::from_wire(operator)?,
            channel_fee_borne_by: Field::from_wire(channel_fee_borne_by)
                .map_err(|bad: Bad| bad.within("channel_fee_borne_by"))?,
            channel_limits: Field::from_wire(channel_limits)?,
        })
    }
}
