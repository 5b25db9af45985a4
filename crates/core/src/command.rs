//! Commands: what an actor asks of a book. One struct each, beside its rule; this file has what is
//! common to them. Fields and names are those of `cli.md`.

use serde::{Deserialize, Serialize};

use crate::role::Role;
use crate::text::word;

/// Declares a command: required fields, then optional ones, `new(required…)` and a setter for each
/// optional field, and the comparison that names the first field in which two of them differ.
macro_rules! command {
    (
        $(#[$meta:meta])* $name:ident {
            $($(#[$rmeta:meta])* $r:ident: $rt:ty,)*
            $(; $($(#[$ometa:meta])* $o:ident: $ot:ty,)*)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$rmeta])* pub $r: $rt,)*
            $($($(#[$ometa])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $o: Option<$ot>,)*)?
        }

        impl $name {
            /// The command with its required fields; optional ones have setters.
            #[allow(clippy::too_many_arguments, reason = "one for each required field")]
            pub const fn new($($r: $rt),*) -> Self {
                Self { $($r,)* $($($o: None,)*)? }
            }

            $($(
                $(#[$ometa])*
                #[must_use]
                pub fn $o(mut self, $o: $ot) -> Self {
                    self.$o = Some($o);
                    self
                }
            )*)?

            /// The name of the first field in which the two differ.
            pub(crate) fn difference(&self, other: &Self) -> Option<&'static str> {
                $(if self.$r != other.$r { return Some(stringify!($r)); })*
                $($(if self.$o != other.$o { return Some(stringify!($o)); })*)?
                None
            }
        }
    };
}
pub(crate) use command;

/// Declares the enum of all commands.
macro_rules! commands {
    ($($variant:ident $word:literal $path:path,)*) => {
        /// Any command. In JSON `{"place_order": {…}}`.
        #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(clippy::large_enum_variant, reason = "commands live shortly, one at a time")]
        pub enum Command {
            $(#[doc = concat!("`", $word, "`, see [`", stringify!($path), "`].")] $variant($path),)*
        }

        impl Command {
            /// The command's name in JSON: `place_order`.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word,)* }
            }

            /// The first field in which two commands differ; `command` when they are of different
            /// kinds, none when they are the same.
            pub(crate) fn difference(&self, other: &Self) -> Option<&'static str> {
                match (self, other) {
                    $((Self::$variant(a), Self::$variant(b)) => a.difference(b),)*
                    _ => Some("command"),
                }
            }
        }

        $(impl From<$path> for Command {
            fn from(command: $path) -> Self {
                Self::$variant(command)
            }
        })*

        /// Calls `$body` with the command as its own type.
        macro_rules! with_command {
            ($command:expr, $name:ident => $body:expr) => {
                match $command { $($crate::command::Command::$variant($name) => $body,)* }
            };
        }
        pub(crate) use with_command;
    };
}

commands! {
    OpenBook "open_book" crate::book::OpenBook,
    RegisterLeader "register_leader" crate::party::RegisterLeader,
    RegisterSupplier "register_supplier" crate::party::RegisterSupplier,
    OpenCampaign "open_campaign" crate::campaign::OpenCampaign,
    AllowSeller "allow_seller" crate::campaign::AllowSeller,
    AddStock "add_stock" crate::campaign::AddStock,
    CloseCampaign "close_campaign" crate::campaign::CloseCampaign,
    PlaceOrder "place_order" crate::order::PlaceOrder,
    CancelOrder "cancel_order" crate::order::CancelOrder,
    RecordPayment "record_payment" crate::order::RecordPayment,
    ShipOrder "ship_order" crate::order::ShipOrder,
    ArriveAtPickup "arrive_at_pickup" crate::order::ArriveAtPickup,
    ReceiveOrder "receive_order" crate::order::ReceiveOrder,
    PickUpOrder "pick_up_order" crate::order::PickUpOrder,
    SettleOrder "settle_order" crate::order::SettleOrder,
    MaturePayable "mature_payable" crate::order::MaturePayable,
    RequestRefund "request_refund" crate::refund::RequestRefund,
    ApproveRefund "approve_refund" crate::refund::ApproveRefund,
    RejectRefund "reject_refund" crate::refund::RejectRefund,
    ReceiveReturn "receive_return" crate::refund::ReceiveReturn,
    RecordRefundPayment "record_refund_payment" crate::refund::RecordRefundPayment,
    RequestPayout "request_payout" crate::payout::RequestPayout,
    RecordPayout "record_payout" crate::payout::RecordPayout,
    FailPayout "fail_payout" crate::payout::FailPayout,
    RecordUnmatched "record_unmatched" crate::accounting::RecordUnmatched,
    RecordCost "record_cost" crate::accounting::RecordCost,
    Adjust "adjust" crate::accounting::Adjust,
    RecordTransfer "record_transfer" crate::accounting::RecordTransfer,
    RecordDraw "record_draw" crate::accounting::RecordDraw,
    WriteOff "write_off" crate::accounting::WriteOff,
    SealPeriod "seal_period" crate::book::SealPeriod,
    ResolveUnmatched "resolve_unmatched" crate::accounting::ResolveUnmatched,
    AdjustPrice "adjust_price" crate::order::AdjustPrice,
    ExpireOrder "expire_order" crate::order::ExpireOrder,
    RefundUnformed "refund_unformed" crate::refund::RefundUnformed,
    CancelCampaign "cancel_campaign" crate::campaign::CancelCampaign,
    DeclareFormed "declare_formed" crate::campaign::DeclareFormed,
    ExpressInterest "express_interest" crate::campaign::ExpressInterest,
    DecidePresale "decide_presale" crate::campaign::DecidePresale,
    WithdrawRefund "withdraw_refund" crate::refund::WithdrawRefund,
    LapseReturn "lapse_return" crate::refund::LapseReturn,
}

/// A sku and so many units of it, as a caller writes them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkuQuantity {
    /// The item's sku.
    pub sku: smol_str::SmolStr,
    /// Units, 1 ..= 1,000,000.
    pub quantity: i64,
}

impl SkuQuantity {
    /// So many units of a sku.
    pub fn new(sku: &str, quantity: i64) -> Self {
        Self { sku: sku.into(), quantity }
    }
}

word! {
    /// How an order reaches its buyer.
    Way {
        /// 快递.
        Courier = 0 "courier",
        /// 自提: arrives at a pick-up point.
        Pickup = 1 "pickup",
        /// 团长配送.
        LeaderDelivery = 2 "leader_delivery",
    }
}

word! {
    /// What a refund is. `domain.md` §5.
    RefundKind {
        /// 仅退款: nothing comes back.
        RefundOnly = 0 "refund_only",
        /// 退货退款: the goods come back before money is paid.
        Return = 1 "return",
        /// 换货: goods again, no goods money.
        Exchange = 2 "exchange",
        /// 补偿: money without a return.
        Compensation = 3 "compensation",
    }
}

word! {
    /// Why a refund is asked for, so that no free text is needed.
    ReasonCode {
        /// 破损.
        Damaged = 0 "damaged",
        /// 发错货.
        WrongItem = 1 "wrong_item",
        /// 迟到.
        Late = 2 "late",
        /// 不想要.
        NotWanted = 3 "not_wanted",
        /// 协商一致.
        Agreed = 4 "agreed",
        /// 其他.
        Other = 5 "other",
    }
}

word! {
    /// How refund money reaches the buyer. `domain.md` §3.7.
    By {
        /// Back through the payment's own channel.
        Channel = 0 "channel",
        /// By another transfer.
        Transfer = 1 "transfer",
    }
}

word! {
    /// Which way money went.
    Direction {
        /// Into the channel.
        In = 0 "in",
        /// Out of the channel.
        Out = 1 "out",
    }
}

/// An enum of one word of its own or a role, written as one string.
macro_rules! word_or_role {
    ($(#[$meta:meta])* $name:ident { $(#[$vmeta:meta])* $own:ident $word:literal }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(try_from = "smol_str::SmolStr", into = "smol_str::SmolStr")]
        pub enum $name {
            $(#[$vmeta])*
            $own,
            /// This role.
            Role(Role),
        }

        impl TryFrom<smol_str::SmolStr> for $name {
            type Error = String;
            fn try_from(word: smol_str::SmolStr) -> Result<Self, String> {
                if word == $word {
                    return Ok(Self::$own);
                }
                Role::from_word(&word).map(Self::Role).ok_or_else(|| {
                    format!("unknown value `{word}`, expected `{}` or a role", $word)
                })
            }
        }

        impl From<$name> for smol_str::SmolStr {
            fn from(value: $name) -> Self {
                match value {
                    $name::$own => $word.into(),
                    $name::Role(role) => role.word().into(),
                }
            }
        }
    };
}

word_or_role! {
    /// Who pays for a discount. `domain.md` §3.2.
    FundedBy {
        /// The value that is split falls, so everyone bears it.
        Shared "shared"
    }
}

word_or_role! {
    /// Who bears the goods amount of a refund. `domain.md` §3.6.
    GoodsBorneBy {
        /// The split is undone for what is returned: the rule.
        Reverse "reverse"
    }
}
