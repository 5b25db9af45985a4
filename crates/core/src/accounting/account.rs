use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::{BuyerId, PartyId};
use crate::money::Money;
use crate::text::{Name, word};

word! {
    /// What the operator earns.
    IncomeKind {
        /// Parts of orders.
        Commission = 0 "commission",
        /// Shipping fees.
        Shipping = 1 "shipping",
        /// Membership fees.
        Membership = 2 "membership",
    }
}

word! {
    /// What the operator spends. `domain.md` §4.
    ExpenseKind {
        /// What channels charge.
        ChannelFee = 0 "channel_fee",
        /// Return shipping that the operator bears.
        ReturnShipping = 1 "return_shipping",
        /// Compensation that the operator bears.
        Compensation = 2 "compensation",
        /// Refunds that the operator bears whole.
        Goodwill = 3 "goodwill",
        /// Discounts that the operator funds.
        Promotion = 4 "promotion",
        /// Prizes.
        Prize = 5 "prize",
        /// Debts given up.
        BadDebt = 6 "bad_debt",
        /// Labour.
        Labour = 7 "labour",
        /// Marketing.
        Marketing = 8 "marketing",
        /// Logistics.
        Logistics = 9 "logistics",
        /// All else.
        Other = 10 "other",
    }
}

/// An account of the chart, `domain.md` §4. Written `pending:UUID`, `channel:wechat`, `income:shipping`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Account {
    /// Asset: money at a payment channel.
    Channel(Name),
    /// Liability: parts of paid orders that are not settled.
    Pending(PartyId),
    /// Liability: a supplier's settled money whose payment terms still run.
    Term(PartyId),
    /// Liability: can be paid out; a debt of the party where negative.
    Available(PartyId),
    /// Liability: a payout was asked for and is not confirmed.
    InTransit(PartyId),
    /// Liability: approved, not yet paid back; none for walk-ins.
    RefundDue(Option<BuyerId>),
    /// Liability: money in or out that fits no open order.
    Suspense(Name),
    /// Income of the operator.
    Income(IncomeKind),
    /// What the operator brought in or drew.
    EquityOperator,
    /// Expense of the operator.
    Expense(ExpenseKind),
}

/// A text that names no account.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} is no account; write one like channel:wechat, available:UUID, income:commission, expense:other or equity:operator"
)]
pub struct NotAnAccount(pub String);

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Channel(name) => write!(f, "channel:{name}"),
            Self::Pending(party) => write!(f, "pending:{party}"),
            Self::Term(party) => write!(f, "term:{party}"),
            Self::Available(party) => write!(f, "available:{party}"),
            Self::InTransit(party) => write!(f, "in_transit:{party}"),
            Self::RefundDue(Some(buyer)) => write!(f, "refund_due:{buyer}"),
            Self::RefundDue(None) => f.write_str("refund_due:anonymous"),
            Self::Suspense(name) => write!(f, "suspense:{name}"),
            Self::Income(kind) => write!(f, "income:{kind}"),
            Self::EquityOperator => f.write_str("equity:operator"),
            Self::Expense(kind) => write!(f, "expense:{kind}"),
        }
    }
}

impl std::str::FromStr for Account {
    type Err = NotAnAccount;
    fn from_str(text: &str) -> Result<Self, NotAnAccount> {
        let parsed = || {
            let (kind, rest) = text.split_once(':')?;
            let party = || rest.parse::<PartyId>().ok();
            match kind {
                "channel" => Name::new(rest).ok().map(Self::Channel),
                "pending" => party().map(Self::Pending),
                "term" => party().map(Self::Term),
                "available" => party().map(Self::Available),
                "in_transit" => party().map(Self::InTransit),
                "refund_due" if rest == "anonymous" => Some(Self::RefundDue(None)),
                "refund_due" => rest.parse().ok().map(Some).map(Self::RefundDue),
                "suspense" => Name::new(rest).ok().map(Self::Suspense),
                "income" => IncomeKind::from_word(rest).map(Self::Income),
                "equity" if rest == "operator" => Some(Self::EquityOperator),
                "expense" => ExpenseKind::from_word(rest).map(Self::Expense),
                _ => None,
            }
        };
        parsed().ok_or_else(|| NotAnAccount(text.chars().take(80).collect()))
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = smol_str::SmolStr::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// One line of an entry: an account and a signed amount, debits positive.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// Debit positive, credit negative.
    pub amount: Money,
}
