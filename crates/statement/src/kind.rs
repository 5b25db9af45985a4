//! Kinds of movement: what an event's posting means to a person, the same on every account.

use tuanzhang_core::Event;
use tuanzhang_core::accounting::Origin;
use tuanzhang_core::event::{Base, OrderPaid};

macro_rules! kinds {
    ($($(#[$meta:meta])* $variant:ident $key:literal $english:literal $chinese:literal,)*) => {
        /// What moved money on an account. The order is that of a statement's rows.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Kind {
            $($(#[$meta])* $variant,)*
        }

        impl Kind {
            /// All kinds, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in JSON: `earned`.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// For people, in English.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $english,)* }
            }

            /// For people, in Chinese.
            pub const fn chinese(self) -> &'static str {
                match self { $(Self::$variant => $chinese,)* }
            }
        }
    };
}

kinds! {
    /// A part of a paid line's value.
    Earned "earned" "earned on orders" "订单分成",
    /// A paid order's shipping fee.
    Shipping "shipping" "shipping fee" "运费收入",
    /// A discount that a role funds.
    Discount "discount" "discount funded" "承担的优惠",
    /// Of a funded discount, what a refund or a lower price no longer needs.
    DiscountBack "discount_back" "discount given back" "退回的优惠",
    /// The split follows the units that were returned.
    Refunded "refunded" "taken back by refunds" "退款冲回",
    /// The shipping fee went back to the buyer.
    ShippingBack "shipping_back" "shipping fee refunded" "退回的运费",
    /// The split follows a price that fell.
    PriceAdjusted "price_adjusted" "taken back by lower price" "阶梯价冲回",
    /// Goods of a refund, borne whole.
    Goodwill "goodwill" "goods of refunds borne" "兜底退款",
    /// Return shipping, borne.
    ReturnShipping "return_shipping" "return shipping borne" "承担的退货运费",
    /// Compensation, borne.
    Compensation "compensation" "compensation borne" "承担的补偿",
    /// An approval that was undone.
    Undone "undone" "refund undone" "撤销的退款",
    /// What a channel kept.
    ChannelFee "channel_fee" "channel fee" "渠道手续费",
    /// Of it, what the channel gave back.
    FeeBack "fee_back" "channel fee given back" "退回的手续费",
    /// Pending money of an order, moved on.
    Settled "settled" "settled" "结算",
    /// A supplier's payment terms had run.
    Matured "matured" "payment terms run" "账期到期",
    /// A payout was asked for.
    PayoutRequested "payout_requested" "payout asked for" "申请提现",
    /// A payout was paid.
    PayoutPaid "payout_paid" "paid out" "已提现",
    /// A payout failed.
    PayoutFailed "payout_failed" "payout failed" "提现失败退回",
    /// A buyer paid an order.
    PaymentReceived "payment_received" "payments of orders" "订单收款",
    /// A refund was approved: owed to the buyer.
    RefundOwed "refund_owed" "refunds approved" "应退给团员",
    /// Refund money was paid.
    RefundPaid "refund_paid" "refunds paid" "已退给团员",
    /// A payment that fits no open order.
    Suspended "suspended" "payments into suspense" "转入暂收的付款",
    /// Money that nothing explains yet.
    Unmatched "unmatched" "unmatched money" "未匹配款项",
    /// Money in suspense paid an order.
    OutOfSuspense "out_of_suspense" "order paid out of suspense" "暂收款付订单",
    /// Money in suspense was explained.
    Resolved "resolved" "suspense explained" "暂收款认领",
    /// A cost of running the group.
    Cost "cost" "costs" "费用支出",
    /// An adjustment by the operator.
    Adjusted "adjusted" "adjustments" "调账",
    /// A debt that was given up.
    WrittenOff "written_off" "debts written off" "坏账核销",
    /// Money between channels.
    Transferred "transferred" "transfers" "渠道间转账",
    /// Drawn or brought in by the operator.
    Drawn "drawn" "drawn or brought in" "提取或投入",
}

impl Kind {
    /// Whether it moves money between a party's own accounts, so that of all together nothing changes.
    pub const fn moves_between_own(self) -> bool {
        matches!(self, Self::Settled | Self::Matured | Self::PayoutRequested | Self::PayoutFailed)
    }

    /// The kind of a posting; none for an event that posts nothing.
    pub fn of(event: &Event, origin: Origin<'_>) -> Option<Self> {
        Some(match event {
            Event::OrderPaid(paid) => paid_kind(paid, origin),
            Event::PaymentSuspended(_) => or_fee(origin, Self::Suspended),
            Event::RefundApproved(_) => match origin {
                Origin::Part(part) => refund_kind(part.base),
                Origin::Amount | Origin::Fee => Self::RefundOwed,
            },
            Event::PriceAdjusted(_) => match origin {
                Origin::Part(part) if part.base == Base::Discount => Self::DiscountBack,
                Origin::Part(_) => Self::PriceAdjusted,
                Origin::Amount | Origin::Fee => Self::RefundOwed,
            },
            Event::RefundWithdrawn(_) | Event::ReturnLapsed(_) => Self::Undone,
            Event::RefundPaid(_) => match origin {
                Origin::Part(_) | Origin::Fee => Self::FeeBack,
                Origin::Amount => Self::RefundPaid,
            },
            Event::OrderSettled(_) => Self::Settled,
            Event::PayableMatured(_) => Self::Matured,
            Event::PayoutRequested(_) => Self::PayoutRequested,
            Event::PayoutPaid(_) => or_fee(origin, Self::PayoutPaid),
            Event::PayoutFailed(_) => Self::PayoutFailed,
            Event::UnmatchedRecorded(_) => Self::Unmatched,
            Event::UnmatchedResolved(_) => Self::Resolved,
            Event::CostRecorded(_) => Self::Cost,
            Event::Adjusted(_) => Self::Adjusted,
            Event::WrittenOff(_) => Self::WrittenOff,
            Event::Transferred(_) => or_fee(origin, Self::Transferred),
            Event::Drawn(_) => Self::Drawn,
            Event::BookOpened(_)
            | Event::PeriodSealed(_)
            | Event::LeaderRegistered(_)
            | Event::SupplierRegistered(_)
            | Event::CampaignOpened(_)
            | Event::SellerAllowed(_)
            | Event::StockAdded(_)
            | Event::CampaignClosed(_)
            | Event::InterestExpressed(_)
            | Event::PresaleDecided(_)
            | Event::FormedDeclared(_)
            | Event::CampaignCancelled(_)
            | Event::OrderPlaced(_)
            | Event::OrderCancelled(_)
            | Event::OrderShipped(_)
            | Event::OrderArrived(_)
            | Event::OrderReceived(_)
            | Event::OrderPickedUp(_)
            | Event::OrderExpired(_)
            | Event::RefundRequested(_)
            | Event::RefundRejected(_)
            | Event::ReturnReceived(_) => return None,
        })
    }
}

const fn or_fee(origin: Origin<'_>, amount: Kind) -> Kind {
    match origin {
        Origin::Fee => Kind::ChannelFee,
        Origin::Part(_) | Origin::Amount => amount,
    }
}

fn paid_kind(paid: &OrderPaid, origin: Origin<'_>) -> Kind {
    match origin {
        Origin::Part(part) => match part.base {
            Base::Goods | Base::Goodwill | Base::Balance => Kind::Earned,
            Base::Shipping => Kind::Shipping,
            Base::Discount => Kind::Discount,
            Base::ReturnShipping => Kind::ReturnShipping,
            Base::Compensation => Kind::Compensation,
            Base::Fee => Kind::ChannelFee,
        },
        Origin::Amount if paid.out_of_suspense.is_some() => Kind::OutOfSuspense,
        Origin::Amount => Kind::PaymentReceived,
        Origin::Fee => Kind::ChannelFee,
    }
}

const fn refund_kind(base: Base) -> Kind {
    match base {
        Base::Goods | Base::Balance => Kind::Refunded,
        Base::Shipping => Kind::ShippingBack,
        Base::Discount => Kind::DiscountBack,
        Base::Goodwill => Kind::Goodwill,
        Base::ReturnShipping => Kind::ReturnShipping,
        Base::Compensation => Kind::Compensation,
        Base::Fee => Kind::FeeBack,
    }
}
